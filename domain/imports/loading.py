"""Write checked records, batch by batch, under an import that nobody sees yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from domain.bulk import allocate_ids, bulk_load
from domain.imports.checking import occasion_of, response_key, verdict_key
from domain.imports.names import KnownSystem, Prompts, Systems
from domain.imports.options import Options
from domain.imports.records import (
    PromptRecord,
    RaterName,
    Record,
    ResponseRecord,
    SystemRecord,
    Target,
    VerdictRecord,
)
from domain.imports.rubrics import RubricChoice
from domain.models import Battle, Import, Prompt, Rater, Response, Rubric, System
from domain.names import name_key
from domain.rendering import text_hash
from domain.services import Draft, record_verdicts
from domain.specs import Kind
from domain.style import style_of

_REMEMBERED = 200_000  # ids kept in memory; beyond, the database is asked again
Key = tuple[int, int, int]  # prompt, system, sample
"""Where a response stands in the project."""


@dataclass(slots=True)
class Loader:
    """Load batches in the order in which they were checked. Every call runs inside its caller's transaction."""

    batch: Import
    options: Options
    choices: dict[Kind, RubricChoice]
    rubrics: dict[Kind, Rubric]
    systems: Systems = field(init=False)
    prompts: Prompts = field(init=False)
    raters: dict[tuple[str, str], int] = field(init=False)
    responses: dict[Key, int] = field(default_factory=dict)
    battles: dict[tuple[int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look up what the project has."""
        project = self.batch.project
        self.systems, self.prompts = Systems.of(project), Prompts.of(project)
        raters = Rater.objects.of(project)
        self.raters = {
            (kind, person or judge or metric): pk
            for pk, kind, person, judge, metric in raters.values_list("pk", "kind", "person", "judge", "metric")
        }

    def load(self, records: Sequence[Record]) -> None:
        """Write one batch."""
        texts = [record for record in records if isinstance(record, ResponseRecord)]
        verdicts = [record for record in records if isinstance(record, VerdictRecord)]
        self._load_systems(records)
        self._load_prompts(records)
        self._load_responses(texts, verdicts)
        self._load_raters({record.rater for record in verdicts})
        self._load_battles([record for record in verdicts if record.is_battle])
        for kind in (Kind.CHOICE, Kind.SCORE):
            self._load_verdicts(kind, [record for record in verdicts if record.is_battle == (kind is Kind.CHOICE)])
        self._forget()

    def _load_systems(self, records: Iterable[Record]) -> None:
        for record in records:
            if isinstance(record, SystemRecord):
                self.systems.add(record)
            for target in _targets(record):
                self.systems.named(target.system)
        unsaved = self.systems.unsaved()
        for system, pk in zip(unsaved, allocate_ids(System, len(unsaved)), strict=True):
            system.pk = pk
        columns = ["id", "project_id", "name", "name_key", "external_id", "family", "metadata", "retired", "batch_id"]
        bulk_load(System, columns, [self._system_row(system) for system in unsaved])

    def _system_row(self, system: KnownSystem) -> list[object]:
        record = system.record
        family, metadata = (record.family, dict(record.metadata)) if record else ("", {})
        key = name_key(system.name)
        own = [system.pk, self.batch.project_id, system.name, key, system.external_id]
        return [*own, family, metadata, False, self.batch.pk]

    def _load_prompts(self, records: Iterable[Record]) -> None:
        new: dict[str, PromptRecord | None] = {}
        for record in records:
            if isinstance(record, PromptRecord) and self.prompts.add(record):
                new[record.external_id] = record
            for target in _targets(record):
                if self.prompts.mention(target.prompt):
                    new[target.prompt] = None
        for external_id, pk in zip(new, allocate_ids(Prompt, len(new)), strict=True):
            self.prompts.by_id[external_id].pk = pk
        bulk_load(Prompt, _PROMPT, [self._prompt_row(external_id, record) for external_id, record in new.items()])

    def _prompt_row(self, external_id: str, record: PromptRecord | None) -> list[object]:
        said = [record.turns, record.reference, record.tags, record.split] if record else [[], "", [], ""]
        metadata = dict(record.metadata) if record else {}
        pk = self.prompts.by_id[external_id].pk
        return [pk, self.batch.project_id, external_id, *said, False, metadata, self.batch.pk]

    def _key(self, target: Target) -> Key:
        prompt, system = self.prompts.by_id[target.prompt].pk, self.systems.named(target.system)[0].pk
        if prompt is None or system is None:
            raise RuntimeError(f"{target} is used before it is loaded")
        return prompt, system, target.sample

    def _load_responses(self, texts: Iterable[ResponseRecord], verdicts: Iterable[VerdictRecord]) -> None:
        wanted: dict[Key, ResponseRecord | None] = {}
        for text in texts:
            wanted.setdefault(self._key(text.target), text)
        for verdict in verdicts:
            for target in verdict.targets:
                wanted.setdefault(self._key(target), None)
        self._find_responses([key for key in wanted if key not in self.responses])
        new = {key: record for key, record in wanted.items() if key not in self.responses}
        self.responses.update(zip(new, allocate_ids(Response, len(new)), strict=True))
        bulk_load(Response, _RESPONSE, [self._response_row(key, record) for key, record in new.items()])

    def _find_responses(self, keys: Sequence[Key]) -> None:
        rows = Response.objects.filter(
            prompt_id__in={prompt for prompt, _, _ in keys}, system_id__in={system for _, system, _ in keys}
        )
        for pk, *key in rows.values_list("pk", "prompt_id", "system_id", "sample") if keys else ():
            self.responses[(key[0], key[1], key[2])] = pk

    def _response_row(self, key: Key, record: ResponseRecord | None) -> list[object]:
        head = [self.responses[key], self.batch.project_id, *key, self.batch.pk]
        if record is None or record.content is None:
            return [*head, None, "", *[None] * 5, *_extras(record)]
        style = style_of(record.content)
        counts = [style.characters, style.words, style.headers, style.list_items, style.bold_spans]
        return [*head, record.content, text_hash(record.content), *counts, *_extras(record)]

    def _load_raters(self, names: set[RaterName]) -> None:
        unknown = (name for name in names if (name.kind, name.identity) not in self.raters)
        new = sorted(unknown, key=lambda name: name.name)
        for name, pk in zip(new, allocate_ids(Rater, len(new)), strict=True):
            self.raters[(name.kind, name.identity)] = pk
        columns = ["id", "project_id", "kind", "name", "person", "judge", "metric", "is_simulated", "batch_id"]
        bulk_load(Rater, columns, [self._rater_row(name) for name in new])

    def _rater_row(self, name: RaterName) -> list[object]:
        identities = [name.identity if name.kind == kind else None for kind in ("person", "judge", "metric")]
        pk = self.raters[(name.kind, name.identity)]
        return [pk, self.batch.project_id, name.kind, name.name, *identities, False, self.batch.pk]

    def _load_battles(self, votes: Sequence[VerdictRecord]) -> None:
        pairs = {self._pair(vote): self.prompts.by_id[vote.targets[0].prompt].pk for vote in votes}
        unknown = [pair for pair in pairs if pair not in self.battles]
        rows = Battle.objects.filter(response_a_id__in={low for low, _ in unknown})
        for pk, low, high in rows.values_list("pk", "response_a_id", "response_b_id") if unknown else ():
            self.battles[(low, high)] = pk
        new = [pair for pair in unknown if pair not in self.battles]
        self.battles.update(zip(new, allocate_ids(Battle, len(new)), strict=True))
        columns = ["id", "project_id", "prompt_id", "response_a_id", "response_b_id", "batch_id"]
        bulk_load(
            Battle,
            columns,
            [[self.battles[pair], self.batch.project_id, pairs[pair], *pair, self.batch.pk] for pair in new],
        )

    def _pair(self, vote: VerdictRecord) -> tuple[int, int]:
        first, second = (self.responses[self._key(target)] for target in vote.targets)
        return min(first, second), max(first, second)

    def _load_verdicts(self, kind: Kind, records: Sequence[VerdictRecord]) -> None:
        if not records:
            return
        drafts: dict[str, Draft] = {}
        for record in records:
            draft = self._draft(kind, record)
            drafts.setdefault(draft.occasion, draft)
        record_verdicts(
            project=self.batch.project, rubric=self.rubrics[kind], drafts=list(drafts.values()), batch=self.batch
        )

    def _draft(self, kind: Kind, record: VerdictRecord) -> Draft:
        choice = self.choices[kind]
        responses = [self.responses[self._key(target)] for target in record.targets]
        names = [self.systems.named(target.system)[0].name for target in record.targets]
        keys = [response_key(t.prompt, name, t.sample) for t, name in zip(record.targets, names, strict=True)]
        return Draft(
            rater_id=self.raters[(record.rater.kind, record.rater.identity)],
            answers=choice.answers(record),
            occasion=occasion_of(self.rubrics[kind].pk, verdict_key(record, choice.keys(record), keys)),
            battle_id=self.battles[(min(responses), max(responses))] if record.is_battle else None,
            response_id=None if record.is_battle else responses[0],
            shown_swapped=record.is_battle and responses[0] > responses[1],  # the lower id is response_a
            confidence=record.confidence,
            rationale=record.rationale,
            given_at=record.given_at or timezone.now(),
        )

    def _forget(self) -> None:
        if len(self.responses) > _REMEMBERED:
            self.responses.clear()
        if len(self.battles) > _REMEMBERED:
            self.battles.clear()


_PROMPT = ["id", "project_id", "external_id", "turns", "reference", "tags", "split", "canary", "metadata", "batch_id"]
_RESPONSE = ["id", "project_id", "prompt_id", "system_id", "sample", "batch_id", "content", "content_hash"]
_RESPONSE += ["characters", "words", "headers", "list_items", "bold_spans"]
_RESPONSE += ["latency_ms", "output_tokens", "cost_usd", "metadata"]


def _extras(record: ResponseRecord | None) -> list[object]:
    if record is None:
        return [None, None, None, {}]
    cost = None if record.cost_usd is None else round(record.cost_usd, 8)
    return [record.latency_ms, record.output_tokens, cost, dict(record.metadata)]


def _targets(record: Record) -> tuple[Target, ...]:
    if isinstance(record, VerdictRecord):
        return record.targets
    return (record.target,) if isinstance(record, ResponseRecord) else ()
