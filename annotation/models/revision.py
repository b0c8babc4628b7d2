"""Answers that a revision of guidelines or rubric has called into question, as they were before it."""

from __future__ import annotations

from django.db import models

from annotation.models.campaigns import GuidelineVersion
from annotation.models.items import Assignment
from domain.models import Verdict


class RevisedAnswer(models.Model):
    """One answer, and what one revision did to it: set aside as a whole, or kept for the criteria that still hold.

    A turn that is set aside has lost its place. Its person may be asked the item again, on the same turn: what the turn
    said until then is kept here, for undoing the revision, for the raw export and for pay.
    """

    version = models.ForeignKey(GuidelineVersion, on_delete=models.CASCADE, related_name="revised")
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="revisions")
    is_set_aside = models.BooleanField(help_text="Else it counts for what still holds of it.")
    before = models.ForeignKey(
        Verdict,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="What counted before.",
    )
    after = models.ForeignKey(
        Verdict, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="What counts instead."
    )
    guidelines = models.PositiveIntegerField(default=0, help_text="The version under which it was given.")
    worked_ms = models.PositiveIntegerField(null=True, blank=True)
    turn = models.JSONField(default=dict, help_text="The turn's columns until then.")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "assignment"], name="revised_answer_once_per_version"),
        ]

    def __str__(self) -> str:
        return f"answer {self.assignment_id}, revised by {self.version_id}"
