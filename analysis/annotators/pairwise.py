"""Who agrees with whom: every two raters, and each rater with all the others."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from analysis.coefficients import krippendorff_alpha
from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    dense,
    estimate_of,
    item_sums,
    null_with_reason,
    ratio,
)
from analysis.data import Floats, Mask, Ratings, take
from analysis.errors import Undefined, Why
from analysis.judging.shares import share_estimate
from analysis.repeats import collapse_repeats
from analysis.resampling import Drawn, Interval, Sums, within_limits
from analysis.two_raters import Pairs, cohen_kappa, kendall_tau, lin_ccc, spearman
from analysis.units import units_of

Table = Mapping[int, tuple[Codes, Floats]]  # by rater: the items, sorted, and the values

COEFFICIENTS: dict[str, Callable[[Pairs], Sums | Drawn]] = {
    "cohen_kappa": cohen_kappa,
    "cohen_kappa_linear": lambda pairs: cohen_kappa(pairs, weights="linear"),
    "cohen_kappa_quadratic": lambda pairs: cohen_kappa(pairs, weights="quadratic"),
    "kendall_tau": kendall_tau,
    "spearman": spearman,
    "lin_ccc": lin_ccc,
}
WORDS = {
    "cohen_kappa": "Cohen’s kappa",
    "cohen_kappa_linear": "Cohen’s kappa, linear weights",
    "cohen_kappa_quadratic": "Cohen’s kappa, quadratic weights",
    "kendall_tau": "Kendall’s tau-b",
    "spearman": "Spearman’s correlation",
    "lin_ccc": "Lin’s concordance",
}
USUAL = {"nominal": "cohen_kappa", "ordinal": "cohen_kappa_quadratic", "interval": "lin_ccc", "ratio": "lin_ccc"}


@dataclass(frozen=True, slots=True)
class TwoRaters:
    """Two raters on the items both rated: how often they are equal, and the coefficient asked for."""

    first: str
    second: str
    equal: Estimate
    coefficient: Estimate


@dataclass(frozen=True, slots=True)
class RaterMatrix:
    """Every pair of raters, in the order of ``raters``; ``shared[i, j]`` counts the items both rated."""

    raters: tuple[str, ...]
    coefficient: str
    shared: Codes
    pairs: tuple[TwoRaters, ...]

    def values(self) -> Floats:
        """Return the coefficients as a symmetric matrix, 1 on the diagonal, NaN where undefined."""
        made = np.eye(len(self.raters))
        place = {name: i for i, name in enumerate(self.raters)}
        for pair in self.pairs:
            i, j = place[pair.first], place[pair.second]
            made[i, j] = made[j, i] = np.nan if pair.coefficient.value is None else pair.coefficient.value
        return made


@dataclass(frozen=True, slots=True)
class Others:
    """One rater beside all others.

    Attributes
    ----------
    equal : Estimate
        Share of the others' ratings on the same items that equal this rater's.
    difference : Estimate
        Mean of the rater's value less the mean of the others' on the same item: severity. Null for labels.
    distance : Estimate
        Mean absolute difference from the others' mean. Null for labels.
    alpha_without : float or None
        Krippendorff's alpha of everybody else; above ``alpha`` this rater lowers agreement.
    """

    equal: Estimate
    difference: Estimate
    distance: Estimate
    alpha_without: float | None


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """Each rater beside the others, and alpha of all together."""

    alpha: float | None
    raters: Mapping[str, Others]


def rater_matrix(
    ratings: Ratings,
    *,
    level: str = "nominal",
    coefficient: str | None = None,
    categories: tuple[float, ...] = (),
    sampling: Sampling = DEFAULT,
) -> RaterMatrix:
    """Compare every two raters on the items both rated (pairwise deletion), on ratings of one criterion.

    Repeats count once, as everywhere in agreement. ``coefficient`` None takes kappa for labels, quadratic kappa for
    ordinal and Lin's concordance for interval and ratio scales. ``categories`` are the criterion's declared values.

    Raises
    ------
    Undefined
        ``empty``; ``not_recorded``: raters are unnamed; ``one_rater``.
    """
    coefficient = coefficient or USUAL[level]
    if coefficient not in COEFFICIENTS:
        raise ValueError(f"coefficient must be one of {', '.join(COEFFICIENTS)}, not {coefficient!r}")
    settled, names = _settled(ratings, level)
    table = _by_rater(settled)
    categories = categories or ratings.categories.get("", ())
    shared = np.zeros((len(names), len(names)), dtype=np.int64)
    pairs = []
    for i, j in combinations(range(len(names)), 2):
        both = _both(table[i], table[j], categories)
        shared[i, j] = shared[j, i] = len(both.first)
        pairs.append(_two(names[i], names[j], both, coefficient, sampling))
    for i, (items, _) in table.items():
        shared[i, i] = len(items)
    return RaterMatrix(names, coefficient, shared, tuple(pairs))


def leave_one_out(
    ratings: Ratings, *, level: str = "nominal", only: Container[str] | None = None, sampling: Sampling = DEFAULT
) -> LeaveOneOut:
    """Compare each rater, or those named in ``only``, with all others on the same items, on ratings of one criterion.

    Raises
    ------
    Undefined
        ``empty``; ``not_recorded``: raters are unnamed; ``one_rater``.
    """
    settled, names = _settled(ratings, level)
    if settled.rater is None:
        raise Undefined(Why.NOT_RECORDED, "who gave which rating is not recorded")
    raters = {
        name: _others(settled, settled.rater.codes == place, level, sampling)
        for place, name in enumerate(names)
        if only is None or name in only
    }
    return LeaveOneOut(_alpha(settled, level), raters)


def _settled(ratings: Ratings, level: str) -> tuple[Ratings, tuple[str, ...]]:
    """Return one rating per rater and item, with raters renumbered, and their names."""
    if level not in USUAL:
        raise ValueError(f"level must be one of {', '.join(USUAL)}, not {level!r}")
    if not len(ratings):
        raise Undefined(Why.EMPTY, "there are no ratings")
    if ratings.rater is None:
        raise Undefined(Why.NOT_RECORDED, "who gave which rating is not recorded")
    rater = ratings.rater.used()
    if len(rater.names) < 2:
        raise Undefined(Why.ONE_RATER, "agreement needs at least two raters, and here is one")
    renamed = replace(ratings, rater=rater)
    return collapse_repeats(renamed, average=level in ("interval", "ratio")).ratings, rater.names


def _by_rater(ratings: Ratings) -> Table:
    if ratings.rater is None:
        return {}
    order = np.lexsort((ratings.item.codes, ratings.rater.codes))
    ends = np.cumsum(np.bincount(ratings.rater.codes, minlength=len(ratings.rater.names)))
    rows = np.split(order, ends[:-1])
    return {place: (ratings.item.codes[mine], ratings.value[mine]) for place, mine in enumerate(rows)}


def _both(first: tuple[Codes, Floats], second: tuple[Codes, Floats], categories: tuple[float, ...]) -> Pairs:
    _, mine, theirs = np.intersect1d(first[0], second[0], assume_unique=True, return_indices=True)
    return Pairs(first[1][mine], second[1][theirs], categories)


def _two(first: str, second: str, both: Pairs, coefficient: str, sampling: Sampling) -> TwoRaters:
    equal = share_estimate(both.first == both.second, sampling=sampling)
    if not len(both.first):
        missing = Estimate(None, reason=Why.NO_PAIRS, message=f"{first} and {second} share no item")
        return TwoRaters(first, second, missing, missing)
    return TwoRaters(first, second, equal, _coefficient(both, coefficient, sampling))


@null_with_reason
def _coefficient(both: Pairs, coefficient: str, sampling: Sampling) -> Estimate:
    made = COEFFICIENTS[coefficient](both)
    value = made.estimate()
    if np.isnan(value):
        raise Undefined(Why.ONE_CATEGORY, "chance alone explains all agreement in these ratings")
    if isinstance(made, Drawn):  # measurements, ranked anew on each resample: too slow for every pair
        return Estimate(value, None, None, made.n, "none: ranked measurements")
    said = {"coefficient": coefficient, "unit": "item"}
    found = estimate_of(made, n=made.n, sampling=sampling, conventions=said, otherwise=Undefined(Why.EMPTY, ""))
    ends = within_limits(Interval(found.lower, found.upper, found.method))
    lower = None if ends.lower is None else max(ends.lower, -1.0)
    return replace(found, lower=lower, upper=ends.upper, method=ends.method)


def _others(ratings: Ratings, mine: Mask, level: str, sampling: Sampling) -> Others:
    rest = take(ratings, ~mine)
    own = take(ratings, mine)
    value, counted = _matched(own, rest)
    numeric = ratings.labels is None and level != "nominal"
    return Others(
        equal=_equal(own, rest, sampling),
        difference=_mean(value, counted, sampling, numeric),
        distance=_mean(np.abs(value), counted, sampling, numeric),
        alpha_without=_alpha(rest, level),
    )


def _matched(own: Ratings, rest: Ratings) -> tuple[Floats, Codes]:
    """Return own value less the others' mean, for the items that others rated, and those items."""
    items = len(own.item.names)
    number = np.bincount(rest.item.codes, minlength=items)
    total = np.bincount(rest.item.codes, rest.value, items)
    shared = number[own.item.codes] > 0
    item = own.item.codes[shared].astype(np.int64)
    return own.value[shared] - total[item] / number[item], item


@null_with_reason
def _equal(own: Ratings, rest: Ratings, sampling: Sampling) -> Estimate:
    answer = np.full(len(own.item.names), np.nan)
    answer[own.item.codes] = own.value
    theirs = answer[rest.item.codes]
    shared = ~np.isnan(theirs)
    if not shared.any():
        raise Undefined(Why.NO_PAIRS, "nobody else rated the same items")
    item = dense(rest.item.codes[shared])[0]
    return share_estimate(rest.value[shared] == theirs[shared], item=item, sampling=sampling)


@null_with_reason
def _mean(value: Floats, item: Codes, sampling: Sampling, numeric: bool) -> Estimate:
    if not numeric:
        raise Undefined(Why.NOT_NUMERIC, "labels have no distance; use an ordinal, interval or ratio level")
    nothing = Undefined(Why.NO_PAIRS, "nobody else rated the same items")
    if not len(value):
        raise nothing
    sums = item_sums(np.column_stack([value, np.ones(len(value))]), item, ratio, alike=True)
    return estimate_of(sums, n=len(value), sampling=sampling, conventions={"unit": "item"}, otherwise=nothing)


def _alpha(ratings: Ratings, level: str) -> float | None:
    try:
        made = krippendorff_alpha(units_of(ratings, ratings.categories.get("", ())), level=level).estimate()
    except Undefined:  # one other rater, or no spread: there is no alpha, which None says
        return None
    return None if np.isnan(made) else made
