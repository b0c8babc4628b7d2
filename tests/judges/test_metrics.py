"""Metrics: known values, the scale, and no number where there is none."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from domain.choices import Reason, Unscored, Value
from judges.metrics import METRICS

CAT, REFERENCE = "the cat sat on the mat", "the cat is on the mat"
NEEDED: dict[str, dict[str, object]] = {"regex": {"pattern": "c.t"}, "json_schema": {"schema": {"type": "object"}}}
RECORDED = {"outcomes": [True, False], "logprobs": [-0.1, -2.5]}
OF_TEXTS = [key for key in METRICS if key != "bertscore"]  # which needs a model: test_bertscore.py


def score(key: str, response: str, reference: str | None = None, **params: object) -> object:
    result = METRICS[key].score(response, reference, params)
    return result.number if isinstance(result, Value) else result.reason


@pytest.mark.parametrize(
    ("key", "response", "reference", "expected"),
    [
        ("characters", "naïve 🙂", None, 7),
        ("characters", "", None, 0),
        ("words", " two  words\n", None, 2),
        # by hand: 5 of 6 words are shared, both texts have 6
        ("rouge_1", CAT, REFERENCE, 5 / 6),
        # the-cat, on-the, the-mat out of 5 pairs each
        ("rouge_2", CAT, REFERENCE, 3 / 5),
        # the cat on the mat
        ("rouge_l", CAT, REFERENCE, 5 / 6),
        # precisions 5/6, 3/5, 1/4 and, smoothed (exp), 1/(2·3); Chen and Cherry 2014
        ("bleu", CAT, REFERENCE, 100 * (5 / 6 * 3 / 5 * 1 / 4 * 1 / 6) ** 0.25),
        ("bleu", "yes", "yes", 100),
        ("chrf", CAT, CAT, 100),
        ("chrf", "xyz", CAT, 0),
        ("bleu", "", CAT, 0),
        ("rouge_l", "", CAT, 0),
        ("exact_match", " Lima \n", "Lima", 1),
        ("exact_match", "lima", "Lima", 0),
        ("json", '{"a": [1, 2]}', None, 1),
        ("json", '{"a": NaN}', None, 0),
        ("json", "[1, 2,]", None, 0),
        ("json", "", None, 0),
        ("json", "[" * 100_000, None, 0),
    ],
)
def test_a_metric_gives_the_known_value(key, response, reference, expected):
    assert score(key, response, reference) == pytest.approx(expected, abs=1e-9)


def test_parameters_change_what_is_compared():
    assert score("exact_match", "LIMA", "Lima", ignore_case=True) == 1
    assert score("exact_match", "two  words", "two words", ignore_space=False) == 0
    assert score("json", '```json\n{"a": 1}\n```') == 0
    assert score("json", '```json\n{"a": 1}\n```', unwrap_fence=True) == 1
    assert score("rouge_1", "running", "runs") == 0
    assert score("rouge_1", "running", "runs", stem=True) == 1
    assert score("regex", "Answer:\n42", pattern=r"^\d+$") == 0
    assert score("regex", "Answer:\n42", pattern=r"^\d+$", flags="m") == 1


@pytest.mark.parametrize("key", [key for key in OF_TEXTS if METRICS[key].needs_reference])
@pytest.mark.parametrize("reference", [None, "", "  \n"])
def test_without_a_reference_there_is_no_score(key, reference):
    assert score(key, "anything", reference) is Reason.NO_REFERENCE


@pytest.mark.parametrize("key", OF_TEXTS)
@pytest.mark.parametrize("response", ["", "the cat", CAT, "漢字", "\0 \ud800", "word " * 150, "🙂" * 50])
def test_every_score_lies_on_the_scale_of_its_criterion(key, response):
    metric = METRICS[key]
    result = metric.score(response, "the cat", NEEDED.get(key), RECORDED)
    assert isinstance(result, Value)
    assert metric.criterion.problem_with(result) is None
    assert metric.rubric().criteria == (metric.criterion,)


@pytest.mark.parametrize("key", ["bleu", "chrf", "rouge_1", "rouge_2", "rouge_l", "exact_match", "token_f1"])
def test_equal_texts_score_the_top_of_the_scale(key):
    criterion = METRICS[key].criterion
    top = max(criterion.values) if criterion.values else criterion.maximum
    for text in (CAT, CAT * 7, "one two three four five six seven"):
        assert score(key, text, text) == top


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$"])
def test_an_expression_that_would_run_for_years_is_stopped(pattern):
    started = time.monotonic()
    assert score("regex", "a" * 5_000 + "b", pattern=pattern) is Reason.UNREADABLE
    assert time.monotonic() - started < 30


def test_a_script_that_rouge_cannot_read_is_not_a_zero():
    result = METRICS["rouge_1"].score("猫在垫子上", "猫在垫子上")
    assert isinstance(result, Unscored)
    assert "a-z" in result.detail


@pytest.mark.parametrize("key", ["bleu", "chrf", "rouge_1", "rouge_l"])
def test_texts_too_long_to_compare_are_unscored_at_once(key):
    started = time.monotonic()
    assert score(key, "word " * 25_000, "word " * 25_000) is Reason.UNREADABLE
    assert time.monotonic() - started < 10  # at once; comparing them would take minutes


def test_rouge_l_gives_up_on_a_table_that_is_too_large():
    assert score("rouge_l", "word " * 4_000, "word " * 4_000) is Reason.UNREADABLE
    assert score("rouge_1", "word " * 4_000, "word " * 4_000) == 1


@pytest.mark.parametrize(
    ("key", "params"),
    [
        ("words", {"pattern": "x"}),
        ("regex", {}),
        ("regex", {"pattern": "("}),
        ("regex", {"pattern": "x" * 1_001}),
        ("regex", {"pattern": "x", "flags": "z"}),
        ("regex", {"pattern": 7}),
        ("exact_match", {"ignore_case": "yes"}),
        ("rouge_1", {"stem": 1}),
        ("token_f1", {"articles": "fr"}),
        ("ter", {"beam": 3}),
        ("json_schema", {}),
        ("pass_at_k", {"k": 0}),
        ("pass_at_k", {"field": " "}),
        ("perplexity", {"base": "3"}),
    ],
)
def test_wrong_parameters_are_named_before_a_run(key, params):
    problem = METRICS[key].problem_with(params)
    assert problem
    with pytest.raises(ValueError, match=problem[:10].replace("(", r"\(")):
        METRICS[key].score("x", "y", params)


def test_metrics_are_cheap_to_import():
    heavy = ("sacrebleu", "rouge_score", "nltk", "numpy", "regex", "jsonschema", "django")
    code = f"import sys, judges.metrics\nprint([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
