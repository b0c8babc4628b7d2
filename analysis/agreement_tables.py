"""The tables of an agreement report."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.agreement import Agreement
from analysis.board_tables import trimmed
from analysis.notes import note_lines
from analysis.prevalence import Prevalence
from analysis.writers import Cell, Column, Table

if TYPE_CHECKING:
    from analysis.agreement_by import AgreementBy
    from analysis.annotators.consensus import CriterionConsensus
    from analysis.annotators.lines import RaterLine, RaterLines
    from analysis.annotators.matrix import CriterionMatrix
    from analysis.annotators.pairwise import RaterMatrix
    from analysis.comparison.estimates import Estimate
    from analysis.cross_check import Check

MOST_IN_A_SQUARE = 10  # raters; a wider matrix does not fit a terminal
MOST_PAIRS = 40  # of raters, in a report to read


def coefficient(number: Any) -> str:
    """Write a coefficient with three decimals, and no minus before nothing."""
    return f"{number:z.3f}"


def percent(number: Any) -> str:
    """Write a share in percent."""
    return f"{number:z.1%}"


def agreement_table(result: Agreement) -> Table:
    """Lay the coefficients out, one per line, with the shares of the answers below."""
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("name", "Statistic", numeric=False),
        Column("options", "Options", numeric=False),
        Column("value", "Value", coefficient),
        Column("lower", "lower", coefficient),
        Column("upper", "upper", coefficient),
        Column("percent_agreement", "Equal pairs", percent),
        Column("n", "Items"),
        Column("method", "Interval", numeric=False),
        Column("reason", "Undefined because", numeric=False),
    )
    rows = tuple(
        (
            *(*_about(one.name, one.options), one.value, one.lower, one.upper),
            *(one.percent_agreement, one.n, one.method, one.reason),
        )
        for one in result.statistics
    )
    notes = (*_prevalence_notes(result.prevalence), *note_lines(result.warnings))
    return trimmed(Table(_title(result), columns, rows, notes), "criterion", "percent_agreement", "reason")


def slices_table(by: AgreementBy) -> Table:
    """Lay the statistics of every slice out, with the rest beside them."""
    columns = (
        Column(by.by, by.by, numeric=False),
        Column("criterion", "Criterion", numeric=False),
        Column("name", "Statistic", numeric=False),
        Column("options", "Options", numeric=False),
        Column("value", "Value", coefficient),
        Column("lower", "lower", coefficient),
        Column("upper", "upper", coefficient),
        Column("n", "Items"),
        Column("rest", "Rest", coefficient),
        Column("p_value", "p", coefficient),
        Column("p_holm", "p, corrected", coefficient),
        Column("reason", "Undefined because", numeric=False),
        Column("test_reason", "No test because", numeric=False),
    )
    rows = tuple(
        (
            *(one.slice, *_about(one.statistic.name, one.statistic.options)),
            *(one.statistic.value, one.statistic.lower, one.statistic.upper, one.statistic.n),
            *(one.rest, one.test.p_value, one.p_holm, one.statistic.reason, one.test.reason),
        )
        for one in by.slices
    )
    return trimmed(
        Table(f"Agreement by {by.by}", columns, rows, (by.multiplicity,)), "criterion", "reason", "test_reason"
    )


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


def cross_check_table(checks: Sequence[Check]) -> Table:
    """Lay the other packages' values out beside ours; what has no value here is left to the first table."""
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("name", "Statistic", numeric=False),
        Column("options", "Options", numeric=False),
        Column("ours", "Ours", _exact),
        Column("theirs", "Theirs", _exact),
        Column("package", "Package", numeric=False),
        Column("version", "Version", numeric=False),
        Column("difference", "Difference", _tiny),
        Column("agrees", "Agrees", numeric=False),
        Column("reason", "Not compared because", numeric=False),
    )
    rows = tuple(
        (
            *(*_about(one.name, one.options), one.ours, one.theirs, one.package, one.version),
            *(one.difference, {None: None, True: "yes", False: "NO"}[one.agrees], one.reason),
        )
        for one in checks
        if one.ours is not None
    )
    compared = [one.agrees for one in checks if one.agrees is not None]
    found = (
        f"{sum(compared)} of {len(compared)} comparisons agree within 1e-9" if compared else "nothing to compare with"
    )
    return trimmed(Table(f"Cross-check: {found}", columns, rows, ()), "criterion", "reason")


def _title(result: Agreement) -> str:
    raters = "unnamed raters" if result.n_raters is None else f"{result.n_raters} raters"
    return f"Agreement of {raters}: {result.n_ratings} ratings of {result.n_items} items, {_levels(result)}"


def _levels(result: Agreement) -> str:
    """Say the level of measurement, of each criterion where they differ."""
    if result.level != "mixed":
        return f"{result.level} level"
    by_level: dict[str, list[str]] = {}
    for criterion, level in result.levels.items():
        by_level.setdefault(level, []).append(criterion)
    return "; ".join(f"{', '.join(criteria)} {level}" for level, criteria in by_level.items())


def _prevalence_notes(shares: Sequence[Prevalence]) -> list[str]:
    return [f"answers{_of(one.criterion)}: {_shares(one)}" for one in shares if one.categories]


def _shares(one: Prevalence) -> str:
    parts = [f"{name} {share:.1%}" for name, share in one.shares()]
    more = len(one.categories or ()) - len(parts)
    if more:
        parts.append(f"and {more} more")
    if one.prevalence_index is not None and one.bias_index is not None:
        parts.append(f"prevalence index {one.prevalence_index:.2f}, bias index {one.bias_index:.2f}")
    return ", ".join(parts)


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
    about = _of(section.criterion)
    if not section.raters:
        return f"raters{about}: {section.message}"
    if section.alpha is None:
        return f"alpha{about}: none"
    return f"alpha{about}, all raters: {section.alpha:.3f} ({section.level} level)"


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
    return Table(f"{WORDS[matrix.coefficient]} of every two raters{_of(criterion)}", columns, rows, (note,))


def _consensus_table(one: CriterionConsensus) -> Table:
    columns = (
        Column("rater", "Rater", numeric=False),
        Column("n_ratings", "Ratings"),
        Column("accuracy", "Right", percent),
    )
    prior = f", prior {one.prior:g}" if one.prior else ""
    title = (
        f"Dawid-Skene ({one.model}{prior}){_of(one.criterion)}: {one.n_ratings} ratings, "
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
    return Table(f"{what}{_of(one.criterion)}: none, since {one.message}", (), (), ())


def _ends(one: Estimate) -> tuple[float | None, float | None, float | None]:
    return one.value, one.lower, one.upper


def _of(criterion: str | None) -> str:
    return "" if criterion is None else f" of {criterion}"


def _about(name: str, options: Mapping[str, str]) -> tuple[str, str, str]:
    """Return the criterion, the statistic and its other options."""
    others = ", ".join(f"{key} {value}" for key, value in options.items() if key != "criterion")
    return options.get("criterion", ""), name, others


def _exact(number: Any) -> str:
    return f"{number:z.9f}"


def _tiny(number: Any) -> str:
    return f"{number:.1e}"
