"""What a ranking or a best-worst choice says about each pair, and what it becomes on the record."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.answers import Submission
from annotation.choosing import Selection, choose
from annotation.errors import BadAnswer, BadItem, Incomplete, KeyReused
from annotation.listings import Listing
from annotation.material import LABELS, permuted, shown_order
from annotation.models import Assignment, Campaign
from annotation.rankings import pairs_of_extremes, pairs_of_ranks
from annotation.services import add_items, claim, close_campaign, create_campaign, submit, undo
from annotation.tasks import card_for, payload_for
from domain.choices import Choice, Outcome
from domain.models import Response, Score, Verdict
from tests.annotation.lists import listed_campaign, ranking
from tests.annotation.make import annotator_of, held, pairwise_campaign
from tests.annotation.statements import counted
from tests.factories import PREFERENCE, make_battle, make_project, make_prompt, make_response, make_rubric

A, B, TIE = Choice(Outcome.A), Choice(Outcome.B), Choice(Outcome.TIE)


def test_a_ranking_decides_every_pair():
    assert list(pairs_of_ranks({"A": 2, "B": 1, "C": 2}, "ABC")) == [(0, 1, B), (0, 2, TIE), (1, 2, A)]


def test_places_need_not_follow_each_other():
    assert list(pairs_of_ranks({"A": 7, "B": 3}, "AB")) == [(0, 1, B)]


@given(st.lists(st.integers(1, 8), min_size=2, max_size=8))
def test_the_pairs_of_a_ranking_agree_with_its_places(places):
    labels = LABELS[: len(places)]
    decided = list(pairs_of_ranks(dict(zip(labels, places, strict=True)), labels))
    assert [pair[:2] for pair in decided] == list(combinations(range(len(places)), 2))
    for first, second, choice in decided:
        better = {A: places[first] < places[second], B: places[first] > places[second]}
        assert better.get(choice, places[first] == places[second])


@given(st.integers(2, 8), st.data())
def test_the_best_and_the_worst_decide_2n_minus_3_pairs(n, data):
    best, worst = data.draw(st.permutations(LABELS[:n]))[:2]
    decided = list(pairs_of_extremes(best, worst, LABELS[:n]))
    assert len(decided) == 2 * n - 3
    for first, second, choice in decided:
        winner = LABELS[first if choice == A else second]
        loser = LABELS[second if choice == A else first]
        assert winner == best or loser == worst


@given(st.permutations(range(1, 9)), st.integers(0, 2**31 - 1))
def test_the_order_comes_from_the_seed_alone(listed, seed):
    assert permuted(listed, seed) == permuted(sorted(listed), seed)
    assert sorted(permuted(listed, seed)) == list(range(1, 9))


def test_each_response_stands_at_each_place_equally_often():
    counts = [0] * 4
    for seed in range(4000):
        counts[permuted((11, 12, 13, 14), seed).index(11)] += 1
    assert all(900 < count < 1100 for count in counts), counts


# --- On the record ----------------------------------------------------------------------------------------------------


def outcomes(campaign):
    """{(winner, loser) or frozenset of a tie} by response, of the counted verdicts."""
    found = set()
    for score in Score.objects.filter(verdict__counted=True).select_related("verdict__battle"):
        pair = (score.verdict.battle.response_a_id, score.verdict.battle.response_b_id)
        found.add(frozenset(pair) if score.outcome == "tie" else pair if score.outcome == "A" else pair[::-1])
    return found


@pytest.mark.django_db
def test_a_ranking_becomes_a_verdict_for_every_pair_in_the_frame_of_its_battle():
    campaign = listed_campaign(4)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    order = shown_order(task)
    submit(user, str(task.token), ranking([3, 1, 4, 1], confidence=4, rationale="B and D", active_ms=10), key="1")
    a, b, c, d = order
    assert outcomes(campaign) == {(b, a), (a, c), (d, a), (b, c), frozenset({b, d}), (d, c)}
    verdicts = list(Verdict.objects.order_by("pk"))
    for verdict in verdicts:
        assert verdict.battle is not None
        shown = [order.index(pk) for pk in (verdict.battle.response_a_id, verdict.battle.response_b_id)]
        assert verdict.swapped == (shown[0] > shown[1])
        assert verdict.occasion == f"assignment:{task.pk}:{verdict.battle_id}"
        assert verdict.confidence == 4
    assert [verdict.active_ms is None for verdict in verdicts] == [False] + [True] * 5
    assert verdicts[0].rationale.text == "B and D"
    assert not hasattr(verdicts[1], "rationale")
    task.refresh_from_db()
    assert task.verdict_id == verdicts[0].pk


@pytest.mark.django_db
def test_the_best_and_the_worst_say_nothing_about_the_others():
    campaign = listed_campaign(4, task=Campaign.Task.BEST_WORST)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    a, b, c, d = shown_order(task)
    submit(user, str(task.token), Submission(best="C", worst="A"), key="1")
    assert outcomes(campaign) == {(c, a), (c, b), (c, d), (b, a), (d, a)}


@pytest.mark.django_db
def test_a_changed_ranking_replaces_every_pair_and_nothing_counts_twice():
    campaign = listed_campaign(3, task=Campaign.Task.BEST_WORST)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    a, b, c = shown_order(task)
    submit(user, str(task.token), Submission(best="A", worst="B"), key="1")
    undo(user, campaign)
    submit(user, str(task.token), Submission(best="C", worst="B"), key="2")
    assert outcomes(campaign) == {(c, a), (c, b), (a, b)}
    assert Verdict.objects.filter(counted=True).count() == 3
    assert Verdict.objects.filter(counted=True, supersedes__isnull=False).count() == 3
    assert Verdict.objects.count() == 6


@pytest.mark.django_db
def test_a_pair_that_a_changed_choice_leaves_open_counts_no_more():
    campaign = listed_campaign(4, task=Campaign.Task.BEST_WORST)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    a, b, *_ = shown_order(task)
    submit(user, str(task.token), Submission(best="A", worst="B"), key="1")
    undo(user, campaign)
    submit(user, str(task.token), Submission(best="C", worst="D"), key="2")
    assert frozenset({a, b}) not in {frozenset(pair) for pair in outcomes(campaign)}
    assert len(outcomes(campaign)) == 5


@pytest.mark.django_db
def test_the_same_ranking_sent_again_changes_nothing():
    campaign = listed_campaign(3)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, str(task.token), ranking([1, 2, 3]), key="1")
    assert not submit(user, str(task.token), ranking([1, 2, 3]), key="1").is_new
    with pytest.raises(KeyReused):
        submit(user, str(task.token), ranking([1, 3, 2]), key="1")
    assert Verdict.objects.count() == 3


@pytest.mark.django_db
def test_a_ranking_that_came_too_late_is_kept_and_does_not_count():
    campaign = listed_campaign(3)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    close_campaign(campaign)
    assert not submit(user, str(task.token), ranking([1, 2, 3]), key="1").counted
    assert Verdict.objects.filter(counted=False).count() == 3
    assert Assignment.objects.filter(state="surplus").count() == 1


@pytest.mark.django_db
def test_the_statements_of_a_ranking_do_not_grow_with_the_list():
    counts = []
    for n in (2, 8):
        campaign = listed_campaign(n, lists=3)
        user = annotator_of(campaign)
        task = held(claim(user, campaign))
        task = held(submit(user, str(task.token), ranking(range(1, n + 1)), key="1").next)
        _, count = counted(submit, user, str(task.token), ranking(range(1, n + 1)), key="2")
        counts.append(count)
    assert counts[0] == counts[1] <= 12


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("task", "sent", "error", "says"),
    [
        ("ranking", ranking([1, 2]), Incomplete, "a place for C"),
        ("ranking", ranking([1, 2, 3, 4]), BadAnswer, "no response D; there are A, B, C"),
        ("ranking", Submission(), Incomplete, "a place for A, B, C"),
        ("best_worst", Submission(best="A"), Incomplete, "the worst"),
        ("best_worst", Submission(best="A", worst="A"), BadAnswer, "cannot be the best and the worst"),
        ("best_worst", Submission(best="H", worst="A"), BadAnswer, "no response H"),
    ],
)
def test_what_is_missing_or_impossible_is_named(task, sent, error, says):
    campaign = listed_campaign(3, task=task)
    user = annotator_of(campaign)
    token = str(held(claim(user, campaign)).token)
    with pytest.raises(error, match=says):
        submit(user, token, sent, key="1")
    assert not Verdict.objects.exists()


@pytest.mark.django_db
def test_ties_are_for_questions_that_know_them():
    campaign = listed_campaign(3, criterion=replace(PREFERENCE, outcomes=(Outcome.A, Outcome.B)))
    user = annotator_of(campaign)
    token = str(held(claim(user, campaign)).token)
    with pytest.raises(BadAnswer, match="knows no ties"):
        submit(user, token, ranking([1, 2, 2]), key="1")
    submit(user, token, ranking([1, 2, 3]), key="1")


@pytest.mark.django_db
def test_an_annotator_gets_letters_and_texts_and_no_ids():
    campaign = listed_campaign(3)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    participant = campaign.participants.select_related("campaign__rubric").get()
    payload = payload_for(task, participant)
    by_id = dict(Response.objects.values_list("pk", "content"))
    assert payload["responses"] == [
        {"letter": letter, "text": by_id[pk]} for letter, pk in zip("ABC", shown_order(task), strict=True)
    ]
    assert "System" not in json.dumps(payload)
    card = card_for(task, participant, sent={"ranks": {"B": 1}})
    assert [(one.label, one.place) for one in card.listed] == [("A", None), ("B", 1), ("C", None)]


@pytest.mark.django_db
def test_a_list_holds_two_to_eight_answers_with_a_text_to_one_prompt():
    campaign = listed_campaign(3)
    prompt = make_prompt(campaign.project)
    answers = [make_response(prompt=prompt, system=f"System {n}") for n in range(9)]
    other = make_response(campaign.project)
    for responses in ([answers[0]], answers, [answers[0], answers[0]], [answers[0], other]):
        with pytest.raises(BadItem):
            add_items(campaign, [Listing(prompt.pk, tuple(one.pk for one in responses))])
    assert campaign.items.count() == 1


@pytest.mark.django_db
def test_rankings_ask_about_lists_and_nothing_else_does():
    campaign = listed_campaign(3)
    with pytest.raises(BadItem, match="rank up to eight responses: it takes lists"):
        add_items(campaign, [make_battle(campaign.project)])
    with pytest.raises(BadItem, match="not lists"):
        add_items(pairwise_campaign(1), [Listing(1, (1, 2))])


@pytest.mark.django_db
def test_a_list_needs_a_question_with_one_order():
    project = make_project()
    rubric = make_rubric(project, PREFERENCE, replace(PREFERENCE, key="style"))
    with pytest.raises(BadItem, match="has 2; write a rubric with one criterion"):
        create_campaign(project=project, rubric=rubric, name="Order", task="ranking")


@pytest.mark.django_db
def test_lists_are_drawn_one_per_prompt_and_at_most_eight_long():
    project = make_project()
    for answers in (1, 2, 10):
        prompt = make_prompt(project)
        for n in range(answers):
            make_response(prompt=prompt, system=f"System {n}")
    drawn: Any = choose(project, "choice", Selection(seed=3), "ranking")
    assert sorted(len(one.responses) for one in drawn) == [2, 8]
    assert drawn == choose(project, "choice", Selection(seed=3), "ranking")
    assert len(choose(project, "choice", Selection(size=1, seed=3), "best_worst")) == 1
