"""Runs: a judge, or metrics, over the material of a project, within a budget."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from domain.models import Project
from judges.models.versions import JudgeVersion
from judges.money import dollars
from judges.querysets import PresenceQuerySet, RunQuerySet


class Run(models.Model):
    """One job of a judge version or of metrics. Its cells are planned before the first call.

    Counters and sums are moved in the transactions that finish cells and settle calls, so they never disagree with
    them. Money is in billionths of a dollar: whole numbers, so that sums are exact on every database.
    """

    class State(models.TextChoices):
        """How far it is, and who may move it: see judges.services."""

        PLANNING = "planning", "being planned"
        PLANNED = "planned", "planned"
        RUNNING = "running", "running"
        PAUSED = "paused", "paused"
        DONE = "done", "done"
        CANCELLED = "cancelled", "cancelled"
        FAILED = "failed", "failed"

    class Engine(models.TextChoices):
        """Who drains it."""

        WORKER = "worker", "a worker"
        COMMAND = "command", "the command that started it"
        CELERY = "celery", "workers behind a message broker"

    class Mode(models.TextChoices):
        """How the provider is asked."""

        CALLS = "calls", "one call at a time, answered at once"
        BATCH = "batch", "in batches, answered within a day at half the price"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey(JudgeVersion, on_delete=models.RESTRICT, null=True, blank=True, related_name="runs")
    metrics = models.JSONField(default=list, blank=True, help_text="[{name, parameters}] of a run of metrics.")
    selection = models.JSONField(default=dict, blank=True, help_text="Which items: see judges.planning.Selection.")
    state = models.CharField(max_length=9, choices=State, default=State.PLANNING)
    reason = models.TextField(blank=True, help_text="Why it is paused or failed, in words for people.")
    engine = models.CharField(max_length=7, choices=Engine, default=Engine.WORKER)
    mode = models.CharField(max_length=5, choices=Mode, default=Mode.CALLS)
    reuse = models.BooleanField(default=False, help_text="Take answers to the same question from earlier runs.")
    concurrency = models.PositiveSmallIntegerField(default=16)
    idempotency_key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - null: no key was given

    plan_cursor = models.PositiveBigIntegerField(default=0, help_text="The last item planned (or measured) so far.")
    planned = models.PositiveBigIntegerField(default=0)
    verdicts = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    unreadable = models.PositiveBigIntegerField(default=0)
    transport = models.PositiveBigIntegerField(default=0)

    budget_nusd = models.PositiveBigIntegerField(null=True, blank=True)
    spent_nusd = models.PositiveBigIntegerField(default=0, help_text="Settled calls of known cost.")
    reserved_nusd = models.BigIntegerField(default=0, help_text="At most this for the calls under way.")
    unsettled_nusd = models.BigIntegerField(default=0, help_text="At most this for calls whose cost nobody told us.")
    unpriced_calls = models.PositiveBigIntegerField(default=0, help_text="Paid calls of a model without a price.")

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True, help_text="When the current stretch of work began.")
    started_with = models.PositiveBigIntegerField(default=0, help_text="Cells that were done by then.")
    alive_at = models.DateTimeField(null=True, blank=True, help_text="Last sign of life of a process that drains it.")
    rest_until = models.DateTimeField(
        null=True, blank=True, help_text="Before then there is nothing to do: its batches are with the provider."
    )
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(version__isnull=False, metrics=[]) | (Q(version__isnull=True) & ~Q(metrics=[])),
                name="run_of_a_judge_or_of_metrics",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planning", "planned", "running", "paused", "done", "cancelled", "failed"]),
                name="run_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["paused", "failed"]) | ~Q(reason=""), name="run_says_why_it_stopped"
            ),
            models.CheckConstraint(
                condition=Q(reserved_nusd__gte=0, unsettled_nusd__gte=0), name="run_reservations_not_negative"
            ),
            models.CheckConstraint(condition=Q(mode__in=["calls", "batch"]), name="run_mode_is_known"),
            models.UniqueConstraint(fields=["project", "idempotency_key"], name="run_launched_once"),
        ]
        indexes = [models.Index(fields=["state", "engine"], name="run_to_drain")]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def done(self) -> int:
        """Return how many cells have an outcome."""
        return self.verdicts + self.refused + self.unreadable + self.transport

    @property
    def is_of_metrics(self) -> bool:
        """Return whether metrics, and no judge, answer in this run."""
        return self.version_id is None

    @property
    def is_of_probes(self) -> bool:
        """Return whether it asks about changed items, and records no verdicts."""
        return bool(self.selection.get("probes"))

    @property
    def is_over(self) -> bool:
        """Return whether nothing will happen to it unless somebody asks for it."""
        return self.state in (self.State.DONE, self.State.CANCELLED, self.State.FAILED)

    @property
    def budget_usd(self) -> Decimal | None:
        """Return the cap in dollars."""
        return None if self.budget_nusd is None else dollars(self.budget_nusd)

    @property
    def spent_usd(self) -> Decimal:
        """Return what the settled calls cost in dollars."""
        return dollars(self.spent_nusd)

    @property
    def unsettled_usd(self) -> Decimal:
        """Return what calls of unknown cost may have cost at most, in dollars."""
        return dollars(self.unsettled_nusd)


class Worker(models.Model):
    """A process that drains runs, and when it was last seen."""

    owner = models.CharField(max_length=100, unique=True)
    engine = models.CharField(max_length=7, choices=Run.Engine, default=Run.Engine.WORKER)
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()
    doing = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="workers")

    objects = PresenceQuerySet.as_manager()

    class Meta:
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return self.owner


class Hand(models.Model):
    """A share of a run that a worker behind a broker is at: how many there are says how many more to call."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="hands")
    owner = models.CharField(max_length=100, unique=True)
    seen_at = models.DateTimeField()

    objects = PresenceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.owner} at run {self.run_id}"
