"""Metrics that look for something: the reference itself, its words, or a pattern."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import Any

from domain.choices import Reason, Unscored, Value
from judges.metrics.base import Metric, Params, Result, Target, share, too_long, yes_no

LONGEST_PATTERN = 1_000  # characters
LONGEST_SEARCHED = 200_000
SECONDS_PER_SEARCH = 0.5
REGEX_FLAGS = {"i": "IGNORECASE", "m": "MULTILINE", "s": "DOTALL"}
ARTICLES = {"en": frozenset(("a", "an", "the")), "none": frozenset[str]()}
# Scripts that write no space between words: each of their characters is a token.
UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def _exact_match(target: Target, params: Params) -> Result:
    return Value(float(_normal(target.response, params) == _normal(target.reference, params)))


def _normal(text: str, params: Params) -> str:
    text = " ".join(text.split()) if params["ignore_space"] else text
    return text.casefold() if params["ignore_case"] else text


def _token_f1(target: Target, params: Params) -> Result:
    """Compare bags of normalised tokens; two texts without any token are equal, as in SQuAD 2.0."""
    if problem := too_long(target):
        return problem
    response, reference = (Counter(tokens_of(text, params["articles"])) for text in (target.response, target.reference))
    total = response.total() + reference.total()
    if not total:
        return Value(1.0)
    return Value(2 * (response & reference).total() / total)


def tokens_of(text: str, articles: str = "en") -> list[str]:
    """Return the tokens that token F1 compares.

    NFKC and casefold, punctuation (Unicode category P) taken out, articles left out, split at white space; each
    character of a script without spaces (Han, Kana, Thai, Lao, Burmese, Khmer) is a token. On English it gives the
    tokens of the SQuAD script, but for punctuation outside ASCII, which that keeps.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(c for c in folded if not unicodedata.category(c).startswith("P"))
    spaced = UNSPACED.sub(lambda found: f" {found[0]} ", bare)
    return [token for token in spaced.split() if token not in ARTICLES[articles]]


def _check_articles(params: Params) -> str | None:
    if params["articles"] in ARTICLES:
        return None
    return f"articles must be one of {', '.join(ARTICLES)}, not {params['articles']!r}"


def _regular_expression(target: Target, params: Params) -> Result:
    """Search for a pattern within a bounded time.

    Python's own ``re`` cannot be stopped: a pattern such as ``(a+)+$`` keeps it busy for years, with the whole process.
    The ``regex`` package looks at the clock while it searches.
    """
    if len(target.response) > LONGEST_SEARCHED:
        return Unscored(Reason.UNREADABLE, f"The response is longer than {LONGEST_SEARCHED:,} characters.")
    try:
        found = _compiled(params["pattern"], params["flags"]).search(target.response, timeout=SECONDS_PER_SEARCH)
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


METRICS = (
    Metric(
        "exact_match",
        "Exact match",
        yes_no("exact_match", "Exact match", "Is the response the same text as the reference?"),
        _exact_match,
        needs_reference=True,
        defaults={"ignore_case": False, "ignore_space": True},
    ),
    Metric(
        "token_f1",
        "Token F1",
        share("token_f1", "Token F1", "F1 of shared words, normalised as for SQuAD, 0 to 1."),
        _token_f1,
        needs_reference=True,
        defaults={"articles": "en"},
        check=_check_articles,
    ),
    Metric(
        "regex",
        "Regular expression",
        yes_no("regex", "Regular expression", "Does the pattern occur in the response?"),
        _regular_expression,
        defaults={"pattern": "", "flags": ""},
        check=_check_pattern,
    ),
)
