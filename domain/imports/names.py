"""What systems and prompts a project has and an import brings, so that every name means one thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

from domain.imports.records import PromptRecord, Rejected, SystemRecord
from domain.models import Project, Prompt, System
from domain.names import name_key


@dataclass(slots=True)
class KnownSystem:
    """A system; ``pk`` is None until it is loaded."""

    name: str
    external_id: str
    pk: int | None = None
    record: SystemRecord | None = None


@dataclass(slots=True)
class Systems:
    """All systems by id and by name; a name spelled otherwise than before is a clash, not the same system."""

    by_key: dict[str, KnownSystem] = field(default_factory=dict)
    by_id: dict[str, KnownSystem] = field(default_factory=dict)
    by_name: dict[str, KnownSystem] = field(default_factory=dict)  # exact spellings, met once for every row

    @classmethod
    def of(cls, project: Project | None) -> Systems:
        """Return what a project has."""
        systems = cls()
        if project is not None:
            for pk, name, external_id in System.objects.of(project).values_list("pk", "name", "external_id"):
                systems._keep(KnownSystem(name, external_id, pk))
        return systems

    def add(self, record: SystemRecord) -> bool:
        """Take a declared system; return whether it is new. Raise Rejected where it contradicts another one."""
        known = self.by_key.get(name_key(record.name))
        if same_id := self.by_id.get(record.external_id):
            if same_id is not known or same_id.name != record.name:
                raise Rejected("name", record.name, f"id {record.external_id} is already {same_id.name!r}")
            return False
        if known is not None:
            self._check_spelling(known, record.name)
            if record.external_id:
                reason = f"this system is there with {known.external_id or 'no'} id; import a list of systems first"
                raise Rejected("name", record.name, reason)
            return False
        self._keep(KnownSystem(record.name, record.external_id, record=record))
        return True

    def named(self, value: str, column: str = "system") -> tuple[KnownSystem, bool]:
        """Return the system that a row means, by id or by name, and whether it is new."""
        if known := self.by_id.get(value) or self.by_name.get(value):
            return known, False
        key = name_key(value)
        if not key:
            raise Rejected(column, value, "is no visible name")
        if known := self.by_key.get(key):
            self._check_spelling(known, value)
            return known, False
        system = KnownSystem(value, "")
        self._keep(system)
        return system, True

    def unsaved(self) -> list[KnownSystem]:
        """Return the systems that are not in the database yet."""
        return [system for system in self.by_name.values() if system.pk is None]

    def _keep(self, system: KnownSystem) -> None:
        self.by_key[name_key(system.name)] = self.by_name[system.name] = system
        if system.external_id:
            self.by_id[system.external_id] = system

    def _check_spelling(self, known: KnownSystem, name: str) -> None:
        if known.name != name:
            reason = f"looks like the system {known.name!r} but is spelled otherwise; write it the same way everywhere"
            raise Rejected("system", name, reason)


@dataclass(slots=True)
class KnownPrompt:
    """A prompt's fingerprint; ``pk`` is None until it is loaded."""

    turns: bytes
    reference: bytes
    pk: int | None = None


@dataclass(slots=True)
class Prompts:
    """All prompts by id."""

    by_id: dict[str, KnownPrompt] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project | None) -> Prompts:
        """Return what a project has."""
        prompts = cls()
        if project is not None:
            rows = Prompt.objects.of(project).values_list("pk", "external_id", "turns", "reference")
            for pk, external_id, turns, reference in rows.iterator(chunk_size=2000):
                prompts.by_id[external_id] = KnownPrompt(fingerprint(turns), fingerprint(reference), pk)
        return prompts

    def add(self, record: PromptRecord) -> bool:
        """Take a prompt with its text; return whether it is new. Raise Rejected where it says something else."""
        turns, reference = fingerprint(record.turns), fingerprint(record.reference)
        known = self.by_id.get(record.external_id)
        if known is None:
            self.by_id[record.external_id] = KnownPrompt(turns, reference)
            return True
        if known.turns == NOTHING and turns != NOTHING:
            reason = "this prompt is there without its text, known from votes only; import prompts before votes"
            raise Rejected("prompt", record.external_id, reason)
        if known.turns != turns or (NOTHING not in (known.reference, reference) and known.reference != reference):
            what = "text" if known.turns != turns else "reference"
            raise Rejected("prompt", record.external_id, f"this prompt is already there with another {what}")
        return False

    def mention(self, external_id: str) -> bool:
        """Take note of a prompt of which only the id is known; return whether it is new."""
        if external_id in self.by_id:
            return False
        self.by_id[external_id] = KnownPrompt(NOTHING, NOTHING)
        return True


def fingerprint(value: object) -> bytes:
    """Return a short hash of a value; of every empty one the same."""
    return blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=8).digest() if value else NOTHING


NOTHING = b""
