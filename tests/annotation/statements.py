"""How many statements something takes."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK")


def statements(captured):
    return [query["sql"] for query in captured if not query["sql"].startswith(CONTROL)]


def counted(action, *args, **kwargs):
    with CaptureQueriesContext(connection) as captured:
        result = action(*args, **kwargs)
    return result, len(statements(captured))
