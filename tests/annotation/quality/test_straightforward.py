"""What the quality page counts once for many people is what counting it anew for each of them gives."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable
from statistics import fmean

import pytest
from scipy.stats import beta, t

from annotation.quality import copying, flags
from annotation.quality.copying import ENOUGH, MOST_OFTEN, PRIOR, Said, alike
from annotation.quality.intervals import clopper_pearson, mean_interval
from annotation.quality.policy import Tolerance
from annotation.quality.reading import Answers, sameness
from tests.factories import LIKERT, PREFERENCE, SLIDER

SCALES: dict[str, tuple[Hashable, ...]] = {
    "preference": ("A", "B", "tie", "both_bad"),
    "helpfulness": (1.0, 2.0, 3.0, 4.0, 5.0),
    "fluency": tuple(float(n) for n in range(0, 101, 7)),
}


def rows_of(seed: int, said: tuple[Hashable, ...], items: int = 60, people: int = 9) -> list[Said]:
    rng, rows = random.Random(seed), list[Said]()
    for item in range(items):
        truth = rng.choice(said)
        for person in rng.sample(range(people), rng.randint(1, people)):
            rows.append(Said(item, person, truth if rng.random() < 0.6 else rng.choice(said)))
    rng.shuffle(rows)
    return rows


@pytest.mark.parametrize("criterion", [PREFERENCE, LIKERT, SLIDER], ids=lambda each: each.key)
@pytest.mark.parametrize("seed", range(5))
def test_agreement_is_that_with_each_of_the_others(criterion, seed):
    rows = tuple((row.item, row.person, row.said) for row in rows_of(seed, SCALES[criterion.key]))
    same = sameness(criterion, Tolerance())
    expected: dict[int, list[float]] = {}
    for item, person, said in rows:
        others = [other for about, who, other in rows if about == item and who != person]
        if others:
            expected.setdefault(person, []).append(fmean(same(said, other) for other in others))
    assert flags._agreements(Answers(criterion, rows), same) == expected


# --- Mistakes in common -----------------------------------------------------------------------------------------------


def right_of(rows: list[Said], known: dict[int, Hashable], item: int, *without: Hashable) -> Hashable | None:
    if item in known:
        return known[item]
    others = Counter(row.said for row in rows if row.item == item) - Counter(without)
    best = others.most_common()
    if not best or best[0][1] < ENOUGH or [n for _, n in best].count(best[0][1]) > 1:
        return None
    return best[0][0]


def chance_of(rows: list[Said], known: dict[int, Hashable], item: int, one: int, other: int) -> float | None:
    """Work out from the answers alone how likely two strangers like these depart from an item alike."""
    by = {row.person: row.said for row in rows if row.item == item}
    right = right_of(rows, known, item, by[one], by[other])
    if right is None:
        return None
    return min(
        MOST_OFTEN,
        pace_of(rows, known, one)
        * pace_of(rows, known, other)
        * sum(share**2 for share in shares_of(rows, known, item, right, by[one], by[other]).values()),
    )


def shares_of(
    rows: list[Said], known: dict[int, Hashable], item: int, right: Hashable, *without: Hashable
) -> dict[Hashable, float]:
    others = Counter(row.said for row in rows if row.item == item) - Counter(without)
    instead = Counter(row.said for row in rows if right_of(rows, known, row.item, row.said) == right)
    every = {row.said for row in rows} - {right}
    usual = {said: instead[said] / instead.total() if instead else 0.0 for said in every}
    return {said: (others[said] + PRIOR * usual[said]) / (others.total() + PRIOR) for said in every}


def pace_of(rows: list[Said], known: dict[int, Hashable], person: int) -> float:
    departed = expected = 0.0
    for row in rows:
        right = right_of(rows, known, row.item, row.said) if row.person == person else None
        if right is not None:
            departed += row.said != right
            expected += sum(shares_of(rows, known, row.item, right, row.said).values())
    return (departed + copying.CALM) / (expected + copying.CALM)


@pytest.mark.parametrize("seed", range(3))
def test_chances_of_a_pair_are_those_worked_out_for_it_alone(seed):
    rows = rows_of(seed, SCALES["preference"], items=12, people=7)
    known: dict[int, Hashable] = {0: "A", 1: "B"}
    world = copying._World(rows, known)
    people = sorted({row.person for row in rows})
    seen = 0
    for one, other in [(people[0], people[1]), (people[2], people[-1]), (people[-1], people[2])]:
        both = {row.item for row in rows if row.person == one} & {row.item for row in rows if row.person == other}
        expected = {item: chance_of(rows, known, item, one, other) for item in both}
        chances = {item: chance for item, chance in expected.items() if chance is not None}
        assert world.chances(one, other) == pytest.approx(chances, rel=1e-12)
        seen += len(chances)
    assert seen > 5


@pytest.mark.parametrize("seed", range(3))
def test_mistakes_in_common_are_those_of_going_through_all_answers(seed):
    rows = rows_of(seed, SCALES["helpfulness"])
    by_item: dict[int, dict[int, Hashable]] = {}
    for row in rows:
        by_item.setdefault(row.item, {})[row.person] = row.said
    expected: Counter[tuple[int, int]] = Counter()
    for item, by in by_item.items():
        for one, said in by.items():
            for other, again in by.items():
                if one < other and said == again and right_of(rows, {}, item, said, said) not in (None, said):
                    expected[one, other] += 1
    assert copying._World(rows, {}).identical() == expected


def test_the_order_of_the_answers_does_not_matter():
    rows = rows_of(4, SCALES["preference"], items=200)
    copied = [row._replace(person=100) for row in rows if row.person == 1]
    found = alike([*rows, *copied], {})
    assert [one.people for one in found if one.kind == "errors"] == [(1, 100)]
    again = alike([*copied, *reversed(rows)], {})
    assert [one.people for one in again] == [one.people for one in found]
    assert [one.p_value for one in again] == pytest.approx([one.p_value for one in found])


# --- Intervals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (5, 5), (3, 7), (2.5, 9), (180, 200)])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_the_exact_interval_is_that_of_the_beta_distribution(hits, n, level):
    found, tail = clopper_pearson(hits, n, level=level), (1 - level) / 2
    assert found.lower == pytest.approx(beta.ppf(tail, hits, n - hits + 1) if hits else 0.0)
    assert found.upper == pytest.approx(beta.ppf(1 - tail, hits + 1, n - hits) if hits < n else 1.0)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_the_interval_of_a_mean_is_that_of_students_distribution(level):
    values = [0.0, 0.25, 0.5, 0.5, 1.0]
    found = mean_interval(values, level=level)
    low, high = t.interval(level, 4, loc=0.45, scale=0.37080992435478316 / 5**0.5)
    assert (found.lower, found.upper) == pytest.approx((low, high))
