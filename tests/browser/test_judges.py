"""Writing a judge with its preview, trying it, and looking through the cells of a run by keys, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from domain.models import Project
from judges.models import JudgeVersion, Run, TrialCall
from judges.providers import Vendor
from tests.browser.draining import drained
from tests.factories import PREFERENCE, make_project, make_rubric, make_user
from tests.fakes.provider import Running, running_provider
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fake(settings, monkeypatch) -> Iterator[Running]:
    monkeypatch.setenv("PORTIA_API_KEY", "sk-portia")
    with running_provider(seed=1, api_key="sk-portia") as running:
        settings.JUDGE_PRIVATE_HOSTS = [f"127.0.0.1:{running.port}"]
        yield running


@pytest.fixture
def project() -> Project:
    project = make_project(slug="shop", owner=make_user("ada"))
    make_battles(project, 3)
    make_rubric(project, PREFERENCE, name="Better")
    return project


@pytest.fixture
def page(new_context, project) -> Page:
    page: Page = new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto("/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("correct horse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    return page


def done_run(project: Project, fake: Running) -> Run:
    rubric = project.rubrics.get(name="Better")
    run = make_run(
        make_version(project, rubric=rubric, vendor=Vendor.OPENAI_CHAT, model="gpt-6-luna", base_url=fake.openai_url)
    )
    drained(run)
    return run


def test_the_prompt_follows_the_form_and_the_judge_is_tried_once(page, fake):
    page.goto("/p/shop/judges/new/")
    preview = page.locator("#preview")
    page.get_by_label("Rubric").select_option(label="Better, version 1")
    expect(preview).to_contain_text("You are a careful and impartial judge.")
    expect(preview).to_contain_text("Name the model")
    page.get_by_label("Provider").select_option("openai-chat")
    page.get_by_label("Address").fill(fake.openai_url)
    page.get_by_label("Variable of the key").fill("PORTIA_API_KEY")
    page.get_by_label("Model", exact=True).fill("gpt-6-luna")
    page.keyboard.press("Tab")
    expect(preview).to_contain_text("at most $")
    preview.get_by_text("Try it once on this item").click()
    preview.get_by_role("button", name="Ask once, for at most $").click()
    expect(preview.get_by_role("heading", name="It answered")).to_be_visible()
    trial = TrialCall.objects.get()
    expect(preview).to_contain_text(f"Trial {trial.pk} is on the books")
    assert len(fake.log.records()) == 1
    assert not JudgeVersion.objects.exists()
    expect(page.get_by_label("Address")).to_have_value(fake.openai_url)


def test_cells_are_looked_through_by_keys_within_their_filter(page, project, fake):
    run = done_run(project, fake)
    first, second = run.cells.values_list("pk", flat=True)[1:3]
    run.cells.filter(pk__in=[first, second]).update(outcome="refused")
    page.goto(f"/p/shop/runs/{run.pk}/")
    page.get_by_role("navigation", name="Which answers").get_by_role("link", name="Refused").click()
    expect(page).to_have_url(re.compile(r"show=refused"))
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(rf"/cells/{first}/\?show=refused"))
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(rf"/cells/{second}/\?show=refused"))
    page.keyboard.press("j")  # there is no next one
    page.keyboard.press("k")
    expect(page).to_have_url(re.compile(rf"/cells/{first}/\?show=refused"))


def test_progress_moves_without_moving_what_is_below(page, project, fake):
    run = done_run(project, fake)
    Run.objects.filter(pk=run.pk).update(state="running", engine="command", alive_at=None, verdicts=2, planned=6)
    page.goto(f"/p/shop/runs/{run.pk}/")
    below = page.locator("#answers").bounding_box()
    Run.objects.filter(pk=run.pk).update(verdicts=4, refused=1)
    expect(page.locator("#run-answered")).to_have_text("5 of 6 answered", timeout=10_000)
    expect(page.locator("#run-said")).to_have_text("5 of 6 answered")
    assert page.locator("#answers").bounding_box() == below
