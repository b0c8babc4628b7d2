"""What a provider may send as the results of a batch, or say about it, without a call being counted or paid twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.models import Verdict
from judges.batches import store
from judges.models import Batch, Run
from judges.providers.batching import attempt_of
from tests.fakes.anthropic_batches import AnthropicDesk
from tests.fakes.batches import BatchMode
from tests.fakes.openai_batches import OpenAIDesk
from tests.judges.batching import ALL, Killed, batch_run, billed, die, drain, hasten
from tests.judges.invariants import check_invariants

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _soon(settings, monkeypatch):
    hasten(settings, monkeypatch)


def tamper(monkeypatch: pytest.MonkeyPatch, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Let the results of both vendors' batches pass through ``change``, line by line."""
    results, file = AnthropicDesk._results, OpenAIDesk._file

    def of_anthropic(desk: AnthropicDesk, job: Any) -> bytes:
        return b"\n".join(change(results(desk, job).splitlines()))

    def of_openai(desk: OpenAIDesk, request: Any) -> Any:
        answer = file(desk, request)
        is_results = request.method == "GET"
        return replace(answer, body=b"\n".join(change(answer.body.splitlines()))) if is_results else answer

    monkeypatch.setattr(AnthropicDesk, "_results", of_anthropic)
    monkeypatch.setattr(OpenAIDesk, "_file", of_openai)


def renamed(line: bytes, name: str) -> bytes:
    return json.dumps({**json.loads(line), "custom_id": name}).encode()


NOISE = [
    b"",
    b"\xff\xfe no text",
    b"[1, 2",
    b"null",
    b'"a string"',
    b"{}",
    b'{"custom_id": 7, "result": 7, "response": 7}',
    b'{"custom_id": "' + b"9" * 5_000 + b'-1-x"}',
]


@ALL
def test_lines_that_nobody_asked_for_and_lines_that_come_again_change_nothing(project, fake, judge, monkeypatch):
    def add_noise(lines: list[bytes]) -> list[bytes]:
        mark = json.loads(lines[0])["custom_id"].rpartition("-")[2]
        foreign = ["1-1-" + "0" * 16, f"999999-1-{mark}", f"{'9' * 5_000}-1-{mark}", f"x-1-{mark}", mark, ""]
        return [*NOISE, *(renamed(lines[0], name) for name in foreign), *lines[::-1], *NOISE, *lines]

    tamper(monkeypatch, add_noise)
    run = drain(batch_run(project, fake, judge))
    assert (run.state, run.verdicts, len(fake.log), run.ledger.count()) == ("done", 12, 12, 12), run.reason
    assert Verdict.objects.count() == 12
    assert run.spent_nusd == billed(fake)
    check_invariants(run, fake)


@ALL
def test_results_that_break_off_are_fetched_again_and_no_call_is_made_again(project, fake, judge, monkeypatch):
    broken = iter([True, True, False])
    real = {desk: desk.answer for desk in (AnthropicDesk, OpenAIDesk)}

    def answer(desk: Any, request: Any, mode: BatchMode) -> Any:
        made = real[type(desk)](desk, request, mode)
        is_results = request.method == "GET" and request.path.endswith(("/results", "/content"))
        return replace(made, breakage="fin") if is_results and next(broken, False) else made

    for desk in real:
        monkeypatch.setattr(desk, "answer", answer)
    run = drain(batch_run(project, fake, judge))
    assert (run.state, run.verdicts, len(fake.log), run.ledger.count()) == ("done", 12, 12, 12)
    assert len(fake.batches()) == 1
    check_invariants(run, fake)


@ALL
def test_a_batch_that_the_provider_does_not_list_at_once_is_waited_for(project, fake, judge, monkeypatch):
    """A process died while it handed a batch in; the provider took it, and lists it a little later."""
    run = batch_run(project, fake, judge)
    with monkeypatch.context() as patch:
        patch.setattr(store, "handed_in", die)
        with pytest.raises(Killed):
            drain(run)
    hidden = iter([True])
    for desk, listed in ((AnthropicDesk, AnthropicDesk._list), (OpenAIDesk, OpenAIDesk._list)):

        def first_nothing(self: Any, mode: BatchMode, listed: Any = listed) -> Any:
            made = listed(self, mode)
            nothing = {**json.loads(made.body), "data": [], "first_id": None, "last_id": None}
            return replace(made, body=json.dumps(nothing).encode()) if next(hidden, False) else made

        monkeypatch.setattr(desk, "_list", first_nothing)
    Run.objects.filter(pk=run.pk).update(state="running", reason="")
    Batch.objects.update(due_at=store.later(-1))
    drain(run)
    assert (run.state, run.verdicts, len(fake.log), len(fake.batches())) == ("done", 12, 12, 1)
    check_invariants(run, fake)


def test_no_name_of_a_call_is_too_long_to_be_read():
    assert attempt_of(f"{'9' * 5_000}-1-ab12", "ab12") is None
    assert attempt_of("²-1-ab12", "ab12") is None
    assert attempt_of("٣-١-ab12", "ab12") is None
