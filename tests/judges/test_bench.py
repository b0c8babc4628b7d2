"""Cells of several steps, over real HTTP: repairs, samples, juries and cascades."""

from __future__ import annotations

import json

import pytest

from domain.models import Score, Verdict
from judges import runner, services
from judges.estimates import estimate_for
from judges.models import Cell, Exchange, Run
from judges.parameters import Parameters
from judges.planning import Selection
from judges.tariffs import is_priced
from judges.versions import PanelDraft, get_or_create_panel
from tests.factories import LIKERT, PREFERENCE, make_project, make_rubric
from tests.fakes.provider import Faults
from tests.judges.making import make_battles, make_direct_version, make_run, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_battles(project, 2)
    return project


def drained(version, **fields) -> Run:
    run = make_run(version, **fields)
    runner.drain(run)
    return run


def first_cell(run: Run) -> Cell:
    cell: Cell | None = run.cells.first()
    assert cell is not None
    return cell


def says(**by_model):
    """A provider whose answer is decided by the model that is asked."""
    return lambda question, rng: {"preference": {"reasons": "because", **by_model[question.model]}}


def panel(project, combination, *models, fake, **parameters):
    rubric = make_rubric(project, PREFERENCE)
    members = [make_version(rubric=rubric, name=model, model=model, base_url=fake.openai_url) for model in models]
    draft = PanelDraft("Bench", combination, members, Parameters(max_tokens=500, repairs=0, **parameters))
    return get_or_create_panel(project, draft)[0]


def test_an_answer_of_the_wrong_form_is_asked_for_once_more_with_what_was_wrong(project, fake):
    fake.configure(faults=Faults(rate=1.0, kinds=("unreadable",), match=(("That answer could not be read", "ok"),)))
    run = drained(make_version(project, base_url=fake.openai_url, parameters=Parameters(max_tokens=500)))
    assert (run.state, run.verdicts, run.unreadable) == ("done", 4, 0)
    assert len(fake.log.records()) == 8
    first, second = Exchange.objects.filter(cell=first_cell(run)).order_by("step")
    assert (first.outcome, first.purpose, second.outcome, second.purpose) == ("unreadable", "ask", "verdict", "repair")
    assert first.reply in second.prompt
    assert first.detail in second.prompt
    assert run.ledger.count() == 8


def test_a_second_answer_of_the_wrong_form_is_the_end(project, fake):
    fake.configure(faults=Faults(rate=1.0, kinds=("unreadable",)))
    run = drained(make_version(project, base_url=fake.openai_url, parameters=Parameters(max_tokens=500)))
    assert (run.state, run.unreadable, len(fake.log.records())) == ("done", 4, 8)
    assert not Score.objects.exists()


@pytest.mark.parametrize("fault", ["refusal", "truncated", "empty"])
def test_what_a_repair_cannot_mend_is_not_asked_twice(project, fake, fault):
    fake.configure(faults=Faults(rate=1.0, kinds=(fault,)))
    drained(make_version(project, base_url=fake.openai_url, parameters=Parameters(max_tokens=500)))
    assert len(fake.log.records()) == 4


def test_a_retry_after_a_failed_repair_starts_from_the_question_again(project, fake):
    fake.configure(faults=Faults(rate=1.0, kinds=("unreadable",)))
    run = drained(make_version(project, base_url=fake.openai_url, parameters=Parameters(max_tokens=500)))
    fake.configure(faults=Faults())
    assert services.retry(run) == 4
    services.start(run)
    runner.drain(run)
    assert (run.verdicts, run.unreadable) == (4, 0)
    assert Exchange.objects.filter(cell__run=run).count() == 4
    assert set(run.cells.values_list("step", flat=True)) == {0}


def test_samples_are_put_together_into_one_verdict(project, fake):
    scores = iter([1, 4, 5] * 4)
    fake.configure(judge=lambda question, rng: {"helpfulness": {"reasons": "so", "score": next(scores)}})
    version = make_direct_version(
        project,
        base_url=fake.openai_url,
        parameters=Parameters(max_tokens=500, repairs=0, samples=3, rule="median"),
    )
    run = drained(version, concurrency=1)
    assert (run.verdicts, len(fake.log.records())) == (4, 12)
    assert Exchange.objects.filter(cell__run=run).count() == 12
    assert Verdict.objects.filter(rater=version.rater).count() == 4
    assert all(run.cells.values_list("verdict", flat=True))
    total = {cell.pk: sum(entry.cost_nusd or 0 for entry in cell.ledger.all()) for cell in run.cells.all()}
    assert {cell.pk: cell.cost_nusd or 0 for cell in run.cells.all()} == total


def test_a_jury_goes_with_more_than_half_and_keeps_what_each_said(project, fake):
    a, b = {"verdict": "A:1"}, {"verdict": "B:2"}
    fake.configure(judge=says(one=a, two=b, three=a))
    jury = panel(project, "jury", "one", "two", "three", fake=fake)
    run = drained(jury)
    assert (run.verdicts, len(fake.log.records())) == (4, 12)
    cell = first_cell(run)
    assert cell.said == "A"
    exchanges = cell.exchanges.order_by("step")
    assert [
        (exchange.member and exchange.member.model, exchange.reading["preference"]["outcome"]) for exchange in exchanges
    ] == [
        ("one", "A"),
        ("two", "B"),
        ("three", "A"),
    ]
    verdict = Verdict.objects.get(occasion=cell.occasion)
    assert verdict.rater == jury.rater
    assert verdict.rationale.text == "1: because\n\n2: because\n\n3: because"


def test_a_split_jury_gives_no_verdict_and_no_tie(project, fake):
    fake.configure(judge=says(one={"verdict": "A:1"}, two={"verdict": "B:1"}))
    run = drained(panel(project, "jury", "one", "two", fake=fake))
    assert (run.verdicts, run.unreadable) == (0, 4)
    assert "the answers are split" in first_cell(run).detail


def test_a_cascade_asks_the_next_one_only_where_the_first_was_not_sure(project, fake):
    answers = iter([{"verdict": "A:2"}, {"verdict": "tie"}] * 2)

    def judge(question, rng):
        verdict = next(answers) if question.model == "cheap" else {"verdict": "B:2"}
        return {"preference": {"reasons": "because", **verdict}}

    fake.configure(judge=judge)
    run = drained(panel(project, "cascade", "cheap", "dear", fake=fake), concurrency=1)
    assert run.verdicts == 4
    asked = [record.model for record in fake.log.records()]
    assert (asked.count("cheap"), asked.count("dear")) == (4, 2)
    said = run.cells.values_list("said", flat=True)
    assert sorted(said) == ["A", "A", "B", "B"]


def test_a_panel_that_was_stopped_goes_on_with_the_next_member(project, fake):
    fake.configure(judge=says(one={"verdict": "A:1"}, two={"verdict": "A:2"}))
    jury = panel(project, "jury", "one", "two", fake=fake)
    run = make_run(jury, concurrency=1)
    cell = first_cell(run)
    Exchange.objects.create(
        cell=cell, step=0, member=jury.members.first().judge, outcome="verdict", settings={"stop": "end"},
        reading={"preference": {"outcome": "A", "strength": 1, "reasons": "earlier"}},
    )  # fmt: skip
    run.cells.filter(pk=cell.pk).update(step=1)
    runner.drain(run)
    assert run.verdicts == 4
    assert len(fake.log.records()) == 7
    assert Verdict.objects.get(occasion=cell.occasion).rationale.text == "1: earlier\n\n2: because"


def test_a_panel_is_a_version_of_its_members_and_takes_no_other_kind(project, fake):
    rubric = make_rubric(project, PREFERENCE)
    one, two = (make_version(rubric=rubric, name=name, model=name, base_url=fake.openai_url) for name in ("one", "two"))
    draft = PanelDraft("Bench", "jury", [one, two])
    first, is_new = get_or_create_panel(project, draft)
    assert is_new
    assert get_or_create_panel(project, draft) == (first, False)
    turned, is_new = get_or_create_panel(project, PanelDraft("Bench", "jury", [two, one]))
    assert (turned == first, turned.number, is_new) == (False, 2, True)
    other = make_version(project, name="other", rubric=make_rubric(project, LIKERT), base_url=fake.openai_url)
    stranger = make_version(make_project(), base_url=fake.openai_url)
    for members, words in (
        ([one], "at least two"),
        ([one, one], "twice"),
        ([one, other], "the same rubric"),
        ([one, stranger], "another project"),
        ([one, first], "is a panel itself"),
    ):
        with pytest.raises(ValueError, match=words):
            get_or_create_panel(project, PanelDraft("Bench", "jury", members))


def test_the_record_of_a_panel_holds_no_key(project, fake):
    from tests.judges.conftest import KEY

    drained(panel(project, "jury", "fake-judge", "other-judge", fake=fake))
    assert KEY not in json.dumps(list(Exchange.objects.values()), default=str)


def test_a_panel_s_estimate_adds_up_its_members_and_says_what_a_cascade_leaves_out(project, fake):
    jury = panel(project, "jury", "gpt-6-luna", "claude-haiku-4-5", fake=fake)
    alone = [estimate_for(member.judge, Selection()) for member in jury.members.all()]
    found = estimate_for(jury, Selection())
    assert (found.cells, found.calls) == (4, 8)
    assert found.cost_nusd == sum(one.cost_nusd or 0 for one in alone)
    assert found.at_most_nusd == sum(one.at_most_nusd or 0 for one in alone)
    cascade = estimate_for(panel(project, "cascade", "gpt-6-luna", "claude-haiku-4-5", fake=fake), Selection())
    assert (cascade.calls, cascade.cost_nusd) == (4, alone[0].cost_nusd)
    assert cascade.at_most_nusd == found.at_most_nusd
    assert "the first judge alone" in cascade.basis


def test_a_panel_with_a_member_without_a_price_has_an_unknown_cost(project, fake):
    jury = panel(project, "jury", "gpt-6-luna", "home-made", fake=fake)
    assert estimate_for(jury, Selection()).cost_nusd is None
    assert not is_priced(jury)
