"""Reading two answers: scrolled together, compared word by word, with formulas and from right to left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from domain.models import Response
from tests.annotation.make import annotator_of
from tests.browser.rating import pair, start

pytestmark = pytest.mark.django_db(transaction=True)

COMMON = """async ([a, b]) => {
    const { common } = await import("/static/rate_diff.js");
    return common(a, b).map(found => [...found].sort((x, y) => x - y));
}"""


def marked(page: Page, side: str) -> list[str]:
    return page.locator(f"{side} mark.differs").all_inner_texts()


def come_to(page: Page, at: str, side: str, share: float) -> None:
    """Wait until a text is scrolled so far; the policy of the pages lets nothing wait for it inside."""
    for _ in range(100):
        if page.evaluate(at, side) > share:
            return
        page.wait_for_timeout(50)
    pytest.fail(f"{side} stayed where it was")


def test_words_that_differ_are_marked_and_the_texts_stay(rate):
    page = rate(
        annotator_of(pair("The label expires after **48 hours**. Ask again.", "The label expires after 24 hours."))
    )
    start(page)
    before = page.locator("#side-a .rendered").inner_html()
    page.keyboard.press("d")
    expect(page.locator("[data-diff]")).to_have_attribute("aria-pressed", "true")
    both = marked(page, "#side-a") + marked(page, "#side-b")
    assert sorted(both) == ["24", "48", "Ask again"]
    expect(page.locator("[data-state]")).to_contain_text("Marked as different:")
    page.keyboard.press("d")
    assert page.locator("#side-a .rendered").inner_html() == before
    assert set(Response.objects.values_list("content", flat=True)) == {
        "The label expires after **48 hours**. Ask again.",
        "The label expires after 24 hours.",
    }


def test_what_was_wanted_last_holds_for_the_next_card(rate):
    page = rate(annotator_of(pair("one " * 2000, "two " * 1000)))
    start(page)
    page.keyboard.press("d")
    page.keyboard.press("l")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("#rate-progress .count")).to_have_text("1 of 2")
    expect(page.locator("[data-diff]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-lock]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("mark.differs").first).to_be_visible()


def test_answers_scroll_together_only_when_locked(rate):
    page = rate(annotator_of(pair("A long line.\n\n" * 300, "Half as long.\n\n" * 150)))
    start(page)
    at = "id => { const p = document.getElementById(id); return p.scrollTop / (p.scrollHeight - p.clientHeight); }"
    page.locator("#side-a").evaluate("pane => { pane.scrollTop = 1000; }")
    assert page.evaluate(at, "side-b") == 0
    page.keyboard.press("l")
    page.locator("#side-a").evaluate("pane => { pane.scrollTop = pane.scrollHeight / 2; }")
    come_to(page, at, "side-b", 0.45)
    assert page.evaluate(at, "side-a") == pytest.approx(page.evaluate(at, "side-b"), abs=0.02)
    page.locator("#side-b").evaluate("pane => { pane.scrollTop = pane.scrollHeight; }")
    come_to(page, at, "side-a", 0.97)


def test_texts_of_four_thousand_words_are_compared_without_a_standstill(rate):
    words = [f"word{n * 7919 % 1500}" for n in range(4000)]
    page = rate(annotator_of(pair(" ".join(words), " ".join(reversed(words)))))
    start(page)
    page.keyboard.press("d")
    expect(page.locator("mark.differs").first).to_be_attached()
    expect(page.locator("[data-next]")).to_be_enabled()


@pytest.mark.parametrize(
    ("a", "b", "shared"),
    [
        ("a b c", "a b c", 3),
        ("a b c", "x y", 0),
        ("", "a", 0),
        ("a b c d", "b d", 2),
        ("x " * 40 + "y", "y " + "x " * 40, 40),
    ],
)
def test_the_words_in_common_are_a_longest_common_subsequence(rate, a, b, shared):
    page = rate(annotator_of(pair("a", "b")))
    left, right = a.split(), b.split()
    in_a, in_b = page.evaluate(COMMON, [left, right])
    assert len(in_a) == len(in_b) == shared
    assert [left[i] for i in in_a] == [right[i] for i in in_b]


def test_formulas_are_drawn_as_such_and_compared_whole(rate):
    page = rate(annotator_of(pair(r"So $x^2 = 4$ holds.", r"So $x^3 = 4$ holds.")))
    start(page)
    expect(page.locator("#side-a math msup")).to_be_visible()
    page.keyboard.press("d")
    expect(page.locator("math.differs")).to_have_count(2)


def test_each_block_finds_its_own_direction(rate):
    text = "مرحبا بالعالم\n\nThen English.\n\n- عنصر"
    page = rate(annotator_of(pair(text, "English first, مرحبا second.", prompt="ما هي العاصمة؟")))
    start(page)
    direction = "element => getComputedStyle(element).direction"
    arabic = page.get_by_text("مرحبا بالعالم")
    assert arabic.evaluate(direction) == "rtl"
    assert page.get_by_text("Then English.").evaluate(direction) == "ltr"
    assert page.get_by_text("English first").evaluate(direction) == "ltr"
    assert page.get_by_text("ما هي العاصمة؟").evaluate(direction) == "rtl"
    page.locator("textarea[name=rationale]").fill("نعم")
    assert page.locator("textarea[name=rationale]").evaluate(direction) == "rtl"


def test_a_long_prompt_unfolds_and_folds_by_a_key(rate):
    page = rate(annotator_of(pair("a", "b", prompt="A question that goes on.\n\n" * 60)))
    start(page)
    text = page.locator(".prompt-text")
    low = text.bounding_box()["height"]
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Show less")).to_have_attribute("aria-expanded", "true")
    assert text.bounding_box()["height"] > low * 1.5
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Show all")).to_be_visible()


def test_nothing_glides_where_motion_is_unwelcome(rate):
    page = rate(
        annotator_of(pair("a " * 3000, "b " * 3000)), viewport={"width": 390, "height": 844}, reduced_motion="reduce"
    )
    page.get_by_role("button", name="Start").click()
    page.locator(".sides a").nth(1).click()
    assert page.locator("[data-panes]").evaluate("panes => panes.scrollLeft") > 100  # there at once
    moving = (
        "() => [...document.querySelectorAll('*')].filter(e => getComputedStyle(e).transitionDuration !== '0s').length"
    )
    assert page.evaluate(moving) == 0
