"""Which battles or responses a new campaign asks about, by systems, tags and a sample size."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from annotation.listings import Listing, listings
from annotation.models import Campaign
from annotation.sampling import spread
from domain.models import Battle, Project, Prompt, Response
from domain.specs import Kind

BATCH = 500


@dataclass(frozen=True, slots=True)
class Selection:
    """What to draw from: no systems or tags means all of them; ``size`` None means everything."""

    systems: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    size: int | None = None
    seed: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it for the campaign's record, so that the same items can be drawn again."""
        return {"systems": list(self.systems), "tags": list(self.tags), "size": self.size, "seed": self.seed}


def choose(
    project: Project, kind: str, selection: Selection, task: str = ""
) -> list[Battle] | list[Response] | list[Listing]:
    """Draw the items for a rubric of this kind: evenly over systems, or for pairs evenly over the pairs of systems.

    For a ``task`` that shows lists, one list per prompt. Battles are made if new.
    """
    rng = random.Random(selection.seed)  # noqa: S311 - a draw that can be repeated
    responses = candidates(project, selection)
    if task in (Campaign.Task.RANKING, Campaign.Task.BEST_WORST):
        return listings(responses, selection.size, rng)
    if kind == Kind.CHOICE:
        return _battles(project, spread(_pairs(responses), selection.size, rng))
    by_system: dict[Hashable, list[int]] = defaultdict(list)
    for pk, _, system in responses:
        by_system[system].append(pk)
    drawn = spread(by_system, selection.size, rng)
    found = {response.pk: response for batch in _batches(drawn) for response in Response.objects.filter(pk__in=batch)}
    return [found[pk] for pk in drawn]


def candidates(project: Project, selection: Selection) -> list[tuple[int, int, int]]:
    """Return (response, prompt, system) of what can be rated: one answer of each system to each prompt, with text."""
    rows = Response.objects.of(project).with_text().filter(sample=0, system__retired=False, prompt__canary=False)
    if selection.systems:
        rows = rows.filter(system__in=selection.systems)
    found = list(rows.order_by("prompt_id", "system_id").values_list("pk", "prompt_id", "system_id"))
    if not selection.tags:
        return found
    wanted = set(selection.tags)
    tagged = {pk for pk, tags in Prompt.objects.of(project).values_list("pk", "tags") if wanted & set(tags)}
    return [row for row in found if row[1] in tagged]


def _pairs(responses: Iterable[tuple[int, int, int]]) -> dict[Hashable, list[tuple[int, int, int]]]:
    """Return (lower response, higher response, prompt) by pair of systems."""
    by_prompt: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pk, prompt, system in responses:
        by_prompt[prompt].append((system, pk))
    pairs: dict[Hashable, list[tuple[int, int, int]]] = defaultdict(list)
    for prompt, answers in by_prompt.items():
        for (first_system, first), (second_system, second) in combinations(answers, 2):
            pairs[first_system, second_system].append((min(first, second), max(first, second), prompt))
    return pairs


def _battles(project: Project, pairs: list[tuple[int, int, int]]) -> list[Battle]:
    """Return the battles of these pairs in their order, making the ones that are new."""
    found: list[Battle] = []
    for batch in _batches(pairs):
        Battle.objects.bulk_create(
            [Battle(project=project, prompt_id=p, response_a_id=a, response_b_id=b) for a, b, p in batch],
            ignore_conflicts=True,
        )
        made = Battle.objects.filter(response_a__in=[a for a, _, _ in batch], response_b__in=[b for _, b, _ in batch])
        by_pair = {(battle.response_a_id, battle.response_b_id): battle for battle in made}
        found += [by_pair[a, b] for a, b, _ in batch]
    return found


def _batches(things: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(things), BATCH):
        yield things[start : start + BATCH]


def tags_of(project: Project) -> list[str]:
    """Return the tags that prompts of a project carry."""
    return sorted({tag for tags in Prompt.objects.of(project).values_list("tags", flat=True) for tag in tags})
