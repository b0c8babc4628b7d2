"""Agreement between raters: ratings in, coefficients with intervals or reasons out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.catalogue import Entry, entries_for
from analysis.coefficients import ranks_held_fixed
from analysis.data import Ratings
from analysis.errors import Undefined, Why
from analysis.icc_intervals import SOURCE
from analysis.narrow import few_clusters, few_items
from analysis.notes import Coverage, Note, unscored_notes
from analysis.parts import CLUSTERS, Part, criteria_in, part_of
from analysis.prevalence import Prevalence, prevalence_of
from analysis.resampling import Clusters, Drawn, Interval, Sums, bootstrap, jackknife, within_limits

LEVELS = ("nominal", "ordinal", "interval", "ratio")
INTERVALS = ("bootstrap", "jackknife", "none")
CHANCE_CORRECTED = ("krippendorff_alpha", "fleiss_kappa", "gwet_ac", "brennan_prediger", "cohen_kappa", "scott_pi")


@dataclass(frozen=True, slots=True)
class AgreementOptions:
    """How agreement is measured. ``levels`` gives criteria a level of their own, ``level`` is for the rest.

    ``cluster`` "prompt" resamples prompts, with all items on them, instead of items. ``every`` asks for every statistic
    that the level allows, not for the usual ones only.
    """

    level: str = "nominal"
    levels: Mapping[str, str] = field(default_factory=dict)
    ci: str = "bootstrap"
    cluster: str = "none"
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
        if self.cluster not in CLUSTERS:
            raise ValueError(f"cluster must be one of {', '.join(CLUSTERS)}, not {self.cluster!r}")
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
    ``reason`` is a code for programs and ``message`` says why. ``percent_agreement``, beside values that are corrected
    for chance, is the share of equal pairs that they start from.
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
    percent_agreement: float | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """The coefficients of every criterion, never pooled over criteria.

    ``level`` is that of all criteria, "mixed" where they differ; ``levels`` has that of each.
    """

    level: str
    levels: dict[str, str]
    n_items: int
    n_raters: int | None
    n_ratings: int
    seed: int
    confidence: float
    coverage: Coverage
    conventions: dict[str, str]
    warnings: tuple[Note, ...]
    prevalence: tuple[Prevalence, ...]
    statistics: tuple[Statistic, ...]


def agreement(ratings: Ratings, options: AgreementOptions | None = None) -> Agreement:
    """Measure how far raters agree, criterion by criterion. An undefined statistic is a None with its reason.

    Raises
    ------
    Undefined
        ``not_recorded``: clusters of prompts are wanted, and ratings do not say their prompt.
    """
    options = options or AgreementOptions()
    parts = [
        part_of(ratings, criterion, level=options.level_of(criterion), cluster=options.cluster)
        for criterion in criteria_in(ratings)
    ]
    coverage = Coverage(len(ratings), len(ratings) + ratings.unscored)
    statistics = tuple(statistic for part in parts for statistic in statistics_of(part, options))
    shares = tuple(_prevalence(part) for part in parts)
    return Agreement(
        level=_one_level([part.level for part in parts]),
        levels={part.criterion: part.level for part in parts if part.criterion is not None},
        n_items=len(ratings.item.used().names),
        n_raters=None if ratings.rater is None else len(ratings.rater.used().names),
        n_ratings=len(ratings),
        seed=options.seed,
        confidence=options.confidence,
        coverage=coverage,
        conventions=_conventions(options),
        warnings=(
            *unscored_notes(coverage),
            *_narrow(ratings, statistics, options),
            *_notes(parts, shares),
        ),
        prevalence=shares,
        statistics=statistics,
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
        level=_one_level([part.level for part in parts]),
        levels={criterion: level for part in parts for criterion, level in part.levels.items()},
        n_items=sum(part.n_items for part in parts),
        n_raters=n_raters,
        n_ratings=sum(part.n_ratings for part in parts),
        coverage=Coverage(scored, planned),
        warnings=tuple(note for part in parts for note in part.warnings),
        prevalence=tuple(one for part in parts for one in part.prevalence),
        statistics=tuple(statistic for part in parts for statistic in part.statistics),
    )


def statistics_of(part: Part, options: AgreementOptions) -> list[Statistic]:
    """Return the statistics of one criterion, each with its interval or its reason."""
    return [statistic_of(entry, part, options) for entry in entries_for(part, every=options.every)]


def statistic_of(entry: Entry, part: Part, options: AgreementOptions) -> Statistic:
    """Return one statistic of one criterion."""
    named = entry.options if part.criterion is None else {"criterion": part.criterion} | entry.options
    raw = part.percent_agreement if entry.name in CHANCE_CORRECTED else None
    try:
        made = built(entry, part)
    except Undefined as error:
        return Statistic(entry.name, named, None, None, None, 0, "none", error.code, error.message, raw)
    interval = _interval(made, part.clusters, options)
    fixed = entry.name == "krippendorff_alpha" and part.level == "ordinal" and ranks_held_fixed(part.units)
    method = interval.method + (", ranks held fixed" if fixed else "") + _limits(made, interval)
    ends = (interval.lower, interval.upper)
    return Statistic(entry.name, named, made.estimate(), *ends, made.n, method, percent_agreement=raw)


def built(entry: Entry, part: Part) -> Sums | Drawn:
    """Return a statistic that has a value.

    Raises
    ------
    Undefined
        The data cannot give it.
    """
    if part.collapsed.ratings.labels is not None and part.level != "nominal":
        raise Undefined(Why.NOT_NUMERIC, f"labels have no {part.level} distance; use the nominal level or numbers")
    part.refuse_one_rater()
    made = entry.build(part)
    if math.isnan(made.estimate()):
        raise Undefined(Why.ONE_CATEGORY, "chance alone explains all agreement in these ratings")
    return made


def _interval(made: Sums | Drawn, clusters: Clusters | None, options: AgreementOptions) -> Interval:
    if options.ci == "none":
        return Interval(None, None, "none")
    if options.ci == "bootstrap" and clusters is None and isinstance(made, Sums) and made.model is not None:
        return within_limits(made.model(options.confidence))
    if options.ci == "jackknife":
        return within_limits(jackknife(made, confidence=options.confidence, clusters=clusters))
    rng = np.random.default_rng(options.seed)  # anew for each, so that one statistic does not move another's interval
    found = bootstrap(made, rounds=options.rounds, confidence=options.confidence, rng=rng, clusters=clusters)
    return within_limits(found)


def _limits(made: Sums | Drawn, interval: Interval) -> str:
    """Return what a resampled interval leaves out; that of a statistic's model leaves out nothing."""
    is_resampled = interval.lower is not None and not interval.method.startswith(SOURCE)
    return f", {made.limits}" if isinstance(made, Sums) and made.limits and is_resampled else ""


def _one_level(levels: Sequence[str]) -> str:
    return levels[0] if len(set(levels)) == 1 else "mixed"


def _prevalence(part: Part) -> Prevalence:
    return prevalence_of(part.collapsed.ratings, part.criterion, part.categories, part.percent_agreement)


def _notes(parts: Sequence[Part], shares: Sequence[Prevalence]) -> Iterator[Note]:
    for part, share in zip(parts, shares, strict=True):
        yield from _part_notes(part)
        if (note := share.note()) is not None:
            yield note


def _narrow(ratings: Ratings, statistics: Sequence[Statistic], options: AgreementOptions) -> tuple[Note, ...]:
    drawn = [(one.name, one.options, one.n) for one in statistics if one.method.startswith("item bootstrap")]
    if options.cluster == "none" or options.ci == "none":
        return few_items(drawn)
    return few_clusters(0 if ratings.prompt is None else len(ratings.prompt.used().names))


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


_UNITS = {
    "none": "items are resampled, not single ratings",
    "prompt": "prompts are resampled, with all items on them",
}


def _conventions(options: AgreementOptions) -> dict[str, str]:
    return {
        "percent_agreement": "share of equal ratings over all pairs of ratings of an item",
        "krippendorff_alpha": "items with at least two ratings; squared distance of the level; values observed",
        "repeats": "one rating per rater and item: equal repeats count once, contradictory ones not at all (nominal, "
        "ordinal), numbers are averaged (interval, ratio)",
        "icc": "F intervals of complete tables, ICC(2,.) about all raters like these (McGraw and Wong 1996); resampled "
        "with clusters, unbalanced, or by the jackknife, about these raters",
        "unit": _UNITS[options.cluster],
        "ci": f"{options.ci}, {options.confidence:g}" if options.ci != "none" else "none",
    }
