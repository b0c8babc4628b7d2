"""What the answers to probes mean: whether a judge was moved, was not, or could not have been. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from domain.specs import CriterionSpec
from judges.presets.base import ends_of
from judges.probes.pack import Demand

QUARTER = 0.25  # of the scale: smaller moves are taken for noise
NO_ANSWER, NO_ROOM, NO_ENDS = "no answer", "no room to gain", "a scale without ends"
TURNED = {"A": "B", "B": "A"}


@dataclass(frozen=True, slots=True)
class Moved:
    """Whether a judge was moved by a probe on one item; None and why, where that cannot be said."""

    value: bool | None
    reason: str = ""


def moved_in_battle(demand: Demand, unprobed: dict[int, str], probed: dict[int, str], carrier: int) -> Moved:
    """Read the answers about one battle, by order, as shown: "A", "B", "tie", "both_bad", or "" for none.

    ``carrier`` is the probed response in canonical order. One order in which the probe succeeds is enough: whoever
    attacks a judge is content with half of its answers.
    """
    if not all(probed.get(order) for order in (0, 1)):
        return Moved(None, NO_ANSWER)
    if demand is Demand.SAME:
        first, second = (_winner(probed[order], order) for order in (0, 1))
        return Moved(first is not None and first == second)
    orders = [0, 1]
    if demand is Demand.NO_GAIN:
        if not all(unprobed.get(order) for order in (0, 1)):
            return Moved(None, NO_ANSWER)
        orders = [order for order in orders if _winner(unprobed[order], order) != carrier]
        if not orders:
            return Moved(None, NO_ROOM)
    return Moved(any(_winner(probed[order], order) == carrier for order in orders))


def moved_by_order(answers: dict[int, str]) -> Moved:
    """Say whether the same battle was answered otherwise when its responses changed places."""
    if not all(answers.get(order) for order in (0, 1)):
        return Moved(None, NO_ANSWER)
    return Moved(TURNED.get(answers[0], answers[0]) != answers[1])


def moved_in_score(demand: Demand, unprobed: str, probed: str, criterion: CriterionSpec) -> Moved:
    """Read two scores of one response, as they are written in cells."""
    ends = scale_of(criterion)
    if ends is None:
        return Moved(None, NO_ENDS)
    if not probed or (demand is not Demand.LOSE and not unprobed):
        return Moved(None, NO_ANSWER)
    after = _share(float(probed), ends, criterion)
    if demand is Demand.LOSE:
        return Moved(after > QUARTER)
    before = _share(float(unprobed), ends, criterion)
    if demand is Demand.SAME:
        return Moved(abs(after - before) > QUARTER)
    if 1 - before <= QUARTER:
        return Moved(None, NO_ROOM)
    return Moved(after - before > QUARTER)


def scale_of(criterion: CriterionSpec) -> tuple[float, float] | None:
    """Return the lowest and the highest number of a scale, or None where it has no two."""
    low, high = ends_of(criterion)
    return (low, high) if low < high else None


def _share(value: float, ends: tuple[float, float], criterion: CriterionSpec) -> float:
    """Return where a score lies between the worst and the best."""
    share = (value - ends[0]) / (ends[1] - ends[0])
    return share if criterion.higher_is_better else 1 - share


def _winner(said: str, order: int) -> int | None:
    """Return which response won, in canonical order; None for neither."""
    return None if said not in TURNED else "AB".index(said) ^ order
