"""What the database refuses about judges and a plain constraint cannot say; see domain.triggers."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from domain.triggers import Invariant

_CONTENT = (
    "project_id", "protocol", "prompt_version", "provider", "model", "base_url", "dialect", "rubric_id",
    "schema_hash", "content_hash", "rater_id",
)  # fmt: skip
_KEEPS = " AND ".join(f"NEW.{name} = OLD.{name}" for name in _CONTENT)

INVARIANTS = (
    Invariant(
        name="judge_version_is_frozen",
        table="judges_judgeversion",
        events=("UPDATE",),
        says="a judge version never changes; make a new one",
        sqlite=f"{_KEEPS} AND NEW.parameters = OLD.parameters",
        postgresql=f"{_KEEPS} AND NEW.parameters::text = OLD.parameters::text",
    ),
)


def install(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers: the migration's way forward."""
    for invariant in INVARIANTS:
        for statement in invariant.create(schema_editor.connection.vendor):
            schema_editor.execute(statement)


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers: the migration's way back."""
    for invariant in INVARIANTS:
        for statement in invariant.drop(schema_editor.connection.vendor):
            schema_editor.execute(statement)


def reinstall(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Bring the triggers back after a migration that altered one of their tables."""
    remove(apps, schema_editor)
    install(apps, schema_editor)
