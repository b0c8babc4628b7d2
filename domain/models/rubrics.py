"""Rubrics: what raters are asked, and on which scales."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from domain.choices import Outcome
from domain.models.projects import Project
from domain.querysets import RubricQuerySet
from domain.specs import CriterionSpec, Kind, Level, RemarkForm, RemarkSpec, RubricSpec


class Rubric(models.Model):
    """Instructions and criteria. The first verdict freezes it; a change is a new version.

    The database itself refuses edits of a frozen rubric (domain.triggers): a number must keep the question it answers.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rubrics")
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=6, choices=[(kind.value, kind.value) for kind in Kind])
    instructions = models.TextField(blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RubricQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "version"], name="rubric_version_once"),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Kind]), name="rubric_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    def spec(self) -> RubricSpec:
        """Return the rubric as plain Python."""
        criteria = tuple(criterion.spec() for criterion in self.criteria.all())
        remarks = tuple(field.spec() for field in self.remark_fields.all())
        return RubricSpec(name=self.name, instructions=self.instructions, criteria=criteria, remarks=remarks)


class Criterion(models.Model):
    """One question of a rubric and the answers it allows: see domain.specs.CriterionSpec."""

    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField(default=0)
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    meaning = models.TextField(blank=True)
    kind = models.CharField(max_length=6, choices=[(kind.value, kind.value) for kind in Kind])
    level = models.CharField(max_length=8, choices=[(level.value, level.value) for level in Level])
    categories = models.JSONField(default=list, blank=True, help_text="Allowed numbers; empty: minimum to maximum.")
    anchors = models.JSONField(default=dict, blank=True, help_text="What a number means, by number.")
    minimum = models.FloatField(null=True, blank=True)
    maximum = models.FloatField(null=True, blank=True)
    outcomes = models.JSONField(default=list, blank=True)
    strengths = models.PositiveSmallIntegerField(default=1)
    weight = models.FloatField(default=1.0)
    higher_is_better = models.BooleanField(default=True)

    class Meta:
        ordering = ["rubric", "position", "id"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["rubric", "key"], name="criterion_key_once"),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Kind]), name="criterion_kind_is_known"),
            models.CheckConstraint(
                condition=Q(level__in=[level.value for level in Level]), name="criterion_level_is_known"
            ),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True, maximum__isnull=True) | Q(minimum__lt=F("maximum")),
                name="criterion_range_is_a_range",
            ),
            models.CheckConstraint(condition=Q(strengths__gte=1, strengths__lte=5), name="criterion_strengths_1_to_5"),
            # A trigger (domain.triggers) refuses a scale with no categories and no range.
        ]

    def __str__(self) -> str:
        return self.name

    def spec(self) -> CriterionSpec:
        """Return the criterion as plain Python."""
        return CriterionSpec(
            key=self.key,
            name=self.name,
            meaning=self.meaning,
            kind=Kind(self.kind),
            level=Level(self.level),
            values=tuple(float(value) for value in self.categories),
            anchors={float(value): text for value, text in self.anchors.items()},
            minimum=self.minimum,
            maximum=self.maximum,
            outcomes=tuple(Outcome(outcome) for outcome in self.outcomes),
            strengths=self.strengths,
            weight=self.weight,
            higher_is_better=self.higher_is_better,
        )


def _weight_then_name(severity: tuple[str, float]) -> tuple[float, str]:
    return severity[1], severity[0]


class RemarkField(models.Model):
    """What a rubric asks for beside its criteria: see domain.specs.RemarkSpec."""

    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="remark_fields")
    position = models.PositiveSmallIntegerField(default=0)
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    meaning = models.TextField(blank=True)
    form = models.CharField(max_length=5, choices=[(form.value, form.value) for form in RemarkForm])
    options = models.JSONField(default=list, blank=True)
    severities = models.JSONField(default=dict, blank=True, help_text="Weights by severity, of spans.")
    required = models.BooleanField(default=False)
    asked_first = models.BooleanField(default=False)

    class Meta:
        ordering = ["rubric", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["rubric", "key"], name="remark_field_key_once"),
            models.CheckConstraint(
                condition=Q(form__in=[form.value for form in RemarkForm]), name="remark_field_form_is_known"
            ),
            # A trigger (domain.triggers) refuses it once the rubric is frozen.
        ]

    def __str__(self) -> str:
        return self.name

    def spec(self) -> RemarkSpec:
        """Return the field as plain Python."""
        return RemarkSpec(
            key=self.key,
            name=self.name,
            meaning=self.meaning,
            form=RemarkForm(self.form),
            options=tuple(self.options),
            # By weight, for PostgreSQL's JSON objects forget the order in which they were written.
            severities={name: float(weight) for name, weight in sorted(self.severities.items(), key=_weight_then_name)},
            required=self.required,
            asked_first=self.asked_first,
        )
