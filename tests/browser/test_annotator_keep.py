"""Nothing that an annotator enters is lost, and nothing counts twice: in a real Chromium."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import APIResponse, Page, expect

from annotation.models import Assignment
from domain.models import Verdict
from tests.annotation.make import annotator_of, direct_campaign, pairwise_campaign
from tests.browser.rating import copies, progress, sign_in, start

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "Nobody may find this text on the device."


def complete(page: Page) -> None:
    expect(page.get_by_role("heading", name="This campaign is complete")).to_be_visible(timeout=20_000)


def enter(page: Page) -> None:
    page.keyboard.press("4")
    page.keyboard.press("w")
    page.keyboard.type("B names the deadline")


def is_as_entered(page: Page) -> None:
    expect(page.locator('input[value="right:1"]')).to_be_checked()
    expect(page.locator("textarea[name=rationale]")).to_have_value("B names the deadline")


def test_a_draft_is_on_the_server_while_somebody_is_still_typing(rate):
    campaign = pairwise_campaign(1)
    page = rate(annotator_of(campaign))
    start(page)
    page.keyboard.press("w")
    for letter in "slowly but without a pause, for two seconds ":
        page.keyboard.type(letter, delay=50)
    saved = Assignment.objects.get().draft
    assert saved
    assert saved["rationale"].startswith("slowly")


def test_the_copy_on_the_device_holds_no_text_and_goes_with_the_servers_answer(rate, page_watch):
    campaign = direct_campaign(2)
    for item in campaign.items.all():
        item.response.content = SECRET
        item.response.save()
    page = rate(annotator_of(campaign))
    start(page)
    page.context.set_offline(True)
    page.keyboard.press("3")
    (kept,) = copies(page)
    assert '["answer-helpfulness","3"]' in kept
    assert SECRET not in kept
    assert "csrf" not in kept
    page.context.set_offline(False)
    expect(page.locator("[data-state]")).to_have_text("Draft saved", timeout=8000)
    assert copies(page) == []
    page.keyboard.press("Enter")
    progress(page, "1 of 2")
    assert copies(page) == []
    page_watch.clear()  # the browser logs what it could not fetch


def test_a_tab_that_crashed_is_opened_again_with_everything_in_it(rate, page_watch):
    campaign = pairwise_campaign(1)
    page = rate(annotator_of(campaign))
    start(page)
    page.route("**/draft/", lambda route: route.abort())  # so that only this device has it
    enter(page)
    address, context = page.url, page.context
    page.close(run_before_unload=False)
    again = context.new_page()
    again.goto(address)
    is_as_entered(again)
    expect(again.locator("[data-state]")).to_have_text("Draft saved")
    assert copies(again) == []
    page_watch.clear()


def test_a_reload_without_a_connection_loses_nothing(rate, page_watch):
    campaign = pairwise_campaign(1)
    page = rate(annotator_of(campaign))
    start(page)
    address = page.url
    page.context.set_offline(True)
    enter(page)
    expect(page.locator("#connection")).to_contain_text("No connection.")
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        page.reload()
    page.context.set_offline(False)
    page.goto(address)
    is_as_entered(page)
    page_watch.clear()


def test_an_answer_given_without_a_connection_goes_through_once_when_it_is_back(rate, page_watch):
    campaign = pairwise_campaign(1)
    page = rate(annotator_of(campaign))
    start(page)
    page.context.set_offline(True)
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    expect(page.locator("#connection")).to_contain_text(
        "Your answer is kept on this device and goes off by itself later"
    )
    expect(page.locator("#live-notice")).to_be_hidden()
    page.keyboard.press("1")  # locked: what is on its way is not changed by chance
    expect(page.locator('input[value="right:2"]')).to_be_checked()
    page.context.set_offline(False)
    complete(page)
    assert Verdict.objects.get().scores.get().strength == 2
    assert copies(page) == []
    expect(page.locator("#connection")).not_to_contain_text("No connection")
    page_watch.clear()


def test_an_answer_whose_receipt_was_lost_is_sent_again_under_the_same_key(rate, page_watch):
    campaign = pairwise_campaign(2)
    page = rate(annotator_of(campaign))
    start(page)
    lost: list[APIResponse] = []

    def lose(route):
        if route.request.method != "POST" or lost:
            return route.fallback()
        lost.append(route.fetch())  # the server has it; the answer never arrives
        return route.abort()

    page.route(re.compile(r"/rate/[^/]+/$"), lose)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    progress(page, "1 of 2")
    assert len(lost) == 1
    assert Verdict.objects.count() == 1
    page_watch.clear()


def test_a_held_answer_survives_a_crash_and_still_counts_once(rate, page_watch):
    campaign = pairwise_campaign(2)
    page = rate(annotator_of(campaign))
    start(page)
    page.context.set_offline(True)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("#connection")).to_contain_text("goes off by itself")
    address, context = page.url, page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    progress(again, "1 of 2")
    assert Verdict.objects.count() == 1
    assert copies(again) == []
    page_watch.clear()


def test_a_held_answer_can_be_taken_back_and_changed(rate, page_watch):
    campaign = pairwise_campaign(1)
    page = rate(annotator_of(campaign))
    start(page)
    page.context.set_offline(True)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Change it first").click()
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    complete(page)
    assert Verdict.objects.get().scores.get().outcome == "tie"
    page_watch.clear()


def test_an_answer_after_the_session_ended_leads_to_signing_in_and_back(rate, page_watch):
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    page = rate(user)
    start(page)
    address = page.url
    Session.objects.all().delete()
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/login/"))
    sign_in(page, user.username)
    expect(page).to_have_url(address)
    expect(page.locator('input[value="right:1"]')).to_be_checked()
    assert not Verdict.objects.exists()
    page.keyboard.press("Enter")
    progress(page, "1 of 2")
    assert copies(page) == []
    page_watch.clear()  # the 401 is logged


def test_a_draft_after_the_session_ended_says_where_to_sign_in(rate):
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    page = rate(user)
    start(page)
    Session.objects.all().delete()
    enter(page)
    expect(page.locator("#connection")).to_contain_text("You are signed out.")
    page.locator("#connection").get_by_role("link", name="Sign in").click()
    sign_in(page, user.username)
    is_as_entered(page)


def test_somebody_else_who_signs_in_sees_nothing_of_it(rate, page_watch):
    campaign = pairwise_campaign(1)
    page = rate(annotator_of(campaign))
    start(page)
    other = annotator_of(campaign, "other")
    Session.objects.all().delete()
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/login/"))
    sign_in(page, other.username)
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    page_watch.clear()


def test_enter_hit_again_and_again_answers_once(rate):
    campaign = pairwise_campaign(3)
    page = rate(annotator_of(campaign))
    start(page)
    page.keyboard.press("1")
    for _ in range(8):
        page.keyboard.press("Enter")
    progress(page, "1 of 3")
    expect(page.locator("[data-state]")).to_contain_text(re.compile("Answer first|^$"))
    assert Verdict.objects.count() == 1


def test_the_back_button_leads_to_the_list_and_not_to_an_answered_task(rate):
    campaign = pairwise_campaign(3)
    page = rate(annotator_of(campaign))
    start(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    progress(page, "1 of 3")
    here = page.url
    page.go_back()
    expect(page.get_by_role("heading", name="Rate")).to_be_visible()
    page.go_forward()
    expect(page).to_have_url(here)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    progress(page, "2 of 3")
    assert Verdict.objects.count() == 2


def test_two_tabs_of_one_task_give_one_answer(rate):
    campaign = pairwise_campaign(2)
    page = rate(annotator_of(campaign))
    start(page)
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.locator(".question.current")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    progress(page, "1 of 2")
    second.keyboard.press("5")
    second.keyboard.press("Enter")
    expect(second.get_by_role("heading", name="You have answered this task")).to_be_visible()
    assert copies(second) == []
    assert Verdict.objects.get().scores.get().strength == 2
    second.get_by_role("button", name="Go on").click()
    expect(second.locator("#rate-progress .count")).to_have_text("1 of 2")
