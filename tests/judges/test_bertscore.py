"""BERTScore: its own package does the work; without it the metric says how to get it."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import pytest

from domain.choices import Reason, Value
from judges.metrics import METRICS, Unavailable, bertscore

METRIC = METRICS["bertscore"]
CALLS: list[dict[str, object]] = []


def score(response, reference, **params):
    result = METRIC.score(response, reference, params)
    return result.number if isinstance(result, Value) else result.reason


class Scorer:
    """Stands in for the package's: the share of equal characters, as tensors of one number."""

    def __init__(self, **options):
        CALLS.append(options)
        if options["lang"] == "xx":
            raise OSError("no such model in the cache")

    def score(self, responses, references):
        [response], [reference] = responses, references
        same = len(set(response) & set(reference))
        precision, recall = same / len(set(response)), same / len(set(reference))
        return [precision], [recall], [2 * precision * recall / (precision + recall)]


@pytest.fixture
def package(monkeypatch):
    made, utils = ModuleType("bert_score"), ModuleType("bert_score.utils")
    made.BERTScorer = Scorer  # type: ignore[attr-defined]
    utils.lang2model = {"en": "roberta-large"}  # type: ignore[attr-defined]
    utils.model2layers = {"roberta-large": 17}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bert_score", made)
    monkeypatch.setitem(sys.modules, "bert_score.utils", utils)
    bertscore._scorer.cache_clear()
    CALLS.clear()
    yield
    bertscore._scorer.cache_clear()


def test_each_part_of_the_score_can_be_asked_for(package):
    scores = {part: score("abcd", "ab", part=part) for part in ("precision", "recall", "f1")}
    assert scores == pytest.approx({"precision": 0.5, "recall": 1.0, "f1": 2 / 3})


def test_the_model_is_loaded_once_for_all_responses(package):
    for response in ("abc", "abd"):
        assert isinstance(score(response, "ab", model="roberta-large", rescale=True), float)
    assert CALLS == [{"lang": "en", "model_type": "roberta-large", "rescale_with_baseline": True}]


def test_a_model_that_cannot_be_loaded_says_what_to_do(package):
    with pytest.raises(Unavailable, match="HF_HUB_OFFLINE"):
        METRIC.prepare({**METRIC.defaults, "lang": "xx"})


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"part": "f2"}, "part must be"),
        ({"model": "evil/repo"}, "knows no model"),
        ({"lang": "english"}, "two letters"),
    ],
)
def test_wrong_parameters_are_named(package, params, words):
    assert words in (METRIC.problem_with(params) or "")


def test_an_empty_response_is_unscored(package):
    assert score(" ", "ab") is Reason.UNREADABLE


@pytest.mark.skipif(importlib.util.find_spec("bert_score") is not None, reason="the extra is installed")
def test_without_its_package_it_says_how_to_get_it():
    bertscore._scorer.cache_clear()
    assert 'pip install "jurybox[bertscore]"' in (METRIC.problem_with({}) or "")
    with pytest.raises(Unavailable, match=r'pip install "jurybox\[bertscore\]"'):
        METRIC.prepare(METRIC.defaults)
