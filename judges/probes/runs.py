"""Runs of probes: what they select, which earlier one will do, and asking in the foreground."""

from __future__ import annotations

from django.db.models import QuerySet

from domain.models import Project
from domain.probing import ProbeKind, Probing
from judges import planning, services
from judges.commandline import BadCall, budget_wanted, check_budget
from judges.keys import problem_with
from judges.models import JudgeVersion, Run
from judges.planning import Selection
from judges.probes.pack import PACK, VERSION
from judges.probes.trials import kinds_of, trials_of
from judges.tariffs import is_priced
from judges.versions import NoSuchJudge, find_version

USUAL_ITEMS = 30
MOST_ITEMS = planning.CHUNK  # the sample is drawn at once


def probe_selection(version: JudgeVersion, items: int | None = None, *, seed: int = 0) -> Selection:
    """Return a sample of items, each to be asked as it is and with every probe of the pack. Raises BadCall."""
    items = USUAL_ITEMS if items is None else items
    if version.protocol == JudgeVersion.Protocol.LISTWISE:
        raise BadCall(f"{version.label} ranks lists: probes are for judges of single responses and of battles")
    if not 1 <= items <= MOST_ITEMS:
        raise BadCall(f"probes take 1 to {MOST_ITEMS} items, not {items}")
    there = planning.count_items(version, Selection(limit=items))
    if not there:
        raise BadCall(f"project {version.project.slug} has nothing on record that {version.label} could be probed with")
    kinds = tuple(probe.kind for probe in PACK)
    return Selection(limit=there, repeats=1 + len(kinds), probes=kinds, pack=VERSION, seed=seed)


def probe_runs(version: JudgeVersion) -> QuerySet[Run]:
    """Return the runs of probes of a judge, the latest first; not those that were cancelled."""
    runs: QuerySet[Run] = Run.objects.filter(version=version, selection__has_key="probes")
    return runs.exclude(state=Run.State.CANCELLED).select_related("version__rubric", "project").order_by("-pk")


class Asking:
    """A domain.probing.Prober that asks through the runner, in the foreground."""

    def latest(self, project: Project, judge: str) -> Probing | None:
        """Return what the judge's last run of probes has brought."""
        version = JudgeVersion.objects.filter(project=project, rater__name=judge).order_by("-number").first()
        run = None if version is None else probe_runs(version).first()
        return None if version is None or run is None else result_of(run, version)

    def ask(self, project: Project, judge: str, *, items: int, budget: str | None, seed: int) -> Probing:
        """Ask the judge, go on with a run that stopped, or take the answers of one that is done."""
        try:
            version = find_version(project, judge)
        except NoSuchJudge as error:
            raise ValueError(f"only a judge that can be asked can be probed: {error}") from None
        wanted = probe_selection(version, items, seed=seed).as_json()
        run = next((run for run in probe_runs(version) if run.selection == wanted), None)
        if run is None or run.state != Run.State.DONE:
            run = _drained(run, version, Selection(**wanted), budget_wanted(budget))
        return result_of(run, version)


def result_of(run: Run, version: JudgeVersion) -> Probing:
    """Return what a run of probes has brought so far."""
    selection = Selection(**run.selection)
    unfinished = "" if run.state == Run.State.DONE else f"{run} is {run.get_state_display()}. {run.reason}".strip()
    return Probing(
        run=run.pk,
        pack=selection.pack,
        seed=selection.seed,
        items=run.planned // (len(version.orders) * selection.repeats),
        kinds=tuple(ProbeKind(probe.kind, probe.title, probe.limit) for probe in kinds_of(run, version)),
        trials=tuple(trials_of(run, version)),
        unfinished=unfinished,
    )


def _drained(run: Run | None, version: JudgeVersion, selection: Selection, budget: int | None) -> Run:
    """Ask what is left of a run, or all of a new one; trouble leaves it stopped, with the reason in it."""
    from rich.console import Console

    from judges.display import Bar
    from judges.worker import drain_any

    if problem := problem_with(version):
        raise BadCall(problem)
    check_budget(budget, version.model, priced=is_priced(version))
    if run is None:
        run = planning.create_run(
            project=version.project,
            version=version,
            selection=selection,
            budget_nusd=budget,
            engine=Run.Engine.COMMAND,
        )
        run = services.start(run)
    else:
        if budget is not None:
            services.set_budget(run, budget)
        run = services.take_up(run)
    with Bar(Console(stderr=True), run) as bar:
        drain_any(run, on_progress=bar.show)
    run.refresh_from_db()
    return run
