"""Texts with headings in a real Chromium: large as they were written, and in order for who reads by headings."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.listings import Listing
from annotation.models import Campaign
from annotation.services import create_campaign, open_campaign
from domain.services import battle_between
from tests.annotation.make import annotator_of
from tests.annotation.test_names_in_prompts import talking
from tests.browser.accessibility import SIZES, is_clean
from tests.browser.rating import start
from tests.factories import LIKERT, PREFERENCE, make_project, make_prompt, make_response, make_rubric

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = "# Returning an order\n\nTwo ways.\n\n## By post\n\nAsk for a label.\n\n### Packing\n\nUse the box."
SECOND = "## By post\n\nAsk for a label, then wait.\n\n### Packing\n\nUse any box.\n\n#### Tape\n\nTwo strips."


def outlined(task: str) -> Campaign:
    project = make_project()
    prompt = make_prompt(project, "# Returns\n\nHow do I send an order back?", reference="## In short\n\nBy post.")
    first, second = (
        make_response(prompt=prompt, system=system, content=text)
        for system, text in (("Ash", FIRST), ("Birch", SECOND))
    )
    kinds = {"direct": first, "pairwise": battle_between(first, second)}
    items: list[Any] = [kinds.get(task) or Listing(prompt.pk, (first.pk, second.pk))]
    rubric = make_rubric(project, LIKERT if task == "direct" else PREFERENCE)
    made = create_campaign(project=project, rubric=rubric, name="Round 1", task=task, items=items, guidelines="# How")
    return open_campaign(made)


def picture(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}-{size[1]}")
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    width, scheme = request.param
    return {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "bypass_csp": True}


@pytest.mark.parametrize("task", ["pairwise", "direct", "ranking"])
def test_headings_of_texts_are_in_order_and_clean_for_axe(
    rate: Callable[..., Page], look: dict[str, Any], task: str
) -> None:
    page = rate(annotator_of(outlined(task)), **look)
    start(page)
    picture(page, f"headings-{task}-{look['viewport']['width']}-{look['color_scheme']}")
    is_clean(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("h1")).to_have_count(1)
    size = "heading => getComputedStyle(heading).fontSize"
    sizes = [page.get_by_text(text, exact=True).first.evaluate(size) for text in ("Returning an order", "Packing")]
    assert sizes == ["19px", "16px"]
    if task == "pairwise" and look["viewport"]["width"] == 1440:
        page.keyboard.press("d")  # the hidden names of the sides are no words of theirs
        expect(page.locator("[data-state]")).to_contain_text("Marked as different")


def test_names_in_prompts_and_in_researchers_words_are_on_one_page(
    rate: Callable[..., Page], look: dict[str, Any]
) -> None:
    campaign = talking(2, guidelines="Prefer answers such as Birch gives. Do not ask ChatGPT.")
    page = rate(annotator_of(campaign, role="owner"), **look)
    page.goto(reverse("annotation:names", args=[campaign.project.slug, campaign.pk]))
    picture(page, f"names-{look['viewport']['width']}-{look['color_scheme']}")
    is_clean(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Hide them in prompts and references too").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Names are hidden in prompts and references too from now on.")).to_be_visible()
