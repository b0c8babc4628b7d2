"""Any statistic slice by slice, and whether a slice differs from the rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from analysis.comparison.corrections import adjusted
from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    Significance,
    estimate_of,
    no_p_with_reason,
)
from analysis.data import Coded, Mask
from analysis.errors import Undefined, Why
from analysis.resampling import Clusters, Drawn, Sums, leave_one_out

Build = Callable[[Mask], Sums]


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice's statistic, that of all other rows, and the test of no difference; ``adjusted_p`` over the slices."""

    estimate: Estimate
    rest: Estimate
    test: Significance
    adjusted_p: float | None


def by_slice(
    slices: Coded, build: Build, *, item: Codes | None = None, correction: str = "holm", sampling: Sampling = DEFAULT
) -> Mapping[str, Slice]:
    """Compute a statistic on each slice, with an interval, and compare it with the rest.

    ``build`` gets a mask of rows and returns the statistic on them as sums over items. Where ``item`` says that some
    item lies in two slices there is no test, since a slice and the rest are not independent then. The test is
    normal, on jackknife errors of the slice and of the rest. Slices are chosen by looking, so read ``adjusted_p``.
    """
    used = slices.used()
    crossing = item is not None and _crosses(used.codes, item)
    made = {}
    for place, name in enumerate(used.names):
        rows = used.codes == place
        made[name] = (_safe(build, rows, sampling), _safe(build, ~rows, sampling), _test(build, rows, crossing))
    p_values = np.array([np.nan if test.p_value is None else test.p_value for _, _, test in made.values()])
    return {
        name: Slice(estimate, rest, test, None if np.isnan(p) else float(p))
        for (name, (estimate, rest, test)), p in zip(made.items(), adjusted(p_values, method=correction), strict=True)
    }


def _crosses(place: Codes, item: Codes) -> bool:
    pairs = np.unique(np.column_stack([item, place]), axis=0)
    return len(pairs) > len(np.unique(item))


def _safe(build: Build, rows: Mask, sampling: Sampling) -> Estimate:
    try:
        if not rows.any():
            raise Undefined(Why.EMPTY, "there are no rows")
        undefined = Undefined(Why.NO_VARIANCE, "these rows leave the statistic undefined")
        made = build(rows)
        return estimate_of(
            made, n=int(rows.sum()), sampling=sampling, conventions={"unit": "item"}, otherwise=undefined
        )
    except Undefined as error:
        return Estimate(None, n=int(rows.sum()), reason=error.code, message=error.message)


def _test(build: Build, rows: Mask, crossing: bool) -> Significance:
    try:
        if crossing:
            raise Undefined(
                Why.NOT_INDEPENDENT, "some items lie in several slices, so a slice and the rest are related"
            )
        if rows.all():
            raise Undefined(Why.EMPTY, "there is only one slice, and no rest to compare it with")
        here, rest = build(rows), build(~rows)
    except Undefined as error:
        return Significance(None, reason=error.code, message=error.message)
    return difference_test(here, rest)


@no_p_with_reason
def difference_test(here: Sums | Drawn, rest: Sums | Drawn, clusters: Clusters | None = None) -> Significance:
    """Test that a statistic is the same on two sets of rows without a common item, or cluster of items."""
    from scipy.special import ndtr

    left_out = [leave_one_out(made, clusters) for made in (here, rest)]
    errors = [one.error for one in left_out if one.error is not None]
    difference = here.estimate() - rest.estimate()
    if len(errors) < 2 or np.isnan(difference):
        raise Undefined(Why.TOO_FEW, "too few items for a jackknife error")
    spread = math.hypot(*errors)
    if spread == 0:
        raise Undefined(Why.NO_VARIANCE, "neither the slice nor the rest varies")
    z = difference / spread
    method = f"{left_out[0].method}, normal"
    return Significance(float(2 * ndtr(-abs(z))), z, here.n + rest.n, method, {"sides": "two"})
