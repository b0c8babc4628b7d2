"""What vendors say about their models: abilities, limits, and when a model retires. Asked for, never relied upon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from judges.providers.capabilities import Capabilities, Structured
from judges.providers.documents import mapping, moment, text

LEVELS = ("low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Told:
    """What a vendor has said about a model; None and "" where it said nothing. ``retires`` is a date, as text."""

    structured: bool | None = None
    efforts: tuple[str, ...] | None = None
    batch: bool | None = None
    lifecycle: str = ""  # active, deprecated or retired
    retires: str = ""
    max_tokens: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what was said, to be kept."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Told:
        """Read what was kept."""
        known = {field.name for field in fields(cls)} & document.keys()
        kept = {name: document[name] for name in known}
        return cls(**kept | ({"efforts": tuple(kept["efforts"])} if "efforts" in kept else {}))


def of_anthropic(document: Mapping[str, Any]) -> Told:
    """Read a model's document of Anthropic's API."""
    abilities = mapping(document.get("capabilities"))
    effort = mapping(abilities.get("effort"))
    levels = tuple(level for level in LEVELS if _supports(effort.get(level)))
    retires = moment(document.get("retires_at"))
    limit = document.get("max_tokens")
    return Told(
        structured=_supports(abilities.get("structured_outputs")),
        efforts=levels if effort else None,
        batch=_supports(abilities.get("batch")),
        lifecycle=text(document.get("lifecycle"))[:20],
        retires=retires.date().isoformat() if retires else "",
        max_tokens=limit if isinstance(limit, int) else None,
    )


def of_openai(document: Mapping[str, Any]) -> Told:
    """Read a model's document of OpenAI's API, which tells when it shuts down and no more."""
    retires = moment(document.get("shutdown_date"))
    return Told(retires=retires.date().isoformat() if retires else "")


def overlaid(capabilities: Capabilities, told: Told | None) -> Capabilities:
    """Return what a model takes: what its vendor says where it says something, else what our table knows."""
    if told is None:
        return capabilities
    if told.structured is not None and told.structured != (capabilities.structured is Structured.JSON_SCHEMA):
        shape = Structured.JSON_SCHEMA if told.structured else Structured.PROMPT_ONLY
        capabilities = replace(capabilities, structured=shape)
    return capabilities if told.efforts is None else replace(capabilities, efforts=frozenset(told.efforts))


def _supports(value: Any) -> bool | None:
    supported = mapping(value).get("supported")
    return supported if isinstance(supported, bool) else None
