"""What the agreement page shows of one criterion beside its coefficients: raters, every two of them, and slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.agreement import AgreementOptions, Statistic
from analysis.agreement_by import AgreementBy, Slices, SliceStatistic, agreement_by
from analysis.agreement_page import rows_of_kind
from analysis.annotators.lines import RaterLine, rater_lines
from analysis.annotators.matrix import matrix_of
from analysis.annotators.pairwise import WORDS, RaterMatrix
from analysis.comparison.estimates import Sampling
from analysis.data import Coded, Mask, Ratings, take
from analysis.drawing import Axis, Mark, axis_over, heat, mark
from analysis.parts import rows_of_criterion

MOST_IN_MATRIX = 16
DENSE = 8  # raters above which cells hold no number of items
MOST_RATERS = 40
MOST_SLICES = 30
ALPHA, PERCENT = "krippendorff_alpha", "percent_agreement"


@dataclass(frozen=True, slots=True)
class PairCell:
    """One cell of the rater matrix: the coefficient as text (None where there is none), its shade and the items."""

    shade: str
    text: str | None
    items: int
    reason: str
    is_itself: bool = False


@dataclass(frozen=True, slots=True)
class ShownMatrix:
    """The rater matrix of those with the most ratings; ``left_out`` counts the others."""

    made: RaterMatrix
    coefficient: str
    names: tuple[str, ...]
    rows: list[tuple[str, list[PairCell]]]
    left_out: int
    is_dense: bool


@dataclass(frozen=True, slots=True)
class RaterRow:
    """One rater's line and kind."""

    kind: str
    line: RaterLine

    @property
    def commonest(self) -> str:
        """The answer given most, as text."""
        return self.line.commonest_label or f"{self.line.commonest_value:g}"


@dataclass(frozen=True, slots=True)
class SliceRow:
    """Agreement of people on the prompts with one tag."""

    name: str
    alpha: Statistic
    percent: Statistic
    rest: float | None
    p_holm: float | None
    no_test: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """Everything below the forest plot of one criterion."""

    criterion: str
    level: str
    matrix: ShownMatrix | None
    raters: list[RaterRow]
    raters_left_out: int
    alpha: float | None
    slices: list[SliceRow]
    slices_left_out: int
    multiplicity: str
    axis: Axis | None

    @property
    def why_no_slices(self) -> str:
        """Why people's agreement is known on no tag, empty where it is on some."""
        if any(row.alpha.value is not None for row in self.slices):
            return ""
        return next((row.alpha.message or "" for row in self.slices), "")

    @property
    def has_severity(self) -> bool:
        """Whether any rater's answers are numbers that can lie above or below the others'."""
        return any(row.line.severity.value is not None for row in self.raters)

    @property
    def has_repeats(self) -> bool:
        """Whether anybody answered one item twice."""
        return any(row.line.repeats.value is not None for row in self.raters)


def details_of(
    ratings: Ratings, criterion: str, *, level: str, kinds: Mapping[str, str], slices: Slices, seed: int = 0
) -> Details:
    """Look at the raters and slices of one criterion; ``slices`` are rows of ``ratings``.

    People are compared with the other people, a judge with the people. Intervals of raters are by the jackknife,
    which takes no draws; those of slices resample items.
    """
    asked = rows_of_kind(ratings, kinds, "person") | rows_of_kind(ratings, kinds, "judge")
    people = rows_of_kind(ratings, kinds, "person")
    raters, alpha = _raters(ratings, people, asked, criterion, level, kinds)
    rows, multiplicity = _slices(ratings, people, criterion, level, slices, seed)
    axis = axis_over(
        [end for row in rows for end in (row.alpha.value, row.alpha.lower, row.alpha.upper)], low=0.0, high=1.0
    )
    return Details(
        criterion=criterion,
        level=level,
        matrix=_matrix(take(ratings, asked), criterion, level),
        raters=raters[:MOST_RATERS],
        raters_left_out=max(0, len(raters) - MOST_RATERS),
        alpha=alpha,
        slices=[_marked(row, axis) for row in rows],
        slices_left_out=max(0, len(slices) - MOST_SLICES),
        multiplicity=multiplicity,
        axis=axis,
    )


def _matrix(ratings: Ratings, criterion: str, level: str) -> ShownMatrix | None:
    chosen = take(ratings, rows_of_criterion(ratings, criterion))
    if chosen.rater is None or len(chosen.rater.used().names) < 2:
        return None
    names = _busiest(chosen.rater)
    kept = take(
        chosen, np.isin(chosen.rater.codes, [chosen.rater.names.index(name) for name in names[:MOST_IN_MATRIX]])
    )
    made = matrix_of(kept, criterion, level=level, sampling=Sampling(ci="none"))
    return None if made.matrix is None else _shown(made.matrix, len(names))


def _busiest(rater: Coded) -> list[str]:
    """Return the names of raters, those with the most ratings first."""
    number = np.bincount(rater.codes, minlength=len(rater.names))
    order = np.argsort(-number, kind="stable")
    return [rater.names[place] for place in order.tolist() if number[place]]


def _shown(matrix: RaterMatrix, raters: int) -> ShownMatrix:
    reasons = {(pair.first, pair.second): pair.coefficient.message or "" for pair in matrix.pairs}
    values = matrix.values()
    rows = [
        (
            first,
            [
                _cell(values[i, j], int(matrix.shared[i, j]), _reason(reasons, first, second), i == j)
                for j, second in enumerate(matrix.raters)
            ],
        )
        for i, first in enumerate(matrix.raters)
    ]
    left_out = raters - len(matrix.raters)
    return ShownMatrix(matrix, WORDS[matrix.coefficient], matrix.raters, rows, left_out, len(matrix.raters) > DENSE)


def _reason(reasons: Mapping[tuple[str, str], str], first: str, second: str) -> str:
    return reasons.get((first, second)) or reasons.get((second, first), "")


def _cell(value: float, items: int, reason: str, is_itself: bool) -> PairCell:
    if is_itself or np.isnan(value):
        return PairCell("heat-none", None, items, reason, is_itself)
    return PairCell(heat((float(np.clip(value, -1, 1)) + 1) / 2), f"{value:z.2f}", items, "")


def _raters(
    ratings: Ratings, people: Mask, asked: Mask, criterion: str, level: str, kinds: Mapping[str, str]
) -> tuple[list[RaterRow], float | None]:
    sampling = Sampling(ci="jackknife")
    among = rater_lines(take(ratings, people), criterion, level=level, sampling=sampling)
    rows = [RaterRow("person", line) for line in among.raters]
    for name in _judges(take(ratings, asked & rows_of_criterion(ratings, criterion)), kinds):
        rater = ratings.rater
        beside = people if rater is None else people | (rater.codes == rater.names.index(name))
        found = rater_lines(take(ratings, beside), criterion, level=level, only={name}, sampling=sampling)
        rows += [RaterRow("judge", line) for line in found.raters]
    return sorted(rows, key=lambda row: (row.kind != "person", -row.line.n_ratings)), among.alpha


def _judges(ratings: Ratings, kinds: Mapping[str, str]) -> list[str]:
    names = () if ratings.rater is None else ratings.rater.used().names
    return [name for name in names if kinds.get(name) == "judge"]


def _slices(
    ratings: Ratings, people: Mask, criterion: str, level: str, slices: Slices, seed: int
) -> tuple[list[SliceRow], str]:
    rows = people & rows_of_criterion(ratings, criterion)
    sized = sorted(((name, side[rows]) for name, side in slices.items()), key=lambda one: (-one[1].sum(), one[0]))
    chosen = {name: side for name, side in sized[:MOST_SLICES] if side.any()}
    if not chosen:
        return [], ""
    options = AgreementOptions(level=level, seed=seed)
    made = agreement_by(take(ratings, rows), chosen, options, by="tag", only=(ALPHA, PERCENT))
    return _slice_rows(made, list(chosen)), made.multiplicity


def _slice_rows(made: AgreementBy, names: Sequence[str]) -> list[SliceRow]:
    found: dict[tuple[str, str], SliceStatistic] = {(one.slice, one.statistic.name): one for one in made.slices}
    return [
        SliceRow(
            name=name,
            alpha=found[name, ALPHA].statistic,
            percent=found[name, PERCENT].statistic,
            rest=found[name, ALPHA].rest,
            p_holm=found[name, ALPHA].p_holm,
            no_test=found[name, ALPHA].test.message or "",
        )
        for name in names
    ]


def _marked(row: SliceRow, axis: Axis | None) -> SliceRow:
    return replace(row, mark=mark(axis, row.alpha.value, row.alpha.lower, row.alpha.upper))
