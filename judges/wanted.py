"""Which judge the options of ``jurybox judge`` ask for: one on record, a new one, a panel, or those of a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.db import transaction

from domain.models import Project, Rubric
from domain.services import create_rubric
from judges import presets, versions
from judges.answer_shape import Reasons
from judges.call_options import A_NEW_JUDGE
from judges.commandline import BadCall
from judges.judge_files import PROVIDERS, JudgeEntry, JudgeFile, read_judge_file
from judges.metric_runs import rubrics_for_judges
from judges.models import JudgeVersion
from judges.parameters import MAX_TOKENS, Parameters
from judges.presets import RUBRIC, Preset
from judges.versions import Draft, PanelDraft

ABOUT_A_MODEL = tuple(name for name in A_NEW_JUDGE if name != "model")
OF_A_PANEL = ("rule", "repairs")
WAYS = ("judge_file", "jury", "cascade", "judge")  # a name may go with each of the first three


@transaction.atomic
def version_wanted(project: Project, options: dict[str, Any]) -> JudgeVersion:
    """Return the version that options name or describe, put on record where it is new. Raises what says why not."""
    if sum(bool(options[way]) for way in WAYS[:3]) > 1:
        raise BadCall("say one of --judge-file, --jury and --cascade")
    if options["judge_file"]:
        _refuse(options, ("model", *ABOUT_A_MODEL), "stands in the judge file: leave it out")
        return _of_file(project, read_judge_file(Path(options["judge_file"])), options["judge"])
    for combination in ("jury", "cascade"):
        if options[combination]:
            return _of_names(project, combination, options)
    if options["model"]:
        return versions.get_or_create_version(project, _described(project, options))[0]
    told = "describes a new judge: give its --model too, or leave it out to use the one on record"
    _refuse(options, ABOUT_A_MODEL, told)
    return versions.find_version(project, options["judge"])


def _refuse(options: dict[str, Any], names: tuple[str, ...], told: str) -> None:
    if given := [name for name in names if options[name] is not None]:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise BadCall(f"{flags} {told}")


def _described(project: Project, options: dict[str, Any]) -> Draft:
    if options["provider"] not in PROVIDERS:
        raise BadCall(f"say which --provider has the model {options['model']}: {', '.join(PROVIDERS)}")
    parameters = Parameters(
        max_tokens=MAX_TOKENS if options["max_tokens"] is None else options["max_tokens"],
        reasons=options["reasons"] or Reasons.BEFORE.value,
        temperature=options["temperature"],
        effort=options["effort"],
        repairs=1 if options["repairs"] is None else options["repairs"],
        samples=1 if options["samples"] is None else options["samples"],
        rule=options["rule"],
        estimator=options["estimator"],
    )
    texts = {name: options[name] or "" for name in ("rubric", "preset", "base_url", "dialect", "key_env")}
    entry = JudgeEntry(options["judge"], options["provider"], options["model"], **texts, parameters=parameters)
    return _draft(project, entry)


def _draft(project: Project, entry: JudgeEntry) -> Draft:
    return Draft(
        name=entry.name,
        vendor=PROVIDERS[entry.provider],
        model=entry.model,
        rubric=_rubric(project, entry),
        base_url=entry.base_url,
        dialect=entry.dialect,
        key_name=entry.key_env,
        parameters=entry.parameters,
        preset=entry.preset,
    )


def _of_file(project: Project, found: JudgeFile, name: str | None) -> JudgeVersion:
    """Return the panel of a file, its one judge, or the one that is named."""
    if name:
        return versions.get_or_create_version(project, _draft(project, found.judge(name)))[0]
    if found.panel is None and len(found.judges) > 1:
        names = ", ".join(judge.name for judge in found.judges)
        raise BadCall(f"the file has several judges and no [panel]: say which with --judge ({names})")
    members = [versions.get_or_create_version(project, _draft(project, entry))[0] for entry in found.members]
    if found.panel is None:
        return members[0]
    panel = found.panel
    draft = PanelDraft(panel.name, panel.combination, members, panel.parameters)
    return versions.get_or_create_panel(project, draft)[0]


def _of_names(project: Project, combination: str, options: dict[str, Any]) -> JudgeVersion:
    """Return the panel of judges on record that ``--jury`` or ``--cascade`` lists."""
    alone = tuple(name for name in ("model", *ABOUT_A_MODEL) if name not in OF_A_PANEL)
    _refuse(options, alone, f"is for one judge: --{combination} takes judges on record as they are")
    names = [name.strip() for name in options[combination].split(",") if name.strip()]
    members = [versions.find_version(project, name) for name in names]
    given = {name: options[name] for name in OF_A_PANEL if options[name] is not None}
    title = options["judge"] or f"{combination.capitalize()} of {', '.join(names)}"[:120]
    return versions.get_or_create_panel(project, PanelDraft(title, combination, members, Parameters(**given)))[0]


def _rubric(project: Project, entry: JudgeEntry) -> Rubric:
    """Return the rubric of a judge: the one it names, else the one that its preset fixes, else the only one."""
    try:
        preset = presets.find(entry.preset)
    except LookupError as error:
        raise BadCall(str(error.args[0])) from None
    if entry.rubric or preset.rubric is None:
        return find_rubric(project, entry.rubric or None, preset)
    same = Rubric.objects.of(project).filter(name=preset.rubric.name).order_by("-version")
    known = next((rubric for rubric in same if rubric.spec() == preset.rubric), None)
    return known or create_rubric(project=project, spec=preset.rubric)


def find_rubric(project: Project, name: str | None, preset: Preset = RUBRIC) -> Rubric:
    """Return a rubric by name (its latest version) or as ``name v2``; without a name, the only one there is."""
    rubrics = rubrics_for_judges(project)
    if name is None:
        fitting = {rubric.name for rubric in rubrics if preset.problem_with(rubric.spec()) is None}
        names = sorted(fitting)
        if len(names) != 1:
            how = f"make one at /p/{project.slug}/rubrics/ or import votes or ratings"
            raise BadCall(f"say which --rubric the judge answers: {', '.join(names) or f'there is none yet; {how}'}")
        name = names[0]
    found: Rubric | None = rubrics.filter(name=name).order_by("-version").first()
    if found is None and (numbered := re.fullmatch(r"(.+) v(\d{1,9})", name)):
        found = rubrics.filter(name=numbered[1], version=int(numbered[2])).first()
    if found is None:
        known = ", ".join(sorted(set(rubrics.values_list("name", flat=True)))) or "none yet"
        raise BadCall(f"project {project.slug} has no rubric {name!r} (its rubrics: {known})")
    return found
