"""What a judge is asked: one prompt per protocol, built from a preset, a rubric and fenced data. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.specs import RubricSpec
from judges.answer_shape import LABELS, Protocol, Reasons, check_kind
from judges.briefing import join, system_text
from judges.presets import RUBRIC, Preset
from judges.providers.base import Message, Params, Request, Role, Schema
from judges.schemas import schema_for

# The wording that presets share, for the record: raise it whenever a text of this module or of judges.briefing
# changes, because a judge's verdicts may change with it. Each preset's own words have a number of their own.
VERSION = "1"
FENCE = re.compile(r"[A-Za-z0-9]{12,64}")
HEX = re.compile(r"[0-9a-f]+")
REMOVED = "(marker removed)"
SEVERAL = (2, len(LABELS))  # responses that can be listed


@dataclass(frozen=True, slots=True)
class Frame:
    """What all questions of a judge version have in common: the system text, and the shape of the answer."""

    system: str
    schema: Schema | None


def frame_of(protocol: str, rubric: RubricSpec, *, reasons: Reasons = Reasons.BEFORE, preset: Preset = RUBRIC) -> Frame:
    """Return the frame of a protocol's questions about a rubric. Raises ValueError for one that does not fit."""
    check_kind(protocol, rubric)
    shape = Protocol(protocol)
    if preset.protocol not in (None, shape):
        msg = f"{preset.title} is a {preset.protocol} protocol, not {protocol}"
        raise ValueError(msg)
    if problem := preset.problem_with(rubric):
        raise ValueError(problem)
    document = schema_for(preset, rubric, reasons)
    schema = None if document is None else Schema("verdict", document)
    return Frame(system_text(preset, shape, rubric, reasons), schema)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question to a judge, ready for any provider. ``schema`` None: the answer is text."""

    system: str
    messages: tuple[Message, ...]
    schema: Schema | None

    def request(self, *, max_tokens: int = 8192, params: Params | None = None) -> Request:
        """Return the request that asks it."""
        return Request(self.system, self.messages, self.schema, max_tokens, params or Params())

    @property
    def text(self) -> str:
        """Return the messages as one text, for the record."""
        return "\n\n".join(message.text for message in self.messages)

    @property
    def digest(self) -> str:
        """Return a hash of everything that is asked."""
        shape = json.dumps(self.schema.document) if self.schema else ""
        asked = [self.system, *(message.text for message in self.messages), shape]
        return hashlib.sha256("\0".join(asked).encode("utf-8", "replace")).hexdigest()


def version_of(preset: Preset) -> str:
    """Return which wording a preset has now."""
    return VERSION if preset is RUBRIC else f"{VERSION}.{preset.words.version}"


def fence_for(secret: str, *occasion: object) -> str:
    """Return the marker of one question: nobody who writes a response can guess it, and a retry repeats it.

    The same occasion gives the same marker. Leave the order out of it, and both orders of an item share the beginning
    of their prompts, which provider caches reward.
    """
    text = "\0".join(map(str, occasion))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:20]


def deal_labels(seed: str, how_many: int) -> tuple[str, ...]:
    """Return names for listed responses, drawn by a seed that nobody who writes a response can guess."""
    return tuple(random.Random(seed).sample(LABELS, how_many))  # noqa: S311 - the seed is the secret


def build_prompt(
    protocol: str,
    rubric: RubricSpec,
    turns: Sequence[Mapping[str, str]],
    reference: str,
    responses: Sequence[str],
    fence: str,
    *,
    reasons: Reasons = Reasons.BEFORE,
    preset: Preset = RUBRIC,
    tags: Sequence[str] = (),
    labels: Sequence[str] = (),
    frame: Frame | None = None,
) -> Prompt:
    """Return the question of a protocol about one response, or about several in the order in which they are shown.

    ``turns`` is the conversation that was answered, as ``{"role", "content"}``; it may be empty. ``reference`` may be
    empty. ``tags`` are the prompt's, ``labels`` the names of listed responses. ``frame`` spares building it again for
    every question: it must be that of the same protocol, rubric, reasons and preset. What calls have in common comes
    first (rubric, then conversation and reference), the responses last. Raises ValueError for a rubric that does not
    fit, a wrong number of responses, or a fence that could be guessed.
    """
    frame = frame or frame_of(protocol, rubric, reasons=reasons, preset=preset)
    shape = _check(protocol, responses, labels, fence)
    context = join(
        _conversation(turns, preset, fence),
        _reference(reference, preset, fence),
        _own_answer(preset, tags),
    )
    names = {Protocol.DIRECT: ("",), Protocol.PAIRWISE: preset.names, Protocol.LISTWISE: tuple(labels)}[shape]
    message = Message(Role.USER, (context, _candidates(responses, names, fence)))
    return Prompt(frame.system, (message,), frame.schema)


def _check(protocol: str, responses: Sequence[str], labels: Sequence[str], fence: str) -> Protocol:
    shape = Protocol(protocol)
    least, most = {Protocol.DIRECT: (1, 1), Protocol.PAIRWISE: (2, 2), Protocol.LISTWISE: SEVERAL}[shape]
    if not least <= len(responses) <= most or not FENCE.fullmatch(fence):
        wanted = f"{least}" if least == most else f"{least} to {most}"
        msg = f"{protocol} takes {wanted} responses (got {len(responses)}) and a fence of 12 to 64 letters and digits"
        raise ValueError(msg)
    if shape is Protocol.LISTWISE and (len(set(labels)) != len(responses) or not set(labels) <= set(LABELS)):
        msg = f"each of {len(responses)} listed responses needs a label of its own out of {', '.join(LABELS)}"
        raise ValueError(msg)
    return shape


def repair_text(problem: str, preset: Preset = RUBRIC) -> str:
    """Ask once more for an answer that could not be read. ``problem`` is ours and quotes little of the answer."""
    again = f"That answer could not be read: {problem}. Give the same judgement again"
    if preset.parser.is_json:
        return (
            f"{again}, as one JSON object of the shape that was asked for, with every field and no other, and nothing "
            "around it."
        )
    return f"{again}, in exactly the form that was asked for: one verdict, and nothing after it."


def _conversation(turns: Sequence[Mapping[str, str]], preset: Preset, fence: str) -> str:
    if not turns:
        return "The prompt is not on record: judge the response by itself."
    told = "The conversation that was to be answered:" if len(turns) > 1 else "The prompt that was to be answered:"
    if preset.words.turns and sum(turn.get("role") == "user" for turn in turns) > 1:
        told = preset.words.turns
    blocks = (
        _fenced(f"turn {number}, {_role(turn.get('role', ''))}", turn.get("content", ""), fence)
        for number, turn in enumerate(turns, start=1)
    )
    return join(told, *blocks)


def _role(name: str) -> str:
    """Return a turn's role; an unknown one is data too, and must not reach the marker line."""
    return name if name in ("system", "user", "assistant", "tool") else "other"


def _reference(reference: str, preset: Preset, fence: str) -> str:
    if not reference.strip():
        return ""
    usual = "A reference answer. Check facts against it; a good response may differ from it in form and wording:"
    return join(preset.words.reference or usual, _fenced("reference", reference, fence))


def _own_answer(preset: Preset, tags: Sequence[str]) -> str:
    is_open = any(tag.casefold() in preset.open_tags for tag in tags)
    return preset.words.no_own_answer if is_open else preset.words.own_answer


def _candidates(responses: Sequence[str], names: Sequence[str], fence: str) -> str:
    if len(responses) == 1:
        return join("The response to rate:", _fenced("response", responses[0], fence), "Rate it now.")
    blocks = (_fenced(f"response {name}", text, fence) for name, text in zip(names, responses, strict=True))
    told = "The two responses to compare:" if len(responses) == 2 else f"The {len(responses)} responses to compare:"
    return join(told, *blocks, "Compare them now.")


def _fenced(name: str, data: str, fence: str) -> str:
    return f"[[{fence} begin: {name}]]\n{neutralised(data, fence)}\n[[{fence} end]]"


def neutralised(data: str, fence: str) -> str:
    """Return data in which the marker does not occur, in any letter case."""
    if HEX.fullmatch(fence) and fence not in data.lower():  # no other letter has one of a to f as its lower case
        return data
    return re.sub(re.escape(fence), REMOVED, data, flags=re.IGNORECASE)
