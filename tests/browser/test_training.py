"""Training in a real Chromium: by keyboard alone, with feedback that everybody can read, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.annotation.make import annotator_of
from tests.annotation.quality.make import checked_campaign
from tests.browser.accessibility import RULES
from tests.browser.rating import start

pytestmark = pytest.mark.django_db(transaction=True)
QUALITY = {"training": {"items": 2, "passing": 1}}


def test_training_goes_on_by_keyboard_alone_and_ends_with_work(rate: Callable[..., Page]) -> None:
    campaign = checked_campaign(2, 2, quality=QUALITY, role="training")
    page = rate(annotator_of(campaign))
    start(page)
    for number in (1, 2):
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        said = page.locator(".feedback")
        expect(said).to_contain_text("A is right.")
        expect(said).to_contain_text("Practice task 1 of 2" if number == 1 else "From now on your answers count")
        assert page.url.endswith("/feedback/")
        page.keyboard.press("Enter")
        expect(page.locator(".question.current")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(".question.current")).to_be_visible()
    expect(page.locator(".feedback")).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_feedback_is_clean_for_axe_and_fits(rate: Callable[..., Page], width: int, scheme: str) -> None:
    campaign = checked_campaign(1, 2, quality=QUALITY, role="training")
    page = rate(annotator_of(campaign), viewport={"width": width, "height": 800}, color_scheme=scheme)
    start(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(".feedback")).to_be_visible()
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_role("button", name="Continue")).to_be_in_viewport()
