"""Looking through the cells of a run: filters with their counts, search, neighbours, and asking a set again."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from domain.choices import Choice, Outcome, Value
from domain.models import Battle, Response, Verdict
from domain.services import Draft, record_verdict
from judges.models import Cell, Exchange, Run
from judges.providers import Vendor
from judges.runner import drain
from judges.templatetags.judges import in_and_out
from tests.factories import LIKERT, make_project, make_rater, make_rubric, make_user
from tests.judges.browsing import as_member
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project(slug="shop", owner=make_user("ada"), viewer=make_user("vic"), annotator=make_user("ann"))
    make_battles(project, 3)
    return project


@pytest.fixture
def run(project, fake) -> Run:
    run = make_run(make_version(project, vendor=Vendor.OPENAI_CHAT, model="gpt-6-luna", base_url=fake.openai_url))
    drain(run)
    return run


def page_of(run: Run, name: str = "run", *arguments: int) -> str:
    return reverse(f"judges:{name}", args=["shop", run.pk, *arguments])


def shown(client: Client, run: Run, **params: str) -> list[int]:
    return [cell.pk for cell in client.get(page_of(run), params).context["page"].rows]


def counted(client: Client, run: Run, **params: str) -> dict[str, int]:
    return {state.show: n for state, _, n in client.get(page_of(run), params).context["filters"]}


def say(run: Run, battle: Battle, outcome: Outcome, person: str, **changes) -> None:
    assert run.version is not None
    draft = Draft(
        rater_id=make_rater(run.project, person).pk,
        answers={"preference": Choice(outcome)},
        occasion=f"test:{person}:{battle.pk}",
        battle_id=battle.pk,
        **changes,
    )
    record_verdict(project=run.project, rubric=run.version.rubric, draft=draft)


def judged(run: Run) -> tuple[Battle, Outcome]:
    """A battle that the judge has decided alike in both orders, and for whom."""
    verdict = Verdict.objects.filter(cell__run=run, cell__order=0).earliest("pk")
    assert verdict.battle is not None
    return verdict.battle, Outcome(verdict.scores.get().outcome)


def test_each_filter_says_how_many_it_shows(run, ada):
    first, second, third = run.cells.all()[:3]
    Cell.objects.filter(pk=first.pk).update(outcome="refused", said="")
    Cell.objects.filter(pk=second.pk).update(outcome="unreadable", said="")
    Exchange.objects.filter(cell=third).update(purpose="repair")
    found = counted(ada, run)
    assert (found[""], found["verdict"], found["refused"], found["unreadable"], found["repaired"]) == (6, 4, 1, 1, 1)
    assert (found["transport"], found["waiting"]) == (0, 0)
    assert "reused" not in found  # the run takes no answers of earlier ones
    for show in found:
        assert len(shown(ada, run, show=show)) == found[show]


def test_a_run_that_reuses_tells_how_many(run, ada):
    Run.objects.filter(pk=run.pk).update(reuse=True)
    Exchange.objects.filter(cell__in=list(run.cells.all()[:2])).update(reused=True)
    assert counted(ada, run)["reused"] == 2
    assert len(shown(ada, run, show="reused")) == 2


def test_unlike_people_are_answers_that_most_people_did_not_give(run, ada):
    battle, outcome = judged(run)
    other = outcome.turned()
    assert counted(ada, run)["people"] == 0
    say(run, battle, other, "bob")
    say(run, battle, other, "cid")
    say(run, battle, outcome, "dora")
    assert set(shown(ada, run, show="people")) == set(run.cells.filter(battle=battle).values_list("pk", flat=True))


def test_where_the_people_are_split_nothing_is_unlike_them(run, ada):
    battle, outcome = judged(run)
    say(run, battle, outcome.turned(), "bob")
    say(run, battle, Outcome.TIE, "cid")
    assert shown(ada, run, show="people") == []


@pytest.mark.parametrize("role", ["training", "calibration", "repeat"])
def test_what_people_answer_in_training_says_nothing(run, ada, role):
    battle, outcome = judged(run)
    say(run, battle, outcome.turned(), "bob", role=role)
    assert shown(ada, run, show="people") == []


def test_other_judges_are_no_people(run, ada, project):
    battle, outcome = judged(run)
    judge = make_rater(project, "another", kind="judge")
    record_verdict(
        project=project,
        rubric=run.version.rubric,
        draft=Draft(judge.pk, {"preference": Choice(outcome.turned())}, "test:judge", battle_id=battle.pk),
    )
    assert shown(ada, run, show="people") == []


def test_on_a_scale_unlike_people_is_more_than_a_quarter_of_it_away(project, fake, ada):
    version = make_version(
        project, rubric=make_rubric(project, LIKERT), vendor=Vendor.OPENAI_CHAT, base_url=fake.openai_url
    )
    fake.configure(judge=lambda question, rng: {"helpfulness": {"reasons": "So.", "score": 3}})
    run = make_run(version)
    drain(run)
    one, two = Response.objects.filter(project=project)[:2]
    for response, number in ((one, 4.0), (two, 5.0)):  # a quarter of 1 to 5 is one point
        rater = make_rater(project)
        draft = Draft(rater.pk, {"helpfulness": Value(number)}, f"test:{response.pk}", response_id=response.pk)
        record_verdict(project=project, rubric=version.rubric, draft=draft)
    assert shown(ada, run, show="people") == [run.cells.get(response=two).pk]


def test_cells_are_found_by_their_prompt_and_the_filter_stays(run, ada):
    cell = run.cells.last()
    prompt = cell.battle.prompt
    prompt.external_id = "needle-7%"
    prompt.save()
    assert shown(ada, run, q="EEDLE-7%") == list(run.cells.filter(battle=cell.battle).values_list("pk", flat=True))
    assert counted(ada, run, q="needle")[""] == 2
    page = ada.get(page_of(run), {"q": "needle", "show": "verdict"}).content.decode()
    assert "?show=refused&amp;q=needle" in page
    assert f"{page_of(run, 'cell', cell.pk)}?show=verdict&amp;q=needle" in page


def test_an_unknown_filter_shows_everything(run, ada):
    assert len(shown(ada, run, show="'; drop table")) == 6


def test_neighbours_are_those_of_the_list_that_was_left(run, ada):
    first, middle, last = list(run.cells.values_list("pk", flat=True))[::2]
    Cell.objects.filter(pk__in=[first, middle, last]).update(outcome="refused")
    context = ada.get(page_of(run, "cell", middle), {"show": "refused"}).context
    assert (context["previous"], context["next"]) == (first, last)
    context = ada.get(page_of(run, "cell", middle)).context
    assert (context["previous"], context["next"]) == (middle - 1, middle + 1)
    page = ada.get(page_of(run, "cell", last), {"show": "refused"})
    assert page.context["next"] is None
    assert 'data-key="k"' in page.content.decode()


def fail(run: Run, outcome: str, how_many: int) -> list[int]:
    cells = list(run.cells.filter(outcome="verdict").values_list("pk", flat=True)[:how_many])
    Cell.objects.filter(pk__in=cells).update(outcome=outcome, said="")
    counter = {"refused": "refused", "unreadable": "unreadable"}[outcome]
    Run.objects.filter(pk=run.pk).update(**{counter: how_many, "verdicts": run.verdicts - how_many})
    run.refresh_from_db()
    return cells


def test_a_filtered_list_is_asked_again_and_nothing_else(run, ada):
    refused = fail(run, "refused", 2)
    unreadable = fail(run, "unreadable", 1)
    assert "Ask these 2 again" in ada.get(page_of(run), {"show": "refused"}).content.decode()
    response = ada.post(page_of(run, "retry_cells"), {"show": "refused"}, follow=True)
    assert "2 will be asked again." in response.content.decode()
    assert set(run.cells.filter(state="open").values_list("pk", flat=True)) == set(refused)
    assert Cell.objects.get(pk=unreadable[0]).outcome == "unreadable"
    run.refresh_from_db()
    assert (run.state, run.refused, run.unreadable) == ("running", 0, 1)


def test_asking_again_leaves_what_has_a_verdict(run, ada):
    ada.post(page_of(run, "retry_cells"), {"show": "verdict"})
    assert not run.cells.exclude(state="done").exists()
    run.refresh_from_db()
    assert run.state == "done"


def test_only_those_who_may_edit_ask_again(run, project):
    stranger = Client()
    stranger.force_login(make_user("eve"))
    fail(run, "refused", 1)
    for client in (stranger, as_member(project, "annotator"), as_member(project, "viewer")):
        assert client.post(page_of(run, "retry_cells"), {"show": "refused"}).status_code == 404
    assert run.cells.filter(outcome="refused").count() == 1
    assert as_member(project, "owner").get(page_of(run, "retry_cells")).status_code == 405


def test_the_number_of_queries_does_not_grow_with_the_list(project, fake, ada):
    def queries() -> int:
        version = make_version(project, vendor=Vendor.OPENAI_CHAT, model="gpt-6-luna", base_url=fake.openai_url)
        run = make_run(version)
        drain(run)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            ada.get(page_of(run))
        return len(captured)

    few = queries()
    make_battles(project, 12)
    assert queries() == few


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        (None, "not told"),
        ({"input_uncached": 1018, "cache_read": 0, "output": 29, "thinking": 0}, "1,018 in, 29 out"),
        (
            {"input_uncached": 18, "cache_read": 1000, "cache_write_1h": 7, "output": 29, "thinking": 20},
            "1,025 in (1,000 read from a cache, 7 written to one for an hour), 29 out (20 of them thinking)",
        ),
    ],
)
def test_the_tokens_of_a_call_are_told_in_words(usage, words):
    assert in_and_out(usage) == words
