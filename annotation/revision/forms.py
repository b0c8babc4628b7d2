"""What a researcher says about a revision: the new words, why, and which earlier answers it takes back."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms

from annotation.choosing import tags_of
from annotation.models import ROLES, Campaign, Item
from annotation.revision.comparing import Comparison, compare
from annotation.revision.publishing import scope_of_move
from annotation.revision.scope import Effect, Scope
from annotation.revision.wording import plain_lines
from annotation.rubrics import spec_of
from domain.models import Prompt, Rubric

MOST_TEXT = 50_000
ASK, KEEP = "ask", "keep"
BECOMES = [
    (ASK, "It is set aside as a whole, and its item is asked again"),
    (KEEP, "It stays with its other ratings; the rest is missing, and nobody is asked again"),
]


class NoteForm(forms.Form):
    """What every revision says."""

    note = forms.CharField(
        max_length=1000,
        label="What changed",
        help_text="In a sentence. Annotators read it before their next task. Name no system in it.",
        widget=forms.TextInput(),
    )


class GuidelinesForm(NoteForm):
    """New guidelines. A clarification takes nothing back; else what it takes back is chosen."""

    text = forms.CharField(
        required=False,
        strip=False,
        max_length=MOST_TEXT,
        label="Guidelines",
        help_text="Markdown.",
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    takes = forms.ChoiceField(
        label="Earlier answers",
        initial="nothing",
        choices=[("nothing", "stay: this only says it more clearly"), ("answers", "are taken back, as chosen here")],
        widget=forms.RadioSelect,
    )
    criteria = forms.MultipleChoiceField(
        required=False,
        label="To which criteria",
        help_text="None ticked: to all of them.",
        widget=forms.CheckboxSelectMultiple,
    )
    tag = forms.ChoiceField(required=False, label="About prompts tagged")
    prompts = forms.CharField(
        required=False,
        label="About these prompts",
        help_text="Their ids, one per line. Nothing here and no tag: about all items.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    becomes = forms.ChoiceField(
        required=False, label="An answer that loses some of its ratings", choices=BECOMES, widget=forms.RadioSelect
    )
    field_order = ("text", "note", "takes", "criteria", "tag", "prompts", "becomes")

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"text": campaign.guidelines, "becomes": ASK})
        super().__init__(*args, **kwargs)
        self.campaign = campaign
        self.keys = {criterion.key: criterion.name for criterion in spec_of(campaign).criteria}
        self.fields["criteria"].choices = list(self.keys.items())  # type: ignore[attr-defined]  # of its class
        tags = [("", "any"), *((tag, tag) for tag in tags_of(campaign.project))]
        self.fields["tag"].choices = tags  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        """Return the text as we keep it."""
        return plain_lines(self.cleaned_data["text"])

    def clean(self) -> dict[str, Any]:
        """Refuse what says nothing, and what says two things."""
        data: dict[str, Any] = super().clean() or {}
        chosen = [name for name in ("criteria", "tag", "prompts") if data.get(name)]
        if data.get("takes") == "nothing" and chosen:
            self.add_error("takes", "You chose which answers are taken back, but say here that all stay.")
        if data.get("takes") == "nothing" and data.get("text", "").strip() == self._in_force():
            self.add_error("text", "These are the guidelines in force; nothing would change.")
        if data.get("takes") == "answers" and not self.errors:
            data["items"] = self._items(data)
        return data

    def _in_force(self) -> str:
        return plain_lines(self.campaign.guidelines).strip()

    def _items(self, data: dict[str, Any]) -> frozenset[int] | None:
        wanted = {line.strip() for line in data["prompts"].splitlines() if line.strip()}
        if not wanted and not data["tag"]:
            return None
        prompts = dict(Prompt.objects.of(self.campaign.project).values_list("external_id", "pk"))
        if unknown := wanted - prompts.keys():
            self.add_error("prompts", f"There is no prompt {min(unknown)!r} in this project.")
        tags = Prompt.objects.of(self.campaign.project).values_list("pk", "tags")
        tagged = {pk for pk, some in tags if data["tag"] and data["tag"] in some}
        chosen = {prompts[name] for name in wanted if name in prompts} | tagged
        items = (
            self.campaign.items.filter(role=ROLES.LIVE).select_related("battle", "response").defer("response__content")
        )
        found = frozenset(item.pk for item in items if _prompt_of(item) in chosen)
        if not found and not self.errors:
            self.add_error("prompts", "This campaign asks about none of these prompts.")
        return found

    def scope(self) -> Scope:
        """Return what it takes back; call it on a valid form."""
        if self.cleaned_data["takes"] == "nothing":
            return Scope()
        every = frozenset(self.keys)
        return Scope(
            lost=frozenset(self.cleaned_data["criteria"]) or every,
            wanted=every,
            items=self.cleaned_data["items"],
            ask_again=self.cleaned_data["becomes"] != KEEP,
        )


def _prompt_of(item: Item) -> int | None:
    about = item.battle or item.response
    return about.prompt_id if about else item.prompt_id


class RubricForm(NoteForm):
    """Another version of the rubric, and which reworded criteria ask something else now."""

    dropped = forms.MultipleChoiceField(
        required=False,
        label="Reworded criteria that ask something else now",
        help_text="Ratings on those that are ticked do not carry over.",
        widget=forms.CheckboxSelectMultiple,
    )
    becomes = forms.ChoiceField(
        label="An answer that does not say all that is asked now", choices=BECOMES, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, campaign: Campaign, to: Rubric, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"becomes": ASK})
        super().__init__(*args, **kwargs)
        self.to = to
        self.comparison: Comparison = compare(spec_of(campaign), to.spec())
        reworded = [(line.key, line.name) for line in self.comparison.reworded]
        self.fields["dropped"].choices = reworded  # type: ignore[attr-defined]  # of its class

    def scope(self) -> Scope:
        """Return what it takes back; call it on a valid form."""
        dropped = frozenset(self.cleaned_data["dropped"])
        return scope_of_move(self.comparison, self.to, dropped=dropped, ask_again=self.cleaned_data["becomes"] == ASK)


def what_was_shown(scope: Scope, effect: Effect) -> str:
    """Return what tells one preview from another: what is taken back, and how much that is now."""
    items = None if scope.items is None else sorted(scope.items)
    said = (sorted(scope.lost), sorted(scope.wanted), items, scope.ask_again, scope.rubric and scope.rubric.pk)
    digest = hashlib.sha256(repr(said).encode()).hexdigest()[:16]
    return f"{digest}:{effect.set_aside}:{effect.carried}:{effect.lacking}"
