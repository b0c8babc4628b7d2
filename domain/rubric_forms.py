"""Forms that write a rubric: its instructions, and one row per criterion."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BaseFormSet
from django.utils.text import slugify

from domain.choices import Outcome
from domain.specs import CriterionSpec, Kind, Level

MAX_CRITERIA, MAX_POINTS = 20, 21
LEVELS = (
    (Level.ORDINAL.value, "Ordered points (1 to 5)"),
    (Level.INTERVAL.value, "A measure with equal steps (0 to 100)"),
    (Level.RATIO.value, "A measure with a true zero (a count)"),
    (Level.NOMINAL.value, "Categories without an order"),
)
_RANGE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?:to|–|\.\.)\s*(-?\d+(?:\.\d+)?)\s*")


@dataclass(frozen=True, slots=True)
class Scale:
    """The numbers that a criterion allows: listed, or any between two."""

    values: tuple[float, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


def read_scale(text: str, level: Level) -> Scale:
    """Read "1 to 5" or "1, 2, 4": listed points for ordered points and categories, a range for a measure."""
    if found := _RANGE.fullmatch(text):
        low, high = float(found[1]), float(found[2])
        if low >= high:
            raise forms.ValidationError(f"The first number of {text.strip()!r} is not below the second.")
        return _points(low, high) if level in (Level.ORDINAL, Level.NOMINAL) else Scale(minimum=low, maximum=high)
    try:
        values = tuple(sorted({float(word) for word in text.replace(",", " ").split()}))
    except ValueError:
        values = (math.nan,)
    if not all(map(math.isfinite, values)):
        raise forms.ValidationError(f"{text!r} is not a scale; write it as 1 to 5, or as 1, 2, 4.")
    if not 2 <= len(values) <= MAX_POINTS:
        raise forms.ValidationError(f"A scale has 2 to {MAX_POINTS} points; this one has {len(values)}.")
    return Scale(values=values)


def _points(low: float, high: float) -> Scale:
    if not (low.is_integer() and high.is_integer() and high - low < MAX_POINTS):
        raise forms.ValidationError(
            f"Ordered points are whole numbers, at most {MAX_POINTS}; choose a measure, or list the points."
        )
    return Scale(values=tuple(float(point) for point in range(int(low), int(high) + 1)))


def read_anchors(text: str, scale: Scale) -> dict[float, str]:
    """Read lines such as "1 = useless" into what a number means."""
    anchors = {}
    for line in filter(str.strip, text.splitlines()):
        number, equals, meaning = line.partition("=")
        try:
            point = float(number)
        except ValueError:
            point = float("nan")
        if not equals or not meaning.strip() or not _on_scale(point, scale):
            raise forms.ValidationError(f"{line.strip()!r} does not say what a number of the scale means: 1 = useless")
        anchors[point] = meaning.strip()
    return anchors


def _on_scale(point: float, scale: Scale) -> bool:
    if scale.values:
        return point in scale.values
    return scale.minimum is not None and scale.maximum is not None and scale.minimum <= point <= scale.maximum


class RubricForm(forms.Form):
    """Name and instructions."""

    name = forms.CharField(max_length=120, help_text="What the answers are about, such as Helpfulness and accuracy.")
    instructions = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 6}),
        required=False,
        help_text="What raters read before they start. People and judges get the same words.",
    )


class CriterionForm(forms.Form):
    """What both kinds of criterion have."""

    name = forms.CharField(max_length=120)
    meaning = forms.CharField(max_length=500, required=False, help_text="One line, shown beside the scale.")

    def spec(self) -> CriterionSpec:
        """Return the criterion as plain Python; only for a valid form."""
        raise NotImplementedError

    def common(self) -> dict[str, Any]:
        """Return the arguments that both kinds share."""
        name = self.cleaned_data["name"]
        return {"key": slugify(name)[:60] or "criterion", "name": name, "meaning": self.cleaned_data["meaning"]}


class ScoreForm(CriterionForm):
    """A number for one response."""

    level = forms.ChoiceField(label="Kind of scale", choices=LEVELS, initial=Level.ORDINAL.value)
    scale = forms.CharField(max_length=200, initial="1 to 5", help_text="1 to 5, or 0 to 100, or 1, 2, 4.")
    anchors = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
        label="What the numbers mean",
        help_text="One line each: 1 = useless",
    )
    weight = forms.FloatField(min_value=0, max_value=1000, initial=1, help_text="In a mean over criteria.")
    higher_is_better = forms.BooleanField(required=False, initial=True, label="A higher number is better")

    def clean(self) -> dict[str, Any]:
        """Read the scale and its anchors, each problem at its own field."""
        cleaned = super().clean() or {}
        self._read("scale", lambda: read_scale(cleaned["scale"], Level(cleaned["level"])))
        if isinstance(cleaned.get("scale"), Scale):
            self._read("anchors", lambda: read_anchors(cleaned["anchors"], cleaned["scale"]))
        return cleaned

    def _read(self, name: str, read: Any) -> None:
        if "scale" not in self.cleaned_data or "level" not in self.cleaned_data or name not in self.cleaned_data:
            return
        try:
            self.cleaned_data[name] = read()
        except forms.ValidationError as problem:
            self.add_error(name, problem)

    def spec(self) -> CriterionSpec:
        """Return the criterion as plain Python."""
        data = self.cleaned_data
        scale: Scale = data["scale"]
        return CriterionSpec(
            **self.common(),
            kind=Kind.SCORE,
            level=Level(data["level"]),
            values=scale.values,
            minimum=scale.minimum,
            maximum=scale.maximum,
            anchors=data["anchors"],
            weight=data["weight"],
            higher_is_better=data["higher_is_better"],
        )


class ChoiceForm(CriterionForm):
    """The better of two responses."""

    strengths = forms.TypedChoiceField(
        label="Steps of preference",
        coerce=int,
        choices=((1, "A or B"), (2, "better, much better"), (3, "slightly better, better, much better")),
        initial=2,
    )
    tie = forms.BooleanField(required=False, initial=True, label="A tie is an answer")
    both_bad = forms.BooleanField(required=False, initial=True, label="“Both bad” is an answer")

    def spec(self) -> CriterionSpec:
        """Return the criterion as plain Python."""
        extra = [outcome for outcome in (Outcome.TIE, Outcome.BOTH_BAD) if self.cleaned_data[outcome.value]]
        return CriterionSpec(
            **self.common(),
            kind=Kind.CHOICE,
            level=Level.NOMINAL,
            outcomes=(Outcome.A, Outcome.B, *extra),
            strengths=self.cleaned_data["strengths"],
        )


class CriteriaFormSet(BaseFormSet):  # type: ignore[type-arg]  # generic in the stubs only
    """The criteria of one rubric, in order."""

    def clean(self) -> None:
        """Refuse two criteria with one key: their answers could not be told apart."""
        keys = [form.common()["key"] for form in self.kept()]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise forms.ValidationError(f"Two criteria have the same name: {', '.join(twice)}.")
        if not keys and not any(self.errors):
            raise forms.ValidationError("A rubric needs at least one criterion.")

    def kept(self) -> list[CriterionForm]:
        """Return the forms that hold a criterion."""
        return [
            form
            for form in self.forms
            if form.is_valid() and form.cleaned_data.get("name") and not form.cleaned_data.get("DELETE")
        ]


def scale_text(spec: CriterionSpec) -> str:
    """Write a scale as a form takes it."""
    if not spec.values:
        return f"{spec.minimum:g} to {spec.maximum:g}"
    steps = {later - earlier for earlier, later in zip(spec.values, spec.values[1:], strict=False)}
    if len(spec.values) > 2 and steps == {1.0}:
        return f"{spec.values[0]:g} to {spec.values[-1]:g}"
    return ", ".join(f"{value:g}" for value in spec.values)
