"""The pages of a revision: what it would take back, what differs, and what annotators are told."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from annotation.errors import NothingToUndo
from annotation.models import Campaign, GuidelineVersion
from annotation.revision.publishing import undo_revision
from annotation.revision.scope import Scope
from annotation.revision.wording import differences
from annotation.services import NewItem, add_items, claim, submit, undo
from domain.models import Event, Verdict
from tests.annotation.make import annotator_of, direct_campaign, held
from tests.annotation.revising import BOTH, both, publish, shown, two_criteria
from tests.annotation.working import finish
from tests.factories import make_response

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("ask_again", [True, False])
def test_nothing_that_an_annotator_sees_after_a_revision_tells_checks_from_work(client, ask_again):
    campaign = two_criteria()
    check = NewItem(make_response(campaign.project), role="calibration", expected={"helpfulness": 4, "fluency": 50})
    add_items(campaign, [check])
    Campaign.objects.filter(pk=campaign.pk).update(quality={"checks": {"first": 1}})
    user = annotator_of(campaign)
    task = claim(user, campaign)
    while task:
        task = submit(user, str(task.token), both(), key=f"k{task.pk}").next
    assert Verdict.objects.filter(role="calibration").count() == 1
    version = publish(campaign, Scope(lost=frozenset({"fluency"}), wanted=BOTH, ask_again=ask_again))
    client.force_login(user)
    where = reverse("annotation:answers", args=[campaign.pk])
    page = client.get(where).content.decode()
    rows = [re.sub(r"answer-\d+|<time [^>]*>", "", row) for row in page.split('<li class="answer-row"')[1:]]
    assert len(rows) == 4
    assert len({row.split("</li>")[0] for row in rows}) == 1
    assert "cannot be changed any more" in page
    with pytest.raises(NothingToUndo):
        undo(user, campaign)
    undo_revision(version, by=None)
    assert "cannot be changed any more" not in client.get(where).content.decode()


def page_of(campaign: Campaign) -> str:
    return reverse("annotation:guideline_versions", args=[campaign.project.slug, campaign.pk])


def test_nothing_is_taken_back_before_somebody_has_seen_how_much(client):
    campaign = direct_campaign(2, overlap=2, guidelines="Be kind to answers.")
    Campaign.objects.filter(pk=campaign.pk).update(pay_per_answer="0.50")
    for _ in range(2):
        finish(annotator_of(campaign), campaign)
    client.force_login(annotator_of(campaign, role="researcher"))
    sent = {"text": "Be strict to answers.", "note": "Stricter.", "takes": "answers", "becomes": "ask"}
    first = client.post(page_of(campaign), sent | {"do": "publish"}).content.decode()
    assert "Look at what it takes back" in first
    page = client.post(page_of(campaign), sent | {"do": "preview"}).content.decode()
    assert "4 answers are set aside" in page
    assert "of 2 people about 2 items" in page
    assert "2.00 USD" in page
    assert "<del>kind</del><ins>strict</ins>" in page
    other = {"prompts": campaign.items.all()[0].response.prompt.external_id}
    assert client.post(page_of(campaign), sent | other | {"do": "publish", "shown": shown(page)}).status_code == 200
    assert not GuidelineVersion.objects.exists()
    answer = client.post(page_of(campaign), sent | {"do": "publish", "shown": shown(page)})
    assert answer.url == page_of(campaign)
    assert not Verdict.objects.counting().exists()
    page = client.get(page_of(campaign)).content.decode()
    assert "Version 1 against version 0" in page
    assert "<del>kind</del><ins>strict</ins>" in page
    undo = reverse("annotation:undo_revision", args=[campaign.project.slug, campaign.pk, 1])
    assert undo in page
    client.post(undo)
    assert Verdict.objects.counting().count() == 4


WORDS = st.lists(st.sampled_from(["be", "kind", "strict", "not", ".", ",", "\n", " "]), max_size=12).map("".join)


@given(WORDS, WORDS)
def test_the_differences_hold_both_texts(before, after):
    parts = differences(before, after)
    assert "".join(part.text for part in parts if part.kind != "new") == before
    assert "".join(part.text for part in parts if part.kind != "gone") == after
    assert (before == after) == all(part.kind == "same" for part in parts)


def test_long_texts_are_compared_by_lines_and_line_ends_of_browsers_are_no_difference():
    assert {part.kind for part in differences("a\nb", "a\r\nb")} == {"same"}
    long = "word " * 9_000 + "\n"
    assert [part.kind for part in differences(long + "old\n", long + "new\n")] == ["same", "gone", "new"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"takes": "nothing", "text": "Be kind."}, "nothing would change"),
        ({"takes": "nothing", "criteria": ["helpfulness"]}, "say here that all stay"),
        ({"takes": "answers", "prompts": "no such prompt"}, "There is no prompt &#x27;no such prompt&#x27;"),
        ({"takes": "answers", "note": ""}, "This field is required"),
        ({"takes": "answers", "criteria": ["fluency"]}, "fluency"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_happens(client, changes, says):
    campaign = direct_campaign(1, guidelines="Be kind.")
    finish(annotator_of(campaign), campaign)
    client.force_login(annotator_of(campaign, role="researcher"))
    sent = {"text": "Be strict.", "note": "Stricter.", "becomes": "ask", "do": "publish"} | changes
    answer = client.post(page_of(campaign), sent)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not GuidelineVersion.objects.exists()


def test_annotators_are_told_until_they_say_that_they_have_read_it(client):
    campaign = direct_campaign(3)
    user = annotator_of(campaign)
    client.force_login(user)
    task = held(claim(user, campaign))
    here = reverse("annotation:task", args=[task.token])
    assert "data-news" not in client.get(here).content.decode()
    publish(campaign, Scope(), note="Dates count as facts.")
    sent = {"c.helpfulness": "4", "q-helpfulness": "4", "helpfulness": "4", "key": "1", "guidelines": "0"}
    answer = client.post(here, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Dates count as facts." in page
    assert "The guidelines changed while you were at this task." in page
    assert 'name="guidelines" value="1"' in page
    assert not Verdict.objects.exists()
    answer = client.post(reverse("annotation:guidelines", args=[campaign.pk]), {"task": task.token})
    assert answer.url == here
    assert "data-news" not in client.get(here).content.decode()
    read = Event.objects.get(action="guidelines read")
    assert (read.user, read.details["version"]) == (user, 1)
