"""Forms: a panel made of judges on record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from domain.models import Project
from judges.course import Course, Rule
from judges.models import JudgeVersion
from judges.parameters import BadVersion, Parameters
from judges.versions import PANEL, PanelDraft, check_panel

PLACES = ("First", "Second", "Third", "Fourth", "Fifth")
LEAST = 2


class JudgeChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes none when it runs
    """A judge by its name, with what tells it from others."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the line of a judge in the list."""
        return f"{obj.label} ({obj.model}, {obj.rubric})"


class PanelForm(forms.Form):
    """Put judges together: a jury is asked as a whole, a cascade one by one until a judge is sure."""

    name = forms.CharField(max_length=120, help_text="What tables call it.")
    combination = forms.ChoiceField(
        label="How they answer together",
        widget=forms.RadioSelect,
        choices=[
            ("jury", "Jury: all are asked, and their answers are put together"),
            ("cascade", "Cascade: the next is asked only where the one before was not sure"),
        ],
        initial="jury",
    )
    rule = forms.ChoiceField(
        label="A jury’s answers become one by", required=False,
        choices=[("", "majority"), (Rule.MEDIAN.value, "their median"), (Rule.MEAN.value, "their mean")],
        help_text="Of choices only a majority can be taken. Where none is found, the item has no verdict.",
    )  # fmt: skip
    sure = forms.FloatField(
        label="A cascade stops from this probability on", required=False, min_value=0.01, max_value=1,
        help_text=f"Where a judge tells probabilities. Left out, {Course().sure:g}. "
        "A tie and a slight preference are never sure.",
    )  # fmt: skip

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        judges = panel_judges(project)
        for place, ordinal in enumerate(PLACES):
            self.fields[f"judge_{place}"] = JudgeChoice(
                queryset=judges, label=f"{ordinal} judge", required=place < LEAST, empty_label="nobody"
            )

    @property
    def seats(self) -> list[forms.BoundField]:
        """Return the fields of the judges, in the order in which they are asked."""
        return [self[f"judge_{place}"] for place in range(len(PLACES))]

    def clean(self) -> dict[str, Any]:
        """Refuse what cannot be a panel, in the words of judges.versions."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            check_panel(self.project, self.draft())
        except BadVersion as problem:
            raise ValidationError(str(problem)) from None
        return cleaned

    def draft(self) -> PanelDraft:
        """Return what was described."""
        data = self.cleaned_data
        is_jury = data["combination"] == JudgeVersion.Combination.JURY
        chosen = [data.get(f"judge_{place}") for place in range(len(PLACES))]
        return PanelDraft(
            name=data["name"],
            combination=data["combination"],
            members=[judge for judge in chosen if judge is not None],
            parameters=Parameters(
                rule=(data["rule"] or None) if is_jury else None, sure=None if is_jury else data["sure"]
            ),
        )


def panel_judges(project: Project) -> Any:
    """Return the judges that can sit on a panel."""
    usable = JudgeVersion.objects.of(project).exclude(provider=PANEL)
    return usable.exclude(protocol=JudgeVersion.Protocol.LISTWISE)
