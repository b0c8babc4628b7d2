"""From a selection of items to cells in the database, before the first call: in chunks, resumable, without repeats."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, groupby
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, QuerySet

from domain.bulk import bulk_load
from domain.listings import Listing, record_battles
from domain.models import Battle, Project, Prompt, Response
from domain.services import log
from judges import engines, presets
from judges.clock import database_now
from judges.listings import listings_in
from judges.models import Cell, JudgeVersion, Run
from judges.versions import judges_of

CHUNK = 500  # items per transaction: a writer elsewhere waits some 20 ms for it, not seconds
COLUMNS = (
    "run_id", "battle_id", "response_id", "prompt_id", "listed", "criteria", "order", "repeat", "state", "outcome",
    "said", "detail", "epoch", "owner", "due_at", "attempts", "step",
)  # fmt: skip


class IdempotencyConflict(ValueError):
    """The same launch key came with another order: nothing was launched. ``run`` is what the key has launched."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"this launch was already made as run {run.pk}, with other settings")
        self.run = run


@dataclass(frozen=True, slots=True)
class Selection:
    """Which items a run asks about.

    ``pairs``: "made" takes the battles on record, "all" pairs every two systems on each prompt (and records the
    battles that are new); it says nothing about a direct judge, which gets every response that has a text, nor about
    a listwise one, which gets all responses to a prompt.
    ``limit`` is a number of items, ``repeats`` how often each is asked in each order. With ``probes`` it is a sample
    of so many items, drawn by ``seed``; each is asked as it is, and once more with each probe of the ``pack``.
    """

    pairs: str = "made"
    limit: int | None = None
    repeats: int = 1
    probes: tuple[str, ...] = ()
    pack: str = ""
    seed: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as a run keeps it."""
        kept = asdict(self) | {"probes": list(self.probes)}
        return kept if self.probes else {name: kept[name] for name in ("pairs", "limit", "repeats")}


def battles_to_judge(project: Project) -> QuerySet[Battle]:
    """Return the battles on record whose two texts are there."""
    found: QuerySet[Battle] = Battle.objects.of(project).filter(
        response_a__content__isnull=False, response_b__content__isnull=False
    )
    return found.order_by("pk")


def responses_to_judge(project: Project) -> QuerySet[Response]:
    """Return the responses whose text is there."""
    found: QuerySet[Response] = Response.objects.of(project).with_text()
    return found.order_by("pk")


def usual_pairs(project: Project) -> str:
    """Return "made" where there are battles on record, else "all"."""
    return "made" if battles_to_judge(project).exists() else "all"


def battles_for(version: JudgeVersion) -> QuerySet[Battle]:
    """Return the battles on record that a judge can be asked about: some protocols need a reference."""
    found = battles_to_judge(version.project)
    return found.filter(prompt__reference__regex=r"\S") if _needs_reference(version) else found


def responses_for(version: JudgeVersion) -> QuerySet[Response]:
    """Return the responses that a judge can be asked about."""
    found = responses_to_judge(version.project)
    return found.filter(prompt__reference__regex=r"\S") if _needs_reference(version) else found


def _needs_reference(version: JudgeVersion) -> bool:
    return any(presets.find(judge.preset).needs_reference for judge in judges_of(version))


def count_items(version: JudgeVersion, selection: Selection) -> int:
    """Return how many items a selection holds for a judge, without making any."""
    if version.protocol == JudgeVersion.Protocol.DIRECT:
        found = responses_for(version).count()
    elif version.protocol == JudgeVersion.Protocol.LISTWISE:
        found = sum(1 for _ in listings_in(responses_for(version)))
    elif selection.pairs == "made":
        found = battles_for(version).count()
    else:
        sizes = responses_for(version).order_by().values("prompt_id", "sample").annotate(n=Count("pk"))
        found = sum(row["n"] * (row["n"] - 1) // 2 for row in sizes.iterator())
    return found if selection.limit is None else min(found, selection.limit)


@transaction.atomic
def create_run(
    *,
    project: Project,
    version: JudgeVersion | None = None,
    metrics: Iterable[str] = (),
    selection: Selection = Selection(),
    budget_nusd: int | None = None,
    engine: str = Run.Engine.WORKER,
    concurrency: int = 16,
    reuse: bool = False,
    mode: str = Run.Mode.CALLS,
    user: User | None = None,
    idempotency_key: str | None = None,
) -> Run:
    """Put a run on record, not yet planned. The same key and the same order give the same run, however often."""
    order = {
        "version": version,
        "metrics": list(metrics),
        "selection": selection.as_json(),
        "budget_nusd": budget_nusd,
        "engine": engine,
        "concurrency": concurrency,
        "reuse": reuse,
        "mode": mode,
    }
    planner = database_now() if engine == Run.Engine.COMMAND else None  # a worker plans what nobody is planning
    fresh = {**order, "alive_at": planner, "created_by": user}
    if idempotency_key is None:
        run, created = Run.objects.create(project=project, **fresh), True
    else:
        run, created = Run.objects.get_or_create(project=project, idempotency_key=idempotency_key, defaults=fresh)
    if not created and any(getattr(run, name) != value for name, value in order.items()):
        raise IdempotencyConflict(run)
    if created:
        log(project, "run.launched", user, run=run.pk)
        engines.wake(run)
    return run


def plan(run: Run) -> Run:
    """Write all cells of a run that is being planned, from wherever an earlier planner stopped. Then it is planned.

    A run of metrics has no cells: its work is found by what is missing (judges.metric_runs).
    """
    while run.state == Run.State.PLANNING:
        _plan_chunk(run)
        run.refresh_from_db()
    return run


@transaction.atomic
def _plan_chunk(run: Run) -> None:
    """Write one chunk of cells and how far it goes, or say that all are there."""
    related = Run.objects.select_related("version__project", "project")
    locked = related.select_for_update(of=("self",)).get(pk=run.pk)
    if locked.state != Run.State.PLANNING:
        return  # cancelled meanwhile, or planned by somebody else
    cursor, items = _next_items(locked)
    if cursor is None:
        locked.state = Run.State.PLANNED
    else:
        locked.plan_cursor = cursor
        locked.planned += _write_cells(locked, items)
    locked.alive_at = database_now()
    locked.save(update_fields=["state", "plan_cursor", "planned", "alive_at"])


def _next_items(run: Run) -> tuple[int | None, Sequence[int] | Sequence[Listing]]:
    """Return where the next chunk ends and its items, or None when there is no next one."""
    selection = Selection(**run.selection)
    version = run.version
    left = _left(run, selection)
    if version is None or left == 0:
        return None, []
    size = CHUNK if left is None else min(CHUNK, left)
    if version.protocol == JudgeVersion.Protocol.LISTWISE:
        return _list_up(run, version, left)
    if version.protocol == JudgeVersion.Protocol.PAIRWISE and selection.pairs == "all":
        return _pair_up(run, version, left)
    pairwise = version.protocol == JudgeVersion.Protocol.PAIRWISE
    rows: QuerySet[Any] = battles_for(version) if pairwise else responses_for(version)
    if selection.probes:
        ids = [] if run.plan_cursor else sample_ids(rows, size, selection.seed)
    else:
        ids = list(rows.filter(pk__gt=run.plan_cursor).values_list("pk", flat=True)[:size])
    return (ids[-1], ids) if ids else (None, [])


def sample_ids(rows: QuerySet[Any], how_many: int, seed: int) -> list[int]:
    """Return the ids of a random sample, in order; the same seed on the same rows gives the same sample."""
    ids = list(rows.values_list("pk", flat=True))
    return sorted(random.Random(seed).sample(ids, min(how_many, len(ids))))  # noqa: S311 - nobody has to guess it


def _left(run: Run, selection: Selection) -> int | None:
    if selection.limit is None or run.version is None:
        return None
    per_item = len(run.version.orders) * selection.repeats
    return max(0, selection.limit - run.planned // per_item)


def _next_prompts(run: Run) -> list[int]:
    prompts = Prompt.objects.of(run.project).filter(pk__gt=run.plan_cursor).order_by("pk")
    return list(prompts.values_list("pk", flat=True)[: CHUNK // 10])


def _list_up(run: Run, version: JudgeVersion, left: int | None) -> tuple[int | None, list[Listing]]:
    """Record the battles between the listed responses to the next prompts, and return the lists."""
    prompt_ids = _next_prompts(run)
    if not prompt_ids:
        return None, []
    listings = list(listings_in(responses_for(version).filter(prompt_id__in=prompt_ids)))[:left]
    record_battles(run.project, listings)
    return prompt_ids[-1], listings


def _pair_up(run: Run, version: JudgeVersion, left: int | None) -> tuple[int | None, list[int]]:
    """Record the battles between all systems on the next prompts, and return them."""
    prompt_ids = _next_prompts(run)
    if not prompt_ids:
        return None, []
    pairs = list(_pairs(version, prompt_ids))[:left]
    Battle.objects.bulk_create(
        (
            Battle(project=run.project, prompt_id=prompt_id, response_a_id=low, response_b_id=high)
            for prompt_id, low, high in pairs
        ),
        ignore_conflicts=True,
    )
    wanted = {(low, high) for _, low, high in pairs}
    found = Battle.objects.filter(prompt_id__in=prompt_ids).order_by("pk")
    rows = found.values_list("pk", "response_a_id", "response_b_id")
    return prompt_ids[-1], [pk for pk, low, high in rows if (low, high) in wanted]


def _pairs(version: JudgeVersion, prompt_ids: list[int]) -> Iterator[tuple[int, int, int]]:
    """Yield (prompt, lower response, higher response): every two systems, sample with sample."""
    rows = (
        responses_for(version)
        .filter(prompt_id__in=prompt_ids)
        .order_by("prompt_id", "sample", "pk")
        .values_list("prompt_id", "sample", "pk")
    )
    for (prompt_id, _), group in groupby(rows, key=lambda row: row[:2]):
        for low, high in combinations([pk for *_, pk in group], 2):
            yield prompt_id, low, high


def _write_cells(run: Run, items: Sequence[int] | Sequence[Listing]) -> int:
    """Write the cells of items; both orders of one stand side by side, which helps a prompt cache."""
    version = run.version
    if version is None:
        return 0
    pairwise = version.protocol == JudgeVersion.Protocol.PAIRWISE
    due_at = database_now()
    rows = [
        [run.pk, *_target(item, pairwise=pairwise), "", order, repeat,
         Cell.State.OPEN, "", "", "", 0, "", due_at, 0, 0]
        for item in items
        for repeat in range(run.selection["repeats"])
        for order in version.orders
    ]  # fmt: skip
    bulk_load(Cell, COLUMNS, rows)
    return len(rows)


def _target(item: int | Listing, *, pairwise: bool) -> tuple[int | None, int | None, int | None, list[int] | None]:
    """Return what a cell is about, in the order of the columns."""
    if isinstance(item, tuple):
        prompt_id, listed = item
        return None, None, prompt_id, list(listed)
    return (item, None, None, None) if pairwise else (None, item, None, None)
