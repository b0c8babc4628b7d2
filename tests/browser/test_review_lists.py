"""A reviewer gives an order of their own beside the answer of a sample, by keyboard alone: in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.answers import Submission
from annotation.models import Campaign, Review
from annotation.review.sampling import draw_sample
from annotation.services import claim, submit
from tests.annotation.lists import listed_campaign, ranking
from tests.annotation.make import annotator_of, held
from tests.annotation.reviewing import reviewer_of
from tests.browser.accessibility import is_clean

pytestmark = pytest.mark.django_db(transaction=True)
Rate = Callable[..., Page]


def sampled(said: Submission, task: str = "ranking") -> Campaign:
    campaign: Campaign = listed_campaign(3, lists=2, task=task)
    user = annotator_of(campaign)
    task_held = held(claim(user, campaign))
    submit(user, task_held.token, said, key="1")
    submit(user, held(claim(user, campaign)).token, said, key="2")
    draw_sample(campaign, 2, seed=1)
    return campaign


def begun(rate: Rate, campaign: Campaign) -> Page:
    page = rate(reviewer_of(campaign))
    page.goto(reverse("annotation:review", args=[campaign.project.slug, campaign.pk]))
    page.get_by_role("button", name="Review the next answer").click()
    expect(page.locator(".question.current")).to_be_visible()
    return page


def test_digits_judge_until_the_own_order_is_opened_and_then_rank(rate: Rate):
    page = begun(rate, sampled(ranking((1, 2, 3))))
    expect(page.locator(".places").first).to_be_hidden()
    page.keyboard.press("2")
    expect(page.locator("input[name=stands][value=no]")).to_be_checked()
    assert page.locator(".places input:checked").count() == 0
    page.keyboard.press("o")
    expect(page.locator(".places").first).to_be_visible()
    for digit in "321":
        page.keyboard.press(digit)
    expect(page.locator("[data-order]")).to_have_text("C › B › A")
    page.keyboard.press("Enter")
    expect(page.get_by_text("the answer before does not stand")).to_be_visible()
    [done] = Review.objects.filter(state="done")
    assert done.answer is not None
    assert done.answer["ranks"] == {"A": 3, "B": 2, "C": 1}
    page.keyboard.press("1")
    page.keyboard.press("Enter")  # the own order is optional
    expect(page.get_by_text("All of the sample is reviewed")).to_be_visible()
    assert Review.objects.filter(state="done", answer__isnull=True).count() == 1


def test_an_own_best_and_worst_by_keyboard(rate: Rate):
    page = begun(rate, sampled(Submission(best="A", worst="B"), task="best_worst"))
    page.keyboard.press("2")
    page.keyboard.press("o")
    page.keyboard.press("3")
    page.keyboard.press("b")
    page.keyboard.press("1")
    page.keyboard.press("w")
    expect(page.locator("[data-order]")).to_contain_text("C")
    page.keyboard.press("Enter")
    expect(page.get_by_text("the answer before does not stand")).to_be_visible()
    [done] = Review.objects.filter(state="done")
    assert done.answer is not None
    assert (done.answer["best"], done.answer["worst"]) == ("C", "A")


def test_half_an_order_comes_back_open_and_its_draft_is_kept(rate: Rate):
    page = begun(rate, sampled(ranking((1, 2, 3))))
    page.keyboard.press("2")
    page.keyboard.press("o")
    page.keyboard.press("1")
    expect(page.locator("[data-state]")).to_have_text("Draft saved", timeout=8000)
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.locator(".question.current")).to_be_visible()
    expect(page.locator("input[name=rank-A][value='1']")).to_be_checked()
    expect(page.locator(".places").first).to_be_visible()
    page.locator("[data-next]").click()
    expect(page.locator(".own-answer[open]")).to_be_visible()
    expect(page.locator("[data-state]")).to_contain_text("B, C")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_is_accessible_with_the_own_order_open(rate: Rate, width: int):
    page = begun(rate, sampled(ranking((1, 2, 3))))
    page.set_viewport_size({"width": width, "height": 900})
    page.keyboard.press("o")
    is_clean(page)
