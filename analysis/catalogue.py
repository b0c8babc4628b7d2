"""Every agreement statistic by its name and options, and which of them are usual for which data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from analysis import chance_corrected as corrected
from analysis import coefficients, complete, two_raters
from analysis.parts import Part
from analysis.resampling import Drawn, Sums

ORDERED = ("ordinal", "interval", "ratio")
DISTANCES = ("interval", "ratio")


@dataclass(frozen=True, slots=True)
class Entry:
    """One statistic. ``levels`` are those at which it means something, ``usual`` those at which it is shown unasked."""

    name: str
    options: dict[str, str]
    build: Callable[[Part], Sums | Drawn]
    levels: tuple[str, ...] = ("nominal", *ORDERED)
    usual: tuple[str, ...] = ()
    of_two: bool = False


def entries_for(part: Part, *, every: bool) -> list[Entry]:
    """Return the usual statistics of this data, or every one that its level of measurement allows."""
    allowed = [
        entry for entry in (*_every_rater(part.level), *_two_raters(), *_complete()) if part.level in entry.levels
    ]
    if every:
        return allowed
    return [entry for entry in allowed if part.level in entry.usual and (part.has_two_raters or not entry.of_two)]


def _every_rater(level: str) -> list[Entry]:
    fleiss, gwet = corrected.fleiss_kappa, corrected.gwet_ac
    percent = coefficients.percent_agreement
    every = ("nominal", *ORDERED)
    return [
        Entry(
            "percent_agreement", {"average": "pairs"}, lambda part: percent(part.units, average="pairs"), usual=every
        ),
        Entry("krippendorff_alpha", {"level": level}, partial(_alpha, level=level), usual=every),
        Entry("percent_agreement", {"average": "items"}, lambda part: percent(part.units, average="items")),
        *(
            Entry(
                "fleiss_kappa",
                {"shares": shares},
                partial(lambda part, shares: fleiss(part.units, shares=shares), shares=shares),
                usual=("nominal",) if shares == "item-mean" else (),
            )
            for shares in ("item-mean", "pooled")
        ),
        *(
            Entry(
                "gwet_ac",
                {"weights": weights},
                partial(lambda part, weights: gwet(part.units, weights=weights), weights=weights),
                levels=every if weights == "identity" else ORDERED,
                usual={"identity": ("nominal",), "ordinal": ("ordinal",)}.get(weights, ()),
            )
            for weights in corrected.WEIGHTS
        ),
        Entry("brennan_prediger", {"weights": "identity"}, lambda part: corrected.brennan_prediger(part.units)),
    ]


def _alpha(part: Part, level: str) -> Sums:
    return coefficients.krippendorff_alpha(part.units, level=level)


def _two_raters() -> list[Entry]:
    cohen = two_raters.cohen_kappa
    usual = {"identity": ("nominal",), "quadratic": ("ordinal",)}
    return [
        *(
            Entry(
                "cohen_kappa",
                {"weights": weights},
                partial(lambda part, weights: cohen(part.pairs, weights=weights), weights=weights),
                levels=("nominal", *ORDERED) if weights == "identity" else ORDERED,
                usual=usual.get(weights, ()),
                of_two=True,
            )
            for weights in ("identity", "linear", "quadratic")
        ),
        Entry("scott_pi", {}, lambda part: two_raters.scott_pi(part.pairs), of_two=True),
        Entry("kendall_tau", {"variant": "b"}, lambda part: two_raters.kendall_tau(part.pairs), ORDERED, of_two=True),
        Entry("spearman", {}, lambda part: two_raters.spearman(part.pairs), ORDERED, usual=DISTANCES, of_two=True),
        Entry("lin_ccc", {}, lambda part: two_raters.lin_ccc(part.pairs), DISTANCES, of_two=True),
    ]


def _complete() -> list[Entry]:
    return [
        *(
            Entry(
                "icc",
                {"form": form},
                partial(_icc, form=form),
                levels=DISTANCES,
                usual=DISTANCES if form == "ICC(2,1)" else (),
            )
            for form in complete.ICC_FORMS
        ),
        Entry("kendall_w", {}, lambda part: complete.kendall_w(part.table), ORDERED),
    ]


def _icc(part: Part, form: str) -> Sums:
    if form.startswith("ICC(1"):
        return complete.icc_one_way(part.units, form=form)
    return complete.icc_two_way(part.table, form=form)
