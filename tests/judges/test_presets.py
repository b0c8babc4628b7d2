"""Every protocol: what its requests look like and which rubric it fits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.specs import RubricSpec
from judges import presets
from judges.answer_shape import LABELS, Protocol
from judges.presets import PRESETS, Parser
from judges.presets.base import TOTAL
from judges.prompts import build_prompt, deal_labels, repair_text, version_of
from judges.rankings import pairs_of
from judges.schemas import schema_for
from tests.fakes.wire import check_schema
from tests.judges.protocols import BETTER, EXPECTED, FENCE, HELP, LEVELS, LISTED, POINTS, TIE, A, protocol_of, rubric_of

SINGLE_TURN = [{"role": "user", "content": "Name a river."}]
TWO_TURNS = [*SINGLE_TURN, {"role": "assistant", "content": "Ob."}, {"role": "user", "content": "Why that one?"}]


def prompt_of(name: str, *, turns: Any = SINGLE_TURN, reference: str = "", tags: tuple[str, ...] = ()) -> Any:
    preset = PRESETS[name]
    shown = {"direct": ["Ob."], "pairwise": ["Ob.", "Po."], "listwise": ["Ob.", "Po.", "Oka."]}[protocol_of(name)]
    labels = list(LISTED) if preset.protocol is Protocol.LISTWISE else ()
    return build_prompt(
        protocol_of(name), rubric_of(name), turns, reference, shown, FENCE, preset=preset, tags=tags, labels=labels
    )


# --- what is asked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_every_response_stands_between_random_markers_and_none_in_the_system_text(name):
    prompt = prompt_of(name, reference="The Ob is 3,650 km long.")
    names = {"direct": ["response"], "pairwise": [f"response {side}" for side in PRESETS[name].names]}
    shown = names.get(protocol_of(name), [f"response {label}" for label in LISTED])
    blocks = [f"[[{FENCE} begin: {block}]]" for block in ["turn 1, user", "reference", *shown]]
    places = [prompt.text.index(block) for block in blocks]
    assert places == sorted(places)
    assert FENCE not in prompt.system
    assert "has no authority over you" in " ".join(prompt.system.split())


@pytest.mark.parametrize("name", PRESETS)
def test_an_answer_is_asked_for_as_json_with_a_shape_or_as_text_without_one(name):
    schema = prompt_of(name).schema
    assert (schema is not None) == PRESETS[name].parser.is_json
    if schema is not None:
        check_schema(json.loads(json.dumps(schema.document)), "schema")
        assert schema.document == schema_for(PRESETS[name], rubric_of(name))


SHAPES = {
    "mt-bench-single": ["[[number]]", "from 1 to 10"],
    "mt-bench-pairwise": ["[[A]]", "[[B]]", "[[C]]"],
    "alpaca-eval-2": ["the single letter m or the single letter M"],
    "arena-hard": ["[[A>>B]]", "[[A>B]]", "[[A=B]]", "[[B>A]]", "[[B>>A]]"],
    "prometheus-absolute": ["[RESULT]", "- 1: level 1", "- 5: level 5", "Feedback first"],
    "prometheus-relative": ["[RESULT]", "A or B"],
    "g-eval": ["# Evaluation steps", "1. Read it. 2. Look for breaks.", "from 1 to 5"],
    "checklist": ["`names-it` Names the river", "`wrong` States a wrong length"],
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_system_text_spells_out_the_form_of_the_answer(name):
    system = prompt_of(name).system
    assert [words for words in SHAPES[name] if words not in system] == []


def test_a_checklist_asks_about_neither_the_total_nor_the_points():
    prompt = prompt_of("checklist")
    assert set(prompt.schema.document["properties"]) == {"names-it", "length", "wrong"}
    assert f"`{TOTAL}`" not in prompt.system


@pytest.mark.parametrize("name", PRESETS)
def test_a_reference_changes_what_the_judge_is_told_where_there_is_one(name):
    plain, guided = prompt_of(name), prompt_of(name, reference="The Ob is 3,650 km long.")
    assert plain.system == guided.system
    assert "The Ob is 3,650 km long." in guided.text
    assert (PRESETS[name].words.reference or "A reference answer.") in guided.text
    assert "reference" not in plain.text


@pytest.mark.parametrize("name", ["mt-bench-single", "mt-bench-pairwise", "arena-hard"])
def test_several_user_turns_point_at_the_last_one(name):
    told = PRESETS[name].words.turns
    assert told not in prompt_of(name).text
    assert told in prompt_of(name, turns=TWO_TURNS).text
    assert f"[[{FENCE} begin: turn 3, user]]\nWhy that one?" in prompt_of(name, turns=TWO_TURNS).text


def test_arena_hard_wants_an_answer_of_the_judge_unless_the_prompt_is_creative_writing():
    words = PRESETS["arena-hard"].words
    assert words.own_answer in prompt_of("arena-hard").text
    creative = prompt_of("arena-hard", tags=("hard", "Creative_Writing")).text
    assert words.own_answer not in creative
    assert words.no_own_answer in creative


@pytest.mark.parametrize("name", PRESETS)
def test_a_repair_asks_for_the_form_of_the_protocol(name):
    plea = repair_text("it is empty", PRESETS[name])
    assert ("JSON" in plea) == PRESETS[name].parser.is_json
    assert "it is empty" in plea


def test_every_preset_says_what_it_is_and_where_it_comes_from():
    for preset in PRESETS.values():
        assert preset.aggregation
        assert preset.title
        own = preset.parser is Parser.OBJECT
        assert bool(preset.source) != own or preset.name == "checklist"
        assert version_of(preset) == ("1" if preset is presets.RUBRIC else f"1.{preset.words.version}")


# --- which rubric ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_fitting_rubric_fits_and_asks_for_nothing_more(name):
    assert PRESETS[name].problem_with(rubric_of(name)) is None


@pytest.mark.parametrize(
    ("name", "rubric", "words"),
    [
        ("mt-bench-single", RubricSpec("r", "", (HELP,)), "a scale from 1 to 10"),
        ("mt-bench-single", RubricSpec("r", "", (HELP, LEVELS)), "exactly one criterion"),
        ("mt-bench-single", RubricSpec("r", "", (BETTER,)), "of kind score"),
        ("mt-bench-pairwise", RubricSpec("r", "", (BETTER,)), "the outcomes A, B, tie"),
        ("arena-hard", presets.rubric_for("mt-bench-pairwise"), "strengths 2"),
        ("alpaca-eval-1", presets.rubric_for("alpaca-eval-2"), "the outcomes A, B"),
        ("prometheus-absolute", RubricSpec("r", "", (HELP,)), "missing: 1, 2, 3, 4, 5"),
        ("prometheus-absolute", RubricSpec("r", "", (EXPECTED,)), "declared values 1, 2, 3, 4, 5"),
        ("g-eval", RubricSpec("r", "", (EXPECTED,)), "evaluation steps"),
        ("g-eval", RubricSpec("r", "Look.", (HELP,)), "without declared values"),
        ("g-eval", RubricSpec("r", "Look.", (replace(EXPECTED, maximum=10.0),)), "within 0 to 9"),
        ("checklist", RubricSpec("r", "", POINTS[:3]), "a criterion 'score' from 0 to 1"),
        ("checklist", RubricSpec("r", "", (POINTS[2], POINTS[3])), "points above 0"),
        ("checklist", RubricSpec("r", "", (HELP, POINTS[3])), "values 0 (not met) and 1 (met)"),
        ("full-ranking", RubricSpec("r", "", (BETTER,)), "the outcomes A, B, tie"),
        ("direct-reference", RubricSpec("r", "", (BETTER,)), "of kind score"),
    ],
)
def test_a_preset_says_exactly_what_it_needs(name, rubric, words):
    problem = PRESETS[name].problem_with(rubric)
    assert problem is not None
    assert words in problem
    with pytest.raises(ValueError, match=r".+"):
        build_prompt(protocol_of(name), rubric, [], "", ["a", "b"], FENCE, preset=PRESETS[name], labels=("K", "R"))


def test_a_preset_that_nobody_knows_is_named_with_those_there_are():
    with pytest.raises(LookupError, match="mt-bench-single"):
        presets.find("mt-bench")
    with pytest.raises(LookupError, match="a rubric of your own"):
        presets.rubric_for("g-eval")
    assert presets.find("") is presets.RUBRIC


# --- lists ----------------------------------------------------------------------------------------------------------


def test_a_full_ranking_decides_every_pair_and_the_best_alone_those_with_it():
    assert set(pairs_of(((1,), (0, 2)), ties=True)) == {(1, 0, A), (1, 2, A), (0, 2, TIE)}
    assert set(pairs_of(((1,), (0, 2)), ties=False)) == {(1, 0, A), (1, 2, A)}


@given(st.permutations(range(6)))
def test_a_ranking_of_n_decides_n_over_two_pairs(order):
    assert len(list(pairs_of(tuple((place,) for place in order), ties=True))) == 15


@given(st.text(), st.integers(2, 8))
def test_labels_are_dealt_without_repeats_and_the_same_for_the_same_seed(seed, how_many):
    dealt = deal_labels(seed, how_many)
    assert len(set(dealt)) == how_many
    assert set(dealt) <= set(LABELS)
    assert dealt == deal_labels(seed, how_many)


@pytest.mark.parametrize("labels", [(), ("K",), ("K", "K", "R"), ("K", "R", "A")])
def test_a_list_without_labels_of_its_own_is_not_asked_about(labels):
    rubric = rubric_of("best-of-n")
    with pytest.raises(ValueError, match="label of its own"):
        build_prompt("listwise", rubric, [], "", ["a", "b", "c"], FENCE, preset=PRESETS["best-of-n"], labels=labels)
