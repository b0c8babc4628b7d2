"""How often each kind of probe moved a judge, for the page of its run."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from domain.probing import Trial
from judges.figures import Share, wilson
from judges.models import JudgeVersion, Run
from judges.probes.trials import kinds_of, trials_of

FEWEST_TRIALS = 10  # below which a kind decides nothing, here and on the judge's card


@dataclass(frozen=True, slots=True)
class Rate:
    """One kind of probe: on how many items it moved the judge, and those that cannot be counted, by reason.

    ``is_within`` None: too few items to say whether the judge stays within the limit.
    """

    kind: str
    title: str
    limit: float
    moved: int
    share: Share
    is_within: bool | None
    left_out: dict[str, int]


def rates_of(run: Run, version: JudgeVersion) -> list[Rate]:
    """Return the rates of a run of probes, as far as it has come. Two queries."""
    by_kind: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials_of(run, version):
        by_kind[trial.kind].append(trial)
    return [_rate(probe.kind, probe.title, probe.limit, by_kind[probe.kind]) for probe in kinds_of(run, version)]


def _rate(kind: str, title: str, limit: float, trials: list[Trial]) -> Rate:
    counted = [trial.moved for trial in trials if trial.moved is not None]
    moved = sum(counted)
    share = wilson(moved, len(counted), "no item can be counted")
    within = moved / len(counted) <= limit if len(counted) >= FEWEST_TRIALS else None
    left_out = Counter(trial.reason for trial in trials if trial.moved is None)
    return Rate(kind, title, limit, moved, share, within, dict(left_out))
