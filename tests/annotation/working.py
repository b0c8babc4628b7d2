"""People at work in a campaign: where they stand, all they answer, leases that run out, everybody at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connections
from django.utils import timezone

from annotation.models import Assignment, Participant
from annotation.services import claim, submit
from tests.annotation.make import answer_to, held, value


def expire(task):
    Assignment.objects.filter(pk=task.pk).update(lease_expires=timezone.now() - timedelta(seconds=1))


def row(user):
    return Participant.objects.get(user=user)


def answers(user, campaign, n, **extras):
    """Give so many answers, and hold the next task."""
    task = held(claim(user, campaign))
    for number in range(n):
        following = submit(user, task.token, value(4, **extras), key=str(number)).next
        task = following or task
    return task


def finish(user, campaign):
    task, n = claim(user, campaign), 0
    while task:
        task, n = submit(user, str(task.token), answer_to(task), key="1").next, n + 1
    return n


def in_threads(work, people):
    """Do something for each person at once, in a thread with a connection of its own."""

    def run(person):
        try:
            return work(person)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(run, people))
