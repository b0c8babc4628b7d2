"""One row of a rubric's form: what is asked beside the criteria."""

from __future__ import annotations

import math
import re
from typing import Any

from django import forms
from django.forms import BaseFormSet
from django.utils.text import slugify

from domain.specs import RemarkForm, RemarkSpec

MAX_REMARKS, MAX_OPTIONS, MAX_SEVERITIES = 10, 20, 4
MAX_OPTION = 60  # characters
FORMS = (
    (RemarkForm.TAGS.value, "Reasons to tick"),
    (RemarkForm.TEXT.value, "Words of their own"),
    (RemarkForm.SPANS.value, "Places to mark in the response"),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

REASONS: dict[str, Any] = {
    "name": "Reasons",
    "meaning": "What decided it? Tick all that apply.",
    "form": RemarkForm.TAGS.value,
    "options": "Does not do what was asked\nWrong facts\nToo long\nHard to follow\nUnsafe\nRude",
}
ERRORS: dict[str, Any] = {
    "name": "Errors",
    "meaning": "Mark each place that is wrong or hard to follow, then give the score.",
    "form": RemarkForm.SPANS.value,
    "options": "Accuracy\nTerminology\nFluency\nStyle\nOther",
    "severities": "minor = 1\nmajor = 5\ncritical = 25",
    "asked_first": True,
}


class RemarkRow(forms.Form):
    """What raters may say that is no number and no choice."""

    name = forms.CharField(max_length=120)
    meaning = forms.CharField(max_length=500, required=False, help_text="One line, shown beside it.")
    form = forms.ChoiceField(label="How it is given", choices=FORMS)
    options = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        required=False,
        label="Reasons, or kinds of mark",
        help_text="One a line. Words of their own need none.",
    )
    severities = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=400,
        required=False,
        label="How bad a marked place is",
        help_text="One a line with its weight: minor = 1. Shown from the lightest. Empty: not asked.",
    )
    required = forms.BooleanField(required=False, label="An answer needs it")
    asked_first = forms.BooleanField(required=False, label="Asked before the criteria: mark, then score")

    def clean(self) -> dict[str, Any]:
        """Read options and severities, each problem at its own field."""
        cleaned = super().clean() or {}
        form = RemarkForm(cleaned.get("form", RemarkForm.TEXT))
        for name, read in (("options", read_options), ("severities", read_severities)):
            if name in cleaned:
                try:
                    cleaned[name] = read(cleaned[name], form)
                except forms.ValidationError as problem:
                    self.add_error(name, problem)
        return cleaned

    def spec(self) -> RemarkSpec:
        """Return the field as plain Python; only for a valid row."""
        data = self.cleaned_data
        return RemarkSpec(
            key=slugify(data["name"])[:60] or "remark",
            name=data["name"],
            meaning=data["meaning"],
            form=RemarkForm(data["form"]),
            options=data["options"],
            severities=data["severities"],
            required=data["required"],
            asked_first=data["asked_first"],
        )


class PairRemarkRow(RemarkRow):
    """The same for pairs of responses, in which no places are marked."""

    form = forms.ChoiceField(label="How it is given", choices=FORMS[:-1])


class RemarksFormSet(BaseFormSet):  # type: ignore[type-arg]  # generic in the stubs only
    """What a rubric asks beside its criteria, in order."""

    def clean(self) -> None:
        """Refuse two rows with one key: what is said in them could not be told apart."""
        keys = [row.spec().key for row in self.kept()]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise forms.ValidationError(f"Two of them have the same name: {', '.join(twice)}.")

    def kept(self) -> list[RemarkRow]:
        """Return the rows that hold something."""
        return [
            row
            for row in self.forms
            if row.is_valid() and row.cleaned_data.get("name") and not row.cleaned_data.get("DELETE")
        ]


def read_options(text: str, form: RemarkForm) -> tuple[str, ...]:
    """Read one option a line: reasons and marks need at least one, words of one's own take none."""
    options = tuple(filter(None, map(str.strip, text.splitlines())))
    if form is RemarkForm.TEXT and options:
        raise forms.ValidationError("Words of their own have no options; empty this, or choose reasons to tick.")
    if form is not RemarkForm.TEXT and not 1 <= len(options) <= MAX_OPTIONS:
        raise forms.ValidationError(f"Write 1 to {MAX_OPTIONS}, one a line; these are {len(options)}.")
    for option in options:
        _check_word(option)
    if twice := sorted({option for option in options if options.count(option) > 1}):
        raise forms.ValidationError(f"{twice[0]!r} stands there twice.")
    return options


def read_severities(text: str, form: RemarkForm) -> dict[str, float]:
    """Read lines such as "minor = 1" into weights; only marks have them."""
    lines = list(filter(str.strip, text.splitlines()))
    if lines and form is not RemarkForm.SPANS:
        raise forms.ValidationError("Only marked places have severities; empty this, or choose places to mark.")
    if len(lines) > MAX_SEVERITIES:
        raise forms.ValidationError(f"At most {MAX_SEVERITIES} can be told apart; these are {len(lines)}.")
    weights: dict[str, float] = {}
    for line in lines:
        name, weight = _severity(line)
        if name in weights:
            raise forms.ValidationError(f"{name!r} stands there twice.")
        weights[name] = weight
    return weights


def _severity(line: str) -> tuple[str, float]:
    name, equals, number = (part.strip() for part in line.partition("="))
    try:
        weight = float(number)
    except ValueError:
        weight = math.nan
    if not equals or not name or not 0 <= weight < math.inf:  # NaN fails the comparison too
        raise forms.ValidationError(f"{line.strip()!r} is no severity with a weight of 0 or more: minor = 1")
    _check_word(name)
    return name, weight


def _check_word(word: str) -> None:
    if len(word) > MAX_OPTION:
        raise forms.ValidationError(f"{word[:20]!r}… has {len(word)} characters; {MAX_OPTION} fit.")
    if _CONTROL.search(word):
        raise forms.ValidationError(f"{word!r} holds a control character.")


def filled(spec: RemarkSpec) -> dict[str, Any]:
    """Return the values of a row's form."""
    return {
        "name": spec.name,
        "meaning": spec.meaning,
        "form": spec.form.value,
        "options": "\n".join(spec.options),
        "severities": "\n".join(f"{name} = {weight:g}" for name, weight in spec.severities.items()),
        "required": spec.required,
        "asked_first": spec.asked_first,
    }
