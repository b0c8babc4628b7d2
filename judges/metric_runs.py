"""Runs of metrics: every response that a metric has not scored yet, without network, in chunks.

A metric with its parameters is one rater, and its occasion names rater and response: whatever is run again, and by
however many, a response has one counted verdict of it, and only what is missing is computed.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from domain.choices import Unscored
from domain.models import Project, Rater, Response, Rubric, Verdict
from domain.services import Draft, create_rubric, metric_rater, record_verdicts
from judges import services
from judges.clock import database_now
from judges.metrics import METRICS, Metric, Unavailable
from judges.models import Run
from judges.planning import responses_to_judge

CHUNK = 100
ALIASES = {"length": ("characters", "words"), "rouge": ("rouge_1", "rouge_2", "rouge_l")}


class BadMetric(ValueError):
    """A metric that does not exist, or parameters that it does not take; the message lists what there is."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A metric with its parameters."""

    metric: Metric
    params: dict[str, Any]

    @property
    def identity(self) -> str:
        """Return what names the rater: another pattern is another rater, and so is another way to compute it."""
        name = self.metric.key if self.metric.revision == 1 else f"{self.metric.key}@{self.metric.revision}"
        changed = self.metric.changed(self.params)
        if not changed:
            return name
        text = json.dumps(changed, sort_keys=True, ensure_ascii=False)
        full = f"{name} {text}"
        return full if len(full) <= 160 else f"{name} {sha256(text.encode()).hexdigest()}"

    @property
    def label(self) -> str:
        """Return what tables call it; two schemas differ in their digits."""
        changed = self.metric.changed(self.params)
        shown = ", ".join(f"{name} {_shown(value)}" for name, value in changed.items())
        return f"{self.metric.name} ({shown})"[:200] if shown else self.metric.name

    def as_json(self) -> dict[str, Any]:
        """Return it as a run keeps it."""
        return {"key": self.metric.key, "params": self.params}


def _shown(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    digits = sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]
    return f"{value['title']} {digits}" if isinstance(value.get("title"), str) else digits


def choose(names: Iterable[str], params: dict[str, dict[str, Any]] | None = None) -> list[Chosen]:
    """Return metrics by name (``length`` and ``rouge`` stand for several). Raises BadMetric."""
    keys = [key for name in names for key in ALIASES.get(name, (name,))]
    if not keys:
        raise BadMetric("no metric was chosen")
    if unused := [key for key in params or {} if key not in keys]:
        raise BadMetric(f"there are parameters for {', '.join(unused)}, which is not among the metrics chosen")
    return [_chosen(key, (params or {}).get(key, {})) for key in dict.fromkeys(keys)]


def _chosen(key: str, params: dict[str, Any]) -> Chosen:
    metric = METRICS.get(key)
    if metric is None:
        raise BadMetric(f"there is no metric {key!r}; there are {', '.join([*METRICS, *ALIASES])}")
    if problem := metric.problem_with(params):
        raise BadMetric(problem)
    return Chosen(metric, params)


def create_metric_run(
    project: Project, chosen: Sequence[Chosen], *, user: User | None = None, engine: str = Run.Engine.WORKER
) -> Run:
    """Put a run of metrics on record, planned: what is missing is counted."""
    planned = sum(missing(project, _rater(project, item)).count() for item in chosen)
    return Run.objects.create(
        project=project,
        metrics=[item.as_json() for item in chosen],
        state=Run.State.PLANNED,
        planned=planned,
        engine=engine,
        created_by=user,
        alive_at=database_now(),
    )


def missing(project: Project, rater: Rater) -> QuerySet[Response]:
    """Return the responses that a metric has not answered about."""
    answered = Verdict.objects.filter(rater=rater, response=OuterRef("pk"), counted=True)
    return responses_to_judge(project).filter(~Exists(answered))


def drain(
    run: Run,
    *,
    stop: threading.Event | None = None,
    seconds: float | None = None,
    on_progress: Callable[[Run], None] | None = None,
) -> None:
    """Work on a running run of metrics until it is done, is stopped by anybody, ``stop`` is set, or time is up.

    A metric that this machine cannot compute pauses the run and says what is missing.
    """
    try:
        chosen = [_chosen(item["key"], item["params"]) for item in run.metrics]
        for one in chosen:
            one.metric.prepare({**one.metric.defaults, **one.params})
    except (BadMetric, Unavailable) as problem:
        services.stop_with_reason(run, str(problem))
        return
    panel = [_seat(run.project, one) for one in chosen]
    ends_at = math.inf if seconds is None else time.monotonic() + seconds
    while run.state == Run.State.RUNNING and time.monotonic() < ends_at and not (stop and stop.is_set()):
        cursor = run.plan_cursor
        responses = list(_chunk(run))
        if responses:
            _record(run, cursor, responses[-1].pk, [(seat, _drafts(seat, responses)) for seat in panel])
        else:
            _finish(run)
        run.refresh_from_db(fields=[*services.LIVE_FIELDS, "plan_cursor"])
        if on_progress:
            on_progress(run)


@dataclass(frozen=True, slots=True)
class _Seat:
    """A metric at work in a project: its rater and its rubric."""

    chosen: Chosen
    rater: Rater
    rubric: Rubric


def _seat(project: Project, chosen: Chosen) -> _Seat:
    return _Seat(chosen, _rater(project, chosen), rubric_of(project, chosen.metric))


def _rater(project: Project, chosen: Chosen) -> Rater:
    return metric_rater(project, chosen.identity, chosen.label)


@transaction.atomic
def rubric_of(project: Project, metric: Metric) -> Rubric:
    """Return the project's rubric of a metric, made when it is first needed."""
    Project.objects.select_for_update().get(pk=project.pk)  # two workers would make two versions
    spec = metric.rubric()
    known: list[Rubric] = list(Rubric.objects.of(project).filter(name=spec.name).order_by("-version"))
    same = next((rubric for rubric in known if rubric.spec() == spec), None)
    return same or create_rubric(project=project, spec=spec)


def rubrics_for_judges(project: Project) -> QuerySet[Rubric]:
    """Return the project's rubrics but for those that metrics were given."""
    specs = {metric.name: metric.rubric() for metric in METRICS.values()}
    named = Rubric.objects.of(project).filter(name__in=specs)
    given = [rubric.pk for rubric in named if rubric.spec() == specs[rubric.name]]
    found: QuerySet[Rubric] = Rubric.objects.of(project).exclude(pk__in=given)
    return found


def _chunk(run: Run) -> QuerySet[Response]:
    found = responses_to_judge(run.project).filter(pk__gt=run.plan_cursor).select_related("prompt")
    return found.only("content", "metadata", "prompt__reference", "prompt_id")[:CHUNK]


def _drafts(seat: _Seat, responses: Sequence[Response]) -> list[Draft]:
    """Compute one metric for responses, outside of any transaction: a slow pattern must not hold up writers."""
    wanted = set(missing(seat.rater.project, seat.rater).filter(pk__in=[r.pk for r in responses]).values_list("pk"))
    return [
        Draft(
            rater_id=seat.rater.pk,
            answers=_answers(seat, response),
            occasion=f"metric:{seat.rater.pk}:{response.pk}",
            response_id=response.pk,
        )
        for response in responses
        if (response.pk,) in wanted
    ]


def _answers(seat: _Seat, response: Response) -> Any:
    texts = response.content or "", response.prompt.reference
    result = seat.chosen.metric.score(*texts, seat.chosen.params, response.metadata)
    return result if isinstance(result, Unscored) else {seat.chosen.metric.criterion.key: result}


@transaction.atomic
def _record(run: Run, cursor: int, last: int, answered: Sequence[tuple[_Seat, list[Draft]]]) -> None:
    """Record a chunk and move on, unless somebody else has done so since it was read."""
    locked = Run.objects.select_for_update().get(pk=run.pk)
    if locked.plan_cursor != cursor or locked.state != Run.State.RUNNING:
        return
    counts: Counter[str] = Counter()
    for seat, drafts in answered:
        ids = record_verdicts(project=run.project, rubric=seat.rubric, drafts=drafts)
        for draft, pk in zip(drafts, ids, strict=True):
            if pk is not None:
                counts["unreadable" if isinstance(draft.answers, Unscored) else "verdicts"] += 1
    moved = {name: F(name) + count for name, count in counts.items()}
    Run.objects.filter(pk=run.pk).update(plan_cursor=last, alive_at=database_now(), **moved)


def _finish(run: Run) -> None:
    changes = {"state": Run.State.DONE, "finished_at": database_now(), "reason": ""}
    Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).update(**changes)
