"""BERTScore through its own package, an optional extra: it brings torch and downloads a model when first used."""

from __future__ import annotations

from functools import cache
from typing import Any

from domain.choices import Reason, Unscored, Value
from domain.specs import CriterionSpec, Level
from judges.metrics.base import Metric, Params, Result, Target, Unavailable, too_long

INSTALL = 'pip install "jurybox[bertscore]"'
PARTS = ("precision", "recall", "f1")


def _bertscore(target: Target, params: Params) -> Result:
    if problem := too_long(target):
        return problem
    if not target.response.strip():
        return Unscored(Reason.UNREADABLE, "The response is empty, and BERTScore compares words.")
    scorer = _scorer(params["lang"], params["model"], params["rescale"])
    precision, recall, f1 = (float(part[0]) for part in scorer.score([target.response], [target.reference]))
    return Value({"precision": precision, "recall": recall, "f1": f1}[params["part"]])


@cache
def _scorer(lang: str, model: str, rescale: bool) -> Any:
    """Load the model, once a process."""
    try:
        from bert_score import BERTScorer
    except ImportError as error:
        raise Unavailable(f"BERTScore needs its own package: {INSTALL} ({error})") from None
    try:
        return BERTScorer(lang=lang, model_type=model or None, rescale_with_baseline=rescale)
    except OSError as error:  # no network, or the model is not in the cache
        text = (
            "download it on a machine with network and set HF_HOME to that cache, or HF_HUB_OFFLINE=1 to use it alone"
        )
        raise Unavailable(f"the model of BERTScore cannot be loaded: {str(error)[:300]}; {text}") from None


def _prepare(params: Params) -> None:
    _scorer(params["lang"], params["model"], params["rescale"])


def _check(params: Params) -> str | None:
    """Refuse what the package would fail on in the middle of a run; models it does not list are not fetched."""
    if params["part"] not in PARTS:
        return f"part must be one of {', '.join(PARTS)}, not {params['part']!r}"
    try:
        from bert_score.utils import lang2model, model2layers
    except ImportError:
        return f"bertscore needs its own package: {INSTALL}"
    if params["model"] and params["model"] not in model2layers:
        return f"bertscore knows no model {params['model']!r}; it knows {', '.join(list(model2layers)[:6])}, ..."
    if not params["model"] and params["lang"] not in lang2model and len(params["lang"]) != 2:
        return f"lang must be a code of two letters, not {params['lang']!r}"
    return None


METRICS = (
    Metric(
        "bertscore",
        "BERTScore",
        CriterionSpec(
            "bertscore",
            "BERTScore",
            "Similarity of contextual embeddings to the reference; about 1 at best (bert-score).",
            level=Level.INTERVAL,
            minimum=-100.0,  # rescaled by a baseline it has no lower end to speak of
            maximum=1.01,
        ),
        _bertscore,
        needs_reference=True,
        defaults={"lang": "en", "model": "", "rescale": False, "part": "f1"},
        check=_check,
        prepare=_prepare,
    ),
)
