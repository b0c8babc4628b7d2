"""pass@k from ratings of several answers."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import Undefined
from analysis.ratings.attempts import pass_at
from analysis.ratings.parts import parts_of
from tests.analysis.builders import coded
from tests.analysis.ratings.make import part, rated


def passes(made, k):
    return pass_at(made, 0, k).value


def attempts(*prompts: str):
    """``prompts`` are outcomes such as "1001", one digit an answer."""
    rows = [(f"p{i}", "x", "tests", float(o)) for i, outcomes in enumerate(prompts) for o in outcomes]
    ratings = replace(rated(rows), item=coded([f"answer {n}" for n in range(len(rows))]))
    return parts_of(ratings)[0]


@given(st.lists(st.text("01", min_size=1, max_size=6), min_size=1, max_size=6), st.integers(1, 4))
def test_it_is_the_share_of_choices_of_k_answers_with_a_pass(prompts, k):
    shares = []
    for outcomes in prompts:
        chosen = list(combinations(outcomes, k))
        if chosen:
            shares.append(sum("1" in one for one in chosen) / len(chosen))
    if not shares:
        with pytest.raises(Undefined, match=f"no prompt has {k} answers"):
            pass_at(attempts(*prompts), 0, k)
        return
    found = pass_at(attempts(*prompts), 0, k)
    assert found.value == pytest.approx(np.mean(shares))
    assert found.conventions["prompts_with_fewer_answers"] == str(len(prompts) - len(shares))


def test_many_answers_do_not_overflow():
    found = pass_at(attempts("1" * 3 + "0" * 197), 0, 100)
    assert found.value == pytest.approx(1 - comb(197, 100) / comb(200, 100))
    assert found.method == "none: one cluster"


def test_more_tries_never_pass_less_often():
    made = attempts("1000", "0100", "0000", "1111")
    values = [passes(made, k) for k in (1, 2, 3, 4)]
    assert values == sorted(values)
    assert values == pytest.approx([6 / 16, (0.5 + 0.5 + 0 + 1) / 4, (0.75 + 0.75 + 0 + 1) / 4, 0.75])


def test_what_is_neither_pass_nor_failure_is_refused():
    with pytest.raises(Undefined, match="1 for a pass"):
        pass_at(part([("p", "x", "r", 3)]), 0, 1)
    with pytest.raises(Undefined, match="choose one rater"):
        pass_at(part([("p", "x", "r", 1), ("p", "x", "s", 0)]), 0, 1)
    with pytest.raises(ValueError, match="at least 1"):
        pass_at(attempts("1"), 0, 0)
