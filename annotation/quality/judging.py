"""Whether an answer is the right one: expected answers as items hold them, and what of an answer can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotation.answers import Submission
from annotation.quality.orders import Order, meets, order_from, order_json
from annotation.quality.policy import Tolerance
from annotation.quality.remarks import meets_remark
from domain.choices import Answer, Choice, Value
from domain.specs import CriterionSpec, RubricSpec

Expected = Mapping[str, Any]
Said = Mapping[str, Answer | Order]  # by criterion, in the battle's frame; of a list its order


def in_frame(answers: Mapping[str, Answer], *, swapped: bool) -> dict[str, Answer]:
    """Return answers as the record frames them: what was seen on the left may be the battle's B."""
    return {
        key: answer.turned() if swapped and isinstance(answer, Choice) else answer for key, answer in answers.items()
    }


def as_expected(answers: Said) -> dict[str, Any]:
    """Write framed answers as ``Item.expected`` spells them."""
    return {key: _spelled(answer) for key, answer in answers.items()}


def _spelled(answer: Answer | Order) -> Any:
    if isinstance(answer, Order):
        return order_json(answer)
    if isinstance(answer, Choice):
        return {"choice": answer.outcome.value, "strength": answer.strength}
    return answer.number


def is_right(
    expected: Expected,
    answers: Said,
    spec: RubricSpec,
    tolerance: Tolerance,
    remarks: Mapping[str, Any] | None = None,
) -> bool | None:
    """Return whether framed answers and ``remarks`` meet all that is expected; None when nothing can be compared.

    What is expected of a remark stands under ``remark:<key>``.
    """
    criteria = {criterion.key: criterion for criterion in spec.criteria}
    verdicts = [
        _meets(want, answers[key], criteria[key], tolerance)
        for key, want in expected.items()
        if key in answers and key in criteria
    ]
    wanted = {key.removeprefix("remark:"): want for key, want in expected.items() if key.startswith("remark:")}
    verdicts += [meets_remark(want, (remarks or {}).get(key)) for key, want in wanted.items()]
    return all(verdicts) if verdicts else None


def _meets(want: Any, answer: Answer | Order, criterion: CriterionSpec, tolerance: Tolerance) -> bool:
    if isinstance(answer, Order):
        return meets(order_from(want), answer, tolerance.order)
    if isinstance(answer, Choice):
        same = bool(answer.outcome.value == want["choice"])
        return same and (not tolerance.strength or answer.strength == want.get("strength"))
    return isinstance(answer, Value) and abs(answer.number - float(want)) <= slack(criterion, tolerance) + 1e-9


def slack(criterion: CriterionSpec, tolerance: Tolerance) -> float:
    """Return how far a number may lie from the right one: Likert steps, a share of a slider's range, 0 for yes or no.

    A scale of n values has n - 1 steps; a step is their mean distance. Of two values one step would allow everything.
    """
    if not criterion.values:
        return tolerance.share * ((criterion.maximum or 0.0) - (criterion.minimum or 0.0))
    if len(criterion.values) < 3:
        return 0.0
    return tolerance.steps * (max(criterion.values) - min(criterion.values)) / (len(criterion.values) - 1)


def level_of(answers: Said, spec: RubricSpec) -> float | None:
    """Return how good a response was found over its criteria, from 0 to 1 in hundredths; None for comparisons.

    The mean over criteria of the place on the scale, the good end being 1.
    """
    places = [_place(answer, criterion) for criterion in spec.criteria if (answer := answers.get(criterion.key))]
    known = [place for place in places if place is not None]
    return round(sum(known) / len(known), 2) if known else None


def _place(answer: Answer | Order, criterion: CriterionSpec) -> float | None:
    if not isinstance(answer, Value):
        return None
    low = min(criterion.values) if criterion.values else criterion.minimum or 0.0
    high = max(criterion.values) if criterion.values else criterion.maximum or 0.0
    if high <= low:
        return None
    place = (answer.number - low) / (high - low)
    return place if criterion.higher_is_better else 1 - place


def signature(submission: Submission) -> str:
    """Return an answer as it was seen, in short: what straight-lining repeats."""
    if submission.ranks:
        return " ".join(f"{label}{place}" for label, place in sorted(submission.ranks.items()))
    if submission.best or submission.worst:
        return f"{submission.best} {submission.worst}"
    said = (
        answer.outcome.value
        if isinstance(answer, Choice)
        else f"{answer.number:g}"
        if isinstance(answer, Value)
        else ""
        for _, answer in sorted(submission.answers.items())
    )
    return "|".join(said)
