"""Providers, each against the fake server over real HTTP."""

from __future__ import annotations

import asyncio
import json
import pickle
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from domain.choices import Choice, Outcome
from domain.specs import CriterionSpec, Kind, RubricSpec
from judges.prompts import build_prompt
from judges.providers import Vendor, build
from judges.providers.base import (
    InvalidResponse,
    Params,
    Provider,
    ProviderError,
    Secret,
    Stop,
    Terminal,
    Transient,
    Trouble,
    Usage,
)
from judges.providers.capabilities import Structured
from judges.replies import read_reply
from tests.fakes.provider import Faults, Running, running_provider
from tests.judges.asking import KEY, MODELS, VENDORS, ask, failure, request, settings

WRITERS = [vendor for vendor in VENDORS if vendor is not Vendor.OPENAI_DECISIONS]

STATUSES: dict[str, tuple[type[ProviderError], Any]] = {
    "429:2": (Transient, 2.0),
    "429:0.5": (Transient, 0.5),
    "429:-1": (Transient, 0.0),
    "429:1e9": (Transient, 1e9),
    "429:ms": (Transient, 0.25),
    "429:none": (Transient, None),
    "500": (Transient, None),
    "502": (Transient, None),
    "503": (Transient, None),
    "529": (Transient, None),
    "reset": (Transient, None),
    "429:spend": (Terminal, Trouble.CREDIT),
    "400": (Terminal, Trouble.REQUEST),
    "401": (Terminal, Trouble.KEY),
    "402": (Terminal, Trouble.CREDIT),
    "403": (Terminal, Trouble.FORBIDDEN),
    "404": (Terminal, Trouble.NOT_FOUND),
    "413": (Terminal, Trouble.REQUEST),
    "redirect": (Terminal, Trouble.ADDRESS),
    "garbage": (InvalidResponse, None),
    "html": (InvalidResponse, None),
    "list": (InvalidResponse, None),
}
OTHERS = ("429:date", "hang", "drip", "huge", "refusal", "filtered", "truncated", "empty", "no-usage", "wrong-model")


@pytest.fixture(scope="module")
def fake() -> Iterator[Running]:
    """Return a provider that breaks every call that names a fault."""
    match = tuple((f"do <{name}>", name) for name in (*STATUSES, *OTHERS))
    with running_provider(faults=Faults(match=match), thinking=3, cached_share=0.5, published=True) as running:
        yield running


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_reply_carries_its_text_model_request_id_usage_and_time(fake, vendor):
    before = len(fake.log)
    reply = ask(build(settings(fake, vendor)), request())
    call = fake.log.records(after=before)[0]
    assert json.loads(reply.text)["verdict"] in ("A", "B")
    assert (reply.stop, reply.refusal) == (Stop.END, None)
    assert reply.model == MODELS[vendor] == call.model
    assert reply.request_id.startswith("req_")
    assert 0 < reply.latency_s < 20
    assert reply.raw["model"] == reply.model


@pytest.mark.parametrize("vendor", VENDORS)
def test_usage_is_the_providers_own_count_in_disjoint_kinds(fake, vendor):
    before = len(fake.log)
    usage = ask(build(settings(fake, vendor)), request()).usage
    assert usage == Usage(**(fake.log.records(after=before)[0].usage or {}))
    assert usage.cache_read > 0
    assert usage.thinking == 3


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", STATUSES)
def test_every_failure_becomes_one_of_our_errors_after_a_single_call(fake, vendor, fault):
    before = len(fake.log)
    error = failure(build(settings(fake, vendor)), f"do <{fault}>")
    kind, detail = STATUSES[fault]
    assert type(error) is kind, error
    assert getattr(error, "retry_after", None) == (detail if kind is Transient else None)
    assert getattr(error, "kind", None) == (detail if kind is Terminal else None)
    assert fake.log.faults()[before:] == [fault], "no retries below our own scheduler"


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_date_in_retry_after_is_read(fake, vendor):
    error = failure(build(settings(fake, vendor)), "do <429:date>")
    assert isinstance(error, Transient)
    assert error.retry_after == pytest.approx(1.5, abs=1)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_the_deadline_covers_the_whole_call(fake, vendor, fault):
    error = failure(build(settings(fake, vendor, deadline_s=0.4)), f"do <{fault}>")
    assert isinstance(error, Transient)
    assert error.may_be_billed, "the request was sent, so its cost is unknown"


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_endless_answer_is_cut_at_the_byte_budget(fake, vendor):
    error = failure(build(settings(fake, vendor, max_body=200_000)), "do <huge>")
    assert isinstance(error, InvalidResponse)
    assert "200,000 bytes" in str(error)


@pytest.mark.parametrize("vendor", WRITERS)
@pytest.mark.parametrize(
    ("fault", "stop"),
    [("refusal", Stop.REFUSAL), ("filtered", Stop.REFUSAL), ("truncated", Stop.LENGTH), ("empty", Stop.END)],
)
def test_a_paid_answer_without_a_verdict_is_a_reply(fake, vendor, fault, stop):
    reply = ask(build(settings(fake, vendor)), request(f"do <{fault}>"))
    assert reply.stop is stop
    assert bool(reply.refusal) == (stop is Stop.REFUSAL)
    assert reply.usage is not None
    assert reply.usage.output > 0


@pytest.mark.parametrize("vendor", VENDORS)
def test_unknown_usage_is_none_and_not_zero(fake, vendor):
    assert ask(build(settings(fake, vendor)), request("do <no-usage>")).usage is None


@pytest.mark.parametrize("vendor", VENDORS)
def test_another_model_id_is_reported(fake, vendor):
    assert ask(build(settings(fake, vendor)), request("do <wrong-model>")).model == "another-model-2027"


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_key_shows_in_no_error_and_no_repr(fake, vendor):
    provider = build(settings(fake, vendor))
    shown = repr(provider) + repr(settings(fake, vendor))
    for fault in ("401", "500", "reset", "html"):
        error = failure(build(settings(fake, vendor)), f"do <{fault}>")
        assert error.__context__ is None, "what the SDK raised holds the request and its headers"
        assert error.__cause__ is None
        shown += "".join(traceback.format_exception(error)) + repr(vars(error))
    assert KEY not in shown
    assert KEY[-4:] in repr(Secret(KEY))
    assert Secret(KEY).hide_in(f"Incorrect key {KEY}.") == "Incorrect key [key]."
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(Secret(KEY))


@pytest.mark.parametrize("vendor", VENDORS)
def test_text_that_cannot_be_encoded_is_refused_before_it_is_sent(fake, vendor):
    error = failure(build(settings(fake, vendor)), "half a pair: \ud800")
    assert isinstance(error, Terminal)
    assert error.kind is Trouble.REQUEST
    assert not error.stops_judge


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_prompt_goes_out_and_its_verdict_comes_back(fake, vendor):
    outcomes = (Outcome.A, Outcome.B, Outcome.TIE)
    rubric = RubricSpec("Better", "", (CriterionSpec("overall", "Overall", kind=Kind.CHOICE, outcomes=outcomes),))
    good, bad = " ".join(f"reason{index}" for index in range(90)), "No."
    said = []
    for shown in ((good, bad), (bad, good)):
        prompt = build_prompt("pairwise", rubric, [{"role": "user", "content": "Why?"}], "", shown, "f" * 20)
        reply = ask(build(settings(fake, vendor)), prompt.request())
        said.append(read_reply(reply.text, protocol="pairwise", rubric=rubric, stop=reply.stop).answers)
    assert said == [{"overall": Choice(Outcome.A)}, {"overall": Choice(Outcome.B)}]


@pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if vendor is not Vendor.COMPATIBLE])
def test_without_a_key_nothing_is_sent(fake, vendor):
    before = len(fake.log)
    error = failure(build(settings(fake, vendor, api_key=Secret(""))), "hello")
    assert isinstance(error, Terminal)
    assert error.kind is Trouble.KEY
    assert error.stops_judge
    assert len(fake.log) == before


@pytest.mark.parametrize(
    ("vendor", "model", "params", "withheld"),
    [
        (Vendor.ANTHROPIC, "claude-opus-5-5", Params(temperature=0.0, effort="low"), ("temperature",)),
        (Vendor.ANTHROPIC, "claude-sonnet-4-6", Params(temperature=0.0, seed=1), ("seed",)),
        (Vendor.ANTHROPIC, "claude-next-9", Params(temperature=0.0, effort="low"), ("temperature", "effort")),
        (Vendor.OPENAI_CHAT, "gpt-6-luna", Params(temperature=0.0, effort="low"), ("temperature",)),
        (Vendor.OPENAI_CHAT, "gpt-5.2", Params(temperature=0.0, effort="none"), ()),
        (Vendor.OPENAI_CHAT, "gpt-5.2", Params(temperature=0.0, effort="high"), ("temperature",)),
        (Vendor.OPENAI_CHAT, "gpt-4.1", Params(temperature=0.0, top_p=0.9, seed=1), ()),
        (Vendor.OPENAI_RESPONSES, "gpt-4.1", Params(temperature=0.0, seed=1), ("seed",)),
        (Vendor.OPENAI_RESPONSES, "o4-mini", Params(top_p=0.5, effort="high"), ("top_p",)),
        (Vendor.COMPATIBLE, "local-judge", Params(temperature=0.0, seed=1, effort="low"), ("effort",)),
        (Vendor.COMPATIBLE, "gpt-6-luna", Params(temperature=0.0, effort="low"), ("temperature",)),
        (Vendor.COMPATIBLE, "gpt-5.2", Params(temperature=0.0, effort="none"), ()),
        (Vendor.COMPATIBLE, "gpt-oss-20b", Params(temperature=0.0, seed=1), ()),
        (Vendor.OPENAI_DECISIONS, "gpt-6-luna", Params(temperature=0.0, effort="low"), ("temperature", "effort")),
    ],
)
def test_a_model_is_sent_what_it_takes_and_the_rest_is_reported(fake, vendor, model, params, withheld):
    # The fake refuses what the real APIs refuse, so a setting that slips through would raise here.
    reply = ask(build(settings(fake, vendor, model=model)), request(params=params))
    assert reply.withheld == withheld


@pytest.mark.parametrize("structured", list(Structured))
def test_a_server_without_schemas_is_told_the_shape_in_words(structured):
    formats = {
        Structured.JSON_SCHEMA: ("text", "json_schema"),
        Structured.JSON_OBJECT: ("text", "json_object"),
        Structured.PROMPT_ONLY: ("text",),
    }
    with running_provider(structured=formats[structured]) as fake:
        reply = ask(build(settings(fake, Vendor.COMPATIBLE, structured=structured)), request())
    assert '"verdict": "' in reply.text


@pytest.mark.parametrize("vendor", VENDORS)
def test_as_many_calls_can_be_under_way_as_somebody_asks_for(fake, vendor):
    async def run(provider: Provider) -> int:
        replies = await asyncio.gather(*(provider.complete(request(f"question {index}")) for index in range(80)))
        await provider.aclose()
        return len({reply.request_id for reply in replies})

    assert asyncio.run(run(build(settings(fake, vendor)))) == 80


@pytest.mark.parametrize("vendor", VENDORS)
def test_proxies_named_in_the_environment_are_not_used(fake, vendor, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    assert ask(build(settings(fake, vendor)), request()).text
