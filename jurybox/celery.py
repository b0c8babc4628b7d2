"""The Celery application of workers: ``celery -A jurybox worker``, or ``jurybox worker --engine celery``.

The web server needs no part of this: it sends messages by itself (judges.engines.celery).
"""

from __future__ import annotations

import os

import jurybox._sqlite  # noqa: F401 - before Django loads sqlite3

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jurybox.settings")

import django

django.setup()

from judges.engines.celery import worker_app  # noqa: E402 - it needs the models

app = worker_app()
