"""Whether an answer is the right one: expected answers as items hold them, and what of an answer can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotation.quality.policy import Tolerance
from domain.choices import Answer, Choice, Value
from domain.specs import CriterionSpec, RubricSpec

Expected = Mapping[str, Any]


def in_frame(answers: Mapping[str, Answer], *, swapped: bool) -> dict[str, Answer]:
    """Return answers as the record frames them: what was seen on the left may be the battle's B."""
    return {
        key: answer.turned() if swapped and isinstance(answer, Choice) else answer for key, answer in answers.items()
    }


def as_expected(answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Write framed answers as ``Item.expected`` spells them."""
    return {key: _spelled(answer) for key, answer in answers.items()}


def _spelled(answer: Answer) -> Any:
    if isinstance(answer, Choice):
        return {"choice": answer.outcome.value, "strength": answer.strength}
    return answer.number


def is_right(expected: Expected, answers: Mapping[str, Answer], spec: RubricSpec, tolerance: Tolerance) -> bool | None:
    """Return whether framed answers meet all expected ones within the tolerance; None when none can be compared."""
    criteria = {criterion.key: criterion for criterion in spec.criteria}
    verdicts = [
        _meets(want, answers[key], criteria[key], tolerance)
        for key, want in expected.items()
        if key in answers and key in criteria
    ]
    return all(verdicts) if verdicts else None


def _meets(want: Any, answer: Answer, criterion: CriterionSpec, tolerance: Tolerance) -> bool:
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


def level_of(answers: Mapping[str, Answer], spec: RubricSpec) -> float | None:
    """Return how good a response was found over its criteria, from 0 to 1 in hundredths; None for choices.

    The mean over criteria of the place on the scale, the good end being 1.
    """
    places = [_place(answer, criterion) for criterion in spec.criteria if (answer := answers.get(criterion.key))]
    known = [place for place in places if place is not None]
    return round(sum(known) / len(known), 2) if known else None


def _place(answer: Answer, criterion: CriterionSpec) -> float | None:
    if not isinstance(answer, Value):
        return None
    low = min(criterion.values) if criterion.values else criterion.minimum or 0.0
    high = max(criterion.values) if criterion.values else criterion.maximum or 0.0
    if high <= low:
        return None
    place = (answer.number - low) / (high - low)
    return place if criterion.higher_is_better else 1 - place


def signature(answers: Mapping[str, Answer]) -> str:
    """Return an answer as it was seen, in short: what straight-lining repeats."""
    said = (
        answer.outcome.value
        if isinstance(answer, Choice)
        else f"{answer.number:g}"
        if isinstance(answer, Value)
        else ""
        for _, answer in sorted(answers.items())
    )
    return "|".join(said)
