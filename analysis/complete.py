"""Statistics of a table in which every rater rated every item: intraclass correlations and Kendall's W."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from analysis.data import Floats, Ratings
from analysis.errors import Undefined, Why
from analysis.icc_intervals import MeanSquares, f_interval
from analysis.resampling import Drawn, Members, Sums, mid_ranks
from analysis.units import Units

ICC_FORMS = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")


@dataclass(frozen=True, slots=True)
class Complete:
    """Values by item and rater, of the items that every rater rated, and the codes of those items."""

    values: Floats
    item: NDArray[np.int64]


def complete_table(ratings: Ratings) -> Complete:
    """Line up the ratings of the items that every rater rated (listwise deletion).

    Raises
    ------
    Undefined
        ``not_recorded``: raters are unnamed; ``one_rater``; ``incomplete``: fewer than two items have all raters.
    """
    if ratings.rater is None:
        raise Undefined(Why.NOT_RECORDED, "who gave which rating is not recorded")
    rater = ratings.rater.used()
    if len(rater.names) < 2:
        raise Undefined(Why.ONE_RATER, "agreement needs at least two raters")
    size = np.bincount(ratings.item.codes, minlength=len(ratings.item.names))
    full = np.flatnonzero(size == len(rater.names))
    if len(full) < 2:
        reason = f"{len(full)} items have a rating by each of the {len(rater.names)} raters; at least 2 are needed"
        raise Undefined(Why.INCOMPLETE, reason)
    row = np.full(len(size), -1)
    row[full] = np.arange(len(full))
    kept = row[ratings.item.codes] >= 0
    table = np.empty((len(full), len(rater.names)))
    table[row[ratings.item.codes[kept]], rater.codes[kept]] = ratings.value[kept]
    return Complete(table, full)


def icc_one_way(units: Units, *, form: str) -> Sums:
    """Intraclass correlation when each item has raters of its own: ICC(1,1), and ICC(1,k) for their mean.

    Items may have different numbers of ratings; k is then the average that analysis of variance gives them.

    References
    ----------
    Shrout and Fleiss (1979), Psychological Bulletin 86(2), 420-428; unbalanced: Searle, Casella and McCulloch (1992).
    """
    paired = units.pairable()
    if paired.n_items < 2:
        raise Undefined(Why.ONE_ITEM, "one item has several ratings, and a variance between items needs two")
    if np.count_nonzero(paired.marginal()) < 2:
        raise Undefined(Why.NO_VARIANCE, "every rating is the same")
    total, squares = paired.sums(_scaled(paired.values))
    size = paired.size
    within = squares - total**2 / size
    features = np.column_stack([np.ones_like(size), size, size**2, total, total**2 / size, within])

    def value(sums: Floats) -> Floats:
        items, n, n_squared, total, between, within = sums.T
        freedom = np.where(items > 1, items - 1, np.nan)  # a single item has no spread between items, and no value
        mean_between = (between - total**2 / n) / freedom
        mean_within = within / (n - items)
        k = (n - n_squared / n) / freedom
        if form == "ICC(1,k)":
            return _divided(mean_between - mean_within, mean_between)
        return _divided(mean_between - mean_within, mean_between + (k - 1) * mean_within)

    made = Sums(features, paired.number, value, paired.members)
    if np.ptp(size):
        return replace(made, limits="unbalanced")
    n, k = paired.n_items, int(size[0])
    _, _, _, whole, between, rest = paired.number @ features
    found = MeanSquares(float(between - whole**2 / (n * k)) / (n - 1), float(rest) / (n * (k - 1)), n, k)
    return replace(made, model=partial(f_interval, form, found))


def icc_two_way(table: Complete, *, form: str) -> Sums:
    """Intraclass correlation when the same raters rate all items: absolute agreement (2) or consistency (3).

    The interval of its model takes the raters of (2) as drawn from all like them; resampled items know these only.
    """
    items, k = table.values.shape
    centred = _scaled(table.values)
    features = np.column_stack([np.ones(items), (centred**2).sum(axis=1), centred.sum(axis=1) ** 2 / k, centred])

    def squares(sums: Floats) -> tuple[Floats, Floats, Floats]:
        n, columns = sums[:, 0], sums[:, 3:]
        correction = columns.sum(axis=1) ** 2 / (n * k)
        rows = sums[:, 2] - correction
        raters = (columns**2).sum(axis=1) / n - correction
        rest = np.maximum(sums[:, 1] - correction - rows - raters, 0.0)
        freedom = np.where(n > 1, n - 1, np.nan)
        return rows / freedom, raters / (k - 1), rest / (freedom * (k - 1))

    def value(sums: Floats) -> Floats:
        return _icc(form, *squares(sums), sums[:, 0], k)

    rows, raters, rest = (float(one[0]) for one in squares(features.sum(axis=0)[None, :]))
    return Sums(
        features,
        np.ones(items, dtype=np.int64),
        value,
        Members(table.item, np.arange(items)),
        model=partial(f_interval, form, MeanSquares(rows, rest, items, k, raters)),
        limits="about these raters" if form.startswith("ICC(2") else "",
    )


def _icc(form: str, rows: Floats, raters: Floats, rest: Floats, n: Floats, k: int) -> Floats:
    below = {
        "ICC(2,1)": rows + (k - 1) * rest + k * (raters - rest) / n,
        "ICC(3,1)": rows + (k - 1) * rest,
        "ICC(2,k)": rows + (raters - rest) / n,
        "ICC(3,k)": rows,
    }[form]
    return _divided(rows - rest, below)


def kendall_w(table: Complete) -> Drawn:
    """Kendall's coefficient of concordance of all raters' rankings of the items, corrected for ties.

    References
    ----------
    Kendall and Babington Smith (1939), Annals of Mathematical Statistics 10, 275-287.
    """
    if not np.ptp(table.values, axis=0).any():
        raise Undefined(Why.NO_VARIANCE, "every rater gave one answer throughout, and a constant has no order")
    return Drawn(table.values, concordance, table.item)


def concordance(table: Floats) -> float:
    """Return W of a complete table, NaN when every ranking is one tie."""
    n, k = table.shape
    ranked, ties = zip(*(mid_ranks(column) for column in table.T), strict=True)
    sums = np.sum(ranked, axis=0)
    spread = float(((sums - sums.mean()) ** 2).sum())
    most = k * k * (n**3 - n) / 12 - k * sum(ties) / 12
    return spread / most if most > 1e-9 else float("nan")


def _divided(above: Floats, below: Floats) -> Floats:
    known = below > 1e-12
    return np.where(known, above / np.where(known, below, 1.0), np.nan)


def _scaled(values: Floats) -> Floats:
    """Centre values and bring them to the size of 1, so that rounding has the same size on every scale."""
    if not np.ptp(values):
        raise Undefined(Why.NO_VARIANCE, "every rating is the same")
    centred = values - values.mean()
    scaled: Floats = centred / np.abs(centred).max()
    return scaled
