"""Known figures of public data sets, which lie beside the checkout where they are at hand."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from analysis.comparison.estimates import Sampling
from analysis.data import TIE, A, B
from analysis.judging.against_people import against_people
from analysis.judging.alternative import alternative_annotator_test
from analysis.judging.answers import MAJORITY, VOTES, Answers
from analysis.judging.confusion import classification
from analysis.judging.position import first_position, swap_consistency
from analysis.judging.shuffled import SHUFFLES, shuffled_test

DATA = Path(__file__).parents[3].parent / "shared" / "data"
NONE = Sampling(ci="none")
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the shared data are not here")


def expected(name: str):
    return json.loads((DATA / name / "expected.json").read_text())


def gzipped(path: Path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def votes(path: Path) -> Answers:
    """Answers of an llmfao file: the pair, who won, and the worker where there is one."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    place = {"left": 0, "right": 1, "tie": 2}
    return Answers(
        item=np.array([int(row["id"]) for row in rows]),
        value=np.array([place[row["winner"]] for row in rows]),
        rater=np.array([int(row["worker"]) for row in rows]) if "worker" in rows[0] else None,
    )


@needs_data
@pytest.mark.parametrize("judge", ["gpt4", "gpt3"])
def test_llmfao_judges_against_votes(judge):
    figures = expected("llmfao")
    people = votes(DATA / "llmfao" / "crowd-comparisons.csv")
    judged = votes(DATA / "llmfao" / f"{judge}-crowd-comparisons.csv")
    made = {
        (each.unit, each.ties): each
        for each in against_people(judged, people, ("left", "right", "tie"), tie=2, sampling=NONE)
    }
    for ties, name in (("with", "vs_votes"), ("without", "vs_votes_no_ties")):
        equal, n, _ = figures[judge][name]
        found = made[VOTES, ties].judge
        assert found.n == n
        assert found.value == pytest.approx(equal / n)
    for ties, name in (("with", "human_pairwise_agreement"), ("without", "human_pairwise_agreement_no_ties")):
        equal, n, _ = figures[name]
        found = made[VOTES, ties].people  # every pair of votes stands in both directions
        assert found.n == 2 * n
        assert found.value == pytest.approx(equal / n)
    assert made[MAJORITY, "with"].judge.n + made[MAJORITY, "with"].dropped == figures["pairs"]
    assert made[VOTES, "with"].persons is not None


@needs_data
def test_vicuna80_first_position_and_swaps():
    rows = gzipped(DATA / "vicuna80" / "gpt4_pairwise.jsonl.gz")
    figures = expected("vicuna80")
    place = {"model_a": A, "model_b": B, "tie": TIE}
    read = [row for row in rows if row["verdict"] is not None]
    made = first_position(np.array([place[row["verdict"]] for row in read]), sampling=NONE)
    first, n, _ = figures["gpt4_first_position_win_share"]
    assert made.of_all.n == n
    assert made.of_all.value == pytest.approx(first / n)
    by_order = {(row["question_id"], row["model_a"], row["model_b"]): place[row["verdict"]] for row in read}
    both = [(key, (key[0], key[2], key[1])) for key in by_order if key[1] < key[2]]
    both = [(there, back) for there, back in both if back in by_order]
    a_first = np.array([by_order[there] for there, _ in both])
    b_first = np.array([B, A, TIE])[[by_order[back] for _, back in both]]  # in the frame of the first order
    swapped = swap_consistency(a_first, b_first, sampling=NONE)
    same, pairs, _ = figures["gpt4_order_swap_consistency"]
    assert swapped.n == pairs
    assert swapped.consistent.value == pytest.approx(same / pairs)
    assert swapped.first_twice > 2 * swapped.second_twice


@needs_data
def test_ttcw_judges_against_the_majority_of_experts():
    experts: dict[tuple[str, int], list[bool]] = {}
    for row in gzipped(DATA / "ttcw" / "expert_annotations.jsonl.gz"):
        experts.setdefault((row["story_id"], row["ttcw_idx"]), []).append(row["binary_verdict"] == "Yes")
    said = {
        (row["judge"], row["story_id"], row["ttcw_idx"]): row["response"].strip().lower().startswith("yes")
        for row in gzipped(DATA / "ttcw" / "llm_judgements.jsonl.gz")
        if row["response"] is not None
    }
    truth = np.array([sum(verdicts) >= 2 for verdicts in experts.values()], dtype=np.int64)
    for judge, figures in expected("ttcw")["judges"].items():
        answer = np.array([said.get((judge, *key), False) for key in experts], dtype=np.int64)
        made = classification(truth, answer, ("No", "Yes"), sampling=NONE)
        assert made.balanced_accuracy.value == pytest.approx(figures["balanced_accuracy"], abs=5e-5)
        for name in ("precision", "recall", "f1"):
            assert made.classes["Yes"][name].value == pytest.approx(figures[name], abs=5e-5)


@needs_data
def test_a_fair_coin_holds_its_own_on_vicuna80_and_is_found_out():
    with (DATA / "vicuna80" / "human_votes.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    items = {key: place for place, key in enumerate(dict.fromkeys(map(_pair, rows)))}
    place = {"model_a": 0.0, "model_b": 1.0, "tie": 2.0}
    people = (
        np.array([items[_pair(row)] for row in rows]),
        np.array([int(row["vote_no"]) for row in rows]),
        np.array([place[row["winner"]] for row in rows]),
    )
    coin = np.random.default_rng(0).integers(0, 2, len(items)).astype(float)
    places = np.arange(len(items))
    made = alternative_annotator_test(places, coin, *people, numeric=False, epsilon=0.15, sampling=NONE)
    assert (made.winning_rate, made.passes) == (1.0, True)
    found = shuffled_test(places, coin, *people, numeric=False, epsilon=0.15, fewest_items=30, sampling=NONE)
    assert found.passed == SHUFFLES


def _pair(row: dict[str, str]) -> tuple[str, str, str]:
    return row["question_id"], row["model_a"], row["model_b"]
