"""What vendors say about models: kept for a day, used where they say something, missed where they do not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from anthropic.types import ModelInfo
from django.urls import reverse
from openai.types import Model
from pydantic import TypeAdapter

from judges.keys import batch_problem
from judges.model_facts import told_about, warning_about
from judges.models import ModelFact
from judges.providers import Vendor
from judges.providers.capabilities import Structured
from judges.providers.capabilities import of_anthropic as table_of_anthropic
from judges.providers.catalogue import Told, of_anthropic, of_openai, overlaid
from judges.runner import drain
from tests.factories import make_project, make_user
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db

YES, NO = {"supported": True}, {"supported": False}
CLAUDE: dict[str, Any] = {
    "id": "claude-haiku-5-5",
    "type": "model",
    "display_name": "Haiku",
    "created_at": "2026-06-01T00:00:00Z",
    "lifecycle": "deprecated",
    "deprecated_at": "2026-11-01T00:00:00Z",
    "retires_at": "2027-01-14T00:00:00Z",
    "max_tokens": 64000,
    "max_input_tokens": 200000,
    "capabilities": {
        "batch": NO,
        "citations": YES,
        "code_execution": NO,
        "context_management": YES,
        "effort": {"supported": True, "low": YES, "medium": NO, "high": YES, "max": NO, "xhigh": None},
        "image_input": YES,
        "pdf_input": YES,
        "server_tools": {"supported": False},
        "structured_outputs": NO,
        "thinking": {"supported": True, "types": {}},
    },
}
GPT = {"id": "gpt-6-luna", "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": "2027-01-14"}


@pytest.fixture
def project():
    project = make_project(slug="shop", owner=make_user("ada"))
    make_battles(project, 1)
    return project


def test_what_the_vendors_say_is_read_from_documents_of_their_own_types():
    TypeAdapter(Model).validate_python(GPT)
    assert ModelInfo.construct(**CLAUDE).retires_at is not None
    assert of_openai(GPT) == Told(retires="2027-01-14")
    assert of_anthropic(CLAUDE) == Told(
        structured=False,
        efforts=("low", "high"),
        batch=False,
        lifecycle="deprecated",
        retires="2027-01-14",
        max_tokens=64000,
    )


@pytest.mark.parametrize("document", [{}, {"capabilities": None, "retires_at": 7e99}, {"capabilities": {"effort": []}}])
def test_a_document_that_says_nothing_tells_nothing(document):
    assert of_anthropic(document) == Told()
    assert of_openai({"shutdown_date": None}) == Told()
    assert Told.from_json(Told().as_json()) == Told()


def test_what_the_vendor_says_wins_over_the_table_and_silence_leaves_it():
    table = table_of_anthropic("claude-opus-5-5")
    assert overlaid(table, None) == overlaid(table, Told()) == table
    changed = overlaid(table, Told(structured=False, efforts=("low",)))
    assert (changed.structured, changed.efforts) == (Structured.PROMPT_ONLY, frozenset({"low"}))
    older = table_of_anthropic("claude-3-opus")
    assert overlaid(older, Told(structured=True)).structured is Structured.JSON_SCHEMA


def test_a_run_asks_the_vendor_once_a_day_and_is_gated_by_the_answer(project, fake, client):
    fake.configure(model_info={name: value for name, value in CLAUDE.items() if name != "id"})
    version = make_version(project, vendor=Vendor.ANTHROPIC, model="claude-haiku-5-5", base_url=fake.base_url)
    assert told_about(version) is None
    assert batch_problem(version) == ""
    run = make_run(version)
    drain(run)
    assert run.verdicts == 2
    assert told_about(version) == of_anthropic(CLAUDE)
    checked = ModelFact.objects.get().checked_at
    assert "takes no batches" in batch_problem(version)
    system = run.cells.first().exchanges.get().request_id  # type: ignore[union-attr]
    assert system
    drain(make_run(version))
    assert ModelFact.objects.get().checked_at == checked
    client.force_login(project.memberships.get(role="owner").user)
    page = client.get(reverse("judges:judge", args=["shop", version.pk]))
    assert "retires on 2027-01-14" in page.text


def test_a_vendor_that_says_nothing_harms_nothing(project, fake):
    version = make_version(project, vendor=Vendor.OPENAI_CHAT, model="gpt-6-luna", base_url=fake.openai_url)
    run = make_run(version)
    drain(run)
    assert run.state == "done"
    assert "404" in ModelFact.objects.get().problem
    assert (told_about(version), warning_about(version)) == (None, "")


def test_a_compatible_server_is_not_asked(project, fake):
    run = make_run(make_version(project, base_url=fake.openai_url))
    drain(run)
    assert run.state == "done"
    assert not ModelFact.objects.exists()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Told(), ""),
        (Told(lifecycle="active"), ""),
        (Told(retires="2028-01-01"), "retires on 2028-01-01."),
        (Told(retires="2026-12-31"), "Certify its successor in time."),
        (Told(retires="2026-01-31"), "was to retire on 2026-01-31"),
        (Told(lifecycle="deprecated"), "has not said when"),
        (Told(lifecycle="retired", retires="2026-01-31"), "has been retired"),
    ],
)
def test_the_end_of_a_model_is_announced(project, told, words):
    version = make_version(project, vendor=Vendor.OPENAI_CHAT, model="gpt-6-luna")
    key = {"provider": version.provider, "base_url": version.base_url, "model": version.model}
    ModelFact.objects.create(**key, told=told.as_json(), checked_at="2026-11-21T00:00:00Z")
    warning = warning_about(version, date(2026, 11, 21))
    assert (words in warning) if words else warning == ""
