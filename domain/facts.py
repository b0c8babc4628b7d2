"""What a project's home says: what is in, what runs, what is weak, what to do next.

The apps that ask people and judges know more about this than domain does, and domain may not know them. Each
registers a source in its AppConfig.ready():

    facts.register(annotation_facts)      # annotation_facts(project, user) -> Facts
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User

from domain.models import Project


@dataclass(frozen=True, slots=True)
class Count:
    """Something that is in. ``note`` stands below in small letters."""

    label: str
    value: int
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """Something that is under way; ``total`` None where it is not known."""

    label: str
    done: int
    total: int | None
    unit: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Weakness:
    """A whole sentence about what makes the numbers weaker than they look, and where to mend it."""

    text: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What could be done next. The page offers the one with the lowest ``order``.

    Steps of one project's life: 10 import, 20 rubric, 30 ask people, 40 ask judges, 50 agreement, 60 leaderboard.
    """

    order: int
    text: str
    action: str
    url: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What one source knows about a project."""

    counts: tuple[Count, ...] = ()
    running: tuple[Running, ...] = ()
    weak: tuple[Weakness, ...] = ()
    steps: tuple[Step, ...] = ()


Source = Callable[[Project, User], Facts]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Let an app contribute to the home of every project; registering twice counts once."""
    if source not in _sources:
        _sources.append(source)


def gather(project: Project, user: User) -> Facts:
    """Return what all sources know, in the order in which they registered; the most urgent step first."""
    found = [source(project, user) for source in _sources]
    return Facts(
        counts=tuple(count for facts in found for count in facts.counts),
        running=tuple(running for facts in found for running in facts.running),
        weak=tuple(weakness for facts in found for weakness in facts.weak),
        steps=tuple(sorted((step for facts in found for step in facts.steps), key=lambda step: step.order)),
    )
