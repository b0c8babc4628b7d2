"""What an endpoint answers where it does not do as it was asked: in words, and as a code for programs."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ErrorDetail
from rest_framework.response import Response
from rest_framework.views import exception_handler


def with_code(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer as REST framework does, and add the code of what is told, such as ``not_found``."""
    answer = exception_handler(error, context)
    if answer is not None and isinstance(answer.data, dict) and answer.data.keys() == {"detail"}:
        detail = answer.data["detail"]
        answer.data["code"] = detail.code if isinstance(detail, ErrorDetail) else "error"
    return answer
