"""The record: who rates what, and what they said. DESIGN: docs/data.md says what the numbers mean."""

from domain.models.events import Event
from domain.models.imports import Import
from domain.models.material import Battle, Prompt, Rendered, Response, System
from domain.models.projects import Membership, Project
from domain.models.rubrics import Criterion, RemarkField, Rubric
from domain.models.tokens import TokenScope
from domain.models.verdicts import Rater, Rationale, Remark, Score, Verdict

__all__ = [
    "Battle",
    "Criterion",
    "Event",
    "Import",
    "Membership",
    "Project",
    "Prompt",
    "Rater",
    "Rationale",
    "Remark",
    "RemarkField",
    "Rendered",
    "Response",
    "Rubric",
    "Score",
    "System",
    "TokenScope",
    "Verdict",
]
