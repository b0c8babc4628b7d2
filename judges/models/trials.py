"""Trials: single calls to judges that are still being written. Each is on the books, and none is in any number."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from domain.models import Project, Prompt
from judges.models.cells import Cell


class TrialCall(models.Model):
    """One item asked of a judge that need not be on record: what was said, and what it cost.

    It has no run, no cell and no verdict, so that nothing can count it. It is written with its reservation before the
    call and settled after it, like an entry of the ledger; one that stays open had its process die.
    """

    class State(models.TextChoices):
        """What is known about its cost."""

        OPEN = "open", "under way"
        SETTLED = "settled", "settled"
        UNKNOWN = "unknown", "unknown: no answer told us"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="judge_trials")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    name = models.CharField(max_length=120)
    content_hash = models.CharField(max_length=64, help_text="Of the version that was described.")
    sent = models.JSONField(default=dict, blank=True, help_text="Settings: asked for, sent and withheld.")
    rubric = models.CharField(max_length=200)
    about = models.ForeignKey(Prompt, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    system = models.TextField(blank=True)
    prompt = models.TextField(blank=True)
    reply = models.TextField(blank=True)
    outcome = models.CharField(max_length=10, choices=Cell.Outcome, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    reading = models.JSONField(default=dict, blank=True, help_text="As in an exchange.")
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    reserved_nusd = models.PositiveBigIntegerField(null=True, blank=True, help_text="The most it can cost, if known.")
    cost_nusd = models.PositiveBigIntegerField(null=True, blank=True)
    usage = models.JSONField(default=dict, blank=True)
    model = models.CharField(max_length=200, blank=True, help_text="The model that the provider says it was.")
    request_id = models.CharField(max_length=200, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    price = models.CharField(max_length=80, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["open", "settled", "unknown"]), name="trial_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"trial {self.pk}"
