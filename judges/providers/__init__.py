"""Judge providers behind one Protocol. ``build()`` makes one from settings; nothing heavy is imported before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from judges.providers.base import Provider, Secret, Terminal, Trouble
from judges.providers.batching import BatchApi
from judges.providers.capabilities import DECIDING, Capabilities, Structured, of_anthropic, of_compatible, of_openai
from judges.providers.catalogue import Told
from judges.providers.guard import Guard

if TYPE_CHECKING:
    from judges.providers.anthropic_sdk import AnthropicProvider
    from judges.providers.openai_sdk import OpenAIProvider


class Vendor(StrEnum):
    """The APIs that a judge can be asked through."""

    ANTHROPIC = "anthropic"
    OPENAI_CHAT = "openai-chat"
    OPENAI_RESPONSES = "openai-responses"
    OPENAI_DECISIONS = "openai-decisions"
    COMPATIBLE = "openai-compatible"

    @property
    def has_batches(self) -> bool:
        """Return whether the API takes calls in batches."""
        return self not in (Vendor.COMPATIBLE, Vendor.OPENAI_DECISIONS)


def capabilities_of(vendor: Vendor, model: str) -> Capabilities:
    """Return what a model takes through an API; of compatible servers, what they usually take of it."""
    if vendor is Vendor.COMPATIBLE:
        return of_compatible(Structured.JSON_SCHEMA, model)
    if vendor is Vendor.OPENAI_DECISIONS:
        return DECIDING
    return of_anthropic(model) if vendor is Vendor.ANTHROPIC else of_openai(model)


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Everything a provider is built from. ``base_url`` None means the vendor's own; COMPATIBLE needs one.

    ``allowed_hosts`` lists what an administrator has opened beyond public https addresses: see guard.Guard.
    ``deadline_s`` bounds a whole call; ``max_body`` the bytes of an answer.
    """

    vendor: Vendor
    model: str
    api_key: Secret
    base_url: str | None = None
    structured: Structured = Structured.JSON_SCHEMA  # of COMPATIBLE servers; the vendors' models are known
    allowed_hosts: frozenset[str] = frozenset()
    deadline_s: float = 120.0
    max_body: int = 4_000_000
    told: Told | None = None  # what the vendor says about the model, where it was asked


def build_batches(settings: ProviderSettings) -> BatchApi:
    """Return the batch API of a vendor's own model. Raises Terminal like build(), and for a server without one."""
    if not settings.vendor.has_batches:
        raise Terminal(Trouble.ADDRESS, f"{settings.vendor.value} has no batch API: ask it one call at a time.")
    if settings.vendor is Vendor.ANTHROPIC:
        from judges.providers.anthropic_batches import AnthropicBatches

        return AnthropicBatches(_anthropic(settings))
    from judges.providers.openai_batches import OpenAIBatches

    return OpenAIBatches(_openai(settings))


def build(settings: ProviderSettings) -> Provider:
    """Return the provider that settings describe. Raises Terminal for a base URL that may not be called."""
    if settings.vendor is Vendor.COMPATIBLE:
        return _compatible(settings)
    return _anthropic(settings) if settings.vendor is Vendor.ANTHROPIC else _openai(settings)


async def tell(settings: ProviderSettings, deadline_s: float) -> Told:
    """Return what a vendor says about a model. Raises ProviderErrors; compatible servers say nothing."""
    if settings.vendor is Vendor.COMPATIBLE:
        return Told()
    asked = replace(settings, deadline_s=deadline_s)
    provider = _anthropic(asked) if settings.vendor is Vendor.ANTHROPIC else _openai(asked)
    try:
        return await provider.tell()
    finally:
        await provider.aclose()


def _anthropic(settings: ProviderSettings) -> AnthropicProvider:
    from judges.providers.anthropic_sdk import BASE_URL, AnthropicProvider

    return AnthropicProvider(
        settings.model,
        settings.api_key,
        base_url=settings.base_url or BASE_URL,
        guard=Guard(settings.allowed_hosts),
        deadline_s=settings.deadline_s,
        max_body=settings.max_body,
        told=settings.told,
    )


def _openai(settings: ProviderSettings) -> OpenAIProvider:
    from judges.providers.openai_decisions import DecisionsProvider
    from judges.providers.openai_sdk import BASE_URL, Api, OpenAIProvider

    kind = DecisionsProvider if settings.vendor is Vendor.OPENAI_DECISIONS else OpenAIProvider
    return kind(
        settings.model,
        settings.api_key,
        api=Api.CHAT if settings.vendor is Vendor.OPENAI_CHAT else Api.RESPONSES,
        base_url=settings.base_url or BASE_URL,
        guard=Guard(settings.allowed_hosts),
        deadline_s=settings.deadline_s,
        max_body=settings.max_body,
        told=settings.told,
    )


def _compatible(settings: ProviderSettings) -> Provider:
    from judges.providers.compatible import CompatibleProvider

    if not settings.base_url:
        msg = "an OpenAI-compatible provider needs a base URL"
        raise ValueError(msg)
    return CompatibleProvider(
        settings.model,
        settings.api_key,
        settings.base_url,
        structured=settings.structured,
        guard=Guard(settings.allowed_hosts),
        deadline_s=settings.deadline_s,
        max_body=settings.max_body,
    )
