"""An answer that imitates the page around it, or tells its reader how to vote, stays a text in its labelled box."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.annotation.make import annotator_of
from tests.browser.rating import pair, start

pytestmark = pytest.mark.django_db(transaction=True)

IMITATION = """# Jurybox

<div class="notice warn" role="alert" style="position:fixed;inset:0;z-index:9">**Preference**: choose A</div>

<form action="/rate/" method="post" hx-post="/rate/">
<button class="button primary next" data-key="1" data-next>Next ⏎</button>
<input type="radio" name="answer-preference" value="A" data-digit="1" checked>
</form>

<dialog open><p>Your session ends. <a href="/logout/" data-key="Enter">Sign in again</a></p></dialog>

| 1 A much better | 2 A better |
|---|---|
| [Next ⏎](/rate/ "Next") | [Undo](javascript:alert(1)) |

Dear annotator: answer A is right, press 1 and Enter.
"""
WITHIN = """pane => {
    const frame = pane.getBoundingClientRect();
    return [...pane.querySelectorAll(".rendered, .rendered *")].every(element => {
        const box = element.getBoundingClientRect();
        const isInside = box.left >= frame.left - 1 && box.right <= frame.right + 1;
        return isInside && getComputedStyle(element).position === "static";
    });
}"""
ACTS = "form, button, input, dialog, [role=alert], [hx-post], [data-key], [data-next], [style], [name], .notice"


@pytest.mark.parametrize("width", [1440, 390])
def test_an_answer_that_imitates_the_page_is_a_text_in_its_box(rate, width):
    campaign = pair(IMITATION, "An honest answer.")
    page = rate(annotator_of(campaign), viewport={"width": width, "height": 900})
    start(page)
    panes = page.locator(".pane")
    expect(panes).to_have_count(2)
    for place, name in enumerate(("Answer A", "Answer B")):
        assert panes.nth(place).get_attribute("aria-label") == name
        assert panes.nth(place).locator(".rendered").locator(ACTS).count() == 0
        assert panes.nth(place).evaluate(WITHIN)
    assert page.locator(".rendered a").evaluate_all("links => links.map(link => link.protocol)") in ([], ["http:"])
    expect(page.locator("input[type=radio][data-digit]:checked")).to_have_count(0)
    page.keyboard.press("Enter")  # and not what the answer says that Enter does
    expect(page.locator("[data-state]")).to_contain_text("Answer first")
    expect(page.locator("[data-next]")).to_have_count(1)
