"""Campaigns whose guidelines or rubric change: publishing, what must hold afterwards, what a page has shown."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from annotation.answers import Submission
from annotation.models import Assignment, Campaign, GuidelineVersion, Item, Participant
from annotation.revision.publishing import publish_guidelines
from annotation.revision.scope import Scope
from annotation.services import claim, create_campaign, open_campaign, submit
from domain.choices import Value
from domain.models import Verdict
from tests.annotation.lists import ranking
from tests.factories import LIKERT, SLIDER, make_project, make_prompt, make_response, make_rubric

ALL = Scope(lost=frozenset({"helpfulness"}), wanted=frozenset({"helpfulness"}))
BOTH = frozenset({"helpfulness", "fluency"})
PAIRS = Scope(lost=frozenset({"preference"}), wanted=frozenset({"preference"}))


def publish(campaign: Campaign, scope: Scope = ALL, **fields: Any) -> GuidelineVersion:
    said = {"text": "Be strict.", "note": "Examples added.", "by": None} | fields
    return publish_guidelines(campaign, scope=scope, **said).version


def state_of(campaign: Campaign) -> Any:
    """Everything that decides what counts and who is asked what."""
    turns = Assignment.objects.filter(campaign=campaign, annotator__isnull=False).order_by("pk").values()
    open_places = Assignment.objects.filter(campaign=campaign, state="open").values_list("item", "slot")
    verdicts = Verdict.objects.filter(project=campaign.project).order_by("pk").values("pk", "counted", "rubric")
    people = campaign.participants.order_by("pk").values("pk", "done", "checked", "quality")
    items = campaign.items.order_by("pk").values("pk", "expected")
    return list(turns), sorted(open_places), list(verdicts), list(people), list(items)


def assert_complete(campaign: Campaign) -> None:
    """Every live item has exactly k counted answers, of k different people."""
    for item in Item.objects.filter(campaign=campaign, role="live"):
        done = Assignment.objects.filter(item=item, state="done")
        assert done.count() == item.overlap
        assert len({turn.annotator_id for turn in done}) == item.overlap
    counted = Verdict.objects.counting().filter(project=campaign.project)
    assert counted.count() == campaign.slot_count
    assert set(Counter(counted.values_list("occasion", flat=True)).values()) == {1}
    assert not Assignment.objects.filter(campaign=campaign, state="open").exists()
    for person in Participant.objects.filter(campaign=campaign):
        mine = Assignment.objects.filter(campaign=campaign, annotator=person.user, state__in=["done", "reopened"])
        assert person.done == mine.count()


def two_criteria() -> Campaign:
    project = make_project()
    responses = [make_response(prompt=make_prompt(project), system="Ash", content=f"Text {n}.") for n in range(3)]
    rubric = make_rubric(project, LIKERT, SLIDER)
    return open_campaign(create_campaign(project=project, rubric=rubric, name="Two", items=responses, seed=1))


def both(helpfulness: float = 4, fluency: float = 70) -> Any:
    return Submission({"helpfulness": Value(helpfulness), "fluency": Value(fluency)}, rationale="as I see it")


def finish_list(user: Any, campaign: Campaign) -> None:
    task = claim(user, campaign)
    while task:
        task = submit(user, str(task.token), ranking((1, 2, 3)), key=f"k{task.pk}").next


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', page)
    assert found
    return found[1]
