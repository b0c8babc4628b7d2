"""Names in what is shown beside the responses: earlier turns, what is asked, references, and researchers' own words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from annotation.identity import MASK
from annotation.listings import Listing
from annotation.mine import excerpt_of
from annotation.models import Campaign
from annotation.own_words import names_written
from annotation.quality.making import add_twins
from annotation.raw_answers import raw_answers
from annotation.revision.scope import Scope
from annotation.services import add_items, claim, create_campaign, open_campaign, submit
from annotation.services.naming import judge_name, set_masking
from domain.models import Event, Membership, Project, Prompt, Rendered
from domain.rendering import rendered_key
from domain.services import battle_between
from tests.annotation.make import annotator_of, held, left
from tests.annotation.revising import publish
from tests.factories import LIKERT, PREFERENCE, make_project, make_response, make_rubric, make_user

pytestmark = pytest.mark.django_db
TURNS = [
    {"role": "system", "content": "You are Claude, made by Anthropic. Be brief."},
    {"role": "user", "content": "Who are you, and who made ChatGPT?"},
    {"role": "assistant", "content": "I'm a chatbot by OpenAI, and OpenAI made it."},
    {"role": "user", "content": "And what is zephyr-7b?"},
]
REFERENCE = "As an AI developed by DeepSeek, I know: a model."
SAID = {"answered.2": {"OpenAI"}, "asked.0": {"Claude", "Anthropic"}, "reference": {"DeepSeek"}}


def talk(project: Project, turns=TURNS, reference=REFERENCE) -> Prompt:
    number = Prompt.objects.filter(project=project).count()
    return Prompt.objects.create(project=project, external_id=f"talk-{number}", turns=turns, reference=reference)


def pair(prompt: Prompt):
    texts = (("zephyr-7b", "It is a model."), ("Birch", "A wind, and zephyr-7b is a model."))
    first, second = (make_response(prompt=prompt, system=system, content=text) for system, text in texts)
    return first, second


def talking(n=2, *, task="pairwise", hides=True, in_prompts=False, **fields) -> Campaign:
    project = make_project()
    items: list[Any] = []
    for prompt in [talk(project) for _ in range(n)]:
        first, second = pair(prompt)
        if task == "pairwise":
            items.append(battle_between(first, second))
        else:
            items.append(first if task == "direct" else Listing(prompt.pk, (first.pk, second.pk)))
    rubric = make_rubric(project, LIKERT if task == "direct" else PREFERENCE)
    made = create_campaign(project=project, rubric=rubric, name="Talks", task=task, items=items, seed=1, **fields)
    if hides:
        set_masking(made, True, in_prompts=in_prompts, by=None)
    return open_campaign(made)


def received(campaign: Campaign, user=None) -> list[str]:
    """What an annotator's program and browser get: the claim, the page, and their answers."""
    browser = Client()
    browser.force_login(user or annotator_of(campaign))
    said = browser.post(f"/api/v1/campaigns/{campaign.pk}/claim/").json()
    page = browser.get(reverse("annotation:task", args=[said["assignment"]["token"]]))
    return [json.dumps(said, ensure_ascii=False), page.content.decode()]


def hidden(item) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in item.identifies:
        if name["hidden"]:
            found.setdefault(name["side"], set()).add(name["text"])
    return found


@pytest.mark.parametrize("task", ["pairwise", "direct", "ranking", "best_worst"])
def test_earlier_answers_are_masked_like_responses_and_prompts_where_that_is_asked(task):
    for answer in received(talking(task=task)):
        assert "OpenAI" not in answer
        assert "Anthropic" in answer
        assert "DeepSeek" in answer
    for answer in received(talking(task=task, in_prompts=True)):
        assert not any(name in answer for name in ("OpenAI", "Claude", "Anthropic", "DeepSeek"))
        assert "who made ChatGPT?" in answer  # the topic stays
        assert "what is zephyr-7b?" in answer


def test_what_is_found_says_on_which_side_it_stands():
    item = talking(1, in_prompts=True).items.get()
    assert hidden(item) == SAID
    kinds = {(name["side"], name["text"]): name["kind"] for name in item.identifies}
    assert kinds["asked.0", "Claude"] == "address"
    assert kinds["answered.2", "OpenAI"] == "self"
    assert kinds["asked.1", "ChatGPT"] == kinds["asked.3", "zephyr-7b"] == "mention"
    assert not {"a", "b"} & {
        side for side, _ in kinds
    }  # the prompt brought zephyr-7b up: in the answers it is the topic


def test_a_name_that_only_an_earlier_answer_or_an_address_brought_up_still_tells():
    project = make_project()
    turns = [
        {"role": "system", "content": "You are zephyr-7b."},
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": "zephyr-7b greets you."},
        {"role": "user", "content": "Go on."},
    ]
    battle = battle_between(*pair(talk(project, turns, "")))
    made = create_campaign(project=project, rubric=make_rubric(project, PREFERENCE), name="Told", items=[battle])
    set_masking(made, True, by=None)
    item = made.items.get()
    assert hidden(item) == {"answered.2": {"zephyr-7b"}, "b": {"zephyr-7b"}}


def test_items_that_come_later_hide_what_the_campaign_hides():
    campaign = talking(1, in_prompts=True)
    add_items(campaign, [battle_between(*pair(talk(campaign.project)))])
    add_twins(campaign, 1, seed=1)
    assert campaign.items.count() == 3
    assert all(hidden(item) == SAID for item in campaign.items.all())


def test_what_stands_there_instead_is_rendered_before_anybody_comes():
    talking(1, in_prompts=True)
    for text in (f"You are {MASK}, made by {MASK}. Be brief.", f"As an AI developed by {MASK}, I know: a model."):
        assert Rendered.objects.filter(content_hash=rendered_key(text)).exists()


def test_switching_reaches_what_nobody_has_seen():
    campaign = talking(2)
    task = held(claim(annotator_of(campaign), campaign))
    assert set_masking(campaign, True, in_prompts=True, by=None) == (1, 1)
    states = {item.pk: hidden(item) for item in campaign.items.all()}
    assert states.pop(task.item_id) == {"answered.2": {"OpenAI"}}
    assert list(states.values()) == [SAID]
    assert set_masking(campaign, True, in_prompts=False, by=None) == (1, 0)
    assert Event.objects.filter(action="names hidden").latest("pk").details["in_prompts"] is False


def test_judging_a_name_in_a_prompt_holds_wherever_the_prompt_is_shown():
    project = make_project()
    prompt = talk(project)
    first, second = pair(prompt)
    third = make_response(prompt=prompt, system="Cedar", content="No idea.")
    items = [battle_between(first, second), battle_between(first, third)]
    made = create_campaign(project=project, rubric=make_rubric(project, PREFERENCE), name="Talks", items=items)
    set_masking(made, True, by=None)
    item = made.items.order_by("pk")[0]
    at = next(n for n, name in enumerate(item.identifies) if (name["side"], name["text"]) == ("asked.1", "ChatGPT"))
    assert judge_name(item, at, "hide", by=None) == (2, 0)
    assert all(hidden(one)["asked.1"] == {"ChatGPT"} for one in made.items.all())
    told = next(n for n, name in enumerate(item.identifies) if name["side"] == "answered.2")
    assert judge_name(item, told, "show", by=None) == (2, 0)
    assert Event.objects.filter(action="name judged").latest("pk").details["answered.2"] == prompt.pk


def test_a_list_of_answers_shows_the_prompt_as_it_was_read():
    turns = [{"role": "user", "content": "Hi ChatGPT, what is the capital of Peru?"}]
    project = make_project()
    battle = battle_between(*pair(talk(project, turns, "")))
    made = create_campaign(project=project, rubric=make_rubric(project, PREFERENCE), name="Talks", items=[battle])
    set_masking(made, True, in_prompts=True, by=None)
    assert excerpt_of(made.items.get()) == f"Hi {MASK}, what is the capital of Peru?"


def test_raw_answers_say_what_of_the_prompt_was_hidden():
    campaign = talking(1)
    user = annotator_of(campaign)
    submit(user, str(held(claim(user, campaign)).token), left(), key="1")
    (row,) = raw_answers([campaign])
    assert {name["side"] for name in json.loads(row["names"]) if name["hidden"]} == {"answered.2"}
    assert row["names_hidden"] == 2


# --- The page ---------------------------------------------------------------------------------------------------------


def researcher_of(campaign: Campaign) -> Client:
    user = make_user()
    Membership.objects.create(project=campaign.project, user=user, role="researcher")
    browser = Client()
    browser.force_login(user)
    return browser


def address(name, campaign):
    return reverse(f"annotation:{name}", args=[campaign.project.slug, campaign.pk])


def test_the_page_says_where_each_name_was_found_and_switches_prompts():
    campaign = talking(2)
    browser = researcher_of(campaign)
    answer = browser.get(address("names", campaign))
    lines = {line.system: line for line in answer.context["lines"]}
    counts = [(lines[part].telling, lines[part].hidden) for part in ("earlier answers in prompts", "what is asked")]
    assert counts == [(2, 2), (2, 0)]
    assert (lines["reference answers"].telling, lines["zephyr-7b"].telling) == (2, 0)
    assert "As an AI developed by <mark>DeepSeek</mark>" in answer.content.decode()
    answer = browser.post(address("hide_names", campaign), {"names": "hide_in_prompts"}, follow=True)
    assert "hidden in prompts and references too from now on. 2 items updated." in answer.content.decode()
    assert "Show them in prompts and references" in answer.content.decode()
    assert all(hidden(item) == SAID for item in campaign.items.all())


def test_researchers_are_warned_of_names_in_their_own_words():
    campaign = talking(1, hides=False, guidelines="Prefer answers such as Birch gives. Do not ask ChatGPT.")
    found = {(one.where, one.text): one.is_own for one in names_written(campaign)}
    assert found == {("the guidelines", "Birch"): True, ("the guidelines", "ChatGPT"): False}
    assert "a system of this project" in researcher_of(campaign).get(address("names", campaign)).content.decode()
    publish(campaign, Scope(), text="Be fair.", note="No word of Birch any more.")
    campaign.refresh_from_db()
    found = {(one.where, one.text): one.is_read for one in names_written(campaign)}
    assert found == {
        ("version 0 of the guidelines", "Birch"): False,
        ("version 0 of the guidelines", "ChatGPT"): False,
        ("what version 1 of the guidelines changed", "Birch"): True,
    }


def test_publishing_and_opening_warn_and_go_through():
    campaign = talking(1, hides=False)
    browser = researcher_of(campaign)
    sent = {"text": "Birch is good.", "note": "An example.", "takes": "nothing", "becomes": "ask"}
    seen = browser.post(address("guideline_versions", campaign), sent | {"do": "preview"}).content.decode()
    assert "Annotators read Birch in your words" in seen
    answer = browser.post(address("guideline_versions", campaign), sent | {"do": "publish"})
    assert [m.level_tag for m in get_messages(answer.wsgi_request)] == ["success", "warning"]
    campaign.refresh_from_db()
    assert campaign.guidelines == "Birch is good."
    for move, levels in (("pause", ["success"]), ("open", ["success", "warning"])):
        answer = browser.post(address("change_state", campaign), {"move": move})
        assert [m.level_tag for m in get_messages(answer.wsgi_request)][-len(levels) :] == levels


def test_words_without_a_name_warn_of_nothing():
    assert names_written(talking(1, guidelines="Read both answers. Be fair.")) == []
