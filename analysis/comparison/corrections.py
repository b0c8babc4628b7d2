"""Many tests at once: p values adjusted so that a threshold keeps its meaning."""

from __future__ import annotations

import numpy as np

from analysis.data import Floats

METHODS = ("bonferroni", "holm", "hochberg", "bh", "by")


def adjusted(p_values: Floats, *, method: str) -> Floats:
    """Return adjusted p values in the order given: reject where one is at most the level wanted.

    Parameters
    ----------
    p_values : array, shape (tests,)
        NaN for a test that could not be made; it stays NaN and does not count among the tests.
    method : str
        ``bonferroni``, ``holm`` (any dependence) and ``hochberg`` (not under every dependence) bound the chance
        of one false rejection; ``bh`` (independent or positively dependent tests) and ``by`` (any dependence)
        bound the expected share of false rejections.

    References
    ----------
    Holm (1979); Hochberg (1988); Benjamini and Hochberg (1995); Benjamini and Yekutieli (2001).
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    made = np.asarray(p_values, dtype=np.float64)
    known = ~np.isnan(made)
    if bool(np.any((made[known] < 0) | (made[known] > 1))):
        raise ValueError("a p value must lie between 0 and 1")
    result = np.full(made.shape, np.nan)
    result[known] = _adjust(made[known], method)
    return result


def _adjust(p_values: Floats, method: str) -> Floats:
    tests = len(p_values)
    order = np.argsort(p_values, kind="stable")
    place = np.arange(1, tests + 1)
    factor = {
        "bonferroni": np.full(tests, tests),
        "holm": tests - place + 1,
        "hochberg": tests - place + 1,
        "bh": tests / place,
        "by": tests / place * np.sum(1 / place),
    }[method]
    scaled = np.minimum(p_values[order] * factor, 1.0)
    result = np.empty(tests)
    result[order] = scaled if method == "bonferroni" else _monotone(scaled, step_down=method == "holm")
    return result


def _monotone(scaled: Floats, *, step_down: bool) -> Floats:
    """Hold each value to the one before it (step down) or after it (step up) in the order of p."""
    if step_down:
        return np.maximum.accumulate(scaled)
    return np.minimum.accumulate(scaled[::-1])[::-1]
