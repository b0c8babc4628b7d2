"""What the pages on judges show: verdicts in a list, and one card with its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.card_figures import Figure, figures, gaps
from analysis.certification_report import reason
from analysis.comparison.estimates import Estimate
from analysis.drawing import Axis, Mark, axis_over, heat, mark
from analysis.judge_card import JudgeCard, may_stand_in
from analysis.judging.against_people import AgainstPeople
from analysis.judging.alternative import AlternativeTest, PersonResult
from analysis.judging.certainty import Certainty
from analysis.judging.probabilities import CalibrationBin
from analysis.judging.shuffled import Shuffled
from analysis.judging_plots import by_lead
from analysis.probes import ProbeReport, probes_in_words

CURVE = 200.0  # side of the reliability curve, in the units of its viewBox
BARS = 44.0  # height of the counts below it
FLOOR = 258.0  # on which they stand
PARTS = (
    ("answers", "Same answers"),
    ("numbers", "Numbers"),
    ("order", "Order of responses and systems"),
    ("certainty", "Certainty"),
    ("bias", "Consistency and bias"),
)
MOST_LABELS = 12  # in a confusion table on a page; the files have them all


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judge on one question, as the list shows it."""

    criterion: str
    test: AlternativeTest
    shuffled: Shuffled

    @property
    def won(self) -> int:
        """How many people the judge holds its own against."""
        return sum(person.rejected for person in self.test.people)

    @property
    def passes(self) -> bool:
        """Whether the judge passed a test that it could have failed."""
        return may_stand_in(self.test, self.shuffled)

    @property
    def why(self) -> str:
        """Why nothing can be said, or nothing."""
        if self.test.passes and not self.passes:
            return "its answers shuffled among the items pass too, so the test cannot tell"
        return self.test.message or ""


@dataclass(frozen=True, slots=True)
class Tried:
    """One judge with its verdict on every question that it answered."""

    key: int
    name: str
    verdicts: list[Verdict]

    @property
    def passes(self) -> bool:
        """Whether it passes on all of them."""
        return all(verdict.passes for verdict in self.verdicts)


def list_sentence(judges: Sequence[Tried]) -> str:
    """Answer the list's question in one line."""
    passed = [judge.name for judge in judges if judge.passes]
    if not judges:
        return "No judge has answered yet"
    if not passed:
        return "No judge may stand in for people here yet"
    if len(judges) == 1:
        return f"{passed[0]} may stand in for people here"
    named = passed[0] if len(passed) == 1 else f"{len(passed)} of {len(judges)} judges"
    return f"{named} may stand in for people here on every question asked"


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """The judge against one person, with the lead as a mark."""

    name: str
    result: PersonResult
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a confusion table: its count, its share of the row, and its shade."""

    count: int
    share: float | None
    shade: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class ShownConfusion:
    """A confusion table in one unit: a row for each label that is true somewhere."""

    unit: str
    n: int
    dropped: int
    labels: list[str]
    rows: list[tuple[str, list[Cell]]]


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """One figure with the marks of the judge and of people on the card's axis."""

    figure: Figure
    judge: Mark | None
    people: Mark | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One bin of the reliability curve as places in its picture, with what it says."""

    x: float
    y: float
    low: float
    high: float
    left: float
    top: float
    bar: float
    part: CalibrationBin


@dataclass(frozen=True, slots=True)
class ShownCurve:
    """A reliability curve in one unit."""

    source: str
    unit: str
    points: list[CurvePoint]

    @property
    def line(self) -> str:
        """The points of the polyline."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)


@dataclass(frozen=True, slots=True)
class CardPage:
    """A judge card as the page shows it."""

    card: JudgeCard
    sentence: str
    people: list[ShownPerson]
    lead_axis: Axis | None
    limit: float | None
    skipped: list[str]
    confusions: list[ShownConfusion]
    axis: Axis | None
    parts: list[tuple[str, list[ShownFigure]]]
    curves: list[ShownCurve]
    gaps: list[str]
    probes: ProbeReport | None


def card_page(card: JudgeCard, judge: str, probes: ProbeReport | None = None) -> CardPage:
    """Lay a card out, with what probes of the judge have brought."""
    people = by_lead(card.test.people)
    leads = [one for person in people for one in (person.lead.value, person.lead.lower, person.lead.upper)]
    lead_axis = axis_over([*leads, -card.test.epsilon, 0.0]) if people else None
    shown = [line for line in figures(card) if line.brief and line.part != "test" and line.judge.value is not None]
    sides = [one for line in shown if line.bounded for one in (line.judge, line.people) if one is not None]
    axis = axis_over([end for one in sides for end in (one.value, one.lower, one.upper)], low=0.0, high=1.0)
    return CardPage(
        card=card,
        sentence=_sentence(card, judge, probes),
        probes=probes,
        people=[ShownPerson(card.people[one.rater], one, _mark(lead_axis, one.lead)) for one in people],
        lead_axis=lead_axis,
        limit=None if lead_axis is None else lead_axis.at(-card.test.epsilon),
        skipped=[card.people[rater] for rater in card.test.skipped],
        confusions=[_confusion(made) for made in card.labels if made.ties == "with"],
        axis=axis,
        parts=_parts(shown, axis),
        curves=[_curve(made) for made in card.certainty if any(part.n for part in made.judge.curve)],
        gaps=[f"{gap}: {card.missing[name].message}" for gap, name in zip(gaps(card), card.missing, strict=True)],
    )


def _sentence(card: JudgeCard, judge: str, probes: ProbeReport | None) -> str:
    if card.passes and probes is not None and not probes.passes:
        return f"{judge} may not stand in for people here: {probes_in_words(probes)}"
    return f"{judge} {'may' if card.passes else 'may not'} stand in for people here: {reason(card)}"


def _parts(shown: Sequence[Figure], axis: Axis | None) -> list[tuple[str, list[ShownFigure]]]:
    made = [
        (title, [_figure(line, axis if line.bounded else None) for line in shown if line.part == part])
        for part, title in PARTS
    ]
    return [(title, lines) for title, lines in made if lines]


def _figure(line: Figure, axis: Axis | None) -> ShownFigure:
    people = None if line.people is None else _mark(axis, line.people)
    return ShownFigure(line, _mark(axis, line.judge), people)


def _mark(axis: Axis | None, one: Estimate) -> Mark | None:
    return mark(axis, one.value, one.lower, one.upper)


def _confusion(made: AgainstPeople) -> ShownConfusion:
    table, names = made.classes.confusion.table, made.classes.confusion.labels
    used = np.flatnonzero(table.sum(axis=0) + table.sum(axis=1))[:MOST_LABELS]
    total = table.sum(axis=1)
    rows = [
        (names[true], [_cell(int(table[true, said]), int(total[true]), bool(true == said)) for said in used])
        for true in used
    ]
    labels = [names[place] for place in used]
    return ShownConfusion(made.unit, int(table.sum()), made.dropped, labels, rows)


def _cell(count: int, total: int, agrees: bool) -> Cell:
    share = count / total if total else None
    return Cell(count, share, "heat-none" if share is None else heat(0.5 + share / 2), agrees)


def _curve(made: Certainty) -> ShownCurve:
    parts = [part for part in made.judge.curve if part.n]
    most = max(part.n for part in parts)
    return ShownCurve(made.source, made.unit, [_point(part, most) for part in parts])


def _point(part: CalibrationBin, most: int) -> CurvePoint:
    said, share, low, high = (
        round(CURVE * (value or 0.0), 1) for value in (part.mean_probability, part.share, part.lower, part.upper)
    )
    bar, left = round(BARS * part.n / most, 1), round(CURVE * part.lower_edge, 1)
    return CurvePoint(said, CURVE - share, CURVE - low, CURVE - high, left, round(FLOOR - bar, 1), bar, part)
