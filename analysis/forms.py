"""The choices on the leaderboard and agreement pages, as parts of a sentence."""

from __future__ import annotations

from typing import Any

from django import forms

RATER_WORDS = {
    "all": "everybody’s verdicts",
    "human": "people’s verdicts",
    "judge": "judges’ verdicts",
    "metric": "metrics’ verdicts",
}


class CriterionForm(forms.Form):
    """Which question to look at. A choice that is left out is the first one offered."""

    criterion = forms.ChoiceField(required=False, label="Question")

    def __init__(self, data: Any, *, criteria: dict[str, str]) -> None:
        super().__init__(data)
        self._offer("criterion", criteria)

    def chosen(self, name: str) -> str:
        """Return the choice, or the first one offered."""
        self.is_valid()  # fills cleaned_data with whatever is right
        wanted = self.cleaned_data.get(name)
        offered = self._choices(name)
        return str(wanted or (offered[0][0] if offered else ""))

    @property
    def can_choose(self) -> bool:
        """Whether there is anything to choose from."""
        return bool(self._choices("criterion"))

    @property
    def has_questions(self) -> bool:
        """Whether there are several questions, so that the sentence must say which."""
        return len(self._choices("criterion")) > 1

    @property
    def first_error(self) -> str:
        """The first thing that is wrong with the address."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")

    def _offer(self, name: str, words: dict[str, str]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(words.items())
        if not isinstance(field, forms.MultipleChoiceField):  # its boxes have labels of their own
            field.widget.attrs["aria-label"] = field.label  # in a sentence there is no other label

    def _choices(self, name: str) -> list[tuple[str, str]]:
        field = self.fields[name]
        return list(field.choices) if isinstance(field, forms.ChoiceField) else []  # type: ignore[arg-type]  # no groups
