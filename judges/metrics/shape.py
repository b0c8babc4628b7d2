"""Metrics of the shape of a text: its length, and whether it is JSON, of a schema where one is given."""

from __future__ import annotations

import json
import re
from typing import Any

from domain.choices import Unscored, Value
from judges.metrics import json_schema
from judges.metrics.base import Metric, Params, Result, Target, count, yes_no

FENCED = re.compile(r"\s*```[\w-]*\n(.*)\n```\s*", re.DOTALL)


def _characters(target: Target, params: Params) -> Result:
    return Value(float(len(target.response)))


def _words(target: Target, params: Params) -> Result:
    return Value(float(len(target.response.split())))


def _json_validity(target: Target, params: Params) -> Result:
    try:
        _parsed(target.response, unwrap_fence=params["unwrap_fence"])
    except (ValueError, RecursionError):
        return Value(0.0)
    return Value(1.0)


def _schema_validity(target: Target, params: Params) -> Result:
    """Say whether a response is a JSON document that its schema allows; what is no JSON is not valid."""
    try:
        document = _parsed(target.response, unwrap_fence=params["unwrap_fence"])
    except (ValueError, RecursionError):
        return Value(0.0)
    valid = json_schema.allows(params["schema"], document)
    return valid if isinstance(valid, Unscored) else Value(float(valid))


def _parsed(text: str, *, unwrap_fence: bool) -> Any:
    fenced = FENCED.fullmatch(text) if unwrap_fence else None
    return json.loads(fenced[1] if fenced else text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> None:
    msg = f"{name} is no JSON"  # the standard library reads NaN and Infinity, the standard does not know them
    raise ValueError(msg)


METRICS = (
    Metric("characters", "Characters", count("characters", "Characters", "Length in characters."), _characters),
    Metric("words", "Words", count("words", "Words", "Length in words, separated by white space."), _words),
    Metric(
        "json",
        "Valid JSON",
        yes_no("json", "Valid JSON", "Is the response one valid JSON document?"),
        _json_validity,
        defaults={"unwrap_fence": False},
    ),
    Metric(
        "json_schema",
        "JSON Schema",
        yes_no("json_schema", "JSON Schema", "Is the response a JSON document that the schema allows?"),
        _schema_validity,
        defaults={"schema": {}, "unwrap_fence": False},
        check=lambda params: json_schema.problem_with(params["schema"]),
    ),
)
