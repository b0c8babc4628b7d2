"""What probes of a judge have brought: the app of the judges asks, the numbers count, and neither knows the other.

The judges register who asks in their AppConfig.ready(): ``probing.register(prober)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from domain.models import Project


@dataclass(frozen=True, slots=True)
class ProbeKind:
    """A kind of probe, and the highest share of its trials in which an honest judge may be moved."""

    kind: str
    title: str
    limit: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One probe on one item: whether the judge was moved; None and why, where that cannot be said."""

    kind: str
    item: str
    moved: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Probing:
    """What a run of probes has brought so far. ``unfinished`` says why not all of it is there, or nothing."""

    run: int
    pack: str
    seed: int
    items: int
    kinds: tuple[ProbeKind, ...]
    trials: tuple[Trial, ...]
    unfinished: str = ""


class Prober(Protocol):
    """Who asks judges. Judges go by the names of their raters."""

    def latest(self, project: Project, judge: str) -> Probing | None:
        """Return what the judge's last run of probes has brought; None where there was none."""

    def ask(self, project: Project, judge: str, *, items: int, budget: str | None, seed: int) -> Probing:
        """Ask the judge, or return what an earlier run of the same probes has brought.

        Raises
        ------
        ValueError
            The judge cannot be asked, and why.
        """


_probers: list[Prober] = []


def register(prober: Prober) -> None:
    """Say who asks judges; the last one counts."""
    _probers[:] = [prober]


def prober() -> Prober:
    """Return who asks judges."""
    return _probers[0]
