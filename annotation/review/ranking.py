"""Items in the order of how far the answers to each lie apart.

The database counts: one row an item, whatever the answers, so that a page of a campaign with a hundred thousand items
costs no more than looking through them. Answers about lists are compared pair by pair here, a few at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import Case, Count, FilteredRelation, FloatField, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Least
from django.db.models.lookups import GreaterThanOrEqual

from annotation.material import permuted
from annotation.models import Assignment, Campaign
from annotation.quality.errors import Undefined
from annotation.review.disagreement import Measure, list_disagreement, measure_of, span_of
from annotation.review.reading import counting, said_of_list
from annotation.rubrics import spec_of
from domain.choices import Outcome
from domain.models import Criterion
from domain.specs import CriterionSpec

AT_ONCE = 2000  # rows


class Ranked(NamedTuple):
    """One item; ``disagreement`` is that on the criterion where it is widest (None: no two answers can be compared)."""

    item: int
    answers: int
    wanted: int
    disagreement: float | None
    criterion: str


Measured = tuple[int, int, int, int, Sequence[float | None]]  # item, position, answers wanted, answers, disagreements


@dataclass(frozen=True, slots=True)
class Ranking:
    """The items, the most disputed first, and how many answers to all of the campaign's live items count."""

    items: list[Ranked]
    answers: int


def ranking_of(campaign: Campaign, criterion: str = "") -> Ranking:
    """Return the items with two counting answers or more, and those that have all they want, the most disputed first.

    ``criterion`` (a key) orders by that one alone; otherwise the widest counts, then the mean over all, then the order
    of the campaign.
    """
    criteria = [one for one in spec_of(campaign).criteria if criterion in ("", one.key)]
    names = [one.name for one in criteria]
    rows = _measured_lists(campaign, criteria) if campaign.is_listwise else _measured(campaign, criteria)
    found, total = [], 0
    for item, position, wanted, answers, apart in rows:
        total += answers
        if answers < 2 and answers < wanted:
            continue
        known = [value for value in apart if value is not None]
        if known:
            widest = max(known)
            one = Ranked(item, answers, wanted, widest, names[apart.index(widest)])
            found.append((-widest, -sum(known) / len(known), position, one))
        else:
            found.append((1.0, 1.0, position, Ranked(item, answers, wanted, None, "")))
    found.sort()  # no two items have the same position
    return Ranking([row[-1] for row in found], total)


# --- Choices and scores -----------------------------------------------------------------------------------------------


def _measured(campaign: Campaign, criteria: Sequence[CriterionSpec]) -> Iterator[Measured]:
    """Yield each item that has an answer: one statement, and one more for each criterion of unordered categories."""
    turns = _with_scores(campaign, criteria)
    rows = turns.values("item_id").annotate(
        position=Max("item__position"),
        wanted=Max("item__overlap"),
        answers=Count("pk"),
        **{f"apart{at}": _apart(at, one) for at, one in enumerate(criteria)},
    )
    modes = {at: _unlike(turns, at) for at, one in enumerate(criteria) if measure_of(one) is Measure.CATEGORIES}
    columns = ("item_id", "position", "wanted", "answers", *(f"apart{at}" for at in range(len(criteria))))
    for item, position, wanted, answers, *apart in rows.values_list(*columns).iterator(AT_ONCE):
        for at, unlike in modes.items():
            apart[at] = unlike.get(item)
        yield item, position, wanted, answers, apart


def _with_scores(campaign: Campaign, criteria: Sequence[CriterionSpec]) -> QuerySet[Assignment]:
    """Return the counting answers, each beside its score on every criterion, also where it has none."""
    ids: dict[str, list[int]] = defaultdict(list)
    for key, pk in Criterion.objects.filter(rubric__project=campaign.project_id).values_list("key", "pk"):
        ids[key].append(pk)
    scores = {
        f"score{at}": FilteredRelation("verdict__scores", condition=Q(verdict__scores__criterion__in=ids[one.key]))
        for at, one in enumerate(criteria)
    }
    return counting(campaign).annotate(**scores).order_by()


def _column(at: int, criterion: CriterionSpec) -> str:
    return f"score{at}__outcome" if measure_of(criterion) is Measure.CHOICE else f"score{at}__value"


def _apart(at: int, criterion: CriterionSpec) -> Any:
    """Return the disagreement about a criterion as the database works it out: null for fewer than two answers."""
    column, said = _column(at, criterion), Count(_column(at, criterion))
    measure = measure_of(criterion)
    value: Any = Value(None, output_field=FloatField())  # of categories, ``_unlike`` says it
    if measure is Measure.CHOICE:
        a, b, tie, bad = (Count(column, filter=Q(**{column: one.value})) for one in Outcome)
        # An answer that nobody gave has no less against it than one that somebody gave. Opposition counts twice here,
        # so that it is a whole number.
        least = Least(b * 2 + tie + bad, a * 2 + tie + bad, a + b + bad, a + b + tie)
        value = Cast(least, FloatField()) / (said * 2.0)
    elif measure is Measure.SCALE:
        span = span_of(criterion)
        value = (Max(column) - Min(column)) / span if span > 0 else Value(0.0)
    return Case(When(GreaterThanOrEqual(said, 2), then=value), output_field=FloatField())


def _unlike(turns: QuerySet[Assignment], at: int) -> dict[int, float]:
    """Return, for each item with two answers or more, the share that are not the most frequent one."""
    said = turns.filter(**{f"score{at}__value__isnull": False}).values("item_id", f"score{at}__value")
    counts: dict[int, tuple[int, int]] = {}
    for item, n in said.annotate(n=Count("pk")).values_list("item_id", "n").iterator(AT_ONCE):
        most, total = counts.get(item, (0, 0))
        counts[item] = max(most, n), total + n
    return {item: 1 - most / total for item, (most, total) in counts.items() if total > 1}


# --- Lists ------------------------------------------------------------------------------------------------------------


def _measured_lists(campaign: Campaign, criteria: Sequence[CriterionSpec]) -> Iterator[Measured]:
    turns = counting(campaign).order_by("item_id", "pk")
    columns = ("item_id", "item__position", "item__overlap", "answer", "seed", "item__listed")
    for (item, position, wanted), rows in groupby(
        turns.values_list(*columns).iterator(AT_ONCE), key=lambda row: row[:3]
    ):
        said = [said_of_list(answer or {}, permuted(listed, seed)) for *_, answer, seed, listed in rows]
        yield item, position, wanted, len(said), [_list_apart(said, one) for one in criteria]


def _list_apart(said: Sequence[Any], criterion: CriterionSpec) -> float | None:
    try:
        return list_disagreement(said, criterion)
    except Undefined:
        return None
