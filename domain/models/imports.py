"""Imports: what came in together, and is seen together or not at all."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from domain.models.projects import Project


class Import(models.Model):
    """One import of files. Its rows are hidden while it is loading and appear by one last update of ``state``."""

    class State(models.TextChoices):
        """How far it came; only the rows of a finished import can be seen."""

        LOADING = "loading", "loading"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="imports")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.LOADING)
    files = models.JSONField(default=list, help_text="Name, size and SHA-256 of each file.")
    format = models.CharField(max_length=20)
    options = models.JSONField(default=dict, blank=True)
    rows_read = models.PositiveBigIntegerField(default=0)
    rows_total = models.PositiveBigIntegerField(null=True, blank=True)
    counts = models.JSONField(default=dict, blank=True, help_text="New rows by table.")
    errors = models.JSONField(default=list, blank=True, help_text="The first rejected rows; error_count has them all.")
    error_count = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    alive_at = models.DateTimeField(auto_now_add=True, help_text="Last sign of life of the loading process.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["loading", "done", "failed", "cancelled"]), name="import_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["project"], condition=Q(state="loading"), name="import_one_loading_per_project"
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.pk} ({self.state})"
