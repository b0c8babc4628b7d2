"""What a reader of a hybrid board must doubt is said: choices of items, missing links, too little of anything."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.data import Coded, Ratings, take
from analysis.errors import Undefined
from analysis.hybrid.board import HybridBoard, hybrid_board
from analysis.hybrid.rows import HybridOptions
from analysis.hybrid.selection import same_scores
from tests.analysis.hybrid.builders import MEAN, by_system, rated, simulated, voted
from tests.known import known


def notes(board: HybridBoard) -> set[str]:
    return {note.code for note in board.warnings}


def test_peoples_items_that_were_picked_by_the_judges_answer_are_noticed():
    picked = rated(prompts=400, asked=0)
    value = picked.value
    liked = np.flatnonzero(value > 4.5)
    people = Ratings(
        item=Coded(np.concatenate([picked.item.codes, picked.item.codes[liked]]), picked.item.names),
        value=np.concatenate([value, value[liked] - 0.5]),
        rater=Coded(np.repeat([0, 1], [len(value), len(liked)]), ("judge", "ann")),
        system=Coded(
            np.concatenate([known(picked.system).codes, known(picked.system).codes[liked]]), known(picked.system).names
        ),
    )
    made = hybrid_board(people, "judge", options=MEAN)
    assert "not_at_random" in notes(made)
    assert "not_at_random" not in notes(hybrid_board(rated(prompts=200, asked=60), "judge", options=MEAN))


def test_pairs_that_people_were_given_more_often_are_noticed():
    battles = voted(prompts=600, asked=600)
    names = np.array(battles.systems)
    is_ab = (np.isin(names[battles.system_a], ["a", "b"])) & (np.isin(names[battles.system_b], ["a", "b"]))
    by_ann = known(battles.rater).codes == known(battles.rater).names.index("ann")
    rare = np.random.default_rng(0).random(len(battles)) < 0.1
    board = hybrid_board(take(battles, ~by_ann | is_ab | rare), "judge")
    assert known(board.selection["pairs"].p_value) < 1e-6
    assert "not_at_random" in notes(board)


def test_a_random_part_is_seldom_called_suspicious():
    rng = np.random.default_rng(5)
    p_values = []
    for _ in range(300):
        labels = simulated(rng, items=150, labelled=40)
        p_values.append(known(same_scores(labels).p_value))
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.035)
    wald = [known(hybrid_board(voted(seed), "judge").selection["results"].p_value) for seed in range(60)]
    assert np.mean(np.array(wald) < 0.05) < 0.15


def test_systems_that_people_do_not_link_are_set_apart():
    battles = voted(systems=4, prompts=200, asked=80)
    d = battles.systems.index("d")
    with_d = (battles.system_a == d) | (battles.system_b == d)
    by_ann = known(battles.rater).codes == known(battles.rater).names.index("ann")
    board = hybrid_board(take(battles, ~(with_d & by_ann)), "judge")
    last = board.rows[-1]
    assert (last.system, last.rank, last.estimate.value, last.estimate.reason) == ("d", None, None, "disconnected")
    assert last.n_judge > 0 == last.n_human
    assert "disconnected" in notes(board)
    assert all(row.estimate.value is not None for row in board.rows[:-1])


def test_what_helps_little_or_is_left_out_is_said():
    battles = voted()
    by_judge = known(battles.rater).codes == known(battles.rater).names.index("judge")
    asked = known(battles.prompt).codes < 40
    assert {"no_others", "few_labels"} <= notes(hybrid_board(take(battles, ~by_judge | asked), "judge"))
    board = hybrid_board(take(battles, ~(by_judge & (known(battles.prompt).codes < 5))), "judge")
    assert "people_only" in notes(board)
    assert board.people_only == 5


def test_a_system_without_peoples_answers_has_a_reason_and_no_rank():
    ratings = rated()
    y = known(ratings.system).codes == known(ratings.system).names.index("y")
    by_ann = known(ratings.rater).codes == known(ratings.rater).names.index("ann")
    board = hybrid_board(take(ratings, ~(y & by_ann)), "judge", options=MEAN)
    rows = by_system(board)
    assert (rows["y"].estimate.reason, rows["y"].rank, rows["x"].rank) == ("no_pairs", None, 1)


def test_what_no_board_can_be_made_of_says_why():
    battles = voted()
    with pytest.raises(Undefined, match="none of them in common"):
        hybrid_board(take(battles, (known(battles.rater).codes == 0) == (known(battles.prompt).codes >= 40)), "judge")
    with pytest.raises(Undefined, match="nothing to check judge against"):
        hybrid_board(battles, "judge", [])
    with pytest.raises(ValueError, match="no system 'z'"):
        hybrid_board(battles, "judge", options=HybridOptions("win-rate", baseline="z"))
    with pytest.raises(ValueError, match="need battles"):
        hybrid_board(rated(), "judge")
    with pytest.raises(ValueError, match="needs ratings"):
        hybrid_board(battles, "judge", options=MEAN)
    with pytest.raises(ValueError, match="baseline is for win rates"):
        HybridOptions(baseline="a")
