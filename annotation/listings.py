"""Lists of two to eight responses to one prompt, for campaigns that rank them or choose the best and the worst."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from annotation.errors import BadItem
from annotation.material import LABELS
from annotation.models import Campaign
from domain.listings import record_battles
from domain.models import Project, Response, Rubric

LEAST, MOST = 2, len(LABELS)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Listing:
    """The responses to one prompt that are shown together, by id."""

    prompt_id: int
    responses: tuple[int, ...]


def problem_with(task: str, rubric: Rubric) -> str | None:
    """Say why a rubric cannot be asked by a task that shows a list, or None: a list has one order."""
    how_many = rubric.criteria.count()
    if task not in (Campaign.Task.RANKING, Campaign.Task.BEST_WORST) or how_many == 1:
        return None
    return f"A list is ordered by one question, but {rubric} has {how_many}; write a rubric with one criterion."


def listings(rows: Iterable[tuple[int, int, int]], size: int | None, rng: random.Random) -> list[Listing]:
    """Return lists from (response, prompt, system): one per prompt that has enough, drawn where there are too many.

    ``size`` is how many prompts, at random; None is all of them. The result is in random order.
    """
    found = []
    for prompt_id, group in groupby(sorted(rows, key=lambda row: row[1]), key=lambda row: row[1]):
        answers = [pk for pk, *_ in group]
        if len(answers) >= LEAST:
            found.append(Listing(prompt_id, tuple(sorted(rng.sample(answers, min(MOST, len(answers)))))))
    return rng.sample(found, len(found) if size is None else min(size, len(found)))


def prepare(campaign: Campaign, targets: Iterable[object]) -> None:
    """Check what a campaign is to ask about, and put the battles between the responses of its lists on record.

    Raises BadItem where a list is asked for and something else comes, or the other way round; where a list is too short
    or too long, or holds what is not an answer with a text to its prompt.
    """
    everything = list(targets)
    chosen = [target for target in everything if isinstance(target, Listing)]
    if len(chosen) != (len(everything) if campaign.is_listwise else 0):
        wanted = "lists of responses" if campaign.is_listwise else "pairs or single responses, not lists"
        raise BadItem(f"this campaign asks people to {campaign.get_task_display()}: it takes {wanted}")
    project = campaign.project
    for start in range(0, len(chosen), _AT_ONCE):
        batch = chosen[start : start + _AT_ONCE]
        _check(project, batch)
        record_battles(project, [(one.prompt_id, one.responses) for one in batch])


def _check(project: Project, batch: Sequence[Listing]) -> None:
    wanted = {pk for one in batch for pk in one.responses}
    rows = Response.objects.of(project).with_text().filter(pk__in=wanted).values_list("prompt_id", "pk")
    answers: dict[int, set[int]] = defaultdict(set)
    for prompt_id, pk in rows:
        answers[prompt_id].add(pk)
    for one in batch:
        if not LEAST <= len(set(one.responses)) == len(one.responses) <= MOST:
            raise BadItem(f"a list holds {LEAST} to {MOST} different responses; this one is {list(one.responses)}")
        if strange := set(one.responses) - answers[one.prompt_id]:
            raise BadItem(f"response {min(strange)} is no answer with a text to prompt {one.prompt_id}")
