"""The sample project of ``jurybox demo``: built through the same doors as anybody's own data.

Building it again after an interruption adds what is missing and nothing twice: every step is idempotent.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User

from annotation.models import Campaign
from annotation.services import NewItem, create_campaign, open_campaign
from domain.choices import Outcome
from domain.formats import Source
from domain.imports import Options, run_import
from domain.models import Battle, Event, Import, Membership, Project, Rater, Response, Rubric, Verdict
from domain.services import Draft, battle_between, create_rubric, log, record_verdicts
from domain.specs import CriterionSpec, Kind, Level, RubricSpec
from judges import metric_runs
from judges.models import Run
from judges.services import start
from jurybox import demo_campaign
from jurybox.simulation import SimulatedRater, panel, prefer, rate

if TYPE_CHECKING:
    import numpy as np

SAMPLE = Path(__file__).resolve().parent / "sample"
SLUG = "demo"
READY = "demo.ready"
SEED = 20261121
METRICS = ("length", "json", "bleu", "chrf", "rouge")
PANEL_SIZE = 6
RATINGS_PER_ITEM = 3
BATTLES_PER_PROMPT = 3  # of the six pairs of four systems; a campaign asks about the others
ITEMS_PER_CAMPAIGN = 24
DIRECT, PAIRWISE = "Helpfulness, correctness, clarity", "Overall preference"

Quality = dict[tuple[str, str], dict[str, float]]
Target = Battle | Response | NewItem


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample project's rubrics and the hidden quality of its responses."""

    rubrics: dict[str, RubricSpec]
    quality: Quality
    calibration: list[dict[str, str]]

    @classmethod
    def read(cls) -> Sample:
        """Read the files that ship with Jurybox."""
        hidden = json.loads((SAMPLE / "quality.json").read_text())
        rubrics = [_rubric(row) for row in json.loads((SAMPLE / "rubrics.json").read_text())]
        return cls({rubric.name: rubric for rubric in rubrics}, _quality(hidden["quality"]), hidden["calibration"])


def project_is_ready() -> bool:
    """Say whether the sample project is there, whole."""
    return Event.objects.filter(project__slug=SLUG, action=READY).exists()


def build(*, admin: User, annotator: User) -> Iterator[str]:
    """Make the sample project, telling each step before it is taken."""
    import numpy as np

    sample = Sample.read()
    project, _ = Project.objects.get_or_create(slug=SLUG, defaults=_project_fields())
    _join(project, admin, "owner")
    _join(project, annotator, "annotator")
    yield "prompts and responses"
    import_material(project, admin)
    rubrics = {name: _rubric_of(project, spec) for name, spec in sample.rubrics.items()}
    raters = panel(PANEL_SIZE, np.random.default_rng(SEED))
    people = [_simulated_person(project, rater) for rater in raters]
    yield f"{PANEL_SIZE} simulated raters"
    rate_responses(project, rubrics[DIRECT], sample.quality, list(zip(raters, people, strict=True)))
    choose_in_battles(project, rubrics[PAIRWISE], sample.quality, list(zip(raters, people, strict=True)))
    yield "metrics"
    run_metrics(project, admin)
    yield "three open campaigns"
    open_campaigns(project, rubrics, sample, admin)
    open_checked(project, sample.quality, list(zip(raters, people, strict=True)), admin)
    log(project, READY, admin)


def import_material(project: Project, admin: User) -> None:
    """Import the sample's prompts and responses as a user would; a second time they are already there."""
    sources = [Source.at(SAMPLE / name) for name in ("prompts.jsonl", "responses.jsonl")]
    done = run_import(project=project, sources=sources, options=Options(), user=admin)
    if done.state != Import.State.DONE:
        raise RuntimeError(f"the sample could not be imported: {done.errors[:3]}")


def run_metrics(project: Project, admin: User) -> None:
    """Let the metrics rate every response; only what is missing is computed."""
    chosen = metric_runs.choose(METRICS)
    run = metric_runs.create_metric_run(project, chosen, user=admin, engine=Run.Engine.COMMAND)
    metric_runs.drain(start(run, user=admin))


def rate_responses(
    project: Project, rubric: Rubric, quality: Quality, panelists: list[tuple[SimulatedRater, Rater]]
) -> None:
    """Let three simulated raters rate each response."""
    import numpy as np

    rng = np.random.default_rng([SEED, 1])
    drafts = []
    for number, response in enumerate(_responses(project)):
        for simulated, rater in _turns(panelists, number):
            answers = rate(simulated, quality[_key(response)], rng)
            occasion = f"sample:{rater.name}:{response.prompt.external_id}:{response.system.name}"
            drafts.append(Draft(rater_id=rater.pk, response_id=response.pk, answers=answers, occasion=occasion))
    record_verdicts(project=project, rubric=rubric, drafts=drafts)


def choose_in_battles(
    project: Project, rubric: Rubric, quality: Quality, panelists: list[tuple[SimulatedRater, Rater]]
) -> None:
    """Let three simulated raters choose in three of each prompt's six battles, sides swapped at random."""
    import numpy as np

    rng = np.random.default_rng([SEED, 2])
    drafts = []
    for number, (first, second) in enumerate(_rated_pairs(project, rng)):
        battle = battle_between(first, second)
        for simulated, rater in _turns(panelists, number):
            swapped = bool(rng.integers(2))
            shown = (battle.response_b, battle.response_a) if swapped else (battle.response_a, battle.response_b)
            left, right = (list(quality[_key(response)].values()) for response in shown)
            drafts.append(
                Draft(
                    rater_id=rater.pk,
                    battle_id=battle.pk,
                    answers={"preference": prefer(simulated, left, right, rng)},
                    shown_swapped=swapped,
                    occasion=f"sample:{rater.name}:battle:{battle.pk}",
                )
            )
    record_verdicts(project=project, rubric=rubric, drafts=drafts)


def open_campaigns(project: Project, rubrics: dict[str, Rubric], sample: Sample, admin: User) -> None:
    """Ask people about battles and responses, so that whoever tries the demo can rate both kinds at once."""
    import numpy as np

    rng = np.random.default_rng([SEED, 3])
    certain = list(_calibration(project, sample))
    known = {item.target.pk for item in certain if isinstance(item.target, Battle)}
    pairs = [battle for pair in _unrated_pairs(project) if (battle := battle_between(*pair)).pk not in known]
    size = min(ITEMS_PER_CAMPAIGN, len(pairs))
    battles = [pairs[index] for index in rng.choice(len(pairs), size=size, replace=False)]
    responses = _responses(project)
    chosen = [responses[index] for index in rng.choice(len(responses), size=ITEMS_PER_CAMPAIGN, replace=False)]
    _open_campaign(project, rubrics[PAIRWISE], "Which answer is better?", [*battles, *certain], admin)
    _open_campaign(project, rubrics[DIRECT], "Rate each answer", chosen, admin)


def open_checked(
    project: Project, quality: Quality, panelists: list[tuple[SimulatedRater, Rater]], admin: User
) -> None:
    """Ask for marked errors and a score, with checks that the simulated raters have met."""
    import numpy as np

    rng = np.random.default_rng([SEED, 4])
    rubric = _rubric_of(project, demo_campaign.RUBRIC)
    made = demo_campaign.open_checked_campaign(project, rubric, _responses(project), quality, admin, rng)
    if made is not None:
        demo_campaign.work(made, panelists, quality, rng)


def _open_campaign(project: Project, rubric: Rubric, name: str, items: Sequence[Target], admin: User) -> None:
    if Campaign.objects.filter(project=project, name=name).exists():
        return
    campaign = create_campaign(
        project=project,
        rubric=rubric,
        name=name,
        items=items,
        overlap=2,
        guidelines=rubric.instructions,
        seed=SEED,
        user=admin,
    )
    open_campaign(campaign, user=admin)


def _calibration(project: Project, sample: Sample) -> Iterator[NewItem]:
    """Return the pairs whose answer is certain, with the answer in the battle's frame."""
    by_key = {_key(response): response for response in _responses(project)}
    for row in sample.calibration:
        first, second = (by_key[row["prompt_id"], row[side]] for side in ("system_a", "system_b"))
        battle = battle_between(first, second)
        outcome = Outcome(row["outcome"])
        right = outcome if battle.response_a == first else outcome.turned()
        yield NewItem(battle, role="calibration", expected={"preference": {"choice": right.value}}, why=row["why"])


def _unrated_pairs(project: Project) -> Iterator[tuple[Response, Response]]:
    rated = set(
        Verdict.objects.planned().filter(project=project).values_list("battle__response_a", "battle__response_b")
    )
    for _, group in itertools.groupby(_responses(project), key=lambda response: response.prompt_id):
        for pair in itertools.combinations(sorted(group, key=lambda response: response.pk), 2):
            if (pair[0].pk, pair[1].pk) not in rated:
                yield pair


def _rated_pairs(project: Project, rng: np.random.Generator) -> Iterator[tuple[Response, Response]]:
    for _, group in itertools.groupby(_responses(project), key=lambda response: response.prompt_id):
        pairs = list(itertools.combinations(group, 2))
        for index in sorted(rng.choice(len(pairs), size=min(BATTLES_PER_PROMPT, len(pairs)), replace=False)):
            yield pairs[index]


def _turns(panelists: list[tuple[SimulatedRater, Rater]], number: int) -> list[tuple[SimulatedRater, Rater]]:
    """Deal items to the panel in turn, so that everybody rates about as many and every pair of raters overlaps."""
    combinations = list(itertools.combinations(panelists, RATINGS_PER_ITEM))
    return list(combinations[number % len(combinations)])


def _responses(project: Project) -> list[Response]:
    visible = Response.objects.of(project).select_related("prompt", "system")
    return list(visible.order_by("prompt_id", "system__name"))


def _key(response: Response) -> tuple[str, str]:
    return response.prompt.external_id, response.system.name


def _project_fields() -> dict[str, Any]:
    return {
        "name": "Sample: four assistants",
        "description": "Prompts, responses and raters were made up for this demo. Nothing here measures a real system.",
        "is_sample": True,
    }


def _join(project: Project, user: User, role: str) -> None:
    Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})


def _simulated_person(project: Project, rater: SimulatedRater) -> Rater:
    person, _ = Rater.objects.get_or_create(
        project=project,
        person=f"simulated:{rater.name}",
        defaults={"kind": Rater.Kind.PERSON, "name": rater.name, "is_simulated": True},
    )
    return person


def _rubric_of(project: Project, spec: RubricSpec) -> Rubric:
    return Rubric.objects.filter(project=project, name=spec.name).first() or create_rubric(project=project, spec=spec)


def _rubric(row: dict[str, Any]) -> RubricSpec:
    criteria = tuple(_criterion(criterion) for criterion in row["criteria"])
    return RubricSpec(name=row["name"], instructions=row["instructions"], criteria=criteria)


def _criterion(row: dict[str, Any]) -> CriterionSpec:
    return CriterionSpec(
        key=row["key"],
        name=row["name"],
        meaning=row["meaning"],
        kind=Kind(row["kind"]),
        level=Level(row["level"]),
        values=tuple(float(value) for value in row["values"]),
        anchors={float(value): text for value, text in row["anchors"].items()},
        outcomes=tuple(Outcome(outcome) for outcome in row["outcomes"]),
        strengths=row["strengths"],
        weight=row["weight"],
    )


def _quality(rows: list[dict[str, Any]]) -> Quality:
    return {
        (row["prompt_id"], row["system"]): {
            key: float(value) for key, value in row.items() if key not in ("prompt_id", "system")
        }
        for row in rows
    }
