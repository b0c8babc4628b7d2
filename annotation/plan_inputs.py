"""What the planner of a campaign starts from: the material that is there, and what earlier answers say of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import comb
from statistics import median, pstdev

from django.db.models import Avg

from annotation.choosing import Selection, candidates
from annotation.listings import LEAST, MOST
from annotation.models import Assignment, Campaign
from annotation.planning import seconds_to_answer
from annotation.working_time import worked_ms
from domain.models import Project, Prompt, Response, Rubric, Score
from domain.specs import Kind

SAMPLE = 300  # texts whose length is looked at
NEWEST = 2_000  # earlier answers that are looked at
ENOUGH = 20  # of them, before they say more than a guess
LISTS = (Campaign.Task.RANKING, Campaign.Task.BEST_WORST)
ANSWERED = (Assignment.State.DONE, Assignment.State.REOPENED)


@dataclass(frozen=True, slots=True)
class Material:
    """What a choice of systems and tags leaves: how many items can be made of it, and what one screen shows.

    ``words`` are to be read on one screen, prompt included.
    """

    items: int
    systems: int
    shown: int
    words: float


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier answers on a rubric say; None where there are too few. ``sd`` is in points of the first scale."""

    answers: int
    seconds: float | None
    sd: float | None


def material_of(project: Project, selection: Selection, rubric: Rubric, task: str) -> Material:
    """Count what could be asked about, without making any of it."""
    rows = candidates(project, selection)
    systems = len({system for _, _, system in rows})
    by_prompt = Counter(prompt for _, prompt, _ in rows)
    if task in LISTS:
        enough = [min(n, MOST) for n in by_prompt.values() if n >= LEAST]
        items, shown = len(enough), round(sum(enough) / len(enough)) if enough else LEAST
    elif rubric.kind == Kind.CHOICE:
        items, shown = sum(comb(n, 2) for n in by_prompt.values()), 2
    else:
        items, shown = len(rows), 1
    return Material(items, systems, shown, _words([pk for pk, *_ in rows], list(by_prompt), shown))


def _words(responses: list[int], prompts: list[int], shown: int) -> float:
    """Return the mean words on a screen, from an even sample of the texts."""
    some = responses[:: max(1, len(responses) // SAMPLE)][:SAMPLE]
    each = Response.objects.filter(pk__in=some).aggregate(mean=Avg("words"))["mean"] or 0.0
    asked = prompts[:: max(1, len(prompts) // SAMPLE)][:SAMPLE]
    turns = Prompt.objects.filter(pk__in=asked).values_list("turns", flat=True)
    lengths = [sum(len(turn["content"].split()) for turn in conversation) for conversation in turns]
    return shown * float(each) + (sum(lengths) / len(lengths) if lengths else 0.0)


def past_of(rubric: Rubric) -> Past:
    """Return what the newest answers of people on a rubric say about the next ones."""
    turns = Assignment.objects.filter(campaign__rubric=rubric, state__in=ANSWERED, verdict__isnull=False)
    rows = turns.order_by("-pk").values_list("visible_ms", "idle_ms", "verdict__active_ms")[:NEWEST]
    times = [spent for row in rows if (spent := worked_ms(*row))]
    return Past(
        answers=len(times),
        seconds=median(times) / 1000 if len(times) >= ENOUGH else None,
        sd=_spread(rubric),
    )


def _spread(rubric: Rubric) -> float | None:
    """Return the standard deviation of earlier ratings; without them, a quarter of the scale; None for choices."""
    criterion = rubric.criteria.first()
    if criterion is None or criterion.kind != Kind.SCORE:
        return None
    values = Score.objects.filter(criterion=criterion, verdict__rater__kind="person", verdict__counted=True)
    newest: list[float] = list(values.order_by("-pk").values_list("value", flat=True)[:NEWEST])
    if len(newest) >= ENOUGH and len(set(newest)) > 1:
        return pstdev(newest)
    spec = criterion.spec()
    low, high = (min(spec.values), max(spec.values)) if spec.values else (spec.minimum or 0.0, spec.maximum or 0.0)
    return (high - low) / 4 or None


def usual_seconds(material: Material, rubric: Rubric) -> float:
    """Return a first guess of the time of one answer, from what is to be read and answered."""
    return seconds_to_answer(material.words, max(1, rubric.criteria.count()))
