"""A project with one of everything that a route can name, and everybody who may knock at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from knox.models import AuthToken

from annotation.models import AnnotatorGroup, Assignment, Campaign, GuidelineVersion, Review
from annotation.services import claim, submit
from annotation.services.invites import NewLink, create_invites
from domain.choices import Choice, Outcome, Value
from domain.models import Import, Membership, Project, Rater, Rubric
from domain.services import Draft, create_rubric, record_verdict
from judges import planning
from judges.models import PriceRow, Run, TrialCall
from judges.vault import keep
from tests.annotation.make import annotator_of, held, left, pairwise_campaign
from tests.factories import LIKERT, make_project, make_rater, make_rubric, make_user
from tests.judges.making import make_version

ROLES = ("owner", "researcher", "reviewer", "annotator", "viewer")
BOARDS = ("leaderboard", "hybrid", "ratings", "agreement")
OF_CAMPAIGN = (
    "campaign", "start", "undo_last", "guidelines", "answers", "rest", "leave", "finish", "manage", "change_state",
    "annotators", "people", "quality", "policy", "calibrate", "campaign_groups", "new_invites", "recruiter",
    "study_link", "settings", "raise_overlap", "priority", "go_on", "pay", "pay_file", "answers_file", "names",
    "hide_names", "review", "review_names", "review_next", "review_calibrate", "review_sample", "review_sample_next",
)  # fmt: skip
QUERIES = {
    "analysis:agreement_matrix": "?criterion=preference",
    "annotation:study": "?PROLIFIC_PID=5f1e6a0b2c3d4e5f60718293&STUDY_ID=5f1e6a0b2c3d4e5f60718294&SESSION_ID=walls",
}
VISITORS = (*ROLES, "holder", "neighbour", "stranger", "nobody")


@dataclass
class World:
    """One project and its things; ``people`` by the role in which they come."""

    project: Project
    campaign: Campaign
    task: Assignment
    people: dict[str, User]
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def address(self, name: str) -> str:
        """Return the route's address with this project's things in it."""
        wanted = arguments_of(name)
        given = {"slug": self.project.slug, "token": self.task.token, **self.arguments.get(name, {})}
        return reverse(name, kwargs={key: given[key] for key in wanted}) + QUERIES.get(name, "")


def make_world() -> World:
    campaign = pairwise_campaign(12, overlap=4)
    project = campaign.project
    people = {role: make_user() for role in (*ROLES, "holder", "neighbour", "stranger")}
    for role in (*ROLES, "holder"):
        Membership.objects.create(project=project, user=people[role], role="annotator" if role == "holder" else role)
    make_project(owner=people["neighbour"])
    task = held(claim(people["holder"], campaign))
    world = World(project, campaign, task, people)
    world.arguments = _arguments(world)
    return world


def _arguments(world: World) -> dict[str, dict[str, Any]]:
    project, owner, item = world.project, world.people["owner"], world.task.item
    assert item.battle is not None
    version = make_version(rubric=world.campaign.rubric)
    run = planning.plan(planning.create_run(project=project, version=version, selection=planning.Selection()))
    Run.objects.filter(pk=run.pk).update(state=Run.State.PAUSED, reason="Somebody paused it.")
    cell = run.cells.order_by("pk")[0]
    _compare(world, make_rater(project, "Ida"), 8)
    judge = make_rater(project, "Nerissa", kind="judge")
    _compare(world, judge, 12)
    _rate(world, judge)
    loaded = Import.objects.create(project=project, state="failed", format="csv", error_count=0)
    trial = TrialCall.objects.create(project=project, name="Portia", content_hash="0", rubric="Preference")
    key = keep(project, "PORTIA_API_KEY", "sk-walls-0123456789abcdef", owner)
    price = PriceRow.objects.create(
        project=project, model="fake-judge", since=date(2026, 1, 1), input_usd=1, output_usd=2
    )
    group = AnnotatorGroup.objects.create(project=project, name="Nurses")
    link, study = _links(world)
    taking_part = world.campaign.participants.get()
    decided, drawn = (
        Review.objects.create(
            item=item, kind=kind, assignment=turn, reviewer=owner, state="done", decided_at=timezone.now()
        )
        for kind, turn in (("adjudication", None), ("sample", world.task))
    )
    token, _ = AuthToken.objects.create(world.people["holder"])
    return {
        "revoke_token": {"token_key": token.token_key},
        **_all(("api:claim", "api:undo"), {"pk": world.campaign.pk}),
        **_all([f"annotation:{name}" for name in OF_CAMPAIGN], {"pk": world.campaign.pk}),
        **_all(["annotation:rater", "annotation:decide"], {"pk": world.campaign.pk, "participant": taking_part.pk}),
        "annotation:review_take": {"pk": world.campaign.pk, "item": item.pk},
        **_all(
            [f"annotation:{name}" for name in ("adjudicate", "review_open", "review_draft", "review_leave")],
            {"pk": world.campaign.pk, "review": decided.pk},
        ),
        **_all(
            [f"annotation:review_answer{what}" for what in ("", "_draft", "_leave", "_again")],
            {"pk": world.campaign.pk, "review": drawn.pk},
        ),
        "annotation:judge_name": {"pk": world.campaign.pk, "item": item.pk},
        "annotation:guideline_versions": {"pk": world.campaign.pk},
        "annotation:undo_revision": {"pk": world.campaign.pk, "number": 1},
        "annotation:revise_rubric": {"pk": world.campaign.pk, "to": _later_version(world.campaign).pk},
        "annotation:comment": {"pk": world.campaign.pk, "turn": _answered(world.campaign).pk},
        "annotation:group": {"pk": group.pk},
        "annotation:revoke_invite": {"pk": world.campaign.pk, "invite": link.invite.pk},
        "annotation:join": {"secret": link.secret},
        "annotation:study": {"secret": study.secret},
        "annotation:preview": {"pk": world.campaign.pk, "n": 1},
        "annotation:preview_step": {"pk": world.campaign.pk, "n": 1, "what": "skip"},
        **_all(["api:rest", "api:withdraw"], {"pk": world.campaign.pk}),
        "domain:audit_file": {"kind": "csv"},
        "judges:new_probes": {"pk": version.pk},
        "domain:data_part": {"part": "battles"},
        "domain:prompt": {"pk": item.battle.prompt_id},
        "domain:battle": {"pk": item.battle_id},
        **_all(("domain:stop_import", "domain:import", "domain:import_errors"), {"pk": loaded.pk}),
        **_all(("domain:rubric", "domain:new_version"), {"pk": world.campaign.rubric_id}),
        "domain:change_member": {"user_id": world.people["viewer"].pk},
        "judges:trial": {"pk": trial.pk},
        "judges:forget_key": {"pk": key.pk},
        "judges:drop_price": {"pk": price.pk},
        "judges:judge": {"pk": version.pk},
        "judges:run": {"pk": run.pk},
        "judges:act": {"pk": run.pk, "action": "cancel"},
        "judges:retry_cells": {"pk": run.pk},
        **_all(("judges:cell", "judges:retry_cell"), {"pk": run.pk, "cell_pk": cell.pk}),
        **_all(
            [f"analysis:{name}_file" for name in ("leaderboard", "hybrid", "ratings", "agreement")], {"kind": "csv"}
        ),
        "analysis:judge_card": {"rater": judge.pk},
        "analysis:judge_card_file": {"rater": judge.pk, "kind": "json"},
        "analysis:leaderboard_plot": {"kind": "svg", "picture": "intervals"},
        "analysis:judge_card_plot": {"rater": judge.pk, "picture": "confusion", "kind": "svg"},
        **{
            f"analysis:{name}": {"kind": "svg"}
            for name in ("hybrid_plot", "ratings_plot", "agreement_plot", "agreement_matrix")
        },
    }


def _later_version(campaign: Campaign) -> Rubric:
    """Write another version of the campaign's rubric, and one of its guidelines."""
    GuidelineVersion.objects.create(campaign=campaign, number=1, scope={"criteria": ["preference"]})
    return create_rubric(project=campaign.project, spec=campaign.rubric.spec())


def _answered(campaign: Campaign) -> Assignment:
    """Return an answer about which a reviewer can write."""
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    return submit(user, str(task.token), left(), key="walls").task


def _links(world: World) -> tuple[NewLink, NewLink]:
    """Make an invitation for one, and a link for a recruiter's workers."""
    Campaign.objects.filter(pk=world.campaign.pk).update(recruiter=Campaign.Recruiter.PROLIFIC)
    by, tomorrow = world.people["owner"], timezone.now() + timedelta(days=1)
    [link] = create_invites(world.campaign, by=by, expires_at=tomorrow)
    [study] = create_invites(world.campaign, by=by, expires_at=tomorrow, max_uses=9, is_study_link=True)
    return link, study


def _compare(world: World, rater: Rater, how_many: int) -> None:
    """Give battles their answers; the judge has seen more of them than the person, as hybrid boards need it."""
    for number, item in enumerate(world.campaign.items.order_by("pk")[:how_many]):
        answer = {"preference": Choice((Outcome.A, Outcome.B, Outcome.A)[(number + rater.pk) % 3])}
        draft = Draft(rater.pk, answer, occasion=f"walls:{rater.pk}:{item.pk}", battle_id=item.battle_id)
        record_verdict(project=world.project, rubric=world.campaign.rubric, draft=draft)


def _rate(world: World, judge: Rater) -> None:
    """Give single responses their ratings, by two people and a judge."""
    rubric = make_rubric(world.project, LIKERT)
    raters = [make_rater(world.project, name) for name in ("Jon", "Kim")]
    for rater in (*raters, judge):
        for number, response in enumerate(world.project.responses.order_by("pk")):
            answer = {"helpfulness": Value(1.0 + (number + rater.pk) % 3)}
            draft = Draft(rater.pk, answer, occasion=f"walls:{rater.pk}:r{number}", response_id=response.pk)
            record_verdict(project=world.project, rubric=rubric, draft=draft)


def _all(names: Iterable[str], arguments: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: dict(arguments) for name in names}


def routes() -> dict[str, tuple[str, ...]]:
    """Return every route of the program by its full name, each with the names of its arguments."""
    return dict(_walk(get_resolver(), "", ()))


def arguments_of(name: str) -> tuple[str, ...]:
    return routes()[name]


def _walk(resolver: URLResolver, space: str, before: tuple[str, ...]) -> Any:
    for entry in resolver.url_patterns:
        arguments = (*before, *(entry.pattern.converters or entry.pattern.regex.groupindex))
        if isinstance(entry, URLPattern):
            yield f"{space}{entry.name}", arguments
        else:
            yield from _walk(entry, f"{space}{entry.namespace}:" if entry.namespace else space, arguments)
