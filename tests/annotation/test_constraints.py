"""Each invariant of annotation, and the database saying no."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Assignment, Campaign, Item, Participant
from tests.annotation.make import annotator_of, direct_campaign, pairwise_campaign
from tests.factories import PREFERENCE, make_battle, make_response, make_rubric, make_user

pytestmark = pytest.mark.django_db


def refused(name: str):
    """The database refuses, and names the invariant."""
    return pytest.raises(IntegrityError, match=name)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"state": "lost"}, "campaign_state_is_known"),
        ({"overlap": 0}, "campaign_overlap_1_to_100"),
        ({"overlap": 101}, "campaign_overlap_1_to_100"),
        ({"lease_minutes": 0}, "campaign_lease_within_a_day"),
        ({"lease_minutes": 1441}, "campaign_lease_within_a_day"),
        ({"per_person_cap": 0}, "campaign_cap_is_positive"),
        ({"confidence": "perhaps"}, "campaign_asks_as_it_may"),
        ({"rationale": ""}, "campaign_asks_as_it_may"),
    ],
)
def test_a_campaign_says_only_what_it_may(change, name):
    campaign = pairwise_campaign()
    with refused(name):
        Campaign.objects.filter(pk=campaign.pk).update(**change)


def test_a_campaign_name_exists_once_in_a_project():
    campaign = pairwise_campaign()
    with refused("campaign_name_once_per_project|annotation_campaign.name"):
        Campaign.objects.create(project=campaign.project, rubric=campaign.rubric, name=campaign.name)


def test_a_campaign_asks_a_rubric_of_its_own_project():
    campaign = pairwise_campaign()
    with refused("campaign_rubric_of_project"):
        Campaign.objects.create(project=campaign.project, rubric=pairwise_campaign().rubric, name="Stolen")


def test_a_campaign_asks_for_what_its_rubric_has_scales_for():
    campaign = pairwise_campaign(is_open=False)
    with refused("campaign_task_fits_rubric"):
        Campaign.objects.filter(pk=campaign.pk).update(task="direct")


def test_a_campaign_keeps_its_rubric():
    campaign = pairwise_campaign(is_open=False)
    other = make_rubric(campaign.project, PREFERENCE)
    with refused("campaign_keeps_its_rubric"):
        Campaign.objects.filter(pk=campaign.pk).update(rubric=other)


def test_a_person_takes_part_once():
    campaign = pairwise_campaign()
    user = annotator_of(campaign)
    Participant.objects.create(campaign=campaign, user=user)
    with refused("participant_once_per_campaign|annotation_participant.user_id"):
        Participant.objects.create(campaign=campaign, user=user)


def item_fields(campaign, **changes):
    return {"campaign": campaign, "position": 99, "overlap": 1} | changes


def test_an_item_is_about_something():
    with refused("item_has_one_target|item_target_fits"):
        Item.objects.create(**item_fields(pairwise_campaign()))


def test_an_item_is_not_about_two_things():
    campaign = pairwise_campaign()
    battle = make_battle(campaign.project)
    with refused("item_has_one_target"):
        Item.objects.create(**item_fields(campaign, battle=battle, response=battle.response_a))


def test_an_item_is_of_the_campaigns_project():
    with refused("item_target_fits"):
        Item.objects.create(**item_fields(pairwise_campaign(), battle=make_battle()))


def test_an_item_is_what_the_rubric_asks_about():
    pairwise, direct = pairwise_campaign(), direct_campaign()
    with refused("item_target_fits"), transaction.atomic():
        Item.objects.create(**item_fields(pairwise, response=make_response(pairwise.project)))
    with refused("item_target_fits"), transaction.atomic():
        Item.objects.create(**item_fields(direct, battle=make_battle(direct.project)))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"role": "secret"}, "item_role_is_known|item_expects_answers_by_role"),
        ({"role": "calibration", "expected": None}, "item_expects_answers_by_role"),
        ({"role": "live", "expected": {"preference": {"choice": "A"}}}, "item_expects_answers_by_role"),
        ({"overlap": 0}, "item_overlap_is_positive"),
        ({"position": 0}, "item_position_once|annotation_item.position"),
    ],
)
def test_an_item_says_only_what_it_may(change, name):
    campaign = pairwise_campaign()
    with refused(name):
        Item.objects.create(**item_fields(campaign, battle=make_battle(campaign.project), **change))


def test_a_battle_or_response_is_asked_live_once():
    pairwise, direct = pairwise_campaign(), direct_campaign()
    battle, response = pairwise.items.all()[0].battle, direct.items.all()[0].response
    with refused("item_battle_live_once|annotation_item.battle_id"), transaction.atomic():
        Item.objects.create(**item_fields(pairwise, battle=battle))
    with refused("item_response_live_once|annotation_item.response_id"), transaction.atomic():
        Item.objects.create(**item_fields(direct, response=response))
    Item.objects.create(**item_fields(pairwise, battle=battle, role="repeat"))


def turn(item, **changes):
    fields = {
        "item": item,
        "campaign": item.campaign,
        "annotator": make_user(),
        "slot": 1,
        "state": "leased",
        "turn": 1,
        "token": f"token-{Assignment.objects.count()}",
        "lease_expires": timezone.now() + timedelta(minutes=20),
    }
    return Assignment.objects.create(**fields | changes)


def bare_item(**fields):
    """An item without places, so that a test can fill them itself."""
    campaign = pairwise_campaign(**fields)
    Assignment.objects.all().delete()
    return campaign.items.first()


def test_a_person_is_asked_about_an_item_once():
    item = bare_item(overlap=2)
    first = turn(item, state="done", lease_expires=None, answered_at=timezone.now())
    with refused("assignment_once_per_person|annotation_assignment.annotator_id"):
        turn(item, slot=2, annotator=first.annotator)


def test_a_slot_is_held_once():
    item = bare_item(overlap=2)
    turn(item)
    with refused("assignment_once_per_slot|annotation_assignment.slot"):
        turn(item)


@pytest.mark.parametrize("slot", [0, 3])
def test_a_slot_lies_within_the_overlap(slot):
    item = bare_item(overlap=2)
    with refused("assignment_slot_within_overlap|assignment_slot_by_state"):
        turn(item, slot=slot)


def test_an_assignment_is_of_its_items_campaign():
    with refused("assignment_slot_within_overlap"):
        turn(bare_item(), campaign=pairwise_campaign())


def test_a_person_holds_one_task_of_a_campaign():
    item = bare_item()
    first = turn(item)
    with refused("assignment_one_lease_per_person|annotation_assignment.annotator_id"):
        turn(item.campaign.items.last(), annotator=first.annotator)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"state": "sleeping"}, "assignment_slot_by_state|assignment_answered_by_state"),
        ({"slot": None}, "assignment_slot_by_state"),
        ({"state": "surplus", "lease_expires": None, "answered_at": timezone.now()}, "assignment_slot_by_state"),
        ({"annotator": None}, "assignment_open_or_somebodys"),
        ({"token": None}, "assignment_open_or_somebodys"),
        ({"state": "open", "lease_expires": None}, "assignment_open_or_somebodys"),
        ({"lease_expires": None}, "assignment_lease_by_state"),
        ({"state": "done", "answered_at": timezone.now()}, "assignment_lease_by_state"),
        ({"state": "done", "lease_expires": None}, "assignment_answered_by_state"),
    ],
)
def test_a_state_says_what_else_must_be_there(change, name):
    item = bare_item()
    with refused(name):
        turn(item, **change)


def test_a_token_opens_one_task():
    item = bare_item(overlap=2)
    first = turn(item)
    with refused("token"):
        turn(item, slot=2, token=first.token)


def test_a_project_with_answers_can_be_deleted_whole():
    from annotation.services import claim, submit
    from tests.annotation.make import held, left

    campaign = pairwise_campaign()
    user = annotator_of(campaign)
    submit(user, held(claim(user, campaign)).token, left(), key="1")
    campaign.project.delete()
    assert not Assignment.objects.exists()
