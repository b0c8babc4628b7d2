"""What the tests need beyond Python: a PostgreSQL server, a Redis server and a Chromium."""

import os


def must_be_complete() -> bool:
    """Return whether a missing program is a failure: on a CI machine nobody reads the reason of a skip."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")
