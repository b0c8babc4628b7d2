"""What the database refuses about judges and a plain constraint cannot say; see domain.triggers."""

from __future__ import annotations

from domain.triggers import Invariant

_CONTENT = (
    "project_id", "protocol", "preset", "combination", "prompt_version", "provider", "model", "base_url",
    "dialect", "rubric_id", "schema_hash", "content_hash", "rater_id",
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
