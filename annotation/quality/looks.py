"""Looking at one person again and again without flagging good ones in the end.

The j-th look may use ``alpha / (j (j + 1))``. These shares sum to alpha, so that however often somebody is looked at,
the chance of ever flagging a good one is at most alpha (Bonferroni's inequality; alpha spending after Lan and DeMets
1983, Biometrika 70, 659-663, with a schedule that has no last look).
"""

from __future__ import annotations

import math


def spend(alpha: float, look: int) -> float:
    """Return what the ``look``-th look (from 1) may use of ``alpha``."""
    if look < 1:
        raise ValueError(f"look {look}: looks are counted from 1")
    return alpha / (look * (look + 1))


def binomial_tail(hits: int, n: int, p: float) -> float:
    """Return P(X >= hits) of n independent trials that each succeed with probability ``p``."""
    if hits <= 0:
        return 1.0
    if hits > n or p <= 0:
        return 0.0
    if p >= 1:
        return 1.0
    log_p, log_q, log_n = math.log(p), math.log1p(-p), math.lgamma(n + 1)
    terms = (
        math.exp(log_n - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * log_p + (n - k) * log_q)
        for k in range(hits, n + 1)
    )
    return min(1.0, math.fsum(terms))
