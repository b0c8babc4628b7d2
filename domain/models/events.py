"""What happened, and who did it: appended to, never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from domain.models.projects import Project


class Event(models.Model):
    """One line of a project's log: an import, a launch, an export, a change of members or of a campaign."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="events")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    action = models.CharField(max_length=60)
    details = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["project", "-id"], name="event_of_project")]

    def __str__(self) -> str:
        return self.action
