"""Two judge versions over the same items: which answers both have, how they agree, and what each cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import fmean

from django.db.models import Sum
from django.db.models.functions import Coalesce

from domain.models import Criterion, System
from judges.figures import Share, wilson
from judges.models import Cell, JudgeVersion, Run
from judges.paired import Measured, differ, kappa, mean, squared

Key = tuple[int | None, int | None, int, int]  # battle, response, order, repeat
POINTS = {"A": 1.0, "B": 0.0, "tie": 0.5, "both_bad": 0.5}  # of the system whose response is battle.response_a
COLUMNS = (
    "pk", "battle_id", "response_id", "order", "repeat", "verdict__scores__outcome", "verdict__scores__value",
    "prompt_of", "battle__response_a__system_id", "battle__response_b__system_id", "response__system_id", "cost_nusd",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of a version: the cell, what it said in the battle's frame (or the number), and what it cost."""

    cell: int
    outcome: str
    number: float
    prompt: int
    systems: tuple[int, ...]  # of response_a and response_b, or of the response
    cost_nusd: int | None


@dataclass(frozen=True, slots=True)
class Shift:
    """What one system gets from each version over the items that both answered: a win rate, or a mean score."""

    system: str
    first: float
    second: float
    by: Measured


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of everything that a version was asked, in all its runs, and what that cost."""

    asked: int
    verdicts: int
    refused: int
    unreadable: int
    transport: int
    share: Share
    spent_nusd: int | None
    per_answer_nusd: float | None
    n_priced: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions on the items that both have a verdict on."""

    n: int
    same: Share
    agreement: Measured
    shifts: list[Shift]
    differing: list[tuple[int, int]] = field(repr=False)  # cells of the first and of the second
    only_first: int
    only_second: int
    coverage: tuple[Coverage, Coverage]


def common_criteria(first: JudgeVersion, second: JudgeVersion) -> list[tuple[Criterion, Criterion]]:
    """Return the criteria that both answer: same key, same kind and the same possible answers."""
    theirs = {criterion.key: criterion for criterion in second.rubric.criteria.all()}
    pairs = ((criterion, theirs.get(criterion.key)) for criterion in first.rubric.criteria.all())
    return [(mine, other) for mine, other in pairs if other is not None and _same_scale(mine, other)]


def _same_scale(mine: Criterion, other: Criterion) -> bool:
    names = ("kind", "categories", "minimum", "maximum", "outcomes")
    return all(getattr(mine, name) == getattr(other, name) for name in names)


def compare(first: JudgeVersion, second: JudgeVersion, criteria: tuple[Criterion, Criterion]) -> Comparison:
    """Pair the latest verdicts of two versions on the same item, in the same order and repeat.

    Memory grows with the verdicts of the first version: a hundred bytes or two for each.
    """
    mine = dict(_answers(first, criteria[0]))
    pairs: dict[Key, tuple[Answered, Answered]] = {}
    only_second: set[Key] = set()
    for key, answer in _answers(second, criteria[1]):
        if key in mine:
            pairs[key] = (mine[key], answer)  # a later cell replaces an earlier one
        else:
            only_second.add(key)
    both = list(pairs.values())
    same = sum(one.outcome == other.outcome and one.number == other.number for one, other in both)
    return Comparison(
        n=len(both),
        same=wilson(same, len(both), "no item has a verdict of both"),
        agreement=_agreement(both, is_choice=bool(criteria[0].outcomes)),
        shifts=_shifts(both, is_choice=bool(criteria[0].outcomes)),
        differing=sorted(
            (one.cell, other.cell) for one, other in both if (one.outcome, one.number) != (other.outcome, other.number)
        ),
        only_first=len(mine) - len(both),
        only_second=len(only_second),
        coverage=(
            _coverage(first, [one.cost_nusd for one, _ in both]),
            _coverage(second, [other.cost_nusd for _, other in both]),
        ),
    )


def _answers(version: JudgeVersion, criterion: Criterion) -> Iterator[tuple[Key, Answered]]:
    cells = Cell.objects.filter(run__version=version, outcome="verdict", verdict__scores__criterion=criterion)
    rows = cells.annotate(prompt_of=Coalesce("battle__prompt_id", "response__prompt_id")).order_by("pk")
    for pk, battle, response, order, repeat, outcome, value, prompt, a, b, single, cost in rows.values_list(
        *COLUMNS
    ).iterator():
        systems = (a, b) if battle else (single,)
        yield (battle, response, order, repeat), Answered(pk, outcome or "", value or 0.0, prompt, systems, cost)


def _agreement(both: list[tuple[Answered, Answered]], *, is_choice: bool) -> Measured:
    prompts = [one.prompt for one, _ in both]
    if is_choice:
        return kappa([(one.outcome, other.outcome) for one, other in both], prompts, differ)
    return kappa([(one.number, other.number) for one, other in both], prompts, squared)


def _shifts(both: list[tuple[Answered, Answered]], *, is_choice: bool) -> list[Shift]:
    """Return each system's change from the first version to the second, the largest first."""
    rows: dict[int, list[tuple[int, float, float]]] = defaultdict(list)
    for one, other in both:
        for place, system in enumerate(one.systems):
            rows[system].append((one.prompt, _points(one, place, is_choice), _points(other, place, is_choice)))
    names = dict(System.objects.filter(pk__in=rows).values_list("pk", "name"))
    bound = 1.0 if is_choice else float("inf")
    shifts = [
        Shift(
            names[system],
            fmean(before for _, before, _ in found),
            fmean(after for _, _, after in found),
            mean([after - before for _, before, after in found], [prompt for prompt, _, _ in found], bound=bound),
        )
        for system, found in rows.items()
    ]
    return sorted(shifts, key=lambda shift: (-abs(shift.second - shift.first), shift.system))


def _points(answer: Answered, place: int, is_choice: bool) -> float:
    if not is_choice:
        return answer.number
    points = POINTS[answer.outcome]
    return 1.0 - points if place else points


def _coverage(version: JudgeVersion, costs: list[int | None]) -> Coverage:
    sums = (
        Run.objects.filter(version=version)
        .exclude(selection__has_key="probes")
        .aggregate(**{name: Sum(name, default=0) for name in (*OUTCOMES, "spent_nusd", "unpriced_calls")})
    )
    by_outcome = {name: int(sums[name]) for name in OUTCOMES}
    asked = sum(by_outcome.values())
    known = [cost for cost in costs if cost is not None]
    return Coverage(
        asked=asked,
        **by_outcome,
        share=wilson(by_outcome["verdicts"], asked, "it has not been asked anything yet"),
        spent_nusd=None if sums["unpriced_calls"] else int(sums["spent_nusd"]),
        per_answer_nusd=fmean(known) if known else None,
        n_priced=len(known),
    )


OUTCOMES = ("verdicts", "refused", "unreadable", "transport")
