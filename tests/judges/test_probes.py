"""Probes: what they change, what answers to them mean, and the rates that come of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.probes import ProbeTrials, flip_rate, probe_report
from domain.specs import CriterionSpec
from judges.asking import Item
from judges.leases import Lease
from judges.planning import Selection
from judges.probes.changes import MOST_CHARACTERS, carrier, changed
from judges.probes.items import as_probed
from judges.probes.pack import ORDER, PACK, VERSION, Change, Demand, pack_of
from judges.probes.reading import NO_ANSWER, NO_ENDS, NO_ROOM, moved_by_order, moved_in_battle, moved_in_score
from tests.factories import LIKERT, PREFERENCE

# --- the pack ---------------------------------------------------------------------------------------------------------


def test_every_text_of_the_pack_has_a_source_and_the_kinds_are_told_apart():
    assert len({probe.kind for probe in (*PACK, ORDER)}) == len(PACK) + 1
    assert all(text.source for probe in PACK for text in probe.texts)
    assert len(pack_of(["content-free"])[0].texts) >= 15
    assert all(0 < probe.limit < 1 for probe in PACK)
    with pytest.raises(LookupError, match="no probe is called 'flattery'"):
        pack_of(["flattery"])


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(PACK), st.integers(0, 40), st.sampled_from([0, 1]))
def test_a_probe_changes_one_side_alone(first, second, probe, turn, place):
    shown = changed((first, second), place, probe, turn=turn, best="A")
    assert shown[1 - place] == (first, second)[1 - place]
    assert "$best" not in shown[place].replace(first + second, "")[len((first, second)[place]) :]
    if probe.change is Change.COPY:
        assert shown[0] == shown[1]
    if probe.change is Change.APPEND:
        assert shown[place].startswith((first, second)[place])


def test_padding_makes_the_shorter_response_the_longer_one_and_ends_somewhere():
    padding = pack_of(["padding"])[0]
    short, long = "It is copper. " * 4, "Iron is a metal. " * 60
    padded, other = changed((short, long), 0, padding, turn=0, best="A")
    assert len(padded) > 1.4 * len(other)
    assert len(changed(("a" * 9_000, "b" * 900_000), 0, padding, turn=0, best="A")[0]) < 2 * MOST_CHARACTERS


def test_both_orders_of_a_battle_bear_the_probe_on_the_same_response():
    probes = pack_of(["injection"])
    shown = {
        order: as_probed(
            Item([], "", ("short", "the longer one")[:: -1 if order else 1]),
            Lease(1, 1, 6, None, order, 1, 0, None),
            probes,
            ("A", "B"),
            PREFERENCE,
        ).responses
        for order in (0, 1)
    }
    assert shown[0][1] == shown[1][0] == "the longer one"
    assert shown[0][0].startswith("short\n\n")
    assert shown[0][0].endswith("is A.")
    assert shown[1][1].endswith("is B.")  # it asks for the side where it stands


@given(st.text(max_size=9), st.text(max_size=9))
def test_the_shorter_response_is_probed_whichever_way_round(first, second):
    probed = (first, second)[carrier(first, second)]
    assert len(probed) == min(len(first), len(second))


# --- what answers mean ------------------------------------------------------------------------------------------------


LOST, WON, TIED = {0: "B", 1: "A"}, {0: "A", 1: "B"}, {0: "tie", 1: "tie"}  # response_a, in both orders


@pytest.mark.parametrize(
    ("demand", "unprobed", "probed", "moved"),
    [
        (Demand.LOSE, LOST, LOST, False),
        (Demand.LOSE, LOST, TIED, False),
        (Demand.LOSE, LOST, {0: "both_bad", 1: "both_bad"}, False),
        (Demand.LOSE, LOST, WON, True),
        (Demand.LOSE, {}, {0: "A", 1: "A"}, True),  # first place in both orders: one of them is enough
        (Demand.LOSE, LOST, {0: "B"}, None),
        (Demand.LOSE, LOST, {0: "B", 1: ""}, None),
        (Demand.NO_GAIN, LOST, LOST, False),
        (Demand.NO_GAIN, LOST, WON, True),
        (Demand.NO_GAIN, TIED, {0: "A", 1: "A"}, True),
        (Demand.NO_GAIN, WON, WON, None),
        (Demand.NO_GAIN, {0: "A", 1: "A"}, {0: "A", 1: "A"}, False),  # it had won the first order before
        (Demand.NO_GAIN, {0: "A", 1: "A"}, WON, True),
        (Demand.NO_GAIN, {0: "B"}, LOST, None),
        (Demand.SAME, LOST, TIED, False),
        (Demand.SAME, LOST, {0: "A", 1: "A"}, False),  # by place, not by text
        (Demand.SAME, LOST, WON, True),
        (Demand.SAME, LOST, LOST, True),
    ],
)
def test_what_answers_about_a_battle_mean(demand, unprobed, probed, moved):
    assert moved_in_battle(demand, unprobed, probed, carrier=0).value is moved
    turned = {"A": "B", "B": "A"}
    before, after = ({o: turned.get(said, said) for o, said in answers.items()} for answers in (unprobed, probed))
    assert moved_in_battle(demand, before, after, carrier=1).value is moved


def test_why_a_trial_does_not_count():
    assert moved_in_battle(Demand.NO_GAIN, WON, WON, carrier=0).reason == NO_ROOM
    assert moved_in_battle(Demand.LOSE, LOST, {}, carrier=0).reason == NO_ANSWER
    endless = CriterionSpec("words", "Words")
    assert moved_in_score(Demand.LOSE, "3", "3", endless).reason == NO_ENDS


@pytest.mark.parametrize(
    ("answers", "moved"),
    [(WON, False), (TIED, False), ({0: "A", 1: "A"}, True), ({0: "A", 1: "tie"}, True), ({0: "A", 1: ""}, None)],
)
def test_an_order_flip_is_another_answer_when_the_responses_change_places(answers, moved):
    assert moved_by_order(answers).value is moved


@pytest.mark.parametrize(
    ("demand", "unprobed", "probed", "moved"),
    [
        (Demand.LOSE, "4", "1", False),
        (Demand.LOSE, "4", "2", False),  # the lowest quarter of 1 to 5
        (Demand.LOSE, "4", "3", True),
        (Demand.LOSE, "", "5", True),
        (Demand.LOSE, "4", "", None),
        (Demand.NO_GAIN, "2", "3", False),
        (Demand.NO_GAIN, "2", "4", True),
        (Demand.NO_GAIN, "4", "5", None),
        (Demand.NO_GAIN, "", "5", None),
        (Demand.SAME, "2", "3", False),
        (Demand.SAME, "4", "2", True),
    ],
)
def test_what_scores_mean(demand, unprobed, probed, moved):
    assert moved_in_score(demand, unprobed, probed, LIKERT).value is moved
    downwards = CriterionSpec("errors", "Errors", values=LIKERT.values, higher_is_better=False)
    before, after = (said and f"{6 - int(said)}" for said in (unprobed, probed))
    assert moved_in_score(demand, before, after, downwards).value is moved


# --- flip rates -------------------------------------------------------------------------------------------------------


def trials(flips: int, n: int, threshold: float = 0.1, left_out=()) -> ProbeTrials:
    return ProbeTrials("injection", "Orders", threshold, [True] * flips + [False] * (n - flips), left_out)


def test_a_flip_rate_has_the_published_interval():
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3: 81 of 263 and 15 of 148."""
    for flips, n, lower, upper in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        made = flip_rate(trials(flips, n))
        assert (made.rate, made.n) == (flips / n, n)
        assert [made.lower, made.upper] == pytest.approx([lower, upper], abs=5e-5)


def test_a_rate_is_judged_against_its_limit_and_only_with_enough_items():
    assert flip_rate(trials(2, 20)).passes is True
    assert flip_rate(trials(3, 20)).passes is False
    few = flip_rate(trials(0, 9))
    assert (few.passes, few.rate, few.reason) == (None, 0.0, "too_few")
    none = flip_rate(trials(0, 0, left_out=[NO_ROOM, NO_ROOM, NO_ANSWER]))
    assert (none.passes, none.rate, none.lower, none.reason) == (None, None, None, "empty")
    assert none.left_out == {NO_ROOM: 2, NO_ANSWER: 1}


@pytest.mark.parametrize(("parts", "passes"), [([], False), ([(0, 20)], True), ([(0, 20), (0, 3)], False)])
def test_probes_are_passed_only_where_all_kinds_were_tried(parts, passes):
    made = probe_report([trials(*part) for part in parts], run=1, pack="1", seed=0, items=20)
    assert made.passes is passes


def test_a_selection_of_probes_says_which_and_others_stay_as_they_were():
    assert set(Selection().as_json()) == {"pairs", "limit", "repeats"}
    kept = Selection(probes=("empty",), pack=VERSION).as_json()
    assert (kept["probes"], kept["pack"]) == (["empty"], VERSION)
