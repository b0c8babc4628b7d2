"""Campaigns on which people disagree, and reviewers who settle them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotation.answers import Submission
from annotation.models import Campaign, Item, Review
from annotation.review import choosing
from annotation.review.adjudicating import decide
from annotation.review.reading import settled_by_item
from annotation.services import claim, skip, submit
from domain.choices import Choice, Outcome, Value
from tests.annotation.make import annotator_of, direct_campaign, pairwise_campaign


def disputed(said: Sequence[str], *, project: Any = None, **fields: Any) -> tuple[Campaign, list[Item]]:
    """Make a pairwise campaign: each item has its answers as letters in the battle's frame, "ABt" for A, B, tie.

    Shorter items are left with fewer answers. The items come back in the order in which they are given.
    """
    campaign = pairwise_campaign(len(said), project=project, overlap=max(map(len, said)), **fields)
    return campaign, _answered(campaign, said, _choice)


def scored(said: Sequence[str], **fields: Any) -> tuple[Campaign, list[Item]]:
    """Make a campaign of single responses, rated from 1 to 5: "125"."""
    campaign = direct_campaign(len(said), overlap=max(map(len, said)), **fields)
    return campaign, _answered(
        campaign, said, lambda letter, swapped: Submission({"helpfulness": Value(float(letter))})
    )


def _answered(campaign: Campaign, said: Sequence[str], answer: Any) -> list[Item]:
    items = list(campaign.items.order_by("position"))
    wanted = dict(zip([item.pk for item in items], said, strict=True))
    for at in range(max(map(len, said))):
        person = annotator_of(campaign, f"rater-{campaign.pk}-{at}")
        task = claim(person, campaign)
        while task is not None:
            letters = wanted[task.item_id]
            if at < len(letters):
                task = submit(person, str(task.token), answer(letters[at], task.swapped), key=f"k{task.pk}").next
            else:  # this person says nothing about it
                task = skip(person, str(task.token), reason="unsure")
    return items


def _choice(letter: str, swapped: bool) -> Submission:
    outcome = {"A": Outcome.A, "B": Outcome.B, "t": Outcome.TIE, "x": Outcome.BOTH_BAD}[letter]
    choice = Choice(outcome, 1 if outcome in (Outcome.A, Outcome.B) else None)
    return Submission({"preference": choice.turned() if swapped else choice})


def choose(outcome: str, swapped: bool) -> Submission:
    """Say who won in the battle's frame, whichever side is shown first."""
    return _choice(outcome, swapped)


def reviewer_of(campaign: Campaign, name: str = "") -> User:
    return annotator_of(campaign, name, role="reviewer")


def adjudicated(campaign: Campaign, item: Item) -> dict[str, Any]:
    return dict(settled_by_item(campaign, [item.pk])[item.pk].said)


def taken(review: Review | None) -> Review:
    """The item, where a test needs one to be there."""
    assert review is not None
    return review


def settle(user: User, campaign: Campaign, item: Item, outcome: str) -> Review:
    review = choosing.take(user, campaign, item.pk)
    return decide(user, campaign, review.pk, choose(outcome, review.swapped)).review


def page_of(user: User, name: str, campaign: Campaign, *args: Any, **options: Any) -> str:
    client = Client()
    client.force_login(user)
    address = reverse(f"annotation:{name}", args=[campaign.project.slug, campaign.pk, *args])
    method = client.post if options.pop("post", False) else client.get
    return method(address, follow=True, **options).content.decode()
