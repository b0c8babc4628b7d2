"""Judges that see several responses at once: which lists, in which order, and the verdicts that come of them."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from domain.models import Battle, Membership, Score, Verdict
from domain.services import create_rubric, get_or_create_system
from judges import planning, presets, runner, services
from judges.estimates import estimate_for
from judges.listings import arranged
from judges.models import Cell, Exchange, Run
from judges.parameters import BadVersion
from judges.planning import Selection
from judges.versions import PanelDraft, get_or_create_panel
from tests.factories import make_project, make_prompt, make_response, make_user
from tests.fakes.provider import Faults
from tests.judges.making import make_run, make_version
from tests.known import known

SHOWN = re.compile(r"\[\[\w{20} begin: response (\w)\]\]\n(.*?)\n\[\[", re.DOTALL)


@pytest.fixture
def project(db):
    """Three systems whose answers are a word, two words and three words; and prompts that no list is made of."""
    project = make_project()
    systems = [get_or_create_system(project, name) for name in ("Ash", "Birch", "Cedar")]
    for number in range(2):
        prompt = make_prompt(project, f"Question {number}?")
        for words, system in enumerate(systems, start=1):
            make_response(prompt=prompt, system=system, content=" ".join(["copper"] * words))
        make_response(prompt=prompt, system=systems[0], sample=1, content="another sample")
    alone, many = make_prompt(project, "One answer?"), make_prompt(project, "Nine answers?")
    make_response(prompt=alone, system=systems[0])
    for number in range(9):
        make_response(prompt=many, system=f"System of nine {number}")
    return project


def judge(project, name, fake, **changes):
    rubric = create_rubric(project=project, spec=presets.rubric_for(name))
    return make_version(project, rubric=rubric, preset=name, base_url=fake.openai_url, **changes)


def longest_first(question, rng):
    """Rank by the number of words; the prompt says nothing else about the responses."""
    shown = sorted(SHOWN.findall(question.text), key=lambda item: -len(item[1].split()))
    labels = [label for label, _ in shown]
    if "best" in question.schema["properties"]:
        return {"reasons": "It says more.", "best": labels[0]}
    return {"reasons": "They say more.", "ranking": [[label] for label in labels]}


def make_member(project, role):
    user = make_user()
    Membership.objects.create(project=project, user=user, role=role)
    return user


def drained(version, **fields) -> Run:
    run = make_run(version, **fields)
    runner.drain(run)
    run.refresh_from_db()
    return run


def winners(run: Run) -> Counter[str]:
    """Who won how often, over all verdicts of a run."""
    scores = Score.objects.filter(verdict__rater=known(run.version).rater, verdict__counted=True)
    rows = scores.values_list("outcome", "verdict__battle__response_a__system__name",
                              "verdict__battle__response_b__system__name")  # fmt: skip
    return Counter({"A": a, "B": b}.get(outcome, outcome) for outcome, a, b in rows)


def test_a_cell_is_a_prompt_with_two_to_eight_responses_of_one_sample_shown_both_ways_round(project, fake):
    run = make_run(judge(project, "full-ranking", fake))
    cells = list(run.cells.order_by("pk"))
    assert [(len(cell.listed), cell.order) for cell in cells] == [(3, 0), (3, 1)] * 2
    assert planning.count_items(known(run.version), Selection()) == 2
    assert Battle.objects.count() == 6


@pytest.mark.parametrize(
    ("name", "verdicts", "won"),
    [("full-ranking", 12, {"Cedar": 8, "Birch": 4}), ("best-of-n", 8, {"Cedar": 8})],
)
def test_a_ranking_decides_every_pair_and_the_best_those_with_it(project, fake, name, verdicts, won):
    fake.configure(judge=longest_first)
    run = drained(judge(project, name, fake))
    assert (run.state, run.planned, run.verdicts, len(fake.log)) == ("done", 4, 4, 4)
    assert Verdict.objects.filter(rater=known(run.version).rater, unscored_reason="").count() == verdicts
    assert winners(run) == won


def test_both_arrangements_say_the_same_about_a_pair_whichever_stood_first(project, fake):
    fake.configure(judge=longest_first)
    run = drained(judge(project, "full-ranking", fake))
    found = Verdict.objects.filter(rater=known(run.version).rater).order_by("battle", "swapped")
    rows = list(found.values_list("battle", "swapped", "scores__outcome"))
    assert [swapped for _, swapped, _ in rows] == [False, True] * 6
    assert {outcome for _, _, outcome in rows} == {"B"}  # the later system says more, in the battle's own frame
    assert set(run.cells.values_list("said", flat=True)) == {"3>2>1"}


def test_ties_are_ties(project, fake):
    fake.configure(
        judge=lambda question, rng: {"reasons": "", "ranking": [[name for name, _ in SHOWN.findall(question.text)]]}
    )
    assert winners(drained(judge(project, "full-ranking", fake))) == {"tie": 12}


def test_verdicts_name_their_cell_and_their_battle(project, fake):
    fake.configure(judge=longest_first)
    run = drained(judge(project, "best-of-n", fake))
    verdict = Verdict.objects.filter(rater=known(run.version).rater).first()
    assert verdict is not None
    assert verdict.battle is not None
    cell_id, battle_id = map(int, verdict.occasion.removeprefix("cell:").split(":"))
    cell = Cell.objects.get(pk=cell_id)
    assert (cell.run, cell.verdict, cell.said) == (run, None, "3")
    assert verdict.battle_id == battle_id
    assert verdict.battle.prompt_id == cell.prompt_id
    reading = Exchange.objects.get(cell=cell).reading["ranking"]
    assert sorted(pk for group in reading["groups"] for pk in group) == sorted(known(cell.listed))


@pytest.mark.parametrize("name", ["full-ranking", "best-of-n"])
def test_an_unreadable_reply_leaves_every_pair_unscored_and_a_retry_replaces_them(project, fake, name):
    fake.configure(faults=Faults(rate=1.0, kinds=("unreadable",)))
    run = drained(judge(project, name, fake))
    assert (run.unreadable, Score.objects.count()) == (4, 0)
    unscored = Verdict.objects.filter(rater=known(run.version).rater, counted=True, unscored_reason="unreadable")
    assert unscored.count() == 12
    fake.configure(faults=Faults(), judge=longest_first)
    services.retry(run)
    services.start(run)
    runner.drain(run)
    run.refresh_from_db()
    assert (run.verdicts, run.unreadable) == (4, 0)
    decided = Verdict.objects.filter(rater=known(run.version).rater, counted=True, unscored_reason="")
    assert decided.count() == (12 if name == "full-ranking" else 8)
    assert unscored.count() == 12 - decided.count()


def test_labels_hide_the_order_and_differ_between_arrangements(project, fake):
    asked = []

    def seen(question, rng):
        asked.append([label for label, _ in SHOWN.findall(question.text)])
        return longest_first(question, rng)

    fake.configure(judge=seen)
    drained(judge(project, "full-ranking", fake), selection=Selection(repeats=3))
    assert len(asked) == 12
    assert all(len(set(labels)) == 3 for labels in asked)
    assert len({tuple(labels) for labels in asked}) > 6


def test_an_answer_of_an_earlier_run_is_taken_for_the_same_arrangement(project, fake):
    fake.configure(judge=longest_first)
    version = judge(project, "full-ranking", fake)
    drained(version)
    again = drained(version, reuse=True)
    assert (again.verdicts, again.ledger.count(), len(fake.log)) == (4, 0, 4)
    assert winners(again) == {"Cedar": 16, "Birch": 8}


def test_a_dry_run_counts_lists(project, fake):
    found = estimate_for(judge(project, "full-ranking", fake), Selection(repeats=2))
    assert (found.items, found.cells, found.calls) == (2, 8, 8)
    assert found.input_tokens > 8 * 300


def test_a_list_is_ranked_by_one_judge_alone(project, fake):
    rubric = create_rubric(project=project, spec=presets.rubric_for("full-ranking"))
    members = [make_version(rubric=rubric, preset="full-ranking", name=name, model=name) for name in ("a", "b")]
    with pytest.raises(BadVersion, match="ask it alone"):
        get_or_create_panel(project, PanelDraft("Bench", "jury", members))


def test_the_page_of_a_cell_says_who_was_called_what_and_how_they_were_ranked(project, fake, client):
    fake.configure(judge=longest_first)
    run = drained(judge(project, "full-ranking", fake))
    client.force_login(make_member(project, "viewer"))
    cell = known(run.cells.first())
    page = client.get(reverse("judges:cell", args=[project.slug, run.pk, cell.pk])).content.decode()
    labels = Exchange.objects.get(cell=cell).reading["ranking"]["labels"]
    assert "Best first: Cedar; then Birch; then Ash" in page
    assert [f"{label} was " in page for label in labels] == [True] * 3
    listed = client.get(reverse("judges:run", args=[project.slug, run.pk])).content.decode()
    assert "3 responses" in listed


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=8, unique=True), st.integers(0, 5))
def test_an_arrangement_keeps_everybody_and_its_reverse_shows_every_pair_the_other_way(listed, repeat):
    straight, turned = (arranged(listed, prompt_id=7, order=order, repeat=repeat) for order in (0, 1))
    assert sorted(straight) == sorted(listed)
    assert turned == straight[::-1]
    assert arranged(listed, prompt_id=7, order=0, repeat=0) == tuple(listed)


def test_a_protocol_with_a_reference_is_not_asked_where_there_is_none(project, fake):
    rubric = create_rubric(project=project, spec=presets.rubric_for("alpaca-eval-1"))
    version = make_version(rubric=rubric, preset="pairwise-reference", base_url=fake.openai_url)
    guided = make_prompt(project, "How long is the Ob?", reference="3,650 km.")
    for name in ("Ash", "Birch"):
        make_response(prompt=guided, system=get_or_create_system(project, name), content=f"{name} answers.")
    selection = Selection(pairs="all")
    assert planning.count_items(version, selection) == 1
    run = drained(version, selection=selection)
    assert (run.planned, run.verdicts) == (2, 2)
    assert {cell.battle.prompt_id for cell in run.cells.all()} == {guided.pk}
    assert estimate_for(version, selection).items == 1
