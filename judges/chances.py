"""What log-probabilities say: the score to be expected (G-Eval), the preference between two labels (AlpacaEval 2).

Pure. A number that the probabilities do not give is no verdict.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence

from domain.choices import Choice, Outcome, Value
from domain.specs import CriterionSpec
from judges.answer_shape import NoVerdict, number_text
from judges.presets.base import ends_of
from judges.providers.base import Token

LEAST = 0.01  # probability below which an alternative is left out
WHOLE = re.compile(r"\d{1,4}", re.ASCII)


def expected_score(tokens: Sequence[Token], said: Value, criterion: CriterionSpec) -> tuple[Value, dict[str, float]]:
    """Return the mean of the score's distribution at the token that holds it, and that distribution.

    Alternatives that are no whole number on the scale, or have less than one in a hundred, are dropped and the rest is
    renormalised, so that the mean lies on the scale. Liu et al. (2023) weight all scores; the threshold follows common
    practice, because the tail of the alternatives is noise. Raises NoVerdict.
    """
    token = _score_token(tokens, number_text(said.number))
    low, high = ends_of(criterion)
    mass: dict[int, float] = defaultdict(float)
    for text, chance in _alternatives(token):
        if WHOLE.fullmatch(text) and low <= int(text) <= high:
            mass[int(text)] += chance
    kept = {score: chance for score, chance in sorted(mass.items()) if chance >= LEAST}
    total = math.fsum(kept.values())
    if total <= 0:
        msg = "no score has a probability of one in a hundred where the score stands"
        raise NoVerdict(msg)
    mean = math.fsum(score * chance for score, chance in kept.items()) / total
    return Value(min(high, max(low, mean))), {str(score): chance / total for score, chance in kept.items()}


def preference(tokens: Sequence[Token], first: str, second: str) -> tuple[Choice, dict[str, float]]:
    """Return who is preferred by p(first) / (p(first) + p(second)) at the first token, and both chances.

    A label that is not among the alternatives has a probability of 0; with neither there is no verdict. Even chances
    are a tie. Raises NoVerdict.
    """
    if not tokens:
        msg = "the provider sent no log-probs"
        raise NoVerdict(msg)
    mass: dict[str, float] = defaultdict(float)
    for text, chance in _alternatives(tokens[0]):
        mass[text] += chance
    total = mass[first] + mass[second]
    if total <= 0:
        msg = f"neither {first} nor {second} is among the likeliest tokens"
        raise NoVerdict(msg)
    share = mass[first] / total
    outcome = Outcome.A if share > 0.5 else Outcome.B if share < 0.5 else Outcome.TIE
    return Choice(outcome, chance=share), {Outcome.A.value: share, Outcome.B.value: 1.0 - share}


def _score_token(tokens: Sequence[Token], number: str) -> Token:
    """Return the last token that holds a letter or a digit: it must be the score and nothing else."""
    if not tokens:
        msg = "the provider sent no log-probs"
        raise NoVerdict(msg)
    last = next((token for token in reversed(tokens) if any(mark.isalnum() for mark in token.text)), None)
    if last is None or last.text.strip() != number:
        msg = f"the score {number} is not a token of its own"
        raise NoVerdict(msg)
    return last


def _alternatives(token: Token) -> list[tuple[str, float]]:
    """Return what could have stood in a token's place, without space around it, the token itself included."""
    known = dict(token.top)
    known.setdefault(token.text, token.logprob)
    return [(text.strip(), math.exp(logprob)) for text, logprob in known.items()]
