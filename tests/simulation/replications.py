"""Many honest people and the checks in memory alone, for error rates that single campaigns cannot show."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from annotation.answers import Submission
from annotation.models import Assignment, Campaign, Item, Participant
from annotation.quality.flow import judge
from annotation.quality.judging import as_expected, in_frame
from annotation.quality.policy import Policy
from domain.choices import Choice, Outcome
from domain.specs import RubricSpec
from tests.simulation.campaign import BEGIN, POLICY, PREFERENCE
from tests.simulation.people import Person, Seen

SPEC = RubricSpec("Preference", "", (PREFERENCE,))
ROLES = ("live", "calibration", "twin", "repeat")
SHARES = (0.80, 0.10, 0.05, 0.05)


def alarms_of(person: Person, answers: int, rng: random.Random, quality: dict[str, Any] | None = None) -> set[str]:
    """Let one person answer so many tasks, and return the families that raised an alarm."""
    policy = Policy.from_json((quality or POLICY) | {"repeats": {"rate": 0.0}})
    participant = Participant(campaign=Campaign())
    with patch("annotation.quality.flow.act"):
        for number in range(1, answers + 1):
            role = "calibration" if number <= policy.qualification.items else rng.choices(ROLES, SHARES)[0]
            _answer(person, participant, role, number, rng, policy, number / answers)
    return set(participant.quality.get("alarms", {}))


def _answer(
    person: Person, participant: Participant, role: str, number: int, rng: random.Random, policy: Policy, share: float
) -> None:
    truth, swapped = rng.choices(("A", "B", "tie"), (45, 45, 10))[0], rng.random() < 0.5
    of = rng.choice(list(person.answers)) if role == "repeat" else None
    seen = Seen(number, truth, swapped, of)
    if of is not None:
        kept = as_expected({"preference": Choice(Outcome(person.answers[of]))})
        participant.quality.setdefault("pending", {})[str(number)] = {"of": of, "answers": kept}
    choice = Choice(Outcome(person.answer(seen, rng, share)))
    shown = in_frame({"preference": choice}, swapped=swapped)
    expected = {"preference": {"choice": truth}} if role in ("calibration", "twin") else None
    task = Assignment(
        item=Item(pk=number, role=role, expected=expected), swapped=swapped, claimed_at=BEGIN, item_id=number
    )
    now = BEGIN + timedelta(seconds=person.takes(rng))
    judge(participant, task, Submission(shown), now, policy=policy, spec=SPEC)


def false_alarms(people: int, answers: int, seed: int, *, lowest: float = 0.75, best: float = 0.95) -> dict[str, int]:
    """Count honest people with an alarm, by family and ("any") in all, skills drawn evenly between two values."""
    rng, found = random.Random(seed), {"any": 0}
    for _ in range(people):
        alarms = alarms_of(Person("honest", rng.uniform(lowest, best)), answers, rng)
        found["any"] += bool(alarms)
        for family in alarms:
            found[family] = found.get(family, 0) + 1
    return found
