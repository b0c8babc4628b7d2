"""The feedback of training, opened by its address, is a page like the tasks around it: in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Assignment
from tests.annotation.make import annotator_of
from tests.annotation.quality.make import checked_campaign
from tests.browser.accessibility import is_clean
from tests.browser.rating import start

pytestmark = pytest.mark.django_db(transaction=True)
QUALITY = {"training": {"items": 2, "passing": 1}}


def reloaded(rate: Callable[..., Page]) -> Page:
    """A page of feedback on the first of two practice tasks, loaded anew."""
    page = rate(annotator_of(checked_campaign(2, 2, quality=QUALITY, role="training")))
    start(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(".feedback")).to_be_visible()
    page.reload()
    expect(page.locator(".feedback")).to_be_visible()
    return page


def test_the_head_of_the_page_is_that_of_the_tasks(rate: Callable[..., Page]):
    page = reloaded(rate)
    expect(page.locator(".rate-head")).to_be_visible()
    expect(page.get_by_role("link", name="Pause")).to_be_visible()
    is_clean(page)
    page.keyboard.press("g")
    expect(page.get_by_role("dialog", name="Guidelines")).to_be_visible()
    page.keyboard.press("g")
    expect(page.get_by_role("dialog", name="Guidelines")).to_be_hidden()


def test_the_task_that_follows_keeps_drafts(rate: Callable[..., Page]):
    page = reloaded(rate)
    page.keyboard.press("Enter")
    expect(page.locator(".question.current")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("[data-state]")).to_have_text("Draft saved", timeout=8000)
    assert Assignment.objects.filter(state="leased", draft__isnull=False).count() == 1
