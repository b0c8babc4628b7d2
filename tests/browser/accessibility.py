"""Whether a page is clean by the rules of WCAG 2.2 AA, at every size and in both schemes."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIZES = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


def is_clean(page: Page) -> None:
    """Run axe over what the page shows now."""
    page.wait_for_timeout(150)  # colours that are on their way to another are neither
    found = Axe().run(page, options=RULES).response["violations"]
    lines = [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:300]}" for each in found for node in each["nodes"]
    ]
    assert lines == []
