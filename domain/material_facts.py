"""What domain itself knows about a project: the material that is in, and the first steps."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Count as CountRows
from django.urls import reverse

from domain.access import may
from domain.facts import Count, Facts, Running, Step, Weakness
from domain.models import Battle, Import, Project, Prompt, Response, System, Verdict


def material_facts(project: Project, user: User) -> Facts:
    """Count what is in, and say what is missing before anybody can rate."""
    counts = _counts(project)
    return Facts(
        counts=counts,
        running=tuple(_running(project)),
        weak=tuple(_weak(project)),
        steps=tuple(_steps(project, counts)) if may(user, "edit", project) else (),
    )


def _counts(project: Project) -> tuple[Count, ...]:
    def part(name: str) -> str:
        return reverse("domain:data_part", args=[project.slug, name])

    prompts, systems = Prompt.objects.of(project).count(), System.objects.of(project).count()
    responses, battles = Response.objects.of(project).count(), Battle.objects.of(project).count()
    return (
        Count("Prompts", prompts, url=part("prompts")),
        Count("Systems", systems, url=part("systems")),
        Count("Responses", responses, url=part("responses")),
        Count("Battles", battles, url=part("battles")),
        *_verdict_counts(project),
    )


def _verdict_counts(project: Project) -> list[Count]:
    """Count answers by kind of rater, with how many there would be if each had a score: coverage."""
    rows = Verdict.objects.planned().filter(project=project).order_by().values_list("rater__kind", "unscored_reason")
    planned = {"person": 0, "judge": 0, "metric": 0}
    scored = dict(planned)
    for kind, reason, number in rows.annotate(n=CountRows("pk")):
        planned[kind] += number
        scored[kind] += 0 if reason else number
    labels = {"person": "Verdicts by people", "judge": "Verdicts by judges", "metric": "Verdicts by metrics"}
    return [
        Count(labels[kind], scored[kind], note=_unscored(planned[kind] - scored[kind]))
        for kind in planned
        if planned[kind] or kind == "person"
    ]


def _unscored(number: int) -> str:
    return f"and {_spaced(number)} unscored, with a reason" if number else ""


def _running(project: Project) -> list[Running]:
    return [
        Running(f"Import {job.pk}", job.rows_read, job.rows_total, unit="rows", url=_import_url(job))
        for job in project.imports.filter(state=Import.State.LOADING).select_related("project")
    ]


def _weak(project: Project) -> list[Weakness]:
    textless = Response.objects.of(project).filter(content__isnull=True).count()
    last = project.imports.first()
    found = []
    if textless:
        text = f"{_spaced(textless)} responses came without their text, so nobody can be asked about them."
        found.append(Weakness(text, reverse("domain:data_part", args=[project.slug, "responses"])))
    if last is not None and last.state == Import.State.FAILED:
        found.append(Weakness("The last import failed and left nothing behind.", _import_url(last), "See why"))
    return found


def _steps(project: Project, counts: tuple[Count, ...]) -> list[Step]:
    numbers = {count.label: count.value for count in counts}
    steps = []
    if not numbers["Responses"]:
        url = reverse("domain:new_import", args=[project.slug])
        steps.append(Step(10, "Bring in prompts and the responses of your systems.", "Import a file", url))
    if not project.rubrics.exists():
        url = reverse("domain:new_rubric", args=[project.slug])
        steps.append(Step(20, "Say what raters are asked: a rubric with its criteria.", "Write a rubric", url))
    return steps


def _import_url(job: Import) -> str:
    return reverse("domain:import", args=[job.project.slug, job.pk])


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")
