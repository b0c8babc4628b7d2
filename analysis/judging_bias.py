"""A judge's biases: position, length and its own family, each where the data record what it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Estimate, Sampling
from analysis.data import SEEN_FROM_B, STYLE, A, B, Battles, Coded, Floats, Mask, Ratings, take
from analysis.errors import Undefined, Why
from analysis.judging.family import SelfPreference, self_preference, self_preference_in_scores
from analysis.judging.length import Choices, LengthBias, length_bias
from analysis.judging.position import FirstPosition, SwapConsistency, first_position, swap_consistency
from analysis.pairwise import items_of


@dataclass(frozen=True, slots=True)
class Bias:
    """What pulls a judge; None where it cannot be said.

    ``people_position`` is the pull of the first place on people. ``self_preference`` is of battles,
    ``self_preference_in_scores`` of ratings: by how much more the judge overrates its own family than others.
    """

    position: FirstPosition | None = None
    people_position: FirstPosition | None = None
    swap: SwapConsistency | None = None
    length: LengthBias | None = None
    self_preference: SelfPreference | None = None
    self_preference_in_scores: Estimate | None = None


Missing = dict[str, Undefined]


def biases_in_battles(battles: Battles, judge: str, own: tuple[str, ...], sampling: Sampling) -> tuple[Bias, Missing]:
    """Measure the biases of one rater, the others being the people, and say why some cannot be measured.

    ``own`` names the systems of the judge's family; battles with one of them on one side show self-preference.
    """
    rater, item = battles.rater, items_of(battles)
    if rater is None or judge not in rater.names:
        raise Undefined(Why.NOT_RECORDED, "biases are those of a named rater (column rater)")
    by_judge = rater.codes == rater.names.index(judge)
    judged, people = _Side(battles, item, by_judge), _Side(battles, item, ~by_judge)
    return _known(
        position=lambda: _position(judged, sampling),
        people_position=lambda: _position(people, sampling),
        swap=lambda: _swap(judged, sampling),
        length=lambda: length_bias(judged.choices(), people.choices(), sampling=sampling),
        self_preference=lambda: _family(judged, people, own, sampling),
    )


def biases_in_ratings(
    judge: Ratings, people: Ratings, own: tuple[str, ...], sampling: Sampling
) -> tuple[Bias, Missing]:
    """Measure whether the judge overrates responses of its own family, against the mean of the people."""
    return _known(self_preference_in_scores=lambda: _family_in_scores(judge, people, own, sampling))


def _known(**measures: Callable[[], object]) -> tuple[Bias, Missing]:
    found: dict[str, object] = {}
    missing: Missing = {}
    for name, measure in measures.items():
        try:
            found[name] = measure()
        except Undefined as error:
            missing[name] = error
    return Bias(**found), missing  # type: ignore[arg-type]  # each measure returns its field's type


class _Side:
    """The battles of one side, the judge or the people, with codes of the pairs that both sides share."""

    def __init__(self, battles: Battles, item: Coded, rows: Mask) -> None:
        self.battles, self.item = take(battles, rows), item.codes[rows].astype(np.int64)

    def shown_b_first(self) -> Mask:
        if self.battles.shown_b_first is None:
            raise Undefined(Why.NOT_RECORDED, "nobody knows which response stood first (column shown_first)")
        return self.battles.shown_b_first

    def choices(self) -> Choices:
        """Return the choices with known lengths."""
        a, b = self.battles.style_a, self.battles.style_b
        if a is None or b is None:
            raise Undefined(Why.NOT_RECORDED, f"the responses' lengths are not known (columns {STYLE[0]}_a and _b)")
        kept = ~np.isnan(a[:, 0] + b[:, 0])
        return Choices(self.battles.outcome[kept], a[kept, 0], b[kept, 0], self.item[kept])

    def shares(self, own: tuple[str, ...]) -> tuple[Mask, Floats]:
        """Return which battles have one of these systems on one side, and what its side got of each."""
        ours = np.isin(np.array(self.battles.systems, dtype=np.object_), list(own))
        a, b = ours[self.battles.system_a], ours[self.battles.system_b]
        won_a = np.where(self.battles.outcome == A, 1.0, np.where(self.battles.outcome == B, 0.0, 0.5))
        return a != b, np.where(a, won_a, 1 - won_a)


def _position(judged: _Side, sampling: Sampling) -> FirstPosition:
    outcome = judged.battles.outcome
    shown = np.where(judged.shown_b_first(), SEEN_FROM_B[outcome], outcome)
    return first_position(shown, item=judged.item, sampling=sampling)


def _swap(judged: _Side, sampling: Sampling) -> SwapConsistency:
    """Pair the first verdict in each order, in the frame of the system of lower place."""
    battles, turned = judged.battles, judged.battles.system_a > judged.battles.system_b
    outcome = np.where(turned, SEEN_FROM_B[battles.outcome], battles.outcome)
    b_first = judged.shown_b_first() != turned
    (first, row), (second, other) = (np.unique(judged.item[rows], return_index=True) for rows in (~b_first, b_first))
    both = np.intersect1d(first, second)
    if not len(both):
        raise Undefined(Why.NO_PAIRS, "the judge saw no pair in both orders")
    one = outcome[~b_first][row[np.searchsorted(first, both)]]
    return swap_consistency(one, outcome[b_first][other[np.searchsorted(second, both)]], sampling=sampling)


def _family(judged: _Side, people: _Side, own: tuple[str, ...], sampling: Sampling) -> SelfPreference:
    _refuse_unknown(own, judged.battles.systems)
    (rows, share), (others, theirs) = judged.shares(own), people.shares(own)
    return self_preference(judged.item[rows], share[rows], people.item[others], theirs[others], sampling=sampling)


def _family_in_scores(judge: Ratings, people: Ratings, own: tuple[str, ...], sampling: Sampling) -> Estimate:
    if judge.labels is not None or judge.system is None:
        raise Undefined(
            Why.NOT_RECORDED, "self-preference needs numbers, and whose responses were rated (column system)"
        )
    _refuse_unknown(own, judge.system.names)
    number = np.bincount(people.item.codes, minlength=len(people.item.names))
    total = np.bincount(people.item.codes, people.value, len(number))
    rows = number[judge.item.codes] > 0
    item = judge.item.codes[rows]
    ours = np.isin(np.array(judge.system.names, dtype=np.object_), list(own))[judge.system.codes[rows]]
    prompt = None if judge.prompt is None else judge.prompt.codes[rows].astype(np.int64)
    return self_preference_in_scores(
        judge.value[rows] - total[item] / number[item], ours, prompt=prompt, sampling=sampling
    )


def _refuse_unknown(own: tuple[str, ...], systems: tuple[str, ...]) -> None:
    if not own:
        raise Undefined(Why.NOT_RECORDED, "nobody said which systems are of the judge's family (--own)")
    unknown = [name for name in own if name not in systems]
    if unknown:
        raise ValueError(f"no system {', '.join(unknown)}; there is {', '.join(systems[:20])}")
