"""How many items, battles or double ratings a study needs, and what a given number can show. All figures round up."""

from __future__ import annotations

from math import ceil, inf, sqrt
from statistics import NormalDist

from analysis.data import LARGEST, SMALLEST
from analysis.intervals import z_value

ROUNDING = 1e-9  # of shares


def items_needed(
    *,
    difference: float,
    variance: float,
    within_a: float = 0.0,
    within_b: float = 0.0,
    answers_a: int = 1,
    answers_b: int = 1,
    level: float = 0.05,
    power: float = 0.8,
) -> int:
    """Return the prompts needed to see a difference between two systems' means on the same prompts.

    ``variance`` is that of the difference of the two expected scores over prompts (omega squared); ``within_a``
    and ``within_b`` are the variances of one system's score over repeated answers to a prompt, averaged over
    ``answers_a`` and ``answers_b`` of them. Where prompts are related, multiply by ``design_effect``.

    References
    ----------
    Miller (2024), Adding Error Bars to Evals, arXiv 2411.00640, section 5.
    """
    positive(difference=abs(difference), variance=variance + within_a + within_b, answers=min(answers_a, answers_b))
    total = variance + within_a / answers_a + within_b / answers_b
    return ceil(both_errors(level, power) ** 2 * total / difference**2 - 1e-9)


def smallest_difference(
    *,
    items: int,
    variance: float,
    within_a: float = 0.0,
    within_b: float = 0.0,
    answers_a: int = 1,
    answers_b: int = 1,
    level: float = 0.05,
    power: float = 0.8,
) -> float:
    """Return the difference that so many prompts will show with this power; the inverse of ``items_needed``."""
    positive(items=items, answers=min(answers_a, answers_b))
    total = variance + within_a / answers_a + within_b / answers_b
    return both_errors(level, power) * sqrt(total / items)


def mcnemar_items(*, only_a: float, only_b: float, level: float = 0.05, power: float = 0.8) -> int:
    """Return the items needed for McNemar's test, given the shares that only A and only B get right.

    References
    ----------
    Connor (1987), Biometrics 43, 207-211.
    """
    positive(only_a=only_a, only_b=only_b)
    if only_a + only_b > 1 + 1e-12:
        raise ValueError(f"shares of {only_a} and {only_b} of the items cannot both be: they are more than all of them")
    margin, discordant = only_a - only_b, only_a + only_b
    if margin == 0:
        raise ValueError("systems that are equally often right cannot be told apart by any number of items")
    reach = z_value(1 - level) * sqrt(discordant) + power_z(power) * sqrt(discordant - margin**2)
    return ceil((reach / margin) ** 2 - 1e-9)


def battles_needed(
    *, win_rate: float, tie_share: float = 0.0, level: float = 0.05, power: float = 0.8, design: float = 1.0
) -> int:
    """Return the battles needed to separate two systems whose win rate, ties counted half, is ``win_rate``.

    Wins and losses are the two cells of McNemar's test, so the size is Connor's. ``design`` is the
    ``design_effect`` of several votes on one prompt.
    """
    won, lost = wins_and_losses(win_rate=win_rate, tie_share=tie_share)
    return ceil(mcnemar_items(only_a=won, only_b=lost, level=level, power=power) * design - 1e-9)


def wins_and_losses(*, win_rate: float, tie_share: float = 0.0) -> tuple[float, float]:
    """Return the shares of battles won and lost behind a win rate that counts ties half."""
    decided = 1 - tie_share
    margin = 2 * win_rate - 1
    if not 0 <= tie_share < 1 or not abs(margin) <= decided + ROUNDING:
        raise ValueError(f"a win rate of {win_rate} is impossible with a share of ties of {tie_share}")
    if abs(margin) >= decided - ROUNDING:
        raise ValueError("one side never loses; the needed number follows from no normal formula")
    return (decided + margin) / 2, (decided - margin) / 2


def win_rate_of(elo: float) -> float:
    """Return the expected score of a system that stands ``elo`` points above the other."""
    return float(1 / (1 + 10 ** (-elo / 400)))


def design_effect(*, per_cluster: float, correlation: float) -> float:
    """Return by how much related answers inflate a needed size: 1 + (m - 1) x correlation within a cluster.

    References
    ----------
    Kish (1965), Survey Sampling.
    """
    if per_cluster < 1 or not -1 <= correlation <= 1:
        raise ValueError("a cluster has at least one answer, and a correlation lies between -1 and 1")
    return max(1 + (per_cluster - 1) * correlation, 0.0)


def kappa_items(*, kappa: float, prevalence: float, half_width: float, confidence: float = 0.95) -> int:
    """Return the items two raters must both rate for a kappa interval of +- ``half_width``; two categories.

    Both raters are taken to use the first category with this prevalence. A rare category needs many items.

    References
    ----------
    Donner and Eliasziw (1992), Statistics in Medicine 11, 1511-1519; large-sample variance of Bloch and Kraemer
    (1989), Biometrics 45, 269-287.
    """
    positive(half_width=half_width, prevalence=prevalence, rest=1 - prevalence)
    if not -1 <= kappa < 1:
        raise ValueError(f"kappa must lie between -1 and 1 (exclusive), not {kappa}")
    odds = prevalence * (1 - prevalence)
    rarer = min(prevalence, 1 - prevalence)
    if kappa < -rarer / (1 - rarer):
        raise ValueError(f"kappa cannot be {kappa} where both raters use a category {prevalence:g} of the time")
    variance = (1 - kappa) * ((1 - kappa) * (1 - 2 * kappa) + kappa * (2 - kappa) / (2 * odds))
    return ceil(z_value(confidence) ** 2 * variance / half_width**2 - 1e-9)


def both_errors(level: float, power: float) -> float:
    """Return how many standard errors an effect must be for a two-sided test at this level to have this power."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}; 0.05 is usual")
    return z_value(1 - level) + power_z(power)


def power_z(power: float) -> float:
    """Return the normal quantile of a power."""
    if not 0 < power < 1:
        raise ValueError(f"power must lie between 0 and 1, not {power}; 0.8 is usual")
    return NormalDist().inv_cdf(power)


def positive(**given: float) -> None:
    """Refuse what is not a positive finite number, or one whose square is none, by its name."""
    for name, value in given.items():
        if not 0 < value < inf:
            raise ValueError(f"{name.replace('_', ' ')} must be positive and finite, not {value}")
        if not SMALLEST <= value <= LARGEST:
            raise ValueError(f"{name.replace('_', ' ')} must lie between {SMALLEST:g} and {LARGEST:g}, not {value}")
