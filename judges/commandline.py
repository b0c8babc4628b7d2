"""What ``jurybox judge`` understands: from its options to versions, rubrics and selections, with errors for people."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from domain.models import Project
from judges import throttle
from judges.estimates import Estimate
from judges.keys import secret_of
from judges.models import JudgeVersion, Run
from judges.money import dollars, nano
from judges.parameters import BadVersion
from judges.planning import Selection, count_items, usual_pairs
from judges.versions import judges_of


class BadCall(ValueError):
    """Options that make no sense together, or name something that is not there."""


def find_project(slug: str) -> Project:
    """Return a project by its slug."""
    project: Project | None = Project.objects.filter(slug=slug).first()
    if project is None:
        known = ", ".join(Project.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
        raise BadCall(f"there is no project {slug!r} (projects: {known})")
    return project


def find_run(project: Project, number: str) -> Run:
    """Return a run of a project by its number."""
    run: Run | None = Run.objects.of(project).filter(pk=int(number)).first() if number.isdecimal() else None
    if run is None:
        raise BadCall(f"project {project.slug} has no run {number!r}")
    return run


def selection_wanted(project: Project, options: dict[str, Any]) -> Selection:
    """Return which items the options ask for."""
    return Selection(pairs=options["pairs"] or usual_pairs(project), limit=options["limit"], repeats=options["repeats"])


def about_pairs(version: JudgeVersion, selection: Selection, *, said: bool) -> str:
    """Say that the battles on record are not all that could be asked about, unless it was ``said`` which; or ""."""
    if said or selection.pairs != "made" or selection.probes or version.protocol != JudgeVersion.Protocol.PAIRWISE:
        return ""
    made = count_items(version, selection)
    every = count_items(version, replace(selection, pairs="all", limit=None))
    if made >= min(every, selection.limit or every):
        return ""
    return f"Asked about are the {made:,} battles on record; --pairs all asks about all {every:,} that there could be."


def budget_wanted(text: str | None) -> int | None:
    """Return a budget in dollars as billionths."""
    if text is None:
        return None
    try:
        amount = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        raise BadCall(f"--budget is {text!r}; give dollars, for instance 2.50") from None
    if not amount.is_finite() or not 0 < amount < 10**6:
        raise BadCall(f"--budget is {text!r}; give an amount above 0 and below a million dollars")
    return nano(amount)


def limit_key(version: JudgeVersion, options: dict[str, Any]) -> None:
    """Set the limits per minute of a judge's key that the options name; another one that is set stays."""
    requests, tokens = options["requests_per_minute"], options["tokens_per_minute"]
    if requests is None and tokens is None:
        return
    whos = {throttle.identity(judge, secret_of(judge)) for judge in judges_of(version)}
    known = throttle.limits_of(list(whos))
    for who in whos:
        earlier = known.get(who)
        throttle.set_limits(
            who,
            requests=requests or (earlier.requests_per_minute if earlier else None),
            tokens=tokens or (earlier.tokens_per_minute if earlier else None),
        )


def parse_metrics(text: str, params: str | None = None) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Read ``length,bleu`` or ``regex:^Sure`` (a pattern takes the rest of its text, commas too), and parameters."""
    head, found, pattern = text.partition("regex:")
    names = [name.strip() for name in head.split(",") if name.strip()]
    given = _metric_params(params)
    if not found:
        return names, given
    return [*names, "regex"], given | {"regex": given.get("regex", {}) | {"pattern": pattern}}


def _metric_params(text: str | None) -> dict[str, dict[str, Any]]:
    """Read parameters of metrics, by metric: JSON, or @ and the path of a file with JSON."""
    if text is None:
        return {}
    try:
        read = json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)
    except (OSError, ValueError, RecursionError) as error:
        raise BadCall(f"--metric-params cannot be read as JSON: {error}") from None
    if not isinstance(read, dict) or not all(isinstance(params, dict) for params in read.values()):
        raise BadCall('--metric-params is an object of objects by metric, such as {"pass_at_k": {"k": 5}}')
    return read


def summary_of(run: Run) -> dict[str, Any]:
    """Return what ``--json`` prints about a run. Money is a number of dollars, null where it is not known."""
    return {
        "run": run.pk,
        "project": run.project.slug,
        "judge": run.version.label if run.version else None,
        "version": run.version.content_hash if run.version else None,
        "metrics": [item["key"] for item in run.metrics],
        "mode": run.mode,
        "state": run.state,
        "reason": run.reason,
        "planned": run.planned,
        "done": run.done,
        "verdict": run.verdicts,
        "refused": run.refused,
        "unreadable": run.unreadable,
        "transport": run.transport,
        "calls": run.ledger.count(),
        "budget_usd": usd(run.budget_nusd),
        "spent_usd": usd(run.spent_nusd) if not run.unpriced_calls else None,
        "unsettled_usd": usd(run.unsettled_nusd),
        "unpriced_calls": run.unpriced_calls,
    }


def plan_of(version: JudgeVersion, found: Estimate) -> dict[str, Any]:
    """Return what ``--dry-run --json`` prints."""
    return {
        "dry_run": True,
        "project": version.project.slug,
        "judge": version.name,
        "model": version.model,
        "protocol": version.protocol,
        "items": found.items,
        "cells": found.cells,
        "calls": found.calls,
        "input_tokens": found.input_tokens,
        "output_tokens": found.output_tokens,
        "cost_usd": usd(found.cost_nusd),
        "cost_at_most_usd": usd(found.at_most_nusd),
        "basis": found.basis,
        "reason": "" if found.cost_nusd is not None else f"no price is known for the model {version.model}",
    }


def usd(amount: int | None) -> float | None:
    """Return billionths as a plain number of dollars."""
    return None if amount is None else float(dollars(amount))


def check_budget(budget: int | None, model: str, *, priced: bool) -> None:
    """Refuse a cap that cannot be held."""
    if budget is not None and not priced:
        raise BadVersion(
            f"no price is known for the model {model}, so a budget cannot be held: leave --budget out to run without"
        )
