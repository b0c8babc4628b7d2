"""Hidden names in a real Chromium: what an annotator reads, what a researcher judges, and a pace that is kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.identity import MASK
from annotation.models import Campaign, Participant
from annotation.services import claim
from domain.models import Verdict
from tests.annotation.make import annotator_of, held
from tests.annotation.test_masking import leaking

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign() -> Campaign:
    made: Campaign = leaking(3)
    return made


def picture(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_false_alarm_is_called_one_by_keyboard(rate: Callable[..., Page], campaign: Campaign, width: int):
    page = rate(annotator_of(campaign, role="owner"))
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(reverse("annotation:names", args=[campaign.project.slug, campaign.pk]))
    picture(page, f"names-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="False alarm").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 item updated")).to_be_visible()
    expect(page.get_by_role("cell", name="false alarm", exact=True)).to_have_count(1)


def test_an_annotator_reads_the_mask_and_is_asked_to_slow_down(
    rate: Callable[..., Page], campaign: Campaign, settings, page_watch
):
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    settings.ANSWERS_PER_MINUTE = 120
    participant = Participant.objects.get()
    participant.quality["reserved"] = 9e9  # long after now
    participant.save()
    page = rate(user)
    page.goto(reverse("annotation:task", args=[task.token]))
    expect(page.get_by_text(MASK).first).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-state]")).to_contain_text("Nothing is lost")
    picture(page, "slow-down")
    assert page.locator("#answer-form input[type=radio]:checked").count() == 1
    assert not Verdict.objects.exists()
    participant.quality.pop("reserved")
    participant.save()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#task-card")).not_to_have_attribute("data-token", str(task.token))
    assert Verdict.objects.count() == 1
    page_watch.clear()  # the browser logs the 429
