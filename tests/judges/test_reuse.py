"""Answers of earlier runs: taken where the very same was asked, and only there."""

from __future__ import annotations

import pytest

from domain.models import Response, Score
from domain.services import create_rubric
from judges import runner
from judges.models import Exchange
from judges.parameters import Parameters
from judges.planning import Selection
from judges.providers import Vendor
from tests.factories import make_project
from tests.fakes.provider import Faults
from tests.judges.making import make_battles, make_run, make_version
from tests.judges.protocols import rubric_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_battles(project, 3)
    return project


def drained(version, **fields):
    run = make_run(version, **fields)
    runner.drain(run)
    return run


def answers(run):
    return list(run.cells.order_by("battle", "order", "repeat").values_list("said", flat=True))


def test_a_second_run_takes_every_answer_and_calls_nobody(project, fake):
    version = make_version(project, base_url=fake.openai_url)
    first = drained(version)
    calls = len(fake.log.records())
    second = drained(version, reuse=True, budget_nusd=None)
    assert len(fake.log.records()) == calls == 6
    assert (second.state, second.verdicts, second.spent_nusd) == ("done", 6, 0)
    assert answers(second) == answers(first)
    assert not second.ledger.exists()
    assert Exchange.objects.filter(cell__run=second, reused=True).count() == 6
    assert second.cells.filter(verdict__isnull=False, cost_nusd=0).count() == 6


@pytest.mark.parametrize("name", ["g-eval", "alpaca-eval-2", "decisions"])
def test_answers_that_probabilities_gave_are_taken_with_them(project, fake, name):
    if name == "decisions":
        vendor = Vendor.OPENAI_DECISIONS
        version = make_version(project, base_url=fake.openai_url, vendor=vendor, model="gpt-6-luna")
    else:
        rubric = create_rubric(project=project, spec=rubric_of(name))
        version = make_version(project, rubric=rubric, preset=name, base_url=fake.openai_url)
    first = drained(version)
    calls = len(fake.log.records())
    recorded = scores(first)
    second = drained(version, reuse=True)
    assert len(fake.log.records()) == calls == first.planned
    assert second.verdicts == first.planned
    assert scores(second) == recorded
    assert None not in chances(first)
    assert sorted(map(str, chances(second))) == sorted(map(str, chances(first)))


def scores(run):
    columns = ("verdict__battle", "verdict__response", "verdict__swapped", "outcome", "value")
    return sorted(map(str, Score.objects.filter(verdict__cell__run=run).values_list(*columns)))


def chances(run):
    return [exchange.chances for exchange in Exchange.objects.filter(cell__run=run)]


def test_without_the_wish_everything_is_asked_again(project, fake):
    version = make_version(project, base_url=fake.openai_url)
    drained(version)
    drained(version)
    assert len(fake.log.records()) == 12


def test_another_version_another_text_and_another_repeat_are_other_questions(project, fake):
    version = make_version(project, base_url=fake.openai_url)
    drained(version)
    longer = make_version(project, base_url=fake.openai_url, parameters=Parameters(max_tokens=600))
    drained(longer, reuse=True)
    assert len(fake.log.records()) == 12
    drained(version, reuse=True, selection=Selection(repeats=2))
    assert len(fake.log.records()) == 18
    response = Response.objects.filter(project=project).first()
    assert response is not None
    Response.objects.filter(pk=response.pk).update(content="Item 0 is lead.")
    drained(version, reuse=True)
    assert len(fake.log.records()) == 20


def test_what_failed_before_is_asked_again(project, fake):
    version = make_version(project, base_url=fake.openai_url)
    fake.configure(faults=Faults(plan=("unreadable",)))
    first = drained(version)
    assert first.unreadable == 6
    fake.configure(faults=Faults())
    second = drained(version, reuse=True)
    assert (second.verdicts, len(fake.log.records())) == (6, 12)
