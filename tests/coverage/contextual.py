"""What stands beside strengths: style, position, discriminations of raters, win rates at equal length."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from analysis.contextual.board import ContextualFit, contextual_bradley_terry
from analysis.contextual.context import Context
from analysis.contextual.length_control import length_controlled
from analysis.contextual.terms import RaterTerms
from analysis.data import STYLE, A, B, Battles, Floats
from analysis.intervals import z_value
from analysis.options import Options
from tests.analysis.contextual.builders import drawn_battles
from tests.coverage.harness import Study, held

NO_STYLE = (0.0,) * len(STYLE)
RAW = np.array([1.2, 0.0, -0.6, 0.3])  # nats per (a - b) / (a + b + 1) of each feature
GAINS = np.array([0.4, 0.7, 1.0, 1.3, 1.6])


def _styled(rng: np.random.Generator, rows: int) -> tuple[Battles, Floats]:
    """Return battles whose better systems also write more, and the true strengths."""
    drawn = drawn_battles(rows, ties=0.0, style=NO_STYLE, position=0.0, seed=int(rng.integers(2**31)))
    strengths = np.linspace(-1, 1, len(drawn.systems))
    sides = [np.floor(rng.lognormal(3 + 0.6 * strengths[side][:, None], 1, (rows, 4))) for side in _sides(drawn)]
    lead = strengths[drawn.system_a] - strengths[drawn.system_b]
    lead = lead + ((sides[0] - sides[1]) / (sides[0] + sides[1] + 1)) @ RAW
    outcome = np.where(rng.random(rows) < 1 / (1 + np.exp(-lead)), A, B).astype(np.int8)
    return replace(drawn, outcome=outcome, style_a=sides[0], style_b=sides[1]), strengths


def _sides(battles: Battles) -> tuple[np.ndarray, np.ndarray]:
    return battles.system_a, battles.system_b


def style_holds(rng: np.random.Generator, *, rows: int, of: str) -> Floats:
    """Say of each coefficient, or of each strength, whether its interval holds it."""
    battles, strengths = _styled(rng, rows)
    made = contextual_bradley_terry(battles, Options(context=Context(style=True)))
    if of == "strengths":
        return _strengths_held(made, strengths)
    if made.style is None:
        return np.array([np.nan])
    pairs = zip(made.style.features, RAW, strict=True)
    return np.array([held(one.lower, one.upper, raw * (one.scale or 0.0)) for one, raw in pairs])


def discriminations_hold(rng: np.random.Generator, *, rows: int, of: str, cluster: str = "none") -> Floats:
    """Say of each discrimination, or of each strength, whether its interval holds it on the scale of mean one."""
    seed = int(rng.integers(2**31))
    raters = len(GAINS)
    battles = drawn_battles(rows, raters=raters, style=NO_STYLE, position=0.0, gains=tuple(GAINS), ties=0.0, seed=seed)
    made = contextual_bradley_terry(battles, Options(context=Context(rater_model="discrimination"), cluster=cluster))
    assert battles.rater is not None
    mean = GAINS[battles.rater.codes].mean()
    if of == "strengths":
        return _strengths_held(made, np.linspace(-1, 1, len(battles.systems)) * mean)
    return _terms_held(made.discrimination, {f"r{place}": gain / mean for place, gain in enumerate(GAINS)})


def positions_hold(rng: np.random.Generator, *, rows: int) -> Floats:
    """Say of each rater's position term whether its interval holds it: 0.3 nats for all."""
    battles = drawn_battles(rows, style=NO_STYLE, position=0.3, ties=0.0, seed=int(rng.integers(2**31)))
    made = contextual_bradley_terry(battles, Options(context=Context(position=True)))
    return _terms_held(made.position, {f"r{place}": 0.3 for place in range(4)})


def equal_length_rate_holds(rng: np.random.Generator, *, rows: int, lead: float) -> Floats:
    """Say whether the interval of the rate at equal length holds 1 / (1 + exp(-lead)), length being worth 0.8 nats."""
    drawn = drawn_battles(rows, 2, style=NO_STYLE, position=0.0, ties=0.0, seed=int(rng.integers(2**31)))
    sides = [np.floor(rng.lognormal(6 - 0.3 * side[:, None], 0.6, (rows, 4))) for side in _sides(drawn)]
    longer = sides[0][:, 0] - sides[1][:, 0]
    ours = drawn.system_a == 0
    odds = np.where(ours, lead, -lead) + 0.8 * np.tanh(longer / np.where(ours, longer, -longer).std())
    outcome = np.where(rng.random(rows) < 1 / (1 + np.exp(-odds)), A, B).astype(np.int8)
    battles = replace(drawn, outcome=outcome, style_a=sides[0], style_b=sides[1])
    options = Options(method="win-rate", baseline="s1")
    (rate,) = length_controlled(battles, options).rates
    return np.array([held(rate.lower, rate.upper, 1 / (1 + np.exp(-lead)))])


def _strengths_held(made: ContextualFit, true: Floats) -> Floats:
    half = z_value(0.95) * np.sqrt(np.diag(made.strengths.covariance))
    hits = np.abs(made.strengths.strengths - (true - true.mean())) <= half
    return np.where(np.isnan(half), np.nan, hits)


def _terms_held(terms: RaterTerms | None, true: dict[str, float]) -> Floats:
    lines = () if terms is None else terms.raters
    return np.array([held(line.lower, line.upper, true[line.rater]) for line in lines])


def _style(of: str, rows: int) -> Study:
    said = {"coefficients": "style coefficients", "strengths": "strengths beside style"}[of]
    return Study(said, f"{rows} battles, better systems write more", partial(style_holds, rows=rows, of=of))


def _raters(of: str, rows: int) -> Study:
    said = {"own": "discriminations of raters", "strengths": "strengths beside discriminations"}[of]
    return Study(said, f"5 raters, {rows} battles", partial(discriminations_hold, rows=rows, of=of))


STUDIES = (
    _style("coefficients", 300),
    _style("coefficients", 1500),
    _style("strengths", 300),
    _style("strengths", 1500),
    _raters("own", 500),
    _raters("own", 3000),
    _raters("strengths", 500),
    _raters("strengths", 3000),
    Study("position of a rater", "4 raters, 600 battles", partial(positions_hold, rows=600)),
    Study("win rate at equal length", "0.62, 200 battles", partial(equal_length_rate_holds, rows=200, lead=0.5)),
    Study("win rate at equal length", "0.92, 200 battles", partial(equal_length_rate_holds, rows=200, lead=2.5)),
)
