"""What judges contribute to a project's home."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.urls import reverse

from domain.facts import Count, Facts, Running, Step, Weakness
from domain.models import Project
from judges.models import JudgeVersion, Run


def judge_facts(project: Project, user: User) -> Facts:
    """Return the judges, the runs under way, what stopped, and the next step."""
    runs = Run.objects.of(project)
    judged = runs.filter(version__isnull=False)
    number = JudgeVersion.objects.filter(project=project).count()
    counts: tuple[Count, ...] = ()
    if number:
        counts = (Count("Judges", number, url=_url("judges:judges", project)),)
    return Facts(
        counts=counts,
        running=tuple(_running(project, run) for run in runs.filter(state=Run.State.RUNNING)[:5]),
        weak=tuple(_stopped(project, run) for run in runs.filter(state__in=[Run.State.PAUSED, Run.State.FAILED])[:3]),
        steps=_steps(project, has_judges=bool(number), has_runs=judged.exists()),
    )


def _page(project: Project, run: Run) -> str:
    return reverse("judges:run", args=[project.slug, run.pk])


def _running(project: Project, run: Run) -> Running:
    what = run.version.label if run.version else "Metrics"
    return Running(f"{what}, run {run.pk}", run.done, run.planned, "answers", _page(project, run))


def _stopped(project: Project, run: Run) -> Weakness:
    text = f"Run {run.pk} stopped at {run.done:,} of {run.planned:,}. {run.reason}"
    return Weakness(text, _page(project, run), "Look at the run")


def _steps(project: Project, *, has_judges: bool, has_runs: bool) -> tuple[Step, ...]:
    if has_runs or not project.responses.exists():
        return ()
    if has_judges:
        return (Step(40, "Ask a judge about the responses.", "Launch a run", _url("judges:new_run", project)),)
    return (Step(40, "Let an LLM judge rate the responses too.", "New judge", _url("judges:new_judge", project)),)


def _url(name: str, project: Project) -> str:
    return reverse(name, args=[project.slug])
