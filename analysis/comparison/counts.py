"""Wins, losses and ties: McNemar's test, the sign test under three rules for ties, and the paired difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Estimate, Significance, no_p_with_reason, null_with_reason, refuse_empty
from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.intervals import z_value

TIE_RULES = ("drop", "half", "trinomial")


@dataclass(frozen=True, slots=True)
class Counts:
    """How often the first system did better, worse, or the same."""

    wins: int
    losses: int
    ties: int

    @property
    def n(self) -> int:
        """Return the number of comparisons."""
        return self.wins + self.losses + self.ties


def count(difference: Floats, *, slack: float = 0.0) -> Counts:
    """Count the signs of differences; those within the slack of zero are ties."""
    wins, losses = int(np.count_nonzero(difference > slack)), int(np.count_nonzero(difference < -slack))
    return Counts(wins, losses, len(difference) - wins - losses)


@no_p_with_reason
def sign_test(counts: Counts, *, ties: str) -> Significance:
    """Test that wins and losses are equally likely, two-sided.

    ``ties``: ``drop`` leaves them out (exact binomial). ``half`` gives half of them to each side, an odd one left
    out (exact binomial; cautious when ties are many). ``trinomial`` keeps them as a third outcome: z is
    (W - L)/sqrt(W + L - (W - L)^2/n), normal.
    """
    if ties not in TIE_RULES:
        raise ValueError(f"ties must be one of {', '.join(TIE_RULES)}, not {ties!r}")
    refuse_empty(counts.n, "there are no pairs")
    if ties == "trinomial":
        return _trinomial(counts)
    half = counts.ties // 2 if ties == "half" else 0
    wins, losses = counts.wins + half, counts.losses + half
    if wins + losses == 0:
        raise Undefined(Why.ALL_TIED, "every pair is tied, so no sign is left to count")
    said = {"sides": "two", "ties": ties}
    return Significance(_binomial_p(wins, wins + losses), float(wins), wins + losses, "exact binomial", said)


def _trinomial(counts: Counts) -> Significance:
    from scipy.special import ndtr

    margin = counts.wins - counts.losses
    variance = counts.wins + counts.losses - margin**2 / counts.n
    if variance <= 0:
        raise Undefined(Why.NO_VARIANCE, "every pair has the same outcome, so the trinomial z has no spread")
    z = margin / variance**0.5
    return Significance(
        float(2 * ndtr(-abs(z))), z, counts.n, "trinomial z, normal", {"sides": "two", "ties": "trinomial"}
    )


@no_p_with_reason
def mcnemar(counts: Counts, *, form: str = "exact") -> Significance:
    """Test that two systems are right equally often, from the items where just one of them is (wins and losses).

    ``exact``: binomial; ``mid-p``: less cautious, half of the observed outcome's probability left out;
    ``asymptotic``: chi-square (W - L)^2/(W + L) without continuity correction; ``corrected``: with it.

    References
    ----------
    McNemar (1947), Psychometrika 12, 153-157; Fagerland, Lydersen and Laake (2013), BMC Medical Research
    Methodology 13, 91.
    """
    if form not in ("exact", "mid-p", "asymptotic", "corrected"):
        raise ValueError(f"form must be exact, mid-p, asymptotic or corrected, not {form!r}")
    refuse_empty(counts.n, "there are no pairs")
    discordant = counts.wins + counts.losses
    if discordant == 0:
        raise Undefined(Why.ALL_TIED, "both systems are right and wrong on the same items")
    said = {"sides": "two", "ties": "drop", "form": form}
    if form in ("exact", "mid-p"):
        p_value = _binomial_p(counts.wins, discordant, mid=form == "mid-p")
        return Significance(p_value, float(min(counts.wins, counts.losses)), discordant, f"McNemar, {form}", said)
    margin = abs(counts.wins - counts.losses)
    square = max(margin - (form == "corrected"), 0) ** 2 / discordant
    return Significance(_chi_square_p(square), square, discordant, f"McNemar, {form}", said)


@null_with_reason
def share_difference(counts: Counts, *, confidence: float = 0.95, form: str = "adjusted") -> Estimate:
    """Return (wins - losses)/n, the paired difference of two shares, with its interval.

    ``adjusted`` adds one win and one loss before Wald's formula (Bonett and Price), which holds
    its level at small n; ``wald`` is the textbook formula.

    References
    ----------
    Bonett and Price (2012), Journal of Educational and Behavioral Statistics 37, 479-488.
    """
    refuse_empty(counts.n, "there are no pairs")
    wins, losses, n = counts.wins, counts.losses, counts.n
    if form == "adjusted":
        wins, losses, n = wins + 1, losses + 1, n + 2
    centre = (wins - losses) / n
    error = float(np.sqrt(max((wins + losses) / n - centre**2, 0.0) / n))
    half = z_value(confidence) * error
    said = {"confidence": f"{confidence:g}", "form": form}
    value = (counts.wins - counts.losses) / counts.n
    lower, upper = max(-1.0, centre - half), min(1.0, centre + half)
    return Estimate(value, lower, upper, counts.n, f"paired difference, {form}", counts.n, error, said)


def _binomial_p(wins: int, n: int, *, mid: bool = False) -> float:
    """Return twice the smaller tail of a fair coin, at most 1."""
    from scipy.special import bdtr

    fewer = min(wins, n - wins)
    tail = float(bdtr(fewer, n, 0.5))
    if mid:
        at = tail - (float(bdtr(fewer - 1, n, 0.5)) if fewer else 0.0)
        tail -= at / 2
    return min(1.0, 2 * tail)


def _chi_square_p(square: float) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(1, square))
