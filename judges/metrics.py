"""Raters that need no key: each metric is a pure function of a response, a reference and its parameters.

A metric that cannot be computed is unscored with a reason. It is never 0, which would be a bad score.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from domain.choices import Reason, Unscored, Value
from domain.specs import CriterionSpec, Level, RubricSpec

Result = Value | Unscored
Params = Mapping[str, Any]

LONGEST_PATTERN = 1_000  # characters
LONGEST_SEARCHED = 200_000
LONGEST_COMPARED = 100_000  # characters of a response or reference that n-grams are counted in
SECONDS_PER_SEARCH = 0.5
MOST_LCS_CELLS = 9_000_000  # words × words: the package's table grows with the product
REGEX_FLAGS = {"i": "IGNORECASE", "m": "MULTILINE", "s": "DOTALL"}
FENCED = re.compile(r"\s*```[\w-]*\n(.*)\n```\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Metric:
    """A rater without a mind: its scale, its parameters with their defaults, and how it scores."""

    key: str
    name: str
    criterion: CriterionSpec
    compute: Callable[[str, str, Params], Result]
    needs_reference: bool = False
    defaults: Params = field(default_factory=dict)
    check: Callable[[Params], str | None] = lambda params: None

    def problem_with(self, params: Params) -> str | None:
        """Say what is wrong with parameters, before a run is planned with them."""
        unknown = params.keys() - self.defaults.keys()
        if unknown:
            return f"{self.key} has no parameter {', '.join(sorted(unknown))}"
        merged = {**self.defaults, **params}
        wrong = [name for name, value in merged.items() if type(value) is not type(self.defaults[name])]
        return f"{self.key}: {', '.join(wrong)} is of the wrong type" if wrong else self.check(merged)

    def score(self, response: str, reference: str | None = None, params: Params | None = None) -> Result:
        """Return the score of a response. Raises ValueError for parameters that problem_with() objects to."""
        problem = self.problem_with(params or {})
        if problem:
            raise ValueError(problem)
        if self.needs_reference and not (reference or "").strip():
            return Unscored(Reason.NO_REFERENCE, f"{self.name} compares with a reference, and the prompt has none.")
        return self.compute(response, reference or "", {**self.defaults, **(params or {})})

    def rubric(self) -> RubricSpec:
        """Return the rubric that a metric's verdicts are recorded under."""
        return RubricSpec(self.name, self.criterion.meaning, (self.criterion,))


# --- the shape of the text ----------------------------------------------------------------------------------------


def _characters(response: str, reference: str, params: Params) -> Result:
    return Value(float(len(response)))


def _words(response: str, reference: str, params: Params) -> Result:
    return Value(float(len(response.split())))


def _json_validity(response: str, reference: str, params: Params) -> Result:
    fenced = FENCED.fullmatch(response) if params["unwrap_fence"] else None
    try:
        json.loads(fenced[1] if fenced else response, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return Value(0.0)
    return Value(1.0)


def _refuse_constant(name: str) -> None:
    msg = f"{name} is no JSON"  # the standard library reads NaN and Infinity, the standard does not know them
    raise ValueError(msg)


# --- matching -----------------------------------------------------------------------------------------------------


def _exact_match(response: str, reference: str, params: Params) -> Result:
    return Value(float(_normal(response, params) == _normal(reference, params)))


def _normal(text: str, params: Params) -> str:
    text = " ".join(text.split()) if params["ignore_space"] else text
    return text.casefold() if params["ignore_case"] else text


def _regular_expression(response: str, reference: str, params: Params) -> Result:
    """Search for a pattern within a bounded time.

    Python's own ``re`` cannot be stopped: a pattern such as ``(a+)+$`` keeps it busy for years, with the whole process.
    The ``regex`` package looks at the clock while it searches.
    """
    if len(response) > LONGEST_SEARCHED:
        return Unscored(Reason.UNREADABLE, f"The response is longer than {LONGEST_SEARCHED:,} characters.")
    try:
        found = _compiled(params["pattern"], params["flags"]).search(response, timeout=SECONDS_PER_SEARCH)
    except TimeoutError:
        return Unscored(Reason.UNREADABLE, f"The search took longer than {SECONDS_PER_SEARCH:g} s.")
    return Value(float(found is not None))


@cache
def _compiled(pattern: str, flags: str) -> Any:
    import regex

    value = 0
    for letter in flags:
        value |= getattr(regex, REGEX_FLAGS[letter])
    return regex.compile(pattern, value)


def _check_pattern(params: Params) -> str | None:
    import regex

    pattern, flags = params["pattern"], params["flags"]
    if not pattern or len(pattern) > LONGEST_PATTERN:
        return f"the pattern must have 1 to {LONGEST_PATTERN:,} characters"
    if set(flags) - REGEX_FLAGS.keys():
        return f"flags are letters out of {', '.join(REGEX_FLAGS)}, not {flags!r}"
    try:
        _compiled(pattern, flags)
    except (regex.error, RecursionError, OverflowError) as error:
        return f"the pattern is no regular expression: {error}"
    return None


# --- overlap with the reference -----------------------------------------------------------------------------------


def _too_long(response: str, reference: str) -> Unscored | None:
    if max(len(response), len(reference)) <= LONGEST_COMPARED:
        return None
    return Unscored(Reason.UNREADABLE, f"A text is longer than {LONGEST_COMPARED:,} characters.")


def _bleu(response: str, reference: str, params: Params) -> Result:
    return _too_long(response, reference) or _sacrebleu("BLEU", response, reference)


def _chrf(response: str, reference: str, params: Params) -> Result:
    return _too_long(response, reference) or _sacrebleu("CHRF", response, reference)


def _sacrebleu(name: str, response: str, reference: str) -> Value:
    score = float(_sacrebleu_metric(name).sentence_score(response, [reference]).score)
    return Value(min(100.0, score))  # rounding takes equal texts to 100.00000000000004, which is off the scale


@cache
def _sacrebleu_metric(name: str) -> Any:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    # effective order: without it, BLEU of a text shorter than four words is always 0
    return BLEU(effective_order=True) if name == "BLEU" else CHRF()


def _rouge(kind: str) -> Callable[[str, str, Params], Result]:
    def compute(response: str, reference: str, params: Params) -> Result:
        problem = _too_long(response, reference) or _cannot_rouge(kind, response, reference)
        if problem:
            return problem
        scores = _rouge_scorer(kind, params["stem"]).score(reference, response)
        return Value(min(1.0, float(scores[kind].fmeasure)))

    return compute


def _cannot_rouge(kind: str, response: str, reference: str) -> Unscored | None:
    words, wanted = len(_rouge_words(response)), len(_rouge_words(reference))
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


# --- the registry -------------------------------------------------------------------------------------------------

YES_NO: dict[str, Any] = {"level": Level.NOMINAL, "values": (0.0, 1.0), "anchors": {0.0: "no", 1.0: "yes"}}


def _count(key: str, name: str, meaning: str) -> CriterionSpec:
    return CriterionSpec(key, name, meaning, level=Level.RATIO, minimum=0.0, maximum=1e9)


def _share(key: str, name: str, meaning: str, maximum: float) -> CriterionSpec:
    return CriterionSpec(key, name, meaning, level=Level.INTERVAL, minimum=0.0, maximum=maximum)


def _rouge_metric(kind: str, name: str, meaning: str) -> Metric:
    key = name.lower().replace("-", "_")
    return Metric(
        key, name, _share(key, name, meaning, 1.0), _rouge(kind), needs_reference=True, defaults={"stem": False}
    )


ALL = (
    Metric("characters", "Characters", _count("characters", "Characters", "Length in characters."), _characters),
    Metric("words", "Words", _count("words", "Words", "Length in words, separated by white space."), _words),
    Metric(
        "exact_match",
        "Exact match",
        CriterionSpec("exact_match", "Exact match", "Is the response the same text as the reference?", **YES_NO),
        _exact_match,
        needs_reference=True,
        defaults={"ignore_case": False, "ignore_space": True},
    ),
    Metric(
        "regex",
        "Regular expression",
        CriterionSpec("regex", "Regular expression", "Does the pattern occur in the response?", **YES_NO),
        _regular_expression,
        defaults={"pattern": "", "flags": ""},
        check=_check_pattern,
    ),
    Metric(
        "json",
        "Valid JSON",
        CriterionSpec("json", "Valid JSON", "Is the response one valid JSON document?", **YES_NO),
        _json_validity,
        defaults={"unwrap_fence": False},
    ),
    Metric(
        "bleu",
        "BLEU",
        _share("bleu", "BLEU", "Sentence BLEU against the reference, 0 to 100 (sacrebleu, effective order).", 100.0),
        _bleu,
        needs_reference=True,
    ),
    Metric(
        "chrf",
        "chrF",
        _share("chrf", "chrF", "Sentence chrF2 against the reference, 0 to 100 (sacrebleu).", 100.0),
        _chrf,
        needs_reference=True,
    ),
    _rouge_metric("rouge1", "ROUGE-1", "F-measure of shared words, 0 to 1 (rouge-score)."),
    _rouge_metric("rouge2", "ROUGE-2", "F-measure of shared pairs of words, 0 to 1 (rouge-score)."),
    _rouge_metric("rougeL", "ROUGE-L", "F-measure of the longest common subsequence, 0 to 1 (rouge-score)."),
)
METRICS: dict[str, Metric] = {metric.key: metric for metric in ALL}
