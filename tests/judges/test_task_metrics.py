"""TER, token F1, pass@k and perplexity: published values, enumeration, and no number where there is none."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.choices import Reason, Unscored, Value
from judges.metrics import METRICS
from judges.metrics.matching import tokens_of
from judges.metrics.recorded import pass_at_k


def score(key, response="", reference=None, metadata=None, **params):
    result = METRICS[key].score(response, reference, params, metadata)
    return result.number if isinstance(result, Value) else result.reason


# --- token F1 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("response", "reference", "expected"),
    [
        ("The Eiffel Tower.", "eiffel tower", 1.0),  # case, full stop and article do not count
        ("in the 10th century", "10th and 11th centuries", 2 / 7),  # one of 3 and of 4 tokens is shared
        ("a cat a cat", "cat", 2 / 3),  # bags: the second cat is one too many
        ("Denver Broncos", "Carolina Panthers", 0.0),
        ("the", "a", 1.0),  # nothing is left of either
        ("", "cat", 0.0),
        ("Straße", "STRASSE", 1.0),
        ("¿Dónde está?", "dónde está", 1.0),
        ("北京市", "北京", 4 / 5),  # characters of a script without spaces: 2 of 3 and of 2
        ("ＡＢＣ", "abc", 1.0),  # full width
    ],
)
def test_token_f1_by_hand(response, reference, expected):
    assert score("token_f1", response, reference) == pytest.approx(expected)


def test_articles_of_other_languages_are_words():
    assert score("token_f1", "a casa", "casa", articles="none") == pytest.approx(2 / 3)
    assert tokens_of("L'été à Paris", "none") == ["lété", "à", "paris"]


def squad_f1(response: str, reference: str) -> float:
    """The published definition on ASCII, written out: https://rajpurkar.github.io/SQuAD-explorer."""
    import re
    import string
    from collections import Counter

    def normal(text: str) -> list[str]:
        text = "".join(c for c in text.lower() if c not in string.punctuation)
        return re.sub(r"\b(a|an|the)\b", " ", text).split()

    a, b = normal(response), normal(reference)
    if not a or not b:
        return float(a == b)
    same = sum((Counter(a) & Counter(b)).values())
    return 2 * same / (len(a) + len(b))


@given(*[st.text(st.sampled_from("aTth e,.!-ncx12"), max_size=30)] * 2)
def test_token_f1_is_that_of_squad_on_ascii(response, reference):
    if reference.strip():
        assert score("token_f1", response, reference) == pytest.approx(squad_f1(response, reference))


@given(*[st.text(max_size=30)] * 2)
def test_token_f1_is_symmetric_and_a_share(response, reference):
    if response.strip() and reference.strip():
        there, back = score("token_f1", response, reference), score("token_f1", reference, response)
        assert there == back
        assert 0 <= there <= 1


# --- TER ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("response", "reference", "expected"),
    [
        ("the cat is on the mat", "the cat is on the mat", 0.0),
        ("the cat sat on the mat", "the cat is on the mat", 100 / 6),  # one word replaced of six
        ("on the mat the cat is", "the cat is on the mat", 100 / 6),  # one shift of a phrase
        ("the cat", "the cat is on the mat", 400 / 6),
        ("", "the cat", 100.0),
        # Snover et al. (2006), section 2: one shift, one replacement, two insertions over 13 words of the reference
        (
            "THIS WEEK THE SAUDIS denied information published in the new york times",
            "SAUDI ARABIA denied THIS WEEK information published in the AMERICAN new york times",
            400 / 13,
        ),
    ],
)
def test_ter_counts_edits_per_word_of_the_reference(response, reference, expected):
    assert score("ter", response, reference) == pytest.approx(expected)


def test_ter_takes_the_options_of_sacrebleu():
    assert score("ter", "The cat", "the cat") == 0
    assert score("ter", "The cat", "the cat", case_sensitive=True) == 50
    assert score("ter", "cat!", "cat", no_punct=True, normalized=True) == 0


def test_segments_are_those_of_the_command_of_sacrebleu(tmp_path: Path):
    """The program scores a corpus: of one segment, it is the segment (BLEU without effective order differs)."""
    response, reference = "the cat sat on the mat today", "the cat is on the mat"
    (tmp_path / "ref").write_text(reference + "\n")
    (tmp_path / "out").write_text(response + "\n")
    command = [sys.executable, "-m", "sacrebleu", str(tmp_path / "ref"), "-i", str(tmp_path / "out")]
    done = subprocess.run(
        [*command, "-m", "bleu", "chrf", "ter", "-w", "6"], capture_output=True, text=True, check=True
    )
    for found in json.loads(done.stdout):
        key = found["name"].lower().replace("chrf2", "chrf")
        assert score(key, response, reference) == pytest.approx(found["score"], abs=1e-5)


def test_a_text_too_long_for_ter_is_unscored():
    assert score("ter", "word " * 201, "word") is Reason.UNREADABLE
    assert score("ter", "w" * 10_000, "word") is Reason.UNREADABLE


def test_a_low_ter_and_perplexity_are_good():
    assert not METRICS["ter"].criterion.higher_is_better
    assert not METRICS["perplexity"].criterion.higher_is_better


# --- pass@k -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "c"), [(n, c) for n in range(1, 8) for c in range(n + 1)])
def test_pass_at_k_is_the_share_of_choices_of_k_with_a_pass(n, c):
    outcomes = [1] * c + [0] * (n - c)
    for k in range(1, n + 1):
        chosen = list(combinations(outcomes, k))
        assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, chosen)) / len(chosen))


@given(st.integers(1, 200), st.data())
def test_pass_at_k_is_the_formula_of_chen_and_others(n, data):
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    expected = 1 - math.comb(n - c, k) / math.comb(n, k)
    assert pass_at_k(n, c, k) == pytest.approx(expected, abs=1e-12)
    assert pass_at_k(n, c, 1) == pytest.approx(c / n)


@pytest.mark.parametrize(("n", "c", "k"), [(0, 0, 1), (3, 4, 1), (3, -1, 1), (3, 1, 0), (3, 1, 4)])
def test_pass_at_k_beyond_the_attempts_does_not_exist(n, c, k):
    with pytest.raises(ValueError, match="does not exist"):
        pass_at_k(n, c, k)


@pytest.mark.parametrize(
    ("recorded", "k", "expected"),
    [
        ([True, False, False], 1, 1 / 3),
        ([1, 0, 0, 1.0], 2, 1 - 1 / 6),
        ({"n": 10, "c": 3}, 5, 1 - 21 / 252),
        ({"n": 10, "c": 0}, 10, 0.0),
        ([True, False], 3, Reason.UNREADABLE),  # too few attempts
        ([], 1, Reason.UNREADABLE),
        ([True, "yes"], 1, Reason.UNREADABLE),
        ({"n": 2, "c": 3}, 1, Reason.UNREADABLE),
        ({"n": True, "c": True}, 1, Reason.UNREADABLE),
        ("passed", 1, Reason.UNREADABLE),
        (None, 1, Reason.NOT_GIVEN),
    ],
)
def test_recorded_outcomes_give_pass_at_k_or_a_reason(recorded, k, expected):
    found = score("pass_at_k", metadata={"outcomes": recorded}, k=k)
    assert found is expected if isinstance(expected, Reason) else found == pytest.approx(expected)


def test_the_field_of_the_outcomes_can_be_named():
    assert score("pass_at_k", metadata={"tests": [1]}, field="tests") == 1
    result = METRICS["pass_at_k"].score("", None, {"field": "tests"}, {})
    assert isinstance(result, Unscored)
    assert "'tests'" in result.detail


# --- perplexity ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recorded", "params", "expected"),
    [
        ([math.log(0.5)] * 4, {}, 2.0),  # every token as a coin
        ([-1.0, -2.0, -3.0], {"base": "2"}, 4.0),
        ([-1.0, -3.0], {"base": "10"}, 100.0),
        ([0, 0], {}, 1.0),
        ([1e-9], {}, 1.0),  # rounding above certainty
        ([{"token": "a", "logprob": -1.0}, {"token": "b", "logprob": -3.0}], {}, math.e**2),
        ({"content": [{"logprob": -2.0}]}, {}, math.e**2),
        ([], {}, Reason.NOT_GIVEN),
        (None, {}, Reason.NOT_GIVEN),
        ([-1.0, None], {}, Reason.UNREADABLE),  # a hole is no certainty
        ([-1.0, 0.5], {}, Reason.UNREADABLE),
        ([-1.0, float("-inf")], {}, Reason.UNREADABLE),
        ([True], {}, Reason.UNREADABLE),
        ([-1e6], {}, Reason.UNREADABLE),
        ("-1", {}, Reason.UNREADABLE),
    ],
)
def test_recorded_log_probabilities_give_perplexity_or_a_reason(recorded, params, expected):
    found = score("perplexity", metadata={"logprobs": recorded}, **params)
    assert found is expected if isinstance(expected, Reason) else found == pytest.approx(expected)


@given(st.lists(st.floats(-20, 0), min_size=1, max_size=30))
def test_perplexity_does_not_depend_on_the_base(logs):
    plain = score("perplexity", metadata={"logprobs": logs})
    bits = score("perplexity", metadata={"logprobs": [log / math.log(2) for log in logs]}, base="2")
    assert bits == pytest.approx(plain)
