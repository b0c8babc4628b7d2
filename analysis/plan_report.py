"""A plan, as JSON or as a small table."""

from __future__ import annotations

import json
from dataclasses import asdict

from analysis.plans import Plan
from analysis.writers import Column, Table, as_csv, as_html, as_markdown, as_text, number_of


def render_plan(plan: Plan, format_name: str) -> str:
    """Write it in one of the report's formats."""
    if format_name == "json":
        return json.dumps(asdict(plan), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write = {"table": as_text, "csv": as_csv, "md": as_markdown, "html": as_html}[format_name]
    return write(plan_table(plan))


def plan_table(plan: Plan) -> Table:
    """Lay the effects out with the size that each takes."""
    shown = [Column(name, name.replace("_", " "), number_of) for name in plan.asked.effect]
    shown.append(Column("needed", f"{plan.unit} needed"))
    if plan.at_items_is is not None:
        shown.append(Column("at_items", f"{plan.at_items_is} with {plan.items}", number_of))
    rows = tuple(
        (*line.effect.values(), line.needed, *(() if plan.at_items_is is None else (line.at_items,)))
        for line in plan.lines
    )
    given = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in plan.given.items())
    notes = [f"{plan.asked.needed} {plan.unit} for {_effect(plan)}"]
    if plan.smallest is not None:
        notes.append(f"{plan.items} {plan.unit} show a difference of {number_of(plan.smallest)} or more")
    notes += [f"{name}: {text}" for name, text in plan.conventions.items()]
    return Table(f"Plan of {plan.design}; {given}", tuple(shown), rows, tuple(notes))


def _effect(plan: Plan) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in plan.asked.effect.items())
