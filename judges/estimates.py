"""What a run would take, before anything is spent: cells, tokens, and the cost with what is not known about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from statistics import fmean
from typing import Any

from django.db.models import Avg, Count, QuerySet

from domain.models import Prompt
from judges.asking import LONGEST_BROKEN, Asker, Item, of_battle, of_list, of_response
from judges.costs import BYTES_PER_TOKEN_USUALLY, ENVELOPE_TOKENS, request_bytes
from judges.leases import Lease
from judges.listings import listings_in
from judges.models import JudgeVersion, LedgerEntry, Run
from judges.parameters import Parameters
from judges.planning import Selection, battles_for, count_items, responses_for
from judges.tariffs import tariff_of
from judges.versions import judges_of

SAMPLE = 40  # items whose prompts are built to learn how long they are
PLACES = 8  # from which they are taken
PLEA_BYTES = 800  # of what is said about an answer that is to be repaired
ANSWER_TOKENS, CRITERION_TOKENS = 30, 120  # what an answer is taken to have until calls have been made


@dataclass(frozen=True, slots=True)
class Estimate:
    """A plan with its cost in billionths of a dollar. None: the model has no price in the table; not free."""

    items: int
    cells: int
    calls: int
    input_tokens: int
    output_tokens: int
    output_limit: int  # tokens, if every answer used all that it may and was repaired where that is allowed
    cost_nusd: int | None
    at_most_nusd: int | None
    basis: str  # where the number of output tokens comes from


def estimate(run: Run) -> Estimate:
    """Return what is left to do of a planned run."""
    if run.version is None:
        msg = "a run of metrics calls nobody and costs nothing"
        raise ValueError(msg)
    cells = run.planned - run.done
    selection = Selection(**run.selection)
    per_item = len(run.version.orders) * selection.repeats
    return _estimate(run.version, selection, items=-(-cells // per_item), cells=cells, batch=run.mode == Run.Mode.BATCH)


def estimate_for(version: JudgeVersion, selection: Selection, *, batch: bool = False) -> Estimate:
    """Return what a run of a version, saved or not, would take; in batches, at half the price. Writes nothing."""
    items = count_items(version, selection)
    cells = items * len(version.orders) * selection.repeats
    return _estimate(version, selection, items=items, cells=cells, batch=batch)


def _estimate(version: JudgeVersion, selection: Selection, *, items: int, cells: int, batch: bool) -> Estimate:
    """Add up what each judge that is asked would take. Repairs are few and are not counted."""
    items_read = sample_items(version, selection)
    own = Parameters.from_json(version.parameters)  # a panel says itself whether its judges are asked to mend an answer
    parts = [per_call(judge, items_read, repairs=own.repairs, batch=batch) for judge in judges_of(version)]
    surely = parts[:1] if version.combination == JudgeVersion.Combination.CASCADE else parts
    calls = cells * own.samples
    return Estimate(
        items=items,
        cells=cells,
        calls=calls * len(surely),
        input_tokens=calls * sum(part.asked for part in surely),
        output_tokens=calls * sum(part.answered for part in surely),
        output_limit=calls * sum(part.limit for part in parts),
        cost_nusd=_times(calls, [part.usual_nusd for part in surely]),
        at_most_nusd=_times(calls, [part.most_nusd for part in parts]),
        basis=_basis(version, parts),
    )


@dataclass(frozen=True, slots=True)
class PerCall:
    """What one call of one judge takes: tokens, and billionths of a dollar; at most, with a repair after it."""

    asked: int
    answered: int
    limit: int
    usual_nusd: int | None
    most_nusd: int | None
    basis: str


def per_call(judge: JudgeVersion, items: Sequence[Item], *, repairs: int, batch: bool = False) -> PerCall:
    """Return what one call about such items takes; the judge, saved or not, is no panel."""
    asker, tariff = Asker(judge), tariff_of(judge, batch=batch)
    sizes = [_size(asker, item) for item in items]
    asked = round(fmean(sizes)) if sizes else 0
    limit = asker.parameters.max_tokens
    answered, basis = _answer_tokens(judge, len(asker.rubric.criteria))
    answered = min(answered, limit)
    longest = BYTES_PER_TOKEN_USUALLY * asked  # one token per byte, as calls are reserved
    broken = min(LONGEST_BROKEN, BYTES_PER_TOKEN_USUALLY * limit) + PLEA_BYTES
    most = [tariff.most(longest, limit)] + repairs * [tariff.most(longest + broken, limit)]
    return PerCall(asked, answered, (1 + repairs) * limit, tariff.of(asked, answered), _sum(most), basis)


def _sum(costs: Sequence[int | None]) -> int | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def _times(calls: int, costs: Sequence[int | None]) -> int | None:
    total = _sum(costs)
    return None if total is None else calls * total


def _basis(version: JudgeVersion, parts: Sequence[PerCall]) -> str:
    if version.combination == JudgeVersion.Combination.CASCADE:
        return f"{parts[0].basis}; the first judge alone, since nobody knows how often it will be unsure"
    return parts[0].basis


def sample_items(version: JudgeVersion, selection: Selection, how_many: int = SAMPLE) -> list[Item]:
    """Return some of the items of a selection, spread over all of them."""
    if version.protocol == JudgeVersion.Protocol.LISTWISE:
        first = islice(listings_in(responses_for(version)), how_many)
        return [of_list(prompt_id, listed) for prompt_id, listed in first]
    if version.protocol == JudgeVersion.Protocol.DIRECT:
        responses = responses_for(version).select_related("prompt")
        return [of_response(response) for response in _spread(responses, selection.limit, how_many)]
    if selection.pairs == "made":
        battles = battles_for(version).select_related("prompt", "response_a", "response_b")
        return [of_battle(battle, 0) for battle in _spread(battles, selection.limit, how_many)]
    return list(_sample_pairs(version, how_many))


def _sample_pairs(version: JudgeVersion, how_many: int) -> Iterator[Item]:
    """Pair up the first two responses of some prompts."""
    prompts = _spread(Prompt.objects.of(version.project).order_by("pk"), None, how_many)
    rows = responses_for(version).filter(prompt__in=prompts)
    by_id = {prompt.pk: prompt for prompt in prompts}
    for prompt_id, group in groupby(rows.order_by("prompt_id", "pk"), key=lambda row: row.prompt_id):
        texts, prompt = [row.content or "" for row in group], by_id[prompt_id]
        if len(texts) > 1:
            yield Item(prompt.turns, prompt.reference, (texts[0], texts[1]))


def _spread(rows: QuerySet[Any], limit: int | None, how_many: int) -> list[Any]:
    """Return rows from several places between the first and the last one, without a look at all of them."""
    first = rows.values_list("pk", flat=True).first()
    if first is None:
        return []
    last = rows.values_list("pk", flat=True)[limit - 1 : limit].first() if limit else None
    last = last or rows.values_list("pk", flat=True).last()
    found: dict[int, Any] = {}
    for place in range(PLACES):
        start = first + (last - first) * place // PLACES
        near = rows.filter(pk__gte=start, pk__lte=last)[: max(1, how_many // PLACES)]
        found.update((row.pk, row) for row in near)
    return list(found.values())[:how_many]


def _size(asker: Asker, item: Item) -> int:
    """Return the usual number of tokens of a prompt."""
    lease = Lease(0, 0, None, None, 0, 0, 0, None)
    return request_bytes(asker.question(0, lease, item).request) // BYTES_PER_TOKEN_USUALLY + ENVELOPE_TOKENS // 4


def _answer_tokens(version: JudgeVersion, criteria: int) -> tuple[int, str]:
    """Return how many tokens an answer has: as measured in earlier calls here, else assumed.

    Of the same model, protocol and rubric: one token of a preference says nothing about an explained verdict.
    """
    earlier = LedgerEntry.objects.filter(
        run__project=version.project,
        run__version__model=version.model,
        run__version__preset=version.preset,
        run__version__rubric=version.rubric,
        output__isnull=False,
    ).aggregate(mean=Avg("output"), n=Count("pk"))
    if earlier["n"]:
        return round(earlier["mean"]), f"answers as long as in {earlier['n']} earlier calls"
    assumed = ANSWER_TOKENS + CRITERION_TOKENS * criteria
    return assumed, f"answers assumed to have {assumed} tokens, without thinking; no call was made yet"
