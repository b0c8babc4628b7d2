"""The harness counts right, and every study runs."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from analysis.data import Floats
from analysis.errors import Undefined, Why
from tests.coverage.harness import Recovery, Study, held, measure, recover, table
from tests.coverage.known import KNOWN
from tests.coverage.run import ALL, main
from tests.coverage.studies import RECOVERIES, STUDIES


def mean_holds(rng: np.random.Generator, *, half: float) -> Floats:
    """Is zero within the mean of 25 standard normals, give or take ``half`` standard errors?"""
    return np.array([float(abs(rng.normal(0, 1, 25).mean()) * 5 <= half)])


def test_an_honest_interval_is_as_stated_and_a_narrow_one_is_not():
    honest, narrow, admitted = (
        measure(Study("mean", f"{half} {known}", partial(mean_holds, half=half), 2000, known=known))
        for half, known in ((1.96, None), (1.645, None), (1.645, 0.9))
    )
    assert (honest.is_as_stated, honest.verdict) == (True, "as stated")
    assert (narrow.is_as_stated, narrow.verdict) == (False, "below")
    assert (admitted.is_as_stated, admitted.verdict) == (True, "below")
    assert narrow.share == pytest.approx(0.9, abs=0.03)
    assert honest.error == pytest.approx(math.sqrt(0.95 * 0.05 / 2000))


def test_what_is_known_to_be_wide_may_not_turn_narrow():
    assert not measure(Study("mean", "said wide", partial(mean_holds, half=1.645), 2000, known=1.0)).is_as_stated


def test_what_has_no_interval_counts_on_neither_side():
    def some(rng: np.random.Generator) -> Floats:
        return np.array([1.0, math.nan]) if rng.random() < 0.5 else np.array([math.nan, math.nan])

    found = measure(Study("some", "", some, 400))
    assert found.share == 1.0
    assert found.missing == pytest.approx(0.75, abs=0.05)
    assert found.trials == pytest.approx(200, abs=40)
    assert not measure(Study("none", "", lambda _: np.array([math.nan]), 5)).is_as_stated


def test_what_the_data_cannot_give_is_missing_too():
    def undefined(_: np.random.Generator) -> Floats:
        raise Undefined(Why.EMPTY, "nothing")

    assert measure(Study("undefined", "", undefined, 5)).missing == 1.0


@pytest.mark.parametrize(("lower", "upper", "hit"), [(0.1, 0.3, 1.0), (0.21, 0.3, 0.0), (0.2, 0.2, 1.0)])
def test_an_interval_holds_the_truth_within_its_ends(lower, upper, hit):
    assert held(lower, upper, 0.2) == hit


@pytest.mark.parametrize("end", [None, math.nan])
def test_no_interval_is_neither_hit_nor_miss(end):
    assert math.isnan(held(end, end, 0.2))


def test_numbers_drawn_depend_on_the_name_only():
    once, again, other = (
        measure(Study("mean", said, partial(mean_holds, half=1.0), 300)).share for said in ("x", "x", "y")
    )
    assert once == again != other
    names = {one.name for one in ALL}
    assert len(names) == len(ALL)
    assert set(KNOWN) <= names


def test_a_recovery_knows_bias_from_noise():
    def errors(rng: np.random.Generator, *, off: float) -> Floats:
        return rng.normal(off, 1, 50)

    right, wrong = (recover(Recovery("mean", f"{off}", partial(errors, off=off), 0.05, 1.2)) for off in (0.0, 0.4))
    assert (right.is_as_stated, wrong.is_as_stated) == (True, False)
    assert wrong.bias == pytest.approx(0.4, abs=0.05)
    assert right.root_mean_square == pytest.approx(1.0, abs=0.05)
    assert not recover(Recovery("mean", "noisy", partial(errors, off=0.0), 0.05, 0.9)).is_as_stated


def test_the_table_has_a_line_for_each():
    shares = [measure(Study("mean", "25 items", partial(mean_holds, half=1.96), 50))]
    distances = [recover(Recovery("mean", "25 items", lambda rng: rng.normal(0, 1, 5), 1.0, 2.0), 20)]
    lines = table(shares, distances).splitlines()
    assert sum(line.startswith("| mean | 25 items |") for line in lines) == 2
    assert {line.count("|") for line in lines if line} == {9, 6}


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_every_study_draws_hits_and_misses(study):
    hits = study.trial(np.random.default_rng(1))
    assert len(hits)
    assert set(hits[~np.isnan(hits)].tolist()) <= {0.0, 1.0}


@pytest.mark.parametrize("recovery", RECOVERIES, ids=lambda recovery: recovery.name)
def test_every_recovery_draws_errors(recovery):
    assert np.isfinite(recovery.trial(np.random.default_rng(1))).all()


def test_the_command_prints_what_was_asked_for(capsys):
    assert main("permutation test, false alarms: 8 items") == 0
    assert "| permutation test, false alarms | 8 items | 0.05 |" in capsys.readouterr().out
