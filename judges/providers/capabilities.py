"""What a model takes. Sending a setting that it refuses costs a call; a model we do not know gets the common core only.

Sources: the vendors' published types and guides as of November 2026.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from judges.providers.base import Params


class Structured(StrEnum):
    """How the shape of an answer can be asked for."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"  # some JSON; the schema is spelt out in the prompt
    PROMPT_ONLY = "prompt-only"  # nothing but the prompt


class Sampling(StrEnum):
    """When temperature and top_p may be sent."""

    ALWAYS = "always"
    NEVER = "never"
    WITHOUT_REASONING = "without_reasoning"  # with reasoning effort "none" only
    OLD_VERSION = "old_version"  # under the API version 2023-06-01 only


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What may be sent to one model. The defaults are the common core."""

    structured: Structured = Structured.JSON_SCHEMA
    sampling: Sampling = Sampling.NEVER
    efforts: frozenset[str] = frozenset()
    seed: bool = False
    logprobs: bool = False
    forced_tools: bool = False
    caching: bool = False  # marks for the prompt cache
    tokens_field: str = "max_completion_tokens"


DECIDING = Capabilities()  # of OpenAI's Decisions, which takes a model, an input and questions, and no setting
_CLAUDE_EFFORTS = frozenset({"low", "medium", "high", "xhigh", "max"})
_THREE_EFFORTS = frozenset({"low", "medium", "high"})
_CLAUDE = Capabilities(caching=True, tokens_field="max_tokens")  # a model of this vendor that we do not know

ANTHROPIC: tuple[tuple[str, Capabilities], ...] = (
    (r"claude-(opus-5-5|sonnet-5-5|(fable|mythos)-5-[12])", Capabilities(efforts=_CLAUDE_EFFORTS, caching=True)),
    (
        r"claude-(opus-4-[789]|opus-5|sonnet-5|fable|mythos)",
        Capabilities(efforts=_CLAUDE_EFFORTS, caching=True, forced_tools=True),
    ),
    (r"claude-haiku-5", Capabilities(caching=True, forced_tools=True)),
    (
        r"claude-(opus|sonnet|haiku)-4-[56]\b",
        Capabilities(sampling=Sampling.OLD_VERSION, caching=True, forced_tools=True),
    ),
    (
        r"claude-((opus|sonnet|haiku)-4|3)",
        Capabilities(Structured.PROMPT_ONLY, Sampling.OLD_VERSION, caching=True, forced_tools=True),
    ),
)
OPENAI: tuple[tuple[str, Capabilities], ...] = (
    (r"o\d", Capabilities(efforts=_THREE_EFFORTS, forced_tools=True)),
    (
        r"gpt-5\.[1-4]",
        Capabilities(
            sampling=Sampling.WITHOUT_REASONING,
            efforts=_THREE_EFFORTS | {"none"},
            logprobs=True,
            forced_tools=True,
        ),
    ),
    (r"gpt-5\.[5-9]|gpt-6", Capabilities(efforts=_THREE_EFFORTS, forced_tools=True)),
    (r"gpt-5", Capabilities(efforts=_THREE_EFFORTS | {"minimal"}, forced_tools=True)),
    (
        r"gpt-4o|gpt-4\.1",
        Capabilities(sampling=Sampling.ALWAYS, seed=True, logprobs=True, forced_tools=True),
    ),
    (
        r"gpt-4-turbo|gpt-4-1106|gpt-4-0125|gpt-3\.5-turbo",
        Capabilities(Structured.JSON_OBJECT, Sampling.ALWAYS, seed=True, logprobs=True, tokens_field="max_tokens"),
    ),
    (r"gpt-4", Capabilities(Structured.PROMPT_ONLY, Sampling.ALWAYS, logprobs=True, tokens_field="max_tokens")),
)


def of_anthropic(model: str) -> Capabilities:
    """Return what a model of Anthropic takes."""
    return _first(ANTHROPIC, model, _CLAUDE)


def of_openai(model: str) -> Capabilities:
    """Return what a model of OpenAI takes."""
    return _first(OPENAI, model, Capabilities())


def of_compatible(structured: Structured, model: str) -> Capabilities:
    """Return what a server takes that imitates OpenAI's Chat Completions: the old names, and sampling settings.

    A gateway to OpenAI takes of OpenAI's models what OpenAI takes, under ``gpt-6-luna`` or ``openai/gpt-6-luna``.
    """
    usual = Capabilities(structured, Sampling.ALWAYS, seed=True, logprobs=True, tokens_field="max_tokens")
    return replace(_first(OPENAI, model.rpartition("/")[2], usual), structured=structured)


def gives_logprobs(capabilities: Capabilities, params: Params) -> bool:
    """Say whether log-probs may be asked for with these settings: where sampling settings may."""
    return capabilities.logprobs and _takes_sampling(capabilities, params)


def gate(capabilities: Capabilities, params: Params) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Split the settings asked for into those to send and the names of those to withhold."""
    asked = {
        name: value
        for name in ("temperature", "top_p", "seed", "effort")
        if (value := getattr(params, name)) is not None
    }
    takes = {
        "temperature": _takes_sampling(capabilities, params),
        "top_p": _takes_sampling(capabilities, params),
        "seed": capabilities.seed,
        "effort": params.effort in capabilities.efforts,
    }
    return {name: value for name, value in asked.items() if takes[name]}, tuple(n for n in asked if not takes[n])


def _takes_sampling(capabilities: Capabilities, params: Params) -> bool:
    if capabilities.sampling is Sampling.WITHOUT_REASONING:
        return params.effort == "none"
    return capabilities.sampling is not Sampling.NEVER


def _first(table: tuple[tuple[str, Capabilities], ...], model: str, unknown: Capabilities) -> Capabilities:
    return next((found for pattern, found in table if re.match(pattern, model)), unknown)
