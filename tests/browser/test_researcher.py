"""A researcher's way in a real Chromium: import files, let a judge compare, read the leaderboard."""

from __future__ import annotations

import csv
import io
import json
import re
import threading

import pytest
from playwright.sync_api import FilePayload, Page, expect

from domain.models import Project, Verdict
from judges.worker import work
from tests.factories import make_user
from tests.fakes.provider import running_provider

pytestmark = pytest.mark.django_db(transaction=True)

PROMPTS = 4
SYSTEMS = {
    "Ash": "A full answer to question {n}: it says what to do, why, and what to watch out for on the way.",
    "Birch": "A short answer to {n}.",
    "Cedar": "An answer to {n} of middling length, with a reason.",
}


def prompts() -> bytes:
    rows = [{"id": f"q{n}", "prompt": f"How do I do thing number {n}?", "tags": ["how-to"]} for n in range(PROMPTS)]
    return "\n".join(json.dumps(row) for row in rows).encode()


def responses() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["prompt_id", "system", "response"])
    writer.writerows([f"q{n}", name, text.format(n=n)] for n in range(PROMPTS) for name, text in SYSTEMS.items())
    return out.getvalue().encode()


def votes() -> bytes:
    rows = [
        f"q{n},{first},{second},A,person-{n % 2}"
        for n in range(PROMPTS)
        for first, second in (("Ash", "Birch"), ("Ash", "Cedar"), ("Cedar", "Birch"))
    ]
    rows.append("q0,Birch,Ash,A,person-1")  # nobody is unbeaten, so every rating is finite
    rows.append("q0,Birch,Cedar,A,person-1")
    return "\n".join(["prompt_id,system_a,system_b,outcome,rater", *rows]).encode()


@pytest.fixture
def worker():
    """The embedded worker, in a thread of this process."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=[stop])
    thread.start()
    yield
    stop.set()
    thread.join(30)


@pytest.fixture
def page(new_context, settings, tmp_path) -> Page:
    settings.HOME = tmp_path
    make_user("ada", is_superuser=True)
    page: Page = new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto("/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("correct horse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    return page


def make_project(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="New project").first.click()
    page.get_by_label("Name", exact=True).fill("Trial")
    page.get_by_role("button", name="project").click()
    expect(page).to_have_url(re.compile(r"/p/trial/$"))


def import_files(page: Page) -> None:
    page.goto("/p/trial/data/imports/new/")
    page.locator("input[type=file]").set_input_files(
        [
            FilePayload(name="prompts.jsonl", mimeType="application/json", buffer=prompts()),
            FilePayload(name="responses.csv", mimeType="text/csv", buffer=responses()),
            FilePayload(name="votes.csv", mimeType="text/csv", buffer=votes()),
        ]
    )
    page.get_by_role("button", name="Check the files").click()
    rows = PROMPTS + 3 * PROMPTS + 3 * PROMPTS + 2
    expect(page.get_by_role("heading", level=1)).to_have_text(f"All {rows} rows can be imported")
    assert not Verdict.objects.exists()
    page.get_by_role("button", name=f"Import {rows} rows").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Import \d+ is in"), timeout=30_000)


def launch_judge(page: Page, address: str) -> None:
    page.goto("/p/trial/judges/")
    page.get_by_role("link", name="New judge").click()
    page.get_by_label("Name", exact=True).fill("Local judge")
    page.get_by_label("Rubric").select_option(index=1)
    page.get_by_label("Provider").select_option("openai-compatible")
    page.get_by_label("Model", exact=True).fill("local-model")
    page.get_by_label("Address").fill(address)
    page.get_by_label("Variable of the key").fill("LOCAL_API_KEY")
    page.get_by_role("button", name="Make this judge").click()
    page.goto("/p/trial/runs/")
    page.get_by_role("link", name="Launch").first.click()
    expect(page.locator("#estimate")).to_contain_text("Calls")
    expect(page.locator("#estimate")).to_contain_text(str(3 * PROMPTS * 2))
    page.get_by_role("button", name="Launch").click()


def test_import_run_leaderboard(page, worker, settings, monkeypatch):
    monkeypatch.setenv("LOCAL_API_KEY", "local")
    with running_provider(seed=7) as fake:
        settings.JUDGE_PRIVATE_HOSTS = [f"127.0.0.1:{fake.port}"]
        make_project(page)
        import_files(page)
        launch_judge(page, fake.openai_url)
        calls = 3 * PROMPTS * 2
        expect(page.locator("h1")).to_contain_text(f"{calls} of {calls} answered", timeout=60_000)
        expect(page.locator("h1")).to_contain_text("done")

    page.get_by_role("link", name="Leaderboard").click()
    board = page.locator("table.board tbody tr")
    expect(board).to_have_count(len(SYSTEMS))
    expect(board.first).to_contain_text("Ash")
    with page.expect_response(lambda response: "raters=human" in response.url):
        page.get_by_label("From").select_option("human")
    expect(page.locator("#leaderboard")).to_contain_text("14 scored battles")

    page.get_by_role("link", name="Agreement").click()
    expect(page.locator("table.forest").first).to_contain_text("Local judge")
    judged = Verdict.objects.planned().filter(project=Project.objects.get(slug="trial")).by_judges()
    assert judged.count() == calls
