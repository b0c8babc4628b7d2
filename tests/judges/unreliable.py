"""A Celery worker in trouble, ``celery -A tests.judges.unreliable worker``: what it meets must not matter.

Its messages are sent several times (MESSAGES) or get lost (LOST, a share of them), and its clock is wrong (SKEW_S).
"""

from __future__ import annotations

import os
import random
import time
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from jurybox.celery import app

TIMES, LOST, SKEW_S = (
    float(os.environ.get(name, usual)) for name, usual in (("MESSAGES", 1), ("LOST", 0), ("SKEW_S", 0))
)
chance = random.Random(int(LOST * 100))
send, now, clock = app.send_task, timezone.now, time.time


def send_sometimes(*args: Any, **options: Any) -> None:
    """Send a message as often as wanted, perhaps never."""
    for _ in range(int(TIMES)):
        if chance.random() >= LOST:
            send(*args, **options)


def wrong_now() -> datetime:
    """Return what a machine with a wrong clock takes for the present."""
    shown: datetime = now() + timedelta(seconds=SKEW_S)
    return shown


app.send_task = send_sometimes
timezone.now = wrong_now
time.time = lambda: clock() + SKEW_S
