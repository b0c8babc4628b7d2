"""How an import is to be read, as its caller says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from domain.choices import Outcome
from domain.models import Rater

FORMATS = ("auto", "csv", "jsonl", "parquet", "arena")
KINDS = ("systems", "prompts", "responses", "votes", "ratings", "arena")
_SCALE = re.compile(r"^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)(?:/(any|\d+(?:\.\d+)?))?$")
_MOST_STEPS = 20  # a declared range of more whole numbers than this takes any number in between


class BadOption(ValueError):
    """An option that cannot be used, with its value and what to write instead."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The numbers that a rating may be: listed ``values``, or anything from ``low`` to ``high``."""

    low: float
    high: float
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """What an import needs to know beyond its files. Everything may be left out where the columns say it.

    ``columns`` maps our fields to a file's columns, ``labels`` a file's outcome labels to A, B, tie or both_bad
    (A = the first side of the row). ``rater`` names who answered in files without a rater column, ``system`` who
    wrote the responses in rating files without a system column. ``criteria`` names the criterion, or the columns of
    a wide rating file. ``scale`` is the numbers that new criteria allow.
    """

    format: str = "auto"
    kind: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Outcome] = field(default_factory=dict)
    rater: str = ""
    rater_kind: str = Rater.Kind.PERSON
    system: str = ""
    rubric: str = ""
    criteria: tuple[str, ...] = ()
    scale: Scale | None = None

    def __post_init__(self) -> None:
        """Refuse what no import could use."""
        if self.format not in FORMATS:
            raise BadOption(f"format {self.format!r} is not one of {', '.join(FORMATS)}")
        if self.kind and self.kind not in KINDS:
            raise BadOption(f"kind {self.kind!r} is not one of {', '.join(KINDS)}")
        if self.rater_kind not in Rater.Kind.values:
            raise BadOption(f"rater kind {self.rater_kind!r} is not one of {', '.join(Rater.Kind.values)}")

    def as_dict(self) -> dict[str, Any]:
        """Return the options for the record of the import."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Options:
        """Return the options that ``as_dict`` has put on record."""
        known = {name: stored[name] for name in cls.__slots__ if name in stored}
        if scale := known.get("scale"):
            known["scale"] = Scale(scale["low"], scale["high"], tuple(scale["values"]))
        known["labels"] = {label: Outcome(outcome) for label, outcome in known.get("labels", {}).items()}
        known["criteria"] = tuple(known.get("criteria", ()))
        return cls(**known)


def parse_scale(text: str) -> Scale:
    """Read ``1..5`` (whole numbers), ``1..10/0.5`` (steps), ``0..100`` or ``1..5/any`` (any number), ``0,1``."""
    if "," in text:
        return _listed(text)
    match = _SCALE.match(text.strip())
    if match is None:
        raise BadOption(f"scale {text!r} cannot be read; write 1..5, 1..10/0.5, 0..100, 1..5/any or 0,1")
    low, high, step = float(match[1]), float(match[2]), match[3]
    if not low < high:
        raise BadOption(f"scale {text!r} does not go up")
    if step is None and (high - low > _MOST_STEPS or low % 1 or high % 1):
        step = "any"
    return Scale(low, high) if step == "any" else Scale(low, high, _steps(text, low, high, float(step or 1)))


def _listed(text: str) -> Scale:
    try:
        values = sorted({float(part) for part in text.split(",")})
    except ValueError:
        raise BadOption(f"scale {text!r} cannot be read; write numbers with commas between them: 0,1") from None
    if len(values) < 2:
        raise BadOption(f"scale {text!r} has only one number")
    return Scale(values[0], values[-1], tuple(values))


def _steps(text: str, low: float, high: float, step: float) -> tuple[float, ...]:
    count = round((high - low) / step) if step else 0
    if not 1 <= count <= 200 or abs(low + count * step - high) > 1e-9:
        raise BadOption(f"scale {text!r}: steps of {step:g} do not lead from {low:g} to {high:g} in at most 200 steps")
    return tuple(round(low + number * step, 9) for number in range(count + 1))


def parse_pair(text: str, what: str) -> tuple[str, str]:
    """Read ``LEFT=RIGHT``, split at the last equals sign."""
    left, equals, right = text.rpartition("=")
    if not equals or not left.strip() or not right.strip():
        raise BadOption(f"{what} {text!r} cannot be read; write it as NAME=VALUE")
    return left.strip(), right.strip()


def parse_label(text: str) -> tuple[str, Outcome]:
    """Read ``LABEL=A|B|tie|both_bad``."""
    label, outcome = parse_pair(text, "label")
    by_name = {item.value.casefold(): item for item in Outcome}
    if outcome.casefold() not in by_name:
        raise BadOption(f"label {text!r}: {outcome!r} is not one of {', '.join(Outcome)}")
    return label, by_name[outcome.casefold()]
