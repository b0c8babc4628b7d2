"""From leased cells to questions, and from replies to readings: where the record meets the pure prompt and parser."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import prefetch_related_objects

from domain.choices import Unscored
from domain.models import Battle, Response
from judges import presets
from judges.answer_shape import Reasons, field_names
from judges.course import FIRST, Ask, Step
from judges.leases import Lease
from judges.listings import arranged
from judges.models import Cell, JudgeVersion
from judges.parameters import Parameters
from judges.presets import Estimator
from judges.probes.scanner import Flag, flags_of
from judges.prompts import Frame, build_prompt, deal_labels, fence_for, frame_of, repair_text
from judges.providers.base import Message, Params, Reply, Request, Role
from judges.replies import Reading, read_reply

LONGEST_BROKEN = 20_000  # characters of an answer that is sent back for repair


@dataclass(frozen=True, slots=True)
class Item:
    """What is judged: the conversation, the reference, and one text or two in the order in which they are shown."""

    turns: Sequence[Mapping[str, str]]
    reference: str
    responses: tuple[str, ...]
    tags: Sequence[str] = ()
    listed: tuple[int, ...] = ()  # ids of the responses, of a list
    prompt_id: int | None = None  # of a list


@dataclass(frozen=True, slots=True)
class Question:
    """A leased cell and what is asked in its next step; ``earlier`` are the steps before it."""

    lease: Lease
    request: Request
    prompt: str
    prompt_hash: str
    ask: Ask = FIRST
    earlier: tuple[Step, ...] = ()
    flags: tuple[Flag, ...] = ()  # what is odd about the responses
    labels: Mapping[str, int] = field(default_factory=dict)  # of listed responses: which id each stands for, as shown


class Asker:
    """One judge version, its rubric and settings read once, for any number of cells."""

    def __init__(self, version: JudgeVersion) -> None:
        self.version = version
        prefetch_related_objects([version.rubric], "criteria")  # each group of verdicts looks them up
        self.rubric = version.rubric.spec()
        self.parameters = Parameters.from_json(version.parameters)
        self.preset = presets.find(version.preset)
        self.reasons = Reasons(self.parameters.reasons)
        self.probed = self.parameters.estimator == Estimator.LOGPROBS
        wanted = ("temperature", "top_p", "seed", "effort")
        self.params = Params(**{name: getattr(self.parameters, name) for name in wanted})

    @cached_property
    def frame(self) -> Frame:
        """What all of its questions have in common."""
        return frame_of(self.version.protocol, self.rubric, reasons=self.reasons, preset=self.preset)

    def question(self, run_id: int, lease: Lease, item: Item) -> Question:
        """Build the question of one cell. Both orders share their beginning, up to the responses."""
        target = f"battle:{lease.battle_id}" if lease.battle_id else f"response:{lease.response_id}"
        if item.listed:
            target = f"prompt:{item.prompt_id}"
        labels = _labels(item, lease)
        fence = fence_for(f"judges.fence:{settings.SECRET_KEY}", run_id, target, lease.repeat)
        prompt = build_prompt(
            self.version.protocol,
            self.rubric,
            item.turns,
            item.reference,
            item.responses,
            fence,
            reasons=self.reasons,
            preset=self.preset,
            tags=item.tags,
            labels=tuple(labels),
            frame=self.frame,
        )
        request = prompt.request(max_tokens=self.parameters.max_tokens, params=self.params)
        if self.probed:
            request = replace(request, logprobs=self.preset.top_logprobs)
        return Question(
            lease, request, prompt.text, self._digest(request, fence), labels=labels, flags=flags_of(item.responses)
        )

    def _digest(self, request: Request, fence: str) -> str:
        """Return a hash of everything that is asked but for the random marker, so that runs can be compared.

        The schema is hashed once for its version, not for each call.
        """
        asked = [request.system, *(message.text for message in request.messages), self.version.schema_hash]
        return hashlib.sha256("\0".join(asked).replace(fence, "marker").encode("utf-8", "replace")).hexdigest()

    def repair(self, question: Question, broken: Step) -> Question:
        """Ask for the same judgement in the right shape: what was said, and what was wrong with it."""
        request, answers = question.request, broken.reading.answers
        said = Message(Role.ASSISTANT, (broken.reply[:LONGEST_BROKEN],))
        plea = Message(Role.USER, (repair_text(answers.detail if isinstance(answers, Unscored) else "", self.preset),))
        asked = replace(request, messages=(*request.messages, said, plea))
        text = "\n\n".join(message.text for message in asked.messages)
        return replace(question, request=asked, prompt=text)

    def read(self, reply: Reply, question: Question) -> Reading:
        """Return what a reply to a question says."""
        reading = read_reply(
            reply.text,
            protocol=self.version.protocol,
            rubric=self.rubric,
            stop=reply.stop,
            refusal=reply.refusal,
            preset=self.preset,
            labels=question.labels,
            tokens=reply.logprobs if self.probed else None,
            shown=question.request.messages[0].text,
        )
        return replace(reading, chances=self._chances(reply)) if reply.chances else reading

    def _chances(self, reply: Reply) -> dict[str, dict[str, float]]:
        """Return the probabilities of the answers by criterion, as an API gives them that decides."""
        fields = field_names(self.rubric)
        return {fields[name].key: dict(chances) for name, chances in reply.chances.items() if name in fields}

    def settings_sent(self, reply: Reply | None) -> dict[str, Any]:
        """Return the settings that were asked for, and the names of those that this model does not take."""
        version = self.version
        return {
            "provider": version.provider,
            "model": version.model,
            "base_url": version.base_url,
            "dialect": version.dialect,
            "preset": version.preset,
            "prompt_version": version.prompt_version,
            "parameters": version.parameters,
            "withheld": list(reply.withheld) if reply else [],
            "stop": reply.stop.value if reply else "",
        }


def load_items(leases: Sequence[Lease]) -> dict[int, Item]:
    """Read what leased cells are about, by cell id, in the order in which it is to be shown."""
    items = {**_battles(leases), **_responses(leases)}
    return items | _lists([lease for lease in leases if lease.cell_id not in items])


_PROMPT = ("prompt__turns", "prompt__reference", "prompt__tags")  # values, not instances: this is done for each call


def _battles(leases: Sequence[Lease]) -> dict[int, Item]:
    """Read battles as they are to be shown."""
    wanted = {lease.battle_id for lease in leases if lease.battle_id}
    found = Battle.objects.filter(pk__in=wanted).order_by()
    rows = found.values_list("pk", *_PROMPT, "response_a__content", "response_b__content") if wanted else ()
    battles = {
        pk: Item(turns, reference, (text_a or "", text_b or ""), tags)
        for pk, turns, reference, tags, text_a, text_b in rows
    }
    return {
        lease.cell_id: _swapped(battles[lease.battle_id]) if lease.order else battles[lease.battle_id]
        for lease in leases
        if lease.battle_id
    }


def _responses(leases: Sequence[Lease]) -> dict[int, Item]:
    """Read single responses."""
    wanted = {lease.response_id for lease in leases if lease.response_id}
    found = Response.objects.filter(pk__in=wanted).order_by()
    rows = found.values_list("pk", *_PROMPT, "content") if wanted else ()
    responses = {pk: Item(turns, reference, (text or "",), tags) for pk, turns, reference, tags, text in rows}
    return {lease.cell_id: responses[lease.response_id] for lease in leases if lease.response_id}


def _lists(leases: Sequence[Lease]) -> dict[int, Item]:
    """Read lists as they are to be shown."""
    if not leases:
        return {}
    by_cell = {lease.cell_id: lease for lease in leases}
    shown = {
        cell_id: (prompt_id, _as_shown(listed, prompt_id, by_cell[cell_id]))
        for cell_id, prompt_id, listed in Cell.objects.filter(pk__in=by_cell).values_list("pk", "prompt_id", "listed")
    }
    ids = {pk for _, listed in shown.values() for pk in listed}
    texts = Response.objects.select_related("prompt").in_bulk(ids)
    return {cell_id: _of_texts(prompt_id, listed, texts) for cell_id, (prompt_id, listed) in shown.items()}


def _as_shown(listed: Sequence[int], prompt_id: int, lease: Lease) -> tuple[int, ...]:
    return arranged(listed, prompt_id=prompt_id, order=lease.order, repeat=lease.repeat)


def of_list(prompt_id: int, listed: Sequence[int]) -> Item:
    """Return a list in its canonical order."""
    return _of_texts(prompt_id, listed, Response.objects.select_related("prompt").in_bulk(listed))


def _of_texts(prompt_id: int, listed: Sequence[int], texts: Mapping[int, Response]) -> Item:
    prompt = texts[listed[0]].prompt
    shown = tuple(texts[pk].content or "" for pk in listed)
    return Item(prompt.turns, prompt.reference, shown, prompt.tags, tuple(listed), prompt_id)


def _labels(item: Item, lease: Lease) -> dict[str, int]:
    """Deal labels to listed responses, anew for every arrangement and the same in every run."""
    if not item.listed:
        return {}
    seed = fence_for(f"judges.labels:{settings.SECRET_KEY}", item.prompt_id, lease.order, lease.repeat)
    return dict(zip(deal_labels(seed, len(item.listed)), item.listed, strict=True))


def of_battle(battle: Battle, order: int) -> Item:
    """Return a battle as it is shown: ``order`` 1 shows response_b first."""
    texts = (battle.response_a.content or "", battle.response_b.content or "")
    item = Item(battle.prompt.turns, battle.prompt.reference, texts, battle.prompt.tags)
    return _swapped(item) if order else item


def _swapped(item: Item) -> Item:
    return replace(item, responses=item.responses[::-1])


def of_response(response: Response) -> Item:
    """Return a single response as it is shown."""
    return Item(response.prompt.turns, response.prompt.reference, (response.content or "",), response.prompt.tags)
