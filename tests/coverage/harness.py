"""Simulate, make the interval, ask whether it holds the truth; and the same for tests and for plain estimates."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from analysis.data import Floats
from analysis.errors import Undefined

SEED = 20_261_121
ERRORS = 4  # Monte-Carlo errors that a share may lie beside what is stated before a test fails
TELLING = 2  # Monte-Carlo errors from which the table calls a share narrow or wide
Trial = Callable[[np.random.Generator], Floats]


@dataclass(frozen=True, slots=True)
class Study:
    """How often something that should happen with probability ``nominal`` does.

    ``trial`` draws one data set and returns 1 for each interval that held the truth (or test that rejected), 0 for
    each that did not, NaN where there was none. ``known`` is the share measured before, where it is not the nominal
    one; docs/methods.md must say so.
    """

    statistic: str
    setting: str
    trial: Trial
    trials: int = 1000
    nominal: float = 0.95
    known: float | None = None

    @property
    def name(self) -> str:
        return f"{self.statistic}: {self.setting}"


@dataclass(frozen=True, slots=True)
class Share:
    """What a study found; ``missing`` is the share of intervals that could not be had and count on neither side."""

    study: Study
    share: float
    trials: int
    missing: float

    @property
    def name(self) -> str:
        return self.study.name

    @property
    def error(self) -> float:
        """Return the Monte-Carlo error of a share that is as stated, one data set being one trial."""
        return math.sqrt(self.study.nominal * (1 - self.study.nominal) / max(self.trials, 1))

    @property
    def is_as_stated(self) -> bool:
        """Say whether the share lies between nominal and known, give or take Monte-Carlo errors."""
        ends = sorted({self.study.nominal, self.study.nominal if self.study.known is None else self.study.known})
        return ends[0] - ERRORS * self.error <= self.share <= ends[-1] + ERRORS * self.error

    @property
    def verdict(self) -> str:
        """Compare with the nominal share in words."""
        if abs(self.share - self.study.nominal) <= TELLING * self.error:
            return "as stated"
        return "above" if self.share > self.study.nominal else "below"


def measure(study: Study, trials: int | None = None) -> Share:
    """Run a study; the numbers it draws depend on its name only."""
    drawn = [_hits(study, rng) for rng in _generators(study.name, trials or study.trials)]
    known = [hits[~np.isnan(hits)] for hits in drawn]
    means = [hits.mean() for hits in known if len(hits)]
    number = sum(len(hits) for hits in drawn)
    missing = 1 - sum(len(hits) for hits in known) / number if number else 1.0
    return Share(study, float(np.mean(means)) if means else math.nan, len(means), missing)


def _hits(study: Study, rng: np.random.Generator) -> Floats:
    try:
        return study.trial(rng)
    except Undefined:  # these data cannot give the statistic, so there is no interval to be wrong
        return np.array([math.nan])


@dataclass(frozen=True, slots=True)
class Recovery:
    """How far estimates without an interval lie from the truth: ``trial`` returns their errors.

    ``most_bias`` and ``most_error`` bound the mean error and the root mean squared error.
    """

    statistic: str
    setting: str
    trial: Trial
    most_bias: float
    most_error: float
    trials: int = 200

    @property
    def name(self) -> str:
        return f"{self.statistic}: {self.setting}"


@dataclass(frozen=True, slots=True)
class Distance:
    """What a recovery found, with the Monte-Carlo error of its bias."""

    recovery: Recovery
    bias: float
    bias_error: float
    root_mean_square: float
    trials: int

    @property
    def name(self) -> str:
        return self.recovery.name

    @property
    def is_as_stated(self) -> bool:
        """Say whether bias and error stay within their bounds."""
        within = abs(self.bias) <= self.recovery.most_bias + ERRORS * self.bias_error
        return within and self.root_mean_square <= self.recovery.most_error


def recover(recovery: Recovery, trials: int | None = None) -> Distance:
    """Run a recovery; the numbers it draws depend on its name only."""
    errors = [recovery.trial(rng) for rng in _generators(recovery.name, trials or recovery.trials)]
    means = np.array([np.mean(each) for each in errors])
    squares = np.array([np.mean(each**2) for each in errors])
    spread = float(means.std(ddof=1)) / math.sqrt(len(means)) if len(means) > 1 else math.nan
    return Distance(recovery, float(means.mean()), spread, float(np.sqrt(squares.mean())), len(means))


def table(shares: Sequence[Share], distances: Sequence[Distance] = ()) -> str:
    """Return what was found as Markdown."""
    return "\n".join([*_share_lines(shares), *([""] if distances else []), *_distance_lines(distances)])


def held(lower: float | None, upper: float | None, truth: float) -> float:
    """Return 1 where the interval holds the truth, 0 where it does not, NaN where there is none."""
    if lower is None or upper is None or math.isnan(lower) or math.isnan(upper):
        return math.nan
    return float(lower <= truth <= upper)


def _share_lines(shares: Sequence[Share]) -> Iterator[str]:
    yield "| statistic | setting | stated | measured | Monte-Carlo error | data sets | without | |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in shares:
        what = f"| {one.study.statistic} | {one.study.setting} | {one.study.nominal:g}"
        yield f"{what} | {one.share:.3f} | {one.error:.3f} | {one.trials} | {one.missing:.1%} | {one.verdict} |"


def _distance_lines(distances: Sequence[Distance]) -> Iterator[str]:
    if not distances:
        return
    yield "| estimate | setting | mean error | root mean squared error | data sets |"
    yield "|---|---|---|---|---|"
    for one in distances:
        yield (
            f"| {one.recovery.statistic} | {one.recovery.setting} | {one.bias:+.4f} ± {one.bias_error:.4f} "
            f"| {one.root_mean_square:.4f} | {one.trials} |"
        )


def _generators(name: str, trials: int) -> Iterator[np.random.Generator]:
    source = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    return (np.random.default_rng(seed) for seed, _ in zip(_seeds(source), repeat(None, trials), strict=False))


def _seeds(source: np.random.Generator) -> Iterator[int]:
    while True:
        yield int(source.integers(0, 2**63))
