"""Make what a test is not about."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.contrib.auth.models import User

from domain.choices import Outcome
from domain.models import Battle, Membership, Project, Prompt, Rater, Response, Rubric, System
from domain.services import battle_between, create_rubric, get_or_create_system
from domain.specs import CriterionSpec, Kind, Level, RemarkForm, RemarkSpec, RubricSpec

_numbers = count(1)

LIKERT = CriterionSpec(
    key="helpfulness",
    name="Helpfulness",
    kind=Kind.SCORE,
    level=Level.ORDINAL,
    values=(1.0, 2.0, 3.0, 4.0, 5.0),
    anchors={1.0: "useless", 5.0: "solves it"},
)
SLIDER = CriterionSpec(key="fluency", name="Fluency", kind=Kind.SCORE, level=Level.INTERVAL, minimum=0.0, maximum=100.0)
PREFERENCE = CriterionSpec(
    key="preference",
    name="Preference",
    kind=Kind.CHOICE,
    level=Level.NOMINAL,
    outcomes=(Outcome.A, Outcome.B, Outcome.TIE, Outcome.BOTH_BAD),
    strengths=2,
)
REASONS = RemarkSpec("reasons", "Reasons", form=RemarkForm.TAGS, options=("Wrong", "Too long", "Rude"))
ERRORS = RemarkSpec(
    "errors",
    "Errors",
    form=RemarkForm.SPANS,
    options=("Accuracy", "Style"),
    severities={"minor": 1.0, "major": 5.0},
    asked_first=True,
)


def make_user(username: str = "", **fields: Any) -> User:
    return User.objects.create_user(username or f"user{next(_numbers)}", password="correct horse", **fields)


def make_project(*, slug: str = "", **members: User) -> Project:
    """``make_project(owner=ada, annotator=bob)`` gives each named role to one person."""
    number = next(_numbers)
    project = Project.objects.create(name=f"Project {number}", slug=slug or f"project-{number}")
    for role, user in members.items():
        Membership.objects.create(project=project, user=user, role=role)
    return project


def make_prompt(project: Project, text: str = "What is the capital of Peru?", **fields: Any) -> Prompt:
    fields.setdefault("external_id", f"prompt-{next(_numbers)}")
    return Prompt.objects.create(project=project, turns=[{"role": "user", "content": text}], **fields)


def make_response(
    project: Project | None = None,
    *,
    prompt: Prompt | None = None,
    system: System | str = "",
    content: str = "Lima.",
    **fields: Any,
) -> Response:
    project = project or (prompt.project if prompt else make_project())
    if isinstance(system, str):
        system = get_or_create_system(project, system or f"System {next(_numbers)}")
    return Response.objects.create(
        project=project, prompt=prompt or make_prompt(project), system=system, content=content, **fields
    )


def make_battle(project: Project | None = None, systems: tuple[str, str] = ("Ash", "Birch")) -> Battle:
    project = project or make_project()
    prompt = make_prompt(project)
    first, second = (make_response(prompt=prompt, system=name, content=f"{name} answers.") for name in systems)
    return battle_between(first, second)


def make_rubric(
    project: Project, *criteria: CriterionSpec, name: str = "", remarks: tuple[RemarkSpec, ...] = ()
) -> Rubric:
    spec = RubricSpec(
        name=name or f"Rubric {next(_numbers)}",
        instructions="Read, then answer.",
        criteria=criteria or (LIKERT,),
        remarks=remarks,
    )
    return create_rubric(project=project, spec=spec)


def make_rater(project: Project, name: str = "", *, kind: str = "person") -> Rater:
    name = name or f"rater {next(_numbers)}"
    return Rater.objects.create(project=project, kind=kind, name=name, **{kind: name})
