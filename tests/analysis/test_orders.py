"""Both orders of one pair: one answer, an abstention, or a tie, by the board's rule."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.commandline import run
from analysis.data import TIE, A, B, Battles, Coded
from analysis.orders import settle_orders
from domain.choices import Answer, Choice, Outcome
from domain.services import Draft, record_verdicts
from tests.factories import PREFERENCE, make_battle, make_project, make_rater, make_rubric, make_user
from tests.known import known

ROW = st.tuples(st.integers(0, 2), st.integers(0, 1), st.booleans(), st.integers(0, 3), st.booleans())


def battles(*rows, weight=None, raters=2):
    """Rows of (prompt, rater, second system first, outcome, columns exchanged) between systems x and y."""
    turned = {A: B, B: A}
    exchanged = [row[4] for row in rows]
    outcome = [turned.get(row[3], row[3]) if row[4] else row[3] for row in rows]
    shown = [row[2] != row[4] for row in rows]
    return Battles(
        system_a=np.array([int(flag) for flag in exchanged], dtype=np.int64),
        system_b=np.array([int(not flag) for flag in exchanged], dtype=np.int64),
        outcome=np.array(outcome, dtype=np.int64),
        systems=("x", "y"),
        prompt=Coded(np.array([row[0] for row in rows], dtype=np.int64), ("p", "q", "r")),
        rater=Coded(np.array([row[1] for row in rows], dtype=np.int64), ("j", "k")[:raters]),
        shown_b_first=np.array(shown, dtype=np.bool_),
        weight=None if weight is None else np.array(weight, dtype=np.float64),
    )


SAME = [(0, 0, False, A, False), (0, 0, True, A, False)]
FLIP = [(1, 0, False, A, False), (1, 0, True, B, False)]
HALF = [(2, 0, False, TIE, False), (2, 0, True, B, False)]


def test_equal_answers_count_once_and_flips_are_left_out():
    settled = settle_orders(battles(*SAME, *FLIP, *HALF), "abstain")
    assert (len(settled.battles), settled.pairs, settled.flips) == (1, 3, 2)
    assert settled.battles.outcome.tolist() == [A]
    assert settled.battles.unscored == 2


def test_flips_are_ties_where_the_board_says_so():
    settled = settle_orders(battles(*SAME, *FLIP, *HALF), "tie")
    assert settled.battles.outcome.tolist() == [A, TIE, TIE]
    assert (settled.battles.unscored, settled.flips) == (0, 2)


def test_each_order_is_a_battle_of_its_own_where_the_board_says_so():
    rows = battles(*SAME, *FLIP)
    assert settle_orders(rows, "each").battles is rows


def test_equal_answers_count_once_with_the_mean_of_their_probabilities():
    turned = [(0, 0, False, A, False), (0, 0, True, A, True)]  # the second row names the systems the other way round
    rows = replace(battles(*turned, *FLIP), chance=np.array([0.9, 0.3, 0.8, 0.4]))
    settled = settle_orders(rows, "tie").battles
    np.testing.assert_allclose(known(settled.chance), [0.8, np.nan])
    assert settle_orders(rows, "each").battles is rows


def test_the_columns_may_stand_either_way_round():
    exchanged = [(0, 0, False, A, False), (0, 0, True, A, True), (1, 0, False, A, True), (1, 0, True, B, True)]
    settled = settle_orders(battles(*exchanged), "abstain")
    assert (len(settled.battles), settled.pairs, settled.flips) == (1, 2, 1)


def test_other_raters_and_lone_orders_are_left_as_they_are():
    rows = [(0, 0, False, A, False), (0, 1, True, B, False), (1, 0, True, B, False)]
    settled = settle_orders(battles(*rows), "abstain")
    assert (len(settled.battles), settled.pairs) == (3, 0)


def test_repeats_meet_repeats():
    rows = [(0, 0, False, A, False), (0, 0, False, B, False), (0, 0, True, A, False), (0, 0, True, B, False)]
    settled = settle_orders(battles(*rows, (0, 0, True, TIE, False)), "abstain")
    assert (settled.pairs, settled.flips) == (2, 0)
    assert settled.battles.outcome.tolist() == [A, B, TIE]


def test_two_orders_of_one_answer_weigh_as_much_as_one():
    settled = settle_orders(battles(*SAME, weight=[1.0, 3.0]), "abstain")
    assert settled.battles.weight is not None
    assert settled.battles.weight.tolist() == [2.0]


@pytest.mark.parametrize("column", ["rater", "shown_b_first", "prompt"])
def test_without_who_which_or_how_nothing_was_asked_twice(column):
    from dataclasses import replace

    rows = replace(battles(*SAME, *FLIP), **{column: None})
    assert settle_orders(rows, "abstain").battles is rows


def test_nothing_settles_to_nothing():
    assert len(settle_orders(battles(), "abstain").battles) == 0


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="flips must be one of each, abstain, tie"):
        settle_orders(battles(*SAME), "coin")


def by_hand(rows, rule):
    """The same with lists: the outcomes that count, seen from x, in any order."""
    groups: dict[tuple[int, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for prompt, rater, y_first, outcome, _ in rows:
        groups[prompt, rater][y_first].append(outcome)
    kept, flips = [], 0
    for one, other in groups.values():
        for first, second in zip(one, other, strict=False):
            flips += first != second
            kept += [first] if first == second else [TIE] if rule == "tie" else []
        longer = max(one, other, key=len)
        kept += longer[min(len(one), len(other)) :]
    return sorted(kept), flips


@given(st.lists(ROW, max_size=14), st.sampled_from(["abstain", "tie"]))
def test_it_is_what_pairing_by_hand_gives(rows, rule):
    settled = settle_orders(battles(*rows), rule)
    exchanged = settled.battles.system_a == 1
    seen = np.where(exchanged, np.array([B, A, 2, 3])[settled.battles.outcome], settled.battles.outcome)
    expected, flips = by_hand(rows, rule)
    assert (sorted(seen.tolist()), settled.flips) == (expected, flips)


def test_the_command_settles_both_orders_of_a_file_when_asked(tmp_path, capsys):
    path = tmp_path / "battles.csv"
    rows = ["p1,j,x,y,A,A", "p1,j,x,y,A,B", "p2,j,x,y,A,A", "p2,j,x,y,B,B", "p3,j,x,y,B,A", "p3,k,x,y,A,A"]
    path.write_text("prompt,rater,system_a,system_b,outcome,shown_first\n" + "\n".join(rows) + "\n")
    counted = {}
    for rule in ("each", "abstain", "tie"):
        assert run("leaderboard", [str(path), "--flips", rule, "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        notes = [note["message"] for note in document["warnings"] if note["code"] == "both_orders"]
        counted[rule] = (document["n_battles"], document["coverage"]["planned"], len(notes))
    assert counted == {"each": (6, 6, 0), "abstain": (3, 4, 1), "tie": (4, 4, 1)}
    assert run("leaderboard", [str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_battles"] == 6


@pytest.fixture
def judged():
    project = make_project(slug="trial", owner=make_user("ada"))
    rubric = make_rubric(project, PREFERENCE)
    judge, person = make_rater(project, "Portia", kind="judge"), make_rater(project, "Ben")
    for number, outcomes in enumerate(["AA", "AA", "AB", "BB", "tB"]):
        battle = make_battle(project)
        drafts = [
            Draft(
                rater_id=judge.pk,
                battle_id=battle.pk,
                answers={"preference": Choice(seen(outcome, swapped=bool(order)))},
                occasion=f"cell:{number}{order}",
                shown_swapped=bool(order),
            )
            for order, outcome in enumerate(outcomes)
        ]
        answer: dict[str, Answer] = {"preference": Choice(Outcome.A)}
        drafts.append(Draft(rater_id=person.pk, battle_id=battle.pk, answers=answer, occasion=f"t:{number}"))
        record_verdicts(project=project, rubric=rubric, drafts=drafts)
    return project


def seen(letter, *, swapped):
    outcome = {"A": Outcome.A, "B": Outcome.B, "t": Outcome.TIE}[letter]
    return outcome.turned() if swapped else outcome


@pytest.mark.django_db
def test_a_project_s_board_counts_a_judge_s_two_orders_once_unless_told_otherwise(judged, client):
    client.force_login(judged.memberships.get(role="owner").user)
    battles = {}
    for rule in ("", "abstain", "tie", "each"):
        address = f"/p/trial/leaderboard.json?flips={rule}"
        document = json.loads(client.get(address).content)
        battles[rule] = document["n_battles"]
    assert battles == {"": 8, "abstain": 8, "tie": 10, "each": 15}
    page = client.get("/p/trial/leaderboard/").content.decode()
    assert "5 pairs of responses were shown to one rater in both orders" in page
    assert "the 2 that changed with the order are abstentions" in page
