"""What domain itself knows about a project: the material that is in, and the first steps."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Count as CountRows
from django.db.models import Max
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
    """Count answers by kind of rater, and say how many more there would be if each had a score."""
    labels = {"person": "Verdicts by people", "judge": "Verdicts by judges", "metric": "Verdicts by metrics"}
    tally = _tally(project)
    numbers = {kind: (tally.get((kind, True), 0), tally.get((kind, False), 0)) for kind in labels}
    return [
        Count(labels[kind], scored, note=_unscored(unscored))
        for kind, (scored, unscored) in numbers.items()
        if scored or unscored or kind == "person"
    ]


def _tally(project: Project) -> dict[tuple[str, bool], int]:
    """Count verdicts by (kind of rater, is scored); again only when there are new ones.

    A million take 0.4 s, and pages poll. What is counted changes with a new verdict or an import that appears.
    """
    newest = Verdict.objects.filter(project=project).aggregate(newest=Max("pk"))["newest"]
    appeared = project.imports.filter(state=Import.State.DONE).aggregate(newest=Max("finished_at"))["newest"]
    made = project.created_at.timestamp()
    key = f"tally:{project.pk}:{made}:{newest}:{appeared and appeared.timestamp()}"
    tally: dict[tuple[str, bool], int] | None = cache.get(key)
    if tally is None:
        tally = _count_verdicts(project)
        cache.set(key, tally, 300)
    return tally


def _count_verdicts(project: Project) -> dict[tuple[str, bool], int]:
    rows = Verdict.objects.planned().filter(project=project).order_by().values_list("rater__kind", "unscored_reason")
    tally: dict[tuple[str, bool], int] = {}
    for kind, reason, number in rows.annotate(n=CountRows("pk")):
        tally[kind, not reason] = tally.get((kind, not reason), 0) + number
    return tally


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
        found.append(Weakness(text, reverse("domain:data_part", args=[project.slug, "responses"]), "See the responses"))
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
