"""Models written out anew, to compare ours with."""

from __future__ import annotations

import numpy as np


def probabilities(rule: str, lead: float, parameter: float) -> tuple[float, float, float]:
    """P(A), P(B), P(tie), written from the papers and apart from the code under test."""
    if rule == "davidson":
        one, other = np.exp(lead / 2), np.exp(-lead / 2)
        total = one + other + parameter
        return one / total, other / total, parameter / total
    a, b = (1 / (1 + np.exp(parameter - side)) for side in (lead, -lead))
    return a, b, 1 - a - b
