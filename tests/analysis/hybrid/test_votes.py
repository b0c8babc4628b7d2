"""People's and a judge's answers brought together item by item."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.data import Ratings, take
from analysis.errors import Undefined
from analysis.hybrid.votes import judged_battles, judged_ratings, people_of
from tests.analysis.builders import coded, make_battles

ROWS = [
    # prompt, system_a, system_b, outcome, rater
    ("p", "x", "y", "A", "ann"),
    ("p", "y", "x", "A", "ben"),
    ("p", "x", "y", "A", "judge"),
    ("p", "y", "x", "tie", "judge"),
    ("q", "x", "y", "B", "judge"),
    ("q", "x", "z", "both_bad", "judge"),
    ("r", "x", "y", "A", "ann"),
]


def battles_of(rows):
    return make_battles(
        [row[1:4] for row in rows], prompt=coded([row[0] for row in rows]), rater=coded([row[4] for row in rows])
    )


def test_votes_on_one_pair_are_averaged_whichever_column_a_system_stands_in():
    made, shared = judged_battles(battles_of(ROWS), "judge", ["ann", "ben"])
    # p: x beat y for ann and y beat x for ben, so half; the judge gave x a win and a tie
    assert made.judge.tolist() == [0.75, 0.0, 0.5]
    assert made.human.tolist()[0] == 0.5
    assert np.isnan(made.human[1:]).all()
    assert [(made.systems[a], made.systems[b]) for a, b in zip(made.system_a, made.system_b, strict=True)] == [
        ("x", "y"),
        ("x", "y"),
        ("x", "z"),
    ]
    assert shared.people_only == 1  # r


def test_others_votes_do_not_enter():
    made, _ = judged_battles(battles_of(ROWS), "judge", ["ann"])
    assert made.human[0] == 1.0


def test_both_bad_can_be_left_out():
    made, _ = judged_battles(battles_of(ROWS), "judge", ["ann", "ben"], both_bad="drop")
    assert len(made) == 2


@given(seed=st.integers(0, 30))
@settings(max_examples=20, deadline=None)
def test_neither_the_order_of_rows_nor_the_columns_matter(seed):
    rng = np.random.default_rng(seed)
    turned = {"A": "B", "B": "A"}
    rows = [
        (p, b, a, turned.get(o, o), r) if rng.random() < 0.5 else (p, a, b, o, r)
        for p, a, b, o, r in (ROWS[place] for place in rng.permutation(len(ROWS)))
    ]
    points = []
    for each in (ROWS, rows):
        made, _ = judged_battles(battles_of(each), "judge", ["ann", "ben"])
        sides = zip(made.system_a, made.system_b, made.judge, made.human, strict=True)
        points.append(
            sorted(
                (made.systems[a], made.systems[b], judge, human)
                if made.systems[a] < made.systems[b]
                else (made.systems[b], made.systems[a], 1 - judge, 1 - human)
                for a, b, judge, human in sides
            )
        )
    np.testing.assert_equal(points[0], points[1])


def test_ratings_of_one_item_are_averaged_and_prompts_stay_together():
    ratings = Ratings(
        item=coded(["i", "i", "i", "j", "k", "k"]),
        value=np.array([1.0, 3, 4, 5, 2, 3]),
        rater=coded(["ann", "ben", "judge", "judge", "judge", "judge"]),
        prompt=coded(["p", "p", "p", "q", "p", "p"]),
    )
    labels, _ = judged_ratings(ratings, "judge", ["ann", "ben"])
    assert labels.judge.tolist() == [4.0, 5.0, 2.5]
    assert labels.human[0] == 2.0
    assert labels.cluster is not None
    assert labels.cluster[0] == labels.cluster[2] != labels.cluster[1]


def reason(call) -> str:
    with pytest.raises(Undefined) as caught:
        call()
    return caught.value.code


def test_what_the_answers_do_not_allow_has_a_reason():
    battles = battles_of(ROWS)
    apart = take(battles, np.array([0, 1, 4, 5]))
    assert reason(lambda: judged_battles(apart, "judge", ["ann", "ben"])) == "no_pairs"
    unnamed = make_battles([("x", "y", "A")])
    assert reason(lambda: judged_battles(unnamed, "judge", [])) == "not_recorded"
    assert reason(lambda: people_of(None, "judge")) == "not_recorded"
    promptless = make_battles([("x", "y", "A")] * 2, rater=coded(["ann", "judge"]))
    assert reason(lambda: judged_battles(promptless, "judge", ["ann"])) == "not_recorded"
    labels = Ratings(coded(["i", "i"]), np.array([0.0, 1]), coded(["ann", "judge"]), labels=("bad", "good"))
    assert reason(lambda: judged_ratings(labels, "judge", ["ann"])) == "not_numeric"


def test_a_judge_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="'gpt'; there is ann, ben, judge"):
        people_of(battles_of(ROWS).rater, "gpt")
    with pytest.raises(ValueError, match="cannot be among the people"):
        judged_battles(battles_of(ROWS), "judge", ["ann", "judge"])
