"""Invariants of annotation that a plain constraint cannot say; see domain.triggers for how they are installed."""

from __future__ import annotations

from domain.triggers import Invariant

# Every row is looked up by its primary key and compared outside the look-up. With a second condition inside, PostgreSQL
# may choose that one's index while the tables are small and keep the plan for the life of the connection: loading
# 100,000 items then takes minutes instead of seconds.
_RUBRIC_OF_PROJECT = (
    "COALESCE((SELECT r.project_id FROM domain_rubric r WHERE r.id = NEW.rubric_id) = NEW.project_id, FALSE)"
)

_FIRST_TARGET_FITS = """
    COALESCE((SELECT c.project_id = CASE r.kind
              WHEN 'choice' THEN (SELECT b.project_id FROM domain_battle b WHERE b.id = NEW.battle_id)
              ELSE (SELECT s.project_id FROM domain_response s WHERE s.id = NEW.response_id) END
              FROM annotation_campaign c JOIN domain_rubric r ON r.id = c.rubric_id
              WHERE c.id = NEW.campaign_id), FALSE)"""

_TARGET_FITS = """
    COALESCE((SELECT c.project_id = CASE
              WHEN r.kind = 'score' THEN (SELECT s.project_id FROM domain_response s WHERE s.id = NEW.response_id)
              WHEN NEW.prompt_id IS NULL THEN (SELECT b.project_id FROM domain_battle b WHERE b.id = NEW.battle_id)
              ELSE (SELECT p.project_id FROM domain_prompt p WHERE p.id = NEW.prompt_id) END
              FROM annotation_campaign c JOIN domain_rubric r ON r.id = c.rubric_id
              WHERE c.id = NEW.campaign_id), FALSE)"""

_TASK_FITS = """
    COALESCE((SELECT CASE r.kind WHEN 'score' THEN NEW.task = 'direct' ELSE NEW.task <> 'direct' END
              FROM domain_rubric r WHERE r.id = NEW.rubric_id), FALSE)"""

# Another version of the rubric is a revision; another rubric would be another campaign.
_RUBRIC_STAYS = """
    NEW.project_id = OLD.project_id AND (NEW.rubric_id = OLD.rubric_id OR COALESCE(
        (SELECT r.name FROM domain_rubric r WHERE r.id = NEW.rubric_id)
        = (SELECT r.name FROM domain_rubric r WHERE r.id = OLD.rubric_id)
        AND (SELECT r.kind FROM domain_rubric r WHERE r.id = NEW.rubric_id)
        = (SELECT r.kind FROM domain_rubric r WHERE r.id = OLD.rubric_id), FALSE))"""

_SLOT_FITS = """
    COALESCE((SELECT i.campaign_id = NEW.campaign_id AND (NEW.slot IS NULL OR NEW.slot <= i.overlap)
              FROM annotation_item i WHERE i.id = NEW.item_id), FALSE)"""


def _invariant(name: str, table: str, events: tuple[str, ...], says: str, condition: str) -> Invariant:
    return Invariant(name=name, table=table, events=events, says=says, sqlite=condition, postgresql=condition)


_COMMON = (
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
        "a campaign changes to other versions of its rubric, not to another rubric",
        _RUBRIC_STAYS,
    ),
    _invariant(
        "assignment_slot_within_overlap",
        "annotation_assignment",
        ("INSERT", "UPDATE"),
        "the slot must lie within the overlap of an item of the campaign",
        _SLOT_FITS,
    ),
)
_TARGET = ("item_target_fits", "annotation_item", ("INSERT", "UPDATE"))

# As the first migration installed them, on tables that knew no lists.
FIRST_INVARIANTS = (
    *_COMMON,
    _invariant(
        *_TARGET, "an item must be of the project, and a battle or a response as the rubric asks", _FIRST_TARGET_FITS
    ),
)

INVARIANTS = (
    *_COMMON,
    _invariant(
        *_TARGET, "an item must be of the project, and a battle, a list or a response as the rubric asks", _TARGET_FITS
    ),
    _invariant(
        "campaign_task_fits_rubric",
        "annotation_campaign",
        ("INSERT", "UPDATE"),
        "single responses are rated with scores; everything else compares",
        _TASK_FITS,
    ),
)
