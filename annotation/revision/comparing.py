"""Two versions of a rubric side by side: which criteria ask the same on the same scale. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.specs import CriterionSpec, RubricSpec


class Change(StrEnum):
    """What became of a criterion. Ratings carry over where its scale is the same."""

    SAME = "same"
    REWORDED = "reworded"
    RESCALED = "rescaled"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion, as it was and as it is; None where it is not."""

    key: str
    name: str
    change: Change
    what: tuple[str, ...]
    before: CriterionSpec | None
    after: CriterionSpec | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All criteria of two versions, in the order of the later one; removed ones last."""

    lines: tuple[Line, ...]
    instructions_changed: bool
    remarks_changed: bool

    @property
    def lost(self) -> frozenset[str]:
        """The criteria whose ratings cannot carry over."""
        return frozenset(line.key for line in self.lines if line.change in (Change.RESCALED, Change.REMOVED))

    @property
    def reworded(self) -> tuple[Line, ...]:
        """The criteria whose ratings carry over unless somebody says that they mean something else now."""
        return tuple(line for line in self.lines if line.change is Change.REWORDED)

    @property
    def asked(self) -> tuple[str, ...]:
        """The keys of the later version."""
        return tuple(line.key for line in self.lines if line.change is not Change.REMOVED)


def compare(before: RubricSpec, after: RubricSpec) -> Comparison:
    """Compare two versions, criterion by criterion; a criterion is the same one by its key."""
    old = {criterion.key: criterion for criterion in before.criteria}
    new = {criterion.key: criterion for criterion in after.criteria}
    lines = [_line(old.get(key), criterion) for key, criterion in new.items()]
    lines += [_line(criterion, None) for key, criterion in old.items() if key not in new]
    return Comparison(
        tuple(lines),
        instructions_changed=before.instructions != after.instructions,
        remarks_changed=before.remarks != after.remarks,
    )


def _line(before: CriterionSpec | None, after: CriterionSpec | None) -> Line:
    known = after or before
    assert known is not None  # noqa: S101 - a line is about one of them
    change, what = _change(before, after)
    return Line(known.key, known.name, change, what, before, after)


def _change(before: CriterionSpec | None, after: CriterionSpec | None) -> tuple[Change, tuple[str, ...]]:
    if before is None:
        return Change.ADDED, ()
    if after is None:
        return Change.REMOVED, ()
    if _scale(before) != _scale(after):
        return Change.RESCALED, (f"{scale_words(before)} became {scale_words(after)}",)
    words = {
        "name": before.name != after.name,
        "meaning": before.meaning != after.meaning,
        "words at the points of the scale": before.anchors != after.anchors,
        "weight": before.weight != after.weight,
        "level of measurement": before.level != after.level,
    }
    what = tuple(name for name, is_other in words.items() if is_other)
    return (Change.REWORDED, what) if what else (Change.SAME, ())


def _scale(criterion: CriterionSpec) -> tuple[object, ...]:
    return (
        criterion.kind,
        criterion.values,
        criterion.minimum,
        criterion.maximum,
        frozenset(criterion.outcomes),
        criterion.strengths,
        criterion.higher_is_better,
    )


def scale_words(criterion: CriterionSpec) -> str:
    """Return a scale in a few words."""
    if criterion.outcomes:
        others = [outcome.value.replace("_", " ") for outcome in criterion.outcomes if outcome.value not in ("A", "B")]
        steps = f" in {criterion.strengths} steps each" if criterion.strengths > 1 else ""
        return ", ".join([f"A or B{steps}", *others])
    end = "" if criterion.higher_is_better else ", lower is better"
    if criterion.values:
        return "/".join(f"{value:g}" for value in criterion.values) + end
    return f"{criterion.minimum:g} to {criterion.maximum:g}{end}"
