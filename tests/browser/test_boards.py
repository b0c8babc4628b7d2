"""Boards on narrow screens and on paper, in a real Chromium."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from domain.choices import Choice, Outcome
from domain.services import Draft, record_verdicts
from tests.factories import (
    PREFERENCE,
    make_battle,
    make_project,
    make_rater,
    make_rubric,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)

PAPER = 700  # px between the margins of A4
NAMES = ("acme-research/a-very-long-name-of-a-system-8bit-quantised-preview", "Birch")
RIGHT = "[...document.querySelectorAll('main table')].map(one => one.getBoundingClientRect().right)"


@pytest.fixture
def page(new_context) -> Page:
    ada = make_user("ada")
    project = make_project(slug="trial", owner=ada)
    rubric, rater = make_rubric(project, PREFERENCE), make_rater(project, "Ben")
    battles = [make_battle(project, NAMES) for _ in range(6)]
    drafts = [
        Draft(rater_id=rater.pk, battle_id=battle.pk, answers={"preference": Choice(Outcome("AB"[place % 2]))},
              occasion=f"t:{place}")
        for place, battle in enumerate(battles)
    ]  # fmt: skip
    record_verdicts(project=project, rubric=rubric, drafts=drafts)
    page: Page = new_context(viewport={"width": 900, "height": 900}).new_page()
    page.goto(reverse("analysis:leaderboard", args=["trial"]))
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("correct horse")
    page.keyboard.press("Enter")
    expect(page.locator("table.board")).to_be_visible()
    return page


def test_a_long_name_keeps_room_to_be_read(page):
    box = page.locator(".board .system").first.bounding_box()
    assert box["width"] > 120


def test_a_printed_board_has_all_its_columns_and_its_bracket(page):
    page.set_viewport_size({"width": PAPER, "height": 900})
    page.emulate_media(media="print")
    page.wait_for_function(f"Math.max(...{RIGHT}) <= {PAPER}")  # laid out anew
    assert page.locator(".board .rank").first.evaluate("one => getComputedStyle(one).position") in (
        "relative",
        "sticky",
    )
