"""What a reviewer enters outlives a crash and a lost connection: in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.models import Campaign, Review
from annotation.review.sampling import draw_sample
from domain.models import Verdict
from tests.annotation.reviewing import disputed, reviewer_of
from tests.browser.rating import copies

pytestmark = pytest.mark.django_db(transaction=True)
Rate = Callable[..., Page]


@pytest.fixture
def campaign() -> Campaign:
    return disputed(["ABA", "ABt"])[0]


@pytest.fixture
def page(rate: Rate, campaign: Campaign) -> Page:
    """A page of a reviewer's who has just taken an item."""
    page = rate(reviewer_of(campaign))
    page.goto(reverse("annotation:review", args=[campaign.project.slug, campaign.pk]))
    page.keyboard.press("Enter")
    expect(page.locator(".question.current")).to_be_visible()
    return page


def saved(page: Page) -> None:
    expect(page.locator("[data-state]")).to_have_text("Draft saved", timeout=8000)


def enter(page: Page) -> None:
    page.keyboard.press("2")
    page.keyboard.press("w")
    page.keyboard.type("B names the deadline")


def is_as_entered(page: Page) -> None:
    expect(page.locator("input[value='left:1']")).to_be_checked()
    expect(page.locator("textarea[name=rationale]")).to_have_value("B names the deadline")


def test_a_draft_is_on_the_server_while_the_reviewer_is_still_typing(page: Page):
    page.keyboard.press("w")
    for letter in "slowly but without a pause, for two seconds ":
        page.keyboard.type(letter, delay=50)
    draft = Review.objects.get().draft
    assert draft
    assert draft["rationale"].startswith("slowly")


def test_a_tab_that_crashed_is_opened_again_with_everything_in_it(page: Page, page_watch: Any):
    page.route("**/draft/", lambda route: route.abort())  # so that only this device has it
    enter(page)
    address, context = page.url, page.context
    page.close(run_before_unload=False)
    again = context.new_page()
    again.goto(address)
    is_as_entered(again)
    saved(again)
    assert copies(again) == []
    page_watch.clear()  # the browser logs what it could not fetch


def test_another_device_goes_on_from_the_draft_and_deciding_ends_it(page: Page):
    enter(page)
    saved(page)
    page.evaluate("localStorage.clear()")
    page.reload()
    is_as_entered(page)
    expect(page.locator(".question.current")).to_be_visible()
    page.locator("[data-next]").click()
    expect(page.get_by_text("Settled.")).to_be_visible()
    assert Verdict.objects.filter(role="review").count() == 1
    assert not Review.objects.filter(state="done", draft__isnull=False).exists()
    expect(page.locator("textarea[name=rationale]")).to_have_value("")
    assert copies(page) == []


def test_a_decision_without_a_connection_goes_off_by_itself_and_counts_once(page: Page, page_watch: Any):
    page.context.set_offline(True)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("#connection")).to_contain_text("No connection")
    page.context.set_offline(False)
    expect(page.get_by_text("Settled.")).to_be_visible(timeout=15_000)
    assert Verdict.objects.filter(role="review").count() == 1
    page_watch.clear()


def test_the_look_at_a_sample_is_kept_too(rate: Rate, campaign: Campaign):
    draw_sample(campaign, 3, seed=1)
    page = rate(reviewer_of(campaign))
    page.goto(reverse("annotation:review", args=[campaign.project.slug, campaign.pk]))
    page.get_by_role("button", name="Review the next answer").click()
    expect(page.locator(".question.current")).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("n")
    page.keyboard.type("It overlooks the date.")
    saved(page)
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.locator("input[name=stands][value=no]")).to_be_checked()
    expect(page.locator("textarea[name=note]")).to_have_value("It overlooks the date.")
