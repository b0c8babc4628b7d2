"""Forms: which two judge versions are compared."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from judges.models import JudgeVersion


class CompareForm(forms.Form):
    """Choose two versions of a project."""

    a = forms.ModelChoiceField(queryset=JudgeVersion.objects.none(), label="Judge", empty_label=None)
    b = forms.ModelChoiceField(queryset=JudgeVersion.objects.none(), label="with", empty_label=None)

    def __init__(self, versions: QuerySet[JudgeVersion], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("a", "b"):
            self.fields[name].queryset = versions  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a version beside itself."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and cleaned["a"] == cleaned["b"]:
            raise ValidationError("That is one and the same judge: choose two.")
        return cleaned
