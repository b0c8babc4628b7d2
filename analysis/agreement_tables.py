"""The tables of an agreement report on coefficients; those on raters are in rater_tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.agreement import Agreement
from analysis.board_tables import trimmed
from analysis.notes import note_lines
from analysis.prevalence import Prevalence
from analysis.writers import Column, Table

if TYPE_CHECKING:
    from analysis.agreement_by import AgreementBy
    from analysis.cross_check import Check


def coefficient(number: Any) -> str:
    """Write a coefficient with three decimals, and no minus before nothing."""
    return f"{number:z.3f}"


def percent(number: Any) -> str:
    """Write a share in percent."""
    return f"{number:z.1%}"


def of(criterion: str | None) -> str:
    """Say which criterion a text is about, or nothing where criteria are not named."""
    return "" if criterion is None else f" of {criterion}"


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
    return "; ".join(f"{', '.join(criteria)} {level}" for level, criteria in by_level.items()) or "no criterion"


def _prevalence_notes(shares: Sequence[Prevalence]) -> list[str]:
    return [f"answers{of(one.criterion)}: {_shares(one)}" for one in shares if one.categories]


def _shares(one: Prevalence) -> str:
    parts = [f"{name} {share:.1%}" for name, share in one.shares()]
    more = len(one.categories or ()) - len(parts)
    if more:
        parts.append(f"and {more} more")
    if one.prevalence_index is not None and one.bias_index is not None:
        parts.append(f"prevalence index {one.prevalence_index:z.2f}, bias index {one.bias_index:z.2f}")
    return ", ".join(parts)


def _about(name: str, options: Mapping[str, str]) -> tuple[str, str, str]:
    """Return the criterion, the statistic and its other options."""
    others = ", ".join(f"{key} {value}" for key, value in options.items() if key != "criterion")
    return options.get("criterion", ""), name, others


def _exact(number: Any) -> str:
    return f"{number:z.9f}"


def _tiny(number: Any) -> str:
    return f"{number:.1e}"
