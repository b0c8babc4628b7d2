"""Fixtures that every test may use; see also tests/environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from sqlite3 import sqlite_version
from typing import Any

import hypothesis
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps
from playwright.sync_api import BrowserContext, Playwright
from pytest_django.live_server_helper import LiveServer

from tests.environment import must_be_complete
from tests.environment.chromium import LAUNCH, PACKAGES, PageWatch, find_chromium
from tests.environment.redis import broker, find_redis

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback"}
BROWSER_FIXTURES = {"browser", "context", "new_context", "page"}

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("jurybox", hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("jurybox")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="run only what another database could change: tests that use it, but not those in a browser",
    )


def pytest_report_header() -> str:
    return f"database: {connection.vendor}" + (f" {sqlite_version}" if connection.vendor == "sqlite" else "")


def pytest_itemcollected(item: pytest.Item) -> None:
    if _fixtures(item) & BROWSER_FIXTURES:
        item.add_marker("browser")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests in a browser last, and leave only the database's where that is asked."""
    # From the first of them on, Playwright's event loop runs in this thread, and asyncio.run() refuses a second one.
    items.sort(key=_in_browser)
    if config.getoption("--database-only"):
        left_out = [item for item in items if not _depends_on_database(item)]
        items[:] = [item for item in items if _depends_on_database(item)]
        config.hook.pytest_deselected(items=left_out)


def _depends_on_database(item: pytest.Item) -> bool:
    uses_it = item.get_closest_marker("django_db") is not None or bool(_fixtures(item) & DATABASE_FIXTURES)
    return uses_it and not _in_browser(item)


def _in_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


def _fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of this machine's Chromium; without one, skip with the reason, or fail on a CI machine."""
    path = find_chromium()
    if path is None:
        reason = f"no Chromium that runs: install {', '.join(PACKAGES)}, or set CHROMIUM to the path of one"
        if must_be_complete():
            pytest.fail(reason)
        pytest.skip(reason)
    # Playwright's event loop is about to run in the thread of the tests, where Django would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return path


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """Return the address of a broker of these tests; without one, skip with the reason, or fail on a CI machine.

    It is a Redis of their own, or what TEST_BROKER_URL names: an empty RabbitMQ, say.
    """
    if named := os.environ.get("TEST_BROKER_URL"):
        yield named
        return
    program = find_redis()
    if program is None:
        if must_be_complete():
            pytest.fail("no redis-server: install it, or set REDIS_SERVER to the path of one")
        pytest.skip("no redis-server: install it, or set REDIS_SERVER to the path of one")
    with broker(program) as url:
        yield url


@pytest.fixture(scope="session")
def playwright(chromium: str, playwright: Playwright) -> Playwright:
    """Start Playwright only where there is something to drive."""
    return playwright


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium: str, browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, **LAUNCH, "executable_path": chromium}


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    """Let ``page.goto`` take a path."""
    return live_server.url


@pytest.fixture
def page_watch(live_server: LiveServer) -> Iterator[PageWatch]:
    """Fail the test when a page did what none of ours may do; see PageWatch."""
    watch = PageWatch(live_server.url)
    yield watch
    assert not watch.problems, "\n".join(["in the browser:", *watch.problems])


@pytest.fixture
def new_context(page_watch: PageWatch, new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Open the browser of one more person, watched; its pages take addresses without the server's part."""

    def open_context(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.set_default_timeout(10_000)
        page_watch.watch(context)
        return context

    return open_context


@pytest.fixture
def migrations(transactional_db: None) -> Iterator[Callable[[list[tuple[str, str]]], StateApps]]:
    """Move the tables to a point in their history, and back to the present afterwards."""

    def to(targets: list[tuple[str, str]]) -> StateApps:
        MigrationExecutor(connection).migrate(targets)
        return MigrationExecutor(connection).loader.project_state(targets).apps

    yield to
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
