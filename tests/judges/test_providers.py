"""Providers, each against the fake server over real HTTP."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.choices import Choice, Outcome
from domain.specs import CriterionSpec, Kind, RubricSpec
from judges.prompts import build_prompt
from judges.providers import ProviderSettings, Vendor, build, messages_api
from judges.providers.base import (
    InvalidResponse,
    Message,
    Params,
    Provider,
    ProviderError,
    Reply,
    Request,
    Role,
    Schema,
    Secret,
    Stop,
    Terminal,
    Transient,
    Trouble,
    Usage,
)
from judges.providers.capabilities import Structured, gate, of_anthropic, of_compatible, of_openai
from judges.providers.errors import from_status, retry_after
from judges.providers.guard import Guard, problem_with_address
from judges.replies import read_reply
from tests.fakes.provider import Faults, Running, running_provider

KEY = "sk-test-0123456789abcdef"
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["verdict"],
    "properties": {"verdict": {"type": "string", "enum": ["A", "B"]}},
}
MODELS = {
    Vendor.ANTHROPIC: "claude-opus-5-5",
    Vendor.OPENAI_CHAT: "gpt-6-luna",
    Vendor.OPENAI_RESPONSES: "gpt-6-luna",
    Vendor.OPENAI_DECISIONS: "gpt-6-luna",
    Vendor.COMPATIBLE: "local-judge",
}
VENDORS = list(Vendor)
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


def test_the_part_that_all_questions_share_comes_first_and_is_marked_for_the_cache():
    def body(text: str) -> dict[str, Any]:
        return messages_api.build("claude-opus-5-5", request(text), of_anthropic("claude-opus-5-5"))[0]

    one, other = body("About copper."), body("About iron.")
    assert one["system"] == other["system"]
    assert one["system"][-1]["cache_control"] == {"type": "ephemeral"}
    assert str(one).count("cache_control") == 1  # a mark on what two calls do not share costs more than it saves


def test_calls_of_a_batch_keep_what_they_share_for_an_hour():
    body, _ = messages_api.build("claude-opus-5-5", request(), of_anthropic("claude-opus-5-5"), in_batch=True)
    assert body["system"][-1]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}


def settings(fake: Running, vendor: Vendor, **changes: Any) -> ProviderSettings:
    url = fake.base_url if vendor is Vendor.ANTHROPIC else fake.openai_url
    base = ProviderSettings(
        vendor, MODELS[vendor], Secret(KEY), base_url=url, allowed_hosts=frozenset({"127.0.0.1"}), deadline_s=20.0
    )
    return replace(base, **changes)


def request(text: str = "Which is better?", **changes: Any) -> Request:
    message = Message(Role.USER, ("The prompt.", text))
    return replace(Request("You are a judge.", (message,), Schema("verdict", SCHEMA), max_tokens=200), **changes)


def ask(provider: Provider, asked: Request) -> Reply:
    async def run() -> Reply:
        try:
            return await provider.complete(asked)
        finally:
            await provider.aclose()

    return asyncio.run(run())


def failure(provider: Provider, text: str) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(provider, request(text))
    return caught.value


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


def test_nothing_heavy_is_imported_before_a_provider_is_built():
    code = (
        "import sys, judges.providers, judges.providers.base\n"
        "print([name for name in ('anthropic', 'openai', 'httpx', 'httpx2', 'django') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- which addresses may be dialled -------------------------------------------------------------------------------

PRIVATE = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("100.100.100.200", "198.18.0.1", "192.0.2.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "168.63.129.16"),
    *("192.88.99.1", "192.0.0.8", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1"),
    *("ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1", "4000::1", "localhost"),
)
PUBLIC = ("8.8.8.8", "1.1.1.1", "160.79.104.10", "2606:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8")


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_leads_inside_is_refused(address):
    assert problem_with_address(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_dialled(address):
    assert problem_with_address(address) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://judge.example/v1",
        "ftp://judge.example/v1",
        "file:///etc/passwd",
        "https://",
        "judge.example/v1",
        "https://user:pass@judge.example/v1",
        "https://judge.example/v1?x=1",
        "https://judge.example/v1#x",
        "https://judge.example:6379/v1",
        "https://judge.example:notaport/v1",
        "http://127.0.0.1:8000/v1",
    ],
)
def test_a_base_url_of_a_doubtful_form_is_refused(url):
    with pytest.raises(Terminal) as refused:
        Guard().check_url(url)
    assert refused.value.kind is Trouble.ADDRESS


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("localhost", "http://LOCALHOST:11434/v1"),
        ("judge.internal:8000", "http://judge.internal:8000/v1"),
        ("10.0.0.0/24", "http://10.0.0.7:8000/v1"),
    ],
)
def test_an_administrator_can_open_a_host_a_port_or_a_network(allowed, url):
    Guard(frozenset({allowed})).check_url(url)


def answering(*answers: list[str]) -> Callable[[str, int], Any]:
    left = list(answers)

    async def resolver(host: str, port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolver


def guarded(vendor: Vendor, url: str, guard: Guard) -> Provider:
    provider = build(
        ProviderSettings(vendor, MODELS[vendor], Secret(KEY), url, deadline_s=20.0, allowed_hosts=guard.allowed)
    )
    vars(provider)["guard"] = guard
    return provider


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["64:ff9b::7f00:1"]])
def test_a_name_that_resolves_to_a_private_address_is_not_dialled(vendor, addresses):
    provider = guarded(vendor, "https://judge.example/v1", Guard(resolver=answering(addresses)))
    error = failure(provider, "hello")
    assert isinstance(error, Terminal)
    assert error.kind is Trouble.ADDRESS


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_address_that_was_checked_is_the_one_that_is_dialled(fake, vendor):
    path = "" if vendor is Vendor.ANTHROPIC else "/v1"
    # nobody can resolve this name but our resolver, so the call can only have gone to the address that it gave
    guard = Guard(frozenset({"judge.invalid"}), resolver=answering(["127.0.0.1"]))
    assert ask(guarded(vendor, f"http://judge.invalid:{fake.port}{path}", guard), request()).text


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_second_answer_of_the_name_server_is_checked_again(fake, vendor):
    guard = Guard(resolver=answering(["192.0.2.1"], ["127.0.0.1"]))
    for _ in range(2):
        error = failure(guarded(vendor, "https://judge.example/v1", guard), "hello")
        assert isinstance(error, Terminal)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("url", ["https://a..b/v1", "https://exa mple/v1", "https://" + "a" * 70 + ".example/v1"])
def test_a_host_that_is_no_name_is_one_of_our_errors(vendor, url):
    with pytest.raises(ProviderError):
        ask(guarded(vendor, url, Guard()), request())


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_name_that_does_not_resolve_or_a_closed_port_is_worth_another_try(vendor):
    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError("name or service not known")

    allowed = frozenset({"judge.invalid", "127.0.0.1"})
    for url, resolver in (("http://judge.invalid", nowhere), ("http://127.0.0.1:9", answering(["127.0.0.1"]))):
        error = failure(guarded(vendor, url, Guard(allowed, resolver)), "hello")
        assert isinstance(error, Transient)
        assert not error.may_be_billed


# --- pure pieces --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "1e9"}, 1e9),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
    ],
)
def test_every_shape_of_retry_after_is_read(headers, seconds):
    assert retry_after(headers, now=datetime(2026, 11, 21, 12, tzinfo=UTC)) == seconds


def test_models_take_what_the_vendors_say():
    temperature = Params(temperature=0.0)
    assert gate(of_anthropic("claude-sonnet-4-6"), temperature) == ({"temperature": 0.0}, ())
    assert gate(of_anthropic("claude-opus-4-7"), temperature) == ({}, ("temperature",))
    assert gate(of_openai("gpt-5.6-sol"), temperature) == ({}, ("temperature",))
    assert not of_anthropic("claude-sonnet-5-5").forced_tools
    assert of_anthropic("claude-opus-5").forced_tools
    assert of_anthropic("claude-3-5-haiku-20241022").structured is Structured.PROMPT_ONLY
    assert of_openai("gpt-4").structured is Structured.PROMPT_ONLY
    assert of_openai("gpt-4o").logprobs
    assert not of_openai("gpt-6-sol").logprobs
    assert of_compatible(Structured.PROMPT_ONLY, "openai/gpt-6-sol").tokens_field == "max_completion_tokens"
    assert of_compatible(Structured.PROMPT_ONLY, "openai/gpt-6-sol").structured is Structured.PROMPT_ONLY
    assert of_compatible(Structured.JSON_SCHEMA, "openchat-3.6").tokens_field == "max_tokens"
    assert not of_anthropic("claude-unheard-of").efforts


@pytest.mark.parametrize(
    ("status", "may_be_billed"),
    [(408, True), (499, True), (504, True), (524, True), (409, False), (429, False), (500, False), (503, False)],
)
def test_where_somebody_gave_up_waiting_the_call_may_be_billed(status, may_be_billed):
    error = from_status(status, {}, "", Secret(KEY))
    assert isinstance(error, Transient)
    assert error.may_be_billed is may_be_billed
