"""Effect sizes: standardised mean differences of paired values, and how lopsided wins and losses are."""

from __future__ import annotations

import numpy as np

from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    estimate_of,
    item_sums,
    null_with_reason,
    quotient,
    ratio,
    refuse_empty,
    refuse_not_finite,
)
from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.intervals import wilson

ROUNDING = 1e-15  # of the values as given: a spread below it is that of their last digit
STANDARDISERS = ("difference", "average")


@null_with_reason
def cohens_d(
    first: Floats,
    second: Floats,
    *,
    standardiser: str = "difference",
    cluster: Codes | None = None,
    sampling: Sampling = DEFAULT,
) -> Estimate:
    """Return the mean paired difference in standard deviations (n - 1), with a bootstrap interval over items.

    ``difference``: of the differences (d_z, what a paired test's power depends on); ``average``: the root of the
    mean variance of the two systems (d_av, comparable across designs).

    References
    ----------
    Lakens (2013), Frontiers in Psychology 4, 863.
    """
    if standardiser not in STANDARDISERS:
        raise ValueError(f"standardiser must be one of {', '.join(STANDARDISERS)}, not {standardiser!r}")
    refuse_empty(len(first), "there are no pairs")
    refuse_not_finite(first, second)
    if len(first) < 2:
        raise Undefined(Why.ONE_ITEM, "a spread needs at least two pairs, and here is one")
    rows = (first - second)[:, None] if standardiser == "difference" else np.column_stack([first, second])
    middle = rows.mean(axis=0)
    centred = rows - middle  # so that the difference of squares stays exact
    features = np.column_stack([np.ones(len(rows)), centred, centred**2])
    shift = float(middle[0] - middle[-1]) if standardiser == "average" else float(middle[0])

    given = max(float(np.abs(first).max()), float(np.abs(second).max()))
    rounding = max(1e-15 * float(np.abs(centred).max()) ** 2, (ROUNDING * given) ** 2)

    def value(sums: Floats) -> Floats:
        return _standardised(sums, shift, columns=rows.shape[1], rounding=rounding)

    unspread = Undefined(Why.NO_VARIANCE, "every difference is the same, so there is no spread to measure it in")
    said = {"standardiser": standardiser, "ddof": "1", "unit": "item" if cluster is None else "cluster"}
    sums = item_sums(features, cluster, value)
    return estimate_of(sums, n=len(first), sampling=sampling, conventions=said, otherwise=unspread)


def _standardised(sums: Floats, shift: float, *, columns: int, rounding: float) -> Floats:
    n = sums[:, :1]
    totals, squares = sums[:, 1 : 1 + columns], sums[:, 1 + columns :]
    variance = ((squares - totals**2 / n) / np.maximum(n - 1, 1)).mean(axis=1)
    mean = shift + (totals[:, 0] - (totals[:, 1] if columns == 2 else 0.0)) / n[:, 0]
    return quotient(mean, np.where(variance > rounding, np.sqrt(np.maximum(variance, 0.0)), 0.0))


@null_with_reason
def cohens_g(difference: Floats, *, cluster: Codes | None = None, sampling: Sampling = DEFAULT) -> Estimate:
    """Return the share of wins among wins and losses, less one half: from -0.5 to 0.5, ties left out.

    Rows alone have Wilson's interval; with clusters, these are resampled.

    References
    ----------
    Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, 2nd edition, chapter 5.
    """
    refuse_not_finite(difference)
    refuse_empty(len(difference), "there are no pairs")
    decided = difference != 0
    if not decided.any():
        raise Undefined(Why.ALL_TIED, "every pair is tied, so there are neither wins nor losses")
    won, number = difference[decided] > 0, int(decided.sum())
    share = float(won.mean())
    said = {"ties": "drop", "confidence": f"{sampling.confidence:g}"}
    if cluster is None:
        if sampling.ci == "none":
            return Estimate(share - 0.5, n=number, conventions=said)
        low, high = wilson(np.array([share]), np.array([number]), sampling.confidence)
        return Estimate(share - 0.5, float(low[0]) - 0.5, float(high[0]) - 0.5, number, "Wilson", conventions=said)
    rows = np.column_stack([won, np.ones(number)])
    sums = item_sums(rows, cluster[decided], lambda totals: ratio(totals) - 0.5, alike=True)
    nothing = Undefined(Why.ALL_TIED, "every pair is tied")
    return estimate_of(sums, n=number, sampling=sampling, conventions=said | {"unit": "cluster"}, otherwise=nothing)
