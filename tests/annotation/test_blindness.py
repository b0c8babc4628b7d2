"""Nothing an annotator receives names a system, a role, an id, or what others said."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from annotation.listings import Listing
from annotation.models import Item
from annotation.services import NewItem, add_items, claim, create_campaign, open_campaign, submit
from domain.choices import Choice, Outcome
from domain.models import Prompt, Response, System
from domain.services import Draft, battle_between, get_or_create_system, judge_rater, record_verdict
from tests.annotation.make import CHECKS_FIRST, annotator_of, direct_campaign, held, left, pairwise_campaign
from tests.factories import ERRORS, LIKERT, PREFERENCE, make_project, make_prompt, make_response, make_rubric

pytestmark = pytest.mark.django_db
CANARIES = (
    "zephyrion",
    "quagmire-family",
    "canary-external",
    "canary-tag",
    "canary-meta",
    "canary-peer",
    "canary-judge",
    "canary-why",
    "canary-project-note",
    "calibration",
    "repeat",
    "expected",
)
# What tells how far a person is: the count, and whether there is anything to undo.
PROGRESS = (r"\d+ of \d+", r'value="\d" max="\d"', " disabled")


def seeded():
    """A project in which everything that must stay hidden has a name that can be searched for."""
    project = make_project()
    project.description = "canary-project-note"
    project.save()
    systems = [get_or_create_system(project, name) for name in ("Zephyrion One", "Zephyrion Two")]
    System.objects.update(family="quagmire-family", external_id="", metadata={"x": "canary-meta"})
    battles = []
    for n in range(3):
        prompt = make_prompt(project, f"Question {n}?", external_id=f"canary-external-{n}", tags=["canary-tag"])
        pair = [make_response(prompt=prompt, system=one, content=f"Text {n} {one.pk % 2}.") for one in systems]
        battles.append(battle_between(*pair))
    Prompt.objects.update(metadata={"x": "canary-meta"})
    Response.objects.update(metadata={"x": "canary-meta"})
    campaign = pairwise_campaign(0, project=project, is_open=False, overlap=3, quality=CHECKS_FIRST)
    add_items(
        campaign,
        [
            battles[0],
            NewItem(battles[1], "calibration", {"preference": {"choice": "A"}}, "canary-why", overlap=3),
            NewItem(battles[2], "repeat", overlap=3),
        ],
    )
    _others_say(open_campaign(campaign), battles)
    return campaign


def _others_say(campaign, battles):
    peer = annotator_of(campaign, "canary-peer")
    task = claim(peer, campaign)
    while task:
        task = submit(peer, str(task.token), left(rationale="canary-peer thinks so"), key="1").next
    for battle in battles:
        draft = Draft(
            rater_id=judge_rater(campaign.project, "v1", "canary-judge").pk,
            answers={"preference": Choice(Outcome.A)},
            occasion=f"cell:{battle.pk}",
            battle_id=battle.pk,
            rationale="canary-judge says A",
        )
        record_verdict(project=campaign.project, rubric=campaign.rubric, draft=draft)


def everything(answer):
    """All that an answer carries: status, headers, cookies and body."""
    return f"{answer.status_code} {answer.headers} {answer.cookies} {answer.content.decode()}".lower()


def test_no_page_and_no_answer_of_the_api_gives_anything_away():
    campaign = seeded()
    user = annotator_of(campaign)
    browser = Client()
    browser.force_login(user)
    guidelines = reverse("annotation:guidelines", args=[campaign.pk])
    received = [browser.get(reverse("annotation:home")), browser.get(guidelines)]
    for _ in range(3):
        received.append(browser.post(f"/api/v1/campaigns/{campaign.pk}/claim/"))
        token = received[-1].json()["assignment"]["token"]
        page = reverse("annotation:task", args=[token])
        received += [browser.get(page), browser.get(f"{page}skip/"), browser.get(f"{page}flag/")]
        received += [browser.post(f"{page}heartbeat/"), browser.post(f"{page}draft/", {"answer-preference": "tie"})]
        received += [browser.post(page, {"key": "0"}), browser.post(page, {"answer-preference": "up", "key": "0"})]
        received.append(browser.post(page, {"answer-preference": "tie", "key": "1"}, headers={"HX-Request": "true"}))
        received.append(browser.post(page, {"answer-preference": "left:1", "key": "1"}))
    received.append(browser.get(reverse("annotation:campaign", args=[campaign.pk])))
    assert [answer.status_code for answer in received].count(200) >= 20
    for answer in received:
        found = [canary for canary in CANARIES if canary in everything(answer)]
        assert not found, (answer.request["PATH_INFO"], found)


KINDS = {
    "ranking": {"rank-A": "1", "rank-B": "2"},
    "best_worst": {"best": "A", "worst": "B"},
    "direct": {"answer-helpfulness": "4", "remark-errors": "[]"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_task_gives_anything_away(kind):
    project = seeded().project
    responses = list(Response.objects.filter(project=project).order_by("prompt", "pk"))
    lists = [
        Listing(first.prompt_id, (first.pk, second.pk)) for first, second in zip(*[iter(responses)] * 2, strict=True)
    ]
    items = responses if kind == "direct" else lists
    rubric = make_rubric(project, LIKERT, remarks=(ERRORS,)) if kind == "direct" else make_rubric(project, PREFERENCE)
    campaign = open_campaign(create_campaign(project=project, rubric=rubric, name="Kind", task=kind, items=items))
    browser = Client()
    browser.force_login(annotator_of(campaign))
    for _ in items:
        claimed = browser.post(f"/api/v1/campaigns/{campaign.pk}/claim/")
        page = reverse("annotation:task", args=[claimed.json()["assignment"]["token"]])
        received = [claimed, browser.get(page), browser.post(f"{page}draft/", KINDS[kind])]
        received += [browser.post(page, {"key": "0"}), browser.post(page, KINDS[kind] | {"key": "1"})]
        assert [answer.status_code for answer in received] == [200, 200, 200, 422, 302]
        for answer in received:
            assert not [canary for canary in CANARIES if canary in everything(answer)]
        listed = claimed.json()["assignment"]["responses"] or []
        assert all(set(one) == {"letter", "text"} for one in listed)


def test_a_payload_has_the_allowed_fields_and_no_others():
    campaign = seeded()
    browser = Client()
    browser.force_login(annotator_of(campaign))
    task = browser.post(f"/api/v1/campaigns/{campaign.pk}/claim/").json()["assignment"]
    assert set(task) == {
        "token",
        "state",
        "lease_expires",
        "task",
        "prompt",
        "left",
        "right",
        "response",
        "responses",
        "marked_text",
        "rubric",
        "asks",
        "guidelines",
        "guidelines_version",
        "draft",
        "progress",
    }
    assert set(task["prompt"]) == {"turns", "reference"}


def test_live_and_calibration_cards_differ_in_their_texts_and_tokens_alone():
    campaign = direct_campaign(0, is_open=False, quality=CHECKS_FIRST)
    answers = [make_response(campaign.project, system="Ash", content="The same text.") for _ in range(6)]
    roles = [("live", None)] * 3 + [("calibration", {"helpfulness": 4})] * 3
    add_items(campaign, [NewItem(text, role, expected) for text, (role, expected) in zip(answers, roles, strict=True)])
    Prompt.objects.update(turns=[{"role": "user", "content": "The same question?"}])
    user = annotator_of(open_campaign(campaign))
    browser = Client()
    browser.force_login(user)
    shapes: dict[str, set[tuple[str, str]]] = {"live": set(), "calibration": set()}
    for _ in range(6):
        task = held(claim(user, campaign))
        answer = browser.get(reverse("annotation:task", args=[task.token]))
        page = answer.content.decode().replace(task.token, "TOKEN")
        for differs in (r'(name="(?:key|csrfmiddlewaretoken)" value=|"X-CSRFToken": )"[^"]*"', *PROGRESS):
            page = re.sub(differs, "", page)
        headers = json.dumps({k: v for k, v in answer.headers.items() if k not in ("Content-Length", "Expires")})
        shapes[task.item.role].add((page, headers))
        browser.post(reverse("annotation:task", args=[task.token]), {"answer-helpfulness": "3", "key": "1"})
    assert len(shapes["live"] | shapes["calibration"]) == 1


def test_tokens_are_random_and_say_nothing():
    campaign = pairwise_campaign(20)
    user = annotator_of(campaign)
    tokens: list[str] = []
    task = claim(user, campaign)
    while task:
        tokens.append(str(task.token))
        task = submit(user, str(task.token), left(), key="1").next
    assert len(set(tokens)) == Item.objects.count() == 20
    assert all(re.fullmatch(r"[\w-]{32}", token) for token in tokens)
    assert tokens != sorted(tokens)
