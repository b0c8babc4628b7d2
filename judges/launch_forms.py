"""Forms that launch a run: of a judge, and of probes of a judge."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from domain.models import Project
from judges.call_options import MOST
from judges.commandline import BadCall
from judges.keys import batch_problem
from judges.models import JudgeVersion, Run
from judges.money import nano
from judges.planning import Selection, count_items, usual_pairs
from judges.probes.runs import MOST_ITEMS, USUAL_ITEMS, probe_selection
from judges.tariffs import is_priced


def new_key() -> str:
    """Return a key that no form has launched a run with."""
    return uuid.uuid4().hex


class LaunchForm(forms.Form):
    """What every launch asks: a budget, a pace, and a key that makes the same form sent again the same run."""

    budget = forms.DecimalField(
        label="Budget in dollars", required=False, min_value=Decimal("0.0001"), max_value=Decimal(10**6),
        help_text="The run stops before it costs more. Left out, nothing stops it.",
    )  # fmt: skip
    concurrency = forms.IntegerField(label="Calls at once", min_value=1, max_value=MOST["concurrency"], initial=16)
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {"key": new_key(), **(kwargs.get("initial") or {})}})
        self.project = project

    def check_budget(self, version: JudgeVersion) -> None:
        """Refuse a budget that cannot be held."""
        if self.cleaned_data.get("budget") is not None and not is_priced(version):
            self.add_error("budget", f"No price is known for the model {version.model}, so a budget cannot be held.")

    def wanted(self) -> tuple[JudgeVersion, Selection] | None:
        """Return which judge is meant and which items, for an estimate; None while the form does not say."""
        raise NotImplementedError

    @property
    def in_batches(self) -> bool:
        """Return whether calls are to be made in batches."""
        return self.is_bound and bool(self.cleaned_data.get("batch"))

    def order(self) -> dict[str, Any]:
        """Return what a valid form orders: see planning.create_run()."""
        found = self.wanted()
        assert found is not None  # noqa: S101 - a valid form says it
        budget = self.cleaned_data.get("budget")
        return {
            "version": found[0],
            "selection": found[1],
            "budget_nusd": None if budget is None else nano(budget),
            "concurrency": self.cleaned_data["concurrency"],
        }


class RunForm(LaunchForm):
    """Launch a judge."""

    version = forms.ModelChoiceField(queryset=JudgeVersion.objects.none(), label="Judge", empty_label=None)
    pairs = forms.ChoiceField(
        label="Battles",
        required=False,
        choices=[("made", "those on record"), ("all", "every two systems on each prompt")],
    )
    limit = forms.IntegerField(
        label="Items, at most", required=False, min_value=1, max_value=10**9, help_text="Left out, all of them."
    )
    repeats = forms.IntegerField(
        label="Times each is asked", min_value=1, max_value=20, initial=1, help_text="In each order, for a battle."
    )
    reuse = forms.BooleanField(
        label="Take answers of earlier runs", required=False,
        help_text="Where this version was asked the very same. Costs nothing, and tells nothing new about its spread.",
    )  # fmt: skip
    batch = forms.BooleanField(
        label="In batches, at half the price", required=False,
        help_text="Answered within a day, not at once. Not on OpenAI-compatible servers.",
    )  # fmt: skip

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        first = {"pairs": usual_pairs(project)}
        super().__init__(project, *args, **{**kwargs, "initial": {**first, **(kwargs.get("initial") or {})}})
        self.fields["version"].queryset = JudgeVersion.objects.of(project)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a budget that cannot be held, and a run about nothing."""
        cleaned: dict[str, Any] = super().clean() or {}
        version = cleaned.get("version")
        if version is None or self.errors:
            return cleaned
        if cleaned["batch"] and (problem := batch_problem(version)):
            self.add_error("batch", problem)
        self.check_budget(version)
        if not count_items(version, self._selection()):
            raise ValidationError("There is nothing for this judge to read: import responses first.")
        return cleaned

    def wanted(self) -> tuple[JudgeVersion, Selection] | None:
        """Return which judge is meant and which items: of a fresh form, the judge that its address names."""
        if self.is_bound:
            ok = self.is_valid() or not {"version", "limit", "repeats", "pairs"} & self.errors.keys()
            version = self.cleaned_data.get("version") if ok else None
            return (version, self._selection()) if version else None
        judges = JudgeVersion.objects.of(self.project)
        asked = str(self.initial.get("version") or "")
        is_id = asked.isdecimal() and len(asked) < 20  # Python refuses to read a very long number
        version = (judges.filter(pk=int(asked)).first() if is_id else None) or judges.first()
        return (version, Selection(pairs=self.initial["pairs"])) if version else None

    def order(self) -> dict[str, Any]:
        """Return what a valid form orders."""
        mode = Run.Mode.BATCH if self.in_batches else Run.Mode.CALLS
        return {**super().order(), "reuse": self.cleaned_data["reuse"], "mode": mode}

    def _selection(self) -> Selection:
        data = self.cleaned_data
        return Selection(pairs=data.get("pairs") or "made", limit=data.get("limit"), repeats=data["repeats"])


class ProbeForm(LaunchForm):
    """Launch probes of a judge."""

    items = forms.IntegerField(
        label="Items", min_value=1, max_value=MOST_ITEMS, initial=USUAL_ITEMS,
        help_text="A random sample. A kind of probe with fewer than ten items to count decides nothing.",
    )  # fmt: skip
    seed = forms.IntegerField(
        label="Seed of the sample", min_value=0, max_value=10**9, initial=0, help_text="The same draws the same items."
    )

    def __init__(self, version: JudgeVersion, *args: Any, **kwargs: Any) -> None:
        super().__init__(version.project, *args, **kwargs)
        self.version = version

    def clean(self) -> dict[str, Any]:
        """Refuse a budget that cannot be held, and a judge that cannot be probed."""
        cleaned: dict[str, Any] = super().clean() or {}
        self.check_budget(self.version)
        try:
            self.wanted()
        except BadCall as problem:
            raise ValidationError(f"{problem}.") from None
        return cleaned

    def wanted(self) -> tuple[JudgeVersion, Selection] | None:
        """Return the sample that is meant. Raises BadCall for a judge that cannot be probed."""
        said = self.cleaned_data if self.is_bound else {"items": USUAL_ITEMS, "seed": 0}
        if {"items", "seed"} - said.keys():
            return None
        return self.version, probe_selection(self.version, said["items"], seed=said["seed"])
