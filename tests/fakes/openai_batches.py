"""OpenAI's files and batches: the shape of their requests, and their answers."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.fakes.anthropic_batches import BadRequestWith
from tests.fakes.batches import DAY_S, BatchMode, Job, Line, Made, Maker, taken
from tests.fakes.http1 import HttpRequest, HttpResponse, json_response
from tests.fakes.openai_common import error_body
from tests.fakes.wire import BadRequest, WireError, fields, of_type, one_of

FILES, BATCHES = "/v1/files", "/v1/batches"
PATHS = ("/v1/chat/completions", "/v1/responses")

_shape = fields(
    {
        "input_file_id": of_type(str),
        "endpoint": one_of(*PATHS),
        "completion_window": one_of("24h"),
        "metadata": of_type(dict),
        "output_expires_after": None,
    },
    ("input_file_id", "endpoint", "completion_window"),
)
_line = fields(
    {"custom_id": of_type(str), "method": one_of("POST"), "url": one_of(*PATHS), "body": of_type(dict)},
    ("custom_id", "method", "url", "body"),
)


class OpenAIDesk:
    """Takes files, and batches of what is in them."""

    def __init__(self, make: Maker) -> None:
        self.jobs: dict[str, Job] = {}
        self.files: dict[str, bytes] = {}
        self._make = make
        self._creations = 0

    def takes(self, path: str) -> bool:
        """Say whether a path is one of this API."""
        return path.startswith((FILES, BATCHES))

    def error(self, error: WireError) -> dict[str, Any]:
        """Return the body of an error."""
        return error_body(error)

    def answer(self, request: HttpRequest, mode: BatchMode) -> HttpResponse:
        """Answer one request."""
        if request.path.startswith(FILES):
            return self._file(request)
        name, _, action = request.path.removeprefix(BATCHES).strip("/").partition("/")
        if not name:
            return self._create(request, mode) if request.method == "POST" else self._list(mode)
        if name not in self.jobs:
            raise BadRequestWith(404, "no such batch")
        job = self.jobs[name]
        if action == "cancel":
            if job.is_over(mode, self._make):
                raise BadRequestWith(409, "the batch has ended")
            job.cancelled = True
        return json_response(200, self._document(job, mode))

    def _file(self, request: HttpRequest) -> HttpResponse:
        name = request.path.removeprefix(FILES).strip("/").partition("/")[0]
        if request.method == "GET":
            if name not in self.files:
                raise BadRequestWith(404, "no such file")
            return HttpResponse(200, self.files[name], content_type="application/octet-stream")
        parts = _parts_of(request)
        if parts.get("purpose") != b"batch" or "file" not in parts:
            raise BadRequest("purpose: only files for batches are taken")
        file_id = f"file-{len(self.files) + 1:04d}"
        self.files[file_id] = parts["file"]
        return json_response(200, {"id": file_id, "object": "file", "purpose": "batch", "bytes": len(parts["file"])})

    def _create(self, request: HttpRequest, mode: BatchMode) -> HttpResponse:
        self._creations += 1
        if self._creations <= len(mode.status):
            raise BadRequestWith(mode.status[self._creations - 1], "not now")
        body = json.loads(request.body)
        _shape(body, "")
        lines = [self._read(raw, body["endpoint"]) for raw in self.files[body["input_file_id"]].splitlines()]
        job = Job(
            f"batch_{len(self.jobs) + 1:04d}",
            lines,
            metadata=body.get("metadata", {}),
            path=body["endpoint"],
            input_file=body["input_file_id"],
            refused=mode.refused,
        )
        if len({line.custom_id for line in lines}) < len(lines) or len({line.body["model"] for line in lines}) > 1:
            job.refused = ("duplicate_custom_id", "custom_id must be unique, and all lines of one model")
        return taken(job, self.jobs, mode, json_response(200, self._document(job, mode)))

    def _read(self, raw: bytes, endpoint: str) -> Line:
        document = json.loads(raw)
        _line(document, "line")
        if document["url"] != endpoint:
            raise BadRequest("the line is for another endpoint than its batch")
        return Line(document["custom_id"], endpoint, {}, document["body"])

    def _list(self, mode: BatchMode) -> HttpResponse:
        found = [self._document(job, mode) for job in reversed(self.jobs.values())]
        return json_response(200, {"object": "list", "data": found, "has_more": False})

    def _document(self, job: Job, mode: BatchMode) -> dict[str, Any]:
        over = job.name in self.jobs and job.is_over(mode, self._make)
        status = "in_progress"
        if over:
            expired = "expired" if job.count("expired") else "completed"
            status = "failed" if job.refused[0] else "cancelled" if job.cancelled else expired
        errors = [{"code": job.refused[0], "message": job.refused[1], "line": None, "param": None}]
        done, failed = job.count("ok"), job.count("error")
        return {
            "id": job.name,
            "object": "batch",
            "endpoint": job.path,
            "status": status,
            "input_file_id": job.input_file,
            "completion_window": "24h",
            "created_at": int(job.created),
            "expires_at": int(job.created) + DAY_S,
            "metadata": job.metadata or None,
            "errors": {"object": "list", "data": errors} if status == "failed" else None,
            "request_counts": {"total": len(job.lines), "completed": done, "failed": failed},
            **(self._outputs(job) if over and status != "failed" else {}),
        }

    def _outputs(self, job: Job) -> dict[str, Any]:
        """Put the answers into one file and the errors into another; a file without lines does not exist."""
        good: list[bytes] = []
        bad: list[bytes] = []
        for name, made in job.in_their_own_order():
            ok = isinstance(made, Made) and made.status == 200
            (good if ok else bad).append(json.dumps(_result(name, made)).encode())
        found: dict[str, Any] = {}
        for field, lines in (("output_file_id", good), ("error_file_id", bad)):
            if lines:
                found[field] = f"file-{job.name}-{field[:5]}"
                self.files[found[field]] = b"\n".join(lines)  # no newline at the end
        return found


def _result(name: str, made: Made | str) -> dict[str, Any]:
    if isinstance(made, str):
        code = f"batch_{made}"
        return {"id": f"req_{name}", "custom_id": name, "response": None, "error": {"code": code, "message": made}}
    response = {"status_code": made.status, "request_id": made.request_id, "body": made.document}
    return {"id": f"req_{name}", "custom_id": name, "response": response, "error": None}


def _parts_of(request: HttpRequest) -> dict[str, bytes]:
    """Read a form with files, by the names of its fields."""
    found = re.search(r'boundary="?([^";]+)', request.headers.get("content-type", ""))
    if found is None:
        raise BadRequest("the body must be a form with files")
    parts = {}
    for part in request.body.split(b"--" + found[1].encode())[1:-1]:
        head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)
        parts[name[1].decode() if name else ""] = content
    return parts
