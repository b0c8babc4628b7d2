"""The tables of an agreement report on raters: one by one, every two of them, and how often each is right."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.agreement_tables import coefficient, of, percent
from analysis.board_tables import trimmed
from analysis.writers import Cell, Column, Table

if TYPE_CHECKING:
    from analysis.annotators.consensus import CriterionConsensus
    from analysis.annotators.lines import RaterLine, RaterLines
    from analysis.annotators.matrix import CriterionMatrix
    from analysis.annotators.pairwise import RaterMatrix
    from analysis.comparison.estimates import Estimate

MOST_IN_A_SQUARE = 10  # raters; a wider matrix does not fit a terminal
MOST_PAIRS = 40  # in a report to read


def raters_table(sections: Sequence[RaterLines]) -> Table:
    """Lay the raters out, one per line and criterion."""
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("rater", "Rater", numeric=False),
        Column("n_ratings", "Ratings"),
        Column("equal", "Equal to others", percent),
        Column("equal_lower", "lower", percent),
        Column("equal_upper", "upper", percent),
        Column("severity", "Severity", coefficient),
        Column("severity_lower", "lower", coefficient),
        Column("severity_upper", "upper", coefficient),
        Column("alpha_without", "Alpha without", coefficient),
        Column("repeats", "Equal to self", percent),
        Column("within_sd", "Own SD", coefficient),
        Column("commonest", "Commonest", percent),
        Column("commonest_answer", "Answer", numeric=False),
        Column("entropy", "Bits", coefficient),
        Column("same_across", "Same throughout", percent),
    )
    rows = tuple(_rater_row(section.criterion, line) for section in sections for line in section.raters)
    notes = tuple(_rater_note(section) for section in sections)
    optional = ("criterion", "severity", "severity_lower", "severity_upper", "repeats", "within_sd", "same_across")
    return trimmed(Table("Rater by rater", columns, rows, notes), *optional)


def matrix_tables(sections: Sequence[CriterionMatrix], *, as_pairs: bool) -> list[Table]:
    """Lay every two raters out: as a square for each criterion where it fits, else and for CSV pair by pair."""
    wide = any(one.matrix is not None and len(one.matrix.raters) > MOST_IN_A_SQUARE for one in sections)
    if as_pairs or wide:
        return [_pairs_table(sections, sys.maxsize if as_pairs else MOST_PAIRS)]
    return [_square(one.criterion, one.matrix) if one.matrix else _nothing("Rater matrix", one) for one in sections]


def consensus_tables(sections: Sequence[CriterionConsensus]) -> list[Table]:
    """Lay out how often each rater is right; labels of items and tables of errors are in the JSON."""
    return [_consensus_table(one) if one.raters else _nothing("Dawid-Skene", one) for one in sections]


def _rater_row(criterion: str | None, line: RaterLine) -> tuple[Cell, ...]:
    answer = f"{line.commonest_value:g}" if line.commonest_label is None else line.commonest_label
    return (
        *(criterion or "", line.rater, line.n_ratings),
        *_ends(line.equal),
        *_ends(line.severity),
        *(line.alpha_without, line.repeats.value, line.within_sd.value),
        *(line.commonest, answer, line.entropy, line.same_across.value),
    )


def _rater_note(section: RaterLines) -> str:
    about = of(section.criterion)
    if not section.raters:
        return f"raters{about}: {section.message}"
    if section.alpha is None:
        return f"alpha{about}: none"
    return f"alpha{about}, all raters: {section.alpha:z.3f} ({section.level} level)"


def _pairs_table(sections: Sequence[CriterionMatrix], most: int) -> Table:
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("first", "Rater", numeric=False),
        Column("second", "Rater", numeric=False),
        Column("shared", "Items both rated"),
        Column("equal", "Equal", percent),
        Column("coefficient", "Coefficient", numeric=False),
        Column("value", "Value", coefficient),
        Column("lower", "lower", coefficient),
        Column("upper", "upper", coefficient),
        Column("reason", "Undefined because", numeric=False),
    )
    met = [(one, pair) for one in sections if one.matrix is not None for pair in one.matrix.pairs if pair.equal.n]
    notes = [f"{one.criterion or 'raters'}: {one.message}" for one in sections if one.matrix is None]
    if len(met) > most:
        met = sorted(met, key=lambda both: -both[1].equal.n)[:most]
        notes.append(f"the {most} pairs with the most items in common; all are in the CSV and the JSON")
    apart = sum(not pair.equal.n for one in sections if one.matrix is not None for pair in one.matrix.pairs)
    if apart:
        notes.append(f"{apart} pairs have no item in common")
    rows = tuple(
        (
            *(one.criterion or "", pair.first, pair.second, pair.equal.n, pair.equal.value),
            *(one.matrix.coefficient if one.matrix else None, *_ends(pair.coefficient), pair.coefficient.reason),
        )
        for one, pair in met
    )
    return trimmed(Table("Every two raters", columns, rows, tuple(notes)), "criterion", "reason")


def _square(criterion: str | None, matrix: RaterMatrix) -> Table:
    from analysis.annotators.pairwise import WORDS

    columns = (Column("rater", "", numeric=False), *(Column(name, name, coefficient) for name in matrix.raters))
    values = matrix.values().tolist()
    rows = tuple(
        (name, *(None if i == j or math.isnan(value) else value for j, value in enumerate(row)))
        for i, (name, row) in enumerate(zip(matrix.raters, values, strict=True))
    )
    note = "on the items both rated; intervals, numbers of items and equal shares are in the JSON"
    return Table(f"{WORDS[matrix.coefficient]} of every two raters{of(criterion)}", columns, rows, (note,))


def _consensus_table(one: CriterionConsensus) -> Table:
    columns = (
        Column("rater", "Rater", numeric=False),
        Column("n_ratings", "Ratings"),
        Column("accuracy", "Right", percent),
    )
    prior = f", prior {one.prior:g}" if one.prior else ""
    title = (
        f"Dawid-Skene ({one.model}{prior}){of(one.criterion)}: {one.n_ratings} ratings, "
        f"log-likelihood {one.log_likelihood:.2f} after {one.iterations} steps"
    )
    rows = tuple((rater.rater, rater.n_ratings, rater.accuracy) for rater in one.raters)
    shares = ", ".join(f"{label.label} {label.share:.1%} (given {label.given:.1%})" for label in one.labels)
    undecided = sum(item.label is None for item in one.items)
    notes = (
        f"labels taken to be true: {shares}",
        f"{len(one.items) - undecided} items have a most probable label, {undecided} have two; they are in the JSON, "
        "with each rater's table of errors",
    )
    return Table(title, columns, rows, notes)


def _nothing(what: str, one: CriterionMatrix | CriterionConsensus) -> Table:
    return Table(f"{what}{of(one.criterion)}: none, since {one.message}", (), (), ())


def _ends(one: Estimate) -> tuple[float | None, float | None, float | None]:
    return one.value, one.lower, one.upper
