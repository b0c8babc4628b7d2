"""Researcher pages: they work, a stranger gets 404, a bad form says why."""

from __future__ import annotations

import csv
import io
from html import unescape
from itertools import chain

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from domain.choices import Choice, Outcome, Reason, Unscored, Value
from domain.facts import Count, Facts, Step, gather
from domain.models import Import, Membership, Project, Prompt, Response, Rubric
from domain.projects import LastOwner, create_project, remove_member, set_role
from domain.remark_forms import ERRORS, REASONS
from domain.services import Answers, Draft, battle_between, get_or_create_system, record_verdict
from domain.specs import RemarkForm, RemarkSpec
from tests.factories import (
    LIKERT,
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


@pytest.fixture
def owner() -> User:
    return make_user("ada")


@pytest.fixture
def project(owner: User) -> Project:
    return make_project(owner=owner)


@pytest.fixture
def ada(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def url(name: str, project: Project, *args: object) -> str:
    return reverse(f"domain:{name}", args=[project.slug, *args])


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


def test_every_prompt_is_on_exactly_one_page_forwards_and_backwards(ada, project):
    Prompt.objects.bulk_create(
        Prompt(project=project, external_id=f"q{number}", turns=[{"role": "user", "content": "?"}])
        for number in range(120)
    )
    forwards, address = [], url("data", project)
    while address:
        shown = ada.get(address).context["page"]
        forwards.append([row.external_id for row in shown.rows])
        last, address = address, shown.next and url("data", project) + shown.next
    assert [len(rows) for rows in forwards] == [50, 50, 20]
    assert list(chain(*forwards)) == [f"q{number}" for number in range(120)]
    backwards = []
    while last:
        shown = ada.get(last).context["page"]
        backwards.append([row.external_id for row in shown.rows])
        last = shown.previous and url("data", project) + shown.previous
    assert backwards == forwards[::-1]


@pytest.mark.parametrize("position", ["after=x", "after=-1", f"before={'9' * 23}", f"after={'9' * 5000}", "after=²"])
def test_a_made_up_position_shows_the_first_page(ada, project, position):
    prompt = make_prompt(project)
    assert ada.get(f"{url('data', project)}?{position}").context["page"].rows == [prompt]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("peru", ["a"]), ("сколько", ["b"]), ('"quoted"', ["c"]), ("%", []), ("a_b", []), ("", list("abc"))],
)
def test_typing_finds_a_prompt_by_its_words_in_any_script(ada, project, typed, found):
    for name, text in [("a", "The capital of Peru?"), ("b", "Сколько стоит?"), ("c", 'What is "quoted" here?')]:
        make_prompt(project, text, external_id=name)
    rows = ada.get(url("data", project), {"q": typed}).context["page"].rows
    assert [row.external_id for row in rows] == found


def test_htmx_gets_the_rows_alone(ada, project):
    make_prompt(project, external_id="only-me")
    answer = ada.get(url("data", project), {"q": "only"}, headers={"HX-Request": "true", "HX-Target": "rows"})
    assert answer.content.decode().lstrip().startswith('<div id="rows">')
    assert "only-me" in answer.content.decode()


def test_a_system_without_responses_says_what_was_not_supplied(ada, project):
    make_response(project, system="Ash", content="Lima is it.")
    get_or_create_system(project, "Birch")
    answer = ada.get(url("data_part", project, "systems"))
    assert answer.status_code == 200
    assert "no text was supplied" in answer.content.decode()


def test_a_prompt_shows_all_responses_rendered_with_what_raters_said(ada, project):
    prompt, rubric = make_prompt(project, "Which is *best*?"), make_rubric(project, LIKERT)
    response = make_response(prompt=prompt, system="Ash", content="**Lima**")
    silent = make_response(prompt=prompt, system="Birch")
    Response.objects.filter(pk=silent.pk).update(content=None)
    draft = Draft(
        make_rater(project, "Carla").pk,
        {"helpfulness": Value(4)},
        "import:1:1",
        response_id=response.pk,
        rationale="names it",
    )
    record_verdict(project=project, rubric=rubric, draft=draft)
    answer = ada.get(url("prompt", project, prompt.pk)).content.decode()
    for part in ("<strong>Lima</strong>", "<em>best</em>", "Ash", "Birch", "not supplied", "Carla", "names it"):
        assert part in answer, part


def test_a_battle_names_the_winner_and_what_was_shown_first(ada, project):
    battle, rubric = make_battle(project, ("Ash", "Birch")), make_rubric(project, PREFERENCE)
    draft = Draft(
        make_rater(project).pk,
        {"preference": Choice(Outcome.A, 2)},  # A as the rater saw it: shown first, and that was response_b
        "import:1:1",
        battle_id=battle.pk,
        shown_swapped=True,
    )
    record_verdict(project=project, rubric=rubric, draft=draft)
    answer = ada.get(url("battle", project, battle.pk)).content.decode()
    assert "Birch, by 2 of 2 steps" in answer
    assert "shown first: Birch" in answer


def test_the_pages_cost_the_same_queries_whatever_the_number_of_rows(ada, project, django_assert_max_num_queries):
    for number in range(30):
        prompt = make_prompt(project)
        pair = [make_response(prompt=prompt, system=name, content=f"{name} {number}") for name in ("Ash", "Birch")]
        battle_between(*pair)
    for part in ("prompts", "systems", "responses", "battles"):
        ada.get(url("data_part", project, part))
        with django_assert_max_num_queries(16):
            ada.get(url("data_part", project, part))


def failed_import(project: Project) -> Import:
    errors = [
        {
            "file": "votes.csv",
            "line": line,
            "column": "outcome",
            "value": "=HYPERLINK(1)",
            "reason": "is not an outcome",
        }
        for line in range(2, 42)
    ]
    return Import.objects.create(
        project=project, state="failed", format="csv", files=[{"name": "votes.csv"}], errors=errors, error_count=99
    )


def test_a_failed_import_shows_the_first_twenty_rows_and_the_count(ada, project):
    answer = ada.get(url("import", project, failed_import(project).pk))
    assert len(answer.context["errors"]) == 20
    assert "The first 20 of 99" in answer.content.decode()


def test_the_download_of_refused_rows_runs_no_formula(ada, project):
    answer = ada.get(url("import_errors", project, failed_import(project).pk))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == 40
    assert rows[0] == {
        "file": "votes.csv",
        "line": "2",
        "column": "outcome",
        "value": "'=HYPERLINK(1)",
        "reason": "is not an outcome",
    }


def test_an_import_that_is_over_asks_no_more(ada, project):
    job = Import.objects.create(project=project, format="csv", rows_read=1, rows_total=9)
    address = url("import", project, job.pk)
    assert "every 2s" in ada.get(address).content.decode()
    Import.objects.filter(pk=job.pk).update(state="done")
    assert "every 2s" not in ada.get(address, headers={"HX-Request": "true", "HX-Target": "state"}).content.decode()


CRITERION = {
    "criterion-TOTAL_FORMS": "1",
    "criterion-INITIAL_FORMS": "0",
    "criterion-0-name": "Helpfulness",
    "criterion-0-meaning": "Does it help?",
    "criterion-0-level": "ordinal",
    "criterion-0-scale": "1 to 5",
    "criterion-0-anchors": "1 = useless\n5 = solves it",
    "criterion-0-weight": "1",
    "criterion-0-higher_is_better": "on",
    "remark-TOTAL_FORMS": "0",
    "remark-INITIAL_FORMS": "0",
}
RUBRIC = {"name": "Quality", "instructions": "Read all of it.", **CRITERION}


def test_a_rubric_is_written_as_it_was_typed(ada, project):
    ada.post(url("new_rubric", project), RUBRIC)
    spec = Rubric.objects.get(project=project).spec()
    assert (spec.name, spec.instructions) == ("Quality", "Read all of it.")
    (criterion,) = spec.criteria
    assert criterion.values == (1, 2, 3, 4, 5)
    assert criterion.anchors == {1: "useless", 5: "solves it"}


def test_a_rubric_for_pairs_offers_what_was_ticked(ada, project):
    sent = {"name": "Better", "instructions": "", "criterion-TOTAL_FORMS": "1", "criterion-INITIAL_FORMS": "0"}
    sent |= {
        "remark-TOTAL_FORMS": "0",
        "remark-INITIAL_FORMS": "0",
        "criterion-0-name": "Overall",
        "criterion-0-meaning": "",
        "criterion-0-strengths": "2",
        "criterion-0-tie": "on",
    }
    ada.post(url("new_rubric", project) + "?kind=choice", sent)
    (criterion,) = Rubric.objects.get(project=project).spec().criteria
    assert criterion.outcomes == (Outcome.A, Outcome.B, Outcome.TIE)
    assert criterion.strengths == 2


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("criterion-0-scale", "good to bad", "is not a scale; write it as 1 to 5"),
        ("criterion-0-scale", "5 to 1", "is not below the second"),
        ("criterion-0-scale", "0 to 100", "at most 21"),
        ("criterion-0-scale", "3", "A scale has 2 to 21 points; this one has 1"),
        ("criterion-0-scale", "nan, 1, 2", "is not a scale"),
        ("criterion-0-anchors", "7 = too much", "does not say what a number of the scale means"),
        ("criterion-0-weight", "-1", "greater than or equal to 0"),
        ("criterion-0-name", "", "This field is required"),
        ("criterion-TOTAL_FORMS", "0", "A rubric needs at least one criterion"),
        ("name", "", "This field is required"),
    ],
)
def test_a_bad_rubric_says_why_and_is_not_saved(ada, project, field, value, says):
    answer = ada.post(url("new_rubric", project), {**RUBRIC, field: value})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Rubric.objects.exists()


def test_two_criteria_of_one_name_are_refused(ada, project):
    second = {key.replace("-0-", "-1-"): value for key, value in CRITERION.items() if "-0-" in key}
    answer = ada.post(url("new_rubric", project), {**RUBRIC, **second, "criterion-TOTAL_FORMS": "2"})
    assert "Two criteria have the same name: helpfulness" in answer.content.decode()


def test_adding_a_criterion_keeps_what_was_typed_and_complains_about_nothing(ada, project):
    answer = ada.post(url("new_rubric", project), {**RUBRIC, "name": "", "criterion-0-scale": "1 to", "add": "1"})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'value="1 to"' in text
    assert "Criterion 2" in text
    assert 'class="errors"' not in text


REMARK = {
    "remark-TOTAL_FORMS": "1",
    "remark-0-name": "Errors",
    "remark-0-meaning": "Mark them.",
    "remark-0-form": "spans",
    "remark-0-options": "Accuracy\r\nStyle\r\n",
    "remark-0-severities": "minor = 1\r\nmajor = 5",
    "remark-0-asked_first": "on",
}


def test_what_is_asked_beside_the_criteria_is_written_and_shown(ada, project):
    ada.post(url("new_rubric", project), {**RUBRIC, **REMARK})
    rubric = Rubric.objects.get(project=project)
    assert rubric.spec().remarks == (
        RemarkSpec(
            "errors",
            "Errors",
            "Mark them.",
            RemarkForm.SPANS,
            ("Accuracy", "Style"),
            {"minor": 1.0, "major": 5.0},
            asked_first=True,
        ),
    )
    shown = ada.get(url("rubric", project, rubric.pk)).content.decode()
    assert "Accuracy · Style" in shown
    assert "major counts 5" in shown
    assert "minor = 1\nmajor = 5" in ada.get(url("new_version", project, rubric.pk)).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("remark-0-name", "", "This field is required"),
        ("remark-0-options", "", "Write 1 to 20, one a line; these are 0"),
        ("remark-0-options", "Style\nStyle", "stands there twice"),
        ("remark-0-options", "x" * 61, "has 61 characters; 60 fit"),
        ("remark-0-options", "a\x07b", "control character"),
        ("remark-0-severities", "minor", "is no severity with a weight of 0 or more: minor = 1"),
        ("remark-0-severities", "minor = -1", "is no severity"),
        ("remark-0-severities", "minor = nan", "is no severity"),
        ("remark-0-severities", "a = 1\nb = 2\nc = 3\nd = 4\ne = 5", "At most 4"),
        ("remark-0-form", "tags", "Only marked places have severities"),
        ("remark-0-form", "text", "Words of their own have no options"),
        ("remark-TOTAL_FORMS", "11", "Please submit at most 10"),
    ],
)
def test_a_bad_remark_says_why_and_is_not_saved(ada, project, field, value, says):
    answer = ada.post(url("new_rubric", project), {**RUBRIC, **REMARK, field: value})
    assert answer.status_code == 422
    assert says in unescape(answer.content.decode())
    assert not Rubric.objects.exists()


def test_no_places_are_marked_where_two_responses_are_compared(ada, project):
    sent = {**RUBRIC, **REMARK, "criterion-0-strengths": "2"}
    answer = ada.post(url("new_rubric", project) + "?kind=choice", sent)
    assert "Select a valid choice. spans is not one of the available choices" in answer.content.decode()


def test_a_preset_brings_error_spans_with_a_score_that_can_be_saved_as_it_is(ada, project):
    blank = {**RUBRIC, "criterion-0-name": ""}
    text = ada.post(url("new_rubric", project), {**blank, "add": "errors"}).content.decode()
    assert 'value="Errors"' in text
    assert 'value="Overall quality"' in text
    assert "Criterion 2" not in text
    text = ada.post(url("new_rubric", project), {**RUBRIC, "add": "reasons"}).content.decode()
    assert 'value="Reasons"' in text
    assert 'value="Helpfulness"' in text
    for preset in (REASONS, ERRORS):
        row = {f"remark-0-{name}": value for name, value in preset.items()}
        ada.post(url("new_rubric", project), {**RUBRIC, "remark-TOTAL_FORMS": "1", **row, "name": preset["name"]})
        assert Rubric.objects.get(name=preset["name"]).remark_fields.count() == 1


def test_a_change_of_a_rubric_is_a_new_version(ada, project):
    first = make_rubric(project, LIKERT, name="Quality")
    shown = ada.get(url("new_version", project, first.pk)).content.decode()
    assert 'value="1 to 5"' in shown
    assert "5 = solves it" in shown
    ada.post(url("new_version", project, first.pk), {**RUBRIC, "name": "Another", "criterion-INITIAL_FORMS": "1"})
    second = Rubric.objects.get(version=2)
    assert second.name == "Quality"
    assert second.criteria.get().meaning == "Does it help?"
    assert first.criteria.get().meaning == ""


def test_a_new_version_may_leave_a_criterion_out(ada, project):
    first = make_rubric(project, LIKERT)
    sent = {**RUBRIC, "criterion-INITIAL_FORMS": "1", "criterion-0-DELETE": "on"}
    answer = ada.post(url("new_version", project, first.pk), sent)
    assert "A rubric needs at least one criterion" in answer.content.decode()


def test_a_used_rubric_says_that_it_is_frozen(ada, project):
    rubric, response = make_rubric(project, LIKERT), make_response(project)
    assert "Frozen since" not in ada.get(url("rubric", project, rubric.pk)).content.decode()
    draft = Draft(make_rater(project).pk, {"helpfulness": Value(4)}, "import:1:1", response_id=response.pk)
    record_verdict(project=project, rubric=rubric, draft=draft)
    assert "Frozen since" in ada.get(url("rubric", project, rubric.pk)).content.decode()


def test_a_member_is_added_changed_and_taken_out(ada, project):
    bob = make_user("bob")
    ada.post(url("add_member", project), {"username": "bob", "role": "annotator"})
    assert Membership.objects.get(user=bob).role == "annotator"
    ada.post(url("change_member", project, bob.pk), {"role": "reviewer"})
    assert Membership.objects.get(user=bob).role == "reviewer"
    ada.post(url("change_member", project, bob.pk), {"role": "reviewer", "remove": "1"})
    assert not Membership.objects.filter(user=bob).exists()
    actions = list(project.events.order_by("pk").values_list("action", flat=True))
    assert actions == ["member.set", "member.set", "member.removed"]


def test_a_new_account_gets_a_password_that_works_and_is_shown_once(ada, project, client):
    sent = {"username": "nadia", "role": "annotator", "create": "on"}
    answer = ada.post(url("add_member", project), sent)
    password = answer.context["new_password"]
    assert password in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert User.objects.get(username="nadia").check_password(password)
    assert password not in ada.get(url("settings", project)).content.decode()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"username": "nobody", "role": "annotator"}, "Nobody is called nobody here"),
        ({"username": "no body!", "role": "annotator"}, "Enter a valid username"),
        ({"username": "ada", "role": "king"}, "not one of the available choices"),
        ({"username": "ada", "role": "viewer"}, "ada is the only owner"),
    ],
)
def test_a_member_who_cannot_be_added_is_an_error_that_says_why(ada, project, sent, says):
    answer = ada.post(url("add_member", project), sent)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert Membership.objects.get(project=project).role == "owner"


def test_the_last_owner_can_neither_leave_nor_step_down(project, owner):
    with pytest.raises(LastOwner):
        remove_member(project=project, user=owner, by=owner)
    with pytest.raises(LastOwner):
        set_role(project=project, user=owner, role="viewer", by=owner)


@pytest.mark.parametrize("role", ["researcher", "reviewer", "viewer", "annotator"])
def test_only_an_owner_changes_settings(client, project, owner, role):
    member = make_user()
    Membership.objects.create(project=project, user=member, role=role)
    client.force_login(member)
    for address, sent in [
        (url("settings_details", project), {"name": "Mine now"}),
        (url("add_member", project), {"username": member.username, "role": "owner"}),
        (url("change_member", project, owner.pk), {"remove": "1"}),
    ]:
        assert client.post(address, sent).status_code == 404
    assert Membership.objects.get(user=member).role == role


def test_name_and_description_change_and_the_address_stays(ada, project):
    slug = project.slug
    ada.post(url("settings_details", project), {"name": "Help desk, round 3", "description": "d"})
    project.refresh_from_db()
    assert (project.name, project.slug) == ("Help desk, round 3", slug)
    assert ada.post(url("settings_details", project), {"name": ""}).status_code == 422
