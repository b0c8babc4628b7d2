"""Any statistic slice by slice, and whether a slice differs from the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from analysis.comparison.corrections import adjusted
from analysis.comparison.estimates import DEFAULT, Estimate, Sampling, Significance, estimate_of
from analysis.data import Coded, Mask
from analysis.errors import Undefined, Why
from analysis.resampling import Sums, jackknife

Build = Callable[[Mask], Sums]


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice's statistic, its difference from all other rows, and the test of none; ``p_holm`` over the slices."""

    estimate: Estimate
    rest: Estimate
    test: Significance
    p_holm: float | None


def by_slice(slices: Coded, build: Build, *, sampling: Sampling = DEFAULT) -> Mapping[str, Slice]:
    """Compute a statistic on each slice, with an interval, and compare it with the rest.

    ``build`` gets a mask of rows and returns the statistic on them as sums over items; no item may lie in two
    slices. The test is normal, on jackknife errors of the slice and of the rest. Slices are chosen by looking, so
    read ``p_holm``.
    """
    used = slices.used()
    made = {}
    for place, name in enumerate(used.names):
        rows = used.codes == place
        made[name] = (_safe(build, rows, sampling), _safe(build, ~rows, sampling), _test(build, rows))
    holm = adjusted(
        np.array([np.nan if test.p_value is None else test.p_value for _, _, test in made.values()]), method="holm"
    )
    return {
        name: Slice(estimate, rest, test, None if np.isnan(p) else float(p))
        for (name, (estimate, rest, test)), p in zip(made.items(), holm, strict=True)
    }


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


def _test(build: Build, rows: Mask) -> Significance:
    from scipy.special import ndtr

    try:
        if rows.all():
            raise Undefined(Why.EMPTY, "there is only one slice, and no rest to compare it with")
        (here, error), (there, other) = (_with_error(build, part) for part in (rows, ~rows))
    except Undefined as error_found:
        return Significance(None, reason=error_found.code, message=error_found.message)
    spread = float(np.hypot(error, other))
    if spread == 0:
        return Significance(None, reason=Why.NO_VARIANCE, message="neither the slice nor the rest varies")
    z = (here - there) / spread
    return Significance(float(2 * ndtr(-abs(z))), z, len(rows), "item jackknife, normal", {"sides": "two"})


def _with_error(build: Build, rows: Mask) -> tuple[float, float]:
    """Return the statistic and its jackknife error, read off an interval of known width."""
    from scipy.special import stdtrit

    sums = build(rows)
    value, made = sums.estimate(), jackknife(sums, confidence=0.95)
    if made.lower is None or made.upper is None or np.isnan(value):
        raise Undefined(Why.TOO_FEW, "too few items for a jackknife error")
    return value, (made.upper - made.lower) / 2 / float(stdtrit(sums.n - 1, 0.975))
