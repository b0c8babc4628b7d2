"""Known answers to lists: full orders, the best and the worst, planted responses; and remarks with a known answer."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from annotation.answers import Submission
from annotation.calibration import BadLine, read_items
from annotation.listings import Listing
from annotation.material import LABELS, shown_order, texts_of
from annotation.models import Assignment, Campaign, Item
from annotation.quality.card import card_of
from annotation.quality.errors import Undefined
from annotation.quality.feedback import feedback_on
from annotation.quality.making import add_attention_checks, add_twins
from annotation.quality.orders import Order, in_letters, kendall_distance, meets, order_from, order_json
from annotation.quality.policy import Tolerance
from annotation.quality.remarks import expected_remark, meets_remark
from annotation.services import NewItem, add_items, claim, create_campaign, open_campaign, submit
from domain.choices import Value
from domain.models import Response, Verdict
from domain.services import create_rubric
from domain.specs import RemarkForm, RemarkSpec, RubricSpec
from tests.annotation.lists import listed_campaign
from tests.annotation.make import annotator_of, held
from tests.annotation.quality.make import MANY, person, work
from tests.factories import LIKERT, make_project, make_prompt, make_response

PLACES = st.integers(2, 8).flatmap(lambda n: st.tuples(*[st.lists(st.integers(1, 8), min_size=n, max_size=n)] * 3))


def places(*each: int) -> dict[int, int]:
    return dict(enumerate(each, start=1))


# --- Kendall's distance -----------------------------------------------------------------------------------------------


def test_the_distance_is_the_share_of_pairs_in_another_order() -> None:
    assert kendall_distance(places(1, 2, 3, 4), places(2, 1, 3, 4)) == pytest.approx(1 / 6)
    assert kendall_distance(places(1, 2, 3), places(1, 2, 2)) == pytest.approx(1 / 6)  # half of one of three pairs
    assert kendall_distance(places(1, 1, 1), places(1, 2, 3)) == 0.5


@pytest.mark.parametrize("order", list(permutations(range(1, 6)))[::7])
def test_without_ties_it_is_half_of_one_less_kendalls_tau(order: tuple[int, ...]) -> None:
    tau = kendalltau(range(1, 6), order).statistic
    assert kendall_distance(places(1, 2, 3, 4, 5), places(*order)) == pytest.approx((1 - tau) / 2)


@given(PLACES)
def test_it_is_symmetric_and_holds_the_triangle_inequality(three: Any) -> None:
    one, two, other = (places(*each) for each in three)
    assert kendall_distance(one, one) == 0
    assert kendall_distance(one, two) == kendall_distance(two, one) <= 1
    assert kendall_distance(one, other) <= kendall_distance(one, two) + kendall_distance(two, other) + 1e-9


@pytest.mark.parametrize(("one", "other"), [({}, {}), ({1: 1}, {1: 1}), ({1: 1, 2: 2}, {1: 1, 3: 2})])
def test_what_is_no_pair_of_orders_is_refused(one: dict[int, int], other: dict[int, int]) -> None:
    with pytest.raises(Undefined):
        kendall_distance(one, other)


# --- What is right ----------------------------------------------------------------------------------------------------


def test_an_order_is_right_up_to_the_reach() -> None:
    right = Order(places(1, 2, 3, 4))
    assert meets(right, Order(places(2, 1, 3, 4)), Tolerance().order)
    assert not meets(right, Order(places(2, 1, 4, 3)), Tolerance().order)
    assert not meets(Order(places(1, 2)), Order(places(2, 1)), Tolerance().order)
    assert not meets(right, Order(places(2, 1, 3, 4)), 0)


def test_a_known_end_must_be_alone_at_its_end() -> None:
    assert meets(Order(worst=3), Order(places(2, 1, 3)), 0)
    assert not meets(Order(worst=3), Order(places(1, 3, 3)), 1)
    assert not meets(Order(worst=3), Order(places(1, 1, 1)), 1)  # who ties everything has not looked
    assert meets(Order(best=2), Order(places(2, 1, 2)), 0)


def test_best_and_worst_are_compared_with_whole_orders_and_with_ends() -> None:
    known = Order(places(1, 2, 3, 3))
    assert meets(known, Order(best=1, worst=4), 0)
    assert not meets(known, Order(best=2, worst=4), 0)
    assert meets(Order(worst=2), Order(best=1, worst=2), 0)
    assert not meets(Order(best=1, worst=2), Order(best=3, worst=2), 0)


def test_orders_are_kept_as_json() -> None:
    for order in (Order(places(1, 2, 2)), Order(best=4, worst=5), Order(worst=5)):
        assert order_from(json.loads(json.dumps(order_json(order)))) == order


def test_an_order_is_said_in_the_letters_of_the_person() -> None:
    assert in_letters(Order({7: 2, 8: 1, 9: 2}), (9, 8, 7)) == {"order": "B > A = C"}
    assert in_letters(Order(worst=9), (9, 8, 7)) == {"worst": "A"}


# --- A campaign about lists -------------------------------------------------------------------------------------------

CHECKS = {"checks": {"first": 1.0, "then": 1.0}}
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


# --- Remarks ----------------------------------------------------------------------------------------------------------

ERRORS = RemarkSpec("errors", "Errors", form=RemarkForm.SPANS, options=("fact",))
REASONS = RemarkSpec("reasons", "Reasons", form=RemarkForm.TAGS, options=("wrong", "rude"))


def mark(start: int, end: int) -> dict[str, Any]:
    return {"start": start, "end": end, "text": "x" * (end - start), "category": "fact", "severity": None}


def test_a_quoted_place_must_be_touched_by_a_mark() -> None:
    wanted = expected_remark(ERRORS, ["in 1815"], "It was sunk in 1815, they say.")
    assert wanted == {"marks": [[12, 19, "in 1815"]]}
    assert meets_remark(wanted, [mark(0, 3), mark(15, 25)])
    assert not meets_remark(wanted, [mark(0, 12), mark(19, 25)])
    assert not meets_remark(wanted, None)


def test_a_reason_must_be_ticked_and_others_may() -> None:
    wanted = expected_remark(REASONS, ["wrong"], None)
    assert meets_remark(wanted, ["rude", "wrong"])
    assert not meets_remark(wanted, ["rude"])


@pytest.mark.parametrize(
    ("spec", "wanted", "says"),
    [
        (ERRORS, ["in 1915"], "does not say 'in 1915'"),
        (ERRORS, [], "quote what must be marked"),
        (REASONS, ["late"], "'late' is none of wrong, rude"),
        (RemarkSpec("why", "Why"), ["because"], "words cannot"),
    ],
)
def test_a_remark_that_cannot_be_expected_is_refused(spec: RemarkSpec, wanted: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        expected_remark(spec, wanted, "It was sunk in 1815.")


@pytest.mark.django_db
def test_a_mark_that_misses_the_known_error_fails_the_check() -> None:
    project = make_project()
    spec = RubricSpec("With marks", "", (LIKERT,), (ERRORS,))
    rubric, asked = create_rubric(project=project, spec=spec), make_response(project, system="Ash", content="One.")
    known = make_response(project, system="Ash", content="It was **sunk** in 1815, they say.")
    row = {"prompt": known.prompt.external_id, "system": "Ash", "values": {"helpfulness": 2}}
    items = read_items(json.dumps(row | {"remarks": {"errors": ["in 1815"]}}), project, rubric)
    made = create_campaign(project=project, rubric=rubric, name="Marks", items=[asked, *items], seed=1)
    Campaign.objects.filter(pk=made.pk).update(quality=CHECKS)
    campaign = open_campaign(made)
    for marks, passed in (([], False), ([mark(12, 19) | {"text": "in 1815"}], True)):
        user = annotator_of(campaign)
        task = held(claim(user, campaign))
        said = Submission({"helpfulness": Value(2)}, remarks={"errors": marks} if marks else {})
        assert submit(user, str(task.token), said, key="1").task.passed is passed
