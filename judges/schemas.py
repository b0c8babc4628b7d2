"""The JSON schema of an answer under a preset, in the subset that all vendors accept; None for answers in text."""

from __future__ import annotations

from typing import Any

from domain.specs import RubricSpec
from judges.answer_shape import LABELS, WRITTEN, Reasons, answer_schema, closed, field_names
from judges.presets.base import TOTAL, Parser, Preset

MET = {"met": 1.0, "not met": 0.0}


def schema_for(preset: Preset, rubric: RubricSpec, reasons: Reasons = Reasons.BEFORE) -> dict[str, Any] | None:
    """Return the schema of the whole answer. It is the same for all cells of a version: vendors compile and keep it."""
    if preset.parser is Parser.OBJECT:
        return answer_schema(rubric, reasons)
    if preset.parser is Parser.CHECKLIST:
        item = closed({"reasons": WRITTEN, "verdict": {"type": "string", "enum": list(MET)}})
        return closed({field: item for field, criterion in field_names(rubric).items() if criterion.key != TOTAL})
    if preset.parser is Parser.RANKS:
        return closed({name: {"type": "integer", "enum": [1, 2]} for name in preset.names})
    label = {"type": "string", "enum": list(LABELS)}
    if preset.parser is Parser.BEST:
        return closed({"reasons": WRITTEN, "best": label})
    if preset.parser is Parser.RANKING:
        group = {"type": "array", "items": label}
        return closed({"reasons": WRITTEN, "ranking": {"type": "array", "items": group}})
    return None
