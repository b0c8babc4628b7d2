"""Errors that no other call of the judge would escape, by the codes that the vendors' SDKs name."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from anthropic.types import shared
from openai.types.beta.session_turn_error import SessionTurnError

from judges.providers.base import Secret, Terminal, Transient, Trouble
from judges.providers.errors import HELD, SPENT, from_status

KEY = Secret("sk-0123456789abcdef")


def anthropic_body(code: str) -> str:
    kind = "rate_limit_error" if code in SPENT else "invalid_request_error"
    return json.dumps({"type": "error", "error": {"type": kind, "message": "No.", "details": {"error_code": code}}})


def openai_body(code: str) -> str:
    return json.dumps({"error": {"message": "No.", "type": "requests", "param": None, "code": code}})


@pytest.mark.parametrize("code", sorted(SPENT))
def test_no_money_left_stops_the_judge_whichever_vendor_says_so(code):
    for body in (anthropic_body(code), openai_body(code)):
        error = from_status(429, {"retry-after": "1"}, body, KEY)
        assert isinstance(error, Terminal)
        assert (error.kind, error.stops_judge) == (Trouble.CREDIT, True)


@pytest.mark.parametrize("code", sorted(HELD))
def test_an_organisation_that_may_not_call_stops_the_judge(code):
    error = from_status(400, {}, anthropic_body(code), KEY)
    assert isinstance(error, Terminal)
    assert (error.kind, error.stops_judge) == (Trouble.FORBIDDEN, True)


@pytest.mark.parametrize("code", ["rate_limit_exceeded", "ramp_limit_exceeded"])
def test_growing_too_fast_is_waited_for(code):
    for body in (anthropic_body(code), openai_body(code)):
        error = from_status(429, {"retry-after": "3"}, body, KEY)
        assert isinstance(error, Transient)
        assert error.retry_after == 3


def test_a_refused_request_is_about_that_request():
    error = from_status(400, {}, openai_body("context_length_exceeded"), KEY)
    assert isinstance(error, Terminal)
    assert not error.stops_judge


def codes_of(model: Any, name: str) -> set[str]:
    field = model.model_fields.get(name)
    return set(get_args(field.annotation)) if field else set()


def test_the_codes_are_those_of_the_sdks():
    details = [getattr(shared, name) for name in dir(shared) if name.endswith("ErrorDetails")]
    known = {code for one in details if hasattr(one, "model_fields") for code in codes_of(one, "error_code")}
    assert known >= HELD
    assert known | codes_of(SessionTurnError, "code") | {"insufficient_quota"} >= SPENT
