"""Simulated people: how often they are right, how long they take, and how some of them cheat."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

OUTCOMES = ("A", "B", "tie", "both_bad")
SAME_AGAIN = 0.6  # of their own answers people remember or repeat; the rest they give anew


@dataclass(frozen=True, slots=True)
class Seen:
    """One task before a person: what is right, how it is shown, which item it repeats."""

    item: int
    truth: str
    swapped: bool
    has_been_seen: int | None  # the live item that it repeats


@dataclass
class Person:
    """Somebody who answers. ``skill`` is how often they say what is right; the rest spreads over the other answers."""

    name: str
    skill: float
    kind: str = "honest"
    seconds: float = 25.0
    answers: dict[int, str] = field(default_factory=dict)
    partner: Person | None = None

    @property
    def is_spammer(self) -> bool:
        """Whether quality control should find this person."""
        return self.kind != "honest"

    def answer(self, task: Seen, rng: random.Random, share_done: float) -> str:
        """Return an answer in the battle's frame."""
        said = KINDS[self.kind](self, task, rng, share_done)
        self.answers[task.item] = said
        return said

    def takes(self, rng: random.Random) -> float:
        """Return how long an answer takes, in seconds: log-normal, half an order of magnitude either way."""
        return self.seconds * rng.lognormvariate(0, 0.5)


def _honest(person: Person, task: Seen, rng: random.Random, share_done: float) -> str:
    again = person.answers.get(task.has_been_seen or -1)
    if again is not None and rng.random() < SAME_AGAIN:
        return again
    if rng.random() < person.skill:
        return task.truth
    return rng.choice([outcome for outcome in OUTCOMES if outcome != task.truth])


def _at_random(person: Person, task: Seen, rng: random.Random, share_done: float) -> str:
    return rng.choice(OUTCOMES)


def _left(person: Person, task: Seen, rng: random.Random, share_done: float) -> str:
    return "B" if task.swapped else "A"


def _either_side(person: Person, task: Seen, rng: random.Random, share_done: float) -> str:
    return rng.choice("AB")


def _copying(person: Person, task: Seen, rng: random.Random, share_done: float) -> str:
    """Say what a colleague has said, where they know it."""
    said = person.partner.answers.get(task.item) if person.partner else None
    return said or rng.choice(OUTCOMES)


def _lazy(person: Person, task: Seen, rng: random.Random, share_done: float) -> str:
    """Work well for half of the time, then say the same to everything."""
    return _honest(person, task, rng, share_done) if share_done < 0.5 else "tie"


KINDS: dict[str, Callable[[Person, Seen, random.Random, float], str]] = {
    "honest": _honest,
    "random": _at_random,
    "one side": _left,
    "fast": _either_side,
    "copying": _copying,
    "lazy half": _lazy,
}
SPAMMERS = ("random", "one side", "fast", "copying", "lazy half")


def make_people(n: int, spammers: tuple[str, ...] = SPAMMERS, lowest: float = 0.75, best: float = 0.95) -> list[Person]:
    """Return n people: honest ones whose skills lie evenly between two values, and one of each kind of spammer."""
    honest = n - len(spammers)
    step = (best - lowest) / max(1, honest - 1)
    people = [Person(f"honest {k}", lowest + step * k) for k in range(honest)]
    for kind in spammers:
        skill = 0.85 if kind == "lazy half" else 0.25
        people.append(Person(kind, skill, kind, seconds=1.2 if kind == "fast" else 25.0))
    for person in people:
        person.partner = people[0] if person.kind == "copying" else None
    return people
