"""``jurybox agreement PROJECT|FILE``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.agreement import INTERVALS, LEVELS, AgreementOptions, agreement, joined
from analysis.agreement_report import AgreementReport, render_agreement
from analysis.arguments import (
    DONE,
    NO,
    Answer,
    UsageError,
    add_common,
    add_plot,
    add_source,
    of_criterion,
    of_raters,
)
from analysis.data import Mask, Ratings
from analysis.files import is_battles, read_battles, read_ratings
from analysis.notes import Note
from analysis.pairwise import ratings_from_battles
from analysis.parts import CLUSTERS, criteria_in

if TYPE_CHECKING:
    from analysis.agreement_by import AgreementBy
    from analysis.annotators.matrix import CriterionMatrix
    from analysis.annotators.pairwise import RaterMatrix
    from analysis.comparison.estimates import Sampling

Slices = Mapping[str, Mask]


def add_agreement_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``jurybox agreement`` understands; every choice listed works."""
    add_source(parser)
    parser.add_argument(
        "--level", choices=LEVELS, help="level of measurement (default: nominal for labels, else ordinal)"
    )
    parser.add_argument("--criterion", help="only this criterion")
    parser.add_argument("--ci", choices=INTERVALS, default="bootstrap", help="how intervals are made")
    parser.add_argument("--cluster", choices=CLUSTERS, default="none", help="resample prompts with all their items")
    parser.add_argument("--all", action="store_true", help="every statistic that the level allows, not only the usual")
    parser.add_argument("--rounds", type=int, default=1000, help="rounds of the bootstrap")
    parser.add_argument("--by", metavar="COLUMN", help="each value of a column of a file; of a project: tag, or KEY")
    parser.add_argument("--per-rater", action="store_true", help="each rater with the others, and with themselves")
    parser.add_argument("--matrix", action="store_true", help="every two raters")
    parser.add_argument("--matrix-plot", type=Path, metavar="PATH", help="save the rater matrix, .svg or .png")
    parser.add_argument("--dawid-skene", action="store_true", help="how often each rater is right, and likely labels")
    parser.add_argument("--model", choices=("confusion", "one-coin"), default="confusion", help="of --dawid-skene")
    parser.add_argument("--prior", type=float, default=0.0, help="of --dawid-skene: ratings added to every cell")
    parser.add_argument(
        "--cross-check", action="store_true", help="compare with other packages; status 1 where one disagrees"
    )
    add_common(parser)
    add_plot(parser)


def agreement_on_file(arguments: argparse.Namespace) -> Answer:
    """Measure agreement in a file of battles or of ratings."""
    path, by = Path(arguments.source), arguments.by
    if is_battles(path):
        optional = ("prompt", "rater")
        ratings = ratings_from_battles(read_battles(path, optional=optional, missing=arguments.missing, tag=by))
    else:
        ratings = read_ratings(path, missing=arguments.missing, tag=by)
    chosen = of_criterion(of_raters(ratings, arguments.raters), arguments.criterion)
    return answer_of([(chosen, _slices_of_column(chosen, by))], arguments)


def answer_of(
    tables: Sequence[tuple[Ratings, Slices | None]],
    arguments: argparse.Namespace,
    levels: Mapping[str, str] | None = None,
) -> Answer:
    """Measure agreement as the arguments say; ``levels`` are the criteria's own, which ``--level`` overrules.

    The status is NO where another package gives another value.
    """
    options = [_options(ratings, arguments, levels or {}) for ratings, _ in tables]
    found = [agreement(ratings, chosen) for (ratings, _), chosen in zip(tables, options, strict=True)]
    result = found[0] if len(found) == 1 else joined(found, n_raters=_n_raters([ratings for ratings, _ in tables]))
    report = _with_sections(AgreementReport(result), tables, options, arguments)
    _save_plots(report, arguments)
    text = render_agreement(report, "json" if arguments.json else arguments.format)
    return Answer(text, NO if _disagree(report) else DONE)


def _options(ratings: Ratings, arguments: argparse.Namespace, levels: Mapping[str, str]) -> AgreementOptions:
    return AgreementOptions(
        level=arguments.level or ("ordinal" if ratings.labels is None else "nominal"),
        levels={} if arguments.level else levels,
        ci=arguments.ci,
        cluster=arguments.cluster,
        rounds=arguments.rounds,
        every=arguments.all,
        confidence=arguments.confidence,
        seed=arguments.seed,
    )


def _slices_of_column(ratings: Ratings, by: str | None) -> Slices | None:
    if by is None:
        return None
    from analysis.agreement_by import slices_of_tag

    return slices_of_tag(ratings)


def _n_raters(tables: Sequence[Ratings]) -> int:
    return len({name for ratings in tables if ratings.rater is not None for name in ratings.rater.used().names})


def _with_sections(
    report: AgreementReport,
    tables: Sequence[tuple[Ratings, Slices | None]],
    options: Sequence[AgreementOptions],
    arguments: argparse.Namespace,
) -> AgreementReport:
    """Add what was asked for beside the coefficients."""
    each = [
        (ratings, criterion, chosen.level_of(criterion))
        for (ratings, _), chosen in zip(tables, options, strict=True)
        for criterion in criteria_in(ratings)
    ]
    if arguments.by is not None:
        report = replace(report, by=_by(tables, options, arguments.by))
    if arguments.per_rater:
        from analysis.annotators.lines import rater_lines

        sampling = _sampling(arguments)
        report = replace(report, raters=[rater_lines(*one[:2], level=one[2], sampling=sampling) for one in each])
    if arguments.matrix or arguments.matrix_plot is not None:
        report = replace(report, matrix=_matrix(each, arguments))
    if arguments.dawid_skene:
        from analysis.annotators.consensus import consensus_of

        chosen = {"model": arguments.model, "prior": arguments.prior}
        report = replace(report, dawid_skene=[consensus_of(*one[:2], **chosen) for one in each])
    if arguments.cross_check:
        report = _cross_checked(report, tables, options)
    return report


def _by(tables: Sequence[tuple[Ratings, Slices | None]], options: Sequence[AgreementOptions], by: str) -> AgreementBy:
    from analysis.agreement_by import agreement_by

    made = [
        agreement_by(ratings, slices or {}, chosen, by=by)
        for (ratings, slices), chosen in zip(tables, options, strict=True)
    ]
    return replace(made[0], slices=tuple(one for part in made for one in part.slices))


def _matrix(each: Sequence[tuple[Ratings, str | None, str]], arguments: argparse.Namespace) -> list[CriterionMatrix]:
    """Pairs of raters are many, so their intervals are by the jackknife, which takes no draws."""
    from analysis.annotators.matrix import matrix_of

    sampling = replace(_sampling(arguments), ci="none" if arguments.ci == "none" else "jackknife")
    return [matrix_of(ratings, criterion, level=level, sampling=sampling) for ratings, criterion, level in each]


def _cross_checked(
    report: AgreementReport,
    tables: Sequence[tuple[Ratings, Slices | None]],
    options: Sequence[AgreementOptions],
) -> AgreementReport:
    from analysis.cross_check import cross_check, disagreements

    checks = [
        check for (ratings, _), chosen in zip(tables, options, strict=True) for check in cross_check(ratings, chosen)
    ]
    wrong = disagreements(checks)
    if not wrong:
        return replace(report, cross_check=checks)
    text = f"ANOTHER PACKAGE GIVES ANOTHER VALUE in {len(wrong)} comparisons: do not rely on these numbers"
    note = Note("cross_check", text, tuple(dict.fromkeys(one.name for one in wrong)))
    return replace(report, cross_check=checks, result=replace(report.result, warnings=(note, *report.result.warnings)))


def _disagree(report: AgreementReport) -> bool:
    return any(check.agrees is False for check in report.cross_check or ())


def _sampling(arguments: argparse.Namespace) -> Sampling:
    from analysis.comparison.estimates import Sampling

    return Sampling(arguments.ci, arguments.rounds, arguments.confidence, arguments.seed)


def _save_plots(report: AgreementReport, arguments: argparse.Namespace) -> None:
    if arguments.plot is not None:
        from analysis.plots import agreement_plot

        kind = _kind_of(arguments.plot, "--plot")
        arguments.plot.write_bytes(agreement_plot(report.result, theme=arguments.theme, kind=kind))
    if arguments.matrix_plot is not None:
        from analysis.matrix_plot import matrix_plot

        kind = _kind_of(arguments.matrix_plot, "--matrix-plot")
        shown = matrix_plot(_only_matrix(report), theme=arguments.theme, kind=kind)
        arguments.matrix_plot.write_bytes(shown)


def _only_matrix(report: AgreementReport) -> RaterMatrix:
    found = report.matrix or []
    if len(found) != 1:
        raise UsageError(f"--matrix-plot shows one criterion, and here are {len(found)}; choose it with --criterion")
    if found[0].matrix is None:
        raise UsageError(f"--matrix-plot has nothing to show: {found[0].message}")
    return found[0].matrix


def _kind_of(path: Path, option: str) -> str:
    from analysis.plots import FORMATS

    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise UsageError(f"{option} writes .svg or .png, not {path.name}")
    return kind
