"""Who won, as files say it. An unknown label is an error: it is never a tie."""

from __future__ import annotations

from typing import Any

from domain.choices import Choice, Outcome, Reason, Unscored, agrees
from domain.imports.options import Options
from domain.imports.records import RaterName
from domain.imports.values import Cells
from domain.models import Rater

WORDS: dict[str, Outcome] = {
    **dict.fromkeys(("a", "model_a", "system_a", "response_a", "left", "model_x", "model_1", "system_1"), Outcome.A),
    **dict.fromkeys(("b", "model_b", "system_b", "response_b", "right", "model_y", "model_2", "system_2"), Outcome.B),
    **dict.fromkeys(("tie", "draw", "equal", "same"), Outcome.TIE),
    **dict.fromkeys(("both_bad", "bothbad", "both bad", "tie (bothbad)", "tie (both bad)"), Outcome.BOTH_BAD),
}


def vote_in(cells: Cells, options: Options, rater: RaterName) -> Choice | Unscored:
    """Return a row's vote with the row's first side as A; Unscored where its cell is empty."""
    label = cells.raw("outcome")
    if label is None:
        return no_answer(cells, rater)
    outcome = _outcome(cells, options, str(label).strip())
    strength = cells.whole("strength", low=1, high=5) if outcome in (Outcome.A, Outcome.B) else None
    return Choice(outcome, strength, _chance(cells, outcome))


def _chance(cells: Cells, outcome: Outcome) -> float | None:
    chance = cells.number("chance")
    if chance is None or agrees(outcome, chance):
        return chance
    reason = f"is no probability that A is better where the outcome is {outcome}: A 0.5 to 1, B 0 to 0.5, tie 0.5"
    raise cells.reject("chance", reason)


def no_answer(cells: Cells, rater: RaterName) -> Unscored:
    """Return what an empty verdict means: the row's own reason, else a judge's unreadable reply or nothing given."""
    said = cells.name("unscored_reason", needed=False)
    if said and said not in set(Reason):
        raise cells.reject("unscored_reason", f"is not one of {', '.join(Reason)}")
    usual = Reason.UNREADABLE if rater.kind == Rater.Kind.JUDGE else Reason.NOT_GIVEN
    return Unscored(Reason(said) if said else usual, "the imported file has no verdict here")


def _outcome(cells: Cells, options: Options, label: str) -> Outcome:
    folded = label.casefold()
    declared = {word.casefold(): outcome for word, outcome in options.labels.items()}
    if folded in declared:
        return declared[folded]
    if folded in WORDS:
        return WORDS[folded]
    sides: dict[Any, Outcome] = {cells.name("system_b"): Outcome.B, cells.name("system_a"): Outcome.A}
    if label in sides:
        return sides[label]
    raise cells.reject(
        "outcome",
        f"is no outcome that we know (A, B, tie, both_bad, left, right, the name of a side …); "
        f"say what it means: --label '{label[:40]}=A' (or B, tie, both_bad)",
    )
