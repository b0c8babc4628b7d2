"""``jurybox plan mean|proportion|battles|mcnemar|kappa``: sizes of studies, before there are any data."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from analysis.arguments import Answer, UsageError
from analysis.report import FORMATS

if TYPE_CHECKING:
    from analysis.plans import Errors, Plan


def add_plan_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``jurybox plan`` understands: a subcommand for each design."""
    designs = parser.add_subparsers(dest="design", required=True, metavar="mean|proportion|battles|mcnemar|kappa")
    _mean(designs.add_parser("mean", help="two systems' means on the same prompts"))
    _proportion(designs.add_parser("proportion", help="a share to within a width, or two shares apart"))
    _battles(designs.add_parser("battles", help="two systems apart by battles"))
    _mcnemar(designs.add_parser("mcnemar", help="two systems apart by right and wrong on the same items"))
    _kappa(designs.add_parser("kappa", help="Cohen's kappa of two raters to within a width"))


def plan(arguments: argparse.Namespace) -> Answer:
    """Plan as the arguments say."""
    from analysis.plan_report import render_plan

    made = _DESIGNS[arguments.design](arguments)
    return Answer(render_plan(made, "json" if arguments.json else arguments.format))


def _mean(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--difference", type=float, required=True, help="of the means, that should be seen")
    parser.add_argument("--sd", type=float, required=True, help="over prompts, of the difference of expected scores")
    parser.add_argument("--within", type=float, default=0.0, help="standard deviation of repeated answers (default 0)")
    parser.add_argument("--answers", type=int, default=1, help="to each prompt, averaged (default 1)")
    _add_test(parser)


def _proportion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rate", type=float, required=True, help="the share expected")
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--half-width", type=float, help="of its interval")
    wanted.add_argument("--against", type=float, metavar="RATE", help="another share, of other items, to be told apart")
    parser.add_argument("--confidence", type=float, default=0.95, help="of the interval (default 0.95)")
    _add_test(parser)


def _battles(parser: argparse.ArgumentParser) -> None:
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--win-rate", type=float, help="of the better system, ties counted half")
    wanted.add_argument("--elo", type=float, help="points between the two systems, 400 being odds of ten to one")
    parser.add_argument("--tie-share", type=float, default=0.0, help="of battles that end level (default 0)")
    _add_test(parser)


def _mcnemar(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only-a", type=float, required=True, help="share of items that only A gets right")
    parser.add_argument("--only-b", type=float, required=True, help="share of items that only B gets right")
    _add_test(parser)


def _kappa(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kappa", type=float, required=True, help="the kappa expected")
    parser.add_argument("--prevalence", type=float, required=True, help="share of one of the two categories")
    parser.add_argument("--half-width", type=float, required=True, help="of the interval")
    parser.add_argument("--confidence", type=float, default=0.95, help="of the interval (default 0.95)")
    _add_output(parser)


def _add_test(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--level", type=float, default=0.05, help="of the two-sided test (default 0.05)")
    parser.add_argument("--power", type=float, default=0.8, help="chance of seeing the effect (default 0.8)")
    parser.add_argument("--per-cluster", type=float, default=1.0, help="related items or votes each (default 1)")
    parser.add_argument("--correlation", type=float, default=0.0, help="within such a cluster (default 0)")
    _add_output(parser)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--items", type=int, metavar="N", help="also what so many items or battles would show")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--format", choices=FORMATS, default="table")
    output.add_argument("--json", action="store_true", help="the same as --format json")


def _errors(arguments: argparse.Namespace) -> Errors:
    from analysis.comparison.planners import design_effect
    from analysis.plans import Errors

    design = design_effect(per_cluster=arguments.per_cluster, correlation=arguments.correlation)
    if not design > 0:
        raise UsageError("that correlation within clusters would make every item worthless; is it meant positive?")
    return Errors(arguments.level, arguments.power, design, arguments.items)


def _plan_mean(arguments: argparse.Namespace) -> Plan:
    from analysis.plans import plan_mean

    return plan_mean(
        difference=arguments.difference,
        sd=arguments.sd,
        within=arguments.within,
        answers=arguments.answers,
        errors=_errors(arguments),
    )


def _plan_proportion(arguments: argparse.Namespace) -> Plan:
    from analysis.plans import plan_proportion, plan_proportions

    if arguments.against is not None:
        return plan_proportions(rate=arguments.rate, against=arguments.against, errors=_errors(arguments))
    return plan_proportion(
        rate=arguments.rate,
        half_width=arguments.half_width,
        confidence=arguments.confidence,
        design=_errors(arguments).design,
        items=arguments.items,
    )


def _plan_battles(arguments: argparse.Namespace) -> Plan:
    from analysis.comparison.planners import win_rate_of
    from analysis.plans import plan_battles

    rate = arguments.win_rate if arguments.elo is None else win_rate_of(arguments.elo)
    return plan_battles(win_rate=rate, tie_share=arguments.tie_share, errors=_errors(arguments))


def _plan_mcnemar(arguments: argparse.Namespace) -> Plan:
    from analysis.plans import plan_mcnemar

    return plan_mcnemar(only_a=arguments.only_a, only_b=arguments.only_b, errors=_errors(arguments))


def _plan_kappa(arguments: argparse.Namespace) -> Plan:
    from analysis.plans import plan_kappa

    return plan_kappa(
        kappa=arguments.kappa,
        prevalence=arguments.prevalence,
        half_width=arguments.half_width,
        confidence=arguments.confidence,
        items=arguments.items,
    )


_DESIGNS = {
    "mean": _plan_mean,
    "proportion": _plan_proportion,
    "battles": _plan_battles,
    "mcnemar": _plan_mcnemar,
    "kappa": _plan_kappa,
}
