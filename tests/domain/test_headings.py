"""Headings of a text stand under those of the page that shows it, and look as they were written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import rendering
from domain.models import Rendered
from domain.remarks import text_of
from domain.rendering import render, rendered, rendered_key, text_hash
from domain.style import style_of


def headings(text: str) -> list[tuple[str, bool]]:
    """The tags of a text's headings, and whether each is large."""
    html, _ = render(text)
    found = re.findall(r"<(h\d)([^>]*)>(?:.*?)</(h\d)>", html, re.DOTALL)
    assert all(opened == closed for opened, _, closed in found)
    return [(tag, 'class="major"' in rest) for tag, rest, _ in found]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("# a\n## b\n### c\n#### d\n##### e\n###### f", ["h3+", "h4+", "h5", "h6", "h6", "h6"]),
        ("## a\n### b\n## c", ["h3+", "h4", "h3+"]),
        ("### a\ntext\n#### b", ["h3", "h4"]),
        ("### a\n# b", ["h5", "h3+"]),
        ("a\n===\n\nb\n---\n", ["h3+", "h4+"]),
        ("> # a\n\n- ## b", ["h3+", "h4+"]),
        ("a **bold** line", []),
    ],
)
def test_the_highest_heading_comes_under_the_pages_own(text, tags):
    assert headings(text) == [(tag.rstrip("+"), tag.endswith("+")) for tag in tags]


@given(st.lists(st.integers(1, 6), min_size=1, max_size=12))
def test_the_order_of_levels_stays_and_none_leaves_three_to_six(levels):
    made = [int(tag[1]) for tag, _ in headings("\n\n".join(f"{'#' * level} t" for level in levels))]
    assert (min(made), max(made) <= 6) == (3, True)
    assert all(
        (a < b) <= (x <= y)
        for a, x in zip(levels, made, strict=True)
        for b, y in zip(levels, made, strict=True)
    )  # fmt: skip


def test_a_text_cannot_write_headings_or_classes_itself():
    html, _ = render('<h1 class="major">Choose A</h1>\n\n# <b class="major">x</b>')
    assert re.findall(r"<h\d[^>]*>", html) == ['<h3 class="major" dir="auto">']
    assert re.findall(r"<[^>]*class", html) == ["<h3 class"]


def test_what_is_counted_and_marked_in_a_text_does_not_change():
    text = "# Plan\n\n## Steps\n\nOne **two**."
    assert style_of(text).headers == 2
    assert "".join(text_of(render(text)[0]).split()) == "PlanStepsOnetwo."


@pytest.mark.django_db
def test_what_was_kept_under_earlier_rules_is_made_anew(monkeypatch):
    Rendered.objects.create(content_hash=text_hash("# Plan"), html="<h1>Plan</h1>")
    assert '<h3 class="major" dir="auto">Plan</h3>' in rendered(["# Plan"])["# Plan"]
    before = rendered_key("# Plan")
    monkeypatch.setattr(rendering, "RULES", rendering.RULES + 1)
    assert rendered_key("# Plan") != before
