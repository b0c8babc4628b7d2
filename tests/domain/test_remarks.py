"""What may be said beside the scores, and where a mark lies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.remarks import MAX_SPANS, MAX_TEXT, BadRemark, misplaced, read_remark, text_of
from domain.rendering import render
from domain.specs import RemarkForm, RemarkSpec

TEXT = RemarkSpec("why", "Why")
TAGS = RemarkSpec("reasons", "Reasons", form=RemarkForm.TAGS, options=("Wrong", "Too long"))
SPANS = RemarkSpec(
    "errors",
    "Errors",
    form=RemarkForm.SPANS,
    options=("Accuracy", "Style"),
    severities={"minor": 1.0, "major": 5.0},
)


def span(start=0, end=4, text="Lima", category="Accuracy", severity="minor"):
    return {"start": start, "end": end, "text": text, "category": category, "severity": severity}


def test_text_is_trimmed_and_nothing_is_no_remark():
    assert read_remark(TEXT, " a\r\nb ") == "a\nb"
    assert read_remark(TEXT, "  ") is None
    assert read_remark(TEXT, None) is read_remark(TAGS, []) is read_remark(SPANS, []) is None


def test_tags_come_back_once_and_in_the_order_of_the_rubric():
    assert read_remark(TAGS, ["Too long", "Wrong", "Wrong"]) == ["Wrong", "Too long"]


def test_marks_come_back_in_the_order_of_the_text():
    second = span(5, 6, "x", "Style", "major")
    assert read_remark(SPANS, [second, span()]) == [span(), second]


def test_marks_may_touch():
    assert len(read_remark(SPANS, [span(), span(4, 5, "x")])) == 2


def test_severities_are_asked_for_where_the_field_has_them():
    without = RemarkSpec("errors", "Errors", form=RemarkForm.SPANS, options=("Accuracy",))
    assert read_remark(without, [span(severity=None)])[0]["severity"] is None
    with pytest.raises(BadRemark, match="severities are not asked for"):
        read_remark(without, [span()])


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        (TEXT, 7, "send text"),
        (TEXT, "x" * (MAX_TEXT + 1), "too many"),
        (TEXT, "a\0b", r"U\+0000"),
        (TEXT, "a\x1bb", r"U\+001B"),
        (TEXT, "a\ud800b", r"U\+D800"),
        (TAGS, "Wrong", "send a list"),
        (TAGS, ["Right"], "'Right' is not known; choose from Wrong, Too long"),
        (TAGS, [{}], "is not known"),
        (SPANS, {}, "send a list"),
        (SPANS, [7], "a mark is"),
        (SPANS, [{"start": 0, "end": 4}], "a mark is"),
        (SPANS, [span() | {"more": 1}], "a mark is"),
        (SPANS, [span(start=-1)], "whole numbers"),
        (SPANS, [span(start=True, end=5)], "whole numbers"),
        (SPANS, [span(end=4.0)], "whole numbers"),
        (SPANS, [span(end=10**9)], "whole numbers"),
        (SPANS, [span(4, 4, "")], "holds nothing"),
        (SPANS, [span(text="Lim")], "must be the 4 signs"),
        (SPANS, [span(text="Li\0a")], r"U\+0000"),
        (SPANS, [span(category="Spelling")], "category 'Spelling' is not known"),
        (SPANS, [span(severity=None)], "severity 'None' is not known"),
        (SPANS, [span(severity=["minor"])], "is not known"),
        (SPANS, [span(), span(3, 7, "a is")], "overlap"),
        (SPANS, [span(n, n + 1, "x") for n in range(MAX_SPANS + 1)], "too many"),
    ],
)
def test_what_a_field_does_not_ask_for_is_refused_with_what_would_do(field, value, says):
    with pytest.raises(BadRemark, match=says):
        read_remark(field, value)


def test_a_mark_must_lie_where_it_says():
    assert misplaced(SPANS, [span()], "Lima is it") is None
    assert "there the answer says 'Peru'" in str(misplaced(SPANS, [span()], "Peru is it"))
    assert misplaced(SPANS, [span(8, 12)], "Lima") is not None  # beyond the end


def test_the_text_of_an_answer_is_what_a_reader_sees_and_counts_code_points():
    html, _ = render("**Bold** 😀 `<b>` & \\(x^2\\)\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    text = text_of(html)
    assert "Bold 😀 <b> & " in text
    assert "<strong>" not in text
    assert text.index("<b>") == len("Bold 😀 ")


@given(st.text(max_size=60))
def test_plain_words_are_found_again_in_the_rendered_text(text):
    words = "".join(sign for sign in text if sign.isalnum() and sign.isprintable())
    html, _ = render(words)
    assert words in text_of(html)
