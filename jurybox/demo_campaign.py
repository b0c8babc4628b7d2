"""The demo's campaign with marked errors and checks: some simulated people have worked in it through the same doors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from annotation.answers import Submission
from annotation.models import Assignment, Campaign, Participant
from annotation.quality.changing import set_policy
from annotation.quality.making import add_twins
from annotation.quality.remarks import expected_remark
from annotation.services import NewItem, claim, create_campaign, open_campaign, submit
from domain.choices import Value
from domain.models import Membership, Project, Rater, Response, Rubric
from domain.remarks import text_of
from domain.rendering import rendered
from domain.specs import CriterionSpec, Kind, Level, RemarkForm, RemarkSpec, RubricSpec
from jurybox.simulation import SimulatedRater

if TYPE_CHECKING:
    import numpy as np

NAME = "Mark errors, then score"
ANSWERS = 20  # of each simulated person; what is left is for whoever tries the demo
Quality = Mapping[tuple[str, str], Mapping[str, float]]
RUBRIC = RubricSpec(
    name="Errors, then a score",
    instructions="Mark what is wrong or missing a limit, then say how good the response is as a whole.",
    criteria=(
        CriterionSpec(
            key="quality",
            name="Quality",
            meaning="How good is the response as a whole, after what you marked?",
            kind=Kind.SCORE,
            level=Level.ORDINAL,
            values=(1.0, 2.0, 3.0, 4.0, 5.0),
            anchors={1.0: "Of no use", 3.0: "Usable after some work", 5.0: "Ready to use as it is"},
        ),
    ),
    remarks=(
        RemarkSpec(
            key="errors",
            name="Errors",
            meaning="Mark each place that is wrong.",
            form=RemarkForm.SPANS,
            options=("wrong", "invented", "misses the request", "unclear"),
            severities={"minor": 1.0, "major": 5.0},
            asked_first=True,
        ),
        RemarkSpec(
            key="reasons",
            name="What else decided",
            form=RemarkForm.TAGS,
            options=("too long", "too short", "wrong tone", "hard to read"),
        ),
    ),
)
TRAINING = [  # prompt, system, what must be marked, and why
    (
        "summarising-01",
        "Cedar mini",
        ("14 March", "11 March"),
        "The two dates are exchanged: the picture is due on 11 March, the approval on 14 March. The money for the "
        "photographer is missing, and nothing was said about the video coming back.",
    ),
    (
        "reasoning-01",
        "Cedar mini",
        ("At 40 tickets per hour",),
        "Four agents answer 30 tickets per hour, so 40 tickets take 1 h 20 min and the backlog is cleared at 14:20.",
    ),
]
CERTAIN = [  # as good or as bad as can be
    ("support-01", "Aster 2"),
    ("explaining-02", "Aster 2"),
    ("coding-02", "Aster 2"),
    ("summarising-03", "Dune base"),
    ("reasoning-03", "Dune base"),
    ("summarising-04", "Aster 2"),
]
POLICY = {
    "checks": {"first": 0.25, "then": 0.1},
    "training": {"items": len(TRAINING)},
    "qualification": {"items": 4, "threshold": 0.75, "below": "pause"},
    "repeats": {"rate": 0.2, "distance": 5},
}


def open_checked_campaign(
    project: Project,
    rubric: Rubric,
    responses: Sequence[Response],
    quality: Quality,
    admin: User,
    rng: np.random.Generator,
) -> Campaign | None:
    """Open the campaign; None where it is there already."""
    if Campaign.objects.filter(project=project, name=NAME).exists():
        return None
    by_key = {(one.prompt.external_id, one.system.name): one for one in responses}
    known = [key for key in by_key if key in CERTAIN or key in [(prompt, system) for prompt, system, *_ in TRAINING]]
    live = [one for key, one in by_key.items() if key not in known]
    drawn = [live[at] for at in rng.choice(len(live), size=30, replace=False)]
    checks = [*_training(by_key, quality), *_calibration(by_key, quality)]
    campaign = create_campaign(
        project=project, rubric=rubric, name=NAME, items=[*checks, *drawn], overlap=3, seed=7, user=admin
    )
    set_policy(campaign, POLICY, by=admin)
    add_twins(campaign, 3, seed=7, user=admin)
    return open_campaign(campaign, user=admin)


def _training(by_key: Mapping[tuple[str, str], Response], quality: Quality) -> Iterable[NewItem]:
    for prompt, system, quotes, why in TRAINING:
        response = by_key[prompt, system]
        content = response.content or ""
        marks = expected_remark(RUBRIC.remarks[0], list(quotes), text_of(rendered([content])[content]))
        expected = {"quality": _level(quality[prompt, system]), "remark:errors": marks}
        yield NewItem(response, role="training", expected=expected, why=why)


def _calibration(by_key: Mapping[tuple[str, str], Response], quality: Quality) -> Iterable[NewItem]:
    for key in CERTAIN:
        yield NewItem(by_key[key], role="calibration", expected={"quality": _level(quality[key])})


def _level(quality: Mapping[str, float]) -> float:
    return float(round(fmean(quality.values())))


def work(
    campaign: Campaign,
    people: Sequence[tuple[SimulatedRater, Rater]],
    quality: Quality,
    rng: np.random.Generator,
) -> None:
    """Let simulated people answer, the last of them 3 to everything. They cannot sign in."""
    for number, (simulated, rater) in enumerate(people):
        user = _user(campaign, number)
        task = claim(user, campaign)
        Participant.objects.filter(campaign=campaign, user=user).update(rater=rater)
        for _ in range(ANSWERS):
            if task is None:
                break
            seen = 3.0 if number == len(people) - 1 else _seen(simulated, task, quality, rng)
            said = Submission({"quality": Value(float(min(5, max(1, round(seen)))))})
            task = submit(user, str(task.token), said, key=f"sample:{task.pk}").next
        # What they hold goes to whoever comes next.
        Assignment.objects.filter(campaign=campaign, annotator=user, state="leased").update(
            lease_expires=campaign.opened_at
        )


def _user(campaign: Campaign, number: int) -> User:
    user, _ = User.objects.get_or_create(username=f"simulated-{number + 1}", defaults={"password": "!"})
    Membership.objects.get_or_create(project=campaign.project, user=user, defaults={"role": "annotator"})
    return user


def _seen(simulated: SimulatedRater, task: Assignment, quality: Quality, rng: np.random.Generator) -> float:
    """Return how good a response looks; a damaged one looks two points worse."""
    response = task.item.response
    assert response is not None  # noqa: S101 - the rubric is about single responses
    level = fmean(quality[response.prompt.external_id, response.system.name].values())
    return simulated.sees(max(1.0, level - 2.0 * bool(task.item.altered)), rng)
