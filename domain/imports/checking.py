"""Hold an import's records against each other and against what is there, and write nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from domain.choices import Answer, Choice, Outcome, Unscored, Value
from domain.formats import Problem
from domain.imports.names import Prompts, Systems
from domain.imports.options import Options
from domain.imports.records import (
    PromptRecord,
    Record,
    Rejected,
    ResponseRecord,
    SystemRecord,
    Target,
    VerdictRecord,
)
from domain.imports.rubrics import RubricChoice
from domain.imports.seen import Seen
from domain.models import Project, Response, Score, Verdict
from domain.rendering import text_hash
from domain.specs import Kind

ONLY_MENTIONED = b""  # a response of which a vote or a rating is known, and not the text


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a record says: under this key, this. ``row`` and ``column`` are where."""

    key: bytes
    digest: bytes
    record: ResponseRecord | VerdictRecord
    target: Target | None = None
    occasion: str = ""


@dataclass(slots=True)
class Checker:
    """Check batches of records in the order in which they would be loaded."""

    project: Project | None
    options: Options
    seen: Seen
    systems: Systems = field(init=False)
    prompts: Prompts = field(init=False)
    rubrics: dict[Kind, RubricChoice] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    unscored: Counter[str] = field(default_factory=Counter)
    raters: set[tuple[str, str]] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Look up what the project has."""
        self.systems = Systems.of(self.project)
        self.prompts = Prompts.of(self.project)

    def rubric(self, kind: Kind) -> RubricChoice:
        """Return the rubric for votes or for ratings."""
        if kind not in self.rubrics:
            self.rubrics[kind] = RubricChoice(self.project, kind, self.options)
        return self.rubrics[kind]

    def check(self, records: Iterable[Record]) -> list[Problem]:
        """Check one batch and return what is wrong with it."""
        facts: list[Fact] = []
        self.problems = []
        for record in records:
            try:
                facts.extend(self._facts(record))
            except Rejected as error:
                self.problems.append(error.at(record.row))
        self._compare_with_seen(facts)
        return self.problems

    def _facts(self, record: Record) -> list[Fact]:
        if isinstance(record, SystemRecord):
            self._count("systems", self.systems.add(record))
            return []
        if isinstance(record, PromptRecord):
            self._count("prompts", self.prompts.add(record))
            return []
        if isinstance(record, ResponseRecord):
            return [self._response_fact(record.target, record)]
        return self._verdict_facts(record)

    def _verdict_facts(self, record: VerdictRecord) -> list[Fact]:
        rubric = self.rubric(Kind.CHOICE if record.is_battle else Kind.SCORE)
        mentioned = [self._response_fact(target, record) for target in record.targets]
        if record.is_battle and mentioned[0].key == mentioned[1].key:
            raise Rejected("system", record.targets[0].system, "a response cannot meet itself in a battle")
        answers = rubric.answers(record)
        key = verdict_key(record, rubric.keys(record), [fact.key for fact in mentioned])
        existing = rubric.existing
        occasion = occasion_of(existing.pk, key) if existing else ""
        return [*mentioned, Fact(key, digest_of(answers), record, occasion=occasion)]

    def _response_fact(self, target: Target, record: ResponseRecord | VerdictRecord) -> Fact:
        system, is_new = self.systems.named(target.system)
        self.counts["systems"] += is_new
        self.counts["prompts_without_text"] += self.prompts.mention(target.prompt)
        key = response_key(target.prompt, system.name, target.sample)
        resolved = Target(target.prompt, system.name, target.sample)
        return Fact(key, _digest_of_response(record), record, target=resolved)

    def _compare_with_seen(self, facts: Sequence[Fact]) -> None:
        known = self.seen.find([fact.key for fact in facts])
        fresh: dict[bytes, Fact] = {}
        for fact in facts:
            if fact.key in fresh:
                self._again(fact, fresh[fact.key].digest, _place(fresh[fact.key]))
            elif fact.key in known:
                self._again(fact, *known[fact.key])
            else:
                fresh[fact.key] = fact
        self._compare_with_project(fresh)
        self.seen.add((key, fact.digest, _place(fact)) for key, fact in fresh.items())

    def _again(self, fact: Fact, digest: bytes, place: str) -> None:
        """Note what a key is said about a second time: the same is nothing new, something else an error."""
        if fact.target is not None and fact.digest == ONLY_MENTIONED:
            return
        if digest == fact.digest:
            self.counts["already_there"] += 1
        else:
            self._reject(fact, f"{place} says something else about the same {_what(fact)}")

    def _compare_with_project(self, fresh: dict[bytes, Fact]) -> None:
        there = self._there(fresh)
        for key, fact in fresh.items():
            if key not in there:
                self._count_new(fact)
            elif fact.target is not None and fact.digest == ONLY_MENTIONED:
                continue
            elif there[key] == fact.digest:
                self.counts["already_there"] += 1
            elif fact.target is not None and there[key] == ONLY_MENTIONED:
                self._reject(fact, "this response is there without its text; import responses before votes")
            else:
                self._reject(fact, f"the project already has another {_what(fact)}")

    def _there(self, fresh: dict[bytes, Fact]) -> dict[bytes, bytes]:
        """Return what the project says under these keys."""
        if self.project is None:
            return {}
        return self._responses_there(fresh) | self._verdicts_there(fresh)

    def _responses_there(self, fresh: dict[bytes, Fact]) -> dict[bytes, bytes]:
        prompts = {self.prompts.by_id[fact.target.prompt].pk for fact in fresh.values() if fact.target}
        systems = {self.systems.named(fact.target.system)[0].pk for fact in fresh.values() if fact.target}
        if not (prompts - {None} and systems - {None}) or self.project is None:
            return {}
        rows = Response.objects.of(self.project).filter(prompt_id__in=prompts - {None}, system_id__in=systems - {None})
        columns = ("prompt__external_id", "system__name", "sample", "content_hash")
        found = {
            response_key(prompt, system, sample): bytes.fromhex(content_hash)
            for prompt, system, sample, content_hash in rows.values_list(*columns)
        }
        return {key: digest for key, digest in found.items() if key in fresh}

    def _verdicts_there(self, fresh: dict[bytes, Fact]) -> dict[bytes, bytes]:
        by_occasion = {fact.occasion: key for key, fact in fresh.items() if fact.occasion}
        rows = Verdict.objects.filter(project=self.project, counted=True, occasion__in=by_occasion)
        verdicts = rows.prefetch_related("scores__criterion") if by_occasion else ()
        return {by_occasion[verdict.occasion]: _digest_of_verdict(verdict) for verdict in verdicts}

    def _count(self, what: str, is_new: bool) -> None:
        self.counts[what if is_new else "already_there"] += 1

    def _count_new(self, fact: Fact) -> None:
        if isinstance(fact.record, VerdictRecord) and fact.target is None:
            self.counts["votes" if fact.record.is_battle else "ratings"] += 1
            self.raters.add((fact.record.rater.kind, fact.record.rater.name))
            if isinstance(fact.record.answers, Unscored):
                self.unscored[fact.record.answers.reason] += 1
        else:
            self.counts["responses_without_text" if fact.digest == ONLY_MENTIONED else "responses"] += 1

    def _reject(self, fact: Fact, reason: str) -> None:
        column = fact.record.column
        value = fact.record.row.values.get(column)
        self.problems.append(Rejected(column, value, reason).at(fact.record.row))


def response_key(prompt: str, system: str, sample: int) -> bytes:
    """Return the key of a response."""
    return _hash("response", prompt, system, sample)


def verdict_key(record: VerdictRecord, criteria: Sequence[str], responses: Sequence[bytes]) -> bytes:
    """Return the key of a verdict: who answered about which criteria of which responses, in which order."""
    return _hash("verdict", record.rater.kind, record.rater.name, list(criteria), record.apart, list(responses))


def occasion_of(rubric_id: int, key: bytes) -> str:
    """Return the occasion of an imported verdict: the same row has the same one whenever it comes."""
    return f"import:{rubric_id}:{key.hex()}"


def digest_of(answers: dict[str, Answer] | Unscored) -> bytes:
    """Return a fingerprint of what was said, in the shown frame."""
    if isinstance(answers, Unscored):
        return _hash("unscored", answers.reason.value)
    return _hash(*(f"{key}={_plain(answer)}" for key, answer in sorted(answers.items())))


def _digest_of_verdict(verdict: Verdict) -> bytes:
    if verdict.unscored_reason:
        return _hash("unscored", verdict.unscored_reason)
    said: dict[str, Answer] = {}
    for score in verdict.scores.all():
        said[score.criterion.key] = _answer(score, swapped=verdict.swapped)
    return digest_of(said)


def _answer(score: Score, *, swapped: bool) -> Answer:
    """Return a score as its rater saw it."""
    if score.outcome is None:
        return Value(float(score.value or 0))
    choice = Choice(Outcome(score.outcome), score.strength, score.chance)
    return choice.turned() if swapped else choice


def _plain(answer: Answer) -> str:
    if isinstance(answer, Value):
        return f"{answer.number:.12g}"
    return f"{answer.outcome}/{answer.strength}" + ("" if answer.chance is None else f"/{answer.chance:.12g}")


def _digest_of_response(record: ResponseRecord | VerdictRecord) -> bytes:
    if isinstance(record, VerdictRecord) or record.content is None:
        return ONLY_MENTIONED
    return bytes.fromhex(text_hash(record.content))


def _what(fact: Fact) -> str:
    return "response" if fact.target is not None else "verdict of this rater"


def _place(fact: Fact) -> str:
    return f"{fact.record.row.file}, line {fact.record.row.line}"


def _hash(*parts: object) -> bytes:
    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()
