"""Researcher pages: who finds which, the list of projects, and a project's home."""

from __future__ import annotations

import pytest
from django.urls import reverse

from domain.choices import Choice, Outcome, Reason, Unscored
from domain.facts import Count, Facts, Step, gather
from domain.models import Import, Membership, Project
from domain.projects import create_project
from domain.services import Answers, Draft, record_verdict
from tests.domain.visiting import url
from tests.factories import (
    PREFERENCE,
    make_battle,
    make_project,
    make_prompt,
    make_rater,
    make_response,
    make_rubric,
    make_user,
)

pytestmark = pytest.mark.django_db
READ = ("project", "data", "imports", "rubrics", "settings")
EDIT = ("new_import", "new_rubric")


def every_address(project: Project) -> list[str]:
    battle, rubric = make_battle(project), make_rubric(project)
    job = Import.objects.create(project=project, state="done", format="csv")
    parts = [url("data_part", project, part) for part in ("prompts", "systems", "responses", "battles")]
    ones = [
        url("prompt", project, battle.prompt_id),
        url("battle", project, battle.pk),
        url("rubric", project, rubric.pk),
        url("new_version", project, rubric.pk),
        url("import", project, job.pk),
        url("import_errors", project, job.pk),
    ]
    return [*(url(name, project) for name in READ + EDIT), *parts, *ones]


def test_an_owner_sees_every_page(ada, project):
    for address in every_address(project):
        assert ada.get(address).status_code == 200, address


def test_a_stranger_finds_nothing(client, project):
    client.force_login(make_user())
    for address in every_address(project):
        assert client.get(address).status_code == 404, address


def test_an_annotator_finds_no_researcher_page_because_it_names_the_systems(client, project):
    annotator = make_user()
    Membership.objects.create(project=project, user=annotator, role="annotator")
    client.force_login(annotator)
    for address in every_address(project):
        assert client.get(address).status_code == 404, address


def test_who_is_signed_out_is_asked_to_sign_in(client, project):
    for address in every_address(project):
        assert client.get(address).url == f"/login/?next={address}"


def test_a_viewer_reads_but_finds_no_page_that_changes_something(client, project):
    viewer = make_user()
    Membership.objects.create(project=project, user=viewer, role="viewer")
    client.force_login(viewer)
    assert [client.get(url(name, project)).status_code for name in READ] == [200] * len(READ)
    assert [client.get(url(name, project)).status_code for name in EDIT] == [404] * len(EDIT)


def test_a_thing_of_another_project_is_not_found_under_this_one(ada, project):
    other = make_project()
    battle, rubric = make_battle(other), make_rubric(other)
    job = Import.objects.create(project=other, state="done", format="csv")
    for name, pk in [
        ("prompt", battle.prompt_id),
        ("battle", battle.pk),
        ("rubric", rubric.pk),
        ("new_version", rubric.pk),
        ("import", job.pk),
        ("import_errors", job.pk),
    ]:
        assert ada.get(url(name, project, pk)).status_code == 404, name


def test_the_list_of_projects_holds_ones_own(ada, project):
    make_project()
    assert [row["project"] for row in ada.get("/").context["rows"]] == [project]


def test_an_empty_list_says_how_to_start(client):
    client.force_login(make_user(is_staff=True))
    answer = client.get("/").content.decode()
    assert "jurybox import" in answer
    assert reverse("domain:new_project") in answer


def test_who_may_not_make_projects_is_told_how_to_get_in(client):
    client.force_login(make_user("bob"))
    answer = client.get("/")
    assert "An owner of a project can add you" in answer.content.decode()
    assert client.get(reverse("domain:new_project")).status_code == 403


def test_making_a_project_makes_its_maker_the_owner(client):
    user = make_user(is_staff=True)
    client.force_login(user)
    answer = client.post(reverse("domain:new_project"), {"name": "Help desk, round 2"})
    assert answer.url == "/p/help-desk-round-2/"
    assert Membership.objects.get(user=user).role == "owner"


def test_a_project_of_the_same_name_gets_another_address(owner):
    slugs = [create_project(owner=owner, name="Help desk").slug for _ in range(3)]
    assert slugs == ["help-desk", "help-desk-2", "help-desk-3"]


def test_an_address_that_is_taken_says_so(client, project):
    client.force_login(make_user(is_staff=True))
    answer = client.post(reverse("domain:new_project"), {"name": "x", "slug": project.slug.upper()})
    assert answer.status_code == 422
    assert f"The address {project.slug} is taken" in answer.content.decode()


def test_home_counts_what_is_in_and_offers_the_next_step(ada, project):
    answer = ada.get(url("project", project))
    assert answer.context["next_step"].action == "Import a file"
    battle = make_battle(project)
    rubric = make_rubric(project, PREFERENCE)
    said: list[Answers | Unscored] = [{"preference": Choice(Outcome.A)}, Unscored(Reason.REFUSED)]
    for number, answers in enumerate(said):
        draft = Draft(make_rater(project).pk, answers, f"import:1:{number}", battle_id=battle.pk)
        record_verdict(project=project, rubric=rubric, draft=draft)
    counts = {count.label: count for count in ada.get(url("project", project)).context["facts"].counts}
    assert {label: count.value for label, count in counts.items()} == {
        "Prompts": 1,
        "Systems": 2,
        "Responses": 2,
        "Battles": 1,
        "Verdicts by people": 1,
    }
    assert counts["Verdicts by people"].note == "and 1 unscored, with a reason"


def test_rows_of_a_loading_import_are_nowhere_to_be_seen(ada, project):
    job = Import.objects.create(project=project, format="csv", rows_read=3, rows_total=9)
    prompt = make_prompt(project, "hidden until all is in", batch=job)
    make_response(prompt=prompt, system="Ash", batch=job)
    assert ada.get(url("prompt", project, prompt.pk)).status_code == 404
    assert ada.get(url("data", project)).context["page"].rows == []
    assert ada.get(url("project", project)).context["facts"].running[0].done == 3


def test_sources_of_facts_come_together_with_the_most_urgent_step_first(monkeypatch, project, owner):
    late = Facts(counts=(Count("Runs", 2),), steps=(Step(40, "Ask judges.", "Start a run", "/x/"),))
    early = Facts(steps=(Step(10, "Import.", "Import a file", "/y/"),))
    monkeypatch.setattr("domain.facts._sources", [lambda *_: late, lambda *_: early])
    facts = gather(project, owner)
    assert [step.order for step in facts.steps] == [10, 40]
    assert facts.counts == (Count("Runs", 2),)
