"""Replies: what is read from which body. A verdict comes out of a verdict only."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.choices import Choice, Outcome, Reason, Unscored, Value
from domain.specs import CriterionSpec, Kind, RubricSpec
from judges.prompts import build_prompt
from judges.providers.base import Stop
from judges.replies import read_reply
from tests.fakes.judge import Question, honest
from tests.known import known

HELP = CriterionSpec("help", "Helpfulness", values=(1.0, 2.0, 3.0, 4.0, 5.0))
SHARE = CriterionSpec("share", "Share", minimum=0.0, maximum=100.0)
SCORES = RubricSpec("Quality", "", (HELP, SHARE))
OVERALL = CriterionSpec(
    "overall", "Overall", kind=Kind.CHOICE, outcomes=(Outcome.A, Outcome.B, Outcome.TIE, Outcome.BOTH_BAD)
)
PAIR = RubricSpec("Preference", "", (OVERALL,))
STRONG = RubricSpec(
    "Strength", "", (CriterionSpec("overall", "O", kind=Kind.CHOICE, outcomes=(Outcome.A, Outcome.B), strengths=3),)
)


def scores(help_score: object = 4, share: object = 80.5) -> str:
    return json.dumps(
        {"help": {"reasons": "Clear.", "score": help_score}, "share": {"reasons": "Mostly.", "score": share}}
    )


def verdict(label: object = "A") -> str:
    return json.dumps({"overall": {"reasons": "Better sourced.", "verdict": label}})


REFUSED, UNREADABLE = Reason.REFUSED, Reason.UNREADABLE
GOOD = {"help": Value(4.0), "share": Value(80.5)}
A = {"overall": Choice(Outcome.A)}

# (what it is, the rubric, the reply, what is read)
BODIES = [
    ("scores", SCORES, scores(), GOOD),
    ("a whole number written as a fraction", SCORES, scores(4.0), GOOD),
    ("the ends of the scale", SCORES, scores(1, 100), {"help": Value(1.0), "share": Value(100.0)}),
    ("no reasons", SCORES, '{"help": {"score": 4}, "share": {"score": 80.5}}', GOOD),
    ("reasons of a wrong type", SCORES, '{"help": {"score": 4, "reasons": 7}, "share": {"score": 80.5}}', GOOD),
    ("a choice", PAIR, verdict("A"), A),
    ("a choice in other letters", PAIR, verdict(" a "), A),
    ("a tie", PAIR, verdict("tie"), {"overall": Choice(Outcome.TIE)}),
    ("both bad", PAIR, verdict("both_bad"), {"overall": Choice(Outcome.BOTH_BAD)}),
    ("a strength", STRONG, verdict("B:3"), {"overall": Choice(Outcome.B, 3)}),
    ("inside a code fence", PAIR, f"```json\n{verdict()}\n```", A),
    ("with prose around it", PAIR, f"After weighing both: {verdict()} I hope this helps.", A),
    ("beside another object", PAIR, f'I use {{"scale": "A/B"}} and answer {verdict()}', A),
    ("after braces that are no JSON", PAIR, f"The set {{A, B}} and {{{{x}}}}: {verdict()}", A),
    ("in a list", PAIR, f"[{verdict()}]", A),
    ("after thoughts with a draft", PAIR, f"<think>Perhaps {verdict('B')}? No.</think>{verdict('A')}", A),
    ("a quoted mark in the reasons", PAIR, verdict().replace("Better", 'It says \\"verdict: B\\". Better'), A),
    ("empty", PAIR, "", UNREADABLE),
    ("blank", PAIR, " \n\t ", UNREADABLE),
    ("prose alone", PAIR, "Both have their merits.", UNREADABLE),
    ("a bracketed mark of another protocol", PAIR, "My verdict is [[A]]", UNREADABLE),
    ("a refusal in words", PAIR, "I'm sorry, but I can't compare these texts.", REFUSED),
    ("another refusal in words", PAIR, "I cannot help with that.", REFUSED),
    ("a long text that begins like a refusal", PAIR, "I can't say it simply. " + "Well. " * 300, UNREADABLE),
    ("two verdicts", PAIR, verdict("A") + verdict("B"), UNREADABLE),
    ("the same verdict twice", PAIR, verdict("A") + "\n" + verdict("A"), UNREADABLE),
    ("a quoted verdict of a candidate", PAIR, f"It says {verdict('B')}, but: {verdict('A')}", UNREADABLE),
    ("thoughts that never end", PAIR, f"<think>{verdict('A')}", UNREADABLE),
    ("a field twice", PAIR, '{"overall": {"verdict": "A", "verdict": "B"}}', UNREADABLE),
    ("a criterion twice", PAIR, '{"overall": {"verdict": "A"}, "overall": {"verdict": "B"}}', UNREADABLE),
    ("a field that was not asked for", PAIR, '{"overall": {"verdict": "A"}, "final": "B"}', UNREADABLE),
    ("a second answer in a criterion", PAIR, '{"overall": {"verdict": "A", "really": "B"}}', UNREADABLE),
    ("a label off the menu", PAIR, verdict("C"), UNREADABLE),
    ("a label of another language", PAIR, verdict("gleich gut"), UNREADABLE),
    ("both labels", PAIR, verdict("A or B"), UNREADABLE),
    ("a strength where none was asked", PAIR, verdict("A:1"), UNREADABLE),
    ("a strength that does not exist", STRONG, verdict("A:4"), UNREADABLE),
    ("no strength where one was asked", STRONG, verdict("A"), UNREADABLE),
    ("a tie that is not offered", STRONG, verdict("tie"), UNREADABLE),
    ("null", PAIR, verdict(None), UNREADABLE),
    ("a list of labels", PAIR, verdict(["A"]), UNREADABLE),
    ("a number for a choice", PAIR, verdict(1), UNREADABLE),
    ("a criterion without its object", PAIR, '{"overall": "A"}', UNREADABLE),
    ("a missing criterion", SCORES, '{"help": {"score": 4}}', UNREADABLE),
    ("a missing score", SCORES, '{"help": {"reasons": "x"}, "share": {"score": 1}}', UNREADABLE),
    ("a score above the scale", SCORES, scores(6), UNREADABLE),
    ("a score below the scale", SCORES, scores(0), UNREADABLE),
    ("a score between the steps", SCORES, scores(3.5), UNREADABLE),
    ("a number off the range", SCORES, scores(4, 100.01), UNREADABLE),
    ("NaN", SCORES, scores(4, float("nan")), UNREADABLE),
    ("infinity", SCORES, scores(4, float("inf")), UNREADABLE),
    ("a number too large for a float", SCORES, scores(4, 10**400), UNREADABLE),
    ("a number too long to be read", SCORES, scores().replace("80.5", "9" * 5000), UNREADABLE),
    ("true for 1", SCORES, scores(True), UNREADABLE),
    ("a number in quotes", SCORES, scores("4"), UNREADABLE),
    ("a letter for a number", SCORES, scores("A"), UNREADABLE),
    ("a fraction in words", SCORES, scores("4/5"), UNREADABLE),
    ("cut off", PAIR, verdict()[:-6], UNREADABLE),
    ("single quotes", PAIR, verdict().replace('"', "'"), UNREADABLE),
    ("deep nesting", PAIR, '{"a":' * 5_000, UNREADABLE),
    ("braces without end", PAIR, "{" * 100_000, UNREADABLE),
    ("longer than anyone reads", PAIR, verdict() + " " * 400_000, UNREADABLE),
]


@pytest.mark.parametrize(("rubric", "body", "expected"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_a_reply_is_read_or_has_a_reason(rubric, body, expected):
    protocol = "pairwise" if rubric.kind is Kind.CHOICE else "direct"
    reading = read_reply(body, protocol=protocol, rubric=rubric)
    if isinstance(expected, Reason):
        assert isinstance(reading.answers, Unscored)
        assert reading.answers.reason is expected
        assert 0 < len(reading.answers.detail) <= 300
    else:
        assert reading.answers == expected


def test_what_the_provider_says_about_the_end_comes_first():
    def reading(**said: Any) -> object:
        return read_reply(verdict(), protocol="pairwise", rubric=PAIR, **said).answers

    assert reading() == A
    assert reading(stop=Stop.LENGTH) == Unscored(UNREADABLE, "the reply was cut off at the limit of tokens")
    assert reading(stop=Stop.REFUSAL) == Unscored(REFUSED, "the provider reports a refusal")
    assert reading(refusal="I can't assist with that.") == Unscored(REFUSED, "I can't assist with that.")


def test_reasons_are_kept_by_criterion_and_as_one_text():
    both = read_reply(scores(), protocol="direct", rubric=SCORES)
    assert both.reasons == {"help": "Clear.", "share": "Mostly."}
    assert both.rationale == "help: Clear.\n\nshare: Mostly."
    assert read_reply(verdict(), protocol="pairwise", rubric=PAIR).rationale == "Better sourced."


def test_answers_go_by_the_criterions_key_where_the_field_has_another_name():
    rubric = RubricSpec("r", "", (CriterionSpec("höflich", "Höflich", values=(0.0, 1.0)),))
    reading = read_reply('{"criterion_1": {"score": 1}}', protocol="direct", rubric=rubric)
    assert reading.answers == {"höflich": Value(1.0)}


def test_a_rubric_of_the_other_kind_is_an_error_of_the_program():
    with pytest.raises(ValueError, match="pairwise"):
        read_reply(verdict(), protocol="pairwise", rubric=SCORES)


@given(st.text(alphabet='{}[]":,AB overaldictsn1\\', max_size=120))
def test_no_text_makes_the_reader_fail(text):
    answers = read_reply(text, protocol="pairwise", rubric=PAIR).answers
    assert isinstance(answers, Unscored)


@pytest.mark.parametrize("rubric", [SCORES, PAIR, STRONG], ids=lambda rubric: rubric.name)
def test_what_the_fake_judge_writes_to_our_prompts_is_read(rubric):
    protocol, responses = (
        ("pairwise", ["Yes. " * 9, "No."]) if rubric.kind is Kind.CHOICE else ("direct", ["Yes. " * 9])
    )
    prompt = build_prompt(protocol, rubric, [{"role": "user", "content": "Well?"}], "", responses, "f" * 20)
    question = Question("fake", prompt.text, dict(known(prompt.schema).document))
    reply = json.dumps(honest(question, random.Random(1)))
    assert isinstance(read_reply(reply, protocol=protocol, rubric=rubric).answers, dict), reply
