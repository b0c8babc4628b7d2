"""Writing a judge: what it would ask as the form changes, and asking it once, on the books and in no number."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from domain.models import Prompt, Rubric, Verdict
from judges import throttle
from judges.keys import secret_of
from judges.models import JudgeVersion, LedgerEntry, Run, TrialCall
from judges.trials import NoTrial, ask_once
from tests.factories import LIKERT, PREFERENCE, make_project, make_rubric, make_user
from tests.fakes.faults import Faults
from tests.judges.browsing import as_member
from tests.judges.making import make_battles

pytestmark = pytest.mark.django_db
NEW = reverse("judges:new_judge", args=["shop"])
LIST = reverse("judges:trials", args=["shop"])
HTMX = {"HX-Request": "true", "HX-Target": "preview"}
PRICED, UNPRICED = "gpt-6-luna", "fake-judge"


@pytest.fixture
def project():
    project = make_project(slug="shop", owner=make_user("ada"), viewer=make_user("vic"), annotator=make_user("ann"))
    make_battles(project, 3)
    make_rubric(project, PREFERENCE, name="Better")
    return project


def described(fake=None, **changes: Any) -> dict[str, Any]:
    fields = {
        "name": "Portia",
        "provider": "openai-chat",
        "model": PRICED,
        "rubric": Rubric.objects.get(name="Better").pk,
        "base_url": fake.openai_url if fake else "",
        "key_name": "PORTIA_API_KEY",
        "reasons": "before",
        "max_tokens": 500,
        "look": "1",
    }
    return {**fields, **changes}


def tried(ada: Client, fake, **changes: Any) -> Any:
    """Look at the preview, then ask for what it says at most."""
    fields = described(fake, **changes)
    preview = ada.post(NEW, fields).context["preview"]
    agreed = "" if preview.most_nusd is None else str(preview.most_nusd)
    return ada.post(NEW, {**fields, "try": "1", "agreed": agreed, **changes}, headers=HTMX)


def test_the_preview_is_the_prompt_about_a_real_item_with_tokens_and_price(ada):
    response = ada.post(NEW, described(), headers=HTMX)
    html = response.content.decode()
    preview = ada.post(NEW, described()).context["preview"]
    assert "You are a careful and impartial judge." in html
    assert "Question 0: what is it made of?" in html
    assert preview.call.asked > 100
    assert 0 < preview.call.usual_nusd < preview.most_nusd
    assert "<form" not in html
    assert not JudgeVersion.objects.exists()
    assert not TrialCall.objects.exists()


def test_the_preview_follows_the_item_and_the_settings(ada):
    third = Prompt.objects.order_by("pk")[2]
    html = ada.post(NEW, described(item=third.external_id), headers=HTMX).content.decode()
    assert "Question 2: what is it made of?" in html
    none = ada.post(NEW, described(reasons="none")).context["preview"]
    before = ada.post(NEW, described()).context["preview"]
    assert none.question.request.system != before.question.request.system
    assert b"nothing for this judge to read on the prompt" in ada.post(NEW, described(item="?"), headers=HTMX).content


def test_the_preview_works_without_htmx_and_keeps_the_form(ada):
    response = ada.post(NEW, described(name=""))
    html = response.content.decode()
    assert response.status_code == 200
    assert "You are a careful and impartial judge." in html
    assert f'value="{PRICED}"' in html
    assert not JudgeVersion.objects.exists()


def test_what_stands_against_a_preview_is_said(ada):
    html = ada.post(NEW, described(max_tokens=1), headers=HTMX).content.decode()
    assert "Mend the form" in html
    assert "greater than or equal to 16" in html
    without = ada.post(NEW, described(model=""), headers=HTMX)
    assert b"Name the model" in without.content
    assert b"Ask once" not in without.content


def test_a_preview_of_a_rubric_with_scores_reads_one_response(ada, project):
    rubric = make_rubric(project, LIKERT)
    preview = ada.post(NEW, described(rubric=rubric.pk)).context["preview"]
    assert len(preview.item.responses) == 1


def test_systems_without_battles_on_record_are_paired_for_the_preview(ada, project):
    project.battles.all().delete()
    preview = ada.post(NEW, described()).context["preview"]
    assert len(preview.item.responses) == 2


def test_a_trial_asks_once_and_shows_reply_reading_and_cost(ada, fake):
    html = tried(ada, fake).content.decode()
    trial = TrialCall.objects.get()
    assert len(fake.log.records()) == 1
    assert (trial.state, trial.outcome, trial.status) == ("settled", "verdict", 200)
    assert trial.cost_nusd
    assert trial.reserved_nusd is not None
    assert 0 < trial.cost_nusd <= trial.reserved_nusd
    assert trial.request_id
    assert trial.reading["preference"]["outcome"]
    assert f"Trial {trial.pk}" in html
    page = ada.get(reverse("judges:trial", args=["shop", trial.pk])).content.decode()
    assert f"{trial.cost_nusd / 1e9:.5f}" in page
    assert "1 trial call," in ada.get(LIST).content.decode()


def test_without_htmx_a_trial_leads_to_its_page_so_that_a_reload_asks_nobody(ada, fake):
    fields = described(fake)
    agreed = str(ada.post(NEW, fields).context["preview"].most_nusd)
    response = ada.post(NEW, {**fields, "try": "1", "agreed": agreed})
    trial = TrialCall.objects.get()
    assert (response.status_code, response.headers["Location"]) == (
        302,
        reverse("judges:trial", args=["shop", trial.pk]),
    )
    refused = ada.post(NEW, {**fields, "try": "1", "agreed": "1"})
    assert b"is not what was agreed to" in refused.content
    assert len(fake.log.records()) == 1


def test_a_trial_enters_nothing_else(ada, fake, project):
    tried(ada, fake)
    for model in (JudgeVersion, Run, Verdict, LedgerEntry):
        assert not model.objects.exists(), model
    assert Rubric.objects.get(name="Better").frozen_at is None


def test_the_cost_that_was_agreed_to_must_still_be_the_cost(ada, fake):
    response = ada.post(NEW, described(fake, **{"try": "1", "agreed": "1"}), headers=HTMX)
    assert b"is not what was agreed to" in response.content
    ada.post(NEW, described(fake, **{"try": "1", "agreed": "9" * 5000}), headers=HTMX)
    ada.post(NEW, described(fake, **{"try": "1"}), headers=HTMX)
    assert not fake.log.records()
    assert not TrialCall.objects.exists()


def test_where_no_price_is_known_the_page_says_so_before_and_after(ada, fake):
    assert b"at an unknown cost" in ada.post(NEW, described(fake, model=UNPRICED), headers=HTMX).content
    html = tried(ada, fake, model=UNPRICED).content.decode()
    trial = TrialCall.objects.get()
    assert (trial.reserved_nusd, trial.cost_nusd) == (None, None)
    assert "Cost unknown" in html


def test_a_call_that_fails_is_on_the_books_with_what_went_wrong(ada, fake):
    fake.configure(faults=Faults(plan=("401",)))
    html = tried(ada, fake).content.decode()
    trial = TrialCall.objects.get()
    assert (trial.outcome, trial.state, trial.cost_nusd, trial.status) == ("transport", "settled", 0, 401)
    assert trial.detail
    assert "no answer" in html


def test_without_a_key_nothing_is_asked(ada, fake, monkeypatch):
    monkeypatch.delenv("PORTIA_API_KEY")
    assert b"There is no key" in tried(ada, fake).content
    assert not TrialCall.objects.exists()
    assert not fake.log.records()


def test_one_trial_of_a_project_at_a_time(project, fake, ada):
    preview = ada.post(NEW, described(fake)).context["preview"]
    TrialCall.objects.create(project=project, name="Another", content_hash="", rubric="")
    with pytest.raises(NoTrial, match="under way"):
        ask_once(preview, agreed_nusd=preview.most_nusd)
    assert not fake.log.records()


def test_a_trial_keeps_to_the_limits_of_its_key(project, fake, ada):
    preview = ada.post(NEW, described(fake)).context["preview"]
    who = throttle.identity(preview.version, secret_of(preview.version))
    throttle.set_limits(who, requests=1, tokens=None)
    ask_once(preview, agreed_nusd=preview.most_nusd)
    with pytest.raises(NoTrial, match="limits of its key"):
        ask_once(preview, agreed_nusd=preview.most_nusd)
    assert len(fake.log.records()) == 1


def test_hostile_replies_are_shown_as_text(ada, fake):
    hostile = "<script>alert(1)</script>"
    fake.configure(judge=lambda question, rng: {"preference": {"reasons": hostile, "verdict": "tie"}})
    html = tried(ada, fake).content.decode()
    page = ada.get(reverse("judges:trial", args=["shop", TrialCall.objects.get().pk])).content.decode()
    for text in (html, page):
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


def test_only_those_who_may_edit_try_and_only_members_see_trials(ada, fake, project):
    tried(ada, fake)
    page = reverse("judges:trial", args=["shop", TrialCall.objects.get().pk])
    stranger = Client()
    stranger.force_login(make_user("eve"))
    for client in (stranger, as_member(project, "annotator")):
        assert [client.get(LIST).status_code, client.get(page).status_code] == [404, 404]
    viewer = as_member(project, "viewer")
    assert [viewer.get(LIST).status_code, viewer.get(page).status_code] == [200, 200]
    for client in (stranger, viewer, as_member(project, "annotator")):
        assert client.post(NEW, described(fake, **{"try": "1"})).status_code == 404
    make_project(slug="attic", owner=project.memberships.get(role="owner").user)
    assert ada.get(reverse("judges:trial", args=["attic", TrialCall.objects.get().pk])).status_code == 404
    assert len(fake.log.records()) == 1
