"""Steps of an annotator in a browser, and what they are asked about."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from annotation.models import Campaign
from annotation.services import create_campaign, open_campaign
from domain.services import battle_between
from domain.specs import CriterionSpec, Kind, Level
from tests.factories import PREFERENCE, make_project, make_prompt, make_response, make_rubric

CLARITY = CriterionSpec(
    key="clarity",
    name="Clarity",
    meaning="Is it easy to read?",
    kind=Kind.SCORE,
    level=Level.ORDINAL,
    values=(1.0, 2.0, 3.0, 4.0, 5.0),
    anchors={1.0: "lost", 3.0: "with effort", 5.0: "at once"},
)


def start(page: Page) -> None:
    """Enter begins the first campaign."""
    page.keyboard.press("Enter")
    expect(page.locator(".question.current")).to_be_visible()  # so the script runs


def progress(page: Page, text: str) -> None:
    """Wait for the count of answers; one that is sent again takes a few seconds."""
    expect(page.locator("#rate-progress .count")).to_have_text(text, timeout=20_000)


def sign_in(page: Page, username: str) -> None:
    page.fill("[name=username]", username)
    page.fill("[name=password]", "correct horse")
    page.click("main button.primary")


def copies(page: Page) -> list[str]:
    """What this browser keeps of answers that the server has not confirmed."""
    found: list[str] = page.evaluate(
        "Object.entries(localStorage).filter(([k]) => k.startsWith('jurybox:answer:')).map(([, v]) => v)"
    )
    return found


def pair(first: str, second: str, prompt: str = "What now?") -> Campaign:
    """One battle between two texts, twice, so that whichever is left first, there is a next card."""
    project = make_project()
    asked = [make_prompt(project, prompt) for _ in range(2)]
    items = [
        battle_between(
            make_response(prompt=one, content=first, system="Ash"),
            make_response(prompt=one, content=second, system="Birch"),
        )
        for one in asked
    ]
    rubric = make_rubric(project, PREFERENCE)
    return open_campaign(create_campaign(project=project, rubric=rubric, name="Pair", items=items, seed=1))
