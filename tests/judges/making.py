"""Make judges, runs and material for tests of the judges."""

from __future__ import annotations

from domain.models import Project, Rubric
from domain.services import battle_between, get_or_create_system
from judges import planning
from judges.models import JudgeVersion, Run
from judges.parameters import Parameters
from judges.planning import Selection
from judges.providers import Vendor
from judges.versions import Draft, get_or_create_version
from tests.factories import LIKERT, PREFERENCE, make_project, make_prompt, make_response, make_rubric

SENTENCE = "Copper conducts heat well, iron rusts in rain, and glass is neither solid sugar nor frozen water."


def make_version(project: Project | None = None, *, rubric: Rubric | None = None, **changes) -> JudgeVersion:
    project = project or (rubric.project if rubric else make_project())
    rubric = rubric or make_rubric(project, PREFERENCE)
    fields = {
        "name": "Portia",
        "vendor": Vendor.COMPATIBLE,
        "model": "fake-judge",
        "base_url": "http://127.0.0.1:24000/v1",
        "key_name": "PORTIA_API_KEY",
        "parameters": Parameters(max_tokens=500, repairs=0),
    }
    version, _ = get_or_create_version(project, Draft(rubric=rubric, **{**fields, **changes}))
    return version


def make_direct_version(project: Project, **changes) -> JudgeVersion:
    return make_version(project, rubric=make_rubric(project, LIKERT), **changes)


def make_battles(project: Project, how_many: int) -> None:
    """Battles whose texts all differ, so that every question to the fake provider is another one."""
    ash, birch = (get_or_create_system(project, name) for name in ("Ash", "Birch"))
    for number in range(how_many):
        prompt = make_prompt(project, f"Question {number}: what is it made of?")
        short = make_response(prompt=prompt, system=ash, content=f"Item {number} is copper.")
        long = make_response(prompt=prompt, system=birch, content=f"Item {number}. {SENTENCE * (1 + number % 4)}")
        battle_between(short, long)


def make_run(version: JudgeVersion, selection: Selection | None = None, **fields) -> Run:
    """A planned run that is to be drained."""
    order = planning.create_run(project=version.project, version=version, selection=selection or Selection(), **fields)
    run = planning.plan(order)
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)
    run.refresh_from_db()
    return run
