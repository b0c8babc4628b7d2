"""Every page that an annotator meets, as somebody needs it who sees, hears or moves differently: WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from annotation.models import Campaign
from annotation.services import create_campaign, open_campaign
from domain.services import battle_between
from tests.annotation.make import annotator_of
from tests.browser.accessibility import SIZES, is_clean
from tests.browser.rating import CLARITY, start
from tests.factories import LIKERT, PREFERENCE, SLIDER, make_project, make_prompt, make_response, make_rubric

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = """# Steps

1. **Ask** for a label.
2. Wait.

| a | b |
|---|---|
| 1 | $x^2$ |

```python
x = 1  # one
```

> said

[link](https://example.org/)"""


def a_campaign(task: str) -> Campaign:
    project = make_project()
    prompt = make_prompt(project, "What now? " * 40, reference="A label.")
    first = make_response(prompt=prompt, content=TEXT, system="Ash")
    second = make_response(prompt=prompt, content="Wait, then ask. سلام", system="Birch")
    items: list[Any]
    if task == "pairwise":
        rubric, items = make_rubric(project, PREFERENCE), [battle_between(first, second)]
    else:
        rubric, items = make_rubric(project, LIKERT, CLARITY, SLIDER), [first, second]
    return open_campaign(
        create_campaign(project=project, rubric=rubric, name="Round 1", items=items, guidelines="## How\n\nRead all.")
    )


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}-{size[1]}")
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    width, scheme = request.param
    return {"viewport": {"width": width, "height": 844}, "color_scheme": scheme, "bypass_csp": True}


@pytest.mark.parametrize("task", ["pairwise", "direct"])
def test_a_task_and_its_dialogs(rate: Callable[..., Page], look: dict[str, Any], task: str) -> None:
    page = rate(annotator_of(a_campaign(task)), **look)
    is_clean(page)
    start(page)
    is_clean(page)
    page.keyboard.press("1")
    if task == "pairwise":
        page.keyboard.press("d")
    is_clean(page)
    for key in ("s", "f", "g", "?"):
        if key == "?" and not page.locator('[data-dialog="keys"]').is_visible():
            continue
        page.locator("body").press(key)
        expect(page.locator("dialog:modal")).to_be_visible()
        is_clean(page)
        page.keyboard.press("Escape")


def test_what_is_around_the_tasks(rate: Callable[..., Page], look: dict[str, Any]) -> None:
    campaign = a_campaign("pairwise")
    page = rate(annotator_of(campaign), **look)
    start(page)
    address = page.url
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1).last).to_have_text("This campaign is complete")
    is_clean(page)
    here = f"/rate/campaigns/{campaign.pk}/"
    for path in (address, f"{here}answers/", f"{here}guidelines/", here, "/rate/", "/rate/nothing/", "/password/"):
        page.goto(path)
        is_clean(page)


def test_signing_in(new_context: Callable[..., BrowserContext], look: dict[str, Any]) -> None:
    page = new_context(**look).new_page()
    page.goto("/login/")
    is_clean(page)


def test_the_focus_goes_where_the_eyes_go_and_is_seen(rate: Callable[..., Page]) -> None:
    page = rate(annotator_of(a_campaign("pairwise")))
    start(page)
    page.locator("[data-start]").focus()
    seen = []
    for _ in range(18):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                """() => {
                    const element = document.activeElement;
                    const style = getComputedStyle(element);
                    const beside = element.nextElementSibling ? getComputedStyle(element.nextElementSibling) : style;
                    const ring = [style, beside].some(s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 1);
                    return [element.id || element.name || element.className || element.localName, ring];
                }"""
            )
        )
    names = [name for name, _ in seen]
    order = ["prompt-text", "side-a", "side-b", "answer-preference", "confidence", "rationale"]
    places = [names.index(name) for name in order]
    assert places == sorted(places)
    assert [name for name, ring in seen if not ring and name != "body"] == []


def test_everything_that_is_pressed_is_large_enough(rate: Callable[..., Page]) -> None:
    small = """() => [...document.querySelectorAll("a, button, summary, .option, .dots label, textarea")]
        .filter(e => e.checkVisibility() && !e.closest(".rendered, .visually-hidden, .skip"))
        .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24)).map(([html]) => html)"""
    for width in (1440, 360):
        page = rate(annotator_of(a_campaign("pairwise")), viewport={"width": width, "height": 800})
        page.get_by_role("button", name="Start").click()
        expect(page.locator(".question.current")).to_be_visible()
        assert page.evaluate(small) == []
