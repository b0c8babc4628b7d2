"""Invariants of annotation that a plain constraint cannot say; see domain.triggers for how they are installed."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from domain.triggers import Invariant

_RUBRIC_OF_PROJECT = (
    "EXISTS (SELECT 1 FROM domain_rubric r WHERE r.id = NEW.rubric_id AND r.project_id = NEW.project_id)"
)

_TARGET_FITS = """
    EXISTS (SELECT 1 FROM annotation_campaign c JOIN domain_rubric r ON r.id = c.rubric_id
            WHERE c.id = NEW.campaign_id AND CASE r.kind
            WHEN 'choice' THEN EXISTS (SELECT 1 FROM domain_battle b
                                       WHERE b.id = NEW.battle_id AND b.project_id = c.project_id)
            ELSE EXISTS (SELECT 1 FROM domain_response s
                         WHERE s.id = NEW.response_id AND s.project_id = c.project_id) END)"""

_SLOT_FITS = """
    EXISTS (SELECT 1 FROM annotation_item i WHERE i.id = NEW.item_id AND i.campaign_id = NEW.campaign_id
            AND (NEW.slot IS NULL OR NEW.slot <= i.overlap))"""


def _invariant(name: str, table: str, events: tuple[str, ...], says: str, condition: str) -> Invariant:
    return Invariant(name=name, table=table, events=events, says=says, sqlite=condition, postgresql=condition)


INVARIANTS = (
    _invariant(
        "campaign_rubric_of_project",
        "annotation_campaign",
        ("INSERT", "UPDATE"),
        "the rubric must belong to the project",
        _RUBRIC_OF_PROJECT,
    ),
    _invariant(
        "campaign_keeps_its_rubric",
        "annotation_campaign",
        ("UPDATE",),
        "the rubric of a campaign does not change",
        "NEW.rubric_id = OLD.rubric_id AND NEW.project_id = OLD.project_id",
    ),
    _invariant(
        "item_target_fits",
        "annotation_item",
        ("INSERT", "UPDATE"),
        "an item must be of the project, and a battle or a response as the rubric asks",
        _TARGET_FITS,
    ),
    _invariant(
        "assignment_slot_within_overlap",
        "annotation_assignment",
        ("INSERT", "UPDATE"),
        "the slot must lie within the overlap of an item of the campaign",
        _SLOT_FITS,
    ),
)


def install(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers: the migration's way forward."""
    vendor = schema_editor.connection.vendor
    for invariant in INVARIANTS:
        for statement in invariant.create(vendor):
            schema_editor.execute(statement)
        if vendor == "postgresql":
            # A connection keeps the plan it made while the tables were small: with a scan in it, loading 100,000 items
            # takes minutes. Every look-up here is by primary key.
            schema_editor.execute(f"ALTER FUNCTION {invariant.name}() SET enable_seqscan = off")


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers: the migration's way back."""
    for invariant in INVARIANTS:
        for statement in invariant.drop(schema_editor.connection.vendor):
            schema_editor.execute(statement)


def reinstall(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Bring the triggers back after a migration that altered one of their tables."""
    remove(apps, schema_editor)
    install(apps, schema_editor)
