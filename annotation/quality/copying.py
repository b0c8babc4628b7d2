"""Two people whose answers are alike beyond chance: copied, or one person with two accounts. Pure.

Good people agree because both are right, so agreement says nothing. What they do not share are mistakes, words and
times. For each pair, and for each of these three, the number of coincidences is compared with what two strangers in the
same campaign would have, and the probability is multiplied by the number of pairs and by three (Bonferroni).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, NamedTuple

from annotation.quality.tails import poisson_binomial_tail, poisson_tail

ALPHA = 0.01  # of a campaign: the chance that any two strangers in it are named
MOST = 10  # pairs that are named for their mistakes
ENOUGH = 3  # others who say the same, before that is taken for right
FEWEST = 3  # coincidences before a pair is looked at
PRIOR = 3.0  # invented answers per item, spread as the campaign's answers are
CALM = 2.0  # invented departures per person, as many as expected
MOST_OFTEN = 0.95
MANY = 12  # people on an item
WORDS = 5  # of a text before it can be anybody's own
KINDS = ("errors", "texts", "times")


class Said(NamedTuple):
    """One answer: about which item, by whom, what; its reasons and the active time in ms, where there are any."""

    item: int
    person: int
    said: Hashable
    text: str = ""
    active_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Alike:
    """Two people, what they share, how often, how often strangers would, and how likely that is (corrected)."""

    people: tuple[int, int]
    kind: str
    shared: int
    expected: float
    p_value: float


def alike(rows: Sequence[Said], known: Mapping[int, Hashable], *, alpha: float = ALPHA) -> list[Alike]:
    """Return the pairs that are alike beyond chance, the least likely first.

    ``known`` are right answers of items, where there are any; of other items it is what most of the others say.
    """
    tests = math.comb(len({row.person for row in rows}), 2) * len(KINDS)
    marks = [*_coincidences("texts", _texts(rows)), *_coincidences("times", _times(rows))]
    found = [one for one in marks if one.p_value * tests <= alpha] + _one_by_one(
        rows, known, alpha / tests if tests else 0
    )
    corrected = [replace(one, p_value=min(1.0, one.p_value * tests)) for one in found]
    return sorted(corrected, key=_likelihood)


def _likelihood(one: Alike) -> tuple[float, tuple[int, int]]:
    return one.p_value, one.people


# --- The same mistakes ------------------------------------------------------------------------------------------------


def _one_by_one(rows: Sequence[Said], known: Mapping[int, Hashable], alpha: float) -> list[Alike]:
    """Name the least likely pair, count what it shares once, and look again, until none is left.

    A pair that answers alike outvotes honest people on its items, who would then seem to err together.
    """
    found: list[Alike] = []
    while len(found) < MOST:
        least = min(_errors(rows, known), key=_likelihood, default=None)
        if least is None or least.p_value > alpha:
            break
        found.append(least)
        one, other = least.people
        once = {row.item for row in rows if row.person == one}
        rows = [row for row in rows if row.person != other or row.item not in once]
    return found


def _errors(rows: Sequence[Said], known: Mapping[int, Hashable]) -> list[Alike]:
    """Test the number of identical departures of each pair.

    A departure is an answer other than the right one, or than that of the most of the others (three at the least).
    The generalized binomial test of van der Linden and Sotaridona (2006), Journal of Educational and Behavioral
    Statistics 31(3), 283-304, on identical mistakes (Bellezza and Bellezza 1989, Teaching of Psychology 16(3),
    151-155): given item and people, coincidences are independent with their own probabilities. That of an answer is
    its share among the others, times how much more often than they this person departs. Items are of unlike difficulty,
    which few others do not show: where all pairs together coincide more often than that says, all expectations are
    raised to fit, apart for items whose right answer is known and for the others.
    """
    world = _World(rows, known)
    shared = world.identical()
    excess = {is_known: world.excess(is_known=is_known) for is_known in (True, False)}
    found = []
    for (one, other), times in shared.items():
        if times < FEWEST:
            continue
        chances = [
            min(MOST_OFTEN, excess[item in known] * chance) for item, chance in world.chances(one, other).items()
        ]
        found.append(Alike((one, other), "errors", times, sum(chances), poisson_binomial_tail(times, chances)))
    return found


class _World:
    """A campaign's answers by item, with what is usual in it."""

    def __init__(self, rows: Sequence[Said], known: Mapping[int, Hashable]) -> None:
        self.known = known
        self.items: dict[int, dict[int, Hashable]] = defaultdict(dict)
        self.of_person: dict[int, set[int]] = defaultdict(set)
        for row in rows:
            self.items[row.item][row.person] = row.said
            self.of_person[row.person].add(row.item)
        self.counts = {item: Counter(by.values()) for item, by in self.items.items()}
        self._alike: dict[tuple[int, Hashable, Hashable], float | None] = {}
        self.usual = self._usual()
        self.pace = self._paces()

    def right(self, item: int, *without: Hashable) -> Hashable | None:
        """Return the right answer: the known one, else that of most others; None where neither is there."""
        if item in self.known:
            return self.known[item]
        top, most, second = None, 0, 0
        for answer, n in self._others(item, without):
            if n > most:
                top, most, second = answer, n, most
            elif n > second:
                second = n
        return top if most >= ENOUGH and most > second else None

    def _others(self, item: int, without: Sequence[Hashable]) -> Iterator[tuple[Hashable, int]]:
        """Yield how often each answer was given by others than those who said ``without``."""
        return ((answer, n - without.count(answer)) for answer, n in self.counts[item].items())

    def _usual(self) -> dict[Hashable, dict[Hashable, float]]:
        """Return, for each right answer, the shares of what is said instead, over the campaign."""
        said: dict[Hashable, Counter[Hashable]] = defaultdict(Counter)
        for item, by in self.items.items():
            for answer in by.values():
                right = self.right(item, answer)
                if right is not None:
                    said[right][answer] += 1
        return {right: {a: n / counts.total() for a, n in counts.items()} for right, counts in said.items()}

    def shares(self, item: int, right: Hashable, *without: Hashable) -> dict[Hashable, float]:
        """Return how often each departure is given to an item by others than those who said ``without``."""
        others, usual = dict(self._others(item, without)), self.usual.get(right, {})
        total = sum(others.values()) + PRIOR
        every = (others.keys() | usual.keys()) - {right}
        return {answer: (others.get(answer, 0) + PRIOR * usual.get(answer, 0.0)) / total for answer in every}

    def _paces(self) -> dict[int, float]:
        """Return by how much more often than expected each person departs."""
        paces = {}
        for person, items in self.of_person.items():
            departed = expected = 0.0
            for item in items:
                said = self.items[item][person]
                right = self.right(item, said)
                if right is not None:
                    departed += said != right
                    expected += sum(self.shares(item, right, said).values())
            paces[person] = (departed + CALM) / (expected + CALM)
        return paces

    def identical(self) -> Counter[tuple[int, int]]:
        """Count the identical departures of each pair that has any."""
        shared: Counter[tuple[int, int]] = Counter()
        for item in self.items:
            for people in self._together(item):
                shared.update(combinations(people, 2))
        return shared

    def _together(self, item: int) -> Iterator[list[int]]:
        """Yield those who depart to the same answer, in order, where they are two or more."""
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for person, said in sorted(self.items[item].items()):
            groups[said].append(person)
        for said, people in groups.items():
            if len(people) > 1 and self.right(item, said, said) not in (None, said):
                yield people

    def chances(self, one: int, other: int) -> dict[int, float]:
        """Return, for each item that both answered, how likely two strangers like them depart identically."""
        both = self.of_person[one] & self.of_person[other]
        found = {item: self._chance(item, one, other) for item in sorted(both)}
        return {item: chance for item, chance in found.items() if chance is not None}

    def _chance(self, item: int, one: int, other: int) -> float | None:
        squares = self._squares(item, self.items[item][one], self.items[item][other])
        return None if squares is None else min(MOST_OFTEN, self.pace[one] * self.pace[other] * squares)

    def _squares(self, item: int, one: Hashable, other: Hashable) -> float | None:
        """Return how likely two departures of usual people are identical, beside those who said these two things.

        Many pairs of an item have said the same two things, and are told the same.
        """
        key = (item, one, other)
        if key not in self._alike:
            right = self.right(item, one, other)
            shares = {} if right is None else self.shares(item, right, one, other)
            self._alike[key] = None if right is None else sum(share**2 for share in shares.values())
        return self._alike[key]

    def excess(self, *, is_known: bool) -> float:
        """Return by how much more often than expected all pairs coincide on items of a kind; at the least 1."""
        items = [item for item in self.items if (item in self.known) == is_known]
        shared = sum(math.comb(len(people), 2) for item in items for people in self._together(item))
        expected = math.fsum(self._expected(item) for item in items)
        return max(1.0, shared / expected) if expected else 1.0

    def _expected(self, item: int) -> float:
        """Return how many pairs are expected to coincide on an item; among many people two more change no share."""
        people = self.items[item]
        if len(people) <= MANY:
            return math.fsum(self._chance(item, one, other) or 0.0 for one, other in combinations(people, 2))
        paces = [self.pace[person] for person in people]
        right = self.right(item)
        squares = 0.0 if right is None else sum(share**2 for share in self.shares(item, right).values())
        return squares * (sum(paces) ** 2 - sum(pace**2 for pace in paces)) / 2


# --- The same words, the same times -----------------------------------------------------------------------------------

Marks = Mapping[int, set[Any]]  # by person


def _texts(rows: Iterable[Said]) -> Marks:
    """Return the texts of five words or more of each person, without case, signs and spaces."""
    texts: dict[int, set[Any]] = defaultdict(set)
    for row in rows:
        words = re.findall(r"\w+", row.text.casefold())
        if len(words) >= WORDS:
            texts[row.person].add(" ".join(words))
    return texts


def _times(rows: Iterable[Said]) -> Marks:
    """Return each person's times on items, to the millisecond."""
    times: dict[int, set[Any]] = defaultdict(set)
    for row in rows:
        if row.active_ms:
            times[row.person].add((row.item, row.active_ms))
    return times


def _coincidences(kind: str, marks: Marks) -> list[Alike]:
    """Test how many marks each pair has in common, against the rate of all other pairs.

    A mark of one equals one of the other with the rate of the other pairs, of which one more coincidence is supposed
    than there were; the number is then Poisson for so rare an event.
    """
    holders: dict[Any, list[int]] = defaultdict(list)
    for person in sorted(marks):
        for mark in marks[person]:
            holders[mark].append(person)
    shared = Counter(pair for people in holders.values() for pair in combinations(people, 2))
    sizes = [len(each) for each in marks.values()]
    chances = (sum(sizes) ** 2 - sum(size**2 for size in sizes)) / 2
    found = []
    for (one, other), times in shared.items():
        mine = len(marks[one]) * len(marks[other])
        if times >= FEWEST and chances > mine:
            expected = mine * (shared.total() - times + 1) / (chances - mine)
            found.append(Alike((one, other), kind, times, expected, poisson_tail(times, expected)))
    return found
