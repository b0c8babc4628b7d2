"""Forms for what may change in a campaign that is under way."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils import timezone

from annotation.choosing import tags_of
from annotation.models import MAX_OVERLAP, Campaign


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A campaign's settings. Guidelines are among them in a draft; later a change of them is a revision."""

    class Meta:
        model = Campaign
        fields = (
            "name", "guidelines", "closes_at", "per_person_cap", "break_after_minutes", "lease_minutes",
            "confidence", "rationale", "pay_per_answer", "pay_per_hour", "currency",
        )  # fmt: skip
        labels = {
            "closes_at": "Deadline",
            "per_person_cap": "Most answers per person",
            "break_after_minutes": "Offer a break after",
            "lease_minutes": "A task is kept for",
            "confidence": "How sure they are, 1 to 5",
            "rationale": "Why, in their words",
            "pay_per_hour": "or per hour",
        }
        help_texts = {
            "name": "Annotators see it. Name no system in it.",
            "break_after_minutes": "Minutes.",
            "confidence": "",
            "rationale": "",
            "lease_minutes": "Minutes; then it passes to another person.",
        }
        widgets = {
            "guidelines": forms.Textarea(attrs={"rows": 6}),
            "closes_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.state != Campaign.State.DRAFT:
            del self.fields["guidelines"]
        for name in ("pay_per_answer", "pay_per_hour"):
            self.fields[name].validators.append(MinValueValidator(0, "Pay is 0 or more."))
            self.fields[name].widget.attrs["min"] = 0

    def clean_name(self) -> str:
        """Refuse the name of another campaign."""
        name: str = self.cleaned_data["name"]
        others = Campaign.objects.filter(project=self.instance.project_id, name=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError("There is a campaign of this name already; choose another.")
        return name

    def clean_closes_at(self) -> Any:
        """Refuse a new deadline that has passed; to end a campaign now, close it."""
        closes = self.cleaned_data["closes_at"]
        if closes is not None and "closes_at" in self.changed_data and closes <= timezone.now():
            raise forms.ValidationError("This has passed already. Choose a later time, or close the campaign.")
        return closes

    def clean(self) -> dict[str, Any]:
        """Pay is by the answer or by the hour."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("pay_per_answer") is not None and data.get("pay_per_hour") is not None:
            self.add_error("pay_per_hour", "Pay by the answer or by the hour, not both.")
        return data


class OverlapForm(forms.Form):
    """More people per item."""

    overlap = forms.IntegerField(min_value=1, max_value=MAX_OVERLAP, label="People per item")


class PriorityForm(forms.Form):
    """What is asked sooner."""

    tag = forms.ChoiceField(label="Prompts tagged")
    priority = forms.TypedChoiceField(
        coerce=int, choices=[(1, "sooner than the others"), (0, "like the others"), (-1, "after the others")], initial=1
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tag"].choices = [(tag, tag) for tag in tags_of(campaign.project)]  # type: ignore[attr-defined]
