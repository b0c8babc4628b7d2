"""What a program's token may reach."""

from __future__ import annotations

from django.db import models
from knox.models import AuthToken

from domain.models.projects import Project


class TokenScope(models.Model):
    """Limits a token to one project. A token without a row reaches all that its owner does.

    The row outlives its project: a token that was for one project is never one for all.
    """

    token = models.OneToOneField(AuthToken, on_delete=models.CASCADE, primary_key=True, related_name="scope")
    project = models.ForeignKey(
        Project, on_delete=models.SET_NULL, null=True, related_name="token_scopes", help_text="Empty: it was deleted."
    )

    def __str__(self) -> str:
        return f"token for {self.project or 'a project that is gone'}"
