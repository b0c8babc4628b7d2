"""What a test takes for granted."""

from __future__ import annotations

from analysis.comparison.estimates import Estimate


def known(number: float | None) -> float:
    """Return a number that must be there."""
    assert number is not None
    return number


def width(made: Estimate) -> float:
    """Return the width of an interval that must be there."""
    return known(made.upper) - known(made.lower)
