"""What a campaign checks, how strictly, and what follows: ``campaign.quality`` as plain Python.

Every family of checks has its own ``alpha``, the most often that a good annotator may ever be flagged by it, however
long they work (annotation.quality.looks says how repeated looks are paid for). The defaults sum to 0.015, so that a
false alarm of any kind stays below 2 % per person.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self


class BadPolicy(ValueError):
    """A setting that makes no sense; the message names it, its value and what it may be."""


class Action(StrEnum):
    """What follows when somebody fails a family of checks. All of it is logged and can be undone."""

    NONE = "none"  # counted and shown, no more
    WARN = "warn"  # the person is told, and the researchers see it
    PAUSE = "pause"  # no further task until a researcher has looked
    STOP = "stop"  # no further task; answers stay
    EXCLUDE = "exclude"  # no further task, and answers do not count


def _need(ok: bool, name: str, value: Any, want: str) -> None:
    if not ok:
        raise BadPolicy(f"{name}: {value!r} is not {want}")


def _share(name: str, value: Any, *, low: float = 0.0, high: float = 1.0) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    _need(number and low <= value <= high, name, value, f"a number from {low:g} to {high:g}")


def _count(name: str, value: Any, low: int = 0) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    _need(whole and low <= value <= 1_000_000, name, value, f"a whole number from {low} on")


def _action(name: str, value: Any) -> None:
    _need(value in [one.value for one in Action], name, value, f"one of {', '.join(Action)}")


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a task is a hidden check: ``first`` for the first answers, ``then`` later."""

    first: float = 0.10
    first_answers: int = 50
    then: float = 0.05

    def check(self, name: str) -> None:
        """Refuse what makes no sense."""
        _share(f"{name}.first", self.first)
        _share(f"{name}.then", self.then)
        _count(f"{name}.first_answers", self.first_answers)

    def at(self, done: int) -> float:
        """Return the rate for somebody who has given so many answers."""
        return self.first if done < self.first_answers else self.then


@dataclass(frozen=True, slots=True)
class Training:
    """The first tasks, each with the right answer shown after it: ``passing`` of ``items`` must be right."""

    items: int = 0
    passing: int = 0
    below: str = Action.PAUSE

    def check(self, name: str) -> None:
        """Refuse what makes no sense."""
        _count(f"{name}.items", self.items)
        _count(f"{name}.passing", self.passing)
        _need(self.passing <= self.items, f"{name}.passing", self.passing, f"at most items, {self.items}")
        _action(f"{name}.below", self.below)


@dataclass(frozen=True, slots=True)
class Qualification:
    """The gate: of the first ``items`` calibration items after training, a share of ``threshold`` must be right."""

    items: int = 0
    threshold: float = 0.7
    below: str = Action.STOP

    def check(self, name: str) -> None:
        """Refuse what makes no sense."""
        _count(f"{name}.items", self.items)
        _share(f"{name}.threshold", self.threshold)
        _action(f"{name}.below", self.below)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far an answer may lie from the right one: Likert ``steps``, a ``share`` of a slider's range, exact choices.

    A choice must be the same; how strong the preference is counts only with ``strength``. Of a full order, a share of
    ``order`` of the pairs may be otherwise (Kendall's distance).
    """

    steps: int = 1
    share: float = 0.1
    strength: bool = False
    order: float = 0.2

    def check(self, name: str) -> None:
        """Refuse what makes no sense."""
        _count(f"{name}.steps", self.steps)
        _share(f"{name}.share", self.share)
        _share(f"{name}.order", self.order)
        _need(isinstance(self.strength, bool), f"{name}.strength", self.strength, "true or false")


@dataclass(frozen=True, slots=True)
class Sequential:
    """A sequential test (Wald 1945) of right and wrong: who is right with ``good`` or more passes, ``bad`` or less not.

    ``alpha`` bounds how often a good annotator is flagged, ``beta`` how often a bad one passes a round.
    """

    good: float = 0.75
    bad: float = 0.5
    alpha: float = 0.005
    beta: float = 0.05
    action: str = Action.WARN

    def check(self, name: str) -> None:
        """Refuse what makes no sense."""
        _share(f"{name}.good", self.good, low=0.01, high=0.99)
        _share(f"{name}.bad", self.bad, low=0.01, high=0.99)
        _need(self.bad < self.good, f"{name}.bad", self.bad, f"below good, {self.good}")
        _share(f"{name}.alpha", self.alpha, low=1e-6, high=0.2)
        _share(f"{name}.beta", self.beta, low=1e-6, high=0.5)
        _action(f"{name}.action", self.action)


@dataclass(frozen=True, slots=True)
class Repeats:
    """Live items asked again: a share of ``rate`` of them, at the least ``distance`` answers later."""

    rate: float = 0.0
    distance: int = 20

    def check(self, name: str) -> None:
        """Refuse what makes no sense."""
        _share(f"{name}.rate", self.rate, high=0.5)
        _count(f"{name}.distance", self.distance, 1)


@dataclass(frozen=True, slots=True)
class Attention:
    """Items whose text says what to answer. Recruiters allow a rejection after two failures, not after one."""

    failures: int = 2
    action: str = Action.WARN

    def check(self, name: str) -> None:
        """Refuse what makes no sense."""
        _count(f"{name}.failures", self.failures, 2)
        _action(f"{name}.action", self.action)


@dataclass(frozen=True, slots=True)
class Speed:
    """Answers faster than anybody can read: more than a share of ``allowed`` under ``floor_ms`` (None: not checked)."""

    floor_ms: int | None = None
    allowed: float = 0.1
    look: int = 10
    alpha: float = 0.002
    action: str = Action.WARN

    def check(self, name: str) -> None:
        """Refuse what makes no sense."""
        if self.floor_ms is not None:
            _count(f"{name}.floor_ms", self.floor_ms, 1)
        _share(f"{name}.allowed", self.allowed, high=0.9)
        _count(f"{name}.look", self.look, 1)
        _share(f"{name}.alpha", self.alpha, low=1e-6, high=0.2)
        _action(f"{name}.action", self.action)


@dataclass(frozen=True, slots=True)
class Straight:
    """The same answer ``run`` times in a row, when that is too unlikely for the answers this person gives otherwise."""

    run: int = 20
    alpha: float = 0.002
    action: str = Action.WARN

    def check(self, name: str) -> None:
        """Refuse what makes no sense."""
        _count(f"{name}.run", self.run, 5)
        _share(f"{name}.alpha", self.alpha, low=1e-6, high=0.2)
        _action(f"{name}.action", self.action)


@dataclass(frozen=True, slots=True)
class Side:
    """One side chosen more often than 0.5 + ``tolerance`` of the time; looked at after each ``look`` choices."""

    tolerance: float = 0.1
    look: int = 20
    alpha: float = 0.002
    action: str = Action.WARN

    def check(self, name: str) -> None:
        """Refuse what makes no sense."""
        _share(f"{name}.tolerance", self.tolerance, high=0.45)
        _count(f"{name}.look", self.look, 1)
        _share(f"{name}.alpha", self.alpha, low=1e-6, high=0.2)
        _action(f"{name}.action", self.action)


def _twin() -> Sequential:
    return Sequential(good=0.75, bad=0.45, alpha=0.002)


def _repeat() -> Sequential:
    return Sequential(good=0.65, bad=0.35, alpha=0.002)


@dataclass(frozen=True, slots=True)
class Policy:
    """All of a campaign's quality control. An empty JSON object is the default."""

    checks: Rates = field(default_factory=Rates)
    training: Training = field(default_factory=Training)
    qualification: Qualification = field(default_factory=Qualification)
    tolerance: Tolerance = field(default_factory=Tolerance)
    calibration: Sequential = field(default_factory=Sequential)
    twin: Sequential = field(default_factory=_twin)
    repeats: Repeats = field(default_factory=Repeats)
    repeat: Sequential = field(default_factory=_repeat)
    attention: Attention = field(default_factory=Attention)
    speed: Speed = field(default_factory=Speed)
    straight: Straight = field(default_factory=Straight)
    side: Side = field(default_factory=Side)

    def __post_init__(self) -> None:
        for part in fields(self):
            getattr(self, part.name).check(part.name)

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read ``campaign.quality``; what it leaves out keeps its default. Raises BadPolicy."""
        parts = _known(data, cls(), "quality")
        default = cls()
        return cls(**{name: _part(getattr(default, name), value, name) for name, value in parts.items()})

    def as_json(self) -> dict[str, Any]:
        """Write it in full, so that a later change of a default changes no campaign."""
        return asdict(self)


def _known(data: Any, target: Any, name: str) -> dict[str, Any]:
    """Return a JSON object whose keys are all fields of ``target``."""
    _need(isinstance(data, dict), name, data, "an object")
    known = [one.name for one in fields(target)]
    for key in data:
        if key not in known:
            raise BadPolicy(f"{name}: there is no setting {key!r}; there are {', '.join(known)}")
    return dict(data)


def _part(default: Any, data: Any, name: str) -> Any:
    """Return one part with what ``data`` changes of its defaults."""
    return type(default)(**asdict(default) | _known(data, default, name))
