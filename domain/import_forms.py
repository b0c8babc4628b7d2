"""The form that takes files in, with what can be said about them where their columns do not say it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from domain.imports import BadOption, Options, parse_label, parse_pair, parse_scale
from domain.imports.options import FORMATS, KINDS
from domain.uploads import MAX_BYTES, MAX_FILES

FORMAT_NAMES = {
    "auto": "Find out from the file",
    "csv": "CSV",
    "jsonl": "JSON or JSON Lines",
    "parquet": "Parquet",
    "arena": "Arena (conversations and votes)",
}
KIND_NAMES = {"votes": "Votes about pairs", "ratings": "Ratings of responses", "arena": "Arena battles"}


class ManyFiles(forms.FileInput):
    """A file control that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; the value is the list of them."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Check each file, their number and their size."""
        files: list[UploadedFile[Any]] = [super(FilesField, self).clean(item, initial) for item in data or [None]]
        total = sum(file.size or 0 for file in files)
        if len(files) > MAX_FILES:
            raise forms.ValidationError(f"These are {len(files)} files; choose at most {MAX_FILES} at once.")
        if total > MAX_BYTES:
            raise forms.ValidationError(
                f"These files have {filesizeformat(total)}; a page takes {filesizeformat(MAX_BYTES)}. "
                "Use the command line for more: jurybox import."
            )
        return files


class ImportForm(forms.Form):
    """Files, and how to read them. Everything but the files may stay as it is."""

    chosen = FilesField(
        label="Files",
        help_text="CSV, JSON Lines, JSON or Parquet. Files that belong together, such as prompts and responses, go in "
        "together.",
    )
    format = forms.ChoiceField(choices=[(name, FORMAT_NAMES.get(name, name)) for name in FORMATS], initial="auto")
    kind = forms.ChoiceField(
        label="What the rows are",
        required=False,
        choices=[
            ("", "Find out from the columns"),
            *((name, KIND_NAMES.get(name, name.capitalize())) for name in KINDS),
        ],
    )
    rater = forms.CharField(
        required=False, max_length=200, label="Who answered", help_text="Where no column names the rater."
    )
    rater_kind = forms.ChoiceField(
        label="Raters are", choices=[("person", "people"), ("judge", "LLM judges"), ("metric", "metrics")]
    )
    system = forms.CharField(
        required=False, max_length=200, label="System", help_text="Where no column names the system that answered."
    )
    rubric = forms.CharField(
        required=False, max_length=120, label="Rubric", help_text="Its name; a new one is made if there is none."
    )
    criteria = forms.CharField(
        required=False, max_length=2000, help_text="The criterion, or the columns that hold one each: helpfulness, tone"
    )
    scale = forms.CharField(
        required=False,
        max_length=200,
        help_text="What the numbers of new criteria may be: 1..5, 1..10/0.5, 0..100 or 0,1",
    )
    columns = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "code"}),
        label="Columns under other names",
        help_text="One line each: prompt=question_number",
    )
    labels = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "code"}),
        label="Outcomes under other names",
        help_text="One line each, A being the first side of a row: left wins=A",
    )

    def clean(self) -> dict[str, Any]:
        """Put the options together, each problem at its own field."""
        cleaned = super().clean() or {}
        self._read("scale", lambda text: parse_scale(text) if text.strip() else None)
        self._read("columns", lambda text: dict(parse_pair(line, "column") for line in _lines(text)))
        self._read("labels", lambda text: dict(parse_label(line) for line in _lines(text)))
        if "criteria" in cleaned:
            cleaned["criteria"] = tuple(name.strip() for name in cleaned["criteria"].split(",") if name.strip())
        return cleaned

    def options(self) -> Options:
        """Return what was said about the files; only for a valid form."""
        return Options(**{name: self.cleaned_data[name] for name in _OPTIONS})

    def _read(self, name: str, parse: Callable[[str], Any]) -> None:
        if name not in self.cleaned_data:
            return
        try:
            self.cleaned_data[name] = parse(self.cleaned_data[name])
        except BadOption as problem:
            self.add_error(name, for_the_form(str(problem)))


_OPTIONS = ("format", "kind", "rater", "rater_kind", "system", "rubric", "criteria", "scale", "columns", "labels")


_FIELD_OF_OPTION = {"map": "columns", "label": "labels", "criterion": "criteria"}


def for_the_form(message: str) -> str:
    """Say a message's command line options by the names that the form's fields have."""

    def field(option: re.Match[str]) -> str:
        name = option[1].replace("-", "_")
        found = ImportForm.base_fields.get(_FIELD_OF_OPTION.get(name, name))
        return f"“{found.label or name.capitalize()}”" if found else option[0]

    return re.sub(r"--([a-z][a-z-]*)", field, message)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
