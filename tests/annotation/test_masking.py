"""Names that give a response away: noted with every item, hidden where the campaign says so, on every way out."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from annotation.errors import BadItem
from annotation.identity import MASK
from annotation.listings import Listing
from annotation.material import texts_of
from annotation.models import Assignment
from annotation.quality.making import add_twins
from annotation.raw_answers import raw_answers
from annotation.services import NewItem, add_items, claim, create_campaign, open_campaign, submit
from annotation.services.naming import judge_name, set_masking
from domain.models import Event
from domain.remarks import text_of
from domain.rendering import rendered
from domain.services import battle_between
from tests.annotation.make import CHECKS_FIRST, annotator_of, held, left, pairwise_campaign, value
from tests.annotation.quality.make import MANY
from tests.factories import ERRORS, LIKERT, PREFERENCE, make_project, make_prompt, make_response, make_rubric

pytestmark = pytest.mark.django_db
LEAK = "I'm a new model developed by OpenAI. Lima it is, and OpenAI agrees."
SHOWN = f"I'm a new model developed by {MASK}. Lima it is, and {MASK} agrees."
TOPIC = "ChatGPT is a chatbot. Lima."


def leaking(n=3, *, task="pairwise", hides=True, **fields):
    """A campaign whose first system introduces itself in every answer, and whose second speaks of a third."""
    project = make_project()
    items, prompts = [], [make_prompt(project, f"Question {i}?") for i in range(n)]
    for prompt in prompts:
        first, second = (
            make_response(prompt=prompt, system=s, content=t) for s, t in (("Ash", LEAK), ("Birch", TOPIC))
        )
        pair = {"pairwise": lambda a, b: battle_between(a, b), "direct": lambda a, _: a}
        items.append(pair[task](first, second) if task in pair else Listing(prompt.pk, (first.pk, second.pk)))
    criterion = (LIKERT,) if task == "direct" else (PREFERENCE,)
    rubric = make_rubric(project, *criterion, remarks=(ERRORS,) if task == "direct" else ())
    campaign = create_campaign(project=project, rubric=rubric, name="Leaks", task=task, items=items, seed=1, **fields)
    if hides:
        set_masking(campaign, True, by=None)
    return open_campaign(campaign)


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize("task", ["pairwise", "direct", "ranking", "best_worst"])
def test_a_hidden_name_is_on_no_page_and_in_no_payload(task):
    campaign = leaking(task=task)
    browser = browser_of(annotator_of(campaign))
    said = browser.post(f"/api/v1/campaigns/{campaign.pk}/claim/").content.decode()
    page = browser.get(reverse("annotation:task", args=[json.loads(said)["assignment"]["token"]])).content.decode()
    for received in (json.dumps(json.loads(said), ensure_ascii=False), page):
        assert "OpenAI" not in received
        assert received.count(MASK) >= 2
        assert ("ChatGPT" in received) == (task != "direct")  # a third system that is the topic stays


def test_without_masking_names_are_noted_and_shown():
    campaign = leaking(hides=False)
    item = campaign.items.first()
    kinds = sorted((name["kind"], name["text"], name["hidden"]) for name in item.identifies)
    assert kinds == [("mention", "ChatGPT", False), ("self", "OpenAI", False), ("self", "OpenAI", False)]
    for name in item.identifies:
        text = LEAK if name["text"] == "OpenAI" else TOPIC
        assert text[name["start"] : name["end"]] == name["text"]
    assert LEAK in texts_of(held(claim(annotator_of(campaign), campaign)))
    found = Event.objects.get(action="names found")
    assert (found.details["items"], found.details["names"]) == (3, 9)


def test_marks_count_in_the_text_that_is_shown():
    campaign = leaking(1, task="direct")
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    shown = text_of(rendered([SHOWN])[SHOWN])
    at = shown.index("Lima")
    mark = {"start": at, "end": at + 4, "text": "Lima", "category": "Accuracy", "severity": "minor"}
    assert submit(user, str(task.token), value(remarks={"errors": [mark]}), key="1").counted


def test_checks_hide_names_as_work_does():
    campaign = leaking(6, quality=CHECKS_FIRST)
    battle = campaign.items.first().battle
    add_items(campaign, [NewItem(battle, "calibration", {"preference": {"choice": "A"}})])
    add_twins(campaign, 3, seed=1)
    roles = dict.fromkeys(campaign.items.values_list("role", flat=True))
    assert {"live", "calibration", "twin"} <= set(roles)
    for item in campaign.items.select_related("battle__response_a", "battle__response_b"):
        for swapped in (False, True):
            texts = texts_of(Assignment(item=item, campaign=campaign, swapped=swapped))
            assert not any("OpenAI" in text for text in texts), item.role


def test_hiding_costs_a_claim_no_statement(django_assert_num_queries):
    counts = []
    for hides in (False, True):
        campaign = leaking(hides=hides)
        user = annotator_of(campaign)
        claim(user, campaign)
        Assignment.objects.filter(annotator=user).update(state="skipped", slot=None, lease_expires=None)
        with django_assert_num_queries(4 + 2):  # and a savepoint around them
            task = held(claim(user, campaign))
            counts.append(texts_of(task))
    assert counts[0] != counts[1]


def test_what_is_shown_instead_is_rendered_before_anybody_comes():
    from domain.models import Rendered
    from domain.rendering import rendered_key

    leaking()
    assert Rendered.objects.filter(content_hash=rendered_key(SHOWN)).exists()


def test_what_somebody_has_seen_stays_as_they_saw_it():
    campaign = leaking(3, hides=False)
    task = held(claim(annotator_of(campaign), campaign))
    assert set_masking(campaign, True, by=None) == (2, 1)
    task.item.refresh_from_db()
    assert LEAK in texts_of(task)
    others = campaign.items.exclude(pk=task.item_id)
    assert all(any(name["hidden"] for name in item.identifies) for item in others)
    assert set_masking(campaign, False, by=None) == (2, 0)


def test_a_false_alarm_is_shown_again_wherever_the_response_is_and_logged():
    campaign = leaking(2)
    item = campaign.items.first()
    at = next(n for n, name in enumerate(item.identifies) if name["kind"] == "self")
    assert judge_name(item, at, "show", by=None) == (1, 0)
    item.refresh_from_db()
    assert [name["hidden"] for name in item.identifies if name["kind"] == "self"] == [False, True]
    event = Event.objects.filter(action="name judged").get()
    assert (event.details["text"], event.details["judged"]) == ("OpenAI", "false_alarm")
    set_masking(campaign, False, by=None)
    set_masking(campaign, True, by=None)  # what was judged stays judged
    item.refresh_from_db()
    assert [name["hidden"] for name in item.identifies if name["kind"] == "self"] == [False, True]


def test_a_mention_can_be_hidden_by_hand():
    campaign = leaking(1)
    item = campaign.items.get()
    at = next(n for n, name in enumerate(item.identifies) if name["kind"] == "mention")
    judge_name(item, at, "hide", by=None)
    task = held(claim(annotator_of(campaign), campaign))
    assert f"{MASK} is a chatbot. Lima." in texts_of(task)


@pytest.mark.parametrize(("at", "verdict"), [(-1, "hide"), (99, "hide"), (0, "erase")])
def test_what_is_no_judgement_is_refused(at, verdict):
    item = leaking(1).items.get()
    with pytest.raises(BadItem):
        judge_name(item, at, verdict, by=None)


def test_the_record_s_own_system_names_are_hidden():
    project = make_project()
    prompt = make_prompt(project, "Who is it?")
    pair = [
        make_response(prompt=prompt, system=f"zephyrion-{n}b-v2", content=f"zephyrion-{n}b-v2 says {n}")
        for n in (7, 13)
    ]
    campaign = pairwise_campaign(0, project=project, is_open=False)
    add_items(campaign, [battle_between(*pair)])
    set_masking(campaign, True, by=None)
    texts = texts_of(held(claim(annotator_of(open_campaign(campaign)), campaign)))
    assert sorted(texts) == [f"{MASK} says 13", f"{MASK} says 7"]


def test_a_repeat_is_shown_as_the_first_time():
    campaign = leaking(MANY, quality={"repeats": {"rate": 0.5, "distance": 1}} | CHECKS_FIRST)
    user = annotator_of(campaign)
    task = claim(user, campaign)
    seen: dict[tuple[int | None, str], list[str]] = {}
    while task is not None:
        seen.setdefault((task.item.battle_id, task.item.role), sorted(texts_of(task)))
        task = submit(user, str(task.token), left(), key=str(task.pk)).next
    repeats = [battle for battle, role in seen if role == "repeat"]
    assert repeats
    assert all(seen[battle, "repeat"] == seen[battle, "live"] for battle in repeats)
    assert not any("OpenAI" in text for texts in seen.values() for text in texts)


def test_raw_answers_say_which_names_were_there_and_which_were_hidden():
    campaign = leaking(2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, str(task.token), left(), key="1")
    (row,) = raw_answers([campaign])
    names = json.loads(row["names"])
    assert sorted(name["text"] for name in names if name["hidden"]) == ["OpenAI", "OpenAI"]
    assert (len(names), row["names_hidden"]) == (3, 2)
    about = "a" if task.item.battle.response_a.content == LEAK else "b"
    assert {name["side"] for name in names if name["hidden"]} == {about}


@pytest.mark.parametrize("hides", [True, False])
def test_annotators_are_told_what_the_mask_means_where_it_is_used(client, hides):
    campaign = leaking(hides=hides)
    client.force_login(annotator_of(campaign))
    page = client.get(reverse("annotation:guidelines", args=[campaign.pk])).content.decode()
    assert (f"{MASK} stands where an answer named a system or its maker." in page) is hides
