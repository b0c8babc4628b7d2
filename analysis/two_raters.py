"""Agreement and association of exactly two raters, from their table of joint answers or their sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.chance_corrected import weights_of
from analysis.data import Floats, Ratings
from analysis.errors import Undefined, Why
from analysis.resampling import Drawn, Members, Sums, mid_ranks
from analysis.units import FEW_VALUES, distinct


@dataclass(frozen=True, slots=True)
class Pairs:
    """The answers of two raters on the items both rated (pairwise deletion), in the order of their names.

    ``item`` is the code of each pair's item, which only clusters need.
    """

    first: Floats
    second: Floats
    categories: tuple[float, ...]
    item: NDArray[np.int64] | None = None

    @property
    def columns(self) -> Floats:
        """Return the answers side by side, shape (items, 2)."""
        return np.column_stack([self.first, self.second])

    @property
    def is_measured(self) -> bool:
        """Say whether there are too many distinct values for a table of joint answers."""
        return len(np.unique(self.columns)) > FEW_VALUES

    def cells(self) -> tuple[Floats, NDArray[np.int64]]:
        """Return the values, and each pair's place in the table of joint answers: first rater by row, row after row."""
        values, place = distinct(np.concatenate([self.first, self.second]))
        if len(values) > FEW_VALUES:
            raise Undefined(Why.TOO_MANY_VALUES, f"{len(values)} distinct values are measurements, not categories")
        scale = np.union1d(np.array(self.categories), values) if self.categories else values
        place = np.searchsorted(scale, values)[place]
        return scale, place[: len(self.first)] * len(scale) + place[len(self.first) :]


def pairs_of(ratings: Ratings, categories: tuple[float, ...] = ()) -> Pairs:
    """Line up two raters' answers.

    Raises
    ------
    Undefined
        ``not_recorded``: raters are unnamed; ``not_two_raters``: there are not two; ``no_pairs``: they share no item.
    """
    if ratings.rater is None:
        raise Undefined(Why.NOT_RECORDED, "who gave which rating is not recorded")
    rater = ratings.rater.used()
    if len(rater.names) != 2:
        raise Undefined(Why.NOT_TWO_RATERS, f"a statistic of exactly two raters, and there are {len(rater.names)}")
    answers = np.full((len(ratings.item.names), 2), np.nan)
    answers[ratings.item.codes, rater.codes] = ratings.value
    item = np.flatnonzero(~np.isnan(answers).any(axis=1))
    if not len(item):
        raise Undefined(Why.NO_PAIRS, "the two raters share no item")
    return Pairs(answers[item, 0], answers[item, 1], categories, item)


def cohen_kappa(pairs: Pairs, *, weights: str = "identity") -> Sums:
    """Cohen's kappa; weighted by the distance of the values (linear, quadratic).

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20, 37-46; (1968), Psychological Bulletin 70, 213-220.
    """
    values, _ = pairs.cells()
    return _of_table(pairs, lambda joint: kappa_of_tables(joint, 1 - weights_of(weights, values)))


def scott_pi(pairs: Pairs) -> Sums:
    """Scott's pi: as kappa, with chance from the two raters' pooled shares.

    References
    ----------
    Scott (1955), Public Opinion Quarterly 19, 321-325.
    """
    unequal = 1 - np.eye(len(pairs.cells()[0]))

    def value(joint: Floats) -> Floats:
        pooled = (joint.sum(axis=1) + joint.sum(axis=2)) / 2
        return _one_minus((joint * unequal).sum(axis=(1, 2)), 1 - (pooled**2).sum(axis=1))

    return _of_table(pairs, value)


def kendall_tau(pairs: Pairs) -> Sums | Drawn:
    """Kendall's tau-b, corrected for ties.

    References
    ----------
    Kendall (1945), Biometrika 33, 239-251.
    """
    _refuse_constant(pairs)
    if pairs.is_measured:
        return Drawn(pairs.columns, tau_of_rows, pairs.item)
    return _of_table(pairs, tau_of_tables)


def spearman(pairs: Pairs) -> Sums | Drawn:
    """Spearman's rank correlation, ties at their mid-rank.

    References
    ----------
    Spearman (1904), American Journal of Psychology 15, 72-101.
    """
    _refuse_constant(pairs)
    if pairs.is_measured:
        return Drawn(pairs.columns, spearman_of_rows, pairs.item)
    return _of_table(pairs, spearman_of_tables)


def spearman_of_rows(columns: Floats) -> float:
    """Return Spearman's correlation of two columns, NaN where one is constant."""
    ranks = np.column_stack([mid_ranks(column)[0] for column in columns.T])
    centred = ranks - ranks.mean(axis=0)
    spread = float(np.sqrt((centred[:, 0] ** 2).sum() * (centred[:, 1] ** 2).sum()))
    return float(centred[:, 0] @ centred[:, 1]) / spread if spread > 0 else float("nan")


def tau_of_rows(columns: Floats) -> float:
    """Return Kendall's tau-b of two columns, NaN where one is constant."""
    from scipy.stats import kendalltau

    return float(kendalltau(columns[:, 0], columns[:, 1]).statistic)


def lin_ccc(pairs: Pairs) -> Sums:
    """Lin's concordance correlation: how close pairs lie to the line of equality; variances by n.

    References
    ----------
    Lin (1989), Biometrics 45, 255-268.
    """
    if not np.ptp(pairs.columns):
        raise Undefined(Why.NO_VARIANCE, "both raters gave one and the same value throughout")
    centre = pairs.columns.mean()
    scale = float(np.abs(pairs.columns - centre).max())
    x, y = (pairs.first - centre) / scale, (pairs.second - centre) / scale
    features = np.column_stack([np.ones_like(x), x, y, x * x, y * y, x * y])

    def value(sums: Floats) -> Floats:
        n, sx, sy, sxx, syy, sxy = sums.T
        covariance = sxy / n - sx * sy / n**2
        spread = sxx / n + syy / n - 2 * sx * sy / n**2  # both variances and the squared difference of the means
        return _divided(2 * covariance, spread)

    members = None if pairs.item is None else Members(pairs.item, np.arange(len(x)))
    return Sums(features, np.ones(len(x), dtype=np.int64), value, members)


def _of_table(pairs: Pairs, value: Callable[[Floats], Floats]) -> Sums:
    """Resample items by their cell of the table; ``value`` takes tables of shares."""
    values, cell = pairs.cells()
    size = len(values)
    number = np.bincount(cell, minlength=size * size)
    cells = np.flatnonzero(number)
    row = np.cumsum(number > 0) - 1

    def of_sums(sums: Floats) -> Floats:
        joint = sums.reshape(-1, size, size)
        pairs_drawn = joint.sum(axis=(1, 2), keepdims=True)
        return value(np.divide(joint, pairs_drawn, out=np.full_like(joint, np.nan), where=pairs_drawn > 0))

    members = None if pairs.item is None else Members(pairs.item, row[cell])
    return Sums(np.eye(size * size)[cells], number[cells], of_sums, members)


def kappa_of_tables(joint: Floats, disagreement: Floats) -> Floats:
    """Return kappa of each table of shares, shape (tables, first, second), NaN where chance explains all.

    ``disagreement``, shape (first, second), is 0 on the diagonal.
    """
    by_chance = joint.sum(axis=2)[:, :, None] * joint.sum(axis=1)[:, None, :]
    return _one_minus((joint * disagreement).sum(axis=(1, 2)), (by_chance * disagreement).sum(axis=(1, 2)))


def tau_of_tables(joint: Floats) -> Floats:
    """Return Kendall's tau-b of each table of shares, NaN where a side is constant."""
    first, second = (np.tri(size, k=-1) for size in joint.shape[1:])  # [k, l] is 1 where l comes before k
    # For each cell: the mass before it in both orders, less the mass before in one and after in the other.
    before = first @ joint
    agree = before @ second.T - before @ second
    concordance = (joint * agree).sum(axis=(1, 2))
    free = [(1 - (joint.sum(axis=axis) ** 2).sum(axis=1)) / 2 for axis in (1, 2)]
    return _divided(concordance, np.sqrt(free[0] * free[1]))


def spearman_of_tables(joint: Floats) -> Floats:
    """Return Spearman's correlation of each table of shares, NaN where a side is constant."""
    shares = joint.sum(axis=2), joint.sum(axis=1)
    ranks = [np.cumsum(share, axis=1) - share / 2 - 0.5 for share in shares]
    spread = [(share * rank**2).sum(axis=1) for share, rank in zip(shares, ranks, strict=True)]
    together = (joint * ranks[0][:, :, None] * ranks[1][:, None, :]).sum(axis=(1, 2))
    return _divided(together, np.sqrt(spread[0] * spread[1]))


def _one_minus(observed: Floats, expected: Floats) -> Floats:
    return 1 - _divided(observed, expected)


def _divided(above: Floats, below: Floats) -> Floats:
    known = below > 1e-12
    return np.where(known, above / np.where(known, below, 1.0), np.nan)


def _refuse_constant(pairs: Pairs) -> None:
    if not np.ptp(pairs.first) or not np.ptp(pairs.second):
        raise Undefined(Why.NO_VARIANCE, "a rater gave the same answer throughout, and a constant has no order")
