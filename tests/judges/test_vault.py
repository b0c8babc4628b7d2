"""Keys kept in the database: usable, replaceable, and never readable again."""

from __future__ import annotations

import json

import pytest
from django.core import serializers
from django.urls import reverse

from domain.models import Event
from judges import keys, vault
from judges.models import StoredKey
from judges.preview import preview_of
from judges.trials import NoTrial, ask_once
from tests.factories import PREFERENCE, make_project, make_rubric, make_user
from tests.judges.making import make_battles, make_version

pytestmark = pytest.mark.django_db
KEY = "sk-very-secret-0123456789abcdef"
OTHER_SECRET = "another-secret-of-at-least-fifty-characters-0123456789"


def test_a_kept_key_opens_for_its_project_and_name_only():
    project, other = make_project(), make_project()
    vault.keep(project, "LOCAL_API_KEY", KEY)
    found = vault.find(project.pk, "LOCAL_API_KEY")
    assert found is not None
    assert found.reveal() == KEY
    assert vault.find(other.pk, "LOCAL_API_KEY") is None
    assert vault.find(project.pk, "OTHER_API_KEY") is None


def test_a_key_moved_to_another_project_does_not_open():
    project, other = make_project(), make_project()
    vault.keep(project, "LOCAL_API_KEY", KEY)
    StoredKey.objects.update(project=other)
    with pytest.raises(vault.Unreadable, match="store it again"):
        vault.find(other.pk, "LOCAL_API_KEY")


def test_a_key_sealed_under_another_secret_says_so_and_opens_with_a_fallback(settings):
    project = make_project()
    version = make_version(project, key_name="LOCAL_API_KEY")
    vault.keep(project, "LOCAL_API_KEY", KEY)
    first, settings.SECRET_KEY = settings.SECRET_KEY, OTHER_SECRET
    assert "LOCAL_API_KEY does not open" in keys.problem_with(version)
    settings.SECRET_KEY_FALLBACKS = [first]
    assert keys.secret_of(version).reveal() == KEY


def test_neither_the_row_nor_the_log_holds_the_key():
    project = make_project()
    stored = vault.keep(project, "LOCAL_API_KEY", KEY)
    kept = serializers.serialize("json", [stored, *Event.objects.all()])
    assert KEY not in kept
    assert KEY[:8] not in kept
    assert stored.last_four == KEY[-4:]
    assert str(stored) == "LOCAL_API_KEY (…cdef)"


def test_of_a_short_key_nothing_is_shown():
    assert vault.keep(make_project(), "LOCAL_API_KEY", "short").last_four == ""


def test_two_seals_of_one_key_differ():
    first, second = (vault.keep(make_project(), "LOCAL_API_KEY", KEY).ciphertext for _ in range(2))
    assert first != second


@pytest.mark.parametrize("wrong", ["", "   ", "a b", "schlüssel", "k" * 2001, "line\nbreak"])
def test_what_cannot_be_a_key_is_refused_without_being_repeated(wrong):
    with pytest.raises(vault.BadKey) as refusal:
        vault.keep(make_project(), "LOCAL_API_KEY", wrong)
    assert not wrong.strip() or wrong not in str(refusal.value)


def test_a_project_s_own_key_wins_over_the_environment_s(monkeypatch):
    version = make_version(key_name="LOCAL_API_KEY")
    monkeypatch.setenv("LOCAL_API_KEY", "from-the-environment")
    assert keys.secret_of(version).reveal() == "from-the-environment"
    vault.keep(version.project, "LOCAL_API_KEY", KEY)
    assert keys.secret_of(version).reveal() == KEY


def test_a_kept_vendor_key_still_goes_to_its_vendor_only():
    version = make_version(key_name="OPENAI_API_KEY", base_url="https://collector.example/v1")
    vault.keep(version.project, "OPENAI_API_KEY", KEY)
    assert "is sent to api.openai.com only" in keys.problem_with(version)


@pytest.mark.parametrize("wrong", ["one-0123456789\ntwo-0123456789", "zero\u200bwidth-0123456789", "a b-0123456789"])
def test_what_the_environment_holds_instead_of_a_key_is_said_and_not_repeated(monkeypatch, wrong):
    monkeypatch.setenv("PORTIA_API_KEY", wrong)
    problem = keys.problem_with(make_version())
    assert "What PORTIA_API_KEY holds is no key" in problem
    assert "0123456789" not in problem


@pytest.fixture
def busy():
    """A project with something to judge."""
    project = make_project()
    make_rubric(project, PREFERENCE)
    make_battles(project, 1)
    return project


ELSEWHERE = {"key_name": "LOCAL_API_KEY", "base_url": "https://collector.example/v1"}


def made_by(project, role, **changes):
    version = make_version(project, rubric=project.rubrics.first(), **{**ELSEWHERE, **changes})
    user = make_user(is_superuser=role == "administrator")
    if role != "administrator":
        project.memberships.create(user=user, role=role)
    version.created_by = user
    version.save(update_fields=["created_by"])
    return version


@pytest.mark.parametrize(
    ("role", "kept", "in_environment"),
    [("researcher", False, False), ("owner", True, False), ("administrator", True, True)],
)
def test_a_key_goes_only_where_somebody_with_a_right_to_it_has_pointed_a_judge(
    monkeypatch, busy, role, kept, in_environment
):
    version = made_by(busy, role)
    monkeypatch.setenv("LOCAL_API_KEY", KEY)
    refused = "is not sent to collector.example for a judge that only others have made"
    assert (refused in keys.problem_with(version)) is not in_environment
    vault.keep(busy, "LOCAL_API_KEY", KEY)
    assert (refused in keys.problem_with(version)) is not kept


def test_a_researcher_may_change_a_judge_that_an_owner_has_pointed_somewhere(busy, settings):
    vault.keep(busy, "LOCAL_API_KEY", KEY)
    theirs = made_by(busy, "researcher", model="another")
    assert "have an owner of the project make a judge" in keys.problem_with(theirs)
    made_by(busy, "owner")
    assert keys.problem_with(theirs) == ""
    moved = made_by(busy, "researcher", base_url="https://elsewhere.example/v1")
    assert "is not sent to elsewhere.example" in keys.problem_with(moved)
    settings.JUDGE_PRIVATE_HOSTS = ["elsewhere.example"]
    assert keys.problem_with(moved) == ""


@pytest.mark.parametrize(("role", "asked"), [("researcher", False), ("owner", True)])
def test_a_trial_goes_no_further_than_a_judge_on_record(busy, fake, role, asked):
    vault.keep(busy, "LOCAL_API_KEY", KEY)
    version = made_by(busy, role)
    user, version.pk, version.created_by = version.created_by, None, None
    preview = preview_of(version)
    assert preview is not None
    with pytest.raises(NoTrial) as refusal:
        ask_once(preview, agreed_nusd=-1, user=user)
    assert ("what was agreed to" in str(refusal.value)) is asked


@pytest.fixture
def project():
    return make_project()


def client_of(client, project, role):
    user = make_user(role)
    project.memberships.create(user=user, role=role)
    client.force_login(user)
    return client


def test_an_owner_keeps_replaces_and_forgets_a_key_on_the_page(client, project):
    owner = client_of(client, project, "owner")
    url = reverse("judges:keep_key", args=[project.slug])
    for key in (KEY, KEY[::-1]):
        page = owner.post(url, {"name": "LOCAL_API_KEY", "key": key}, follow=True).content.decode()
        assert key not in page
        assert f"…{key[-4:]}" in page
    stored = StoredKey.objects.get()
    owner.post(reverse("judges:forget_key", args=[project.slug, stored.pk]))
    assert not StoredKey.objects.exists()
    actions = list(Event.objects.filter(project=project).order_by("pk").values_list("action", flat=True))
    assert actions == ["key.kept", "key.kept", "key.forgotten"]


@pytest.mark.parametrize("fields", [{"name": "PATH", "key": KEY}, {"name": "LOCAL_API_KEY", "key": "a b"}])
def test_a_bad_form_keeps_nothing_and_does_not_repeat_the_key(client, project, fields):
    response = client_of(client, project, "owner").post(reverse("judges:keep_key", args=[project.slug]), fields)
    assert response.status_code == 422
    assert fields["key"] not in response.content.decode()
    assert not StoredKey.objects.exists()


@pytest.mark.parametrize(("role", "expected"), [("researcher", 404), ("viewer", 404), ("annotator", 404)])
def test_nobody_but_an_owner_may_store_or_remove_keys(client, project, role, expected):
    stored = vault.keep(project, "LOCAL_API_KEY", KEY)
    member = client_of(client, project, role)
    fields = {"name": "LOCAL_API_KEY", "key": "replaced-by-somebody"}
    assert member.post(reverse("judges:keep_key", args=[project.slug]), fields).status_code == expected
    assert member.post(reverse("judges:forget_key", args=[project.slug, stored.pk])).status_code == expected
    kept = vault.find(project.pk, "LOCAL_API_KEY")
    assert kept is not None
    assert kept.reveal() == KEY


def test_a_key_of_another_project_is_not_there(client, project):
    stored = vault.keep(make_project(), "LOCAL_API_KEY", KEY)
    owner = client_of(client, project, "owner")
    assert owner.post(reverse("judges:forget_key", args=[project.slug, stored.pk])).status_code == 404


def test_a_run_with_a_kept_key_sends_it_and_never_records_it(project, fake, monkeypatch):
    from judges import runner
    from judges.models import Exchange, LedgerEntry
    from tests.judges.conftest import KEY as FAKES
    from tests.judges.making import make_battles, make_run

    monkeypatch.delenv("PORTIA_API_KEY")
    vault.keep(project, "PORTIA_API_KEY", FAKES)
    make_battles(project, 1)
    run = make_run(make_version(project, base_url=fake.openai_url))
    runner.drain(run)
    assert (run.state, run.verdicts) == ("done", 2)
    assert StoredKey.objects.get().used_at is not None
    rows = [*Exchange.objects.values(), *LedgerEntry.objects.values()]
    assert FAKES not in json.dumps(rows, default=str)
