"""Arrays from short lists, for tests that are not about building them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from analysis.comparison.estimates import Estimate
from analysis.data import OUTCOMES, SEEN_FROM_B, Battles, Coded, Ratings
from analysis.leaderboard import Leaderboard, leaderboard
from analysis.strengths import Strengths
from tests.known import known

RULES = ("half", "drop", "davidson", "rao-kupper")  # for ties
SEEDS = st.integers(0, 2**31)
NONE = np.array([], dtype=np.int64)

_CODES = {outcome.value: code for code, outcome in enumerate(OUTCOMES)}


def width(made: Estimate) -> float:
    """The width of an interval that must be there."""
    return known(made.upper) - known(made.lower)


def coded(names: Sequence[str]) -> Coded:
    used = list(dict.fromkeys(names))
    return Coded(np.array([used.index(name) for name in names], dtype=np.int64), tuple(used))


def make_battles(rows: Sequence[tuple[str, str, str]], **columns) -> Battles:
    """``rows`` are (system_a, system_b, outcome)."""
    systems = tuple(dict.fromkeys(name for row in rows for name in row[:2]))
    return Battles(
        system_a=np.array([systems.index(row[0]) for row in rows], dtype=np.int64),
        system_b=np.array([systems.index(row[1]) for row in rows], dtype=np.int64),
        outcome=np.array([_CODES[row[2]] for row in rows], dtype=np.int8),
        systems=systems,
        **columns,
    )


def make_ratings(rows: Sequence[str], *, missing: str = ".", **columns) -> Ratings:
    """``rows`` are raters, each a string of values by item, as textbooks print them: "1 2 . 3"."""
    cells = [
        (item, rater, float(value))
        for rater, row in enumerate(rows)
        for item, value in enumerate(row.split())
        if value != missing
    ]
    items = len(rows[0].split()) if rows else 0
    return Ratings(
        item=Coded(np.array([item for item, _, _ in cells], dtype=np.int64), tuple(f"item {i}" for i in range(items))),
        value=np.array([value for _, _, value in cells], dtype=np.float64),
        rater=Coded(
            np.array([rater for _, rater, _ in cells], dtype=np.int64), tuple(f"r{r}" for r in range(len(rows)))
        ),
        **columns,
    )


def ranked(battles, options=None):
    """The leaderboard, without types: a test that asked for a part need not say at each turn that it is there."""
    return leaderboard(battles, options)


@st.composite
def connected_battles(draw, most_systems: int = 5) -> Battles:
    """Battles in which every system has beaten and lost to its neighbour, and any others besides."""
    size = draw(st.integers(2, most_systems))
    names = [f"s{place}" for place in range(size)]
    ring = [(names[i], names[i + 1], outcome) for i in range(size - 1) for outcome in ("A", "B")]
    pair = st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True)
    others = draw(st.lists(st.tuples(pair, st.sampled_from(list(_CODES))), max_size=40))
    return make_battles(ring + [(a, b, outcome) for (a, b), outcome in others])


@st.composite
def rating_rows(draw, least_raters: int = 2, most_values: int = 4) -> list[str]:
    raters, items = draw(st.integers(least_raters, 4)), draw(st.integers(2, 8))
    value = st.sampled_from([*map(str, range(1, most_values + 1)), "."])
    return [" ".join(draw(st.lists(value, min_size=items, max_size=items))) for _ in range(raters)]


def voted(seed: int = 3, number: int = 400) -> Battles:
    """Battles of five systems with ties, both-bad, weights, prompts and raters."""
    rng = np.random.default_rng(seed)
    names = list("vwxyz")
    pairs = [rng.choice(5, 2, replace=False) for _ in range(number)]
    labels = rng.choice(["A", "B", "tie", "both_bad"], number, p=[0.45, 0.3, 0.2, 0.05])
    rows = [(names[a], names[b], str(o)) for (a, b), o in zip(pairs, labels, strict=True)]
    return make_battles(
        rows,
        weight=rng.choice([0.5, 1.0, 2.0], number),
        prompt=coded([f"p{i}" for i in rng.integers(0, 40, number)]),
        rater=coded([f"r{i}" for i in rng.integers(0, 25, number)]),
    )


def points_of(battles: Battles) -> np.ndarray:
    points: np.ndarray = np.array([1.0, 0.0, 0.5, 0.5])[battles.outcome]
    return points


def turned(battles: Battles, side: np.ndarray) -> Battles:
    """The same battles with the columns exchanged where ``side`` says so."""
    a, b = battles.system_a, battles.system_b
    return Battles(
        np.where(side, b, a),
        np.where(side, a, b),
        np.where(side, SEEN_FROM_B[battles.outcome], battles.outcome),
        battles.systems,
        prompt=battles.prompt,
        rater=battles.rater,
        weight=battles.weight,
    )


def renamed(battles: Battles, seed: int) -> tuple[Battles, np.ndarray]:
    """The same battles with the systems in another order, and where each system now stands."""
    place = np.random.default_rng(seed).permutation(len(battles.systems))
    names = tuple(battles.systems[old] for old in np.argsort(place))
    made = Battles(place[battles.system_a], place[battles.system_b], battles.outcome, names, weight=battles.weight)
    return made, place


def rows_of(board: Leaderboard) -> dict[str, tuple[float | None, float | None, str | None]]:
    return {row.system: (row.rating, row.lower, row.reason) for row in board.rows}


def normal_fit(strengths: list[float], variance: float) -> Strengths:
    """Independent estimates of this variance, in one group."""
    size = len(strengths)
    return Strengths(
        systems=tuple(f"s{place}" for place in range(size)),
        strengths=np.array(strengths),
        covariance=np.eye(size) * variance,
        component=np.zeros(size, dtype=np.int64),
        group=np.zeros(size, dtype=np.int64),
        above=np.zeros((size, size), dtype=np.bool_),
        reasons=(None,) * size,
        log_likelihood=0.0,
        iterations=1,
    )
