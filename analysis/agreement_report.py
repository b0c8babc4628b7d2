"""Agreement, and what was asked beside it, as JSON or as tables."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from analysis.agreement import Agreement
from analysis.agreement_tables import agreement_table, cross_check_table, slices_table
from analysis.rater_tables import consensus_tables, matrix_tables, raters_table
from analysis.writers import Table, as_csv, as_html, as_markdown, as_text

if TYPE_CHECKING:
    from analysis.agreement_by import AgreementBy, SliceStatistic
    from analysis.annotators.consensus import CriterionConsensus
    from analysis.annotators.lines import RaterLines
    from analysis.annotators.matrix import CriterionMatrix
    from analysis.cross_check import Check


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """The coefficients, and the sections that were asked for; None for those that were not."""

    result: Agreement
    by: AgreementBy | None = None
    raters: Sequence[RaterLines] | None = None
    matrix: Sequence[CriterionMatrix] | None = None
    dawid_skene: Sequence[CriterionConsensus] | None = None
    cross_check: Sequence[Check] | None = None


def render_agreement(report: AgreementReport, format_name: str) -> str:
    """Write it in one of the report's formats.

    Raises
    ------
    ValueError
        CSV is wanted of several sections; a file of it holds one table.
    """
    if format_name == "json":
        return json.dumps(document_of(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    sections = _section_tables(report, as_pairs=format_name == "csv")
    if format_name == "csv":
        if len(sections) > 1:
            raise ValueError("CSV holds one table; ask for one section at a time, or for JSON")
        return as_csv((sections or [agreement_table(report.result)])[0])
    write = {"table": as_text, "md": as_markdown, "html": as_html}[format_name]
    return "\n".join(write(table) for table in [agreement_table(report.result), *sections])


def document_of(report: AgreementReport) -> dict[str, Any]:
    """Return the report as JSON's own types: the coefficients, and a key for each section."""
    document = asdict(report.result)
    coverage = report.result.coverage
    document["coverage"] = {"scored": coverage.scored, "planned": coverage.planned, "share": coverage.share}
    if report.by is not None:
        document["by"] = _by_document(report.by)
    if report.matrix is not None:
        document["matrix"] = [_matrix_document(one) for one in report.matrix]
    for key in ("raters", "dawid_skene", "cross_check"):
        section = getattr(report, key)
        if section is not None:
            document[key] = [asdict(one) for one in section]
    return document


def _by_document(by: AgreementBy) -> dict[str, Any]:
    made = asdict(by)
    made["slices"] = [_slice_document(one) for one in by.slices]
    return made


def _slice_document(one: SliceStatistic) -> dict[str, Any]:
    value = one.statistic.value
    return {
        "slice": one.slice,
        **asdict(one.statistic),
        "rest": one.rest,
        "difference": None if value is None or one.rest is None else value - one.rest,
        "test": {**asdict(one.test), "p_holm": one.p_holm},
    }


def _matrix_document(one: CriterionMatrix) -> dict[str, Any]:
    head = {"criterion": one.criterion, "level": one.level, "reason": one.reason, "message": one.message}
    if one.matrix is None:
        return head
    values = one.matrix.values()
    return head | {
        "coefficient": one.matrix.coefficient,
        "raters": one.matrix.raters,
        "shared": one.matrix.shared.tolist(),
        "values": [[None if math.isnan(value) else value for value in row] for row in values.tolist()],
        "pairs": [asdict(pair) for pair in one.matrix.pairs],
    }


def _section_tables(report: AgreementReport, *, as_pairs: bool) -> list[Table]:
    tables = []
    if report.by is not None:
        tables.append(slices_table(report.by))
    if report.raters is not None:
        tables.append(raters_table(report.raters))
    if report.matrix is not None:
        tables += matrix_tables(report.matrix, as_pairs=as_pairs)
    if report.dawid_skene is not None:
        tables += consensus_tables(report.dawid_skene)
    if report.cross_check is not None:
        tables.append(cross_check_table(report.cross_check))
    return tables
