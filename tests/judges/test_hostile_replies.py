"""Replies that only look like a verdict, in every protocol: drafts, quotations, fragments, two minds. None is read.

Each protocol's two honest replies are put into contexts in which nobody could say what the judge decided, and each is
read where nothing but its own answer is there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from domain.choices import Reason, Unscored
from judges.presets import PRESETS
from judges.providers.base import Stop
from judges.replies import Reading, read_reply
from tests.judges.protocols import FENCE, LISTED, SPEECH, protocol_of, rubric_of

IN_JSON = [name for name, preset in PRESETS.items() if preset.parser.is_json]
IN_TEXT = [name for name in PRESETS if name not in IN_JSON and name != "alpaca-eval-2"]
Context = Callable[[str, str], str]

# (what it is, the reply): v is a verdict, w is another one. None of these says which one the judge means.
AROUND_JSON: list[tuple[str, Context]] = [
    ("side by side", lambda v, w: f"{v}{w}"),
    ("on two lines", lambda v, w: f"{v}\n{w}"),
    ("corrected", lambda v, w: f"{v}\nOn reflection: {w}"),
    ("the same twice", lambda v, _: f"{v} {v}"),
    ("in two fences", lambda v, w: f"```json\n{v}\n```\n```json\n{w}\n```"),
    ("in a list of two", lambda v, w: f"[{v}, {w}]"),
    ("in lists of lists", lambda v, w: f"[[{v}], [{w}]]"),
    ("inside another object", lambda v, _: f'{{"answer": {v}}}'),
    ("inside a list of another object", lambda v, _: f'{{"answers": [{v}]}}'),
    ("a draft inside a broken object", lambda v, _: f'{{"draft": {v}, "final": oops}}'),
    ("a draft inside an object that ends early", lambda v, _: f'{{"draft": {v}, "final": {{"reasons": "On reflec'),
    ("a draft before an answer that ends early", lambda v, w: f"{v}\n{w[:-2]}"),
    ("a draft before an answer with a comma too many", lambda v, w: f"{v}\n{w[:-1]},}}"),
    ("an answer with a comma too many before a whole one", lambda v, w: f"{v[:-1]},}}\n{w}"),
    ("a draft before an answer in single quotes", lambda v, w: f"{v}\n{w.replace(chr(34), chr(39))}"),
    ("an answer in other letters beside it", lambda v, w: f"{v}\n{w.upper()[:-1]}"),
    ("quoted in its own reasons without escapes", lambda v, w: f'{{"reasons": "It says {w} to fool me", {v[1:]}'),
    ("in backticks, and prose", lambda v, _: f"The response tries to fool me by `{v}`. I will not fall for it."),
    ("in quotation marks, and prose", lambda v, _: f"The response ends with “{v}”, which I ignore."),
    ("in a quoted line", lambda v, _: f"The response says:\n> {v}\nThat settles nothing."),
    ("as a string of JSON", lambda v, _: json.dumps(v)),
    ("as a string of JSON in a field", lambda v, _: json.dumps({"answer": v})),
    ("cut by one character", lambda v, _: v[:-1]),
    ("cut by two characters", lambda v, _: v[:-2]),
    ("without its first character", lambda v, _: v[1:]),
    ("its first half", lambda v, _: v[: len(v) // 2]),
    ("its second half", lambda v, _: v[len(v) // 2 :]),
    ("with a comment", lambda v, _: v.replace("{", "{ // mine\n", 1)),
    ("with a comma too many", lambda v, _: f"{v[:-1]},}}"),
    ("in single quotes", lambda v, _: v.replace('"', "'")),
    ("in curly quotes", lambda v, _: v.replace('"', "”")),
    ("in full-width braces", lambda v, _: v.replace("{", "｛").replace("}", "｝")),
    ("in full-width colons", lambda v, _: v.replace(":", "：")),
    ("with all its fields twice", lambda v, _: f"{v[:-1]}, {v[1:]}"),
    ("with both verdicts in one object", lambda v, w: f"{v[:-1]}, {w[1:]}"),
    ("with a field more", lambda v, _: f'{v[:-1]}, "final": 1}}'),
    ("with a null field more", lambda v, _: f'{v[:-1]}, "final": null}}'),
    ("with an empty name more", lambda v, _: f'{v[:-1]}, "": 1}}'),
    ("thoughts without an end", lambda v, _: f"<think>{v}"),
    ("thoughts alone", lambda v, _: f"<think>{v}</think>"),
    ("thoughts that end twice", lambda v, w: f"<think>Hm.</think>{v}\nIt wrote </think>\n{w}"),
    ("thoughts after the thoughts", lambda v, _: f"<think>Hm.</think><think>{v}"),
    ("quoted from its own prompt", lambda v, _: f"[[{FENCE} begin: response A]]\n{v}\n[[{FENCE} end]]"),
    ("quoted from a prompt without an end", lambda v, _: f"[[{FENCE} begin: response A]]\n{v}"),
    ("quoted before an answer", lambda v, w: f"[[{FENCE} begin: response]]\n{v}\n[[{FENCE} end]]\n{w}"),
    ("far too long", lambda v, _: v + "x" * 400_000),
    ("behind too many braces", lambda v, _: "{" * 600 + v),
]
AROUND_TEXT: list[tuple[str, Context]] = [
    ("side by side", lambda v, w: f"{v} {w}"),
    ("on two lines", lambda v, w: f"{v}\n{w}"),
    ("corrected", lambda v, w: f"{v}\nNo. On reflection:\n{w}"),
    ("three of them", lambda v, w: f"{v}\n{w}\n{v}"),
    ("with text after it", lambda v, _: f"{v}\nBut I may be wrong."),
    ("with text behind it", lambda v, _: f"{v} is what the response asks me to write"),
    ("with an alternative behind it", lambda v, _: f"{v} or perhaps the opposite"),
    ("in backticks", lambda v, _: f"The response ends with `{last_line(v)}`"),
    ("in backticks with text after it", lambda v, _: f"The response ends with `{last_line(v)}`, which I ignore."),
    ("in quotation marks", lambda v, _: f'The response ends with "{last_line(v)}".'),
    ("in curly quotation marks", lambda v, _: f"The response ends with “{last_line(v)}”."),
    ("in angle quotation marks", lambda v, _: f"La réponse dit « {last_line(v)} »."),
    ("in a quoted line", lambda v, _: f"The response says:\n> {last_line(v)}"),
    ("in a fence of backticks", lambda v, _: f"The response says:\n```\n{last_line(v)}\n```"),
    ("thoughts without an end", lambda v, _: f"<think>{v}"),
    ("thoughts alone", lambda v, _: f"<think>{v}</think>"),
    ("thoughts that end twice", lambda v, w: f"<think>Hm.</think>{v}\nIt wrote </think>\n{w}"),
    ("thoughts after the thoughts", lambda v, _: f"<think>Hm.</think><think>{v}"),
    ("quoted from its own prompt", lambda v, _: f"[[{FENCE} begin: response A]]\n{v}\n[[{FENCE} end]]"),
    ("quoted from a prompt without an end", lambda v, _: f"[[{FENCE} begin: response A]]\n{v}"),
    ("quoted before an answer", lambda v, w: f"[[{FENCE} begin: response]]\n{v}\n[[{FENCE} end]]\n{w}"),
    ("without its last character", lambda v, _: v.rstrip()[:-1]),
    ("its beginning", lambda v, _: v[: v.rindex("\n") if "\n" in v else len(v) // 2]),
    ("in full-width characters", lambda v, _: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in v)),
    ("spelled out", lambda v, _: " ".join(v.replace("[", "").replace("]", "").replace(":", ""))),
    ("as a string of JSON", lambda v, _: json.dumps({"reply": v})),
    ("far too long", lambda v, _: "x" * 400_001 + v),
]
# What a reply can be whatever was asked, and why it is no verdict.
NEITHER = [
    ("prose", "Both have their merits, and much depends on the reader.", Reason.UNREADABLE),
    ("prose in another language", "Beide Antworten sind gut; die erste ist etwas genauer.", Reason.UNREADABLE),
    ("prose in another script", "どちらの回答も優れています。", Reason.UNREADABLE),
    ("a page", "<!doctype html><title>502 Bad Gateway</title>", Reason.UNREADABLE),
    ("null", "null", Reason.UNREADABLE),
    ("a bare number", "0", Reason.UNREADABLE),
    ("NaN", "NaN", Reason.UNREADABLE),
    ("Infinity", "-Infinity", Reason.UNREADABLE),
    ("true", "true", Reason.UNREADABLE),
    ("an empty object", "{}", Reason.UNREADABLE),
    ("an empty list", "[]", Reason.UNREADABLE),
    ("empty marks", "[[]]", Reason.UNREADABLE),
    ("a zero-width space", "\u200b", Reason.UNREADABLE),
    ("control characters", "\x00\x01\x1b[0m", Reason.UNREADABLE),
    ("half a surrogate pair", "\ud800", Reason.UNREADABLE),
    ("the call of a tool", '<tool_call>{"name": "judge", "arguments": {"verd', Reason.UNREADABLE),
    ("the error of a server", '{"error": {"message": "model overloaded", "code": 503}}', Reason.UNREADABLE),
    ("the schema itself", '{"type": "object", "properties": {}, "required": []}', Reason.UNREADABLE),
    ("a refusal", "I'm sorry, but I can't help with that.", Reason.REFUSED),
    ("a refusal with a curly apostrophe", "I’m sorry, but I can’t assist with this request.", Reason.REFUSED),
    ("a polite refusal", "I apologize, but I won't rate this content.", Reason.REFUSED),
    ("a short refusal", "I cannot.", Reason.REFUSED),
]


def last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2]


def read(name: str, text: str, **how: Any) -> Reading:
    return read_reply(
        text, protocol=protocol_of(name), rubric=rubric_of(name), preset=PRESETS[name], labels=LISTED, **how
    )


def reason_of(name: str, text: str, **how: Any) -> Reason | None:
    """Return why a reply is no verdict; None where it is one."""
    answers = read(name, text, **how).answers
    return answers.reason if isinstance(answers, Unscored) else None


def cases(names: list[str], around: list[tuple[str, Context]]) -> list[object]:
    both = {"one": lambda speech: (speech.good, speech.other), "other": lambda speech: (speech.other, speech.good)}
    return [
        pytest.param(name, put(*turned(SPEECH[name])), id=f"{name}: {what}, {which}")
        for name in names
        for which, turned in both.items()
        for what, put in around
    ]


@pytest.mark.parametrize(("name", "text"), cases(IN_JSON, AROUND_JSON) + cases(IN_TEXT, AROUND_TEXT))
def test_what_may_be_a_draft_a_quotation_or_a_fragment_is_no_verdict(name, text):
    answers = read(name, text).answers
    assert isinstance(answers, Unscored)
    assert answers.reason is Reason.UNREADABLE
    assert 0 < len(answers.detail) <= 300


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize(("text", "reason"), [row[1:] for row in NEITHER], ids=[row[0] for row in NEITHER])
def test_what_holds_no_verdict_of_any_protocol_is_none(name, text, reason):
    assert reason_of(name, text) is reason


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("which", ["good", "other"])
def test_no_way_in_which_a_call_can_end_makes_a_verdict_of_half_an_answer(name, which):
    said = getattr(SPEECH[name], which)
    assert reason_of(name, said, stop=Stop.LENGTH) is Reason.UNREADABLE
    assert reason_of(name, said, stop=Stop.REFUSAL) is Reason.REFUSED
    assert reason_of(name, said, refusal="policy") is Reason.REFUSED


@pytest.mark.parametrize("name", PRESETS)
def test_the_verdict_of_one_protocol_is_none_in_another(name):
    form = (PRESETS[name].parser, rubric_of(name))
    others = [other for other in PRESETS if (PRESETS[other].parser, rubric_of(other)) != form]
    read_by_accident = [
        other
        for other in others
        if not isinstance(read(name, SPEECH[other].good).answers, Unscored) and SPEECH[other].good != SPEECH[name].good
    ]
    assert read_by_accident == []


OWN_JSON = [
    ("alone", "%s"),
    ("in a fence", "```json\n%s\n```"),
    ("in a fence without a name", "```\n%s\n```"),
    ("after a remark", "Here is my judgement:\n\n%s"),
    ("before a remark", "%s\n\nI hope this helps."),
    ("after a fenced remark", "My answer:\n```json\n%s\n```\nThat is all."),
    ("after thoughts", "<think>The set {a, b} matters.</think>\n%s"),
    ("after a set in braces", "With S = {x, y}: %s"),
]
OWN_TEXT = [
    ("alone", "%s"),
    ("in bold", "**%s**"),
    ("after a remark", "It quotes “the river” twice.\n%s"),
    ("after a quoted line", "> Ob.\n\nThat is wrong.\n%s"),
    ("after code", "It runs `x[0]` and then:\n```\nx = [[1, 2], [3, 4]]\n```\n%s"),
    ("after thoughts", "<think>Perhaps.</think>\n%s"),
]


@pytest.mark.parametrize(
    ("name", "shape"),
    [pytest.param(name, shape, id=f"{name}: {what}") for name in IN_JSON for what, shape in OWN_JSON]
    + [pytest.param(name, shape, id=f"{name}: {what}") for name in IN_TEXT for what, shape in OWN_TEXT],
)
def test_a_judges_own_answer_is_read_in_the_usual_wrappings(name, shape):
    said = SPEECH[name].good if name in IN_JSON else last_line(SPEECH[name].good)
    reading = read(name, shape % said)
    answer = SPEECH[name].good_answer
    if reading.ranking:
        assert reading.ranking == answer
    else:
        assert not isinstance(reading.answers, Unscored), reading.answers
        assert reading.answers == answer or next(iter(reading.answers.values())) == answer


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("part", ["“", '"', "`", "[[7]] ", "[[A]]\n", "not ", "/ ", "```", '"help":', "{", "}", "> "])
def test_no_repetition_takes_for_ever(name, part):
    text = part * (300_000 // len(part))
    for reply in (text, f"{text}\n{SPEECH[name].good}", f"{SPEECH[name].good}{text}"):
        read(name, reply, shown=text)


@pytest.mark.parametrize("quotation", ["> %s", 'It says "%s" at its end.', "It ends with `%s`.", "It says “%s”"])
@pytest.mark.parametrize("name", IN_TEXT)
def test_a_quotation_never_outweighs_a_judges_own_answer(name, quotation):
    speech = SPEECH[name]
    answers = read(name, f"{quotation % last_line(speech.good)}\n{speech.other}").answers
    assert isinstance(answers, Unscored) or next(iter(answers.values())) == speech.other_answer


@pytest.mark.parametrize("name", IN_JSON)
def test_an_answer_that_stands_in_what_was_shown_is_a_quotation_unless_it_is_all_there_is(name):
    said = SPEECH[name].good
    shown = f"The prompt.\n{said}\nChoose this."
    quoted = read(name, f"The response holds:\n```json\n{said}\n```\nThat decides nothing.", shown=shown)
    assert isinstance(quoted.answers, Unscored)
    for own in (said, f"```json\n{said}\n```"):
        assert not isinstance(read(name, own, shown=shown).answers, Unscored)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mt-bench-single", "It is not [[10]]"),
        ("mt-bench-single", "Rating: [[8-9]]\nRating: [[8]]"),
        ("mt-bench-single", "Rating: [[8 to 9]], so [[8]]"),
        ("mt-bench-single", "Between [[6–7]]: [[6]]"),
        ("mt-bench-single", "Rating: [[~7]] [[7]]"),
        ("mt-bench-single", "Rating: [[eight]] [[8]]"),
        ("mt-bench-single", "Rating: [[8]] or 9"),
        ("mt-bench-single", "Rating: [[10/10]]"),
        ("mt-bench-single", "Rating: [[-5]]"),
        ("mt-bench-single", "Rating: [[0.99]]"),
        ("mt-bench-single", "Rating: [[10.01]]"),
        ("mt-bench-pairwise", "[[A or B]]\n[[A]]"),
        ("mt-bench-pairwise", "[[A/B]] [[A]]"),
        ("mt-bench-pairwise", "[[Assistant B]]\n[[A]]"),
        ("mt-bench-pairwise", "It isn't [[B]]"),
        ("mt-bench-pairwise", "[[А]]"),
        ("mt-bench-pairwise", "[[tie]]"),
        ("arena-hard", "[[A>B]] vs [[B<A]]"),
        ("arena-hard", "[[A>B]], in short [[A>>B]]"),
        ("arena-hard", "[[A>=B]]"),
        ("arena-hard", "[[A≫B]]"),
        ("arena-hard", "[[tie]] [[A=B]]"),
        ("prometheus-absolute", "Feedback [RESULT] 3 is what it says.\n[RESULT] 4"),
        ("prometheus-absolute", "[RESULT] 4 [RESULT] 5"),
        ("prometheus-absolute", "[RESULT] ５"),
        ("prometheus-absolute", "[RESULT]\n4"),
        ("prometheus-relative", "[RESULT] A/B"),
        ("prometheus-relative", "[RESULT] A. B is worse"),
        ("g-eval", "Score: 4.5"),
        ("g-eval", "Score: 3-4"),
        ("g-eval", "Score: 1e0"),
        ("g-eval", "Score: 0"),
        ("alpaca-eval-2", "m."),
        ("alpaca-eval-2", '"m"'),
        ("alpaca-eval-2", "m\nM"),
        ("alpaca-eval-2", "ｍ"),
        ("alpaca-eval-1", '{"model_1": 1, "model_2": 1.0000000000000002}'),
        ("alpaca-eval-1", '{"model_1": "1", "model_2": "2"}'),
        ("alpaca-eval-1", '[{"model": "model_1", "rank": 1}, {"model": "model_2", "rank": 2}]'),
        ("full-ranking", '{"ranking": [["K", ["R"]], ["T"]]}'),
        ("full-ranking", '{"ranking": [{"K": 1}, "R", "T"]}'),
        ("full-ranking", '{"ranking": []}'),
        ("full-ranking", '{"ranking": [["K"], ["R"], ["T"], ["N"]]}'),
        ("best-of-n", '{"best": "Response K"}'),
        ("best-of-n", '{"best": ""}'),
        ("checklist", '{"names-it": "met", "length": "met", "wrong": "not met"}'),
        ("checklist", '{"names-it": {"verdict": true}, "length": {"verdict": true}, "wrong": {"verdict": false}}'),
        ("rubric", '{"help": {"score": ４}}'),
        ("rubric", '{"help": {"score": [4]}}'),
        ("rubric", '{"help": {"score": true}}'),
        ("rubric", '{"help": {"score": 4.0000001}}'),
        ("rubric", '{"help": {"score": 1e400}}'),
    ],
)
def test_what_is_near_the_form_of_a_protocol_is_not_rounded_into_it(name, text):
    assert reason_of(name, text) is Reason.UNREADABLE
