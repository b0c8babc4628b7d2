"""Forms of the pages on which researchers set a campaign up and run it."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib.auth.models import User

from annotation.calibration import BadLine, read_items
from annotation.choosing import Selection, choose, tags_of
from annotation.models import MAX_OVERLAP, Campaign
from annotation.services import create_campaign
from domain.forms import ManyRows
from domain.models import Project, Rubric, System

EXAMPLE = '{"prompt": "support-01", "system_a": "Aster", "system_b": "Birch", "outcome": "A", "why": ""}'


class CampaignForm(forms.Form):
    """A new campaign: the question, what it is asked about, and how many people answer."""

    name = forms.CharField(max_length=120, help_text="Annotators see it. Name no system in it.")
    rubric = forms.ModelChoiceField(
        Rubric.objects.none(), empty_label=None, help_text="It decides whether people compare pairs or rate one answer."
    )
    systems = ManyRows(
        System.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, help_text="None ticked: all."
    )
    tags = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Prompts tagged", help_text="None ticked: all."
    )
    size = forms.IntegerField(
        min_value=1,
        max_value=1_000_000,
        required=False,
        label="Number of items",
        help_text="Drawn evenly over systems or pairs of systems. Empty: everything.",
    )
    overlap = forms.IntegerField(
        min_value=1,
        max_value=MAX_OVERLAP,
        initial=1,
        label="People per item",
        help_text="1 ranks systems with the fewest answers; 3 or more show how far people agree.",
    )
    per_person_cap = forms.IntegerField(min_value=1, required=False, label="Most answers per person")
    guidelines = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 5}), help_text="Markdown, shown beside the rubric's own."
    )
    calibration = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "code", "placeholder": EXAMPLE}),
        label="Calibration items",
        help_text="One JSON object a line. They look like any other item, and never enter a result.",
    )
    seed = forms.IntegerField(
        required=False, min_value=0, max_value=2**31, help_text="The same seed draws the same items. Empty: at random."
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.fields["rubric"].queryset = Rubric.objects.of(project)  # type: ignore[attr-defined]  # of its class
        self.fields["systems"].queryset = System.objects.of(project).filter(retired=False)  # type: ignore[attr-defined]
        self.fields["tags"].choices = [(tag, tag) for tag in tags_of(project)]  # type: ignore[attr-defined]
        if not self.fields["tags"].choices:  # type: ignore[attr-defined]
            del self.fields["tags"]

    def clean_name(self) -> str:
        """Refuse a second campaign of one name."""
        name: str = self.cleaned_data["name"]
        if Campaign.objects.filter(project=self.project, name=name).exists():
            raise forms.ValidationError("There is a campaign of this name already; choose another.")
        return name

    def clean(self) -> dict[str, Any]:
        """Read the calibration items, which need the rubric."""
        data: dict[str, Any] = super().clean() or {}
        if rubric := data.get("rubric"):
            try:
                data["calibration_items"] = read_items(data.get("calibration", ""), self.project, rubric)
            except BadLine as error:
                self.add_error("calibration", str(error))
        return data

    def save(self, user: User) -> Campaign | None:
        """Make the campaign in draft; None, with an error on the form, when the choice leaves no items."""
        data = self.cleaned_data
        seed = data["seed"] if data["seed"] is not None else secrets.randbits(31)
        chosen = tuple(system.pk for system in data["systems"])
        selection = Selection(chosen, tuple(data.get("tags", ())), data["size"], seed)
        items: list[Any] = list(choose(self.project, data["rubric"].kind, selection))
        if not items:
            self.add_error("systems", "No responses with a text match this choice; take more systems or tags.")
            return None
        return create_campaign(
            project=self.project,
            rubric=data["rubric"],
            name=data["name"],
            items=[*items, *data["calibration_items"]],
            overlap=data["overlap"],
            per_person_cap=data["per_person_cap"],
            guidelines=data["guidelines"],
            seed=seed,
            selection=selection.as_json(),
            user=user,
        )
