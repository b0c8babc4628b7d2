"""Places of systems whose hybrid means come from the same items, and so covary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.comparison.estimates import Codes, dense
from analysis.data import Floats
from analysis.ranks import RankSets, rank_sets
from analysis.strengths import Strengths

SPREADLESS = 1e-24  # a variance below it is rounding


def covariance_of(added: Sequence[tuple[Codes, Floats]]) -> Floats:
    """Return the covariance of estimates from what each unit adds to each; equal codes are the same unit."""
    from scipy.sparse import csr_array

    unit, units = dense(np.concatenate([codes for codes, _ in added]))
    value = np.concatenate([values for _, values in added])
    row = np.repeat(np.arange(len(added)), [len(codes) for codes, _ in added])
    table = csr_array((value, (row, unit)), shape=(len(added), units))
    made: Floats = (table @ table.T).toarray()
    return made


def ranked(systems: tuple[str, ...], value: Floats, covariance: Floats, *, confidence: float, seed: int) -> RankSets:
    """Return ranks, highest value first, and rank sets; an estimate without spread settles nothing."""
    size = len(systems)
    spreadless = np.diag(covariance) < SPREADLESS
    spread = covariance.copy()
    spread[spreadless, :] = spread[:, spreadless] = np.nan
    fit = Strengths(
        systems=systems,
        strengths=value,
        covariance=spread,
        component=np.zeros(size, dtype=np.int64),
        group=np.zeros(size, dtype=np.int64),
        above=np.zeros((size, size), dtype=np.bool_),
        reasons=(None,) * size,
        log_likelihood=0.0,
        iterations=0,
    )
    return rank_sets(fit, confidence=confidence, rng=np.random.default_rng(seed))
