"""Invariants that a plain constraint cannot say, as triggers, in the dialects of SQLite and PostgreSQL.

Each refuses with an integrity error that begins with the invariant's name. SQLite loses the triggers of a table that a
migration alters (it makes the table anew): such a migration ends with ``reinstalling(INVARIANTS)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython
from django.db.migrations.state import StateApps


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold for a row about to be written, as an SQL condition over ``NEW`` (and ``OLD`` for updates)."""

    name: str
    table: str
    events: tuple[str, ...]
    says: str
    sqlite: str
    postgresql: str

    def create(self, vendor: str) -> list[str]:
        """Return the statements that install the trigger."""
        return self._on_postgresql() if vendor == "postgresql" else self._on_sqlite()

    def drop(self, vendor: str) -> list[str]:
        """Return the statements that remove the trigger."""
        if vendor == "postgresql":
            return [f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}", f"DROP FUNCTION IF EXISTS {self.name}()"]
        return [f"DROP TRIGGER IF EXISTS {self.name}_{event.lower()}" for event in self.events]

    def _on_sqlite(self) -> list[str]:
        return [
            f"CREATE TRIGGER {self.name}_{event.lower()} BEFORE {event} ON {self.table} WHEN NOT ({self.sqlite}) "
            f"BEGIN SELECT RAISE(ABORT, '{self.name}: {self.says}'); END"
            for event in self.events
        ]

    def _on_postgresql(self) -> list[str]:
        return [
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NOT ({self.postgresql}) THEN RAISE EXCEPTION '{self.name}: {self.says}' "
            "USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$ SET enable_seqscan = off",
            f"CREATE TRIGGER {self.name} BEFORE {' OR '.join(self.events)} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.name}()",
        ]


# Every row is looked up by its primary key and compared outside the look-up: with a second condition or a join inside,
# PostgreSQL may choose another index while the tables are small, and keeps that plan as long as the connection lives.
# COALESCE, because a comparison with a row that is not there is unknown, and unknown would pass.
_SCORE_IS_OF_ITS_VERDICT = """
    COALESCE((SELECT c.rubric_id = (SELECT CASE WHEN v.unscored_reason = '' THEN v.rubric_id END
                                    FROM domain_verdict v WHERE v.id = NEW.verdict_id) AND {on_scale}
              FROM domain_criterion c WHERE c.id = NEW.criterion_id), FALSE)"""

_CHOICE_ON_SCALE = """
    c.kind = 'choice' AND NEW.outcome IN ({outcomes})
    AND (NEW.strength IS NULL OR NEW.strength BETWEEN 1 AND c.strengths)"""

_VALUE_ON_SCALE = """
    c.kind = 'score' AND NEW.value IS NOT NULL AND CASE WHEN {count} > 0
        THEN NEW.value IN ({categories}) ELSE NEW.value BETWEEN c.minimum AND c.maximum END"""

_SQLITE_ON_SCALE = "(({}) OR ({}))".format(
    _CHOICE_ON_SCALE.format(outcomes="SELECT value FROM json_each(c.outcomes)"),
    _VALUE_ON_SCALE.format(
        count="json_array_length(c.categories)", categories="SELECT value FROM json_each(c.categories)"
    ),
)
_POSTGRESQL_ON_SCALE = "(({}) OR ({}))".format(
    _CHOICE_ON_SCALE.format(outcomes="SELECT jsonb_array_elements_text(c.outcomes)"),
    _VALUE_ON_SCALE.format(
        count="jsonb_array_length(c.categories)",
        categories="SELECT x::double precision FROM jsonb_array_elements_text(c.categories) x",
    ),
)

_BATTLE_OF_ONE_PROMPT = """
    COALESCE((SELECT a.prompt_id FROM domain_response a WHERE a.id = NEW.response_a_id) = NEW.prompt_id
        AND (SELECT b.prompt_id FROM domain_response b WHERE b.id = NEW.response_b_id) = NEW.prompt_id, FALSE)"""

_SCALE_IS_DECLARED = """
    CASE NEW.kind WHEN 'choice' THEN {length}(NEW.outcomes) >= 2
    ELSE {length}(NEW.categories) >= 2 OR (NEW.minimum IS NOT NULL AND NEW.maximum IS NOT NULL) END"""

_RUBRIC_IS_OPEN = "(SELECT r.frozen_at FROM domain_rubric r WHERE r.id = NEW.rubric_id) IS NULL"

_RUBRIC_KEEPS_ITS_WORDS = (
    "OLD.frozen_at IS NULL OR (NEW.frozen_at IS NOT NULL AND NEW.name = OLD.name AND NEW.version = OLD.version "
    "AND NEW.kind = OLD.kind AND NEW.instructions = OLD.instructions)"
)

INVARIANTS = (
    Invariant(
        name="score_on_scale",
        table="domain_score",
        events=("INSERT", "UPDATE"),
        says="the value must lie on the scale of a criterion of a scored verdict''s rubric",
        sqlite=_SCORE_IS_OF_ITS_VERDICT.format(on_scale=_SQLITE_ON_SCALE),
        postgresql=_SCORE_IS_OF_ITS_VERDICT.format(on_scale=_POSTGRESQL_ON_SCALE),
    ),
    Invariant(
        name="battle_of_one_prompt",
        table="domain_battle",
        events=("INSERT", "UPDATE"),
        says="both responses must answer the prompt of the battle",
        sqlite=_BATTLE_OF_ONE_PROMPT,
        postgresql=_BATTLE_OF_ONE_PROMPT,
    ),
    Invariant(
        name="criterion_scale_declared",
        table="domain_criterion",
        events=("INSERT", "UPDATE"),
        says="a criterion needs two categories or outcomes, or a range",
        sqlite=_SCALE_IS_DECLARED.format(length="json_array_length"),
        postgresql=_SCALE_IS_DECLARED.format(length="jsonb_array_length"),
    ),
    Invariant(
        name="criterion_of_open_rubric",
        table="domain_criterion",
        events=("INSERT", "UPDATE"),
        says="the rubric has been used; make a new version",
        sqlite=_RUBRIC_IS_OPEN,
        postgresql=_RUBRIC_IS_OPEN,
    ),
    Invariant(
        name="rubric_frozen_on_use",
        table="domain_rubric",
        events=("UPDATE",),
        says="the rubric has been used; make a new version",
        sqlite=_RUBRIC_KEEPS_ITS_WORDS,
        postgresql=_RUBRIC_KEEPS_ITS_WORDS,
    ),
)

REMARK_INVARIANTS = (
    Invariant(
        name="remark_field_of_open_rubric",
        table="domain_remarkfield",
        events=("INSERT", "UPDATE"),
        says="the rubric has been used; make a new version",
        sqlite=_RUBRIC_IS_OPEN,
        postgresql=_RUBRIC_IS_OPEN,
    ),
)


def installing(invariants: Sequence[Invariant]) -> RunPython:
    """Return the migration operation that installs these triggers, and on the way back removes them."""
    return RunPython(_installing(invariants), _removing(invariants))


def suspending(invariants: Sequence[Invariant]) -> RunPython:
    """Return the operation that goes before an altered table which triggers of other tables read.

    SQLite refuses to make such a table anew while they stand. ``installing`` must end the same migration, with the
    triggers as they are from then on.
    """
    return RunPython(_removing(invariants), _installing(invariants))


def reinstalling(invariants: Sequence[Invariant]) -> RunPython:
    """Return the operation that brings triggers back after a migration that altered one of their tables."""
    return RunPython(_installing(invariants), RunPython.noop)


Operation = Callable[[StateApps, BaseDatabaseSchemaEditor], None]


def _installing(invariants: Sequence[Invariant]) -> Operation:
    def install(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        vendor = schema_editor.connection.vendor
        _execute(schema_editor, [one.drop(vendor) + one.create(vendor) for one in invariants])

    return install


def _removing(invariants: Sequence[Invariant]) -> Operation:
    def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        _execute(schema_editor, [one.drop(schema_editor.connection.vendor) for one in invariants])

    return remove


def _execute(schema_editor: BaseDatabaseSchemaEditor, statements: Iterable[list[str]]) -> None:
    for group in statements:
        for statement in group:
            schema_editor.execute(statement)
