"""Boards from Bradley-Terry on rows: ratings, and what stands beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.contextual.context import Context
from analysis.contextual.fit import Fitted, fit, unfitted
from analysis.contextual.prepared import Prepared, prepare
from analysis.contextual.raters import FEWEST, Own
from analysis.contextual.terms import (
    Estimate,
    RaterTerm,
    RaterTerms,
    StyleTerms,
    Terms,
    estimate,
    feature,
    missing,
    rater_term,
)
from analysis.data import Battles, Coded, Floats
from analysis.errors import Why
from analysis.notes import Note
from analysis.options import Options
from analysis.scores import Scores
from analysis.scoring import rated
from analysis.strengths import Strengths

POSITION = "nats in favour of the response shown first, systems and style being equal"
DISCRIMINATION = (
    "factor on the difference of strengths; its mean over the battles of raters with their own is 1, as are the others"
)


@dataclass(frozen=True, slots=True)
class ContextualFit:
    """Strengths as any Bradley-Terry fit has them, the terms asked for, and what to warn of."""

    strengths: Strengths
    style: StyleTerms | None
    position: RaterTerms | None
    discrimination: RaterTerms | None
    notes: tuple[Note, ...]


def by_context(battles: Battles, options: Options) -> Scores:
    """Rate by Bradley-Terry strengths, corrected for what ``options.context`` names.

    Raises
    ------
    Undefined
        As ``contextual_bradley_terry``.
    """
    found = contextual_bradley_terry(battles, options)
    scores = rated(found.strengths, options)
    terms = Terms(found.style, found.position, found.discrimination, notes=found.notes)
    return replace(scores, terms=terms, conventions=scores.conventions | _conventions(found, options.context))


def _conventions(found: ContextualFit, context: Context) -> dict[str, str]:
    said = {}
    if found.style is not None:
        given = "frozen, taken as known" if found.style.frozen else f"penalty {context.penalty:g} of the mean loss"
        said["style"] = f"(a - b) / (a + b + 1) over its root mean square, coefficients {given}"
    for terms in (found.position, found.discrimination):
        if terms is not None:
            said[terms.kind] = terms.convention
    return said


def contextual_bradley_terry(battles: Battles, options: Options) -> ContextualFit:
    """Fit Bradley-Terry with style, position or discriminations on the battles themselves.

    The log-odds that a beats b, by rater k, are g_k (s_a - s_b) + sum of coefficient x standardised style difference
    + p_k where a stood first, - p_k where b did. Ties are half wins or left out. Errors are those of the sandwich,
    over the joint estimate of all parameters.

    Raises
    ------
    Undefined
        ``not_recorded``, ``empty``, ``one_cluster``, ``all_tied``; ``separated``, ``collinear`` or ``not_converged``:
        the joint fit has no finite, or no single, optimum.
    """
    context = options.context
    prepared = prepare(battles, options)
    fitted = fit(prepared, options) if len(prepared.active) else unfitted(prepared)
    style = _style(prepared, fitted, context, options.confidence) if context.has_style else None
    position = _positions(prepared, fitted, options.confidence) if context.position else None
    judges = context.rater_model == "discrimination"
    return ContextualFit(
        strengths=fitted.strengths,
        style=style,
        position=position,
        discrimination=_discriminations(prepared, fitted, context, options.confidence) if judges else None,
        notes=_left_out(prepared) + _collinear(style, position),
    )


def _style(prepared: Prepared, fitted: Fitted, context: Context, confidence: float) -> StyleTerms:
    style, frozen = prepared.style, context.frozen_style
    if frozen is None:
        nothing = Why.NO_VARIANCE if len(prepared.battles) else Why.SEPARATED
        found = [_estimate(line, confidence, Why.COLLINEAR) for line in fitted.features]
        lines = zip(style.names, style.scales.tolist(), found, strict=True)
        features = tuple(
            feature(name, scale, one) if scale > 0 else feature(name, None, missing(nothing))
            for name, scale, one in lines
        )
    else:
        features = tuple(
            feature(one.name, one.scale, Estimate(one.coefficient, one.error, None, None)) for one in frozen.features
        )
    return StyleTerms(
        features=features,
        n=len(prepared.battles),
        left_out=style.left_out,
        penalty=context.penalty if frozen is None else frozen.penalty,
        frozen=frozen is not None,
        source="" if frozen is None else frozen.source,
    )


def _positions(prepared: Prepared, fitted: Fitted, confidence: float) -> RaterTerms:
    position, raters = prepared.position, prepared.battles.rater
    found = [_estimate(line, confidence, Why.COLLINEAR) for line in fitted.positions]
    shared = found[-1] if position.has_shared else missing(Why.TOO_FEW)
    rest = int((position.own.of_row < 0).sum())
    lines: tuple[RaterTerm, ...] = ()
    if raters is not None:
        lines = _lines(raters, position.own, found)
        lines += tuple(rater_term(raters.names[place], missing(Why.SEPARATED), 0) for place in position.always)
    name = "every rater" if raters is None else "raters with fewer"
    return RaterTerms(
        kind="position",
        convention=POSITION,
        fewest=FEWEST,
        shared=rater_term(name, shared, rest, pooled=True) if rest else None,
        raters=lines,
    )


def _discriminations(prepared: Prepared, fitted: Fitted, context: Context, confidence: float) -> RaterTerms:
    raters = prepared.battles.rater or Coded(np.array([], dtype=np.int64), ())
    own = fitted.own_judges
    found = [_estimate(line, confidence, Why.COLLINEAR) for line in fitted.judges]
    lines = _lines(raters, own, found)
    reasons = dict.fromkeys((raters.names[place] for place in fitted.unerring), Why.SEPARATED)
    if len(own.raters) < 2:
        alone = [raters.names[place] for place in prepared.judges.raters if place not in fitted.unerring]
        reasons |= dict.fromkeys(alone, Why.ONE_RATER)
    shrunk = f"; normal prior about 1 with precision {context.shrink:g}" if context.shrink else ""
    return RaterTerms(
        kind="discrimination",
        convention=DISCRIMINATION + shrunk,
        fewest=1 if context.shrink else FEWEST,
        shared=None,
        raters=tuple(
            rater_term(line.rater, missing(reasons[line.rater]), line.n) if line.rater in reasons else line
            for line in lines
        ),
    )


def _lines(raters: Coded, own: Own, found: list[Estimate]) -> tuple[RaterTerm, ...]:
    """Return a line per rater with a battle: its own number, or that it has none."""
    number = np.bincount(raters.codes, minlength=len(raters.names)).tolist()
    place = dict(zip(own.raters.tolist(), found, strict=False))
    return tuple(
        rater_term(name, place.get(code, missing(Why.TOO_FEW)), number[code], pooled=code not in place)
        for code, name in enumerate(raters.names)
        if number[code]
    )


def _estimate(line: Floats, confidence: float, reason: Why) -> Estimate:
    value, variance, freedom = line
    return missing(reason) if np.isnan(value) else estimate(value, variance, confidence, freedom)


def _collinear(style: StyleTerms | None, position: RaterTerms | None) -> tuple[Note, ...]:
    """Warn of effects that were set to zero, since what else is estimated has taken them up."""
    names = [one.name for one in style.features if one.reason is Why.COLLINEAR] if style else []
    if position:
        shared = (position.shared,) if position.shared else ()
        names += [f"position of {one.rater}" for one in (*position.raters, *shared) if one.reason is Why.COLLINEAR]
    text = "not told apart from the strengths and the other effects, which include what these may do"
    return (Note(Why.COLLINEAR, text, tuple(names)),) if names else ()


def _left_out(prepared: Prepared) -> tuple[Note, ...]:
    notes = []
    style, position = prepared.style, prepared.position
    if style.left_out:
        text = f"{style.left_out} battles are left out: the style of a response is not known"
        notes.append(Note("style_not_recorded", text))
    if position.left_out and prepared.battles.rater is not None:
        text = f"{position.left_out} battles are left out: their raters chose the same side of the display throughout"
        names = tuple(prepared.battles.rater.names[place] for place in position.always)
        notes.append(Note("one_sided", text, names))
    return tuple(notes)
