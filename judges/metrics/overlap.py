"""Metrics of overlap with the reference: BLEU, chrF and TER by sacrebleu, ROUGE by rouge-score."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from domain.choices import Reason, Unscored, Value
from judges.metrics.base import Metric, Params, Result, Target, count, share, too_long

MOST_LCS_CELLS = 9_000_000  # words × words: the package's table grows with the product
MOST_TER_WORDS = 200  # of either text: the search for shifts takes seconds beyond
TER_DEFAULTS = {"case_sensitive": False, "normalized": False, "no_punct": False, "asian_support": False}


def _bleu(target: Target, params: Params) -> Result:
    return too_long(target) or _sentence(sacrebleu_metric("bleu"), target, 100.0)


def _chrf(target: Target, params: Params) -> Result:
    return too_long(target) or _sentence(sacrebleu_metric("chrf"), target, 100.0)


def fits_ter(*texts: str) -> bool:
    """Say whether TER of these texts takes a moment and not minutes."""
    return all(len(text.split()) <= MOST_TER_WORDS and len(text) <= 20 * MOST_TER_WORDS for text in texts)


def _ter(target: Target, params: Params) -> Result:
    if not fits_ter(target.response, target.reference):
        return Unscored(Reason.UNREADABLE, f"A text is too long for TER, which takes {MOST_TER_WORDS} words.")
    return _sentence(sacrebleu_metric("ter", **{name: params[name] for name in TER_DEFAULTS}), target, None)


def _sentence(metric: Any, target: Target, top: float | None) -> Value:
    score = float(metric.sentence_score(target.response, [target.reference]).score)
    return Value(score if top is None else min(top, score))  # rounding takes equal texts to 100.00000000000004


@cache
def sacrebleu_metric(name: str, **options: bool) -> Any:
    """Return one of sacrebleu's metrics for single texts.

    BLEU has effective order: without it, BLEU of a text shorter than four words is always 0.
    """
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    made: dict[str, Any] = {"bleu": partial(BLEU, effective_order=True), "chrf": CHRF, "ter": TER}
    return made[name](**options)


def _rouge(kind: str) -> Callable[[Target, Params], Result]:
    def compute(target: Target, params: Params) -> Result:
        problem = too_long(target) or _cannot_rouge(kind, target)
        if problem:
            return problem
        scores = _rouge_scorer(kind, params["stem"]).score(target.reference, target.response)
        return Value(min(1.0, float(scores[kind].fmeasure)))

    return compute


def _cannot_rouge(kind: str, target: Target) -> Unscored | None:
    words, wanted = len(_rouge_words(target.response)), len(_rouge_words(target.reference))
    if not wanted:  # the package drops everything but a-z and 0-9: other scripts would all score 0
        return Unscored(Reason.UNREADABLE, "The reference has no words in the letters that ROUGE knows (a-z, 0-9).")
    if kind == "rougeL" and words * wanted > MOST_LCS_CELLS:
        return Unscored(Reason.UNREADABLE, f"The texts are too long to compare: {words:,} and {wanted:,} words.")
    return None


def _rouge_words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


@cache
def _rouge_scorer(kind: str, stem: bool) -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer([kind], use_stemmer=stem)


def _rouge_metric(kind: str, name: str, meaning: str) -> Metric:
    key = name.lower().replace("-", "_")
    return Metric(key, name, share(key, name, meaning), _rouge(kind), needs_reference=True, defaults={"stem": False})


METRICS = (
    Metric(
        "bleu",
        "BLEU",
        share("bleu", "BLEU", "Sentence BLEU against the reference, 0 to 100 (sacrebleu, effective order).", 100.0),
        _bleu,
        needs_reference=True,
    ),
    Metric(
        "chrf",
        "chrF",
        share("chrf", "chrF", "Sentence chrF2 against the reference, 0 to 100 (sacrebleu).", 100.0),
        _chrf,
        needs_reference=True,
    ),
    Metric(
        "ter",
        "TER",
        count("ter", "TER", "Edits per 100 words of the reference, 0 is best (sacrebleu).", higher_is_better=False),
        _ter,
        needs_reference=True,
        defaults=TER_DEFAULTS,
    ),
    _rouge_metric("rouge1", "ROUGE-1", "F-measure of shared words, 0 to 1 (rouge-score)."),
    _rouge_metric("rouge2", "ROUGE-2", "F-measure of shared pairs of words, 0 to 1 (rouge-score)."),
    _rouge_metric("rougeL", "ROUGE-L", "F-measure of the longest common subsequence, 0 to 1 (rouge-score)."),
)
