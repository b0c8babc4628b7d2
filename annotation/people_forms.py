"""Forms for who is asked: members, groups with quotas, links, and how somebody joins by one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotation.models import AnnotatorGroup, Campaign, CampaignGroup
from domain.access import roles_that
from domain.forms import ManyRows
from domain.models import Project

MOST_LINKS = 200
MOST_USES = 100_000


def people_of(project: Project) -> QuerySet[User]:
    """Return the members who may annotate."""
    return User.objects.filter(
        memberships__project=project, memberships__role__in=roles_that("annotate"), is_active=True
    ).order_by("username")


class AnnotatorsForm(forms.Form):
    """Who may rate in a campaign."""

    everyone = forms.BooleanField(required=False, label="Every member of the project who may annotate")
    people = ManyRows(User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="Or only these")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = people_of(project)  # type: ignore[attr-defined]  # of its class


class GroupForm(forms.Form):
    """A named group and who is in it."""

    name = forms.CharField(max_length=120, help_text="Such as native speakers, or nurses. Annotators never see it.")
    members = ManyRows(User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, project: Project, group: AnnotatorGroup | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.group = project, group
        self.fields["members"].queryset = people_of(project)  # type: ignore[attr-defined]  # of its class

    def clean_name(self) -> str:
        """Refuse a second group of one name."""
        name: str = self.cleaned_data["name"]
        others = AnnotatorGroup.objects.filter(project=self.project, name=name)
        if self.group is not None:
            others = others.exclude(pk=self.group.pk)
        if others.exists():
            raise forms.ValidationError("There is a group of this name already; choose another.")
        return name


class QuotasForm(forms.Form):
    """Which groups may rate in a campaign: a box for each, and the most answers that it may give."""

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = list(AnnotatorGroup.objects.filter(project=campaign.project_id))
        asked: dict[int, CampaignGroup] = {row.group_id: row for row in campaign.campaign_groups.all()}
        for group in self.groups:
            row = asked.get(group.pk)
            box = forms.BooleanField(required=False, initial=row is not None, label=group.name)
            most = forms.IntegerField(
                required=False, min_value=1, max_value=2**31 - 1, initial=row.quota if row else None, label="Quota"
            )
            self.fields[f"group-{group.pk}"], self.fields[f"quota-{group.pk}"] = box, most
            most.widget.attrs["aria-label"] = f"Most answers of {group.name}"
        self.taken = {pk: row.taken for pk, row in asked.items()}

    def rows(self) -> list[dict[str, Any]]:
        """Return what a table of the groups shows."""
        return [
            {
                "group": group,
                "box": self[f"group-{group.pk}"],
                "quota": self[f"quota-{group.pk}"],
                "taken": self.taken.get(group.pk),
            }
            for group in self.groups
        ]

    def quotas(self) -> dict[AnnotatorGroup, int | None]:
        """Return the quota of each ticked group."""
        data = self.cleaned_data
        return {group: data[f"quota-{group.pk}"] for group in self.groups if data[f"group-{group.pk}"]}


class InvitesForm(forms.Form):
    """New links to a campaign."""

    links = forms.IntegerField(
        min_value=1, max_value=MOST_LINKS, initial=1, label="How many links", help_text="Each has its own secret."
    )
    max_uses = forms.IntegerField(
        min_value=1, max_value=MOST_USES, initial=1, label="Uses of each", help_text="1 lets one person in."
    )
    days = forms.IntegerField(min_value=1, max_value=365, initial=14, label="Days they work")
    group = forms.ModelChoiceField(
        AnnotatorGroup.objects.none(), required=False, empty_label="no group", help_text="Who comes in joins it."
    )
    note = forms.CharField(max_length=200, required=False, help_text="Whom it is for; only researchers see it.")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = AnnotatorGroup.objects.filter(project=project)  # type: ignore[attr-defined]


class RecruiterForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Where paid workers come from, and the codes that send them back."""

    class Meta:
        model = Campaign
        fields = ("recruiter", "completion_code", "screened_code")
        help_texts = {
            "completion_code": "Shown to who is through. On Prolific: the study's completion code.",
            "screened_code": "Shown instead to who was stopped or did not pass the qualification.",
        }
        labels = {"recruiter": "Workers come from", "screened_code": "Screened-out code"}

    def clean(self) -> dict[str, Any]:
        """Workers go back with a code, or nobody can pay them."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("recruiter") and not data.get("completion_code"):
            self.add_error("completion_code", "Give the code with which workers show that they are through.")
        return data


class StudyLinkForm(forms.Form):
    """The link that a recruiter gives to its workers."""

    max_uses = forms.IntegerField(
        min_value=1, max_value=MOST_USES, initial=100, label="Workers", help_text="The most who can start."
    )
    days = forms.IntegerField(min_value=1, max_value=365, initial=30, label="Days it works")


class JoinForm(UserCreationForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A new account, by a link."""

    agree = forms.BooleanField(label=_("I have read what is kept about me, and take part."))

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username",)
        help_texts = {"username": _("Researchers of this project see it. It need not be your real name.")}
