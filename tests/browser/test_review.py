"""A reviewer in a real Chromium: settles what people disagree about and reviews a sample, by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.models import Campaign, Review
from annotation.review.sampling import draw_sample
from domain.models import Verdict
from tests.annotation.reviewing import disputed, reviewer_of
from tests.browser.accessibility import is_clean

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture
def campaign() -> Campaign:
    return disputed(["ABA", "ABt", "AAA"])[0]


@pytest.fixture
def page(rate: Callable[..., Page], campaign: Campaign) -> Page:
    """A page of a reviewer's, at the queue."""
    page = rate(reviewer_of(campaign))
    page.goto(reverse("annotation:review", args=[campaign.project.slug, campaign.pk]))
    return page


def ready(page: Page) -> None:
    expect(page.locator(".question.current")).to_be_visible()  # so the script runs


def test_a_reviewer_settles_the_queue_by_keyboard(page: Page, campaign: Campaign):
    expect(page.get_by_role("heading", name="Where people disagree")).to_be_visible()
    expect(page.locator("#queue tbody tr")).to_have_count(2)
    page.keyboard.press("Enter")
    ready(page)
    expect(page.get_by_text("What the annotators said")).to_have_count(0)
    page.keyboard.press("2")
    page.keyboard.press("o")  # opens the answers; what is entered stays
    expect(page.get_by_role("heading", name="What the annotators said")).to_be_visible()
    expect(page.get_by_role("heading", name="Annotator 3")).to_be_visible()
    expect(page.locator("input[value='left:1']")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Settled.")).to_be_visible()
    assert Review.objects.get(state="done").opened_at is not None
    page.keyboard.press("v")  # see what they said to the one before
    expect(page.get_by_text("as adjudicated").or_(page.get_by_text("otherwise")).first).to_be_visible()
    page.keyboard.press("Enter")  # the next open item
    ready(page)
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No other item waits for you")).to_be_visible()
    assert Verdict.objects.filter(role="review", counted=True).count() == 2
    assert Verdict.objects.filter(role="live", counted=True).count() == 9


def test_a_decision_is_undone_and_an_item_given_back_by_keyboard(page: Page):
    page.keyboard.press("Enter")
    ready(page)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Settled.")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_text("Settled.")).to_have_count(0)
    expect(page.locator("input[value='left:1']")).to_be_checked()  # as it was decided
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Settled.")).to_be_visible()
    assert list(Verdict.objects.filter(role="review").order_by("pk").values_list("counted", flat=True)) == [False, True]
    page.keyboard.press("s")
    expect(page.get_by_text("The item is back in the queue.")).to_be_visible()
    assert not Review.objects.filter(state="open").exists()


def test_a_sample_is_reviewed_by_keyboard(page: Page, campaign: Campaign):
    draw_sample(campaign, 3, seed=1)
    page.reload()
    page.get_by_role("button", name="Review the next answer").press("Enter")
    ready(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("the answer before stands")).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("n")
    page.keyboard.type("Misread the question.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("the answer before does not stand")).to_be_visible()
    found = Review.objects.filter(state="done").order_by("decided_at").values_list("agrees", "note")
    assert list(found) == [(True, ""), (False, "Misread the question.")]


def test_an_answer_of_the_reviewers_own_goes_with_the_sample(page: Page, campaign: Campaign):
    draw_sample(campaign, 3, seed=1)
    page.reload()
    page.get_by_role("button", name="Review the next answer").press("Enter")
    ready(page)
    page.keyboard.press("2")
    page.keyboard.press("o")
    page.locator(".own-answer input[value='tie']").check(force=True)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("the answer before does not stand")).to_be_visible()
    [own] = Verdict.objects.filter(role="review")
    assert own.scores.get().outcome == "tie"


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_reviewers_pages_shut_nobody_out(rate: Callable[..., Page], campaign: Campaign, width: int, scheme: str):
    draw_sample(campaign, 3, seed=1)
    page = rate(reviewer_of(campaign), viewport={"width": width, "height": 900}, color_scheme=scheme)
    queue = reverse("annotation:review", args=[campaign.project.slug, campaign.pk])
    page.goto(queue)
    is_clean(page)
    page.get_by_role("button", name="Take the next item").click()
    ready(page)
    is_clean(page)
    page.get_by_role("button", name="Open answers").click()
    expect(page.get_by_role("heading", name="Annotator 3")).to_be_visible()
    is_clean(page)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="See their answers").click()
    expect(page.get_by_role("button", name="Next open item")).to_be_visible()
    is_clean(page)
    page.goto(f"{queue}?state=all&all=1")
    is_clean(page)
    page.get_by_role("button", name="Review the next answer").click()
    ready(page)
    is_clean(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
