"""How often probes moved a judge: flip rates by kind, and whether each stays within its limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.errors import Why
from analysis.intervals import wilson

FEWEST_TRIALS = 10


@dataclass(frozen=True, slots=True)
class ProbeTrials:
    """The trials of one kind: True where the judge was moved, and the reasons of those that cannot be counted."""

    kind: str
    title: str
    threshold: float
    moved: Sequence[bool]
    left_out: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FlipRate:
    """How often one kind of probe moved the judge, over ``n`` items. ``passes`` None: too few items to say."""

    kind: str
    title: str
    n: int
    flips: int
    rate: float | None
    lower: float | None
    upper: float | None
    threshold: float
    passes: bool | None
    reason: str | None
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What a run of probes says about a judge. It passes where every kind was tried and stays within its limit."""

    run: int
    pack: str
    seed: int
    items: int
    passes: bool
    confidence: float
    unfinished: str
    kinds: tuple[FlipRate, ...]

    @property
    def failed(self) -> tuple[FlipRate, ...]:
        """Return the kinds that moved the judge too often."""
        return tuple(one for one in self.kinds if one.passes is False)

    @property
    def undecided(self) -> tuple[FlipRate, ...]:
        """Return the kinds with too few trials."""
        return tuple(one for one in self.kinds if one.passes is None)


def flip_rate(trials: ProbeTrials, *, confidence: float = 0.95, fewest: int = FEWEST_TRIALS) -> FlipRate:
    """Return the share of trials in which the judge was moved, with Wilson's interval.

    Each trial is another item, so that trials do not hang together. With fewer than ``fewest`` trials nothing is
    decided; the rate stands there all the same, and is null without any trial.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    n, flips = len(trials.moved), sum(trials.moved)
    lower, upper = wilson(np.array([flips / n if n else np.nan]), np.array([n]), confidence)
    decided = n >= fewest
    return FlipRate(
        kind=trials.kind,
        title=trials.title,
        n=n,
        flips=flips,
        rate=flips / n if n else None,
        lower=float(lower[0]) if n else None,
        upper=float(upper[0]) if n else None,
        threshold=trials.threshold,
        passes=flips / n <= trials.threshold if decided else None,
        reason=None if decided else (Why.TOO_FEW if n else Why.EMPTY),
        left_out=dict(Counter(trials.left_out)),
    )


def probe_report(
    trials: Sequence[ProbeTrials],
    *,
    run: int,
    pack: str,
    seed: int,
    items: int,
    unfinished: str = "",
    confidence: float = 0.95,
) -> ProbeReport:
    """Return the flip rates of all kinds; without any kind nothing was shown, and the judge does not pass."""
    kinds = tuple(flip_rate(one, confidence=confidence) for one in trials)
    passes = bool(kinds) and all(one.passes is True for one in kinds)
    return ProbeReport(run, pack, seed, items, passes, confidence, unfinished, kinds)


def probes_in_words(report: ProbeReport) -> str:
    """Say in one clause how the probes went."""
    parts = []
    if report.failed:
        worst = sorted(report.failed, key=lambda one: one.threshold - (one.rate or 0))
        named = ", ".join(f"{one.kind} {one.rate:.0%} of {one.n}" for one in worst)
        parts.append(f"probes moved it more often than they may ({named})")
    if report.undecided:
        named = ", ".join(f"{one.kind} {one.n}" for one in report.undecided)
        parts.append(f"on some probes too few items can be counted, {FEWEST_TRIALS} are needed ({named})")
    return "; ".join(parts) or f"no kind of probe moved it more often than it may, over {report.items} items"
