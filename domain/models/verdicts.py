"""What raters said. domain.services is the only writer of Verdict and Score."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from domain.choices import Outcome, Reason
from domain.models.imports import Import
from domain.models.material import Battle, Response
from domain.models.projects import Project
from domain.models.rubrics import Criterion, RemarkField, Rubric
from domain.querysets import RaterQuerySet, ScoreQuerySet, VerdictQuerySet


class Rater(models.Model):
    """Who answers: a person, a judge version or a metric, and exactly one of the three."""

    class Kind(models.TextChoices):
        """People, judges and metrics have one colour each in every plot."""

        PERSON = "person", "person"
        JUDGE = "judge", "judge"
        METRIC = "metric", "metric"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="raters")
    kind = models.CharField(max_length=6, choices=Kind)
    name = models.CharField(max_length=200, help_text="What tables show.")
    # Identities are null rather than empty where they do not apply, so that "exactly one" is a plain constraint.
    person = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    judge = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    metric = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="raters"
    )
    is_simulated = models.BooleanField(default=False, help_text="A program plays this person; pages say so.")
    batch = models.ForeignKey(Import, on_delete=models.CASCADE, null=True, blank=True, related_name="raters")

    objects = RaterQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="person", person__isnull=False, judge__isnull=True, metric__isnull=True)
                | Q(kind="judge", person__isnull=True, judge__isnull=False, metric__isnull=True)
                | Q(kind="metric", person__isnull=True, judge__isnull=True, metric__isnull=False),
                name="rater_is_exactly_one_kind",
            ),
            models.CheckConstraint(condition=Q(user__isnull=True) | Q(kind="person"), name="rater_user_is_a_person"),
            models.UniqueConstraint(fields=["project", "person"], name="rater_person_once"),
            models.UniqueConstraint(fields=["project", "judge"], name="rater_judge_once"),
            models.UniqueConstraint(fields=["project", "metric"], name="rater_metric_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Verdict(models.Model):
    """One rater's answer about one battle or one response, under one rubric.

    Choices are in the battle's frame: ``A`` means ``battle.response_a`` won, whichever side it was shown on.
    ``swapped`` keeps that side (true: ``response_b`` was shown first), so that position bias can be measured.
    A verdict with an ``unscored_reason`` has no scores and enters no number but coverage.
    """

    class Role(models.TextChoices):
        """Why this item was asked. Every aggregate reads live verdicts only."""

        LIVE = "live", "live"
        CALIBRATION = "calibration", "calibration"
        REPEAT = "repeat", "repeat"
        TRAINING = "training", "training"
        TWIN = "twin", "degraded twin"
        ATTENTION = "attention", "attention check"
        REVIEW = "review", "review"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="verdicts")
    rater = models.ForeignKey(Rater, on_delete=models.RESTRICT, related_name="verdicts")
    rubric = models.ForeignKey(Rubric, on_delete=models.RESTRICT, related_name="verdicts")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, null=True, blank=True, related_name="verdicts")
    battle = models.ForeignKey(Battle, on_delete=models.CASCADE, null=True, blank=True, related_name="verdicts")
    swapped = models.BooleanField(default=False)
    role = models.CharField(max_length=11, choices=Role, default=Role.LIVE)
    occasion = models.CharField(max_length=80, help_text="What asked for it: assignment:12, cell:7, import:3:41.")
    counted = models.BooleanField(default=True, help_text="False for surplus and for what a later answer replaced.")
    unscored_reason = models.CharField(
        max_length=12, blank=True, choices=[(reason.value, reason.value) for reason in Reason]
    )
    unscored_detail = models.CharField(max_length=500, blank=True)
    confidence = models.PositiveSmallIntegerField(null=True, blank=True)
    active_ms = models.PositiveIntegerField(null=True, blank=True)
    supersedes = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="superseded_by"
    )
    batch = models.ForeignKey(Import, on_delete=models.CASCADE, null=True, blank=True, related_name="verdicts")
    given_at = models.DateTimeField(default=timezone.now)

    objects = VerdictQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(  # about a battle or about a response: never both, never neither
                condition=Q(battle__isnull=False, response__isnull=True)
                | Q(battle__isnull=True, response__isnull=False),
                name="verdict_has_one_target",
            ),
            models.CheckConstraint(condition=Q(swapped=False) | Q(battle__isnull=False), name="verdict_swaps_a_battle"),
            models.UniqueConstraint(
                fields=["project", "occasion"], condition=Q(counted=True), name="verdict_counted_once_per_occasion"
            ),
            models.CheckConstraint(condition=~Q(occasion=""), name="verdict_has_an_occasion"),
            models.CheckConstraint(
                condition=Q(unscored_reason__in=["", *(reason.value for reason in Reason)]),
                name="verdict_reason_is_known",
            ),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__gte=1, confidence__lte=5),
                name="verdict_confidence_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["live", "calibration", "repeat", "training", "twin", "attention", "review"]),
                name="verdict_role_is_known",
            ),
        ]
        indexes = [
            # Covers the columns that analysis reads, so that a scan never touches the table.
            models.Index(
                fields=["project", "rubric", "counted", "role", "unscored_reason", "rater", "battle", "response"],
                name="verdict_reading",
            ),
        ]

    def __str__(self) -> str:
        return f"verdict {self.pk}"


class Rationale(models.Model):
    """Why a rater answered so. Apart from Verdict, so that scans of a million verdicts stay narrow."""

    verdict = models.OneToOneField(Verdict, on_delete=models.CASCADE, related_name="rationale", primary_key=True)
    text = models.TextField()

    def __str__(self) -> str:
        return self.text[:80]


class Remark(models.Model):
    """What a rater said beside the scores: text, a list of tags, or a list of marked spans.

    A span is ``{"start", "end", "text", "category", "severity"}``; start and end count code points of the text of the
    rendered response, and ``text`` repeats what lies between them.
    """

    verdict = models.ForeignKey(Verdict, on_delete=models.CASCADE, related_name="remarks")
    field = models.ForeignKey(RemarkField, on_delete=models.RESTRICT, related_name="remarks")
    data = models.JSONField()

    class Meta:
        ordering = ["verdict", "field"]
        constraints = [models.UniqueConstraint(fields=["verdict", "field"], name="remark_once_per_field")]

    def __str__(self) -> str:
        return f"{self.field_id}: {str(self.data)[:80]}"


class Score(models.Model):
    """The answer to one criterion: a number on its scale, or an outcome with an optional strength.

    A trigger (domain.triggers) refuses a value off the criterion's scale, a criterion of another rubric, and a score
    of an unscored verdict.
    """

    verdict = models.ForeignKey(Verdict, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.RESTRICT, related_name="scores")
    value = models.FloatField(null=True, blank=True)
    outcome = models.CharField(  # noqa: DJ001 - null, not empty, where the criterion takes a number
        max_length=8, null=True, blank=True, choices=[(outcome.value, outcome.value) for outcome in Outcome]
    )
    strength = models.PositiveSmallIntegerField(null=True, blank=True)
    chance = models.FloatField(null=True, blank=True, help_text="The rater's own probability that A is better.")

    objects = ScoreQuerySet.as_manager()

    class Meta:
        ordering = ["verdict", "criterion"]
        constraints = [
            models.UniqueConstraint(
                fields=["verdict", "criterion"],
                name="score_once_per_criterion",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False, outcome__isnull=True) | Q(value__isnull=True, outcome__isnull=False),
                name="score_is_a_value_or_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(strength__isnull=True) | Q(outcome__in=["A", "B"]), name="score_strength_needs_a_winner"
            ),
            models.CheckConstraint(
                condition=Q(chance__isnull=True)
                | Q(outcome="A", chance__gte=0.5, chance__lte=1)
                | Q(outcome="B", chance__gte=0, chance__lte=0.5)
                | Q(outcome="tie", chance=0.5),
                name="score_chance_goes_with_the_outcome",
            ),
        ]
        indexes = [
            # Covers what analysis reads, as verdict_reading does.
            models.Index(fields=["criterion", "verdict", "value", "outcome", "strength"], name="score_reading"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {self.outcome or self.value}"
