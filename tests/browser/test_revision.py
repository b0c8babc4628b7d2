"""Revising guidelines and writing about answers in a real Chromium: by keyboard, and clean for axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.comments import say
from annotation.models import Assignment, Campaign, Comment, GuidelineVersion, Participant
from annotation.revision.publishing import publish_guidelines
from annotation.revision.scope import Scope
from annotation.services import claim, submit
from domain.models import Verdict
from domain.services import create_rubric
from tests.annotation.make import annotator_of, direct_campaign, held, value
from tests.annotation.working import finish
from tests.browser.accessibility import SIZES, is_clean
from tests.browser.rating import progress, start
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
GUIDE = "## What helps\n\nAn answer helps when it says what to do.\n\nBe kind to short answers."


@pytest.fixture
def campaign() -> Campaign:
    return direct_campaign(3, overlap=2, guidelines=GUIDE, name="Support answers")


def test_guidelines_are_revised_by_keyboard_after_a_look_at_what_that_takes_back(
    rate: Callable[..., Page], campaign: Campaign
):
    for _ in range(2):
        finish(annotator_of(campaign), campaign)
    page = rate(annotator_of(campaign, role="researcher"))
    page.goto(reverse("annotation:guideline_versions", args=[campaign.project.slug, campaign.pk]))
    page.locator("#id_text").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(GUIDE.replace("kind", "fair"))
    page.keyboard.press("Tab")
    page.keyboard.type("Short answers are no better.")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # earlier answers are taken back
    expect(page.get_by_text("To which criteria")).to_be_visible()
    page.get_by_role("button", name="Show what it takes back").focus()
    page.keyboard.press("Enter")
    effect = page.get_by_role("region", name="What it takes back")
    expect(effect).to_contain_text("6 answers are set aside, of 2 people about 3 items")
    is_clean(page)
    page.get_by_role("button", name="Publish").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Version 1 is in force.")).to_be_visible()
    expect(page.locator("#compare ins")).to_have_text("fair")
    is_clean(page)
    assert GuidelineVersion.objects.get(number=1).reopened == 6
    page.get_by_role("button", name="Undo what version 1 did").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("6 answers count again")).to_be_visible()
    assert Verdict.objects.counting().count() == 6


def test_an_annotator_is_told_reads_it_and_sends_what_was_entered(rate: Callable[..., Page], campaign: Campaign):
    page = rate(annotator_of(campaign))
    start(page)
    page.keyboard.press("4")
    publish_guidelines(campaign, text="Be strict.", note="Dates count as facts.", scope=Scope(), by=None)
    page.keyboard.press("Enter")
    news = page.locator("[data-news]")
    expect(news).to_contain_text("Dates count as facts.")
    expect(news).to_contain_text("What you entered is kept")
    expect(page.locator("input[value='4']:checked")).to_have_count(1)
    is_clean(page)
    news.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(news).to_have_count(0)
    assert Participant.objects.get().seen_guidelines == 1
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    progress(page, "1 of 3")
    assert Assignment.objects.get(state="done").guidelines == 1


def test_a_word_about_an_answer_and_a_reply_by_keyboard(rate: Callable[..., Page], campaign: Campaign):
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, task.token, value(), key="1")
    page = rate(annotator_of(campaign, role="reviewer"))
    card = reverse("annotation:rater", args=[campaign.project.slug, campaign.pk, Participant.objects.get().pk])
    page.goto(card)
    page.locator("summary", has_text="Write to the annotator").focus()
    page.keyboard.press("Enter")
    box = page.get_by_role("textbox", name="Write to the annotator")
    box.focus()
    page.keyboard.type("Ash is right, is it not?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="It names Ash")).to_be_visible()
    expect(box).to_have_value("Ash is right, is it not?")
    box.fill("Why four?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".comment-text")).to_have_text("Why four?")
    is_clean(page)
    page = rate(user)
    page.get_by_role("link", name="1 new comment").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".comment")).to_contain_text("Reviewer")
    page.get_by_role("textbox", name="Reply").focus()
    page.keyboard.type("It says what to do.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".comment-text")).to_have_text(["Why four?", "It says what to do."])
    assert Comment.objects.get(is_reviewer=False).text == "It says what to do."


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_pages_are_clean_at_every_size(rate: Callable[..., Page], campaign: Campaign, width: int, scheme: str):
    user = annotator_of(campaign)
    finish(user, campaign)
    turn = Assignment.objects.filter(annotator=user)[0]
    say(turn, "Why four?\n\n" + "A long word about it. " * 30, by=make_user("rosa"), is_reviewer=True)
    say(turn, "Because.", by=user, is_reviewer=False)
    to = create_rubric(project=campaign.project, spec=campaign.rubric.spec())
    publish_guidelines(campaign, text=GUIDE + "\n\nMore.", note="More was said.", scope=Scope(), by=user)
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    page = rate(annotator_of(campaign, role="researcher"), **options)
    slug, pk = campaign.project.slug, campaign.pk
    for where in (
        reverse("annotation:guideline_versions", args=[slug, pk]),
        reverse("annotation:revise_rubric", args=[slug, pk, to.pk]),
        reverse("annotation:rater", args=[slug, pk, Participant.objects.get().pk]),
    ):
        page.goto(where)
        is_clean(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
    page = rate(user, **options)
    page.goto(reverse("annotation:answers", args=[pk]))
    is_clean(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
