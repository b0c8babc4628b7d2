"""The alternative annotator test: whether a judge may stand in for one of the people."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.comparison.corrections import adjusted
from analysis.comparison.estimates import DEFAULT, SLACK, Codes, Estimate, Sampling, dense, quotient, refuse_not_finite
from analysis.comparison.paired import mean_estimate
from analysis.comparison.ranks import wilcoxon
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why
from analysis.resampling import Sums

EPSILON = {"experts": 0.2, "skilled": 0.15, "crowd": 0.1}  # what a person costs more, as advantage to make up
FEWEST_ITEMS = 30  # of a person to be compared with; the t test is not asked about fewer
LEVEL = 0.05
WINNING = 0.5
MOST_RESAMPLED = 4_000_000  # items x people


@dataclass(frozen=True, slots=True)
class PersonResult:
    """The judge against one person, on the ``n`` items that this person and others answered.

    ``advantage`` is the share of items where the judge is at least as near to the others as the person is,
    ``person_advantage`` the other way round, and ``lead`` the first less the second. The null hypothesis is that the
    judge is behind by epsilon or more; ``rejected`` after correction is a win for the judge.
    """

    rater: int
    n: int
    advantage: float
    person_advantage: float
    lead: Estimate
    p_value: float
    adjusted_p: float
    rejected: bool
    method: str


@dataclass(frozen=True, slots=True)
class AlternativeTest:
    """Winning rate and advantage probability of a judge.

    ``winning_rate`` moves in steps of one person; read ``advantage`` and its interval beside it. ``passes`` is a
    winning rate of at least one half. ``skipped`` names the raters with too few items; they are not in the
    correction either. ``dropped_items`` counts those that fewer than two people or no judge answered.
    """

    winning_rate: float | None
    passes: bool | None
    advantage: Estimate
    epsilon: float
    people: tuple[PersonResult, ...]
    skipped: tuple[int, ...]
    n_items: int
    dropped_items: int
    conventions: dict[str, str]
    reason: str | None = None
    message: str | None = None


def alternative_annotator_test(
    judge_item: Codes,
    judge_value: Floats,
    item: Codes,
    rater: Codes,
    value: Floats,
    *,
    numeric: bool,
    epsilon: float = EPSILON["skilled"],
    fewest_items: int = FEWEST_ITEMS,
    sampling: Sampling = DEFAULT,
) -> AlternativeTest:
    """Test whether a judge represents the people at least as well as each of them represents the others.

    For each person, judge and person are compared by their nearness to the *other* people on each item: the share
    of equal labels, or (``numeric``) minus the root mean squared difference. Equal nearness counts for both.

    Parameters
    ----------
    judge_item, judge_value : array, shape (judged,)
        One answer of the judge per item.
    item, rater, value : array, shape (rows,)
        The people's answers, one per item and rater; labels as codes.
    numeric : bool
        Whether values have distances.
    epsilon : float
        What a person's answers may be better by, given what they cost: 0.2 for experts, 0.15 for skilled
        annotators, 0.1 for crowd workers.
    fewest_items : int
        People with fewer usable items are skipped. Set below 30, Wilcoxon's signed ranks replace t for them.
    sampling : Sampling
        The interval of the advantage, over items.

    References
    ----------
    Calderon, Reichart and Dror (2025), The Alternative Annotator Test for LLM-as-a-Judge, ACL.
    """
    if len(np.unique(judge_item)) < len(judge_item):
        raise ValueError("the judge must have one answer an item; average or choose among repeats before")
    refuse_not_finite(judge_value, value)
    if not 0 <= epsilon < 1:
        raise ValueError(f"epsilon must lie between 0 and 1, not {epsilon}")
    said = {
        "epsilon": f"{epsilon:g}",
        "correction": f"Benjamini-Yekutieli at {LEVEL:g} over people",
        "nearness": "minus root mean squared difference" if numeric else "share of equal labels",
        "ties": "count for both",
        "unit": "item",
    }
    answers = _usable(judge_item, judge_value, item, rater, value)
    try:
        return _test(answers, numeric, epsilon, fewest_items, sampling, said)
    except Undefined as error:
        null = Estimate(None, reason=error.code, message=error.message)
        return AlternativeTest(
            None, None, null, epsilon, (), (), answers.items, answers.dropped, said, error.code, error.message
        )


@dataclass(frozen=True, slots=True)
class _Answers:
    """People's answers on the usable items, renumbered, each with the judge's answer on its item."""

    item: Codes
    rater: Codes
    value: Floats
    judge: Floats
    items: int
    dropped: int


def _usable(judge_item: Codes, judge_value: Floats, item: Codes, rater: Codes, value: Floats) -> _Answers:
    order = np.argsort(judge_item)
    known = judge_item[order]
    place = np.minimum(np.searchsorted(known, item), max(len(known) - 1, 0))
    judged = known[place] == item if len(known) else np.zeros(len(item), dtype=np.bool_)
    size = int(item.max(initial=-1)) + 1
    enough = (np.bincount(item, minlength=size) >= 2)[item] & judged
    numbered, items = dense(item[enough])
    all_items = len(np.unique(np.concatenate([item, judge_item])))
    judge = judge_value[order][place[enough]] if len(known) else np.empty(0)
    return _Answers(numbered, rater[enough], value[enough], judge, items, all_items - items)


def _test(
    answers: _Answers, numeric: bool, epsilon: float, fewest_items: int, sampling: Sampling, said: dict[str, str]
) -> AlternativeTest:
    if not answers.items:
        raise Undefined(Why.NO_PAIRS, "no item was answered by the judge and two people")
    judge_wins, person_wins = _wins(answers, numeric)
    number = np.bincount(answers.rater)
    raters = np.flatnonzero(number >= fewest_items)
    skipped = tuple(int(rater) for rater in np.flatnonzero((number > 0) & (number < fewest_items)))
    if not len(raters):
        raise Undefined(Why.TOO_FEW, f"nobody answered {fewest_items} items that another person and the judge answered")
    wins = _Wins(judge_wins, person_wins, epsilon, sampling.confidence)
    people = _corrected([wins.against(answers.rater == rater, int(rater)) for rater in raters])
    rate = float(np.mean([person.rejected for person in people]))
    kept = np.isin(answers.rater, raters)
    advantage = _advantage(answers.item[kept], answers.rater[kept], judge_wins[kept], sampling)
    return AlternativeTest(
        rate, rate >= WINNING, advantage, epsilon, people, skipped, answers.items, answers.dropped, said
    )


def _wins(answers: _Answers, numeric: bool) -> tuple[Mask, Mask]:
    """Return where the judge, and where the person, is at least as near to the other people."""
    judge, person = _distances(answers) if numeric else _differences(answers)
    slack = SLACK * float(np.maximum(np.abs(judge), np.abs(person)).max()) if numeric else 0.0
    return judge <= person + slack, person <= judge + slack


def _differences(answers: _Answers) -> tuple[Floats, Floats]:
    """Count the others who gave another label than the judge, and than the person; whole numbers, so exact."""
    labels, code = np.unique(np.concatenate([answers.value, answers.judge]), return_inverse=True)
    own, judge = code[: len(answers.value)], code[len(answers.value) :]
    cell = answers.item * len(labels)
    found, count = np.unique(cell + own, return_counts=True)
    others = np.bincount(answers.item)[answers.item] - 1
    like_person = count[np.searchsorted(found, cell + own)] - 1
    place = np.minimum(np.searchsorted(found, cell + judge), len(found) - 1)
    like_judge = np.where(found[place] == cell + judge, count[place], 0) - (own == judge)
    return (others - like_judge).astype(np.float64), (others - like_person).astype(np.float64)


def _distances(answers: _Answers) -> tuple[Floats, Floats]:
    """Sum the squared differences from the others; each item has its own mean taken off, which keeps them exact."""
    number = np.bincount(answers.item)
    mean = np.bincount(answers.item, answers.value) / number
    own, judge = answers.value - mean[answers.item], answers.judge - mean[answers.item]
    others = number[answers.item] - 1
    total = np.bincount(answers.item, own)[answers.item] - own
    squares = np.bincount(answers.item, own**2)[answers.item] - own**2

    def distance(point: Floats) -> Floats:
        return squares - 2 * point * total + others * point**2

    return distance(judge), distance(own)


@dataclass(frozen=True, slots=True)
class _Wins:
    """Where the judge, and where the person, is at least as near to the other people; a row per person and item."""

    judge: Mask
    person: Mask
    epsilon: float
    confidence: float

    def against(self, rows: Mask, rater: int) -> PersonResult:
        judge, person = self.judge[rows].astype(np.float64), self.person[rows].astype(np.float64)
        p, method = _p_value(person - judge, self.epsilon)
        lead = mean_estimate(judge - person, confidence=self.confidence)
        return PersonResult(rater, len(judge), float(judge.mean()), float(person.mean()), lead, p, p, False, method)


def _p_value(behind: Floats, epsilon: float) -> tuple[float, str]:
    """Return the one-sided p that the person's mean advantage is epsilon or more."""
    from scipy.special import stdtr

    n = len(behind)
    if n < FEWEST_ITEMS:
        made = wilcoxon(behind - epsilon, alternative="less")
        return (1.0 if made.p_value is None else made.p_value), made.method
    error = float(behind.std(ddof=1)) / np.sqrt(n)
    if error == 0:  # the same on every item: the answer is certain either way
        return (0.0 if behind[0] < epsilon else 1.0), "one-sided t, no spread"
    return float(stdtr(n - 1, (behind.mean() - epsilon) / error)), "one-sided t"


def _corrected(people: list[PersonResult]) -> tuple[PersonResult, ...]:
    p_values = adjusted(np.array([person.p_value for person in people]), method="by")
    return tuple(
        replace(person, adjusted_p=float(p), rejected=bool(p <= LEVEL))
        for person, p in zip(people, p_values, strict=True)
    )


def _advantage(item: Codes, rater: Codes, judge_wins: Mask, sampling: Sampling) -> Estimate:
    """Return the mean over people of the judge's advantage; people missing from a resample do not enter it."""
    items, person = dense(item)[0], dense(rater)[0]
    size, people = int(items.max()) + 1, int(person.max()) + 1
    cell = items * people + person

    def value(sums: Floats) -> Floats:
        share = quotient(sums[:, :people], sums[:, people:])
        return np.asarray(np.nanmean(share, axis=1), dtype=np.float64)

    shape = (size, people)
    tables = [np.bincount(cell, weight, size * people).reshape(shape) for weight in (judge_wins, np.ones(len(cell)))]
    sums = Sums(np.hstack(tables), np.ones(size, dtype=np.int64), value)
    said = {"confidence": f"{sampling.confidence:g}", "seed": str(sampling.seed), "unit": "item"}
    if size * people > MOST_RESAMPLED:
        too_many = "none: too many items and people to resample"
        return Estimate(sums.estimate(), None, None, len(cell), too_many, size, conventions=said)
    made = sampling.interval(sums)
    return Estimate(sums.estimate(), made.lower, made.upper, len(cell), made.method, size, conventions=said)
