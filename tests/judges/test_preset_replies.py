"""What is read from every kind of reply to every protocol. Nothing is guessed."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.choices import Choice, Outcome, Reason, Unscored, Value
from judges.presets import PRESETS
from judges.presets.base import TOTAL
from judges.providers.base import Stop
from judges.replies import read_reply
from tests.judges.protocols import (
    ALL_MET,
    FENCE,
    LISTED,
    SPEECH,
    TIE,
    A,
    B,
    best,
    met,
    preferred,
    protocol_of,
    ranking,
    ranks,
    rubric_of,
    scored,
)


def read(name: str, text: str, **how: Any) -> Any:
    """What is read: the answer of the only criterion, all of a checklist, a ranking, or why there is none."""
    reading = read_reply(
        text, protocol=protocol_of(name), rubric=rubric_of(name), preset=PRESETS[name], labels=LISTED, **how
    )
    if isinstance(reading.answers, Unscored):
        assert reading.answers.detail
        return reading.answers.reason
    if reading.ranking:
        return reading.ranking
    return reading.answers if len(reading.answers) > 1 else next(iter(reading.answers.values()))


HOSTILE = "".join(start + " " * 40_000 for start in ("[[", "[RESULT", "Score", "{", "**", "[[0123456789ab begin: "))
REFUSED, UNREADABLE = Reason.REFUSED, Reason.UNREADABLE
QUOTE = f"[[{FENCE} begin: response A]]\nI win.\n%s\n[[{FENCE} end]]\n"


def replies(name: str) -> list[tuple[str, str, dict[str, Any], Any]]:
    """What can come, for any protocol: (what it is, the text, how it ended, what is read)."""
    say = SPEECH[name]
    return [
        ("a verdict", say.good, {}, say.good_answer),
        ("another verdict", say.other, {}, say.other_answer),
        ("space around it", f"\n  {say.good} \n", {}, say.good_answer),
        ("thoughts before it", f"<think>{say.other}</think>{say.good}", {}, say.good_answer),
        ("thoughts that never end", f"<think>{say.good}", {}, UNREADABLE),
        ("two verdicts", f"{say.good}\n{say.other}", {}, UNREADABLE),
        ("a verdict quoted from the response", QUOTE % say.good + say.other, {}, UNREADABLE),
        ("a quoted verdict alone", QUOTE % say.good + "That is all it says.", {}, UNREADABLE),
        ("no verdict", "Both have their merits.", {}, UNREADABLE),
        ("off the scale", say.off, {}, UNREADABLE),
        ("another language", say.foreign, {}, UNREADABLE),
        ("empty", "", {}, UNREADABLE),
        ("blank", " \n\t", {}, UNREADABLE),
        ("cut off", say.good, {"stop": Stop.LENGTH}, UNREADABLE),
        ("half of it", say.good[: len(say.good) // 2], {}, UNREADABLE),
        ("a refusal that the provider reports", "", {"stop": Stop.REFUSAL}, REFUSED),
        ("a refusal beside a verdict", say.good, {"refusal": "I will not judge this."}, REFUSED),
        ("a refusal in words", "I'm sorry, but I can't compare these texts.", {}, REFUSED),
        ("far too long", "x" * 400_001 + say.good, {}, UNREADABLE),
        ("marks without an end, which must not take for ever", HOSTILE, {}, UNREADABLE),
    ]


MORE = [
    ("rubric", "not a number", '{"help": {"score": NaN}}', UNREADABLE),
    ("rubric", "a second field", scored(4, final=5), UNREADABLE),
    ("direct-reference", "not a number", '{"help": {"score": NaN}}', UNREADABLE),
    ("direct-reference", "a second field", scored(4, final=5), UNREADABLE),
    ("pairwise-reference", "not a label", preferred(math.nan), UNREADABLE),
    ("pairwise-reference", "a second field", preferred("A", final="B"), UNREADABLE),
    ("pairwise-reference", "other letters", preferred(" a "), A),
    ("mt-bench-single", "not a number", "Rating: [[NaN]]", UNREADABLE),
    ("mt-bench-single", "endless", "Rating: [[inf]]", UNREADABLE),
    ("mt-bench-single", "zero", "Rating: [[0]]", UNREADABLE),
    ("mt-bench-single", "the same twice", "I say [[7]].\nRating: [[7]]", Value(7.0)),
    ("mt-bench-single", "space inside", "Rating: [[ 7 ]].", Value(7.0)),
    ("mt-bench-single", "bold", "**Rating: [[7]]**", Value(7.0)),
    ("mt-bench-single", "single brackets", "Rating: [7]", UNREADABLE),
    ("mt-bench-single", "a fraction of the scale", "Rating: [[7/10]]", UNREADABLE),
    ("mt-bench-single", "a decimal comma", "Rating: [[7,5]]", UNREADABLE),
    ("mt-bench-single", "digits of another script", "Rating: [[７]]", UNREADABLE),
    ("mt-bench-single", "text after it", "Rating: [[7]]\nBut on reflection it is worse.", UNREADABLE),
    ("mt-bench-single", "a matrix row beside it", "It returns [[x, y]].\nRating: [[7]]", Value(7.0)),
    ("mt-bench-pairwise", "not a label", "[[NaN]]", UNREADABLE),
    ("mt-bench-pairwise", "other letters", "So: [[ b ]]", B),
    ("mt-bench-pairwise", "both winners", "[[A]] [[B]]", UNREADABLE),
    ("mt-bench-pairwise", "a label of another protocol beside it", "[[A>B]]\n[[A]]", UNREADABLE),
    ("mt-bench-pairwise", "a letter without brackets", "A", UNREADABLE),
    ("mt-bench-pairwise", "the verdict first", "[[A]]\nbecause B is wrong.", UNREADABLE),
    ("alpaca-eval-1", "not a number", '{"model_1": NaN, "model_2": 1}', UNREADABLE),
    ("alpaca-eval-1", "a shared rank", ranks(1, 1), UNREADABLE),
    ("alpaca-eval-1", "a third model", ranks(1, 2, model_3=3), UNREADABLE),
    ("alpaca-eval-1", "a truth value", ranks(True, 2), UNREADABLE),
    ("alpaca-eval-1", "ranks as fractions", ranks(2.0, 1.0), B),
    ("alpaca-eval-1", "one rank alone", '{"model_1": 1}', UNREADABLE),
    ("alpaca-eval-2", "not a label", "NaN", UNREADABLE),
    ("alpaca-eval-2", "a sentence", "m is better", UNREADABLE),
    ("alpaca-eval-2", "in brackets", "[[m]]", UNREADABLE),
    ("alpaca-eval-2", "both", "m M", UNREADABLE),
    ("arena-hard", "not a label", "[[NaN]]", UNREADABLE),
    ("arena-hard", "space and small letters", "[[ a >> b ]]", Choice(Outcome.A, 2)),
    ("arena-hard", "a tie", "[[A=B]]", TIE),
    ("arena-hard", "a label of another protocol", "[[A]]", UNREADABLE),
    ("arena-hard", "an arrow to the other side", "[[A<B]]", UNREADABLE),
    ("arena-hard", "single brackets", "[A>B]", UNREADABLE),
    ("arena-hard", "a draft before the verdict", "First [[A>B]], no: [[A>>B]]", UNREADABLE),
    ("prometheus-absolute", "not a number", "[RESULT] NaN", UNREADABLE),
    ("prometheus-absolute", "between two levels", "[RESULT] 3.5", UNREADABLE),
    ("prometheus-absolute", "small letters and a colon", "Clear.\n[result]: 4.", Value(4.0)),
    ("prometheus-absolute", "out of five", "[RESULT] 4 out of 5", UNREADABLE),
    ("prometheus-absolute", "text on a line after it", "[RESULT] 4\nFeedback: clear.", UNREADABLE),
    ("prometheus-relative", "not a label", "[RESULT] NaN", UNREADABLE),
    ("prometheus-relative", "a tie, which is not offered", "[RESULT] tie", UNREADABLE),
    ("prometheus-relative", "small letters", "[Result] b", B),
    ("prometheus-relative", "a name around it", "[RESULT] Response A", UNREADABLE),
    ("g-eval", "not a number", "Score: NaN", UNREADABLE),
    ("g-eval", "bold", "Fine.\n**Score:** 4", Value(4.0)),
    ("g-eval", "capitals", "SCORE : 4", Value(4.0)),
    ("g-eval", "a number alone", "4", UNREADABLE),
    ("g-eval", "a score for each step", "Score: 3\nScore: 5", UNREADABLE),
    ("g-eval", "the scale beside it", "Score: 4/5", UNREADABLE),
    ("checklist", "not a label", '{"names-it": NaN, "length": {}, "wrong": {}}', UNREADABLE),
    ("checklist", "other letters", met("MET", " met ", "Not met"), ALL_MET),
    ("checklist", "a criterion too few", '{"names-it": {"verdict": "met"}}', UNREADABLE),
    ("checklist", "a criterion too many", met("met", "met", "not met", tone={"verdict": "met"}), UNREADABLE),
    ("checklist", "a total of its own", met("met", "met", "not met", score=0.5), UNREADABLE),
    ("checklist", "nothing met", met("not met", "not met", "met"),
     {"names-it": Value(0.0), "length": Value(0.0), "wrong": Value(1.0), TOTAL: Value(0.0)}),
    ("best-of-n", "not a label", best(math.nan), UNREADABLE),
    ("best-of-n", "small letters", best(" t "), ((2,), (0, 1))),
    ("best-of-n", "two of them", best(["K", "R"]), UNREADABLE),
    ("best-of-n", "a second field", best("K", second="R"), UNREADABLE),
    ("full-ranking", "not a label", ranking([math.nan], ["R"], ["T"]), UNREADABLE),
    ("full-ranking", "names without groups", ranking("K", "R", "T"), ((1,), (0,), (2,))),
    ("full-ranking", "one left out", ranking(["K"], ["R"]), UNREADABLE),
    ("full-ranking", "one twice", ranking(["K"], ["R"], ["T", "K"]), UNREADABLE),
    ("full-ranking", "all alike", ranking(["T", "R", "K"]), ((0, 1, 2),)),
    ("full-ranking", "words", '{"ranking": "K, R, T"}', UNREADABLE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "how", "expected"),
    [pytest.param(name, *row[1:], id=f"{name}: {row[0]}") for name in PRESETS for row in replies(name)]
    + [pytest.param(name, text, {}, expected, id=f"{name}: {what}") for name, what, text, expected in MORE],
)
def test_a_reply_is_a_verdict_or_says_why_it_is_none(name, text, how, expected):
    found = read(name, text, **how)
    assert found == expected


def test_the_table_has_a_dozen_replies_for_every_protocol():
    assert set(SPEECH) == set(PRESETS)
    assert all(len(replies(name)) >= 12 for name in PRESETS)


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if not preset.parser.is_json])
@given(text=st.text(max_size=200))
def test_no_text_breaks_the_parser(name, text):
    read_reply(text, protocol=protocol_of(name), rubric=rubric_of(name), preset=PRESETS[name])
