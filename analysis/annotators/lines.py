"""Each rater on a line: with the others, with themselves, and how varied their answers are."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from analysis.annotators.pairwise import Others, leave_one_out
from analysis.annotators.repeats import Consistency, consistency
from analysis.annotators.straight_lining import StraightLining, straight_lining
from analysis.comparison.estimates import DEFAULT, Estimate, Sampling
from analysis.data import Ratings
from analysis.errors import Undefined, Why
from analysis.parts import of_one_criterion

UNNAMED = "who gave which rating is not recorded"


@dataclass(frozen=True, slots=True)
class RaterLine:
    """One rater on one criterion.

    Attributes
    ----------
    n_ratings : int
        Repeats counted.
    equal, severity, distance : Estimate
        Share of the others' ratings on the same items that are equal; own value less the others' mean there; and the
        mean size of that difference. The last two are null for labels.
    alpha_without : float or None
        Krippendorff's alpha of everybody else; above alpha of all, this rater lowers agreement.
    repeats, within_sd, repeatability : Estimate
        Equal pairs of the rater's own answers to one item, their standard deviation, and 1.96 sqrt(2) times that.
    commonest, commonest_value, entropy : float
        Share of the answer given most, that answer, and how varied the answers are, in bits.
    same_across : Estimate
        Share of items that got one value on every criterion; over all criteria.
    """

    rater: str
    n_ratings: int
    equal: Estimate
    severity: Estimate
    distance: Estimate
    alpha_without: float | None
    repeats: Estimate
    within_sd: Estimate
    repeatability: Estimate
    commonest: float
    commonest_value: float
    commonest_label: str | None
    entropy: float
    same_across: Estimate


@dataclass(frozen=True, slots=True)
class RaterLines:
    """The raters of one criterion, and alpha of all of them. Without names there are none, and ``reason`` says so."""

    criterion: str | None
    level: str
    alpha: float | None
    raters: tuple[RaterLine, ...]
    reason: str | None = None
    message: str | None = None


def rater_lines(
    ratings: Ratings,
    criterion: str | None,
    *,
    level: str,
    only: Container[str] | None = None,
    sampling: Sampling = DEFAULT,
) -> RaterLines:
    """Look at each rater of one criterion, or at those named in ``only``.

    ``ratings`` may hold other criteria too, by which a rater's answers to one item are compared across them.
    """
    if ratings.rater is None:
        return RaterLines(criterion, level, None, (), Why.NOT_RECORDED, UNNAMED)
    chosen = of_one_criterion(ratings, criterion)
    if not len(chosen):
        return RaterLines(criterion, level, None, (), Why.EMPTY, "there are no ratings")
    across, habits = straight_lining(ratings), straight_lining(chosen)
    own = consistency(chosen, sampling=sampling).raters
    alpha, others = _with_others(chosen, level, only, sampling)
    lines = tuple(
        _line(name, chosen, with_others, own[name], habits[name], across[name].same_across)
        for name, with_others in others.items()
    )
    return RaterLines(criterion, level, alpha, lines)


def _with_others(
    ratings: Ratings, level: str, only: Container[str] | None, sampling: Sampling
) -> tuple[float | None, Mapping[str, Others]]:
    """Compare raters with the others; one rater alone has nobody, which each figure says."""
    try:
        made = leave_one_out(ratings, level=level, only=only, sampling=sampling)
    except Undefined as error:
        missing = Estimate(None, reason=error.code, message=error.message)
        names = ratings.rater.used().names if ratings.rater is not None else ()
        wanted = [name for name in names if only is None or name in only]
        return None, {name: Others(missing, missing, missing, None) for name in wanted}
    return made.alpha, made.raters


def _line(
    name: str, ratings: Ratings, others: Others, own: Consistency, habit: StraightLining, same_across: Estimate
) -> RaterLine:
    return RaterLine(
        rater=name,
        n_ratings=habit.n,
        equal=others.equal,
        severity=others.difference,
        distance=others.distance,
        alpha_without=others.alpha_without,
        repeats=own.agreement,
        within_sd=own.within_sd,
        repeatability=own.repeatability,
        commonest=habit.commonest,
        commonest_value=habit.commonest_value,
        commonest_label=None if ratings.labels is None else ratings.labels[int(habit.commonest_value)],
        entropy=habit.entropy,
        same_across=same_across,
    )
