"""Batches: calls handed to a provider together, answered within a day at half the price."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from judges.models.runs import Run


class Batch(models.Model):
    """One job at a provider. Its calls are the ledger's entries that name it; their cells stay leased meanwhile."""

    class State(models.TextChoices):
        """How far it is."""

        SUBMITTING = "submitting", "being handed in"
        WAITING = "waiting", "with the provider"
        ENDED = "ended", "ended"
        FAILED = "failed", "failed"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="batches")
    vendor_id = models.CharField(max_length=200, blank=True, help_text="The provider's name of the job.")
    state = models.CharField(max_length=10, choices=State, default=State.SUBMITTING)
    detail = models.CharField(max_length=500, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="Calls handed in.")
    submitted_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["submitting", "waiting", "ended", "failed"]), name="batch_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk} of run {self.run_id}"
