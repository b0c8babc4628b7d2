"""Forms of a project and its members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator

from domain.models import Project
from domain.models.projects import Role

MOST_DIGITS = 18  # of an id: every such number fits into 64 bits


class ManyRows(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    """Rows to tick. An id beyond 64 bits is a wrong choice like any other; SQLite cannot even be asked for it."""

    def clean(self, value: Any) -> Any:
        """Return the chosen rows."""
        for one in value or ():
            if len(str(one)) > MOST_DIGITS:
                raise forms.ValidationError(self.error_messages["invalid_pk_value"], params={"pk": str(one)[:40]})
        return super().clean(value)


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A new project."""

    slug = forms.SlugField(
        label="Address",
        required=False,
        max_length=60,
        help_text="The project's part of the address and its name on the command line; made from the name if left out.",
    )

    class Meta:
        model = Project
        fields = ("name", "slug", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"name": "What is rated, as its raters and readers will see it."}

    def clean_slug(self) -> str:
        """Refuse an address that is taken, in words that tell nothing about the project that has it."""
        slug = str(self.cleaned_data["slug"]).lower()
        if slug and Project.objects.filter(slug=slug).exists():
            raise forms.ValidationError(f"The address {slug} is taken; choose another.")
        return slug


class ProjectDetailsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A project's name and description; its address stays, because links and scripts hold it."""

    class Meta:
        model = Project
        fields = ("name", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}


class RoleForm(forms.Form):
    """A member's role."""

    role = forms.ChoiceField(choices=Role.choices)


class MemberForm(RoleForm):
    """Somebody to add, by user name."""

    username = forms.CharField(label="User name", max_length=150, validators=[UnicodeUsernameValidator()])
    create = forms.BooleanField(
        label="Make the account if there is none",
        required=False,
        help_text="You see its first password once, to hand on.",
    )
    field_order = ("username", "role", "create")

    def clean(self) -> dict[str, Any]:
        """Say when nobody has this name."""
        cleaned = super().clean() or {}
        name = cleaned.get("username")
        if not name:
            return cleaned
        cleaned["user"] = User.objects.filter(username=name, is_active=True).first()
        if cleaned["user"] is None and User.objects.filter(username=name).exists():
            self.add_error("username", f"The account {name} is closed; an administrator can open it again.")
        elif cleaned["user"] is None and not cleaned.get("create"):
            self.add_error("username", f"Nobody is called {name} here. Check the spelling, or tick the box to make it.")
        return cleaned
