"""The campaign itself: made, opened and answered through the services, on a clock of its own."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from django.contrib.auth.models import User

from annotation.answers import Submission
from annotation.models import Assignment, Campaign, Participant
from annotation.quality.making import add_attention_checks, add_twins
from annotation.services import NewItem, claim, create_campaign, open_campaign, submit
from domain.choices import Choice, Outcome
from domain.models import Battle, Membership, Project, Prompt, Response
from domain.services import battle_between, create_rubric, get_or_create_system
from domain.specs import CriterionSpec, Kind, Level, RubricSpec
from tests.simulation.people import Person, Seen

BEGIN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
PREFERENCE = CriterionSpec(
    key="preference",
    name="Which answer is better?",
    kind=Kind.CHOICE,
    level=Level.NOMINAL,
    outcomes=(Outcome.A, Outcome.B, Outcome.TIE, Outcome.BOTH_BAD),
)
POLICY: dict[str, Any] = {
    "checks": {"first": 0.10, "first_answers": 50, "then": 0.10},
    "qualification": {"items": 10, "threshold": 0.4, "below": "pause"},
    "calibration": {"action": "pause"},
    "twin": {"action": "pause"},
    "repeats": {"rate": 0.05, "distance": 15},
    "repeat": {"action": "pause"},
    "attention": {"action": "pause"},
    "speed": {"floor_ms": 4000, "action": "pause"},
    "straight": {"action": "pause"},
    "side": {"action": "pause"},
}


@dataclass(frozen=True, slots=True)
class Size:
    """How large a campaign is played."""

    items: int = 1000
    people: int = 60
    overlap: int = 5
    calibration: int = 30
    twins: int = 10
    attention: int = 2


class Clock:
    """The time that the services see."""

    def __init__(self) -> None:
        self.now = BEGIN

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let everybody read this clock."""
        with patch("django.utils.timezone.now", lambda: self.now):
            yield


@dataclass
class Played:
    """A campaign that was played to its end."""

    campaign: Campaign
    people: dict[int, Person]  # by user id
    answers: int


def play(size: Size, people: Sequence[Person], seed: int) -> Played:
    """Make a campaign, let everybody work until nobody has a task any more, and return how it ended."""
    rng, clock = random.Random(seed), Clock()
    with clock.running():
        campaign, truth = _make(size, rng, seed)
        users = {user.pk: (user, person) for user, person in zip(_join(campaign, people), people, strict=True)}
        answers = _work(campaign, users, truth, clock, rng, size)
    campaign.refresh_from_db()
    return Played(campaign, {pk: person for pk, (_, person) in users.items()}, answers)


def _make(size: Size, rng: random.Random, seed: int) -> tuple[Campaign, dict[int, str]]:
    project = Project.objects.create(name=f"Simulation {seed}", slug=f"simulation-{seed}")
    battles = _battles(project, size.items + size.calibration)
    truth = {battle.pk: rng.choices(("A", "B", "tie"), (45, 45, 10))[0] for battle in battles}
    checks = [
        NewItem(battle, role="calibration", expected={"preference": {"choice": truth[battle.pk]}})
        for battle in battles[size.items :]
    ]
    campaign = create_campaign(
        project=project,
        rubric=create_rubric(project=project, spec=RubricSpec("Preference", "Which answer helps more?", (PREFERENCE,))),
        name="Simulated",
        items=[*battles[: size.items], *checks],
        overlap=size.overlap,
        seed=seed,
    )
    Campaign.objects.filter(pk=campaign.pk).update(quality=POLICY)
    add_twins(campaign, size.twins, seed=seed)
    add_attention_checks(campaign, size.attention, seed=seed)
    return open_campaign(campaign), truth


def _battles(project: Project, n: int) -> list[Battle]:
    systems = [get_or_create_system(project, name) for name in ("Ash", "Birch")]
    prompts = Prompt.objects.bulk_create(
        Prompt(project=project, external_id=f"p{k}", turns=[{"role": "user", "content": f"Question {k}?"}])
        for k in range(n)
    )
    texts = ("It has {k} parts. Each of them matters.", "There are {k} reasons. None of them is new.")
    made = Response.objects.bulk_create(
        Response(project=project, prompt=prompt, system=system, content=text.format(k=k))
        for k, prompt in enumerate(prompts)
        for system, text in zip(systems, texts, strict=True)
    )
    return [battle_between(made[2 * k], made[2 * k + 1]) for k in range(n)]


def _join(campaign: Campaign, people: Sequence[Person]) -> list[User]:
    users = User.objects.bulk_create(User(username=f"{campaign.project.slug}-{person.name}") for person in people)
    Membership.objects.bulk_create(Membership(project=campaign.project, user=user, role="annotator") for user in users)
    return users


def _work(
    campaign: Campaign,
    users: dict[int, tuple[User, Person]],
    truth: dict[int, str],
    clock: Clock,
    rng: random.Random,
    size: Size,
) -> int:
    """Hand the clock to whoever finishes next, until nobody holds a task."""
    each = size.items * size.overlap / size.people
    queue: list[tuple[datetime, int, Assignment]] = []
    for pk, (user, person) in users.items():
        clock.now += timedelta(seconds=1)
        if (task := claim(user, campaign)) is not None:
            heapq.heappush(queue, (clock.now + timedelta(seconds=person.takes(rng)), pk, task))
    answers = 0
    while queue:
        clock.now, pk, task = heapq.heappop(queue)
        user, person = users[pk]
        said = person.answer(_seen(task, truth), rng, len(person.answers) / each)
        outcome = submit(user, str(task.token), _submission(said, task), key=f"k{task.pk}")
        answers += 1
        if outcome.next is not None:
            heapq.heappush(queue, (clock.now + timedelta(seconds=person.takes(rng)), pk, outcome.next))
    return answers


def _seen(task: Assignment, truth: dict[int, str]) -> Seen:
    item = task.item
    expected = item.expected or {}
    right = expected["preference"]["choice"] if expected else truth[item.battle_id or 0]
    return Seen(item.pk, right, task.swapped, item.original_id if item.role == "repeat" else None)


def _submission(said: str, task: Assignment) -> Submission:
    choice = Choice(Outcome(said))
    return Submission({"preference": choice.turned() if task.swapped else choice})


def participants(played: Played) -> dict[int, Participant]:
    """Return everybody's row, by user id."""
    return {row.user_id: row for row in played.campaign.participants.all()}
