"""Batches: calls handed to a provider together, answered within a day at half the price."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from judges.models.runs import Run


class Batch(models.Model):
    """One job at a provider. Its calls are the ledger's entries that name it; their cells stay leased meanwhile.

    Whoever looks at it moves ``due_at`` first: of two processes one does it, and none if both die but for a while.
    """

    class State(models.TextChoices):
        """How far it is."""

        SUBMITTING = "submitting", "being handed in"
        WAITING = "waiting", "with the provider"
        CANCELLING = "cancelling", "being cancelled"
        ENDED = "ended", "ended"
        FAILED = "failed", "failed"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="batches")
    place = models.PositiveSmallIntegerField(default=0, help_text="Which judge of a panel is asked.")
    vendor_id = models.CharField(max_length=200, blank=True, help_text="The provider's name of the job.")
    state = models.CharField(max_length=10, choices=State, default=State.SUBMITTING)
    detail = models.CharField(max_length=500, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="Calls handed in.")
    answered = models.PositiveIntegerField(default=0, help_text="Calls that the provider says it has answered.")
    due_at = models.DateTimeField(null=True, blank=True, help_text="When somebody must look at it next.")
    submitted_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["submitting", "waiting", "cancelling", "ended", "failed"]),
                name="batch_state_is_known",
            ),
        ]
        indexes = [models.Index(fields=["run", "due_at"], condition=Q(due_at__isnull=False), name="batch_due")]

    def __str__(self) -> str:
        return f"batch {self.pk} of run {self.run_id}"
