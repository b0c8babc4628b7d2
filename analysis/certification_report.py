"""A judge's certification: the answer first, then the figures, as JSON or as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from analysis.card_figures import Figure, figures, gaps
from analysis.certification import Certification
from analysis.comparison.estimates import Estimate
from analysis.judge_card import JudgeCard
from analysis.probes import FlipRate, ProbeReport, probes_in_words
from analysis.writers import Cell, Column, Table, as_csv, as_html, as_markdown, as_text, number_of


def render_certification(result: Certification, format_name: str, *, every: bool = False) -> str:
    """Write it in one of the report's formats; ``every`` asks tables for all figures. JSON and CSV always have them."""
    if format_name == "json":
        return json.dumps(document(result), indent=2, ensure_ascii=False, allow_nan=False, default=_listed) + "\n"
    if format_name == "csv":
        return as_csv(long_table(result))
    write = {"table": as_text, "md": as_markdown, "html": as_html}[format_name]
    if every:
        return write(long_table(result))
    table = brief_table(result.cards[0], verdict(result)) if len(result.cards) == 1 else criteria_table(result)
    return write(table) if result.probes is None else f"{write(table)}\n{write(probe_table(result.probes))}"


def verdict(result: Certification) -> str:
    """Say whether the judge may stand in for people, and why."""
    answer = f"{result.judge} {'may' if result.passes else 'may not'} stand in for people here"
    told = f"{answer}: {_of_cards(result)}"
    return told if result.probes is None else f"{told}; {probes_in_words(result.probes)}"


def _of_cards(result: Certification) -> str:
    if len(result.cards) == 1:
        return reason(result.cards[0])
    failed = [card.criterion or "" for card in result.cards if not card.passes]
    if not failed:
        return f"it passes on all {len(result.cards)} criteria"
    named = ", ".join(failed[:5]) + (", ..." if len(failed) > 5 else "")
    return f"it passes on {len(result.cards) - len(failed)} of {len(result.cards)} criteria, not on {named}"


def reason(card: JudgeCard) -> str:
    """Say in one clause how the test went."""
    test, shuffled = card.test, card.shuffled
    if test.winning_rate is None:
        return f"the test cannot be made, {test.message}"
    if test.passes and shuffled.blind:
        return (
            f"the test cannot tell, since its answers shuffled among the items pass too ({shuffled.passed} of "
            f"{shuffled.shuffles} times); people agree too little, or epsilon {test.epsilon:g} is too wide"
        )
    won = sum(person.rejected for person in test.people)
    said = f"it holds its own against {won} of {len(test.people)} people, and half are needed"
    return said + (f" ({len(test.skipped)} with too few items left out)" if test.skipped else "")


def brief_table(card: JudgeCard, title: str) -> Table:
    """Lay out the figures that decide about one criterion, people beside the judge."""
    columns = (
        Column("statistic", "Statistic", numeric=False),
        Column("judge", "Judge", number_of),
        Column("judge_interval", "interval"),
        Column("people", "People", number_of),
        Column("people_interval", "interval"),
        Column("difference", "Difference", number_of),
        Column("difference_interval", "interval"),
        Column("n", "n"),
        Column("unit", "Unit", numeric=False),
    )
    shown = [line for line in figures(card) if line.brief]
    rows = tuple(_brief(line) for line in shown if line.judge.value is not None)
    undefined = [f"{line.name}, {line.unit} ({line.judge.reason})" for line in shown if line.judge.value is None]
    absent = [*gaps(card), *undefined]
    notes = [
        f"{card.n_judged} items judged, {card.level}" + (f", {card.abstained} abstentions" if card.abstained else "")
    ]
    return Table(title, columns, rows, (*notes, *([f"Not here: {'; '.join(absent)}"] if absent else [])))


def criteria_table(result: Certification) -> Table:
    """Lay out one line per criterion, where there are several."""
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("passes", "Passes", numeric=False),
        Column("winning_rate", "Winning rate", number_of),
        Column("people", "People"),
        Column("advantage", "Advantage", number_of),
        Column("interval", "interval"),
        Column("same", "Same answer", number_of),
        Column("people_same", "people's", number_of),
        Column("n", "Items"),
        Column("reason", "Because", numeric=False),
    )
    notes = ("--criterion NAME shows the card of one criterion, --all every figure of all",)
    return Table(verdict(result), columns, tuple(_criterion(card) for card in result.cards), notes)


def probe_table(report: ProbeReport) -> Table:
    """Lay out how often each kind of probe moved the judge."""
    columns = (
        Column("probe", "Probe", numeric=False),
        Column("flips", "Moved"),
        Column("n", "of items"),
        Column("rate", "Rate", number_of),
        Column("interval", "interval"),
        Column("threshold", "Limit", number_of),
        Column("passes", "Passes", numeric=False),
        Column("left_out", "Not counted", numeric=False),
    )
    notes = [f"run {report.run}, pack {report.pack}, {report.items} items drawn with seed {report.seed}"]
    rows = tuple(_probe(one) for one in report.kinds)
    title = f"Probes: {probes_in_words(report)}"
    return Table(title, columns, rows, (*notes, *([report.unfinished] if report.unfinished else [])))


def _probe(one: FlipRate) -> tuple[Cell, ...]:
    ends = "" if one.lower is None or one.upper is None else f"{number_of(one.lower)} to {number_of(one.upper)}"
    passes = {True: "yes", False: "no", None: "too few"}[one.passes]
    left_out = ", ".join(f"{count} {why}" for why, count in one.left_out.items())
    return one.kind, one.flips, one.n, one.rate, ends, one.threshold, passes, left_out


def _criterion(card: JudgeCard) -> tuple[Cell, ...]:
    test, same = card.test, card.labels[0] if card.labels else None
    return (
        card.criterion or "",
        "yes" if card.passes else "no",
        test.winning_rate,
        len(test.people),
        test.advantage.value,
        interval(test.advantage),
        None if same is None else same.judge.value,
        None if same is None else same.people.value,
        card.n_judged,
        test.reason or ("the test cannot tell" if test.passes and not card.passes else None),
    )


def long_table(result: Certification) -> Table:
    """Lay out every figure of every card, a number per line."""
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("name", "Statistic", numeric=False),
        Column("unit", "Unit", numeric=False),
        Column("who", "Who", numeric=False),
        Column("value", "Value", number_of),
        Column("lower", "lower", number_of),
        Column("upper", "upper", number_of),
        Column("n", "n"),
        Column("method", "Method", numeric=False),
        Column("reason", "Undefined because", numeric=False),
    )
    rows = tuple(row for card in result.cards for row in _long(card))
    rows += tuple(_long_probe(one) for one in result.probes.kinds) if result.probes else ()
    return Table(
        verdict(result), columns, rows, tuple(f"{card.criterion or 'answers'}: {reason(card)}" for card in result.cards)
    )


def _long(card: JudgeCard) -> Iterator[tuple[Cell, ...]]:
    for line in figures(card):
        for who, one in (("judge", line.judge), ("people", line.people), ("judge - people", line.difference)):
            if one is not None:
                ends = one.value, one.lower, one.upper, one.n, one.method, one.reason
                yield card.criterion or "", line.name, line.unit, who, *ends
    for name, gap in card.missing.items():
        yield card.criterion or "", name.replace("_", " "), "", "judge", None, None, None, 0, "none", gap.reason


def _long_probe(one: FlipRate) -> tuple[Cell, ...]:
    method = f"Wilson, limit {one.threshold:g}"
    return "", f"moved by probe {one.kind}", "items", "judge", one.rate, one.lower, one.upper, one.n, method, one.reason


def _brief(line: Figure) -> tuple[Cell, ...]:
    sides = (line.judge, line.people, line.difference)
    cells: list[Cell] = [line.name]
    for one in sides:
        cells += [None if one is None else one.value, "" if one is None else interval(one)]
    return (*cells, line.judge.n, line.unit)


def interval(one: Estimate) -> str:
    """Write an interval as "0.41 to 0.52", or nothing."""
    if one.lower is None or one.upper is None:
        return ""
    return f"{number_of(one.lower)} to {number_of(one.upper)}"


def document(result: Certification) -> dict[str, Any]:
    """Return everything as data; docs/data.md lists the keys."""
    made = {"judge": result.judge, "passes": result.passes, "verdict": verdict(result), **asdict(result)}
    for written, card in zip(made["cards"], result.cards, strict=True):
        written["passes"], written["verdict"] = card.passes, reason(card)
        for person in written["test"]["people"]:
            person["rater"] = card.people[person["rater"]]
        written["test"]["skipped"] = [card.people[rater] for rater in card.test.skipped]
    return made


def _listed(value: Any) -> Any:
    """Turn an array into lists; only confusion tables hold any."""
    return value.tolist()
