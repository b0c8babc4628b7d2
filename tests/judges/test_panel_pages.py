"""Making a jury or a cascade on the web, and what the page of one and of its cells show."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from judges.models import JudgeVersion
from judges.providers import Vendor
from judges.runner import drain
from tests.factories import PREFERENCE, make_project, make_rubric, make_user
from tests.judges.browsing import as_member
from tests.judges.making import make_battles, make_direct_version, make_run, make_version

pytestmark = pytest.mark.django_db
NEW = reverse("judges:new_panel", args=["shop"])


@pytest.fixture
def project():
    project = make_project(slug="shop", owner=make_user("ada"), viewer=make_user("vic"), annotator=make_user("ann"))
    make_battles(project, 2)
    return project


def make_judges(project, *names: str, **changes) -> list[JudgeVersion]:
    rubric = make_rubric(project, PREFERENCE)
    return [make_version(project, rubric=rubric, name=name, model=f"model-{name}", **changes) for name in names]


def described(*judges: JudgeVersion, **changes) -> dict[str, object]:
    seats = {f"judge_{place}": judge.pk for place, judge in enumerate(judges)}
    return {"name": "Bench", "combination": "jury", "rule": "", **seats, **changes}


def test_a_jury_is_made_of_judges_on_record_in_their_order(ada, project):
    first, second, third = make_judges(project, "Ada", "Bo", "Cy")
    response = ada.post(NEW, described(third, first, second))
    panel = JudgeVersion.objects.get(combination="jury")
    assert response.headers["Location"] == reverse("judges:judge", args=["shop", panel.pk])
    assert [member.judge for member in panel.members.order_by("place")] == [third, first, second]
    page = ada.get(response.headers["Location"]).content.decode()
    assert "A jury of 3 judges" in page
    assert page.index("model-Cy") < page.index("model-Ada")


def test_a_cascade_keeps_from_which_probability_a_judge_is_sure(ada, project):
    ada.post(NEW, described(*make_judges(project, "Ada", "Bo"), combination="cascade", sure="0.9", rule="median"))
    panel = JudgeVersion.objects.get(combination="cascade")
    assert panel.parameters["sure"] == 0.9
    assert "rule" not in panel.parameters
    assert "probability 0.9" in ada.get(reverse("judges:judge", args=["shop", panel.pk])).content.decode()


def test_the_same_panel_is_on_record_once(ada, project):
    judges = make_judges(project, "Ada", "Bo")
    ada.post(NEW, described(*judges))
    assert b"on record already" in ada.post(NEW, described(*judges), follow=True).content
    assert JudgeVersion.objects.filter(combination="jury").count() == 1


def test_a_panel_that_cannot_be_says_why(ada, project):
    one, two = make_judges(project, "Ada", "Bo")
    other = make_version(project, name="Other")
    for judges, words in (
        ((one, one), "on the panel twice"),
        ((one, other), "does not answer the same rubric"),
        ((one,), "This field is required"),
    ):
        response = ada.post(NEW, described(*judges))
        assert response.status_code == 422
        assert words in response.content.decode()
    assert ada.post(NEW, described(one, two, combination="quorum")).status_code == 422
    assert not JudgeVersion.objects.exclude(combination="").exists()


def test_a_judge_of_another_project_cannot_sit_on_it(ada, project):
    elsewhere = make_version(make_project(slug="attic"))
    response = ada.post(NEW, described(make_judges(project, "Ada", "Bo")[0], elsewhere))
    assert "not one of the available choices" in response.content.decode()


def test_only_those_who_may_edit_make_panels(project):
    stranger = Client()
    stranger.force_login(make_user("eve"))
    for client in (stranger, as_member(project, "annotator"), as_member(project, "viewer")):
        assert client.get(NEW).status_code == 404
        assert client.post(NEW, {}).status_code == 404
    assert Client().get(NEW).status_code == 302


def test_with_one_judge_the_page_says_what_is_missing(ada, project):
    assert b"A panel needs two judges" in ada.get(NEW).content
    make_direct_version(project)
    assert b"A panel needs two judges" in ada.get(NEW).content
    assert b"New panel" not in ada.get(reverse("judges:judges", args=["shop"])).content


def test_a_cell_of_a_panel_shows_each_member_with_its_reading_and_cost(ada, project, fake):
    ada.post(NEW, described(*make_judges(project, "Ada", "Bo", vendor=Vendor.OPENAI_CHAT, base_url=fake.openai_url)))
    run = make_run(JudgeVersion.objects.get(combination="jury"))
    drain(run)
    cell = run.cells.filter(outcome="verdict").earliest("pk")
    page = ada.get(reverse("judges:cell", args=["shop", run.pk, cell.pk]))
    steps = page.context["steps"]
    assert [step.exchange.member.name for step in steps] == ["Ada", "Bo"]
    assert all(step.call is not None and step.call.request_id == step.exchange.request_id for step in steps)
    assert all(step.answers for step in steps)
    html = page.content.decode()
    assert "What the 2 steps come to" in html
    assert "Step 2: Bo, the question" in html


def test_what_a_panel_comes_to_is_told_in_the_frame_of_the_order_that_was_shown(ada, project, fake):
    ada.post(NEW, described(*make_judges(project, "Ada", "Bo", vendor=Vendor.OPENAI_CHAT, base_url=fake.openai_url)))
    run = make_run(JudgeVersion.objects.get(combination="jury"))
    drain(run)
    decided = run.cells.filter(outcome="verdict", said__in=["A", "B"])
    assert set(decided.values_list("order", flat=True)) == {0, 1}
    for cell in decided:
        page = ada.get(reverse("judges:cell", args=["shop", run.pk, cell.pk]))
        (row,) = page.context["result"]
        assert row.answer == cell.said
        assert row.system == dict(page.context["sides"])[cell.said].system.name
