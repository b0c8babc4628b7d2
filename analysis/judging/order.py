"""Whether a judge puts responses to one prompt, and systems, in the order in which people put them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import DEFAULT, Codes, Estimate, Sampling, dense, null_with_reason, quotient
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why
from analysis.judging.pairwise_accuracy import BEST, PairwiseAccuracy, pairwise_accuracy
from analysis.judging.soft_accuracy import soft_pairwise_accuracy


@dataclass(frozen=True, slots=True)
class ResponseOrder:
    """Pairs of responses to one prompt: as the scores are, with the best epsilon, and the same of people.

    ``people`` is one person's order against the mean of the others, on responses that the judge scored too.
    """

    judge: PairwiseAccuracy
    best: PairwiseAccuracy
    people: PairwiseAccuracy


@dataclass(frozen=True, slots=True)
class SystemOrder:
    """Systems by their means, on what the judge and people both answered.

    ``soft`` compares how sure both are of the order, on the prompts on which every system has a value; ``people`` is
    its mean over single persons against the others, where a person rated every system.
    """

    systems: PairwiseAccuracy
    soft: Estimate
    people: Estimate
    n_systems: int
    n_prompts: int


@dataclass(frozen=True, slots=True)
class Points:
    """What raters gave systems on prompts, a row each, higher being better."""

    system: Codes
    prompt: Codes
    value: Floats
    rater: Codes

    def take(self, rows: Mask) -> Points:
        """Return some of the rows."""
        return Points(self.system[rows], self.prompt[rows], self.value[rows], self.rater[rows])


def response_order(
    judge: Floats, people: Floats, group: Codes | None, persons: PersonPoints, *, sampling: Sampling = DEFAULT
) -> ResponseOrder:
    """Compare orders; ``judge`` and the mean of ``people`` are by response, ``group`` is the prompt of each."""
    return ResponseOrder(
        judge=pairwise_accuracy(people, judge, group=group, sampling=sampling),
        best=pairwise_accuracy(people, judge, group=group, epsilon=BEST, sampling=sampling),
        people=pairwise_accuracy(
            persons.others, persons.own, group=persons.group, cluster=persons.cluster, sampling=sampling
        ),
    )


@dataclass(frozen=True, slots=True)
class PersonPoints:
    """Each person's number beside the mean of the others; ``group`` is person and prompt, ``cluster`` the prompt."""

    own: Floats
    others: Floats
    group: Codes
    cluster: Codes


def system_order(judge: Points, people: Points, *, sampling: Sampling = DEFAULT) -> SystemOrder:
    """Compare the systems that both judged; all rows must be about what both answered."""
    shared = np.intersect1d(judge.system, people.system)
    if len(shared) < 2:
        raise Undefined(Why.ONE_SYSTEM, "an order of systems needs two that the judge and people both answered about")
    judge, people = (side.take(np.isin(side.system, shared)) for side in (judge, people))
    means = [_by_system(side, shared) for side in (people, judge)]
    prompts = np.union1d(judge.prompt, people.prompt)
    tables = [_table(side, shared, prompts) for side in (people, judge)]
    complete = ~np.isnan(np.vstack(tables)).any(axis=0)
    return SystemOrder(
        systems=pairwise_accuracy(*means, sampling=sampling),
        soft=_soft(tables[0][:, complete], tables[1][:, complete], sampling),
        people=_soft_people(people, shared, prompts[complete], sampling),
        n_systems=len(shared),
        n_prompts=int(complete.sum()),
    )


@null_with_reason
def _soft(people: Floats, judge: Floats, sampling: Sampling) -> Estimate:
    if not people.shape[1]:
        raise Undefined(Why.INCOMPLETE, "there is no prompt on which people and the judge answered about every system")
    return soft_pairwise_accuracy(people, judge, rounds=sampling.rounds, seed=sampling.seed)


@null_with_reason
def _soft_people(people: Points, systems: Codes, prompts: Codes, sampling: Sampling) -> Estimate:
    found = []
    for rater in np.unique(people.rater):
        own = people.rater == rater
        mine, others = (_table(people.take(rows), systems, prompts) for rows in (own, ~own))
        complete = ~np.isnan(np.vstack([mine, others])).any(axis=0)
        if complete.any():
            found.append(_soft(mine[:, complete], others[:, complete], sampling).value)
    known = [value for value in found if value is not None]
    if not known:
        raise Undefined(Why.INCOMPLETE, "nobody answered about every system on a prompt on which others did too")
    said = {"unit": "person, against the mean of the others"}
    return Estimate(float(np.mean(known)), n=len(known), conventions=said)


def _by_system(side: Points, systems: Codes) -> Floats:
    place = np.searchsorted(systems, side.system)
    means: Floats = np.bincount(place, side.value, len(systems)) / np.bincount(place, minlength=len(systems))
    return means


def _table(side: Points, systems: Codes, prompts: Codes) -> Floats:
    """Return the mean value of each system on each prompt, NaN where it has none."""
    side = side.take(np.isin(side.prompt, prompts))
    cell = np.searchsorted(systems, side.system) * len(prompts) + np.searchsorted(prompts, side.prompt)
    size = len(systems) * len(prompts)
    number, total = (_sums(cell, weight, size) for weight in (np.ones(len(cell)), side.value))
    return quotient(total, number).reshape(len(systems), len(prompts))


def _sums(cell: Codes, weight: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(cell, weight, size), dtype=np.float64)


def persons_and_others(item: Codes, rater: Codes, value: Floats, group: Codes) -> PersonPoints:
    """Return each person's number beside the mean of the others, where there are any; ``group`` is by row."""
    size = int(item.max(initial=-1)) + 1
    number, total = np.bincount(item, minlength=size), np.bincount(item, value, size)
    rows = number[item] >= 2
    others = (total[item[rows]] - value[rows]) / (number[item[rows]] - 1)
    together = dense(group[rows] * (int(rater.max(initial=0)) + 1) + rater[rows])[0]
    return PersonPoints(value[rows], others, together, group[rows])
