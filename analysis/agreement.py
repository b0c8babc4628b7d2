"""Agreement between raters: ratings in, coefficients with intervals or reasons out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.catalogue import Entry, Part, entries_for
from analysis.coefficients import ranks_held_fixed
from analysis.data import Ratings, take
from analysis.errors import Undefined, Why
from analysis.notes import Coverage, Note, unscored_notes
from analysis.repeats import collapse_repeats
from analysis.resampling import Drawn, Interval, Sums, bootstrap, bootstrap_rows, jackknife

LEVELS = ("nominal", "ordinal", "interval", "ratio")
INTERVALS = ("bootstrap", "jackknife", "none")


@dataclass(frozen=True, slots=True)
class AgreementOptions:
    """How agreement is measured. ``levels`` gives criteria a level of their own, ``level`` is for the rest.

    ``every`` asks for every statistic that the level allows, not for the usual ones only.
    """

    level: str = "nominal"
    levels: Mapping[str, str] = field(default_factory=dict)
    ci: str = "bootstrap"
    rounds: int = 1000
    confidence: float = 0.95
    seed: int = 0
    every: bool = False

    def __post_init__(self) -> None:
        for level in (self.level, *self.levels.values()):
            if level not in LEVELS:
                raise ValueError(f"level must be one of {', '.join(LEVELS)}, not {level!r}")
        if self.ci not in INTERVALS:
            raise ValueError(f"ci must be one of {', '.join(INTERVALS)}, not {self.ci!r}")
        if self.rounds < 1:
            raise ValueError(f"rounds must be at least 1, not {self.rounds}")
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence must lie between 0 and 1, not {self.confidence}")

    def level_of(self, criterion: str | None) -> str:
        """Return the level of measurement of one criterion."""
        return self.level if criterion is None else self.levels.get(criterion, self.level)


@dataclass(frozen=True, slots=True)
class Statistic:
    """One number with what it takes to doubt it.

    ``n`` counts the items that entered; ``method`` says how the interval was made. Where ``value`` is None,
    ``reason`` is a code for programs and ``message`` says why.
    """

    name: str
    options: dict[str, str]
    value: float | None
    lower: float | None
    upper: float | None
    n: int
    method: str
    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """The coefficients of every criterion, never pooled over criteria."""

    level: str
    n_items: int
    n_raters: int | None
    n_ratings: int
    seed: int
    confidence: float
    coverage: Coverage
    conventions: dict[str, str]
    warnings: tuple[Note, ...]
    statistics: tuple[Statistic, ...]


def agreement(ratings: Ratings, options: AgreementOptions | None = None) -> Agreement:
    """Measure how far raters agree, criterion by criterion. An undefined statistic is a None with its reason."""
    options = options or AgreementOptions()
    parts = [_part(ratings, criterion, options) for criterion in _criteria(ratings)]
    coverage = Coverage(len(ratings), len(ratings) + ratings.unscored)
    levels = sorted({part.level for part in parts})
    return Agreement(
        level=levels[0] if len(levels) == 1 else "mixed",
        n_items=len(ratings.item.used().names),
        n_raters=None if ratings.rater is None else len(ratings.rater.used().names),
        n_ratings=len(ratings),
        seed=options.seed,
        confidence=options.confidence,
        coverage=coverage,
        conventions=_conventions(options),
        warnings=unscored_notes(coverage) + tuple(note for part in parts for note in _part_notes(part)),
        statistics=tuple(statistic for part in parts for statistic in _statistics(part, options)),
    )


def joined(parts: Sequence[Agreement], *, n_raters: int) -> Agreement:
    """Make one result of those on single responses and on battles; no coefficient pools them.

    Raises
    ------
    Undefined
        ``empty``: there are no parts.
    """
    if not parts:
        raise Undefined(Why.EMPTY, "there are no ratings and no choices to compare")
    scored, planned = (sum(getattr(part.coverage, name) for part in parts) for name in ("scored", "planned"))
    return replace(
        parts[0],
        level=parts[0].level if len({part.level for part in parts}) == 1 else "mixed",
        n_items=sum(part.n_items for part in parts),
        n_raters=n_raters,
        n_ratings=sum(part.n_ratings for part in parts),
        coverage=Coverage(scored, planned),
        warnings=tuple(note for part in parts for note in part.warnings),
        statistics=tuple(statistic for part in parts for statistic in part.statistics),
    )


def _criteria(ratings: Ratings) -> tuple[str | None, ...]:
    return (None,) if ratings.criterion is None else ratings.criterion.used().names


def _part(ratings: Ratings, criterion: str | None, options: AgreementOptions) -> Part:
    level = options.level_of(criterion)
    if criterion is not None and ratings.criterion is not None:
        ratings = take(ratings, ratings.criterion.codes == ratings.criterion.names.index(criterion))
    collapsed = collapse_repeats(ratings, average=level in ("interval", "ratio"))
    return Part(criterion, level, collapsed, ratings.categories.get(criterion or "", ()))


def _statistics(part: Part, options: AgreementOptions) -> list[Statistic]:
    return [_statistic(entry, part, options) for entry in entries_for(part, every=options.every)]


def _statistic(entry: Entry, part: Part, options: AgreementOptions) -> Statistic:
    named = entry.options if part.criterion is None else {"criterion": part.criterion} | entry.options
    try:
        _refuse_labels_as_numbers(part)
        part.refuse_one_rater()
        made = entry.build(part)
        value = made.estimate()
        if math.isnan(value):
            raise Undefined(Why.ONE_CATEGORY, "chance alone explains all agreement in these ratings")
    except Undefined as error:
        return Statistic(entry.name, named, None, None, None, 0, "none", error.code, error.message)
    interval = _interval(made, options)
    fixed = entry.name == "krippendorff_alpha" and part.level == "ordinal" and ranks_held_fixed(part.units)
    method = interval.method + (", ranks held fixed" if fixed else "")
    return Statistic(entry.name, named, value, interval.lower, interval.upper, made.n, method)


def _interval(made: Sums | Drawn, options: AgreementOptions) -> Interval:
    if options.ci == "none":
        return Interval(None, None, "none")
    rng = np.random.default_rng(options.seed)  # anew for each, so that one statistic does not move another's interval
    if isinstance(made, Drawn):
        return bootstrap_rows(made, rounds=options.rounds, confidence=options.confidence, rng=rng)
    if options.ci == "jackknife":
        return jackknife(made, confidence=options.confidence)
    return bootstrap(made, rounds=options.rounds, confidence=options.confidence, rng=rng)


def _refuse_labels_as_numbers(part: Part) -> None:
    if part.collapsed.ratings.labels is not None and part.level != "nominal":
        raise Undefined(Why.NOT_NUMERIC, f"labels have no {part.level} distance; use the nominal level or numbers")


def _part_notes(part: Part) -> list[Note]:
    where = "" if part.criterion is None else f" of {part.criterion}"
    notes = []
    if part.collapsed.repeats:
        text = f"{part.collapsed.repeats} ratings{where} repeat a rater's earlier one on the same item and count once"
        notes.append(Note("repeats", text))
    if part.collapsed.abstained:
        text = f"{part.collapsed.abstained} times{where} repeats contradict each other: an abstention, not a tie"
        notes.append(Note("contradictions", text))
    return notes


def _conventions(options: AgreementOptions) -> dict[str, str]:
    return {
        "percent_agreement": "share of equal ratings over all pairs of ratings of an item",
        "krippendorff_alpha": "items with at least two ratings; squared distance of the level; values observed",
        "repeats": "one rating per rater and item: equal repeats count once, contradictory ones not at all (nominal, "
        "ordinal), numbers are averaged (interval, ratio)",
        "unit": "items are resampled, not single ratings",
        "ci": f"{options.ci}, {options.confidence:g}" if options.ci != "none" else "none",
    }
