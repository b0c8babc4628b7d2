"""Known answers to lists: full orders, the best and the worst, planted responses, and the lines that say them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotation.answers import Submission
from annotation.calibration import BadLine, read_items
from annotation.listings import Listing
from annotation.material import LABELS, shown_order, texts_of
from annotation.models import Assignment, Campaign, Item
from annotation.quality.card import card_of
from annotation.quality.feedback import feedback_on
from annotation.quality.making import add_attention_checks, add_twins
from annotation.quality.orders import Order, order_json
from annotation.services import NewItem, add_items, claim, submit
from domain.models import Response, Verdict
from tests.annotation.lists import listed_campaign
from tests.annotation.make import annotator_of, held
from tests.annotation.quality.make import CHECKS, MANY, person, work
from tests.factories import make_prompt, make_response

TASKS = [Campaign.Task.RANKING, Campaign.Task.BEST_WORST]


def listing(campaign: Campaign, n: int = 3) -> Listing:
    prompt = make_prompt(campaign.project, f"Known {campaign.items.count()}?")
    made = [make_response(prompt=prompt, system=f"System {at}", content=f"Known text {at}.") for at in range(n)]
    return Listing(prompt.pk, tuple(one.pk for one in made))


def with_check(role: str, task: str, quality: dict[str, Any] | None = None, expected: Any = None) -> Campaign:
    campaign = listed_campaign(3, lists=2, task=task)
    known = listing(campaign)
    order = expected or order_json(Order({pk: place for place, pk in enumerate(known.responses, start=1)}))
    why = f"{{{known.responses[0]}}} is best."
    add_items(campaign, [NewItem(known, role=role, expected={"preference": order}, why=why)])
    Campaign.objects.filter(pk=campaign.pk).update(quality=quality or CHECKS)
    return Campaign.objects.get(pk=campaign.pk)


def listed(task: Assignment) -> list[int]:
    return list(task.item.listed or [])


def say(task: Assignment, order: list[int], kind: str) -> Submission:
    """Put responses in this order, by id."""
    letter = dict(zip(shown_order(task), LABELS, strict=False))
    if kind == Campaign.Task.RANKING:
        return Submission(ranks={letter[pk]: place for place, pk in enumerate(order, start=1)})
    return Submission(best=letter[order[0]], worst=letter[order[-1]])


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TASKS)
@pytest.mark.parametrize("right", [True, False])
def test_a_calibration_list_is_judged_and_stays_out_of_the_results(kind: str, right: bool) -> None:
    campaign = with_check("calibration", kind)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    assert task.item.role == "calibration"
    order = listed(task) if right else listed(task)[::-1]
    done = submit(user, str(task.token), say(task, order, kind), key="1").task
    assert done.passed is right
    assert person(user, campaign).quality["checks"]["calibration"][:2] == [int(right), int(not right)]
    assert set(Verdict.objects.values_list("role", flat=True)) == {"calibration"}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TASKS)
def test_a_planted_response_must_come_last(kind: str) -> None:
    campaign = listed_campaign(4, lists=3, task=kind)
    for response in Response.objects.all():
        Response.objects.filter(pk=response.pk).update(content=f"Said by {response.pk}.")
    assert add_twins(campaign, 2, seed=1) == 2
    Campaign.objects.filter(pk=campaign.pk).update(quality=CHECKS)
    twin = Item.objects.filter(role="twin").first()
    assert twin is not None
    [planted] = map(int, twin.altered or {})
    assert twin.expected == {"preference": {"worst": planted}}
    assert Response.objects.get(content=(twin.altered or {})[str(planted)]).prompt != twin.prompt
    user, campaign = annotator_of(campaign), Campaign.objects.get(pk=campaign.pk)
    task = held(claim(user, campaign))
    assert task.item.role == "twin"
    altered = next(iter((task.item.altered or {}).values()))
    at = texts_of(task).index(altered)
    rest = [pk for pk in listed(task) if pk != shown_order(task)[at]]
    done = submit(user, str(task.token), say(task, [*rest, shown_order(task)[at]], kind), key="1")
    assert done.task.passed is True
    assert done.next is not None
    second = done.next
    planted = int(next(iter(second.item.altered or {})))
    rest = [pk for pk in listed(second) if pk != planted]
    assert submit(user, str(second.token), say(second, [planted, *rest], kind), key="2").task.passed is False


@pytest.mark.django_db
def test_lists_about_one_prompt_alone_have_nothing_to_plant() -> None:
    campaign = listed_campaign(3, lists=1)
    assert add_twins(campaign, 5, seed=1) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TASKS)
def test_an_attention_list_says_where_each_response_goes(kind: str) -> None:
    campaign = listed_campaign(4, lists=2, task=kind)
    assert add_attention_checks(campaign, 1, seed=3) == 1
    Campaign.objects.filter(pk=campaign.pk).update(quality=CHECKS)
    user, campaign = annotator_of(campaign), Campaign.objects.get(pk=campaign.pk)
    task = held(claim(user, campaign))
    assert task.item.role == "attention"
    texts = dict(zip(shown_order(task), texts_of(task), strict=True))
    if kind == Campaign.Task.RANKING:
        order = sorted(texts, key=lambda pk: texts[pk][-2])
    else:
        order = sorted(texts, key=lambda pk: ("as the worst" in texts[pk]) - ("as the best" in texts[pk]))
    assert submit(user, str(task.token), say(task, order, kind), key="1").task.passed is True


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TASKS)
def test_a_list_that_comes_again_is_compared_by_what_stands_in_it(kind: str) -> None:
    quality = {"checks": {"first": 0.0, "then": 0.0}, "repeats": {"rate": 0.5, "distance": 1}}
    campaign = listed_campaign(4, lists=MANY, task=kind)
    Campaign.objects.filter(pk=campaign.pk).update(quality=quality | {"checks": {"first": 1.0}})
    user, campaign = annotator_of(campaign), Campaign.objects.get(pk=campaign.pk)
    done = work(user, campaign, lambda task: say(task, sorted(listed(task)), kind))
    repeats = [task for task in done if task.item.role == "repeat"]
    assert repeats
    assert all(task.passed for task in repeats)


@pytest.mark.django_db
def test_the_card_of_a_list_has_shares_and_no_sides() -> None:
    campaign = with_check("calibration", "ranking", CHECKS | {"repeats": {"rate": 0.5, "distance": 1}})
    user = annotator_of(campaign)
    work(user, campaign, lambda task: say(task, sorted(listed(task)), "ranking"))
    card = card_of(person(user, campaign))
    assert card.accuracy.value is not None
    assert (card.accuracy.value.value, card.accuracy.value.n) == (1.0, 1)
    assert [card.side.value, card.run.value, card.agreement.value] == [None, None, None]
    assert "another order each time" in card.side.why


@pytest.mark.django_db
def test_who_begins_to_leave_every_list_as_it_came_is_found() -> None:
    campaign = listed_campaign(4, lists=40)
    user = annotator_of(campaign)

    def tiring(task: Assignment) -> Submission:
        is_fresh = person(user, campaign).done < 20
        return say(task, sorted(listed(task)) if is_fresh else list(shown_order(task)), "ranking")

    work(user, campaign, tiring)
    assert person(user, campaign).quality["alarms"] == {"straight": 1}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TASKS)
def test_training_shows_the_order_in_the_letters_that_were_seen(kind: str) -> None:
    campaign = with_check("training", kind, {"training": {"items": 1}})
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    known = listed(task)
    letter = dict(zip(shown_order(task), LABELS, strict=False))
    done = submit(user, str(task.token), say(task, known[::-1], kind), key="1").task
    said = feedback_on(done, person(user, campaign))
    assert said is not None
    assert not said.passed
    assert said.why == f"{letter[known[0]]} is best."
    best, worst = letter[known[0]], letter[known[-1]]
    if kind == Campaign.Task.RANKING:
        [line] = said.lines
        assert line.expected == " > ".join(letter[pk] for pk in known)
        assert line.given == " > ".join(letter[pk] for pk in known[::-1])
    else:
        assert [(line.given, line.expected) for line in said.lines] == [(worst, best), (best, worst)]


@pytest.mark.django_db
def test_the_page_after_a_training_list_shows_all_its_responses(client: Client) -> None:
    campaign = with_check("training", "ranking", {"training": {"items": 1}})
    client.force_login(annotator_of(campaign))
    client.post(reverse("annotation:start", args=[campaign.pk]))
    task = Assignment.objects.get(state="leased")
    fields = {"rank-A": "1", "rank-B": "2", "rank-C": "3", "key": "k"}
    page = client.post(reverse("annotation:task", args=[task.token]), fields, headers={"HX-Request": "true"})
    html = page.content.decode()
    assert all(f"Known text {at}." in html for at in range(3))
    assert "&gt;" in html
    assert "From now on your answers count" in html


# --- Written lines ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_orders_are_read_from_lines() -> None:
    campaign = listed_campaign(3)
    prompt = campaign.items.get().prompt
    assert prompt is not None
    by_name = {one.system.name: one.pk for one in prompt.responses.select_related("system")}
    row = {"prompt": prompt.external_id, "order": ["System 2", ["System 0", "System 1"]], "why": "{System 2} is right."}
    [item] = read_items(json.dumps(row), campaign.project, campaign.rubric, "ranking")
    assert isinstance(item.target, Listing)
    assert sorted(item.target.responses) == sorted(by_name.values())
    ranks = {str(by_name["System 2"]): 1, str(by_name["System 0"]): 2, str(by_name["System 1"]): 2}
    assert item.expected == {"preference": {"ranks": ranks}}
    assert item.why == f"{{{by_name['System 2']}}} is right."
    row = {"prompt": prompt.external_id, "systems": ["System 0", "System 1"], "worst": "System 1"}
    [item] = read_items(json.dumps(row), campaign.project, campaign.rubric, "best_worst")
    assert item.expected == {"preference": {"worst": by_name["System 1"]}}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"order": ["System 0"]}, "2 to 8 different systems"),
        ({"order": "System 0"}, "must list the names"),
        ({"order": ["System 0", "System 0"]}, "each once"),
        ({"order": ["System 0", "Nobody"]}, "'Nobody' has no response"),
        ({"systems": ["System 0", "System 1"]}, 'give "order"'),
        ({"systems": ["System 0", "System 1"], "best": "System 0", "worst": "System 0"}, "two different ones"),
        ({"systems": ["System 0", "System 1"], "best": "System 2"}, "is none of System 0, System 1"),
        ({"order": ["System 0", "System 1"], "role": "attention"}, "made on the campaign's page"),
        ({}, "must list the names"),
    ],
)
def test_a_line_that_is_no_list_says_why(row: dict[str, Any], says: str) -> None:
    campaign = listed_campaign(3)
    prompt = campaign.items.get().prompt
    assert prompt is not None
    with pytest.raises(BadLine, match="line 1: .*" + says):
        read_items(json.dumps({"prompt": prompt.external_id} | row), campaign.project, campaign.rubric, "ranking")
