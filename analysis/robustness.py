"""How few battles hold up first place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.counts import Counts, folded
from analysis.data import Floats
from analysis.errors import Undefined
from analysis.strengths import Strengths
from analysis.tie_models import GroupFit, fit_group, refit_strengths

NEAREST = 8  # challengers looked at; one much farther off never is cheaper
SLACK = 1e-9  # nats: a lead below it is rounding
MOST_BELOW = 50  # battles below the guess that are tried one by one where nothing above it will do
CHALLENGERS = 2  # those that the influences say are cheapest; each costs some refits


@dataclass(frozen=True, slots=True)
class Robustness:
    """First place goes to ``challenger`` if these ``battles``, chosen against ``leader``, are left out of ``of``.

    The number is confirmed by a refit without them. Fewer may do, since the choice is made one battle at a time.
    """

    leader: str
    challenger: str
    battles: int
    of: int


def fewest_battles(counts: Counts, fit: Strengths, *, rule: str, both_bad: str) -> Robustness | None:
    """Return how few battles decide first place in the leader's group, or None where nobody else can have it.

    Battles are left out in the order of their influence on the gap to a challenger, (e_i - e_j)' H^-1 g.

    References
    ----------
    Huang, Shen, Wei and Broderick (2025), arXiv:2508.11847.
    """
    first = _leader(fit)
    if first is None:
        return None
    places = np.flatnonzero(fit.group == fit.group[first])
    part, leader = _folded(counts.only(places)), int(np.flatnonzero(places == first)[0])
    group = fit_group(part.weight, rule=rule, both_bad=both_bad)
    search = _Search(part, group, leader, rule, both_bad)
    guesses = [(search.guess(place), place) for place in search.nearest()]
    found = [(search.fewest(place, guess), place) for guess, place in sorted(guesses)[:CHALLENGERS]]
    confirmed = [(battles, part.systems[place]) for battles, place in found if battles is not None]
    if not confirmed:
        return None
    battles, challenger = min(confirmed)
    return Robustness(part.systems[leader], challenger, battles, int(part.number.sum()))


def _folded(counts: Counts) -> Counts:
    """Count a result once, whichever column its winner stood in: else the columns would decide between equals."""
    return Counts(counts.systems, folded(counts.number), folded(counts.weight), folded(counts.square))


def _leader(fit: Strengths) -> int | None:
    """Return who is first on the first board, if it is one system with a rating and others share its scale."""
    board = np.flatnonzero(fit.component == 0)
    if fit.above[:, board].any():
        return None  # somebody unbeaten, or a group above the rest: no count of battles is behind that
    first = int(board[np.nanargmax(fit.strengths[board])]) if not np.isnan(fit.strengths[board]).all() else None
    if first is None or (fit.strengths >= fit.strengths[first] - SLACK)[fit.group == fit.group[first]].sum() > 1:
        return None
    return first


class _Search:
    """Leaves battles out of counts, the most influential first, and refits."""

    def __init__(self, counts: Counts, fit: GroupFit, leader: int, rule: str, both_bad: str) -> None:
        self.counts, self.fit, self.leader, self.rule, self.both_bad = counts, fit, leader, rule, both_bad

    def nearest(self) -> list[int]:
        """Return the systems whose distance to the leader is least in standard errors of the model."""
        variance = np.diag(self.fit.bread)[:-1]
        spread = variance + variance[self.leader] - 2 * self.fit.bread[self.leader, :-1]
        gaps = self.fit.strengths[self.leader] - self.fit.strengths
        with np.errstate(invalid="ignore", divide="ignore"):
            distance = np.where(np.arange(len(gaps)) == self.leader, np.inf, gaps / np.sqrt(spread))
        return [int(place) for place in np.argsort(distance, kind="stable")[: min(NEAREST, len(gaps) - 1)]]

    def guess(self, challenger: int) -> int:
        """Return how many battles the influences, taken as they stand, say are enough."""
        effect, number = self._order(challenger)[1:]
        gap = self.fit.strengths[self.leader] - self.fit.strengths[challenger]
        moved, before = np.cumsum(effect * number), np.cumsum(number) - number
        cell = int(np.searchsorted(moved, gap))
        if cell == len(moved):
            return int(number.sum())
        return int(before[cell] + np.ceil((gap - (moved[cell] - effect[cell] * number[cell])) / effect[cell]))

    def fewest(self, challenger: int, guess: int) -> int | None:
        """Return the fewest battles, in order of influence, without which the leader is no longer first."""
        order, _, number = self._order(challenger)
        low, high, most = 0, max(guess, 1), int(number.sum())
        while not self._is_overtaken(order, number, high):
            if high >= most:
                return self._below(order, number, guess)
            low, high = high, min(max(high + 1, high * 5 // 4), most)
        while high - low > 1:
            tried = high - max(1, (high - low) // 8)  # the guess is seldom far off
            low, high = (low, tried) if self._is_overtaken(order, number, tried) else (tried, high)
        return high

    def _below(self, order: NDArray[np.int64], number: Floats, guess: int) -> int | None:
        """Look below the guess: on small boards what is left from there on may compare nobody any more."""
        tried = range(1, min(guess, MOST_BELOW))
        return next((battles for battles in tried if self._is_overtaken(order, number, battles)), None)

    def _order(self, challenger: int) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Return the cells whose battles help the leader against the challenger, most first; their effect, number."""
        contrast = self.fit.bread[self.leader] - self.fit.bread[challenger]
        lead = contrast[:-1, None] - contrast[None, :-1]
        effect = (lead * self.fit.scores + contrast[-1] * self.fit.tie_scores).ravel()
        number = self.counts.number.ravel()
        order = np.argsort(-effect, kind="stable")
        order = order[(effect[order] > 0) & (number[order] > 0)]
        return order, effect[order], number[order]

    def _is_overtaken(self, order: NDArray[np.int64], number: Floats, battles: int) -> bool:
        before = np.concatenate([[0.0], np.cumsum(number)[:-1]])
        left_out = np.clip(battles - before, 0, number)
        weight = self.counts.weight.ravel().copy()
        weight[order] *= 1 - left_out / number
        cells = weight.reshape(self.counts.weight.shape)
        try:
            strengths = refit_strengths(cells, self.fit.strengths, rule=self.rule, both_bad=self.both_bad)
        except Undefined:
            return False  # what is left does not compare them any more
        return bool((strengths > strengths[self.leader] + SLACK).any())  # level is not ahead
