"""Every kind of judge under every passing fault at once: nothing lost, nothing double, and the ledger is the log."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from domain.models import Score, Verdict
from judges import runner, services
from judges.models import Exchange, JudgeVersion, Run
from judges.parameters import Parameters
from judges.planning import Selection
from judges.versions import PanelDraft, get_or_create_panel
from tests.factories import LIKERT, PREFERENCE, make_project, make_rubric
from tests.fakes.faults import PASSING
from tests.fakes.provider import Faults, Running
from tests.judges.invariants import check_invariants
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db
MODELS = ("gpt-6-luna", "gpt-6-sol", "gpt-5.6-luna")
MENDED = Parameters(max_tokens=400, repairs=1)


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr("judges.endings.FIRST_WAIT_S", 0.005)
    monkeypatch.setattr("judges.calling.STREAK_TO_SLOW_DOWN", 1_000)
    monkeypatch.setattr("judges.breaker.MOST_FAILURES_IN_A_ROW", 1_000)


def alone(fake: Running, **parameters: Any) -> JudgeVersion:
    rubric = make_rubric(make_project(), LIKERT)
    settings = Parameters(max_tokens=400, **parameters)
    return make_version(rubric=rubric, model=MODELS[0], base_url=fake.openai_url, parameters=settings)


def panel(fake: Running, combination: str) -> JudgeVersion:
    rubric = make_rubric(make_project(), PREFERENCE)
    members = [
        make_version(rubric=rubric, name=model, model=model, base_url=fake.openai_url, parameters=MENDED)
        for model in MODELS
    ]
    return get_or_create_panel(rubric.project, PanelDraft("Bench", combination, members, MENDED))[0]


JUDGES = {
    "one with repairs": lambda fake: alone(fake, repairs=1),
    "five samples": lambda fake: alone(fake, repairs=1, samples=5, rule="median"),
    "a jury": lambda fake: panel(fake, "jury"),
    "a cascade": lambda fake: panel(fake, "cascade"),
}


def drained(run: Run) -> Run:
    runner.drain(run)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("judge", JUDGES)
def test_every_course_keeps_its_books_whatever_calls_bring(fake, judge):
    version = JUDGES[judge](fake)
    make_battles(version.project, 8)
    fake.configure(faults=Faults(rate=0.4, kinds=PASSING))
    run = drained(make_run(version, Selection(repeats=2), concurrency=8))
    assert run.state == "done"
    check_invariants(run, fake)
    check_steps(run)
    had = run.verdicts
    assert services.retry(run) == run.planned - had
    fake.configure(faults=Faults())
    if had < run.planned:
        services.start(run)
        drained(run)
    assert run.state == "done"
    assert run.verdicts >= had
    check_invariants(run, fake)
    check_steps(run)


@pytest.mark.parametrize("judge", JUDGES)
def test_a_budget_and_a_pause_in_the_middle_of_a_cell_lose_no_step(fake, judge):
    version = JUDGES[judge](fake)
    make_battles(version.project, 6)
    whole = drained(make_run(version, concurrency=4))
    assert whole.state == "done"
    run = make_run(version, budget_nusd=whole.spent_nusd // 2 + 3_000_000, concurrency=2)
    while drained(run).state != "done":
        assert "does not allow another call" in run.reason
        assert run.spent_nusd + run.unsettled_nusd <= (run.budget_nusd or 0)
        services.set_budget(run, (run.budget_nusd or 0) + whole.spent_nusd // 10 + 1_000_000)
        services.start(run)
    check_steps(run)
    assert run.done == run.planned
    assert len(fake.log) == whole.ledger.count() + run.ledger.count()  # nothing was asked twice
    assert run.ledger.count() == Exchange.objects.filter(cell__run=run).count()


def check_steps(run: Run) -> None:
    """The steps of each cell are on record without a gap; a verdict has all its criteria; costs add up."""
    criteria = run.version.rubric.criteria.count() if run.version else 0
    costs = Counter[int]()
    for cell_id, cost in run.ledger.values_list("cell_id", "cost_nusd"):
        costs[cell_id] += cost or 0
    for cell in run.cells.all():
        steps = list(Exchange.objects.filter(cell=cell).order_by("step").values_list("step", flat=True))
        assert steps == list(range(len(steps)))
        assert len(steps) == cell.step + 1
        counted = Verdict.objects.get(occasion=cell.occasion, counted=True)
        assert Score.objects.filter(verdict=counted).count() == (criteria if cell.outcome == "verdict" else 0)
        if cell.cost_nusd is not None:
            assert cell.cost_nusd <= costs[cell.pk]
