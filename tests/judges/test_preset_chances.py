"""Numbers out of the probabilities of tokens: expected scores and preferences, or why there are none."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.choices import Reason
from judges.presets import PRESETS
from judges.providers.base import Token
from judges.replies import read_reply
from tests.judges.protocols import LISTED, TIE, A, B, protocol_of, rubric_of


def tokens(*said: str, top: dict[str, float]) -> tuple[Token, ...]:
    """Tokens of which the last has these alternatives."""
    *before, last = said
    likely = tuple((text, math.log(chance)) for text, chance in top.items())
    return (*(Token(text, -0.1, ()) for text in before), Token(last, math.log(top.get(last, 0.001)), likely))


def weighed(name: str, text: str, probs: tuple[Token, ...]) -> Any:
    return read_reply(
        text, protocol=protocol_of(name), rubric=rubric_of(name), preset=PRESETS[name], labels=LISTED, tokens=probs
    )


def test_a_score_is_the_mean_of_its_distribution_without_the_tail():
    probs = tokens("Fine.\nScore", ":", " 4", top={" 4": 0.6, " 5": 0.2, "3": 0.1, "4": 0.05, "2": 0.009, "x": 0.03})
    reading = weighed("g-eval", "Fine.\nScore: 4", probs)
    assert reading.answers["coherence"].number == pytest.approx((3 * 0.1 + 4 * 0.65 + 5 * 0.2) / 0.95)
    assert reading.chances["coherence"] == pytest.approx({"3": 0.1 / 0.95, "4": 0.65 / 0.95, "5": 0.2 / 0.95})


@given(st.dictionaries(st.sampled_from(["1", "2", "3", "4", "5", "6", "0"]), st.floats(0.02, 1.0), min_size=1))
def test_an_expected_score_lies_on_the_scale_and_its_chances_sum_to_one(top):
    share = {text: weight / sum(top.values()) for text, weight in top.items()}
    reading = weighed("g-eval", "Score: 4", tokens("Score:", "4", top={"4": 0.5} | share))
    assert 1 <= reading.answers["coherence"].number <= 5
    assert math.fsum(reading.chances["coherence"].values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("probs", "words"),
    [
        ((), "sent no log-probs"),
        (tokens("Score", ": 4", top={": 4": 1.0}), "not a token of its own"),
        (tokens("Score:", "3", top={"3": 1.0}), "not a token of its own"),
        (tokens("Score:", "4", top={"six": 1.0}), "one in a hundred"),
    ],
)
def test_a_score_without_its_probabilities_is_no_score(probs, words):
    answers = weighed("g-eval", "Score: 4", probs).answers
    assert answers.reason is Reason.UNREADABLE
    assert words in answers.detail


@pytest.mark.parametrize(
    ("said", "top", "outcome", "share"),
    [
        ("m", {"m": 0.6, "M": 0.2, "n": 0.1}, A, 0.75),
        ("m", {"m": 0.2, "M": 0.6}, B, 0.25),
        ("M", {"m": 0.4, "M": 0.4}, TIE, 0.5),
        ("m", {"m": 0.5, " m": 0.1, "M": 0.2}, A, 0.75),
        ("m", {"m": 0.9}, A, 1.0),
    ],
)
def test_a_preference_is_the_share_of_the_first_label(said, top, outcome, share):
    reading = weighed("alpaca-eval-2", said, tokens(said, top=top))
    assert reading.answers == {"preference": replace(outcome, chance=pytest.approx(share))}
    assert reading.chances["preference"] == pytest.approx({"A": share, "B": 1 - share})


def test_a_preference_without_probabilities_is_none():
    assert weighed("alpaca-eval-2", "m", ()).answers.reason is Reason.UNREADABLE


def test_a_preference_turned_round_is_its_complement():
    top = {"m": 0.37, "M": 0.21}
    straight = weighed("alpaca-eval-2", "m", tokens("m", top=top)).chances["preference"]
    turned = weighed("alpaca-eval-2", "m", tokens("m", top={"m": top["M"], "M": top["m"]})).chances["preference"]
    assert straight["A"] == pytest.approx(turned["B"])
