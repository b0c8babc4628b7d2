"""An annotator's whole work through the API: the same services, the same guarantees as on the pages."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import User
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import reads, schemas, services
from annotation.answers import from_json
from annotation.errors import BadAnswer, TaskError
from annotation.models import ROLES, Assignment, Campaign, Participant
from annotation.pace import answers_pace, keep_pace
from annotation.quality.feedback import feedback_on
from annotation.rubrics import spec_of
from annotation.tasks import payload_for
from annotation.views.home import Line, overview
from domain.token_scopes import project_of_token

MAX_KEY = 200
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="Chosen by the client, new for each new answer; a repeated request with it changes nothing.",
)
ERRORS = {404: schemas.Problem, 409: schemas.Problem, 422: schemas.Problem, 429: schemas.Problem}


class Refused(APIException):
    """What a service refuses, as JSON: ``detail`` in words, ``code`` for programs."""

    def __init__(self, error: TaskError) -> None:
        self.status_code = error.status
        self.wait = getattr(error, "retry_after", None)  # becomes Retry-After
        super().__init__({"detail": str(error), "code": error.code})


class TaskView(APIView):
    """An endpoint for who rates. Errors of the services come out as JSON with their status."""

    def project_of(self, pk: int | None = None, token: str = "") -> int | None:
        """Return the project that an address is about, whoever asks: what a token for one project is held to."""
        campaigns = Campaign.objects.filter(pk=pk) if pk is not None else Campaign.objects.none()
        if token:
            campaigns = Campaign.objects.filter(assignments__token=token)
        return campaigns.values_list("project", flat=True).first()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look who asks, and how often, before anything else."""
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            keep_pace(self.person)

    def handle_exception(self, exc: Exception) -> Response:
        """Turn a service's refusal into an answer."""
        if isinstance(exc, Http404):
            exc = NotFound()
        return super().handle_exception(Refused(exc) if isinstance(exc, TaskError) else exc)

    def read(self, schema: type[schemas.Fields]) -> dict[str, Any]:
        """Return what was sent, or refuse it in the same shape as a service does."""
        body = schema(data=self.request.data)
        if body.is_valid():
            return dict(body.validated_data)
        field, problems = next(iter(body.errors.items()))
        raise BadAnswer(f"{field}: {problems[0]}")

    @property
    def person(self) -> User:
        """Who asks; nobody else gets this far."""
        return cast("User", self.request.user)

    def campaign(self, pk: int) -> Campaign:
        """Return a campaign in which this person may rate, or 404."""
        campaign = reads.rated_campaign(self.person, pk)
        if campaign is None:
            raise NotFound
        return campaign

    def task(self, token: str) -> Assignment:
        """Return one of this person's own tasks, or 404."""
        task = reads.own_task(self.person, token)
        if task is None:
            raise NotFound
        return task

    def participation(self, campaign_id: int) -> Participant:
        """Return this person's row in a campaign, or 404."""
        participant = reads.own_participation(self.person, campaign_id)
        if participant is None:
            raise NotFound
        return participant

    def feedback(self, task: Assignment) -> dict[str, Any] | None:
        """Return what is said about a training task; None for every other, without a look at anything."""
        if task.item.role != ROLES.TRAINING:
            return None
        said = feedback_on(task, self.participation(task.campaign_id))
        return said.as_json() if said else None

    def following(self, campaign: Campaign, task: Assignment | None) -> dict[str, Any]:
        """Return a task as this person may see it, or why there is none."""
        if task is None:
            empty = services.why_empty(self.person, campaign)
            queue = {"code": empty.code, "text": empty.text, "until": empty.until}
            return {"assignment": None, "queue": queue, "break_due": False}
        participant = self.participation(campaign.pk)
        services.mark_shown(task)
        is_due = services.break_due(participant)
        return {"assignment": payload_for(task, participant), "queue": None, "break_due": is_due}


class Campaigns(TaskView):
    """Where this person may rate."""

    keeps_to_scope = True

    @extend_schema(responses={200: schemas.Campaign(many=True)}, operation_id="my_campaigns")
    def get(self, request: Request) -> Response:
        """List the campaigns, first those that can be gone on with."""
        return Response([_line_json(line) for line in overview(self.person, project=project_of_token(request))])


def _line_json(line: Line) -> dict[str, Any]:
    progress = {"done": line.progress.done, "total": line.progress.total}
    return {
        "id": line.pk,
        "name": line.name,
        "project": line.project,
        "task": line.task,
        "closes_at": line.closes_at,
        "progress": progress,
        "why": line.why,
    }


class Claim(TaskView):
    """Get the task this person holds, else the next one."""

    @extend_schema(request=None, responses={200: schemas.Next, **ERRORS}, operation_id="claim")
    def post(self, request: Request, pk: int) -> Response:
        """Claim; calling it again returns the same task."""
        campaign = self.campaign(pk)
        return Response(self.following(campaign, services.claim(self.person, campaign)))


class Submit(TaskView):
    """Answer a task and get the next one."""

    @extend_schema(
        request=schemas.Answer,
        responses={200: schemas.Submitted, 400: schemas.Problem, **ERRORS},
        parameters=[KEY],
        operation_id="submit",
    )
    def post(self, request: Request, token: str) -> Response:
        """Record the answer once, whatever is sent again."""
        key = request.headers.get("Idempotency-Key", "").strip()
        if not 1 <= len(key) <= MAX_KEY:
            detail = f"Send an Idempotency-Key header of 1 to {MAX_KEY} characters, new for each new answer."
            return Response({"detail": detail, "code": "idempotency_key_missing"}, status=400)
        task = self.task(token)
        body, version = _version_apart(request.data)
        submission = from_json(body, spec_of(task.campaign), task.campaign.task)
        outcome = services.submit(self.person, token, submission, key=key, guidelines=version, pace=answers_pace())
        result = {"token": token, "counted": outcome.counted, "repeated": not outcome.is_new}
        return Response(
            {"result": result, "feedback": self.feedback(outcome.task), **self.following(task.campaign, outcome.next)}
        )


def _version_apart(body: Any) -> tuple[Any, int | None]:
    """Return an answer, and the version of the guidelines that it was given under; None where it does not say."""
    if not isinstance(body, dict):
        return body, None
    rest = {name: value for name, value in body.items() if name != "guidelines_version"}
    version = body.get("guidelines_version")
    if version is not None and (isinstance(version, bool) or not isinstance(version, int) or version < 0):
        raise BadAnswer("guidelines_version: send the whole number that came with the task, or leave it out")
    return rest, version


class Heartbeat(TaskView):
    """Keep a task."""

    @extend_schema(request=None, responses={200: schemas.Lease, 404: schemas.Problem}, operation_id="heartbeat")
    def post(self, request: Request, token: str) -> Response:
        """Renew the lease; ``held`` is false once the task was passed on."""
        lease = services.heartbeat(self.person, token)
        return Response({"held": lease.held, "expires": lease.expires})


class DraftView(TaskView):
    """Keep what is entered so far."""

    @extend_schema(request=schemas.Answer, responses={200: schemas.Lease, **ERRORS}, operation_id="draft")
    def post(self, request: Request, token: str) -> Response:
        """Keep a partial answer, and the task."""
        body, _ = _version_apart(request.data)  # a program may keep just what it is going to send
        lease = services.save_draft(self.person, token, body)
        return Response({"held": lease.held, "expires": lease.expires})


class Skip(TaskView):
    """Leave a task to another person."""

    @extend_schema(request=schemas.Skip, responses={200: schemas.Next, **ERRORS}, operation_id="skip")
    def post(self, request: Request, token: str) -> Response:
        """Skip with a reason, and get the next task."""
        task = self.task(token)
        following = services.skip(self.person, token, **self.read(schemas.Skip))
        return Response(self.following(task.campaign, following))


class Flag(TaskView):
    """Point researchers at an item."""

    @extend_schema(request=schemas.Note, responses={200: schemas.Done, **ERRORS}, operation_id="flag")
    def post(self, request: Request, token: str) -> Response:
        """Keep the note; the task goes on."""
        services.flag(self.person, token, self.read(schemas.Note).get("note", ""))
        return Response({"done": True})


class Rest(TaskView):
    """Take a break."""

    @extend_schema(request=None, responses={200: schemas.Done, **ERRORS}, operation_id="rest")
    def post(self, request: Request, pk: int) -> Response:
        """Record it; the task that is held waits as long as its lease."""
        services.take_break(self.person, self.campaign(pk))
        return Response({"done": True})


class Withdraw(TaskView):
    """Leave a campaign."""

    @extend_schema(request=schemas.Withdraw, responses={200: schemas.Done, **ERRORS}, operation_id="withdraw")
    def post(self, request: Request, pk: int) -> Response:
        """Leave for good, with one's answers or without them; again, it changes nothing."""
        campaign = self.campaign(pk)
        keeps = self.read(schemas.Withdraw)["answers"] == "keep"
        services.withdraw_myself(self.person, campaign, keep_answers=keeps)
        return Response({"done": True})


class Undo(TaskView):
    """Go back to the last answer."""

    @extend_schema(request=None, responses={200: schemas.Next, **ERRORS}, operation_id="undo")
    def post(self, request: Request, pk: int) -> Response:
        """Reopen this person's last answer; it stands until another is submitted for its token."""
        campaign = self.campaign(pk)
        return Response(self.following(campaign, services.undo(self.person, campaign)))


class Keep(TaskView):
    """Leave a reopened answer as it was."""

    @extend_schema(request=None, responses={200: schemas.Next, **ERRORS}, operation_id="keep")
    def post(self, request: Request, token: str) -> Response:
        """End an undo without another answer, and get the next task."""
        task = self.task(token)
        return Response(self.following(task.campaign, services.keep(self.person, token)))
