"""What was said about a list of responses, beside what should have been: full orders, the best and the worst. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from annotation.answers import Submission
from annotation.material import LABELS
from annotation.quality.errors import Undefined


@dataclass(frozen=True, slots=True)
class Order:
    """An order of responses by id: the place of each, 1 the best and equal places a tie; or two of them alone."""

    places: Mapping[int, int] = field(default_factory=dict)
    best: int | None = None
    worst: int | None = None


def order_of(submission: Submission, shown: tuple[int, ...]) -> Order | None:
    """Return what was said about the responses ``shown``, A first; None where no list was asked about."""
    by_label = dict(zip(LABELS, shown, strict=False))
    if submission.ranks:
        return Order({by_label[label]: place for label, place in submission.ranks.items()})
    if submission.best is None or submission.worst is None:
        return None
    return Order(best=by_label[submission.best], worst=by_label[submission.worst])


def order_json(order: Order) -> dict[str, Any]:
    """Write an order as ``Item.expected`` spells it: ``{"ranks": {id: place}}``, or ``{"best": id, "worst": id}``."""
    if order.places:
        return {"ranks": {str(pk): place for pk, place in order.places.items()}}
    return {name: pk for name, pk in (("best", order.best), ("worst", order.worst)) if pk is not None}


def order_from(data: Mapping[str, Any]) -> Order:
    """Read it."""
    return Order({int(pk): place for pk, place in data.get("ranks", {}).items()}, data.get("best"), data.get("worst"))


def kendall_distance(one: Mapping[int, int], other: Mapping[int, int]) -> float:
    """Return how far two orders of the same things are apart: 0 the same, 1 the reverse.

    The share of pairs on which they disagree, where a pair that is tied in one of them alone counts half: K^(1/2) of
    Fagin, Kumar, Mahdian, Sivakumar and Vee (2006), SIAM Journal on Discrete Mathematics 20(3), 628-648, over the
    number of pairs. Raises Undefined for fewer than two things, or for different ones.
    """
    if one.keys() != other.keys() or len(one) < 2:
        raise Undefined(f"orders of {len(one)} and {len(other)} things cannot be compared")
    pairs = list(combinations(sorted(one), 2))
    apart = (_apart(one[a] - one[b], other[a] - other[b]) for a, b in pairs)
    return sum(apart) / len(pairs)


def _apart(lead: int, other_lead: int) -> float:
    if (lead == 0) != (other_lead == 0):
        return 0.5
    return float(lead * other_lead < 0)


def meets(wanted: Order, said: Order, reach: float) -> bool:
    """Return whether an order is the right one: whole orders up to a Kendall distance of ``reach``.

    A known best or worst must be at its end of an order, and alone there. Where only the best and the worst were asked
    for, they must be among the first and the last of a known order.
    """
    if wanted.places and said.places:
        return kendall_distance(wanted.places, said.places) <= reach + 1e-9
    best, worst = (_first(wanted.places), _last(wanted.places)) if wanted.places else ({wanted.best}, {wanted.worst})
    if said.places:
        return all(
            pk is None or end == {pk}
            for pk, end in ((wanted.best, _first(said.places)), (wanted.worst, _last(said.places)))
        )
    return (best == {None} or said.best in best) and (worst == {None} or said.worst in worst)


def _first(places: Mapping[int, int]) -> set[int | None]:
    return {pk for pk, place in places.items() if place == min(places.values())}


def _last(places: Mapping[int, int]) -> set[int | None]:
    return {pk for pk, place in places.items() if place == max(places.values())}


def ends(order: Order) -> tuple[int | None, int | None]:
    """Return the first and the last of a whole order; None for an end where several are tied."""
    first, last = _first(order.places), _last(order.places)
    return (first.pop() if len(first) == 1 else None), (last.pop() if len(last) == 1 else None)


def in_letters(order: Order, shown: tuple[int, ...]) -> dict[str, str]:
    """Return an order in the letters under which somebody saw the responses: ``B > A = C``, best first."""
    letters = dict(zip(shown, LABELS, strict=False))
    if not order.places:
        ends = {"best": order.best, "worst": order.worst}
        return {name: letters[pk] for name, pk in ends.items() if pk is not None}
    by_place: dict[int, list[str]] = {}
    for pk, place in order.places.items():
        by_place.setdefault(place, []).append(letters[pk])
    return {"order": " > ".join(" = ".join(sorted(by_place[place])) for place in sorted(by_place))}
