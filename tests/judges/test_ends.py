"""How a provider's answer can end, and where it can stand: a verdict comes out of a whole answer in its own place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.choices import Choice, Outcome, Reason, Unscored
from judges.presets import PRESETS
from judges.providers import chat_api, messages_api, responses_api
from judges.providers.base import Reply
from judges.replies import read_reply
from tests.judges.protocols import rubric_of

A = "A is clear.\n[[A]]"
IN_JSON = json.dumps({"better": {"reasons": "Clear.", "verdict": "A"}})


def read(reply: Reply, name: str = "mt-bench-pairwise") -> Any:
    """What is read of a reply: the choice, or why there is none."""
    answers = read_reply(
        reply.text,
        protocol="pairwise",
        rubric=rubric_of(name),
        preset=PRESETS[name],
        stop=reply.stop,
        refusal=reply.refusal,
    ).answers
    return answers.reason if isinstance(answers, Unscored) else next(iter(answers.values()))


def chat(message: Any, finish: Any = "stop", **more: Any) -> Reply:
    return chat_api.read({"choices": [{"message": message, "finish_reason": finish, **more}]})


def messages(stop: Any, *blocks: Any) -> Reply:
    return messages_api.read({"content": list(blocks) or [{"type": "text", "text": A}], "stop_reason": stop})


def responses(status: Any, *items: Any, reason: str = "") -> Reply:
    said = {"type": "message", "content": [{"type": "output_text", "text": A}]}
    return responses_api.read(
        {
            "output": list(items) or [said],
            "status": status,
            "incomplete_details": {"reason": reason} if reason else None,
        }
    )


WON, REFUSED, UNREADABLE = Choice(Outcome.A), Reason.REFUSED, Reason.UNREADABLE
TOOL = {"type": "function", "function": {"name": "judge", "arguments": '{"verdict": "A'}}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(chat({"content": A}), WON, id="chat: stop"),
        pytest.param(chat({"content": A}, None), WON, id="chat: no reason, as some servers send it"),
        pytest.param(chat({"content": A}, "eos"), WON, id="chat: a reason of a local server"),
        pytest.param(chat({"content": A}, "length"), UNREADABLE, id="chat: length"),
        pytest.param(chat({"content": A}, "abort"), UNREADABLE, id="chat: abort"),
        pytest.param(chat({"content": A}, "error"), UNREADABLE, id="chat: error"),
        pytest.param(chat({"content": A}, "cancelled"), UNREADABLE, id="chat: cancelled"),
        pytest.param(chat({"content": A}, "content_filter"), REFUSED, id="chat: filter"),
        pytest.param(chat({"content": "", "refusal": "No."}), REFUSED, id="chat: refusal"),
        pytest.param(chat({"content": A, "refusal": "No."}), REFUSED, id="chat: refusal beside a verdict"),
        pytest.param(chat({"content": None, "tool_calls": [TOOL]}, "tool_calls"), UNREADABLE, id="chat: tool call"),
        pytest.param(chat({"content": ["x", 1, None]}), UNREADABLE, id="chat: content of no shape"),
        pytest.param(chat(None), UNREADABLE, id="chat: no message"),
        pytest.param(chat({"content": "", "reasoning": f"Perhaps B.\n{A}"}), UNREADABLE, id="chat: thoughts"),
        pytest.param(chat({"content": "", "reasoning_content": A}), UNREADABLE, id="chat: thoughts, vLLM"),
        pytest.param(messages("end_turn"), WON, id="messages: end_turn"),
        pytest.param(messages("stop_sequence"), WON, id="messages: stop_sequence"),
        pytest.param(messages("max_tokens"), UNREADABLE, id="messages: max_tokens"),
        pytest.param(messages("model_context_window_exceeded"), UNREADABLE, id="messages: window"),
        pytest.param(messages("pause_turn"), UNREADABLE, id="messages: pause_turn"),
        pytest.param(messages("refusal"), REFUSED, id="messages: refusal"),
        pytest.param(messages("end_turn", {"type": "thinking", "thinking": A}), UNREADABLE, id="messages: thoughts"),
        pytest.param(
            messages("tool_use", {"type": "tool_use", "name": "judge", "input": {"verdict": "A"}}),
            UNREADABLE,
            id="messages: tool call",
        ),
        pytest.param(responses("completed"), WON, id="responses: completed"),
        pytest.param(responses("incomplete", reason="max_output_tokens"), UNREADABLE, id="responses: length"),
        pytest.param(responses("incomplete", reason="content_filter"), REFUSED, id="responses: filter"),
        pytest.param(responses("incomplete", reason="something new"), UNREADABLE, id="responses: incomplete"),
        pytest.param(responses("failed"), UNREADABLE, id="responses: failed"),
        pytest.param(responses("cancelled"), UNREADABLE, id="responses: cancelled"),
        pytest.param(responses("in_progress"), UNREADABLE, id="responses: in progress"),
        pytest.param(
            responses("completed", {"type": "reasoning", "content": [{"type": "reasoning_text", "text": A}]}),
            UNREADABLE,
            id="responses: thoughts",
        ),
        pytest.param(
            responses("completed", {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}),
            REFUSED,
            id="responses: refusal",
        ),
    ],
)
def test_a_verdict_comes_out_of_a_whole_answer_only(reply, expected):
    assert read(reply) == expected


@pytest.mark.parametrize(
    ("thoughts", "expected"),
    [
        (IN_JSON, WON),
        (f"\n{IN_JSON}\n", WON),
        (f"Perhaps {IN_JSON}? But then B is right", UNREADABLE),
        (f"Perhaps {IN_JSON}", UNREADABLE),
        (f"{IN_JSON} and then", UNREADABLE),
    ],
)
@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_an_answer_in_the_place_of_thoughts_counts_where_it_is_the_asked_object_and_nothing_else(
    field, thoughts, expected
):
    assert read(chat({"content": "", field: thoughts}), "pairwise-reference") == expected
