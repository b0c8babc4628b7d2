"""What the agreement page shows: for each criterion people with people and each judge with people, and where not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from analysis.agreement import AgreementOptions, Statistic, agreement
from analysis.between import cross_agreement, cross_kappa, only
from analysis.data import Coded, Mask, Ratings, take
from analysis.drawing import Axis, Mark, axis_over, mark
from analysis.errors import Undefined, Why
from analysis.parts import part_of
from analysis.prevalence import Prevalence, prevalence_of
from analysis.repeats import collapse_repeats
from analysis.resampling import Sums, bootstrap
from analysis.writers import Cell, Column, Table

ROUNDS = 1000
CONFIDENCE = 0.95
MOST_DISAGREEMENTS = 12
_AMONG_PEOPLE = ("krippendorff_alpha", "percent_agreement")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the forest plot: who with whom, the coefficient and the raw agreement beside it."""

    who: str
    kind: str
    coefficient: Statistic
    percent: Statistic
    mark: Mark | None = None

    @property
    def coefficient_name(self) -> str:
        """The coefficient's name as a reader knows it."""
        return {"krippendorff_alpha": "Krippendorff’s alpha", "cohen_kappa": "Cohen’s kappa"}[self.coefficient.name]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An item on which raters are apart, and what each said: (rater, kind, value as text)."""

    item: str
    spread: float
    said: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class CriterionSection:
    """One criterion: its lines, how often a rater contradicted itself, and its worst disagreements among people.

    ``prevalence`` is how often people gave each answer, or everybody where no person has answered.
    """

    criterion: str
    level: str
    n_items: int
    n_ratings: int
    abstained: int
    prevalence: Prevalence
    lines: list[Line]
    disagreements: list[Disagreement]


def criterion_section(
    ratings: Ratings, criterion: str, *, level: str, kinds: Mapping[str, str], seed: int = 0
) -> CriterionSection:
    """Compare people with people, and each judge and metric with people, on one criterion.

    ``kinds`` says of each rater's name whether it is a person, a judge or a metric. Beside people, unequal answers of
    a judge count alike at the nominal level and by their squared difference above it.
    """
    chosen = only(ratings, criterion)
    collapsed = collapse_repeats(chosen, average=level in ("interval", "ratio"))
    settled = collapsed.ratings
    is_person = rows_of_kind(settled, kinds, "person")
    lines = [_people(take(chosen, rows_of_kind(chosen, kinds, "person")), criterion, level, seed)]
    for name, kind in _others(settled, kinds):
        lines.append(_against_people(settled, is_person, name, kind, level, seed))
    return CriterionSection(
        criterion=criterion,
        level=level,
        n_items=len(settled.item.used().names),
        n_ratings=len(settled),
        abstained=collapsed.abstained,
        prevalence=_prevalence(chosen, rows_of_kind(chosen, kinds, "person"), criterion, level),
        lines=lines,
        disagreements=disagreements(settled, kinds),
    )


def on_one_axis(sections: Sequence[CriterionSection]) -> tuple[list[CriterionSection], Axis | None]:
    """Give every line its mark on the axis that all criteria share, which holds 0 and 1."""
    values = [line.coefficient for section in sections for line in section.lines]
    axis = axis_over([end for one in values for end in (one.value, one.lower, one.upper)], low=0.0, high=1.0)
    return [
        replace(section, lines=[replace(line, mark=_mark(axis, line.coefficient)) for line in section.lines])
        for section in sections
    ], axis


def rows_of_kind(ratings: Ratings, kinds: Mapping[str, str], kind: str) -> Mask:
    """Return which rows were given by raters of one kind."""
    raters = _raters(ratings)
    wanted = np.array([kinds.get(name) == kind for name in raters.names], dtype=np.bool_)
    return np.asarray(wanted[raters.codes], dtype=np.bool_)


def disagreements(ratings: Ratings, kinds: Mapping[str, str]) -> list[Disagreement]:
    """Return the items on which people differ most: by the share of unequal pairs, then by how many rated them."""
    people = np.flatnonzero(rows_of_kind(ratings, kinds, "person"))
    size = len(ratings.item.names)
    count = np.bincount(ratings.item.codes[people], minlength=size)
    equal = np.zeros(size)
    pair = (
        ratings.item.codes[people].astype(np.int64) * (1 << 32)
        + np.unique(ratings.value[people], return_inverse=True)[1]
    )
    cells, number = np.unique(pair, return_counts=True)
    np.add.at(equal, cells >> 32, number * (number - 1))
    pairs = count * (count - 1)
    spread = np.where(pairs > 0, 1 - equal / np.maximum(pairs, 1), 0.0)
    worst = sorted(np.flatnonzero(spread > 0), key=lambda item: (-spread[item], -count[item], item))
    return [_disagreement(ratings, kinds, int(item), float(spread[item])) for item in worst[:MOST_DISAGREEMENTS]]


def _disagreement(ratings: Ratings, kinds: Mapping[str, str], item: int, spread: float) -> Disagreement:
    rows = np.flatnonzero(ratings.item.codes == item)
    raters = _raters(ratings)
    names = [raters.names[raters.codes[row]] for row in rows]
    said = [
        (name, kinds.get(name, ""), _text(ratings, float(ratings.value[row])))
        for name, row in zip(names, rows, strict=True)
    ]
    return Disagreement(ratings.item.names[item], spread, sorted(said, key=lambda one: (one[1] != "person", one[0])))


def _raters(ratings: Ratings) -> Coded:
    if ratings.rater is None:
        raise ValueError("this page compares raters, so ratings must say who gave them")
    return ratings.rater


def _text(ratings: Ratings, value: float) -> str:
    return ratings.labels[int(value)] if ratings.labels is not None else f"{value:g}"


def _people(people: Ratings, criterion: str, level: str, seed: int) -> Line:
    """Krippendorff's alpha among people; several of them are exchangeable, which is what it measures."""
    if not len(people):
        empty = Undefined(Why.EMPTY, "no person has answered this")
        alpha, percent = (_undefined(name, {}, empty) for name in _AMONG_PEOPLE)
        return Line("people with people", "people", alpha, percent)
    options = AgreementOptions(level=level, rounds=ROUNDS, confidence=CONFIDENCE, seed=seed)
    found = {statistic.name: statistic for statistic in agreement(people, options).statistics}
    alpha, percent = (found[name] for name in _AMONG_PEOPLE)
    return Line("people with people", "people", alpha, percent)


def _prevalence(chosen: Ratings, is_person: Mask, criterion: str, level: str) -> Prevalence:
    part = part_of(take(chosen, is_person) if is_person.any() else chosen, criterion, level=level)
    return prevalence_of(part.collapsed.ratings, criterion, part.categories, part.percent_agreement)


def _others(ratings: Ratings, kinds: Mapping[str, str]) -> list[tuple[str, str]]:
    present = _raters(ratings).used().names
    return sorted(
        ((name, kinds[name]) for name in present if kinds.get(name) in ("judge", "metric")), key=lambda x: x[1]
    )


def _against_people(ratings: Ratings, is_person: Mask, name: str, kind: str, level: str, seed: int) -> Line:
    raters = _raters(ratings)
    own = raters.codes == raters.names.index(name)
    pair, left = take(ratings, is_person | own), own[is_person | own]
    weights = "identity" if level == "nominal" else "quadratic"
    kappa = _measured(
        "cohen_kappa",
        {"weights": weights, "unit": "pairs of judge and person"},
        seed,
        lambda: cross_kappa(pair, left, squared=level != "nominal"),
    )
    percent = _measured(
        "percent_agreement", {"unit": "pairs of judge and person"}, seed, lambda: cross_agreement(pair, left)
    )
    return Line(f"{name} with people", kind, kappa, percent)


def _measured(name: str, options: dict[str, str], seed: int, build: Callable[[], Sums]) -> Statistic:
    try:
        sums = build()
    except Undefined as error:
        return _undefined(name, options, error)
    interval = bootstrap(sums, rounds=ROUNDS, confidence=CONFIDENCE, rng=np.random.default_rng(seed))
    return Statistic(name, options, sums.estimate(), interval.lower, interval.upper, sums.n, interval.method)


def _undefined(name: str, options: dict[str, str], error: Undefined) -> Statistic:
    return Statistic(name, options, None, None, None, 0, "none", error.code, error.message)


def _mark(axis: Axis | None, statistic: Statistic) -> Mark | None:
    return mark(axis, statistic.value, statistic.lower, statistic.upper)


def table_of(sections: Sequence[CriterionSection]) -> Table:
    """Lay every line out as one table, for downloads."""
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("who", "Who", numeric=False),
        Column("statistic", "Statistic", numeric=False),
        Column("options", "Options", numeric=False),
        Column("value", "Value", _coefficient),
        Column("lower", "lower", _coefficient),
        Column("upper", "upper", _coefficient),
        Column("n", "Items"),
        Column("method", "Interval", numeric=False),
        Column("reason", "Undefined because", numeric=False),
    )
    rows = tuple(_row(section, line, one) for section, line, one in _measures(sections))
    return Table("Agreement, criterion by criterion", columns, rows, ())


def document_of(sections: Sequence[CriterionSection]) -> list[dict[str, object]]:
    """Return every line as data, for JSON."""
    return [
        {"criterion": section.criterion, "level": section.level, "who": line.who, "kind": line.kind} | asdict(one)
        for section, line, one in _measures(sections)
    ]


def _measures(sections: Sequence[CriterionSection]) -> list[tuple[CriterionSection, Line, Statistic]]:
    return [
        (section, line, one)
        for section in sections
        for line in section.lines
        for one in (line.coefficient, line.percent)
    ]


def _row(section: CriterionSection, line: Line, one: Statistic) -> tuple[Cell, ...]:
    options = ", ".join(f"{name} {value}" for name, value in one.options.items())
    ends = (one.value, one.lower, one.upper, one.n, one.method, one.reason)
    return (section.criterion, line.who, one.name, options, *ends)


def _coefficient(number: float) -> str:
    return f"{number:z.3f}"
