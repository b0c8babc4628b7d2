"""What a board says beside its ratings: coefficients of style, and raters' positions and discriminations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.errors import Why
from analysis.intervals import t_value
from analysis.notes import Note


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its standard error and interval; None with ``reason`` where the data cannot give it.

    A number without an error is one that was given, not estimated, or that shows no spread.
    """

    value: float | None
    error: float | None
    lower: float | None
    upper: float | None
    reason: Why | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """A style feature's coefficient in nats per ``scale`` of (a - b) / (a + b + 1), and the odds ratio that makes.

    A response that exceeds the other by one ``scale`` of a feature has its odds of winning multiplied by
    ``odds_ratio``, systems being equal.
    """

    name: str
    scale: float | None
    coefficient: float | None
    error: float | None
    lower: float | None
    upper: float | None
    odds_ratio: float | None
    odds_ratio_lower: float | None
    odds_ratio_upper: float | None
    reason: Why | None = None


@dataclass(frozen=True, slots=True)
class StyleTerms:
    """The style correction of a board: from ``n`` battles, ``left_out`` of unknown style not among them.

    ``penalty`` is that of the mean negative log-likelihood per battle. ``frozen``: the coefficients were given.
    """

    features: tuple[Feature, ...]
    n: int
    left_out: int
    penalty: float
    frozen: bool
    source: str = ""


@dataclass(frozen=True, slots=True)
class RaterTerm:
    """One rater's number; ``n`` battles. ``pooled``: the rater shares the number of those with too few."""

    rater: str
    value: float | None
    error: float | None
    lower: float | None
    upper: float | None
    n: int
    pooled: bool
    reason: Why | None = None


@dataclass(frozen=True, slots=True)
class RaterTerms:
    """A number per rater and, for the raters without their own, what stands for it.

    ``kind`` is "position": nats in favour of the response shown first; or "discrimination": the factor on the
    difference of strengths. ``fewest`` battles earn a rater a number. ``shared`` is what the others have together.
    """

    kind: str
    convention: str
    fewest: int
    shared: RaterTerm | None
    raters: tuple[RaterTerm, ...]


def estimate(value: float, variance: float, confidence: float, freedom: float = np.inf) -> Estimate:
    """Return a number with its interval by Student's t, which infinite freedom makes normal.

    Without spread there is none, for a point would claim certainty.
    """
    if not np.isfinite(variance) or variance <= 0:
        return Estimate(float(value), None, None, None)
    error = float(np.sqrt(variance))
    half = float(t_value(confidence, np.array(freedom))) * error
    return Estimate(float(value), error, float(value) - half, float(value) + half)


def missing(reason: Why) -> Estimate:
    """Return that there is no number, and why."""
    return Estimate(None, None, None, None, reason)


def feature(name: str, scale: float | None, found: Estimate) -> Feature:
    """Return a feature's line with its odds ratio."""
    return Feature(
        name=name,
        scale=scale,
        coefficient=found.value,
        error=found.error,
        lower=found.lower,
        upper=found.upper,
        odds_ratio=_odds(found.value),
        odds_ratio_lower=_odds(found.lower),
        odds_ratio_upper=_odds(found.upper),
        reason=found.reason,
    )


def _odds(log_odds: float | None) -> float | None:
    return None if log_odds is None else float(np.exp(min(log_odds, 700.0)))  # exp() holds up to 709


def rater_term(rater: str, found: Estimate, n: int, *, pooled: bool = False) -> RaterTerm:
    """Return a rater's line."""
    return RaterTerm(rater, found.value, found.error, found.lower, found.upper, n, pooled, found.reason)


@dataclass(frozen=True, slots=True)
class LengthControlledRate:
    """One system against the baseline: its win rate at equal length, and as it is over ``n`` + ``left_out`` battles.

    ``length_effect`` is what being longer by much adds to the log-odds, at most. ``left_out`` battles have a response
    of unknown length. Errors are standard errors.
    """

    system: str
    win_rate: float | None
    error: float | None
    lower: float | None
    upper: float | None
    raw_win_rate: float | None
    raw_error: float | None
    length_effect: float | None
    length_error: float | None
    n: int
    left_out: int
    reason: Why | None = None


@dataclass(frozen=True, slots=True)
class LengthControl:
    """Length-controlled win rates against one system."""

    baseline: str
    rates: tuple[LengthControlledRate, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that stands beside the ratings of one board, None where it was not asked for."""

    style: StyleTerms | None = None
    position: RaterTerms | None = None
    discrimination: RaterTerms | None = None
    length_control: LengthControl | None = None
    notes: tuple[Note, ...] = ()
