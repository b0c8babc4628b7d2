"""Loaded by pytest before Django's settings are, so that no test sees this machine's data, keys or services."""

import os
import shutil
import tempfile
from pathlib import Path

import jurybox._sqlite  # noqa: F401 - before Django loads sqlite3
from tests.environment.postgresql import URL_VARIABLE

FOREIGN = ("JURYBOX_", "ANTHROPIC_", "OPENAI_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
KEY = "signs-nothing-but-what-the-tests-make-in-their-own-databases"


def isolate() -> str:
    """Forget what the environment says about Jurybox, and give this process a data directory of its own.

    The signing key in it is always the same: checks, repeats and sides are drawn with it, and a run that fails should
    fail again.
    """
    for name in list(os.environ):
        if (name.startswith(FOREIGN) and name != URL_VARIABLE) or name.lower() in PROXIES:
            del os.environ[name]
    home = tempfile.mkdtemp(prefix="jurybox-tests-")
    os.environ["JURYBOX_HOME"] = home
    (Path(home) / "secret-key").write_text(KEY)
    return home


HOME = isolate()  # at import: pytest-django reads the settings in the first hook that there is


def pytest_unconfigure() -> None:
    """Remove the data directory."""
    shutil.rmtree(HOME, ignore_errors=True)
