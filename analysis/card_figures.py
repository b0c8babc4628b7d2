"""The numbers of a judge card as lines: a statistic of the judge, the same of people, and the difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from analysis.comparison.estimates import Estimate
from analysis.errors import Why
from analysis.judge_card import JudgeCard
from analysis.judging.against_people import AgainstPeople
from analysis.judging.answers import MAJORITY
from analysis.judging.certainty import CONFIDENCE, Certainty, Quality
from analysis.judging.numbers import MEAN
from analysis.judging.thresholds import Threshold


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the card's ``part``. ``brief`` lines are enough to decide; the others are for whoever doubts them.

    ``bounded`` numbers lie between -1 and 1, and can be drawn on one axis.
    """

    name: str
    unit: str
    judge: Estimate
    people: Estimate | None = None
    difference: Estimate | None = None
    brief: bool = True
    part: str = "answers"
    bounded: bool = True


WORDS = {
    "cohen_kappa": "Cohen's kappa",
    "cohen_kappa_linear": "kappa, linear weights",
    "cohen_kappa_quadratic": "kappa, quadratic weights",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "spearman": "Spearman correlation",
    "kendall_tau": "Kendall's tau-b",
    "pearson": "Pearson correlation",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
    "bias": "mean error",
    "r2": "R squared",
    "mape": "mean absolute percentage error (a fraction)",
}
_SLOPE = "slope on log length ratio"
_UNBOUNDED = {WORDS[name] for name in ("mae", "rmse", "bias", "r2", "mape")} | {
    _SLOPE,
    "own family scored higher",
    *(f"{source}: log loss" for source in ("confidence", "score")),
    *(f"cut with the best {goal}" for goal in ("accuracy", "F1", "Youden's index")),
}
_EXTRA = ("rmse", "bias", "mape", "cohen_kappa_linear", "balanced_accuracy", "macro_f1")


def figures(card: JudgeCard) -> Iterator[Figure]:
    """Yield every number of a card, the ones that decide first."""
    yield from _named("test", _test(card))
    for labels in card.labels:
        yield from _labels(labels, card.level)
    yield from _named("numbers", _numbers(card))
    yield from _named("order", _order(card))
    for certainty in card.certainty:
        yield from _named("certainty", _certainty(certainty))
    for cut in card.thresholds:
        yield from _named("certainty", _threshold(cut))
    yield from _named("bias", (*_consistency(card), *_bias(card)))
    for labels in card.labels:
        yield from _classes(labels)


def _named(part: str, lines: Iterable[Figure]) -> Iterator[Figure]:
    return (replace(line, part=part, bounded=line.name not in _UNBOUNDED) for line in lines)


def gaps(card: JudgeCard) -> list[str]:
    """Return what is not on the card, with the reason: "position (not recorded)"."""
    return [f"{name.replace('_', ' ')} ({gap.reason.replace('_', ' ')})" for name, gap in card.missing.items()]


def _test(card: JudgeCard) -> Iterator[Figure]:
    test = card.test
    method = f"alternative annotator test, epsilon {test.epsilon:g}"
    made = Estimate(test.winning_rate, n=len(test.people), method=method, reason=test.reason, message=test.message)
    yield Figure("winning rate", "people", made)
    yield Figure("advantage", "items x people", test.advantage)


def _numbers(card: JudgeCard) -> Iterator[Figure]:
    for numbers in card.numbers:
        for name, beside in numbers.measures.items():
            brief = numbers.unit == MEAN and name not in _EXTRA
            yield Figure(WORDS[name], numbers.unit, beside.judge, beside.people, beside.difference, brief)


def _labels(made: AgainstPeople, level: str) -> Iterator[Figure]:
    unit = made.unit + (", ties in" if made.ties == "with" else ", ties out")
    yield Figure("same answer", unit, made.judge, made.people, made.difference)
    usual = "cohen_kappa" if level == "nominal" else "cohen_kappa_quadratic"
    for name, beside in made.measures.items():
        brief = name == usual
        yield Figure(WORDS[name], unit, beside.judge, beside.people, beside.difference, brief)


def _classes(made: AgainstPeople) -> Iterator[Figure]:
    unit = made.unit + (", ties in" if made.ties == "with" else ", ties out")
    for average, measures in made.classes.averages.items():
        if average == "micro":
            continue  # equal to the same answer, since a row has one label
        for name, estimate in measures.items():
            if (average, name) != ("macro", "f1"):
                yield Figure(f"{average} {name}", unit, estimate, brief=False)
    for label, measures in made.classes.classes.items():
        for name, estimate in measures.items():
            yield Figure(f"{name} of {label}", unit, estimate, brief=False)
    table, names = made.classes.confusion.table, made.classes.confusion.labels
    for true, row in zip(names, table.tolist(), strict=True):
        for said, count in zip(names, row, strict=True):
            yield Figure(f"people {true}, judge {said}", unit, Estimate(count, n=int(table.sum())), brief=False)


def _order(card: JudgeCard) -> Iterator[Figure]:
    if card.responses is not None:
        made, best = card.responses, card.responses.best
        yield Figure("pairs in people's order", "responses to a prompt", made.judge.accuracy, made.people.accuracy)
        name = f"the same, scores within {best.epsilon:g} tied"
        yield Figure(name, "epsilon chosen here", best.accuracy, brief=False)
    if card.systems is not None:
        yield Figure("pairs in people's order", "systems", card.systems.systems.accuracy)
        yield Figure("soft pairwise accuracy", "systems", card.systems.soft, card.systems.people)


def _certainty(made: Certainty) -> Iterator[Figure]:
    about = "confidence" if made.source == CONFIDENCE else "score"
    for place, (name, estimate) in enumerate(_quality(made.judge)):
        people = None if made.people is None else _quality(made.people)[place][1]
        yield Figure(f"{about}: {name}", made.unit, estimate, people, brief=made.unit == MAJORITY)


def _quality(made: Quality) -> list[tuple[str, Estimate]]:
    return [
        ("ROC-AUC", made.auc),
        ("Brier score", made.brier),
        ("log loss", made.log_loss),
        ("calibration error", made.calibration_error),
    ]


def _threshold(cut: Threshold) -> Iterator[Figure]:
    of = Estimate(cut.threshold, cut.lower, cut.upper, cut.n, cut.method, reason=cut.reason, message=cut.message)
    goal = cut.goal.replace("youden", "Youden's index").replace("f1", "F1")
    yield Figure(f"cut with the best {goal}", MAJORITY, of)
    elsewhere = replace(of, value=cut.corrected, lower=None, upper=None)
    if cut.corrected is None and cut.reason is None:
        elsewhere = replace(elsewhere, reason=Why.TOO_FEW, message="not resampled")
    yield Figure(f"its {goal} elsewhere", MAJORITY, elsewhere)
    yield Figure(f"its {goal} here", MAJORITY, replace(of, value=cut.value, lower=None, upper=None), brief=False)


def _consistency(card: JudgeCard) -> Iterator[Figure]:
    if card.repeats is not None:
        yield Figure("same answer when asked again", "pairs of repeats", card.repeats.judge, card.repeats.people)
    if card.bias.swap is not None:
        yield Figure("same verdict when swapped", "pairs of responses", card.bias.swap.consistent)
        yield Figure("position effect when swapped", "pairs of responses", card.bias.swap.position_effect)


def _bias(card: JudgeCard) -> Iterator[Figure]:
    bias = card.bias
    if bias.position is not None:
        people = None if bias.people_position is None else bias.people_position.of_decided
        yield Figure("first position won, of decided", "verdicts", bias.position.of_decided, people)
    if bias.length is not None:
        made = bias.length
        yield Figure("longer won, of decided", "verdicts", made.judge_share, made.people_share, made.share_difference)
        slopes = made.judge_slope, made.people_slope, made.slope_difference
        yield Figure(_SLOPE, "verdicts", *slopes, brief=False)
    if bias.self_preference is not None:
        own = bias.self_preference
        yield Figure("points to its own family", "battles of the family", own.judge, own.people, own.effect)
    if bias.self_preference_in_scores is not None:
        yield Figure("own family scored higher", "responses", bias.self_preference_in_scores)
