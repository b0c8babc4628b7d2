"""Researchers and workers in a real Chromium: a live plan, a preview that keeps nothing, a code at the end."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from annotation.models import Assignment, Campaign, Participant
from annotation.services.invites import create_invites
from tests.annotation.make import annotator_of, pairwise_campaign
from tests.factories import PREFERENCE, make_rubric, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign() -> Campaign:
    return pairwise_campaign(4)


@pytest.fixture
def page(rate: Callable[..., Page], campaign: Campaign) -> Page:
    """A page of the owner's."""
    return rate(annotator_of(campaign, role="owner"))


def test_the_plan_follows_the_form_before_it_is_complete(page: Page, campaign: Campaign):
    make_rubric(campaign.project, PREFERENCE)
    page.goto(reverse("annotation:new_campaign", args=[campaign.project.slug]))
    plan = page.get_by_role("complementary", name="Plan")
    expect(plan).to_contain_text("4 of 4 possible items × 1 person")
    page.get_by_label("People per item").fill("3")
    page.get_by_label("People you expect").fill("2")
    expect(plan).to_contain_text("Each item needs 3 different people, and there are 2")
    page.get_by_label("Number of items").fill("2")
    page.get_by_label("People you expect").fill("6")
    expect(plan).to_contain_text("1 answers")
    expect(page.get_by_label("Name", exact=True)).to_have_value("")
    assert Campaign.objects.count() == 1


def test_the_preview_is_worked_by_keyboard_and_keeps_nothing(page: Page, campaign: Campaign):
    page.goto(reverse("annotation:preview", args=[campaign.pk, 0]))
    expect(page.locator(".question.current")).to_be_visible()  # so the script runs
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/rate/preview-{campaign.pk}-1/$"))
    page.keyboard.press("g")
    expect(page.get_by_role("heading", name="Guidelines")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    expect(page.get_by_text("Preview", exact=False).first).to_be_visible()
    assert not Assignment.objects.exclude(state="open").exists()
    assert not Participant.objects.exists()


def test_a_worker_comes_answers_and_leaves_with_a_code(new_context: Callable[..., BrowserContext]):
    page, campaign = new_context().new_page(), pairwise_campaign(1)
    Campaign.objects.filter(pk=campaign.pk).update(recruiter="prolific", completion_code="C1A2B3")
    expires = timezone.now() + timedelta(days=1)
    (link,) = create_invites(campaign, by=make_user(), expires_at=expires, is_study_link=True)
    where = reverse("annotation:study", args=[link.secret])
    page.goto(f"{where}?PROLIFIC_PID=5f1a2b3c&STUDY_ID=60d0&SESSION_ID=61aa")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="There is a task for you")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".question.current")).to_be_visible()  # so the script runs
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Finish and show my code").click()
    expect(page.get_by_text("C1A2B3")).to_be_visible()
    expect(page.get_by_role("link", name="Back to your recruiter")).to_be_visible()
    assert "5f1a2b3c" not in page.content()
    assert Participant.objects.get().done == 1
