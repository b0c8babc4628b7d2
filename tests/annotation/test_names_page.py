"""The page about names in answers: what was found, and what researchers say of it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.identity import MASK
from annotation.services import claim
from domain.models import Event, Membership
from tests.annotation.make import annotator_of
from tests.annotation.test_masking import browser_of, leaking
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def researcher_of(campaign, role="researcher"):
    user = make_user()
    Membership.objects.create(project=campaign.project, user=user, role=role)
    return browser_of(user)


def address(name, campaign, *more):
    return reverse(f"annotation:{name}", args=[campaign.project.slug, campaign.pk, *more])


def test_the_page_counts_by_system_and_shows_each_name_where_it_stands():
    campaign = leaking(2, hides=False)
    answer = researcher_of(campaign, "viewer").get(address("names", campaign))
    lines = [(one.system, one.items, one.telling, one.mentions, one.hidden) for one in answer.context["lines"]]
    assert lines == [("Ash", 2, 2, 0, 0), ("Birch", 2, 0, 2, 0)]
    page = answer.content.decode()
    assert "a new model developed by <mark>OpenAI</mark>. Lima it is" in page
    assert "It tells" not in page  # viewers look on


def test_hiding_and_judging_are_done_there_and_logged():
    campaign = leaking(2, hides=False)
    client = researcher_of(campaign)
    client.post(address("hide_names", campaign), {"names": "hide"})
    campaign.refresh_from_db()
    assert campaign.mask_identity
    item = campaign.items.first()
    at = next(n for n, name in enumerate(item.identifies) if name["hidden"])
    answer = client.post(address("judge_name", campaign, item.pk), {"at": at, "names": "show"}, follow=True)
    assert "1 item updated" in answer.content.decode()
    assert "false alarm" in answer.content.decode()
    assert MASK in answer.content.decode()
    who = Event.objects.filter(action__in=["names hidden", "name judged"], user__isnull=False)
    assert who.count() == 2


@pytest.mark.parametrize("sent", [{}, {"at": "x", "names": "hide"}, {"at": "9" * 40, "names": "show"}, {"at": "0"}])
def test_what_makes_no_sense_is_refused_in_words(sent):
    campaign = leaking(1)
    answer = researcher_of(campaign).post(address("judge_name", campaign, campaign.items.get().pk), sent, follow=True)
    assert "There is no such name in this item" in answer.content.decode()


def test_what_was_seen_stays_and_the_page_says_so():
    campaign = leaking(2, hides=False)
    claim(annotator_of(campaign), campaign)
    answer = researcher_of(campaign).post(address("hide_names", campaign), {"names": "hide"}, follow=True)
    assert "1 item updated. 1 had been shown to somebody and stays as seen." in answer.content.decode()
