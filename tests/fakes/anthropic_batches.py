"""Anthropic's Message Batches: the shape of its requests, and its answers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from tests.fakes.anthropic_messages import AnthropicMessages
from tests.fakes.batches import DAY_S, BatchMode, Job, Line, Made, Maker, taken
from tests.fakes.http1 import HttpRequest, HttpResponse, json_response
from tests.fakes.wire import BadRequest, WireError, fields, list_of, of_type

ROOT = "/v1/messages/batches"
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")

_shape = fields(
    {"requests": list_of(fields({"custom_id": of_type(str), "params": of_type(dict)}, ("custom_id", "params")))},
    ("requests",),
)


class AnthropicDesk:
    """Takes batches of messages."""

    def __init__(self, make: Maker) -> None:
        self.jobs: dict[str, Job] = {}
        self._make = make
        self._creations = 0

    def takes(self, path: str) -> bool:
        """Say whether a path is one of this API."""
        return path.startswith(ROOT)

    def error(self, error: WireError) -> dict[str, Any]:
        """Return the body of an error."""
        return AnthropicMessages().error(error)

    def answer(self, request: HttpRequest, mode: BatchMode) -> HttpResponse:
        """Answer one request."""
        _, _, rest = request.path.partition(ROOT)
        name, _, action = rest.strip("/").partition("/")
        if not name:
            return self._create(request, mode) if request.method == "POST" else self._list(mode)
        if name not in self.jobs:
            raise BadRequestWith(404, "no such batch")
        job = self.jobs[name]
        over = job.is_over(mode, self._make)
        if action == "results":
            if not over:
                raise BadRequestWith(404, "the batch has no results yet")
            return HttpResponse(200, self._results(job), content_type="application/x-jsonl")
        if action == "cancel" and not over:
            job.cancelled = True
        elif action == "cancel":
            raise BadRequest("the batch has ended and cannot be canceled")
        return json_response(200, self._document(job, mode))

    def _create(self, request: HttpRequest, mode: BatchMode) -> HttpResponse:
        self._creations += 1
        if self._creations <= len(mode.status):
            raise BadRequestWith(mode.status[self._creations - 1], "not now")
        body = json.loads(request.body)
        _shape(body, "")
        lines = [Line(item["custom_id"], "/v1/messages", request.headers, item["params"]) for item in body["requests"]]
        names = [line.custom_id for line in lines]
        if len(set(names)) < len(names) or not all(NAME.fullmatch(name) for name in names):
            raise BadRequest("requests: custom_id must be unique and match ^[a-zA-Z0-9_-]{1,64}$")
        job = Job(f"msgbatch_{len(self.jobs) + 1:04d}", lines)
        return taken(job, self.jobs, mode, json_response(200, self._document(job, mode)))

    def _list(self, mode: BatchMode) -> HttpResponse:
        found = [self._document(job, mode) for job in reversed(self.jobs.values())]
        ends = (
            {"first_id": found[0]["id"], "last_id": found[-1]["id"]} if found else {"first_id": None, "last_id": None}
        )
        return json_response(200, {"data": found, "has_more": False, **ends})

    def _document(self, job: Job, mode: BatchMode) -> dict[str, Any]:
        over = job.name in self.jobs and job.is_over(mode, self._make)
        counts = {
            "succeeded": job.count("ok"),
            "errored": job.count("error"),
            "expired": job.count("expired"),
            "canceled": job.count("cancelled"),
        }
        return {
            "id": job.name,
            "type": "message_batch",
            "processing_status": "ended" if over else "in_progress",
            "request_counts": {"processing": len(job.lines) - sum(counts.values()), **counts},
            "created_at": _when(job.created),
            "expires_at": _when(job.created + DAY_S),
            "ended_at": _when(job.ended) if job.ended else None,
            "archived_at": None,
            "cancel_initiated_at": _when(job.created) if job.cancelled else None,
            "results_url": f"{ROOT}/{job.name}/results" if over else None,
        }

    def _results(self, job: Job) -> bytes:
        return b"".join(
            json.dumps({"custom_id": name, "result": _result(made)}).encode() + b"\n"
            for name, made in job.in_their_own_order()
        )


class BadRequestWith(BadRequest):
    """A refusal with another status than 400."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.error = WireError(status, message)


def _result(made: Made | str) -> dict[str, Any]:
    if isinstance(made, str):
        return {"type": "canceled" if made == "cancelled" else made}
    if made.status == 200:
        return {"type": "succeeded", "message": made.document}
    return {"type": "errored", "error": made.document}


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
