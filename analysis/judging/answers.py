"""A judge's answers beside those of people, as pairs that can be scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Codes
from analysis.data import Mask

VOTES = "judge-vote pairs"
MAJORITY = "judge-majority"


@dataclass(frozen=True, slots=True)
class Answers:
    """One answer per row: codes of the item, of the label given and, where raters are named, of the rater."""

    item: Codes
    value: Codes
    rater: Codes | None = None

    def __post_init__(self) -> None:
        lengths = {len(self.item), len(self.value)} | ({len(self.rater)} if self.rater is not None else set())
        if len(lengths) > 1:
            raise ValueError(f"columns differ in length: {sorted(lengths)}")

    def take(self, rows: Mask) -> Answers:
        """Return some of the rows."""
        return Answers(self.item[rows], self.value[rows], None if self.rater is None else self.rater[rows])


@dataclass(frozen=True, slots=True)
class Pairs:
    """What one side said (``predicted``) where the other said ``truth``, by item.

    ``by`` is the row of the answers that ``predicted`` came from. ``dropped`` counts the answers left out because
    the other side has no settled opinion.
    """

    truth: Codes
    predicted: Codes
    item: Codes
    by: Codes
    dropped: int = 0

    def without(self, label: int | None) -> Pairs:
        """Return the pairs in which neither side gave this label."""
        if label is None:
            return self
        kept = (self.truth != label) & (self.predicted != label)
        return Pairs(self.truth[kept], self.predicted[kept], self.item[kept], self.by[kept], self.dropped)


def judge_and_votes(judge: Answers, people: Answers) -> Pairs:
    """Return each of the judge's answers with each vote of a person on the same item."""
    by, vote = _matches(judge.item, people.item)
    return Pairs(people.value[vote], judge.value[by], judge.item[by], by)


def judge_and_majority(judge: Answers, people: Answers, labels: int) -> Pairs:
    """Return each of the judge's answers with the label that most people gave; where labels lead together, none."""
    table = _table(judge, people, labels)
    return _against_lead(judge, table[judge.item], table.sum(axis=1)[judge.item] > 0)


def person_and_others(people: Answers, labels: int, *, unit: str) -> Pairs:
    """Return each person's answer as if it were the judge's: with each other vote, or with most of the others.

    Every pair of votes counts in both directions, so that no person is the truth by rank.
    """
    if unit == MAJORITY:
        table = _table(people, people, labels)[people.item]
        table[np.arange(len(table)), people.value] -= 1
        return _against_lead(people, table, table.sum(axis=1) > 0)
    by, vote = _matches(people.item, people.item)
    by, vote = by[by != vote], vote[by != vote]
    return Pairs(people.value[vote], people.value[by], people.item[by], by)


def in_place_of(judge: Answers, others: Pairs) -> Pairs:
    """Return the judge's answers with what each person was compared with in ``person_and_others``."""
    by, row = _matches(judge.item, others.item)
    return Pairs(others.truth[row], judge.value[by], judge.item[by], by)


def _matches(item: Codes, other: Codes) -> tuple[Codes, Codes]:
    """Return the rows of the one and of the other that are about the same item, every combination once."""
    order = np.argsort(other, kind="stable")
    ordered = other[order]
    first = np.searchsorted(ordered, item, "left")
    number = np.searchsorted(ordered, item, "right") - first
    row = np.repeat(np.arange(len(item)), number)
    within = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    return row, order[first[row] + within]


def _table(judge: Answers, people: Answers, labels: int) -> Codes:
    items = int(max(judge.item.max(initial=-1), people.item.max(initial=-1))) + 1
    cell = people.item.astype(np.int64) * labels + people.value
    return np.bincount(cell, minlength=items * labels).reshape(items, labels)


def _against_lead(answers: Answers, table: Codes, rated: Mask) -> Pairs:
    """Pair answers with the leading label of their own row of counts."""
    most = table.max(axis=1, initial=0)
    settled = rated & ((table == most[:, None]).sum(axis=1) == 1)
    by = np.flatnonzero(settled)
    dropped = int((rated & ~settled).sum())
    return Pairs(table[by].argmax(axis=1), answers.value[by], answers.item[by], by, dropped)
