"""What was recorded before a change of the tables is still there after it."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE = [("judges", "0002_triggers"), ("domain", "0002_triggers")]


def test_an_exchange_becomes_the_first_step_of_its_cell(migrations):
    old = migrations(BEFORE)
    project = old.get_model("domain", "Project").objects.create(slug="p", name="P")
    system = old.get_model("domain", "System").objects.create(project=project, name="s", name_key="s")
    prompt = old.get_model("domain", "Prompt").objects.create(project=project, external_id="1", turns=[])
    response = old.get_model("domain", "Response").objects.create(
        project=project, prompt=prompt, system=system, content="c"
    )
    run = old.get_model("judges", "Run").objects.create(project=project, metrics=[{"key": "length"}])
    cell = old.get_model("judges", "Cell").objects.create(
        run=run, response=response, state="done", outcome="unreadable", detail="empty", finished_at=datetime.now(UTC)
    )
    old.get_model("judges", "Exchange").objects.create(cell=cell, reply="said", raw={"a": [1]}, prompt_hash="h" * 64)

    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    new = migrations(leaves)
    exchange = new.get_model("judges", "Exchange").objects.get()
    assert (exchange.cell_id, exchange.step, exchange.outcome, exchange.detail) == (cell.pk, 0, "unreadable", "empty")
    assert (exchange.reply, exchange.raw, exchange.purpose) == ("said", {"a": [1]}, "ask")
