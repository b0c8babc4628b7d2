"""Setting up a campaign: what the form asks is checked together, planned with, and made."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotation.calibration import BadLine, read_items
from annotation.campaign_fields import CampaignFields
from annotation.choosing import Selection, choose, tags_of
from annotation.listings import problem_with
from annotation.models import Campaign
from annotation.quality.expected import Checks
from annotation.quality.making import add_attention_checks, add_twins
from annotation.quality.policy import Action, BadPolicy, Policy
from annotation.rubrics import rubrics_for_people
from annotation.services import NewItem, create_campaign
from annotation.services.running import set_up
from domain.models import Project, Rubric, System
from domain.specs import Kind

SETTINGS = (
    "mask_identity", "confidence", "rationale", "closes_at", "break_after_minutes", "pay_per_answer", "pay_per_hour",
    "currency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assumed:
    """What only the plan needs to know; None where the material and earlier answers say it better."""

    people: int | None
    seconds: float | None
    agreement: float | None


class CampaignForm(CampaignFields):
    """A new campaign, on one page: what is entered is checked together, planned with, and made."""

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.fields["rubric"].queryset = rubrics_for_people(project)  # type: ignore[attr-defined]  # of its class
        self.fields["systems"].queryset = System.objects.of(project).filter(retired=False)  # type: ignore[attr-defined]
        self.fields["tags"].choices = [(tag, tag) for tag in tags_of(project)]  # type: ignore[attr-defined]
        if not self.fields["tags"].choices:  # type: ignore[attr-defined]
            del self.fields["tags"]
        latest = Campaign.objects.filter(project=project).first()
        self.fields["rubric"].initial = latest.rubric_id if latest else None
        for name, usual in (("task", ""), ("design", Campaign.Design.ITEMS), ("confidence", Campaign.Ask.OPTIONAL)):
            self.fields[name].initial = usual
        self.fields["rationale"].initial = Campaign.Ask.OPTIONAL

    def clean_name(self) -> str:
        """Refuse a second campaign of one name."""
        name: str = self.cleaned_data["name"]
        if Campaign.objects.filter(project=self.project, name=name).exists():
            raise forms.ValidationError("There is a campaign of this name already; choose another.")
        return name

    def clean_closes_at(self) -> Any:
        """Refuse a deadline that has passed."""
        closes = self.cleaned_data["closes_at"]
        if closes is not None and closes <= timezone.now():
            raise forms.ValidationError("The deadline has passed already; choose a later one.")
        return closes

    def clean(self) -> dict[str, Any]:
        """Check what hangs together: items written for the rubric, one kind of pay, a policy that makes sense."""
        data: dict[str, Any] = super().clean() or {}
        if rubric := data.get("rubric"):
            self._read(data, "calibration", rubric)
            self._read(data, "training", rubric)
            self._sort_by_role(data)
            self._check_task(data, rubric)
        if data.get("pay_per_answer") is not None and data.get("pay_per_hour") is not None:
            self.add_error("pay_per_hour", "Pay by the answer or by the hour, not both.")
        try:
            data["quality"] = _policy(data).as_json()
        except BadPolicy as error:
            families = {"training": "training_passing", "qualification": "qualification_items"}
            self.add_error(families.get(str(error).partition("_")[0].partition(".")[0], "on_failure"), str(error))
        return data

    def _sort_by_role(self, data: dict[str, Any]) -> None:
        """Take lines that say "role": "training" to the training items, whichever field they were written in."""
        written: list[NewItem] = data["calibration_items"]
        data["training_items"] += [item for item in written if item.role == "training"]
        data["calibration_items"] = [item for item in written if item.role != "training"]

    def _check_task(self, data: dict[str, Any], rubric: Rubric) -> None:
        task = data.get("task") or ""
        if problem := problem_with(task, rubric):
            self.add_error("task", problem)
        if task and rubric.kind != Kind.CHOICE:
            self.add_error("task", f"{rubric} rates single responses; lists need a rubric that compares.")

    def _read(self, data: dict[str, Any], field: str, rubric: Rubric) -> None:
        try:
            items = read_items(data.get(field, ""), self.project, rubric, data.get("task") or "")
        except BadLine as error:
            self.add_error(field, str(error))
            items = []
        if field == "training":
            items = [replace(item, role="training") for item in items]
        data[f"{field}_items"] = items

    def selection(self) -> Selection:
        """Return the draw that the valid part of the form asks for."""
        data = self.cleaned_data
        systems = tuple(system.pk for system in data.get("systems") or ())
        return Selection(systems, tuple(data.get("tags") or ()), data.get("size"), data.get("seed") or 0)

    def checks(self) -> Checks:
        """Return what the valid part of the form checks people by."""
        data = self.cleaned_data
        items = [item.role for name in ("calibration_items", "training_items") for item in data.get(name) or ()]
        made = sum(data.get(name) or 0 for name in ("twins", "attention"))
        return Checks(
            policy=Policy.from_json(data.get("quality") or {}),
            training=items.count("training"),
            calibration=items.count("calibration"),
            others=made + items.count("attention"),
        )

    def assumed(self) -> Assumed:
        """Return what the valid part of the form assumes for the plan."""
        data = self.cleaned_data
        return Assumed(data.get("people"), data.get("seconds"), data.get("agreement"))

    @transaction.atomic
    def save(self, user: User) -> Campaign | None:
        """Make the campaign in draft; None, with an error on the form, when the choice leaves no items."""
        data = self.cleaned_data
        data["seed"] = data["seed"] if data["seed"] is not None else secrets.randbits(31)
        items = list(choose(self.project, data["rubric"].kind, self.selection(), data["task"]))
        if not items:
            self.add_error("systems", "No responses with a text match this choice; take more systems or tags.")
            return None
        first: list[Any] = items[: data["pilot"]]
        made = create_campaign(
            project=self.project,
            rubric=data["rubric"],
            name=data["name"],
            task=data["task"] or None,
            items=[*first, *data["training_items"], *data["calibration_items"]],
            design=data["design"] or Campaign.Design.ITEMS,
            overlap=data["overlap"],
            per_person_cap=data["per_person_cap"],
            guidelines=data["guidelines"],
            quality=data["quality"],
            seed=data["seed"],
            selection=self._record(len(first), len(items)),
            user=user,
        )
        set_up(made, {name: data[name] for name in SETTINGS if data[name] not in (None, "")})
        self._add_checks(made, user)
        return made

    def _record(self, first: int, drawn: int) -> dict[str, Any]:
        """Return what the campaign keeps of how it was drawn and planned."""
        record = self.selection().as_json()
        if first < drawn:
            record["pilot"] = {"items": first, "of": drawn}
        assumed = {name: value for name in Assumed.__slots__ if (value := getattr(self.assumed(), name)) is not None}
        return record | ({"plan": assumed} if assumed else {})

    def _add_checks(self, campaign: Campaign, user: User) -> None:
        data = self.cleaned_data
        if data["twins"]:
            add_twins(campaign, data["twins"], seed=data["seed"], user=user)
        if data["attention"]:
            add_attention_checks(campaign, data["attention"], seed=data["seed"], user=user)


def _policy(data: dict[str, Any]) -> Policy:
    action = data.get("on_failure") or Action.WARN
    parts: dict[str, Any] = {name: {"action": action} for name in ("calibration", "twin", "attention")}
    parts["repeats"] = {"rate": (data.get("repeats") or 0) / 100}
    if items := data.get("training_items"):
        parts["training"] = {"items": len(items), "passing": data.get("training_passing") or 0}
    elif data.get("training_passing"):
        raise BadPolicy("training_passing: there are no training items to get right")
    if gate := data.get("qualification_items"):
        there = len([item for item in data.get("calibration_items") or () if item.role == "calibration"])
        if gate > there:
            raise BadPolicy(
                f"qualification_items: {gate} are asked for, and {there} calibration items are written above"
            )
        parts["qualification"] = {
            "items": gate,
            "threshold": (data.get("qualification_threshold") or 70) / 100,
            "below": data.get("qualification_below") or Action.STOP,
        }
    return Policy.from_json(parts)
