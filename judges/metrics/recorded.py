"""Metrics of what was recorded with a response, in its metadata: outcomes of attempts, probabilities of tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from domain.choices import Reason, Unscored, Value
from judges.metrics.base import LARGEST_COUNT, Metric, Params, Result, Target, count, share

BASES = {"e": math.e, "2": 2.0, "10": 10.0}
MOST_TOKENS = 1_000_000
ROUNDING = 1e-6  # a log-probability this far above 0 is rounding


def pass_at_k(n: int, c: int, k: int) -> float:
    """Return the chance that one of k attempts passes, without bias, from c passes among n.

    1 - C(n - c, k) / C(n, k), as the product of 1 - k / i for i from n - c + 1 to n.

    Raises
    ------
    ValueError
        Not 0 <= c <= n, or not 1 <= k <= n.

    References
    ----------
    Chen et al. (2021), Evaluating Large Language Models Trained on Code, arXiv 2107.03374.
    """
    if not (0 <= c <= n and 1 <= k <= n):
        raise ValueError(f"pass@{k} of {c} passes among {n} attempts does not exist")
    if n - c < k:
        return 1.0
    return 1.0 - math.prod(1.0 - k / i for i in range(n - c + 1, n + 1))


def _pass_at_k(target: Target, params: Params) -> Result:
    recorded = _recorded(target, params["field"])
    if isinstance(recorded, Unscored):
        return recorded
    counted = _attempts(recorded)
    if counted is None:
        text = 'holds neither a list of outcomes (true/false, 1/0) nor counts such as {"n": 10, "c": 3}'
        return Unscored(Reason.UNREADABLE, f"metadata field {params['field']!r} {text}.")
    n, c = counted
    if n < params["k"]:
        return Unscored(Reason.UNREADABLE, f"pass@{params['k']} needs {params['k']} attempts, and there are {n}.")
    return Value(pass_at_k(n, c, params["k"]))


def _attempts(recorded: Any) -> tuple[int, int] | None:
    """Return how many attempts were made and how many passed."""
    if isinstance(recorded, list) and all(outcome in (0, 1) for outcome in recorded):  # true and false are 1 and 0
        return len(recorded), sum(map(int, recorded))
    if isinstance(recorded, Mapping):
        n, c = recorded.get("n"), recorded.get("c")
        if type(n) is int and type(c) is int and 0 <= c <= n <= MOST_TOKENS:
            return n, c
    return None


def _perplexity(target: Target, params: Params) -> Result:
    """Return base ** -(mean log-probability of a token): 1 is certainty."""
    recorded = _recorded(target, params["field"])
    if isinstance(recorded, Unscored):
        return recorded
    logs = _logs(recorded)
    if logs is None:
        text = f"metadata field {params['field']!r} is no list of log-probabilities, numbers of 0 or less"
        return Unscored(Reason.UNREADABLE, f"{text}.")
    if not logs:
        return Unscored(Reason.NOT_GIVEN, f"metadata field {params['field']!r} has no token in it.")
    exponent = -math.fsum(logs) / len(logs) * math.log(BASES[params["base"]])
    if exponent > math.log(LARGEST_COUNT):
        return Unscored(Reason.UNREADABLE, f"The perplexity is beyond {LARGEST_COUNT:g}, the end of its scale.")
    return Value(max(1.0, math.exp(exponent)))


def _logs(recorded: Any) -> list[float] | None:
    """Return log-probabilities from a list of numbers, or of objects that hold one as ``logprob``."""
    if isinstance(recorded, Mapping):
        recorded = recorded.get("content")  # as OpenAI's API returns them
    if not isinstance(recorded, list) or len(recorded) > MOST_TOKENS:
        return None
    found = [_log(token.get("logprob") if isinstance(token, Mapping) else token) for token in recorded]
    known = [log for log in found if log is not None]
    return known if len(known) == len(found) else None


def _log(recorded: Any) -> float | None:
    if type(recorded) not in (int, float) or not math.isfinite(recorded) or recorded > ROUNDING:
        return None
    return min(0.0, float(recorded))


def _recorded(target: Target, field: str) -> Any:
    value = target.metadata.get(field)
    if value is None:
        return Unscored(Reason.NOT_GIVEN, f"The response has no metadata field {field!r}.")
    return value


def _check_k(params: Params) -> str | None:
    return _check_field(params) or (None if params["k"] >= 1 else f"k must be at least 1, not {params['k']}")


def _check_base(params: Params) -> str | None:
    known = f"base must be one of {', '.join(BASES)}, not {params['base']!r}"
    return _check_field(params) or (None if params["base"] in BASES else known)


def _check_field(params: Params) -> str | None:
    return None if params["field"].strip() else "field must name a field of the responses' metadata"


METRICS = (
    Metric(
        "pass_at_k",
        "pass@k",
        share("pass_at_k", "pass@k", "Chance that one of k attempts passes, from recorded outcomes, 0 to 1."),
        _pass_at_k,
        defaults={"k": 1, "field": "outcomes"},
        check=_check_k,
    ),
    Metric(
        "perplexity",
        "Perplexity",
        count(
            "perplexity",
            "Perplexity",
            "From recorded log-probabilities of the response's tokens; 1 is certainty.",
            higher_is_better=False,
        ),
        _perplexity,
        defaults={"field": "logprobs", "base": "e"},
        check=_check_base,
    ),
)
