"""Judges in TOML: what a file says, held against what is known, with the line of whatever is wrong; and back again."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from judges.models import JudgeVersion
from judges.parameters import BadVersion, Parameters
from judges.presets import RUBRIC
from judges.providers import Vendor
from judges.versions import judges_of

PROVIDERS = {
    "anthropic": Vendor.ANTHROPIC,
    "openai": Vendor.OPENAI_RESPONSES,
    "openai-chat": Vendor.OPENAI_CHAT,
    "openai-decisions": Vendor.OPENAI_DECISIONS,
    "compatible": Vendor.COMPATIBLE,
}
LARGEST = 1_000_000
HEADER = re.compile(r"\s*\[\[?\s*([A-Za-z_. ]+?)\s*\]\]?\s*(#.*)?$")
PARAMETERS = {known.name for known in fields(Parameters)}
PANEL_PARAMETERS = {"rule", "repairs", "sure", "max_tokens"}


class BadFile(ValueError):
    """A judge file that says something else than judges; the message names the line."""


@dataclass(frozen=True, slots=True)
class JudgeEntry:
    """One ``[[judge]]`` of a file. ``rubric`` empty: the one that the preset fixes, or the project's only one."""

    name: str
    provider: str
    model: str
    rubric: str = ""
    preset: str = ""
    base_url: str = ""
    dialect: str = ""
    key_env: str = ""
    parameters: Parameters = field(default_factory=Parameters)


@dataclass(frozen=True, slots=True)
class PanelEntry:
    """The ``[panel]`` of a file: names of its judges, in order; empty for all of them."""

    name: str
    combination: str
    members: tuple[str, ...] = ()
    parameters: Parameters = field(default_factory=Parameters)


@dataclass(frozen=True, slots=True)
class JudgeFile:
    """What a file holds."""

    judges: tuple[JudgeEntry, ...]
    panel: PanelEntry | None = None

    def judge(self, name: str) -> JudgeEntry:
        """Return a judge of the file by name. Raises BadFile."""
        found = next((judge for judge in self.judges if judge.name == name), None)
        if found is None:
            raise BadFile(f"the file has no judge {name!r} (it has {', '.join(judge.name for judge in self.judges)})")
        return found

    @property
    def members(self) -> list[JudgeEntry]:
        """Return the judges of the panel."""
        wanted = self.panel.members if self.panel else ()
        return [self.judge(name) for name in wanted] if wanted else list(self.judges)


def read_judge_file(path: Path) -> JudgeFile:
    """Read a judge file. Raises BadFile with what is wrong, and where."""
    try:
        text = path.read_bytes()[: LARGEST + 1].decode("utf-8")
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise BadFile(f"{path} is not UTF-8: byte {error.start} is the first that is not") from None
    if len(text) > LARGEST:
        raise BadFile(f"{path} is larger than {LARGEST:,} bytes: that is no file of judges")
    try:
        return parse_judges(text)
    except BadFile as problem:
        raise BadFile(f"{path}: {problem}") from None


def parse_judges(text: str) -> JudgeFile:
    """Return what the text of a judge file says. Raises BadFile."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"it is not TOML: {error}") from None
    lines = _Lines(text)
    _no_others(document, {"judge", "panel"}, "", lines)
    listed = document.get("judge")
    if not isinstance(listed, list) or not listed or not all(isinstance(item, dict) for item in listed):
        raise BadFile("it has no judge: write one under [[judge]]")
    judges = tuple(_judge(item, number, lines) for number, item in enumerate(listed))
    names = [judge.name for judge in judges]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BadFile(f"two judges are called {twice!r}: give each a name of its own")
    panel = document.get("panel")
    if panel is not None and not isinstance(panel, dict):
        raise BadFile("panel is a table: write [panel]")
    found = JudgeFile(judges, None if panel is None else _panel(panel, lines))
    for name in found.panel.members if found.panel else ():
        found.judge(name)
    return found


def _judge(table: dict[str, Any], number: int, lines: _Lines) -> JudgeEntry:
    allowed = {known.name for known in fields(JudgeEntry)}
    _no_others(table, allowed, "judge", lines, number)
    texts = _texts(table, allowed - {"parameters"}, "judge", lines, number)
    for name in ("name", "provider", "model"):
        if not texts.get(name, "").strip():
            raise BadFile(f"{lines.where('judge', '', number)}: a judge needs {name}")
    if texts["provider"] not in PROVIDERS:
        where = lines.where("judge", "provider", number)
        raise BadFile(f"{where}: provider is {texts['provider']!r}; it must be one of {', '.join(PROVIDERS)}")
    return JudgeEntry(**texts, parameters=_parameters(table, "judge", PARAMETERS, lines, number))


def _panel(table: dict[str, Any], lines: _Lines) -> PanelEntry:
    allowed = {known.name for known in fields(PanelEntry)}
    _no_others(table, allowed, "panel", lines)
    texts = _texts(table, {"name", "combination"}, "panel", lines)
    for name in ("name", "combination"):
        if not texts.get(name, "").strip():
            raise BadFile(f"{lines.where('panel', '')}: a panel needs {name}")
    members = table.get("members", [])
    if not isinstance(members, list) or not all(isinstance(name, str) for name in members):
        raise BadFile(f"{lines.where('panel', 'members')}: members is a list of names of judges of this file")
    parameters = _parameters(table, "panel", PANEL_PARAMETERS, lines)
    return PanelEntry(**texts, members=tuple(members), parameters=parameters)


def _texts(table: Mapping[str, Any], names: set[str], section: str, lines: _Lines, number: int = 0) -> dict[str, str]:
    for name in names & table.keys():
        if not isinstance(table[name], str):
            raise BadFile(f"{lines.where(section, name, number)}: {name} is {table[name]!r}; it must be text in quotes")
        if any(ord(character) < 32 for character in table[name]):
            raise BadFile(f"{lines.where(section, name, number)}: {name} holds a control character")
    return {name: table[name] for name in names & table.keys()}


def _parameters(
    table: Mapping[str, Any], section: str, allowed: set[str], lines: _Lines, number: int = 0
) -> Parameters:
    given = table.get("parameters", {})
    if not isinstance(given, dict):
        raise BadFile(f"{lines.where(section, 'parameters', number)}: parameters is a table")
    inner = f"{section}.parameters"
    _no_others(given, allowed, inner, lines, number)
    for name, value in given.items():
        kind = _kind_of(name)
        if isinstance(value, bool) or not isinstance(value, kind):
            wanted = {str: "text in quotes", int: "a whole number"}.get(kind[0], "a number")
            raise BadFile(f"{lines.where(inner, name, number)}: {name} is {value!r}; it must be {wanted}")
    try:
        return Parameters(**given)
    except BadVersion as problem:
        name = str(problem).split(" ", 1)[0]
        raise BadFile(f"{lines.where(inner, name, number)}: {problem}") from None


def _kind_of(parameter: str) -> tuple[type, ...]:
    hint = str(Parameters.__dataclass_fields__[parameter].type)
    return (str,) if hint.startswith("str") else (int,) if hint.startswith("int") else (float, int)


def _no_others(table: Mapping[str, Any], allowed: set[str], section: str, lines: _Lines, number: int = 0) -> None:
    for name in table:
        if name not in allowed:
            where = lines.where(section, name, number)
            inside = f" in [{section}]" if section else ""
            raise BadFile(f"{where}: unknown key {name!r}{inside}; known are {', '.join(sorted(allowed))}")


class _Lines:
    """Where keys stand in the text of a file: TOML's reader does not tell."""

    def __init__(self, text: str) -> None:
        self._places: dict[tuple[str, int, str], int] = {}
        section, number = "", 0
        seen: dict[str, int] = {}
        for at, line in enumerate(text.splitlines(), start=1):
            if header := HEADER.match(line):
                section = header[1].replace(" ", "")
                if line.lstrip().startswith("[["):
                    seen[section] = seen.get(section, -1) + 1
                number = seen.get(section.split(".")[0], 0)
                self._places.setdefault((section, number, ""), at)
                parent, _, last = section.rpartition(".")
                self._places.setdefault((parent, number, last), at)
            elif found := re.match(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*[.=]", line):
                self._places.setdefault((section, number, found[1]), at)

    def where(self, section: str, key: str, number: int = 0) -> str:
        """Return ``line 7``, or the nearest thing that can be said."""
        places = [(section, number, key), (section, number, ""), (section.split(".")[0], number, "")]
        at = next((self._places[place] for place in places if place in self._places), 1)
        return f"line {at}"


# --- and back -------------------------------------------------------------------------------------------------------


def as_toml(version: JudgeVersion) -> str:
    """Return a judge or a panel as the text of a judge file that describes the very same version."""
    parts = [_judge_toml(judge) for judge in judges_of(version)]
    if version.combination:
        lines = [f"name = {_quoted(version.name)}", f"combination = {_quoted(version.combination)}"]
        kept = {name: value for name, value in version.parameters.items() if name in PANEL_PARAMETERS}
        parts.append("\n".join(["[panel]", *lines, *_parameters_toml("panel", kept)]))
    return "\n\n".join(parts) + "\n"


def _judge_toml(version: JudgeVersion) -> str:
    provider = next(name for name, vendor in PROVIDERS.items() if vendor.value == version.provider)
    texts = {
        "name": version.name,
        "provider": provider,
        "model": version.model,
        "rubric": f"{version.rubric.name} v{version.rubric.version}",
        "preset": version.preset or RUBRIC.name,
        "base_url": version.base_url,
        "dialect": version.dialect,
        "key_env": version.key_name,
    }
    lines = [f"{name} = {_quoted(value)}" for name, value in texts.items() if value]
    return "\n".join(["[[judge]]", *lines, *_parameters_toml("judge", version.parameters)])


def _parameters_toml(section: str, parameters: Mapping[str, Any]) -> list[str]:
    shown = {name: _quoted(value) if isinstance(value, str) else repr(value) for name, value in parameters.items()}
    return [f"[{section}.parameters]", *(f"{name} = {value}" for name, value in shown.items())] if shown else []


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
