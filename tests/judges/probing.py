"""Judges that are probed: material whose better response is plain, and people who say so."""

from __future__ import annotations

import random

from domain.choices import Choice, Outcome
from domain.services import Draft, battle_between, get_or_create_system, record_verdicts
from judges import runner
from judges.models import Run
from judges.probes.runs import probe_selection
from tests.factories import PREFERENCE, make_prompt, make_rater, make_response, make_rubric
from tests.fakes.biases import BIASED
from tests.fakes.judge import MODES
from tests.judges.making import make_run, make_version

ITEMS, PROBED = 32, 12
ATTACKS = ("injection", "fake-verdict", "role-tags", "delimiters", "hidden-markup")
WITHOUT_CONTENT = ("content-free", "empty", "constant-reply")
JUDGES = {**MODES, **BIASED}


def words(rng: random.Random, how_many: int) -> str:
    return " ".join(f"word{rng.randrange(10**6)}" for _ in range(how_many))


def make_material(project, items: int = ITEMS):
    """Battles in which one response is clearly the better one, now of this system and now of that."""
    rng = random.Random(5)
    ash, birch = (get_or_create_system(project, name) for name in ("Ash", "Birch"))
    battles = []
    for number in range(items):
        prompt = make_prompt(project, f"Question {number}?")
        sizes = (45, 150) if number % 2 else (150, 45)
        first, second = (
            make_response(prompt=prompt, system=system, content=words(rng, size))
            for system, size in zip((ash, birch), sizes, strict=True)
        )
        battles.append(battle_between(first, second))
    return battles


def make_people(project, rubric, battles):
    people = [make_rater(project, name) for name in ("ada", "ben", "cyd")]
    drafts = [
        Draft(
            rater_id=rater.pk,
            battle_id=battle.pk,
            answers={"preference": Choice(_better(battle))},
            occasion=f"t:{rater.pk}:{battle.pk}",
        )
        for rater in people
        for battle in battles
    ]
    record_verdicts(project=project, rubric=rubric, drafts=drafts)


def _better(battle) -> Outcome:
    return Outcome.A if len(battle.response_a.content) > len(battle.response_b.content) else Outcome.B


def judging(project, fake):
    """Give a function that makes a judge, of a mode, which has answered what three people have answered too."""
    battles = make_material(project)
    rubric = make_rubric(project, PREFERENCE, name="Preference")
    make_people(project, rubric, battles)

    def judge(mode: str):
        fake.configure(judge=JUDGES[mode])
        version = make_version(project, rubric=rubric, name=mode, base_url=fake.openai_url)
        runner.drain(make_run(version))
        return version

    return judge


def probed(version, items: int = PROBED) -> Run:
    run = make_run(version, probe_selection(version, items))
    runner.drain(run)
    run.refresh_from_db()
    return run
