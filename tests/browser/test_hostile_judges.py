"""What hostile judges and providers write, on every page that shows it, in a real Chromium without our policy."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page

from domain.services import battle_between, get_or_create_system
from judges.models import Run
from judges.parameters import Parameters
from tests import hostile
from tests.browser.draining import drained
from tests.browser.listening import requests_of
from tests.factories import PREFERENCE, make_project, make_prompt, make_response, make_rubric, make_user
from tests.fakes.provider import Faults
from tests.judges.conftest import fake as fake
from tests.judges.making import make_run, make_version

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "\n\n".join(text for text in hostile.SMALL.values() if text.isprintable() or "\n" in text)
POKE = """
() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const node of document.querySelectorAll("main *")) {
    for (const type of ["mouseover", "focus", "toggle", "error", "load"]) node.dispatchEvent(new Event(type));
  }
  const problems = [];
  if (document.documentElement.dataset.ran) problems.push("a script ran");
  if (document.querySelector("main script, main iframe, main img, main object, main embed, main base, main meta"))
    problems.push("an element that no page of ours has");
  if (document.querySelector("main [onclick], main [onerror], main [onmouseover], main [style*=fixed]"))
    problems.push("an attribute that no page of ours has");
  if (document.documentElement.scrollWidth > innerWidth) problems.push("the page scrolls sideways");
  return problems;
}
"""


@pytest.fixture
def project():
    project = make_project(owner=make_user("ada"))
    ash, birch = (get_or_create_system(project, name) for name in ("Ash", "Birch"))
    prompt = make_prompt(project, TEXT)
    battle_between(
        make_response(prompt=prompt, system=ash, content=TEXT),
        make_response(prompt=prompt, system=birch, content="No."),
    )
    return project


@pytest.fixture
def page(project, new_context, client, live_server) -> Page:
    """A page of the owner's, which obeys no policy: what is shown has to be harmless by itself."""
    client.force_login(project.memberships.get(role="owner").user)
    context = new_context(bypass_csp=True)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page: Page = context.new_page()
    return page


def hostile_run(project: Any, fake: Any, judge: Any, **faults: Any) -> Run:
    fake.configure(judge=judge, faults=Faults(**faults))
    rubric = make_rubric(project, PREFERENCE)
    version = make_version(
        rubric=rubric, name=hostile.SCRIPTS["script"][:100], base_url=fake.openai_url, parameters=Parameters(repairs=1)
    )
    run = make_run(version)
    drained(run)
    run.refresh_from_db()
    return run


def says_reasons(question: Any, rng: Any) -> Any:
    return {"preference": {"reasons": TEXT, "verdict": "A:1"}}


def says_anything(question: Any, rng: Any) -> Any:
    return TEXT


@pytest.mark.parametrize("judge", [says_reasons, says_anything])
def test_what_a_judge_writes_does_nothing_on_any_page(project, fake, page, live_server, judge):
    run = hostile_run(project, fake, judge)
    assert (run.state, run.verdicts or run.unreadable) == ("done", 2)
    page.set_viewport_size({"width": 390, "height": 900})
    requests = requests_of(page)
    version, cell = run.version, run.cells.first()
    assert version is not None
    assert cell is not None
    base = f"/p/{project.slug}"
    for path in (
        f"{base}/runs/",
        f"{base}/runs/{run.pk}/",
        f"{base}/runs/{run.pk}/?outcome=unreadable",
        f"{base}/runs/{run.pk}/cells/{cell.pk}/",
        f"{base}/judges/",
        f"{base}/judges/{version.pk}/",
        f"{base}/judges/compare/",
    ):
        page.goto(path)
        assert page.evaluate(POKE) == [], path
    assert page.evaluate("document.documentElement.dataset.ran") is None
    assert [url for url in requests if not url.startswith(live_server.url)] == []
