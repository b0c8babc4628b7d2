"""The frame of every page in a real Chromium, under the strict content security policy."""

from __future__ import annotations

import pytest
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import path
from playwright.sync_api import Page, expect

from domain.choices import Choice, Outcome
from domain.models import Project
from domain.services import Draft, record_verdict
from jurybox.urls import urlpatterns as ours
from tests.factories import PREFERENCE, make_battle, make_project, make_prompt, make_rater, make_rubric, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]

BODY = """
{% extends "base.html" %}
{% block content %}
<h1>Keys</h1>
<form hx-post="/echo/" hx-target="#said" hx-swap="innerHTML">{% csrf_token %}
  <input name="why" aria-label="Why"> <button class="button" data-key="1">One</button></form>
<button class="button" data-key="2" disabled hx-post="/echo/" hx-target="#said">Two</button>
<button class="button" data-dialog="help" data-key="?">Keys</button>
<button class="button" data-key="Enter" hx-post="/echo/" hx-target="#said">Next</button>
<dialog id="help"><form method="dialog"><button class="button" data-key="1">Close</button></form></dialog>
<p id="said"></p>
<button class="button" hx-get="/fail/" hx-target="#said">Fail</button>
<input type="search" data-filter="t" aria-label="Filter"><span data-filter-count="t"></span>
<table class="table" id="t" data-sort><thead><tr><th>Name</th><th class="num">n</th></tr></thead>
<tbody><tr data-href="/login/"><td>Ash</td><td class="num">9</td></tr><tr><td>Birch</td><td class="num">−1 000</td></tr>
<tr><td>Cedar</td><td class="num">–</td></tr><tr><td>Elm</td><td class="num">10</td></tr></tbody></table>
{% endblock %}
"""


@login_required
def trial(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Template(BODY).render(RequestContext(request, {"user": request.user})))


@login_required
def echo(request: HttpRequest) -> HttpResponse:
    why = request.POST.get("why", "")
    status = 422 if why == "wrong" else 200
    request.session["n"] = request.session.get("n", 0) + 1
    return HttpResponse(f"{why or 'nothing'} × {request.session['n']}", status=status)


def fail(request: HttpRequest) -> HttpResponse:
    return HttpResponse("oops", status=503)


urlpatterns = [*ours, path("trial/", trial), path("echo/", echo), path("fail/", fail)]


def sign_in(page: Page, username: str = "ada") -> None:
    page.goto("/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")


@pytest.fixture
def trial_page(page: Page) -> Page:
    make_user("ada", is_staff=True)
    sign_in(page)
    page.goto("/trial/")
    return page


def test_signing_in_and_out_works_with_a_plain_form(page):
    make_user("ada", is_staff=True)
    sign_in(page)
    page.get_by_text("ada").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_signing_in_works_without_scripts(new_context):
    make_user("ada", is_staff=True)
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("No projects yet")


def test_a_wrong_password_says_so(page):
    make_user("ada")
    page.goto("/login/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("wrong horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").first).to_contain_text("enter a correct username and password")


def test_a_key_clicks_its_button_once_however_long_it_is_held(trial_page):
    trial_page.keyboard.down("1")
    trial_page.keyboard.down("1")  # a repeat
    trial_page.keyboard.up("1")
    expect(trial_page.locator("#said")).to_have_text("nothing × 1")


@pytest.mark.parametrize("key", ["2", "Control+1", "Alt+1", "3"])
def test_a_key_without_a_usable_button_or_with_a_modifier_does_nothing(trial_page, key):
    trial_page.keyboard.press(key)
    trial_page.keyboard.press("1")
    expect(trial_page.locator("#said")).to_have_text("nothing × 1")


def test_typing_is_typing(trial_page):
    trial_page.get_by_label("Why").press_sequentially("11?")
    expect(trial_page.get_by_label("Why")).to_have_value("11?")
    expect(trial_page.locator("#said")).to_have_text("")
    expect(trial_page.locator("#help")).not_to_be_visible()


def test_enter_on_a_focused_button_is_for_that_button_alone(trial_page):
    trial_page.get_by_role("button", name="One").focus()
    trial_page.keyboard.press("Enter")
    expect(trial_page.locator("#said")).to_have_text("nothing × 1")
    trial_page.wait_for_timeout(200)
    expect(trial_page.locator("#said")).to_have_text("nothing × 1")


def test_an_open_dialog_has_the_keys_to_itself(trial_page):
    trial_page.keyboard.press("?")
    expect(trial_page.locator("#help")).to_be_visible()
    trial_page.keyboard.press("1")
    expect(trial_page.locator("#help")).not_to_be_visible()
    expect(trial_page.locator("#said")).to_have_text("")


def test_a_form_sent_back_with_422_is_swapped_in(trial_page):
    trial_page.get_by_label("Why").fill("wrong")
    trial_page.get_by_role("button", name="One").click()
    expect(trial_page.locator("#said")).to_have_text("wrong × 1")
    expect(trial_page.locator("#live-notice")).to_be_hidden()


def test_a_failing_server_is_told_with_what_to_do_and_forgotten_after_success(trial_page, page_watch):
    trial_page.get_by_role("button", name="Fail").click()
    expect(trial_page.locator("#live-notice")).to_contain_text("The server failed. Its log has the reason.")
    expect(trial_page.locator("#said")).to_have_text("")
    trial_page.get_by_role("button", name="One").click()
    expect(trial_page.locator("#live-notice")).to_be_hidden()
    assert page_watch.clear() != []  # the 503, which this test provoked


def test_a_lost_network_is_told_with_what_to_do(trial_page, page_watch):
    trial_page.get_by_label("Why").fill("typed before")
    trial_page.context.set_offline(True)
    trial_page.get_by_role("button", name="One").click()
    expect(trial_page.locator("#live-notice")).to_contain_text("The server cannot be reached. Check the connection")
    trial_page.context.set_offline(False)
    trial_page.get_by_role("button", name="One").click()
    expect(trial_page.locator("#said")).to_have_text("typed before × 1")
    assert page_watch.clear() != []  # the lost request, which this test provoked


def test_an_answer_survives_the_end_of_the_session(trial_page, page_watch):
    trial_page.get_by_label("Why").fill("typed before")
    other = trial_page.context.new_page()
    other.goto("/trial/")
    other.get_by_text("ada", exact=True).click()
    other.get_by_role("button", name="Sign out").click()
    trial_page.get_by_role("button", name="One").click()
    expect(trial_page.locator("#live-notice")).to_contain_text("You are signed out. Sign in in another tab")
    sign_in(other)
    trial_page.get_by_role("button", name="One").click()
    expect(trial_page.locator("#said")).to_have_text("typed before × 1")
    page_watch.clear()  # the 401, which this test provoked


def names(page: Page) -> list[str]:
    return page.locator("#t tbody tr:visible td:first-child").all_inner_texts()


def test_a_table_is_filtered_by_typing(trial_page):
    trial_page.get_by_label("Filter").fill("E")
    assert names(trial_page) == ["Cedar", "Elm"]
    expect(trial_page.locator("[data-filter-count]")).to_have_text("2 of 4 shown")
    trial_page.get_by_label("Filter").fill("e ced")
    assert names(trial_page) == ["Cedar"]


def test_a_table_is_sorted_as_numbers_with_the_missing_last(trial_page):
    trial_page.get_by_role("button", name="n", exact=True).click()
    assert names(trial_page) == ["Elm", "Ash", "Birch", "Cedar"]
    trial_page.get_by_role("button", name="n", exact=True).click()
    assert names(trial_page) == ["Birch", "Ash", "Elm", "Cedar"]
    expect(trial_page.locator("th[aria-sort=ascending]")).to_have_text("n")


def test_a_row_opens_its_thing(trial_page):
    trial_page.get_by_role("cell", name="Ash").click()
    trial_page.wait_for_url("**/")  # signed in already: /login/ goes home


def test_the_first_tab_skips_to_the_content(trial_page):
    trial_page.keyboard.press("Tab")
    expect(trial_page.get_by_role("link", name="Skip to the content")).to_be_focused()
    trial_page.keyboard.press("Enter")
    expect(trial_page.locator("#main")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone_or_breaks_the_policy(new_context, scheme):
    ada = make_user("ada")
    project = make_project(owner=ada, slug="a-project-with-a-rather-long-name-of-sixty-characters-more")
    battle = make_battle(project, ("a-system-whose-name-is-far-too-long-for-a-phone" * 2, "Birch"))
    make_prompt(project, "word " * 4000 + "x" * 500, external_id="y" * 200, tags=["long tag"] * 9)
    rubric = make_rubric(project, PREFERENCE)
    page = new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme).new_page()
    sign_in(page)
    root = f"/p/{project.slug}"
    parts = [
        "",
        "data/",
        "data/systems/",
        "data/responses/",
        "data/battles/",
        "data/imports/",
        "rubrics/",
        "rubrics/new/",
    ]
    ones = [f"data/prompts/{battle.prompt_id}/", f"data/battles/{battle.pk}/", f"rubrics/{rubric.pk}/", "settings/"]
    for address in ["/", "/password/", "/account/tokens/", *(f"{root}/{part}" for part in [*parts, *ones])]:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address


@pytest.mark.parametrize("width", [360, 640, 1280])
def test_names_without_a_space_widen_no_page(new_context, width):
    ada, endless = make_user("ada"), "W" * 90
    project = make_project(owner=ada)
    Project.objects.filter(pk=project.pk).update(name=endless)
    first, second = make_battle(project, (f"a{endless}", f"b{endless}")), make_battle(project, ("Birch", "Cedar"))
    rubric = make_rubric(project, PREFERENCE, name=endless)
    for n, battle in enumerate((first, first, second, second)):  # two groups: some pairs of the heatmap never met
        rater = make_rater(project, f"{n}{endless}")
        answers = {"preference": Choice(Outcome.A if n % 2 else Outcome.B, None)}
        draft = Draft(rater_id=rater.pk, battle_id=battle.pk, answers=answers, occasion=str(n), rationale=endless)
        record_verdict(project=project, rubric=rubric, draft=draft)
    page = new_context(viewport={"width": width, "height": 700}).new_page()
    sign_in(page)
    ones = [f"data/battles/{first.pk}/", "data/battles/", "data/systems/", "rubrics/", "leaderboard/", "campaigns/new/"]
    for address in ["/", *(f"/p/{project.slug}/{one}" for one in ones)]:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_typing_into_the_filter_brings_the_rows(page):
    ada = make_user("ada")
    project = make_project(owner=ada)
    for name in ("alpha", "beta"):
        make_prompt(project, external_id=name)
    sign_in(page)
    page.goto(f"/p/{project.slug}/data/")
    page.get_by_role("searchbox").press_sequentially("bet")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert page.url.endswith("?q=bet")
    page.reload()
    expect(page.locator("#rows tbody tr")).to_have_count(1)
