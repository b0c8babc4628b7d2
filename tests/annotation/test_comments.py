"""Words between a reviewer and an annotator: who reads what under which name, what is new, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotation.comments import LONGEST, BadComment, names_in, say, unread_replies
from annotation.models import Assignment, Campaign, Comment, Participant
from annotation.services import claim, submit, withdraw_myself
from domain.models import System
from tests.annotation.make import annotator_of, held, left, pairwise_campaign
from tests.factories import make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def campaign() -> Campaign:
    campaign = pairwise_campaign(2)
    System.objects.filter(project=campaign.project).update(family="Betulaceae")
    return campaign


def answered(campaign: Campaign) -> Any:
    """Return an annotator and the turn on which they have answered."""
    user = annotator_of(campaign, "annabel")
    task = held(claim(user, campaign))
    submit(user, task.token, left(), key="1")
    return user, Assignment.objects.get(pk=task.pk)


def address(turn: Assignment) -> str:
    return reverse("annotation:comment", args=[turn.campaign.project.slug, turn.campaign_id, turn.pk])


def card(campaign: Campaign) -> str:
    return reverse("annotation:rater", args=[campaign.project.slug, campaign.pk, Participant.objects.get().pk])


def text_of(client, where: str) -> str:
    page: str = client.get(where).content.decode()
    return page


def test_the_annotator_reads_it_from_reviewer_and_the_reviewer_reads_the_reply(client, campaign):
    user, turn = answered(campaign)
    reviewer = annotator_of(campaign, "rosalind", role="reviewer")
    client.force_login(reviewer)
    answer = client.post(address(turn), {"text": "Why not answer B?"}, headers=HTMX)
    assert "rosalind" in answer.content.decode()
    client.force_login(user)
    home, mine = reverse("annotation:home"), reverse("annotation:answers", args=[campaign.pk])
    assert "1 new comment" in text_of(client, home)
    page = text_of(client, mine)
    assert "Why not answer B?" in page
    assert "Reviewer" in page
    assert "rosalind" not in page
    assert Comment.objects.get().read_at is not None
    assert "1 new comment" not in text_of(client, home)
    client.post(reverse("annotation:reply", args=[turn.token]), {"text": "It is too long."}, headers=HTMX)
    [reply] = unread_replies(campaign, slug=campaign.project.slug)
    assert (reply.person, reply.text) == ("annabel", "It is too long.")
    client.force_login(reviewer)
    people = text_of(client, reverse("annotation:people", args=[campaign.project.slug, campaign.pk]))
    assert "It is too long." in people
    assert f'id="comments-{turn.pk}"' in text_of(client, reply.participant_url)
    assert unread_replies(campaign, slug=campaign.project.slug) == []


def test_it_works_without_scripts(client, campaign):
    user, turn = answered(campaign)
    client.force_login(annotator_of(campaign, role="reviewer"))
    answer = client.post(address(turn), {"text": "Please look again."})
    assert answer.url == f"{card(campaign)}?answer={turn.pk}#comments-{turn.pk}"
    client.force_login(user)
    where = reverse("annotation:answers", args=[campaign.pk])
    answer = client.post(
        reverse("annotation:reply", args=[turn.token]),
        {"text": "I have."},
        headers={"Referer": f"http://testserver{where}"},
    )
    assert answer.url == f"http://testserver{where}#comments-{turn.token}"
    answer = client.post(
        reverse("annotation:reply", args=[turn.token]), {"text": "x"}, headers={"Referer": "https://evil.example/"}
    )
    assert answer.url == f"{where}#comments-{turn.token}"
    assert "I have." in text_of(client, where)


@pytest.mark.parametrize("text", ["Ash is better", "is it BIRCH?", "the betulaceae one", "Аsh", "A\u200bsh wrote it"])
def test_a_reviewer_who_names_a_system_is_stopped_and_keeps_the_words(client, campaign, text):
    _, turn = answered(campaign)
    client.force_login(annotator_of(campaign, role="reviewer"))
    answer = client.post(address(turn), {"text": text}, headers=HTMX)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "must not learn which system" in page
    assert text in page
    assert not Comment.objects.exists()


def test_words_that_only_hold_a_name_are_no_name(campaign):
    assert names_in("It washes birches ashore.", campaign.project) == []
    assert names_in("Ash, then Birch.", campaign.project) == ["Ash", "Birch"]


def test_hostile_words_are_shown_as_words(client, campaign):
    user, turn = answered(campaign)
    hostile = '<img src=x onerror=alert(1)> <b hx-get="/x">b</b> {{ 7 }} \u202e'
    say(turn, hostile, by=make_user(), is_reviewer=True)
    client.force_login(user)
    page = text_of(client, reverse("annotation:answers", args=[campaign.pk]))
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img src=x" not in page
    assert 'hx-get="/x"' not in page


@pytest.mark.parametrize(("text", "says"), [("  \n", "nothing in it"), ("x" * (LONGEST + 1), "5001 characters")])
def test_empty_and_overlong_comments_are_refused(campaign, text, says):
    user, turn = answered(campaign)
    with pytest.raises(BadComment, match=says):
        say(turn, text, by=user, is_reviewer=True)
    assert say(turn, "a\0b\ud800", by=user, is_reviewer=True).text == "ab"


def test_an_annotator_replies_and_does_not_begin(client, campaign):
    user, turn = answered(campaign)
    client.force_login(user)
    answer = client.post(reverse("annotation:reply", args=[turn.token]), {"text": "Hello?"}, headers=HTMX)
    assert answer.status_code == 422
    assert not Comment.objects.exists()
    assert "Write to the annotator" not in text_of(client, reverse("annotation:answers", args=[campaign.pk]))


def test_who_only_looks_sees_no_answers_and_writes_none(client, campaign):
    _, turn = answered(campaign)
    client.force_login(annotator_of(campaign, role="viewer"))
    assert "Their answers" not in text_of(client, card(campaign))
    assert client.post(address(turn), {"text": "x"}).status_code == 404


def test_an_answer_of_another_campaign_or_not_given_yet_is_not_there(client, campaign):
    user, turn = answered(campaign)
    following = held(claim(user, campaign))
    other = pairwise_campaign(1)
    client.force_login(annotator_of(campaign, role="reviewer"))
    slug = campaign.project.slug
    for campaign_pk, turn_pk in ((campaign.pk, following.pk), (other.pk, turn.pk)):
        where = reverse("annotation:comment", args=[slug, campaign_pk, turn_pk])
        assert client.post(where, {"text": "x"}).status_code == 404


def test_who_takes_their_answers_along_takes_their_words_too(campaign):
    user, turn = answered(campaign)
    say(turn, "Why?", by=make_user(), is_reviewer=True)
    say(turn, "Because.", by=user, is_reviewer=False)
    withdraw_myself(user, campaign, keep_answers=False)
    assert list(Comment.objects.values_list("text", flat=True)) == ["Why?"]


def test_no_claim_and_no_submit_looks_for_comments(campaign, django_assert_max_num_queries):
    user, turn = answered(campaign)
    say(turn, "Why?", by=make_user(), is_reviewer=True)
    with django_assert_max_num_queries(8):  # with the transaction's own two
        claim(user, campaign)
