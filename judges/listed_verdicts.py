"""The verdicts of a judge that saw a list: one for each battle between listed responses that its answer decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from domain.choices import Answer, Choice, Outcome, Unscored
from domain.listings import battles_of
from domain.models import Verdict
from domain.services import Draft, record_verdict, record_verdicts
from judges.bench import Bench
from judges.endings import Ended
from judges.presets import Parser
from judges.rankings import pairs_of
from judges.texts import storable

Pair = tuple[int, int]


def record_listed(bench: Bench, ended: Sequence[Ended]) -> None:
    """Record the verdicts of lists. A full ranking decides every pair, the best alone those with it.

    A reply without a verdict leaves every pair unscored, with the reason; a retry replaces what it decides.
    """
    version = bench.version
    battles = battles_of([list(ending.result.question.labels.values()) for ending in ended])
    drafts = [draft for ending in ended for draft in _drafts(ending, bench, battles)]
    occasions = [draft.occasion for draft in drafts]
    counted = Verdict.objects.filter(project=version.project, occasion__in=occasions, counted=True)
    earlier = {verdict.occasion: verdict for verdict in counted}
    fresh = [draft for draft in drafts if draft.occasion not in earlier]
    record_verdicts(project=version.project, rubric=version.rubric, drafts=fresh)
    for draft in drafts:
        if draft.occasion in earlier:
            record_verdict(
                project=version.project, rubric=version.rubric, draft=draft, supersedes=earlier[draft.occasion]
            )


def gives_ties(bench: Bench) -> bool:
    """Say whether a group of a ranking is a tie, and not just what the judge was not asked about."""
    return bench.seats[0].preset.parser is Parser.RANKING


def _drafts(ending: Ended, bench: Bench, battles: Mapping[Pair, int]) -> Iterator[Draft]:
    """Yield a draft for each pair; answers are in the frame of what stood first in this arrangement."""
    lease, shown = ending.result.question.lease, list(ending.result.question.labels.values())
    for pair, answers in _answers(ending, bench, shown):
        low, high = sorted(pair)
        yield Draft(
            rater_id=bench.version.rater_id,
            answers=answers,
            occasion=f"cell:{lease.cell_id}:{battles[low, high]}",
            battle_id=battles[low, high],
            shown_swapped=shown.index(high) < shown.index(low),
            rationale=storable(ending.reading.rationale),
        )


def _answers(ending: Ended, bench: Bench, shown: Sequence[int]) -> Iterator[tuple[Pair, dict[str, Answer] | Unscored]]:
    answers = ending.reading.answers
    if isinstance(answers, Unscored):
        why = Unscored(answers.reason, storable(answers.detail, 400))
        yield from ((pair, why) for pair in combinations(shown, 2))
        return
    key = bench.rubric.criteria[0].key
    for better, worse, choice in pairs_of(ending.reading.ranking, ties=gives_ties(bench)):
        if choice.outcome is not Outcome.TIE and shown.index(worse) < shown.index(better):
            choice = Choice(Outcome.B)
        yield (better, worse), {key: choice}
