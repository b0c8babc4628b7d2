"""The sample project says what its README promises: complete, blind, and with systems that really differ."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import combinations, pairwise, product
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

import jurybox
from domain.choices import Choice, Outcome, Value
from domain.specs import CriterionSpec, Kind, Level, RubricSpec

SAMPLE = Path(jurybox.__file__).parent / "sample"
CATEGORIES = ("support", "explaining", "coding", "summarising", "reasoning", "writing")
WITH_REFERENCE = ("coding", "summarising", "reasoning")
SYSTEMS = ("Aster 2", "Birch 1", "Cedar mini", "Dune base")  # best first
CRITERIA = ("helpfulness", "correctness", "clarity")
NAMES = re.compile("|".join(rf"\b{system.split()[0]}\b" for system in SYSTEMS), re.IGNORECASE)


def read_lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLE / name).read_text(encoding="utf-8").splitlines()]


PROMPTS = {row["id"]: row for row in read_lines("prompts.jsonl")}
RESPONSES = {(row["prompt_id"], row["system"]): row for row in read_lines("responses.jsonl")}
RUBRICS = json.loads((SAMPLE / "rubrics.json").read_text(encoding="utf-8"))
HIDDEN = json.loads((SAMPLE / "quality.json").read_text(encoding="utf-8"))
QUALITY = {(row["prompt_id"], row["system"]): mean(row[key] for key in CRITERIA) for row in HIDDEN["quality"]}


def text_of(prompt: dict[str, Any]) -> str:
    return prompt["prompt"] if "prompt" in prompt else "\n".join(turn["content"] for turn in prompt["turns"])


def words_of(prompt: str, system: str) -> int:
    return len(RESPONSES[prompt, system]["response"].split())


def mean_words(system: str) -> float:
    return mean(words_of(prompt, system) for prompt in PROMPTS)


def rubric_spec(row: dict[str, Any]) -> RubricSpec:
    criteria = []
    for criterion in row["criteria"]:
        fields = criterion | {
            "kind": Kind(criterion["kind"]),
            "level": Level(criterion["level"]),
            "values": tuple(criterion["values"]),
            "anchors": {float(value): anchor for value, anchor in criterion["anchors"].items()},
            "outcomes": tuple(Outcome(outcome) for outcome in criterion["outcomes"]),
        }
        criteria.append(CriterionSpec(**fields))
    return RubricSpec(row["name"], row["instructions"], tuple(criteria))


def test_there_are_four_or_more_prompts_in_each_of_six_categories():
    assert len(PROMPTS) == len(read_lines("prompts.jsonl")) >= 24  # a repeated id would be lost in the mapping
    count = Counter(prompt["tags"][0] for prompt in PROMPTS.values())
    assert set(count) == set(CATEGORIES)
    assert min(count.values()) >= 4


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_a_prompt_is_a_text_or_a_conversation_that_ends_with_the_user(prompt):
    assert ("prompt" in prompt) != ("turns" in prompt)
    assert prompt["id"].startswith(prompt["tags"][0])
    if "turns" in prompt:
        roles = [turn["role"] for turn in prompt["turns"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
        assert len(roles) >= 3


def test_references_are_where_the_readme_promises_them():
    assert {prompt["tags"][0] for prompt in PROMPTS.values() if prompt.get("reference")} == set(WITH_REFERENCE)
    assert all(prompt.get("reference") for prompt in PROMPTS.values() if prompt["tags"][0] in WITH_REFERENCE)


def test_the_prompts_cover_the_kinds_of_text_a_page_must_show():
    tags = Counter(tag for prompt in PROMPTS.values() for tag in prompt["tags"])
    assert tags["multi-turn"] == sum("turns" in prompt for prompt in PROMPTS.values()) >= 3
    assert all(re.search("[\u0600-\u06ff]{3}", text_of(p)) for p in PROMPTS.values() if "arabic" in p["tags"])
    assert all(re.search(r"\$.+\$", text_of(p)) for p in PROMPTS.values() if "latex" in p["tags"])
    assert any("```" in text_of(p) for p in PROMPTS.values() if "coding" in p["tags"])
    assert min(tags["arabic"], tags["latex"], tags["table"], tags["json"]) >= 1


def test_every_system_answers_every_prompt_once_with_a_text_of_its_own():
    assert set(RESPONSES) == set(product(PROMPTS, SYSTEMS))
    assert len(read_lines("responses.jsonl")) == len(RESPONSES)
    assert len({row["response"] for row in RESPONSES.values()}) == len(RESPONSES)


def test_responses_are_of_readable_length_and_have_plausible_figures():
    assert [key for key in RESPONSES if not 20 <= words_of(*key) <= 250] == []
    for row in RESPONSES.values():
        assert 1 < len(row["response"]) / row["output_tokens"] < 8  # characters per token, Arabic included
        assert 100 < row["latency_ms"] < 60_000


def test_no_text_that_a_rater_sees_names_a_system():
    shown = [text_of(prompt) + prompt.get("reference", "") for prompt in PROMPTS.values()]
    shown += [row["response"] for row in RESPONSES.values()]
    shown += [pair["why"] for pair in HIDDEN["calibration"]]
    shown.append(json.dumps(RUBRICS))
    assert [found.group() for text in shown for found in NAMES.finditer(text)] == []


def test_the_best_system_keeps_every_word_limit():
    limits = {name: re.search(r"(?i)at most (\d+) words", text_of(prompt)) for name, prompt in PROMPTS.items()}
    over = {
        name: words_of(name, "Aster 2")
        for name, limit in limits.items()
        if limit and "json" not in PROMPTS[name]["tags"] and words_of(name, "Aster 2") > int(limit[1])
    }
    assert sum(limit is not None for limit in limits.values()) >= 5
    assert over == {}


def test_each_response_has_a_hidden_quality_on_the_scale():
    assert len(HIDDEN["quality"]) == len(RESPONSES)
    assert set(QUALITY) == set(RESPONSES)
    for row in HIDDEN["quality"]:
        assert set(row) == {"prompt_id", "system", *CRITERIA}
        assert all(1 <= row[key] <= 5 for key in CRITERIA)


def test_the_systems_are_of_clearly_different_quality_but_none_sweeps_the_board():
    overall = [mean(QUALITY[prompt, system] for prompt in PROMPTS) for system in SYSTEMS]
    assert all(better - worse >= 0.4 for better, worse in pairwise(overall))
    wins = Counter(max(SYSTEMS, key=lambda system: QUALITY[prompt, system]) for prompt in PROMPTS)
    assert min(wins[system] for system in SYSTEMS) >= 2
    assert wins["Aster 2"] <= 2 / 3 * len(PROMPTS)


def test_length_does_not_follow_quality():
    assert max(SYSTEMS, key=mean_words) == "Birch 1"
    assert mean_words("Dune base") > mean_words("Aster 2") > mean_words("Cedar mini")
    wins: Counter[str] = Counter()  # of a rater who always prefers the longer response
    for prompt, pair in product(PROMPTS, combinations(SYSTEMS, 2)):
        wins[max(pair, key=lambda system: words_of(prompt, system))] += 1
    assert max(wins, key=wins.__getitem__) == "Birch 1"
    assert wins["Dune base"] > wins["Cedar mini"]


def test_the_rubrics_fit_the_specs():
    direct, pairs = (rubric_spec(row) for row in RUBRICS)
    assert direct.kind is Kind.SCORE
    assert tuple(criterion.key for criterion in direct.criteria) == CRITERIA
    for criterion in direct.criteria:
        assert {1.0, 3.0, 5.0} <= set(criterion.anchors) <= set(criterion.values)
        assert [criterion.problem_with(Value(number)) for number in (1, 2, 3, 4, 5)] == [None] * 5
        assert criterion.problem_with(Value(6)) is not None
    (preference,) = pairs.criteria
    assert preference.outcomes == (Outcome.A, Outcome.B, Outcome.TIE, Outcome.BOTH_BAD)
    assert preference.problem_with(Choice(Outcome.B, strength=2)) is None
    assert preference.problem_with(Choice(Outcome.B, strength=3)) is not None


def test_calibration_pairs_are_certain_and_do_not_give_a_side_away():
    pairs = HIDDEN["calibration"]
    assert len(pairs) == len({pair["prompt_id"] for pair in pairs}) == 6
    assert {pair["outcome"] for pair in pairs} == {"A", "B", "both_bad"}
    for pair in pairs:
        quality_a, quality_b = (QUALITY[pair["prompt_id"], pair[side]] for side in ("system_a", "system_b"))
        gap = {"A": quality_a - quality_b, "B": quality_b - quality_a, "both_bad": 3 - max(quality_a, quality_b)}
        assert gap[pair["outcome"]] >= (0.5 if pair["outcome"] == "both_bad" else 2)
        assert not re.search(r"\b[AB]\b|\b(left|on the right|first|second)\b", pair["why"])
        assert pair["why"].count(".") == 1  # one sentence
