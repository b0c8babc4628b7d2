"""Which cells of a run a person wants to look at: filters, with how many each shows, and a search by prompt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Avg,
    Case,
    CharField,
    Count,
    Exists,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Abs
from django.http import QueryDict

from domain.choices import Outcome
from domain.models import Criterion, Score, Verdict
from judges.figures import flipped
from judges.models import Cell, Exchange, JudgeVersion, Run
from judges.presets.base import ends_of
from judges.texts import storable

LABELS = {
    "": "All",
    "verdict": "Verdict",
    "refused": "Refused",
    "unreadable": "Unreadable",
    "transport": "No answer",
    "flips": "Flips",
    "people": "Unlike people",
    "repaired": "Repaired",
    "reused": "Reused",
    "flagged": "Flagged",
    "waiting": "Not answered yet",
}
WITHOUT_VERDICT = ("refused", "unreadable", "transport")
FAR = 0.25  # of the scale: this far from the mean of the people is unlike them
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """One state of the list: a filter and a search, as they stand in its address."""

    show: str = ""
    typed: str = ""

    @classmethod
    def of(cls, params: QueryDict) -> Wanted:
        """Read an address; an unknown filter is none."""
        show = params.get("show", "")
        return cls(show if show in LABELS else "", storable(params.get("q", "")).strip()[:LONGEST_SEARCH])

    @property
    def query(self) -> str:
        """Return the query string of this state, with its question mark; "" for everything."""
        params = QueryDict(mutable=True)
        params.update({name: text for name, text in (("show", self.show), ("q", self.typed)) if text})
        return f"?{params.urlencode()}" if params else ""


def cells_of(run: Run, wanted: Wanted) -> QuerySet[Cell]:
    """Return the cells that a state of the list shows."""
    cells = _found(Cell.objects.filter(run=run), wanted.typed)
    return _filtered(run, cells, wanted.show).with_material()  # type: ignore[attr-defined,no-any-return]


def counts(run: Run, typed: str = "") -> Iterator[tuple[str, str, int]]:
    """Yield each filter that makes sense for a run, its name and how many cells it shows."""
    cells = _found(Cell.objects.filter(run=run), typed)
    by_outcome = dict(cells.order_by().values_list("outcome").annotate(n=Count("pk")))
    known = {**by_outcome, "": sum(by_outcome.values()), "waiting": by_outcome.get("", 0)}
    for show, label in LABELS.items():
        if show in OUTCOMES_AND_ALL:
            yield show, label, known.get(show, 0)
        elif _makes_sense(run, show):
            yield show, label, _filtered(run, cells, show).count()


OUTCOMES_AND_ALL = ("", "verdict", *WITHOUT_VERDICT, "waiting")


def _makes_sense(run: Run, show: str) -> bool:
    protocol = run.version.protocol if run.version else ""
    if show == "flips":
        return protocol == JudgeVersion.Protocol.PAIRWISE
    if show == "people":
        return protocol != JudgeVersion.Protocol.LISTWISE and not run.is_of_probes
    return run.reuse if show == "reused" else True


def _found(cells: QuerySet[Cell], typed: str) -> QuerySet[Cell]:
    """Keep the cells about prompts whose id contains what was typed."""
    if not typed:
        return cells
    names = ("battle__prompt", "response__prompt", "prompt")
    wanted = Q()
    for name in names:
        wanted |= Q(**{f"{name}__external_id__icontains": typed})
    return cells.filter(wanted)


def _filtered(run: Run, cells: QuerySet[Cell], show: str) -> QuerySet[Cell]:
    steps = Exchange.objects.filter(cell=OuterRef("pk"))
    if show == "flips":
        return flipped(cells)
    if show == "people":
        return unlike_people(run, cells)
    if show == "repaired":
        return cells.filter(Exists(steps.filter(purpose=Exchange.Purpose.REPAIR)))
    if show == "reused":
        return cells.filter(Exists(steps.filter(reused=True)))
    if show == "flagged":
        return cells.exclude(flags="")
    if show == "waiting":
        return cells.filter(due_at__isnull=False)
    return cells.filter(outcome=show) if show else cells


def unlike_people(run: Run, cells: QuerySet[Cell]) -> QuerySet[Cell]:
    """Keep the cells whose answer to the first criterion is not that of the people who answered the same rubric.

    In a battle: not what more than half of the people said. On a scale: more than a quarter of it away from their
    mean. People are asked live: training, calibration and repeats say nothing here.
    """
    criterion = run.version.rubric.criteria.first() if run.version else None
    if criterion is None:
        return cells.none()
    own = Score.objects.filter(verdict=OuterRef("verdict"), criterion=criterion)
    if criterion.outcomes:
        both = cells.filter(battle__isnull=False, outcome="verdict").annotate(
            judged=Subquery(own.values("outcome")[:1]), people=Subquery(_majority(criterion))
        )
        return both.filter(people__isnull=False).exclude(judged=F("people"))
    low, high = ends_of(criterion.spec())
    theirs = _by_people(criterion, "response").annotate(mean=Avg("value")).values("mean")
    away = Abs(Subquery(own.values("value")[:1]) - Subquery(theirs), output_field=FloatField())
    return (
        cells.filter(response__isnull=False, outcome="verdict").annotate(away=away).filter(away__gt=FAR * (high - low))
    )


def _by_people(criterion: Criterion, target: str) -> QuerySet[Score, Any]:
    """Return the people's scores of the cell's own target, as one group."""
    said = Verdict.objects.filter(project=criterion.rubric.project_id).counting().by_humans()
    scores = Score.objects.filter(criterion=criterion, verdict__in=said, **{f"verdict__{target}": OuterRef(target)})
    return scores.order_by().values(f"verdict__{target}")


def _majority(criterion: Criterion) -> QuerySet[Score, Any]:
    """Return the outcome that more than half of the people gave; NULL where none has that many."""
    groups = _by_people(criterion, "battle").annotate(n=Count("pk"))
    cases = []
    for outcome in Outcome:
        name = f"n_{outcome.name.lower()}"
        groups = groups.annotate(**{name: 2 * Count("pk", filter=Q(outcome=outcome.value))})
        cases.append(When(**{f"{name}__gt": F("n")}, then=Value(outcome.value)))
    return groups.annotate(most=Case(*cases, default=None, output_field=CharField())).values("most")
