"""Who sits in judgement: one judge, or the members of a panel, and where each cell stands between them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.choices import Answer, Choice, Outcome, Unscored, Value
from judges.asking import Asker, Item, Question, load_items
from judges.course import FIRST, REASONS, Ask, Course, Rule, Step
from judges.endings import Advanced, Ended, PutOff, Result, outcome_of, put_off, reading_of_error
from judges.leases import Lease
from judges.ledger import Booking
from judges.models import Exchange, JudgeVersion
from judges.parameters import Parameters
from judges.presets.base import Parser, checklist_items
from judges.probes.items import as_probed
from judges.probes.pack import Probe
from judges.providers.base import Stop
from judges.replies import Reading, with_total
from judges.tariffs import tariff_of
from judges.versions import judges_of

WHOLE = (Stop.END, Stop.OTHER)  # ways to stop after which only the form of an answer can be at fault


class Bench:
    """A judge version as it is asked. ``seats`` are its members, or itself alone; ``tariffs`` are theirs.

    With ``probes``, items are shown as these change them, and no verdict comes of it (judges.recording).
    """

    def __init__(self, version: JudgeVersion, *, batch: bool = False, probes: Sequence[Probe] = ()) -> None:
        self.version = version
        self.probes = probes
        self.seats = [Asker(judge) for judge in judges_of(version)]
        self.tariffs = [tariff_of(seat.version, batch=batch) for seat in self.seats]
        self.rubric = self.seats[0].rubric
        self.course = course_of(version, len(self.seats))

    def questions(self, run_id: int, leases: Sequence[Lease]) -> list[Question]:
        """Build the next questions of leased cells: three queries, and one more where some are beyond their first."""
        items, earlier = load_items(leases), self._earlier(leases)
        if self.probes:
            items = {lease.cell_id: self._probed(items[lease.cell_id], lease) for lease in leases}
        return [self._question(run_id, lease, items[lease.cell_id], earlier[lease.cell_id]) for lease in leases]

    def _probed(self, item: Item, lease: Lease) -> Item:
        return as_probed(item, lease, self.probes, self.seats[0].preset.names, self.rubric.criteria[0])

    def _question(self, run_id: int, lease: Lease, item: Item, steps: Sequence[Step]) -> Question:
        ask = self.course.next_ask(steps) or FIRST
        seat = self.seats[ask.place]
        question = seat.question(run_id, lease, item)
        if not steps and not ask.place:
            return question
        if ask.is_repair:
            question = seat.repair(question, steps[-1])
        return replace(question, ask=ask, earlier=tuple(steps))

    def bookings(self, questions: Sequence[Question], *, capped: bool) -> list[Booking]:
        """Return what is to be reserved for questions. Raises costs.Unbounded where a budget would not hold."""
        return [
            Booking(one.lease, self.tariffs[one.ask.place].reservation(one.request, capped=capped)) for one in questions
        ]

    def ending(self, result: Result, rng: random.Random, *, known: Reading | None = None) -> Ended | Advanced | PutOff:
        """Decide what becomes of a cell after a call; ``known`` is what its reply says, where that is on record."""
        if result.reply is not None:
            reading = known or self.seats[result.question.ask.place].read(result.reply, result.question)
            outcome = outcome_of(reading)
        elif later := put_off(result, rng):
            return later
        else:
            outcome, reading = "transport", reading_of_error(result)
        steps = [*result.question.earlier, _step(result, outcome, reading)]
        if self.course.next_ask(steps) is not None:
            return Advanced(result, outcome, reading)
        final, said = self._close(steps)
        return Ended(result, final, said, step_outcome=outcome, step_reading=reading)

    def _close(self, steps: Sequence[Step]) -> tuple[str, Reading]:
        """Put the steps together; the total of a checklist follows from what its answers come to."""
        if self.seats[0].preset.parser is not Parser.CHECKLIST:
            return self.course.close(steps, self.rubric)
        asked = replace(self.rubric, criteria=tuple(checklist_items(self.rubric)))
        outcome, reading = self.course.close(steps, asked)
        return outcome, with_total(reading, self.rubric)

    def member_of(self, question: Question) -> JudgeVersion | None:
        """Return the member of the panel that was asked; None without a panel."""
        return self.seats[question.ask.place].version if self.version.combination else None

    def _earlier(self, leases: Sequence[Lease]) -> dict[int, list[Step]]:
        """Return what the steps before brought, by cell."""
        found: dict[int, list[Step]] = defaultdict(list)
        reached = {lease.cell_id: lease.step for lease in leases if lease.step}
        if not reached:
            return found
        places = {seat.version.pk: place for place, seat in enumerate(self.seats)}
        for exchange in Exchange.objects.filter(cell__in=reached).order_by("cell", "step"):
            if exchange.step < reached[exchange.cell_id]:
                place = places.get(exchange.member_id or self.version.pk, 0)
                found[exchange.cell_id].append(_step_of(exchange, place))
        return found


def course_of(version: JudgeVersion, members: int) -> Course:
    """Return how a version goes about a cell."""
    parameters = Parameters.from_json(version.parameters)
    usual = Course()
    return Course(
        combination=version.combination,
        members=members,
        samples=parameters.samples,
        repairs=parameters.repairs,
        rule=Rule(parameters.rule or usual.rule),
        sure=parameters.sure or usual.sure,
    )


def _step(result: Result, outcome: str, reading: Reading) -> Step:
    reply = result.reply
    repairable = reply is not None and outcome == "unreadable" and reply.stop in WHOLE and bool(reply.text.strip())
    return Step(result.question.ask, outcome, reading, repairable, reply.text if reply and repairable else "")


def _step_of(exchange: Exchange, place: int) -> Step:
    """Return a step as it is on record."""
    ask = Ask(place, is_repair=exchange.purpose == Exchange.Purpose.REPAIR)
    whole = exchange.settings.get("stop") in [stop.value for stop in WHOLE]
    repairable = exchange.outcome == "unreadable" and whole and bool(exchange.reply.strip())
    return Step(ask, exchange.outcome, reading_of(exchange), repairable, exchange.reply if repairable else "")


def reading_of(exchange: Exchange) -> Reading:
    """Return what a reply on record was read as."""
    if exchange.outcome != "verdict":
        return Reading(Unscored(REASONS[exchange.outcome], exchange.detail))
    answers = {key: _answer_of(said) for key, said in exchange.reading.items()}
    reasons = {key: said["reasons"] for key, said in exchange.reading.items() if said.get("reasons")}
    return Reading(answers, reasons, exchange.chances or {})


def _answer_of(said: dict[str, Any]) -> Answer:
    return (
        Value(said["value"])
        if "value" in said
        else Choice(Outcome(said["outcome"]), said.get("strength"), said.get("chance"))
    )
