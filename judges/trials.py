"""Asking a judge once, within a stated maximum, before it is put on record. On the books, and in no number."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now

from domain.models import Project
from domain.services import log
from judges import throttle
from judges.asking import Asker
from judges.costs import Tariff
from judges.endings import Interrupted, Result, detail_of, outcome_of, reading_of_error
from judges.keys import make_provider, problem_with, secret_of
from judges.ledger import Settlement
from judges.models import TrialCall
from judges.pace import Pace
from judges.preview import Preview
from judges.providers.base import Provider, ProviderError, Reply, Request
from judges.recording import as_read
from judges.tariffs import tariff_of
from judges.texts import storable

DEADLINE_S = 60.0
UNDER_WAY = timedelta(seconds=2 * DEADLINE_S)  # after that its process is not there any more


class NoTrial(ValueError):
    """A trial that cannot be made; the message says why. Nothing was asked."""


def ask_once(preview: Preview, *, agreed_nusd: int | None, user: User | None = None) -> TrialCall:
    """Ask a judge about one item. ``agreed_nusd`` is the most it may cost, None where no price is known.

    It is asked as it would be in a run, by the same limits of its key, and never asked again. Raises NoTrial.
    """
    version = preview.version
    if version.pk is None:
        version.created_by = user  # who decides where its key goes
    if problem := problem_with(version):
        raise NoTrial(problem)
    if preview.most_nusd != agreed_nusd:
        raise NoTrial("What the call may cost is not what was agreed to: look at it again.")
    pace = Pace(throttle.identity(version, secret_of(version)))
    pace.look()
    if not pace.allow([preview.question]):
        raise NoTrial("The limits of its key do not allow a call now: try again in a minute.")
    try:
        trial = _book(preview, user)
    except NoTrial:
        pace.unused([preview.question])
        raise
    result = _call(preview)
    pace.settle([result])
    _settle(trial, result, Asker(version), tariff_of(version))
    return trial


@transaction.atomic
def _book(preview: Preview, user: User | None) -> TrialCall:
    """Put the call on the books before it is made; one at a time, so that a double click is one call."""
    version, question = preview.version, preview.question
    project = Project.objects.select_for_update().get(pk=version.project_id)
    fresh = TrialCall.objects.filter(project=project, state=TrialCall.State.OPEN, at__gt=Now() - UNDER_WAY)
    if fresh.exists():
        raise NoTrial("Another trial of this project is under way: wait for its answer.")
    trial = TrialCall.objects.create(
        project=project,
        created_by=user,
        name=version.name,
        content_hash=version.content_hash,
        sent=Asker(version).settings_sent(None),
        rubric=str(version.rubric)[:200],
        about=preview.prompt,
        system=question.request.system,
        prompt=question.prompt,
        reserved_nusd=preview.most_nusd,
    )
    log(project, "judge.tried", user, trial=trial.pk, model=version.model)
    return trial


def _call(preview: Preview) -> Result:
    started = time.monotonic()
    try:
        provider = make_provider(preview.version, deadline_s=DEADLINE_S)
        reply = asyncio.run(_complete(provider, preview.question.request))
    except ProviderError as error:
        return Result(preview.question, error=error, latency_s=time.monotonic() - started)
    return Result(preview.question, reply=reply, latency_s=time.monotonic() - started)


async def _complete(provider: Provider, request: Request) -> Reply:
    try:
        return await provider.complete(request)
    finally:
        await provider.aclose()


def _settle(trial: TrialCall, result: Result, asker: Asker, tariff: Tariff) -> None:
    """Write down what was said and what it cost."""
    question, reply = result.question, result.reply
    if reply is not None:
        reading = asker.read(reply, question)
        trial.outcome = outcome_of(reading)
        trial.reply, trial.sent = storable(reply.text), asker.settings_sent(reply)
        trial.reading = as_read(reading, question.labels)
        settlement = tariff.settlement_of_reply(question.lease, reply)
    else:
        reading = reading_of_error(result)
        trial.outcome = "transport"
        error = result.error or Interrupted("The call ended without a reply or an error.")
        settlement = tariff.settlement_of_error(question.lease, error, result.latency_s)
    trial.detail = storable(detail_of(reading), 400)
    _book_cost(trial, settlement)
    trial.save()


def _book_cost(trial: TrialCall, settlement: Settlement) -> None:
    trial.state = TrialCall.State.SETTLED if settlement.known else TrialCall.State.UNKNOWN
    trial.cost_nusd, trial.usage = settlement.cost_nusd, settlement.usage or {}
    trial.model, trial.request_id = storable(settlement.model, 150), storable(settlement.request_id, 150)
    trial.status, trial.price, trial.latency_ms = settlement.status, settlement.price[:80], settlement.latency_ms
