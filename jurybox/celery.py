"""The Celery application of workers: ``celery -A jurybox worker``, or ``jurybox worker --engine celery``.

The web server needs no part of this: it sends messages by itself (judges.engines.celery).
"""

from __future__ import annotations

import os

import jurybox._sqlite  # noqa: F401 - before Django loads sqlite3

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jurybox.settings")

import django

django.setup()

from django.db.backends.signals import connection_created  # noqa: E402

from judges.engines.celery import worker_app  # noqa: E402 - it needs the models
from judges.worker import give_way  # noqa: E402

connection_created.connect(give_way)
app = worker_app()
