"""Steps of an annotator in a browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect


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
