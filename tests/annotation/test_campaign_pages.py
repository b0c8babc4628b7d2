"""Researchers set a campaign up, open it, and see how it stands."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.models import Campaign, Item
from annotation.services import claim, close_campaign, flag, open_campaign, skip, submit
from domain.models import Event, Response, Rubric, Verdict
from tests.annotation.make import annotator_of, held, left, pairwise_campaign
from tests.factories import LIKERT, PREFERENCE, make_project, make_prompt, make_response, make_rubric, make_user

pytestmark = pytest.mark.django_db
SYSTEMS = ("Ash", "Birch", "Cedar")


@pytest.fixture
def owner(client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def project(owner):
    """Four prompts, two of them tagged, each answered by three systems; one answer has no text."""
    project = make_project(owner=owner)
    for n in range(4):
        prompt = make_prompt(project, external_id=f"q{n}", tags=["hard"] if n < 2 else [])
        for name in SYSTEMS:
            make_response(prompt=prompt, system=name)
    Response.objects.filter(pk=make_response(project, system="Ash").pk).update(content=None)
    return project


def create(client, project, rubric, **fields):
    sent = {"name": "Round 1", "rubric": rubric.pk, "overlap": 1, "seed": 1} | fields
    return client.post(reverse("annotation:new_campaign", args=[project.slug]), sent)


def manage(campaign):
    return reverse("annotation:manage", args=[campaign.project.slug, campaign.pk])


def test_a_project_without_campaigns_says_what_one_is_and_what_comes_first(client, project):
    address = reverse("annotation:campaigns", args=[project.slug])
    assert "First say what people are asked" in client.get(address).content.decode()
    make_rubric(project)
    page = client.get(address).content.decode()
    assert "A campaign asks people" in page
    assert reverse("annotation:new_campaign", args=[project.slug]) in page


def test_a_new_campaign_needs_a_rubric(client, project):
    page = client.get(reverse("annotation:new_campaign", args=[project.slug])).content.decode()
    assert "A campaign needs a rubric" in page


def test_a_campaign_about_pairs_is_set_up_with_all_of_them(client, project):
    answer = create(client, project, make_rubric(project, PREFERENCE), overlap=3)
    campaign = Campaign.objects.get()
    assert answer.url == manage(campaign)
    assert (campaign.state, campaign.item_count, campaign.slot_count) == ("draft", 12, 36)  # 3 pairs x 4 prompts
    assert Event.objects.filter(action="campaign created").exists()
    page = client.get(manage(campaign)).content.decode()
    assert "3 people compare each of 12 pairs" in page
    assert "This is a draft." in page


def test_a_sample_is_spread_over_systems_and_comes_again_from_its_seed(client, project):
    rubric = make_rubric(project, LIKERT)
    for name in ("First", "Second"):
        create(client, project, rubric, name=name, size=6)
    first, second = (
        list(campaign.items.values_list("response", flat=True)) for campaign in Campaign.objects.order_by("pk")
    )
    assert first == second
    by_system = list(Item.objects.filter(response__in=first).values_list("response__system__name", flat=True))
    assert sorted(by_system) == sorted(SYSTEMS * 4)  # two of each in each campaign


def test_systems_and_tags_narrow_the_choice(client, project):
    ash, birch = (project.systems.get(name=name) for name in SYSTEMS[:2])
    create(client, project, make_rubric(project, PREFERENCE), systems=[ash.pk, birch.pk], tags=["hard"])
    campaign = Campaign.objects.get()
    assert {item.battle.prompt.external_id for item in campaign.items.all() if item.battle} == {"q0", "q1"}
    assert campaign.selection == {"systems": [ash.pk, birch.pk], "tags": ["hard"], "size": None, "seed": 1}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"overlap": 0}, "greater than or equal to 1"),
        ({"overlap": 101}, "less than or equal to 100"),
        ({"name": ""}, "required"),
        ({"tags": ["unknown"]}, "unknown"),
        ({"calibration": "{"}, "line 1"),
        ({"calibration": "[]"}, "line 1: write one JSON object a line"),
        ({"calibration": '{"prompt": "q0", "system_a": "Ash", "system_b": "Oak", "outcome": "A"}'}, "has no response"),
        ({"calibration": '{"prompt": "q0", "system_a": "Ash", "system_b": "Ash", "outcome": "A"}'}, "are the same"),
        ({"calibration": '{"prompt": "q0", "system_a": "Ash", "system_b": "Birch", "outcome": "C"}'}, "is none of"),
    ],
)
def test_a_bad_form_says_why_and_makes_nothing(client, project, fields, says):
    answer = create(client, project, make_rubric(project, PREFERENCE), **fields)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Campaign.objects.exists()


def test_a_choice_that_leaves_nothing_says_so(client, project):
    system = project.systems.get(name="Ash")
    answer = create(client, project, make_rubric(project, PREFERENCE), systems=[system.pk])
    assert "No responses with a text match" in answer.content.decode()


def test_a_name_is_used_once(client, project):
    rubric = make_rubric(project, PREFERENCE)
    create(client, project, rubric)
    assert "of this name already" in create(client, project, rubric).content.decode()


def test_a_rubric_of_another_project_cannot_be_chosen(client, project):
    assert create(client, project, make_rubric(make_project())).status_code == 422


@pytest.mark.parametrize(
    ("first", "second", "outcome", "kept"), [("Ash", "Birch", "A", "A"), ("Birch", "Ash", "A", "B")]
)
def test_calibration_pairs_are_turned_into_the_battles_frame(client, project, first, second, outcome, kept):
    line = f'{{"prompt": "q0", "system_a": "{first}", "system_b": "{second}", "outcome": "{outcome}", "why": "So."}}'
    create(client, project, make_rubric(project, PREFERENCE), calibration=f"{line}\n\n")
    item = Item.objects.get(role="calibration")
    assert (item.expected, item.why) == ({"preference": {"choice": kept}}, "So.")


def test_calibration_of_single_responses(client, project):
    rubric = make_rubric(project, LIKERT)
    bad = create(client, project, rubric, calibration='{"prompt": "q0", "system": "ash", "values": {"helpfulness": 9}}')
    assert "9 is not one of" in bad.content.decode()
    create(client, project, rubric, calibration='{"prompt": "q0", "system": "ash", "values": {"helpfulness": 4}}')
    assert Item.objects.get(role="calibration").expected == {"helpfulness": 4}


def test_opening_freezes_the_rubric_and_pausing_and_closing_follow(client, project):
    rubric = make_rubric(project, PREFERENCE)
    create(client, project, rubric)
    campaign = Campaign.objects.get()
    address = reverse("annotation:change_state", args=[project.slug, campaign.pk])
    for move, state in [
        ("open", "open"),
        ("pause", "paused"),
        ("open", "open"),
        ("close", "closed"),
        ("open", "closed"),
    ]:
        page = client.post(address, {"move": move}, follow=True).content.decode()
        campaign.refresh_from_db()
        assert campaign.state == state
    assert "only a campaign that is draft or paused can be open" in page
    assert Rubric.objects.get(pk=rubric.pk).frozen_at
    client.post(address, {"move": "delete"})
    assert campaign.closed_at


def test_a_campaign_without_items_cannot_be_opened(client, project):
    campaign = pairwise_campaign(0, project=project, is_open=False)
    address = reverse("annotation:change_state", args=[project.slug, campaign.pk])
    assert "no items yet" in client.post(address, {"move": "open"}, follow=True).content.decode()


def test_one_campaign_shows_progress_people_and_what_they_said(client, project):
    campaign = pairwise_campaign(3, project=project, name="Round 7")
    user = annotator_of(campaign, "anna")
    task = held(claim(user, campaign))
    flag(user, task.token, "It names its maker")
    following = submit(user, task.token, left(), key="1").next
    skip(user, held(following).token, reason="language", note="Finnish")
    page = client.get(manage(campaign)).content.decode()
    for text in ("anna", "It names its maker", "skipped: language", "Finnish", "1 of 3 answers", "1 of 3</dd>"):
        assert text in page
    assert "Round 7" in client.get(reverse("annotation:campaigns", args=[project.slug])).content.decode()


def test_people_are_chosen_among_the_members(client, project):
    campaign = pairwise_campaign(1, project=project)
    member, stranger = annotator_of(campaign, "anna"), make_user("mallory")
    page = client.get(reverse("annotation:people", args=[project.slug, campaign.pk])).content.decode()
    assert "anna" in page
    assert "mallory" not in page
    address = reverse("annotation:annotators", args=[project.slug, campaign.pk])
    assert "among the members" in client.post(address, {"people": [stranger.pk]}, follow=True).content.decode()
    client.post(address, {"people": [member.pk]})
    campaign.refresh_from_db()
    assert not campaign.open_to_members
    assert [row.user for row in campaign.participants.filter(is_active=True)] == [member]
    client.post(address, {"everyone": "on"})
    campaign.refresh_from_db()
    assert campaign.open_to_members


def test_an_id_beyond_64_bits_is_nobody(client, project):
    campaign = pairwise_campaign(project=project)
    address = reverse("annotation:annotators", args=[project.slug, campaign.pk])
    assert client.post(address, {"people": ["9" * 19]}).status_code == 302
    assert create(client, project, campaign.rubric, name="Round 2", systems=["9" * 19]).status_code == 422


def test_a_viewer_sees_progress_and_no_buttons(client, project):
    campaign = open_campaign(pairwise_campaign(1, project=project, is_open=False))
    client.force_login(annotator_of(campaign, role="viewer"))
    page = client.get(manage(campaign)).content.decode()
    assert "0 of 1 answers" in page
    assert "Pause" not in page
    close_campaign(campaign)
    assert not Verdict.objects.exists()
