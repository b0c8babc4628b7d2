"""How somebody answers whatever is asked: sides, runs and speed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from annotation.quality.errors import Undefined
from annotation.quality.intervals import Estimate, clopper_pearson
from annotation.quality.looks import binomial_tail


@dataclass(frozen=True, slots=True)
class SideBias:
    """How often the left one won, of choices for a side; ``p_value`` is two-sided against 0.5."""

    left: Estimate
    p_value: float


@dataclass(frozen=True, slots=True)
class Run:
    """The longest run of one answer, and how likely one as long is for somebody who mixes as this person does."""

    length: int
    answer: Hashable
    probability: float
    n: int


def side_bias(left: int, right: int) -> SideBias:
    """Test exactly whether a person prefers a side. Sides are balanced per person, so good ones choose each as often.

    Ties and "both bad" are no side. Raises Undefined where no side was chosen.
    """
    n = left + right
    if n == 0:
        raise Undefined("no side was chosen yet")
    p_value = min(1.0, 2 * binomial_tail(max(left, right), n, 0.5))
    return SideBias(clopper_pearson(left, n), p_value)


def beyond(left: int, right: int, tolerance: float) -> float:
    """Return how likely so many choices of one side are for somebody who takes it 0.5 + ``tolerance`` of the time.

    For whichever side is the more frequent, so twice the tail: 1 without any choice.
    """
    return min(1.0, 2 * binomial_tail(max(left, right), left + right, 0.5 + tolerance))


def run_probability(length: int, n: int, p: float) -> float:
    """Return how likely n independent trials hold a run of ``length`` or more successes of probability ``p``.

    The first such run ends at trial m + 1 when it was not there after m - length trials, then came a failure and
    ``length`` successes; Feller (1968), An Introduction to Probability Theory I, XIII.7.
    """
    if length < 1:
        raise ValueError(f"a run of {length} is none; ask for 1 or more")
    if n < length:
        return 0.0
    seen = [0.0] * length + [p**length]
    for m in range(length, n):
        seen.append(seen[m] + (1 - seen[m - length]) * (1 - p) * p**length)
    return min(1.0, seen[n])


def longest_run(answers: Sequence[Hashable]) -> Run:
    """Return the longest run of the same answer and its probability, at most, under the person's own shares.

    The chance that some answer has such a run is at most the sum over answers (Boole). Somebody who always says the
    same gets 1: no run is surprising there, and the side test or calibration must tell. Raises Undefined for nothing.
    """
    if not answers:
        raise Undefined("there is no answer yet")
    best, length, last = (0, answers[0]), 0, None
    for answer in answers:
        length = length + 1 if answer == last else 1
        last = answer
        best = max(best, (length, answer), key=lambda found: found[0])
    n = len(answers)
    total = sum(run_probability(best[0], n, count / n) for count in Counter(answers).values())
    return Run(best[0], best[1], min(1.0, total), n)


def ongoing_run(length: int, before: int, n: int) -> float:
    """Return how likely a run of ``length`` of an answer is that ``before`` of the other n - ``length`` answers were.

    The share of that answer is estimated from the answers outside of the run, weighed with ten invented ones of which
    nine are the same: without evidence to the contrary somebody may well find nearly everything "good".
    """
    outside = n - length
    return run_probability(length, n, (before + 9) / (outside + 10))


def share_under(times_ms: Sequence[int], floor_ms: int) -> Estimate:
    """Return the share of answers faster than a floor, with its exact interval. Raises Undefined for no times."""
    return clopper_pearson(sum(time < floor_ms for time in times_ms), len(times_ms))


def floor_of(times_ms: Sequence[int], words: Sequence[int], *, words_per_minute: int = 1000) -> int:
    """Return a floor for answers, in ms: the larger of the pilot's 5th percentile and the time to skim a short item.

    ``words`` are the lengths of items; their 5th percentile at ``words_per_minute`` (four times the 238 words a minute
    at which adults read, Brysbaert 2019, Journal of Memory and Language 109, 104047) bounds reading from below.
    Raises Undefined for fewer than 20 times: a percentile of fewer is a guess.
    """
    if len(times_ms) < 20:
        raise Undefined(f"a floor needs the times of 20 answers; there are {len(times_ms)}")
    reading = _low(words) * 60_000 / words_per_minute if words else 0.0
    return int(max(_low(times_ms), reading))


def _low(values: Sequence[int]) -> float:
    """Return the 5th percentile: the value below which at most a twentieth of them lie."""
    return sorted(values)[len(values) // 20]
