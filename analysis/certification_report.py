"""A judge's certification, as JSON or as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from analysis.certification import Certification, JudgeCard
from analysis.comparison.estimates import Estimate
from analysis.judging_bias import Bias
from analysis.writers import Cell, Column, Table, as_csv, as_html, as_markdown, as_text, number_of


def render_certification(result: Certification, format_name: str) -> str:
    """Write it in one of the report's formats."""
    if format_name == "json":
        return json.dumps(_document(result), indent=2, ensure_ascii=False, allow_nan=False, default=_listed) + "\n"
    writers = {"table": as_text, "csv": as_csv, "md": as_markdown, "html": as_html}
    return writers[format_name](certification_table(result))


def certification_table(result: Certification) -> Table:
    """Lay the judge cards out, a number per line."""
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("name", "Statistic", numeric=False),
        Column("value", "Value", number_of),
        Column("lower", "lower", number_of),
        Column("upper", "upper", number_of),
        Column("n", "n"),
        Column("method", "Method", numeric=False),
        Column("reason", "Undefined because", numeric=False),
    )
    rows = tuple((card.criterion or "", *line) for card in result.cards for line in _lines(card))
    answer = "may stand in for people" if result.passes else "may not stand in for people"
    return Table(f"{result.judge} {answer} here", columns, rows, tuple(_sentence(card) for card in result.cards))


def _lines(card: JudgeCard) -> Iterator[tuple[Cell, ...]]:
    yield "winning rate", card.test.winning_rate, None, None, len(card.test.people), _epsilon(card), card.test.reason
    yield _line("advantage", card.test.advantage)
    for one in card.against_people:
        unit = f"{one.unit}, {one.ties} ties"
        yield _line(f"same answer: judge ({unit})", one.judge)
        yield _line(f"same answer: people ({unit})", one.people)
        yield _line(f"judge - people ({unit})", one.difference)
    for name, error in card.errors.items():
        yield _line(name, error)
    if card.bias is not None:
        yield from _bias_lines(card.bias)


def _bias_lines(bias: Bias) -> Iterator[tuple[Cell, ...]]:
    if bias.position is not None:
        yield _line("first position won, of decided", bias.position.of_decided)
    if bias.swap is not None:
        yield _line("same verdict when swapped", bias.swap.consistent)
        yield _line("position effect", bias.swap.position_effect)
    if bias.length is not None:
        yield _line("longer won: judge - people", bias.length.share_difference)
        yield _line("length slope: judge - people", bias.length.slope_difference)
    if bias.self_preference is not None:
        yield _line("own family: judge - people", bias.self_preference.effect)
    for name, why in bias.missing.items():
        yield name.replace("_", " "), None, None, None, 0, "", why.partition(":")[0]


def _line(name: str, one: Estimate) -> tuple[Cell, ...]:
    return name, one.value, one.lower, one.upper, one.n, one.method, one.reason


def _epsilon(card: JudgeCard) -> str:
    return f"alternative annotator test, epsilon {card.test.epsilon:g}"


def _sentence(card: JudgeCard) -> str:
    about = "" if card.criterion is None else f"{card.criterion}: "
    test = card.test
    if test.winning_rate is None:
        return f"{about}no, the test cannot be made: {test.message}"
    won = sum(person.rejected for person in test.people)
    said = f"{about}{'yes' if card.passes else 'no'}, as good as {won} of {len(test.people)} people; half are needed"
    return said + (f"; {len(test.skipped)} people with too few items were left out" if test.skipped else "")


def _document(result: Certification) -> dict[str, Any]:
    document = asdict(result)
    for made, card in zip(document["cards"], result.cards, strict=True):
        made["passes"] = card.passes
        for person in made["test"]["people"]:
            person["rater"] = card.people[person["rater"]]
        made["test"]["skipped"] = [card.people[rater] for rater in card.test.skipped]
    return document


def _listed(value: Any) -> Any:
    """Turn an array into lists; only confusion tables hold any."""
    return value.tolist()
