"""How pages write runs and cells. ``{% load judges %}``."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from judges.models import Cell, Exchange, LedgerEntry, Run, TrialCall
from judges.money import dollars

register = template.Library()

MISSING = "–"
CACHED = {
    "cache_read": "read from a cache",
    "cache_write": "written to one",
    "cache_write_1h": "written to one for an hour",
}
OUTCOMES = {"verdict": "good", "refused": "warn", "unreadable": "warn", "transport": "bad"}
ANSWERS = {"tie": "tie", "both_bad": "both bad"}


@register.filter
def usd(amount: int | None) -> str:
    """Write billionths of a dollar as dollars: cents, and more digits where an amount is below a dollar."""
    if amount is None:
        return MISSING
    value = dollars(amount)
    return f"${value:,.2f}" if value >= 1 or not value else f"${value:.4f}"


@register.filter
def usd_each(amount: float | None) -> str:
    """Write what one of many costs, in dollars: billionths, with the digits that small amounts need."""
    return MISSING if amount is None else f"${amount / 1e9:.5f}"


@register.filter
def points(share: float | None) -> str:
    """Write a difference of shares in percentage points, with its sign: +3.1."""
    return MISSING if share is None else f"{share * 100:+.1f}".replace("-", "\u2212")


@register.simple_tag
def spent(run: Run) -> SafeString:
    """Write what a run has cost, or that nobody knows."""
    if run.is_of_metrics:
        return format_html("{}", MISSING)
    if run.unpriced_calls:
        why = f"no price or no token counts for {run.unpriced_calls} calls"
        return format_html('<span class="missing" title="{}">unknown</span>', why)
    return format_html("{}", usd(run.spent_nusd))


@register.simple_tag
def cost(row: Cell | LedgerEntry | TrialCall) -> SafeString:
    """Write what one call has cost, or that nobody knows."""
    if row.cost_nusd is not None:
        return format_html("{}", f"{dollars(row.cost_nusd):.5f}")
    unknown = isinstance(row, LedgerEntry | TrialCall) or row.state == Cell.State.DONE
    return format_html('<span class="missing">{}</span>', "unknown" if unknown else MISSING)


@register.filter
def in_and_out(usage: dict[str, int] | None) -> str:
    """Write the tokens of a call: those of the prompt, whatever a cache had of them, and those of the answer."""
    if not usage:
        return "not told"
    cached = [f"{usage[name]:,} {told}" for name, told in CACHED.items() if usage.get(name)]
    prompt = sum(usage.get(name, 0) for name in ("input_uncached", *CACHED))
    thought = f" ({usage['thinking']:,} of them thinking)" if usage.get("thinking") else ""
    from_cache = f" ({', '.join(cached)})" if cached else ""
    return f"{prompt:,} in{from_cache}, {usage.get('output', 0):,} out{thought}"


@register.filter
def probe_kind(run: Run, repeat: int) -> str:
    """Name the probe that a repeat of a run of probes is."""
    return str(run.selection["probes"][repeat - 1])


@register.filter
def failed(run: Run) -> int:
    """Return how many cells ended without a verdict."""
    return run.done - run.verdicts


@register.simple_tag
def outcome(cell: Cell | Exchange | TrialCall) -> SafeString:
    """Mark how a cell, or a step of it, ended, or where it is."""
    if cell.outcome:
        return format_html('<span class="badge {}">{}</span>', OUTCOMES[cell.outcome], cell.get_outcome_display())
    if isinstance(cell, Exchange | TrialCall):
        return format_html("{}", "")
    return format_html('<span class="badge">{}</span>', cell.get_state_display())


@register.filter
def prompt_id(cell: Cell) -> str:
    """Return the name of the prompt that a cell is about."""
    target = cell.battle or cell.response
    prompt = target.prompt if target else cell.prompt
    return prompt.external_id if prompt else ""


@register.filter
def shown_systems(cell: Cell) -> str:
    """Return the systems in the order in which they were shown."""
    if cell.battle is None:
        return cell.response.system.name if cell.response else f"{len(cell.listed or [])} responses"
    names = [cell.battle.response_a.system.name, cell.battle.response_b.system.name]
    return ", ".join(names[::-1] if cell.order else names)


@register.filter
def answer(cell: Cell) -> str:
    """Return the first criterion's answer, with the system that a side stands for."""
    if cell.said not in ("A", "B") or cell.battle is None:
        return ANSWERS.get(cell.said, cell.said)
    shown_first = cell.battle.response_b if cell.order else cell.battle.response_a
    shown_second = cell.battle.response_a if cell.order else cell.battle.response_b
    return f"{cell.said}: {(shown_first if cell.said == 'A' else shown_second).system.name}"


@register.filter
def seconds(row: Cell | LedgerEntry | TrialCall) -> float | None:
    """Return how long a call took."""
    return None if row.latency_ms is None else row.latency_ms / 1000


@register.filter
def tokens_in(entry: LedgerEntry) -> int | None:
    """Return all tokens of the prompt, cached or not."""
    kinds = (entry.input_uncached, entry.cache_read, entry.cache_write, entry.cache_write_1h)
    known = [kind for kind in kinds if kind is not None]
    return sum(known) if known else None


@register.filter
def pretty(document: Any) -> str:
    """Write JSON for reading; it is escaped like any text."""
    return json.dumps(document, indent=2, ensure_ascii=False)
