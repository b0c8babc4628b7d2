"""The second language, from signing in to the last task, in a browser that asks for German."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from domain.models import Verdict
from tests.annotation.make import annotator_of, direct_campaign, pairwise_campaign
from tests.factories import SLIDER, make_project, make_rubric

pytestmark = pytest.mark.django_db(transaction=True)

ENGLISH = re.compile(
    r"\b(the|your|you|answer|answers|next|skip|undo|task|sign|what|please|save|saved)\b", re.IGNORECASE
)
SEEN = """() => [...document.querySelectorAll("body *")]
    .filter(e => e.checkVisibility() && !e.closest(".rendered, kbd, .language, [dir=auto]"))
    .flatMap(e => [e.ariaLabel, e.title, ...[...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data)])
    .filter(Boolean).join(" \\n ")"""


def reads_german(page) -> None:
    assert page.locator("html").get_attribute("lang") == "de"
    assert ENGLISH.findall(page.evaluate(SEEN)) == []


def test_the_loop_in_german(rate, new_context):
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    page = new_context(locale="de-DE").new_page()
    page.goto("/login/")
    reads_german(page)
    page.get_by_label("Benutzername").fill(user.username)
    page.get_by_label("Passwort").fill("wrong horse")
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    reads_german(page)
    page.get_by_label("Benutzername").fill(user.username)
    page.get_by_label("Passwort").fill("correct horse")
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Bewerten")).to_be_visible()
    reads_german(page)
    page.get_by_role("button", name="Beginnen").click()
    expect(page.locator(".question.current")).to_be_visible()
    reads_german(page)
    for key in ("?", "s", "f", "g"):
        page.keyboard.press(key)
        expect(page.locator("dialog:modal")).to_be_visible()
        reads_german(page)
        page.keyboard.press("Escape")
    page.locator("[data-start]").focus()  # and not on the button of the last dialog, which Enter opens again
    page.keyboard.press("Enter")
    expect(page.locator("[data-state]")).to_contain_text("Zuerst beantworten:")
    page.keyboard.press("1")
    page.keyboard.press("d")
    expect(page.locator("[data-state]")).to_contain_text(re.compile("Als verschieden markiert|dieselben Wörter"))
    page.keyboard.press("Enter")
    expect(page.locator("#rate-progress .count")).to_have_text("1 von 2")
    page.keyboard.press("z")
    expect(page.get_by_text("Sie ändern eine frühere Antwort.")).to_be_visible()
    reads_german(page)
    page.keyboard.press("k")
    expect(page.get_by_text("Sie ändern eine frühere Antwort.")).to_be_hidden()
    page.keyboard.press("5")
    expect(page.locator("[data-state]")).to_have_text("Entwurf gespeichert")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Diese Kampagne ist vollständig")).to_be_visible()
    reads_german(page)
    page.get_by_role("link", name="Meine Antworten").last.click()
    expect(page.get_by_text("B viel besser")).to_be_visible()
    reads_german(page)
    assert Verdict.objects.counting().count() == 2


def test_the_language_is_switched_in_the_menu_and_stays(rate):
    page = rate(annotator_of(pairwise_campaign(1)))
    page.locator("details[data-menu] summary").click()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Bewerten")).to_be_visible()
    page.goto("/rate/nothing/")
    expect(page.get_by_role("heading", name="Hier ist nichts")).to_be_visible()
    page.goto("/rate/")
    page.locator("details[data-menu] summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Rate")).to_be_visible()


def test_numbers_are_taken_and_refused_in_words_of_the_language(rate):
    project = make_project()
    page = rate(annotator_of(direct_campaign(1, project=project, rubric=make_rubric(project, SLIDER))), locale="de-DE")
    page.get_by_role("button", name="Beginnen").click()
    page.locator("input.figure").fill("400")
    page.keyboard.press("Enter")
    expect(page.locator("[data-state]")).to_contain_text("Geben Sie eine Zahl von 0 bis 100 an")
    page.locator("input.figure").fill("40")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Diese Kampagne ist vollständig")).to_be_visible()
    assert Verdict.objects.get().scores.get().value == 40


@pytest.mark.parametrize("width", [360, 390, 900])
def test_longer_words_fit_a_small_screen(rate, width):
    page = rate(annotator_of(pairwise_campaign(1)), viewport={"width": width, "height": 700}, locale="de-DE")
    page.get_by_role("button", name="Beginnen").click()
    expect(page.locator(".question.current")).to_be_visible()
    beyond = """() => [...document.querySelectorAll("#answer-form *, .rate-head *, .sides *")]
        .filter(e => e.checkVisibility() && !e.closest(".visually-hidden"))
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(beyond) == []
