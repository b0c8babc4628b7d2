"""What is asked next in a cell, and what several answers come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.choices import Answer, Choice, Outcome, Reason, Unscored, Value
from domain.specs import CriterionSpec, Kind, Level, RubricSpec
from judges.course import Ask, Course, Rule, Step, merge
from judges.replies import Reading

PREFERENCE = CriterionSpec(
    "preference", "Preference", kind=Kind.CHOICE, outcomes=(Outcome.A, Outcome.B, Outcome.TIE), strengths=2
)
LIKERT = CriterionSpec("quality", "Quality", values=(1.0, 2.0, 3.0, 4.0, 5.0))
SLIDER = CriterionSpec("quality", "Quality", level=Level.INTERVAL, minimum=0.0, maximum=10.0)
BATTLES, SCORES = RubricSpec("r", "", (PREFERENCE,)), RubricSpec("r", "", (LIKERT,))
FIRST, REPAIR = Ask(0), Ask(0, is_repair=True)


def chose(outcome, strength=None, place=0, chances=None):
    answers: dict[str, Answer] = {"preference": Choice(Outcome(outcome), strength)}
    return Step(Ask(place), "verdict", Reading(answers, {"preference": f"why {outcome}"}, chances or {}))


def scored(number, place=0):
    return Step(Ask(place), "verdict", Reading({"quality": Value(float(number))}))


def failed(outcome="unreadable", ask=FIRST, *, repairable=False):
    reason = {"refused": Reason.REFUSED, "transport": Reason.TRANSPORT}.get(outcome, Reason.UNREADABLE)
    return Step(ask, outcome, Reading(Unscored(reason, f"{outcome} it was")), repairable)


def test_a_plain_judge_is_asked_once():
    course = Course()
    assert course.next_ask([]) == Ask(0)
    assert course.next_ask([chose("A")]) is None
    assert course.close([chose("A")], BATTLES)[0] == "verdict"


def test_an_answer_of_the_wrong_form_is_repaired_once_and_no_more():
    course = Course()
    broken = failed(repairable=True)
    assert course.next_ask([broken]) == REPAIR
    assert course.next_ask([broken, failed(ask=REPAIR, repairable=True)]) is None
    outcome, reading = course.close([broken, Step(REPAIR, "verdict", scored(4).reading)], SCORES)
    assert (outcome, reading.answers) == ("verdict", {"quality": Value(4.0)})


@pytest.mark.parametrize("step", [failed("refused", repairable=True), failed("transport"), failed("unreadable")])
def test_what_a_repair_cannot_mend_is_not_repaired(step):
    assert Course().next_ask([step]) is None


def test_repairs_can_be_switched_off():
    assert Course(repairs=0).next_ask([failed(repairable=True)]) is None


def test_samples_are_asked_of_the_same_judge_and_averaged_on_a_scale_that_allows_it():
    course = Course(samples=3, rule=Rule.MEAN)
    steps = [scored(1), scored(2), scored(4)]
    assert [course.next_ask(steps[:n]) for n in range(4)] == [Ask(0), Ask(0), Ask(0), None]
    outcome, reading = course.close(steps, RubricSpec("r", "", (SLIDER,)))
    assert outcome == "verdict"
    assert reading.answers["quality"].number == pytest.approx(7 / 3)  # type: ignore[index,union-attr]


def test_a_jury_asks_everybody_and_goes_with_more_than_half():
    course = Course("jury", members=3)
    steps = [chose("A", 2, 0), chose("B", 1, 1), chose("A", 1, 2)]
    assert [course.next_ask(steps[:n]) for n in range(4)] == [Ask(0), Ask(1), Ask(2), None]
    outcome, reading = course.close(steps, BATTLES)
    assert (outcome, reading.answers) == ("verdict", {"preference": Choice(Outcome.A, 1)})
    assert reading.rationale == "1: why A\n\n2: why B\n\n3: why A"


def test_a_split_jury_abstains_and_is_no_tie():
    outcome, reading = Course("jury", members=2).close([chose("A"), chose("B", place=1)], BATTLES)
    assert outcome == "unreadable"
    assert isinstance(reading.answers, Unscored)
    assert reading.answers.detail == "preference: the answers are split: A 1, B 1"


def test_a_jury_of_which_half_failed_does_not_speak():
    steps = [chose("A"), failed("refused", Ask(1)), failed("refused", Ask(2)), chose("A", place=3)]
    outcome, reading = Course("jury", members=4).close(steps, BATTLES)
    assert outcome == "refused"
    assert isinstance(reading.answers, Unscored)
    assert reading.answers.reason is Reason.REFUSED
    assert "only 2 of 4 answers could be used: refused it was" in reading.answers.detail


def test_a_member_that_failed_is_left_out_where_more_than_half_answered():
    steps = [chose("A"), failed("transport", Ask(1)), chose("A", place=2)]
    assert Course("jury", members=3).close(steps, BATTLES)[0] == "verdict"


def test_a_jury_member_s_repair_does_not_use_up_the_next_one_s_turn():
    course = Course("jury", members=2)
    steps = [failed(repairable=True), Step(REPAIR, "verdict", chose("A").reading)]
    assert course.next_ask(steps) == Ask(1)


@pytest.mark.parametrize(
    ("step", "sure"),
    [
        (chose("A"), True),
        (chose("A", 2), True),
        (chose("A", 1), False),
        (chose("tie"), False),
        (chose("A", chances={"preference": {"A": 0.9, "B": 0.1}}), True),
        (chose("A", chances={"preference": {"A": 0.6, "B": 0.4}}), False),
        (failed("refused"), False),
        (failed("unreadable"), False),
    ],
)
def test_a_cascade_goes_on_where_the_judge_was_not_sure(step, sure):
    course = Course("cascade", members=2)
    assert course.next_ask([step]) == (None if sure else Ask(1))
    assert course.close([step], BATTLES)[0] == step.outcome


def test_the_last_of_a_cascade_has_the_last_word():
    outcome, reading = Course("cascade", members=2).close([chose("tie"), chose("B", place=1)], BATTLES)
    assert (outcome, reading.answers) == ("verdict", {"preference": Choice(Outcome.B)})


@pytest.mark.parametrize(
    ("numbers", "rule", "expected"),
    [
        ([1, 2, 5], Rule.MEDIAN, 2),
        ([2, 3, 3, 4], Rule.MEDIAN, 3),
        ([2, 4], Rule.MEDIAN, 3),
        ([2, 3], Rule.MEDIAN, 2),
        ([1, 2, 3, 5], Rule.MEDIAN, 3),
        ([1, 1, 5], Rule.MAJORITY, 1),
        ([1, 2, 5], Rule.MAJORITY, None),
        ([2, 3], Rule.MEAN, 2),  # this scale has nothing between 2 and 3
        ([], Rule.MEDIAN, None),
    ],
)
def test_scores_are_put_together_without_leaving_their_scale(numbers, rule, expected):
    found = merge([Value(float(number)) for number in numbers], LIKERT, rule)
    assert found == (None if expected is None else Value(float(expected)))


@given(
    st.lists(st.sampled_from(LIKERT.values), min_size=1, max_size=9),
    st.sampled_from(list(Rule)),
    st.randoms(use_true_random=False),
)
def test_the_order_of_answers_never_matters_and_the_result_is_on_the_scale(numbers, rule, random):
    answers = [Value(number) for number in numbers]
    found = merge(answers, LIKERT, rule)
    random.shuffle(answers)
    assert merge(answers, LIKERT, rule) == found
    assert found is None or LIKERT.problem_with(found) is None


@given(st.lists(st.sampled_from([Outcome.A, Outcome.B, Outcome.TIE]), min_size=1, max_size=9))
def test_a_jury_that_sees_the_sides_exchanged_says_the_same_exchanged(outcomes):
    found = merge([Choice(outcome) for outcome in outcomes], PREFERENCE, Rule.MAJORITY)
    turned = merge([Choice(outcome.turned()) for outcome in outcomes], PREFERENCE, Rule.MAJORITY)
    assert turned == (None if found is None else found.turned())  # type: ignore[union-attr]
