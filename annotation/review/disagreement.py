"""How far several answers to one question lie apart, from 0 where all are the same. Pure.

- A choice between two responses: the share of the answers that stand against the answer which the fewest oppose. An
  opposite preference counts whole, a tie or "both bad" beside a preference (or beside each other) half. So two against
  one is 1/3, and two of a kind with a tie 1/6. How strong a preference is does not count.
- Categories without an order: the share of the answers that are not the most frequent one.
- A scale: the distance from the lowest to the highest answer, relative to the whole scale.
- A list: the mean over the pairs that at least two people have decided, each as a choice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from enum import StrEnum
from statistics import fmean

from annotation.quality.errors import Undefined
from domain.choices import Outcome
from domain.specs import CriterionSpec, Kind, Level

OPPOSITE, ASIDE = 1.0, 0.5
_SIDES = {Outcome.A.value, Outcome.B.value}
Said = Mapping[str, Hashable]  # by criterion; of a list, by pair: "3:8" has the outcome between responses 3 and 8


class Measure(StrEnum):
    """Which distance is meant; the words are for the page."""

    CHOICE = "share of answers against the rest, a tie counting half"
    CATEGORIES = "share of answers that are not the most frequent one"
    SCALE = "lowest to highest answer, relative to the scale"
    LIST = "mean over pairs of the share of answers against the rest"


def measure_of(criterion: CriterionSpec, *, is_list: bool = False) -> Measure:
    """Return how disagreement about a criterion is measured."""
    if criterion.kind is Kind.CHOICE:
        return Measure.LIST if is_list else Measure.CHOICE
    return Measure.CATEGORIES if criterion.level is Level.NOMINAL else Measure.SCALE


def disagreement(said: Sequence[Hashable], criterion: CriterionSpec) -> float:
    """Return the disagreement of answers to one criterion. Raises Undefined for fewer than two."""
    if len(said) < 2:
        raise Undefined("one answer cannot disagree with another")
    measure = measure_of(criterion)
    if measure is Measure.CHOICE:
        return min(fmean(_apart(one, other) for other in said) for one in set(said))
    if measure is Measure.CATEGORIES:
        return 1 - max(Counter(said).values()) / len(said)
    span = span_of(criterion)
    numbers = [float(str(one)) for one in said]
    return (max(numbers) - min(numbers)) / span if span > 0 else 0.0


def list_disagreement(said: Sequence[Said], criterion: CriterionSpec) -> float:
    """Return the disagreement of answers about one list. Raises Undefined where nobody shares a pair."""
    by_pair: dict[str, list[Hashable]] = defaultdict(list)
    for one in said:
        for pair, outcome in one.items():
            by_pair[pair].append(outcome)
    shared = [outcomes for outcomes in by_pair.values() if len(outcomes) > 1]
    if not shared:
        raise Undefined("no two answers decide the same pair")
    return fmean(disagreement(outcomes, criterion) for outcomes in shared)


def _apart(one: Hashable, other: Hashable) -> float:
    if one == other:
        return 0.0
    return OPPOSITE if {one, other} == _SIDES else ASIDE


def span_of(criterion: CriterionSpec) -> float:
    """Return how far the ends of a scale lie apart."""
    if criterion.values:
        return max(criterion.values) - min(criterion.values)
    return (criterion.maximum or 0.0) - (criterion.minimum or 0.0)
