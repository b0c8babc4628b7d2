"""Shares of rows, with an interval that knows which rows belong together."""

from __future__ import annotations

import numpy as np

from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    dense,
    estimate_of,
    item_sums,
    null_with_reason,
    ratio,
    refuse_empty,
)
from analysis.data import Mask
from analysis.errors import Undefined, Why
from analysis.intervals import wilson


@null_with_reason
def share_estimate(hit: Mask, *, item: Codes | None = None, sampling: Sampling = DEFAULT) -> Estimate:
    """Return the share of rows that are hits.

    Where each row stands alone the interval is Wilson's, else ``sampling`` resamples items. If all rows are alike
    resampling cannot see any spread, and Wilson's interval over the items is given.
    """
    refuse_empty(len(hit), "there are no rows to take a share of")
    items = len(hit) if item is None else dense(item)[1]
    share = float(hit.mean())
    if sampling.ci != "none" and (items == len(hit) or share in (0.0, 1.0)):
        lower, upper = wilson(np.array([share]), np.array([items]), sampling.confidence)
        said = {"confidence": f"{sampling.confidence:g}"}
        return Estimate(share, float(lower[0]), float(upper[0]), len(hit), "Wilson", items, conventions=said)
    rows = np.column_stack([hit, np.ones(len(hit))]).astype(np.float64)
    said = {"unit": "row" if item is None else "item"}
    nothing = Undefined(Why.EMPTY, "there are no rows to take a share of")
    sums = item_sums(rows, item, ratio, alike=True)
    return estimate_of(sums, n=len(hit), sampling=sampling, conventions=said, otherwise=nothing)
