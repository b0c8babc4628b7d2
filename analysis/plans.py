"""Plans of studies: how many items several effects take, and what a given number can show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, log10

from analysis.comparison import planners, power

FACTORS = (0.5, 0.75, 1.0, 1.5, 2.0)  # times the effect asked for


@dataclass(frozen=True, slots=True)
class Line:
    """One effect, the size it takes, and the power or half width at the size that is to be had."""

    effect: dict[str, float]
    needed: int
    at_items: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes for several effects around the one asked for.

    ``needed`` of a line is in ``unit``. With ``items`` given, ``at_items`` is the power there, or for intervals the
    half width (``at_items_is`` says which); ``smallest`` is the smallest difference that it shows.
    """

    design: str
    unit: str
    given: Mapping[str, float]
    asked: Line
    lines: tuple[Line, ...]
    items: int | None = None
    at_items_is: str | None = None
    smallest: float | None = None
    conventions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Errors:
    """The two errors of a test, how much related items inflate its size, and the size that is to be had."""

    level: float = 0.05
    power: float = 0.8
    design: float = 1.0
    items: int | None = None

    @property
    def alone(self) -> float | None:
        """The independent items that those to be had are worth."""
        if self.items is None:
            return None
        planners.positive(items=self.items)
        return self.items / self.design

    @property
    def said(self) -> dict[str, float]:
        """What stands in a plan."""
        return {"level": self.level, "power": self.power, "design_effect": self.design}


def plan_mean(
    *, difference: float, sd: float, within: float = 0.0, answers: int = 1, errors: Errors | None = None
) -> Plan:
    """Plan the comparison of two systems' means on the same prompts (Miller 2024).

    ``sd`` is the standard deviation over prompts of the difference of expected scores, ``within`` that of one system's
    score over repeated answers to a prompt, of which ``answers`` are averaged.
    """
    errors = errors or Errors()
    for name, spread in (("sd", sd), ("within", within)):
        if spread:
            planners.positive(**{name: spread})
    planners.positive(sd=sd + within, answers=answers)
    variance = sd**2 + 2 * within**2 / answers

    def line(effect: float) -> Line:
        size = planners.items_needed(difference=effect, variance=variance, level=errors.level, power=errors.power)
        at = errors.alone
        chance = (
            None
            if at is None
            else power.difference_power(items=at, difference=effect, variance=variance, level=errors.level)
        )
        return Line({"difference": effect}, ceil(size * errors.design - 1e-9), chance)

    smallest = None
    if errors.alone is not None:
        smallest = planners.both_errors(errors.level, errors.power) * (variance / errors.alone) ** 0.5
    given = {"sd": sd, "within": within, "answers": float(answers), **errors.said}
    return _plan("mean", "prompts", given, line, difference, errors, smallest=smallest)


def plan_proportion(
    *, rate: float, half_width: float, confidence: float = 0.95, design: float = 1.0, items: int | None = None
) -> Plan:
    """Plan the interval of a share, such as a pass rate, by Wilson's width."""
    errors = Errors(design=design, items=items)

    def line(effect: float) -> Line:
        size = power.proportion_items(rate=rate, half_width=effect, confidence=confidence)
        at = errors.alone
        wide = None if at is None else power.proportion_half_width(items=at, rate=rate, confidence=confidence)
        return Line({"half_width": effect}, ceil(size * design - 1e-9), wide)

    given = {"rate": rate, "confidence": confidence, "design_effect": design}
    return _plan("proportion", "items", given, line, half_width, errors, shows="half width")


def plan_proportions(*, rate: float, against: float, errors: Errors | None = None) -> Plan:
    """Plan the comparison of two shares on different items, such as two pass rates on two samples."""
    errors = errors or Errors()

    def line(effect: float) -> Line:
        second = rate + effect
        size = power.proportions_needed(first=rate, second=second, level=errors.level, power=errors.power)
        at = errors.alone
        chance = (
            None if at is None else power.proportions_power(items=at, first=rate, second=second, level=errors.level)
        )
        return Line({"against": second, "difference": effect}, ceil(size * errors.design - 1e-9), chance)

    return _plan("proportions", "items in each sample", {"rate": rate, **errors.said}, line, against - rate, errors)


def plan_battles(*, win_rate: float, tie_share: float = 0.0, errors: Errors | None = None) -> Plan:
    """Plan battles that separate two systems; ties count half in the win rate."""
    errors = errors or Errors()

    def line(margin: float) -> Line:
        rate = 0.5 + margin
        needed = planners.battles_needed(
            win_rate=rate, tie_share=tie_share, level=errors.level, power=errors.power, design=errors.design
        )
        won, lost = planners.wins_and_losses(win_rate=rate, tie_share=tie_share)
        at = errors.alone
        chance = None if at is None else power.mcnemar_power(items=at, only_a=won, only_b=lost, level=errors.level)
        return Line({"win_rate": rate, "elo": 400 * log10(rate / (1 - rate))}, needed, chance)

    given = {"tie_share": tie_share, **errors.said}
    return _plan("battles", "battles", given, line, win_rate - 0.5, errors)


def plan_mcnemar(*, only_a: float, only_b: float, errors: Errors | None = None) -> Plan:
    """Plan McNemar's test of two systems on the same items, from the shares that only one of them gets right."""
    errors = errors or Errors()
    discordant = only_a + only_b

    def line(margin: float) -> Line:
        shares = {"only_a": (discordant + margin) / 2, "only_b": (discordant - margin) / 2}
        size = planners.mcnemar_items(**shares, level=errors.level, power=errors.power)
        at = errors.alone
        chance = None if at is None else power.mcnemar_power(items=at, **shares, level=errors.level)
        return Line({**shares, "difference": margin}, ceil(size * errors.design - 1e-9), chance)

    return _plan("mcnemar", "items", {"discordant": discordant, **errors.said}, line, only_a - only_b, errors)


def plan_kappa(
    *, kappa: float, prevalence: float, half_width: float, confidence: float = 0.95, items: int | None = None
) -> Plan:
    """Plan the interval of Cohen's kappa of two raters over two categories."""

    def line(effect: float) -> Line:
        known = {"kappa": kappa, "prevalence": prevalence, "confidence": confidence}
        at = None if items is None else power.kappa_half_width(items=items, **known)
        return Line({"half_width": effect}, planners.kappa_items(half_width=effect, **known), at)

    given = {"kappa": kappa, "prevalence": prevalence, "confidence": confidence}
    return _plan("kappa", "items rated by both", given, line, half_width, Errors(items=items), shows="half width")


def _plan(
    design: str,
    unit: str,
    given: Mapping[str, float],
    line: Callable[[float], Line],
    effect: float,
    errors: Errors,
    *,
    shows: str = "power",
    smallest: float | None = None,
) -> Plan:
    """Lay lines around the effect asked for; it must be possible, the others may be left out."""
    return Plan(
        design=design,
        unit=unit,
        given=dict(given),
        asked=line(effect),
        lines=tuple(_possible(line, [effect * factor for factor in FACTORS])),
        items=errors.items,
        at_items_is=None if errors.items is None else shows,
        smallest=smallest,
        conventions=_CONVENTIONS[design],
    )


def _possible(line: Callable[[float], Line], effects: Sequence[float]) -> list[Line]:
    made = []
    for effect in effects:
        try:
            made.append(line(effect))
        except ValueError:  # twice an effect may be more than there can be
            continue
    return made


_TWO_SIDED = {"test": "two-sided, normal approximation", "rounding": "up to whole items"}
_CONVENTIONS = {
    "mean": {**_TWO_SIDED, "source": "Miller (2024), arXiv 2411.00640, section 5"},
    "proportion": {"interval": "Wilson", "rounding": "up to whole items"},
    "proportions": {**_TWO_SIDED, "source": "Fleiss, Levin and Paik (2003), chapter 4, no continuity correction"},
    "battles": {**_TWO_SIDED, "source": "Connor (1987): wins and losses are the two cells of McNemar's test"},
    "mcnemar": {**_TWO_SIDED, "source": "Connor (1987), Biometrics 43, 207-211"},
    "kappa": {"interval": "large-sample, one prevalence for both raters (Bloch and Kraemer 1989)"},
}
