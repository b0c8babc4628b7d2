"""Corpus figures: those of sacrebleu's program, over prompts with a reference, prompts resampled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from judges.corpora import BadCorpus, corpus_figures
from judges.metrics.corpus import CORPUS_METRICS, Segment, corpus_score
from tests.factories import make_project, make_prompt, make_response

PAIRS = [
    ("the cat sat on the mat today", "the cat is on the mat"),
    ("hello big world", "hello world"),
    ("a b c d e f", "a b c d e f g"),
    ("quite another text", "nothing in common here"),
]
SEGMENTS = [Segment(place, *pair) for place, pair in enumerate(PAIRS)]


def test_the_figures_are_those_of_the_program(tmp_path: Path):
    for name, side in (("out", 0), ("ref", 1)):
        (tmp_path / name).write_text("".join(pair[side] + "\n" for pair in PAIRS))
    command = [sys.executable, "-m", "sacrebleu", str(tmp_path / "ref"), "-i", str(tmp_path / "out")]
    done = subprocess.run(
        [*command, "-m", "bleu", "chrf", "ter", "-w", "6"], capture_output=True, text=True, check=True
    )
    theirs = {found["name"].lower().replace("chrf2", "chrf"): found for found in json.loads(done.stdout)}
    for key in CORPUS_METRICS:
        ours = corpus_score(key, SEGMENTS, rounds=10)
        assert ours.value == pytest.approx(theirs[key]["score"], abs=1e-5)
        assert ours.signature == theirs[key]["signature"]


@pytest.mark.parametrize("key", CORPUS_METRICS)
def test_the_interval_is_that_of_resampled_prompts(key):
    """Twice the same responses to the same prompts say nothing new: value and interval stay."""
    once, twice = corpus_score(key, SEGMENTS), corpus_score(key, SEGMENTS * 2)
    assert (twice.n_segments, twice.n_prompts) == (8, 4)
    assert twice.value == pytest.approx(once.value)
    assert (twice.lower, twice.upper) == pytest.approx((once.lower, once.upper))
    assert [once.lower, once.value, once.upper] == sorted([once.lower or 0, once.value or 0, once.upper or 0])
    assert corpus_score(key, SEGMENTS, seed=0) == once


def test_a_corpus_figure_is_no_mean_of_segments():
    """TER by hand: 2 + 1 + 1 + 4 edits over 6 + 2 + 7 + 4 words of the references."""
    assert corpus_score("ter", SEGMENTS).value == pytest.approx(100 * 8 / 19)


def test_one_prompt_has_no_interval_and_none_no_value():
    alone = corpus_score("chrf", SEGMENTS[:1])
    assert (alone.lower, alone.method) == (None, "none: one prompt")
    assert alone.value is not None
    empty = corpus_score("bleu", [])
    assert (empty.value, empty.reason) == (None, "no response has a reference")
    with pytest.raises(ValueError, match="one of bleu, chrf, ter"):
        corpus_score("rouge", SEGMENTS)


@pytest.fixture
def project():
    project = make_project(slug="texts")
    for place, (response, reference) in enumerate(PAIRS):
        prompt = make_prompt(project, reference=reference)
        make_response(prompt=prompt, system="Ash", content=response)
        make_response(prompt=prompt, system="Birch", content="word " * 300 if place == 0 else reference)
    make_response(prompt=make_prompt(project), system="Ash", content="nobody knows what this should be")
    return project


@pytest.mark.django_db
def test_what_cannot_enter_is_counted(project):
    found = {(one.score.metric, one.system): one for one in corpus_figures(project, ["bleu", "ter"])}
    assert found["bleu", "Ash"].score.value == pytest.approx(corpus_score("bleu", SEGMENTS).value)
    assert (found["bleu", "Ash"].left_out, found["bleu", "Birch"].left_out) == (1, 0)
    assert (found["ter", "Birch"].too_long, found["ter", "Birch"].score.value) == (1, 0.0)


@pytest.mark.django_db
def test_the_command_prints_one_document(project, capsys):
    call_command("judge", "texts", corpus="bleu,chrf", json=True)
    document = json.loads(capsys.readouterr().out)
    assert [(one["metric"], one["system"]) for one in document] == [
        *(("bleu", "Ash"), ("bleu", "Birch"), ("chrf", "Ash"), ("chrf", "Birch"))
    ]
    call_command("judge", "texts", corpus="ter")
    assert "Birch" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize("names", ["beauty", "bleu,rouge", ","])
def test_other_figures_do_not_exist(project, names):
    with pytest.raises(BadCorpus, match="corpus figures are bleu, chrf, ter"):
        corpus_figures(project, [name for name in names.split(",") if name])
    with pytest.raises(CommandError, match="corpus figures are"):
        call_command("judge", "texts", corpus=names)
