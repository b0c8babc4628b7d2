"""A board from ratings: each system's mean on each criterion, with errors that know which prompt a rating is about."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.comparison.corrections import adjusted
from analysis.comparison.estimates import Estimate
from analysis.comparison.paired import mean_estimate, t_test
from analysis.data import Coded, Floats, Ratings
from analysis.errors import Undefined
from analysis.notes import Note
from analysis.ratings.attempts import PassAt, passes_if_known
from analysis.ratings.distributions import Distribution, Scale, scale_of
from analysis.ratings.options import RatingOptions
from analysis.ratings.ordinal import OrdinalSummary, ordinal_summary
from analysis.ratings.parts import Part, parts_of
from analysis.ratings.severity import SeverityFit, severity_of
from analysis.ratings.standardise import LeftOut, standardised
from analysis.ratings.superiority import Superiority, superiorities

CORRECTION = "holm"


@dataclass(frozen=True, slots=True)
class RatedSystem:
    """One system on one criterion.

    ``mean`` is over ratings, its error clustered by prompt; ``rank`` is that of the mean. ``adjusted`` is the mean
    less its raters' severities, where those were asked for. ``lead`` is the mean difference to the mean of the other
    systems on the same prompts, with ``p_value`` and ``adjusted_p``, corrected over all systems and criteria of the
    board; where that is at most 1 - confidence, ``verdict`` says ``strength`` or ``weakness``.
    """

    criterion: str | None
    system: str
    rank: int
    n_ratings: int
    n_prompts: int
    mean: Estimate
    adjusted: Estimate | None
    distribution: Distribution
    ordinal: OrdinalSummary
    pass_at: tuple[PassAt, ...]
    lead: Estimate
    p_value: float | None
    adjusted_p: float | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class RatingBoard:
    """Systems by criterion, best mean first; criteria are never pooled."""

    method: str
    confidence: float
    correction: str
    standardise: str
    n_ratings: int
    unscored: int
    left_out: LeftOut | None
    conventions: dict[str, str]
    warnings: tuple[Note, ...]
    rows: tuple[RatedSystem, ...]
    severity: tuple[SeverityFit, ...]
    pairs: tuple[Superiority, ...]


def rating_board(ratings: Ratings, options: RatingOptions | None = None) -> RatingBoard:
    """Rank systems by their mean rating, criterion by criterion; without prompts each item is its own cluster.

    Raises
    ------
    Undefined
        ``empty``; ``not_recorded``: ratings do not say of which system, or of which rater where z-scores are wanted;
        ``not_numeric``: they are labels. A severity that cannot be told is in ``warnings``.
    """
    options = options or RatingOptions()
    parts_of(ratings)  # says what is wrong before z-scores are made
    used, left_out = standardised(ratings) if options.standardise == "rater" else (ratings, None)
    parts = parts_of(used)
    fits, notes = _severities(parts, options)
    rows = [row for part in parts for row in _ranked(part, fits.get(part.criterion), options)]
    return RatingBoard(
        method="mean",
        confidence=options.confidence,
        correction=CORRECTION,
        standardise=options.standardise,
        n_ratings=len(used),
        unscored=ratings.unscored,
        left_out=left_out,
        conventions=_conventions(options),
        warnings=notes,
        rows=_with_verdicts(rows, options),
        severity=tuple(fits.values()),
        pairs=tuple(one for part in parts for one in superiorities(part, confidence=options.confidence))
        if options.pairs
        else (),
    )


def _severities(parts: list[Part], options: RatingOptions) -> tuple[dict[str | None, SeverityFit], tuple[Note, ...]]:
    """Fit each criterion that allows it; the others are warnings."""
    fits: dict[str | None, SeverityFit] = {}
    notes = []
    for part in parts if options.severity != "none" else ():
        try:
            fits[part.criterion] = severity_of(
                part, unit=options.severity, ridge=options.ridge, confidence=options.confidence
            )
        except Undefined as error:
            about = () if part.criterion is None else (part.criterion,)
            notes.append(Note(error.code, f"no severity of raters: {error.message}", about))
    return fits, tuple(notes)


def _ranked(part: Part, fit: SeverityFit | None, options: RatingOptions) -> list[RatedSystem]:
    sign = -1 if part.criterion in options.lower_is_better else 1
    table = prompt_means(part.values, part.unit, part.system)
    places = range(len(part.system.names))
    means = np.array([part.values[part.of_system(place)].mean() for place in places])
    ahead = sign * (means[:, None] - means[None, :]) > 1e-12 * np.abs(means).max()
    rank = 1 + ahead.sum(axis=0)
    scale = scale_of(part)
    rows = [replace(_row(part, place, table, scale, options), rank=int(rank[place])) for place in places]
    if fit is not None:
        rows = [replace(row, adjusted=fit.adjusted[row.system]) for row in rows]
    return sorted(rows, key=lambda row: (row.rank, row.system))


def _row(part: Part, place: int, table: Floats, scale: Scale, options: RatingOptions) -> RatedSystem:
    own = part.of_system(place)
    values, prompts = part.values[own], part.unit.codes[own].astype(np.int64)
    lead = lead_of(table, place)
    mean = mean_estimate(values, cluster=prompts, confidence=options.confidence)
    if mean.value is None:  # one prompt: a mean without an error is still a mean
        mean = replace(mean, value=float(values.mean()), n=len(values))
    return RatedSystem(
        criterion=part.criterion,
        system=part.system.names[place],
        rank=0,
        n_ratings=len(values),
        n_prompts=len(np.unique(prompts)),
        mean=mean,
        adjusted=None,
        distribution=scale.distribution(values),
        ordinal=ordinal_summary(
            values, prompts, levels=part.levels, boxes=options.boxes, confidence=options.confidence
        ),
        pass_at=tuple(
            PassAt(k, passes_if_known(part, place, k, confidence=options.confidence)) for k in options.attempts
        ),
        lead=mean_estimate(lead, confidence=options.confidence),
        p_value=t_test(lead).p_value,
    )


def prompt_means(values: Floats, unit: Coded, system: Coded) -> Floats:
    """Return each system's mean on each prompt, shape (prompts, systems), NaN where it has none."""
    shape = (len(unit.names), len(system.names))
    cell = unit.codes.astype(np.int64) * shape[1] + system.codes
    number = np.bincount(cell, minlength=shape[0] * shape[1])
    total = np.bincount(cell, values, shape[0] * shape[1])
    means: Floats = np.divide(total, number, out=np.full(len(number), np.nan), where=number > 0)
    return means.reshape(shape)


def lead_of(table: Floats, place: int) -> Floats:
    """Return a system's mean less the mean of the others' means, on the prompts where it and another have one."""
    others = np.delete(table, place, axis=1)
    known = ~np.isnan(others)
    both = known.any(axis=1) & ~np.isnan(table[:, place])
    totals = np.where(known, others, 0.0)[both].sum(axis=1)
    lead: Floats = table[both, place] - totals / known[both].sum(axis=1)
    return lead


def _with_verdicts(rows: list[RatedSystem], options: RatingOptions) -> tuple[RatedSystem, ...]:
    raw = np.array([np.nan if row.p_value is None else row.p_value for row in rows])
    return tuple(
        row if np.isnan(p) else replace(row, adjusted_p=float(p), verdict=_verdict(row, float(p), options))
        for row, p in zip(rows, adjusted(raw, method=CORRECTION), strict=True)
    )


def _verdict(row: RatedSystem, p_value: float, options: RatingOptions) -> str | None:
    if row.lead.value is None or p_value > 1 - options.confidence:
        return None
    return "strength" if (row.lead.value > 0) != (row.criterion in options.lower_is_better) else "weakness"


def _conventions(options: RatingOptions) -> dict[str, str]:
    made = (
        _CONVENTIONS | ({"pairs": _PAIRS} if options.pairs else {}) | ({"pass_at": _PASSES} if options.attempts else {})
    )
    return made | ({"standardise": _STANDARDISE} if options.standardise == "rater" else {})


_CONVENTIONS = {
    "mean": "over a system's ratings; error clustered by prompt (by item where prompts are not named), C/(C-1), t",
    "lead": "a prompt's mean less the mean of the other systems' means on it; paired t over prompts",
    "multiplicity": "Holm over all systems and criteria of the board",
    "shares": "Wilson's interval at the effective number of ratings, clustered by prompt, t",
    "quantiles": "the least value with that share of ratings at or below it; interval by inverting those of the shares",
    "boxes": "share of ratings in the end categories of the scale, whichever end is good",
}
_PAIRS = "P(a rating of a exceeds one of b on the same prompt), equal ones half; mean over prompts that have both"
_PASSES = (
    "1 - C(n - c, k) / C(n, k) on each prompt with n >= k answers of a system, c of them passes; mean over prompts"
)
_STANDARDISE = (
    "(value - rater's mean) / rater's standard deviation (n - 1), criterion by criterion; raters of one rating or "
    "without spread are left out"
)
