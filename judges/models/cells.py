"""Cells: one planned answer each; what was said in them; and what each attempt cost."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from domain.models import Battle, Prompt, Response, Verdict
from judges.models.batches import Batch
from judges.models.runs import Run
from judges.models.versions import JudgeVersion
from judges.querysets import CellQuerySet

OUTCOMES = ("verdict", "refused", "unreadable", "transport")


class Cell(models.Model):
    """One planned judge answer: run × item × criteria × order × repeat. Exactly one outcome, whatever dies.

    A worker leases a cell by raising its epoch; only a finish that names the current epoch is taken. ``due_at`` is
    the one moment that matters to the queue: when an open cell may be asked (again), or when the lease of a leased
    one ends. It is null once the cell is done.
    """

    class State(models.TextChoices):
        """Where it is in the queue."""

        OPEN = "open", "open"
        LEASED = "leased", "being asked"
        DONE = "done", "done"

    class Outcome(models.TextChoices):
        """How it ended: four disjoint ways."""

        VERDICT = "verdict", "verdict"
        REFUSED = "refused", "refused"
        UNREADABLE = "unreadable", "unreadable"
        TRANSPORT = "transport", "no answer"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="cells")
    battle = models.ForeignKey(Battle, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    listed = models.JSONField(null=True, blank=True, help_text="Ids of the responses to rank, in canonical order.")
    criteria = models.CharField(max_length=200, blank=True, help_text="Keys of the criteria asked; empty: all.")
    order = models.PositiveSmallIntegerField(
        default=0, help_text="1: response_b was shown first. Of a list: which arrangement of it."
    )
    repeat = models.PositiveSmallIntegerField(default=0, help_text="In a run of probes: which of them; 0 is none.")
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    said = models.CharField(
        max_length=20, blank=True, help_text="The first criterion's answer as the judge saw it: A, B, tie, 4."
    )
    detail = models.CharField(max_length=500, blank=True, help_text="Why there is no verdict, or no answer yet.")
    flags = models.CharField(
        max_length=80, blank=True, db_default="", help_text="What was odd about the responses: judges.probes.scanner."
    )
    epoch = models.PositiveIntegerField(default=0)
    owner = models.CharField(max_length=100, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Calls made, since the last time it was opened.")
    step = models.PositiveSmallIntegerField(default=0, help_text="Which of its questions is next: see Exchange.")
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    cost_nusd = models.PositiveBigIntegerField(null=True, blank=True, help_text="Of the answer; null: unknown.")
    verdict = models.OneToOneField(Verdict, on_delete=models.SET_NULL, null=True, blank=True, related_name="cell")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = CellQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(battle__isnull=False, response__isnull=True, prompt__isnull=True)
                | Q(battle__isnull=True, response__isnull=False, prompt__isnull=True)
                | Q(battle__isnull=True, response__isnull=True, prompt__isnull=False),
                name="cell_has_one_target",
            ),
            models.UniqueConstraint(
                fields=["run", "battle", "criteria", "order", "repeat"],
                condition=Q(battle__isnull=False),
                name="cell_once_per_battle",
            ),
            models.UniqueConstraint(
                fields=["run", "response", "criteria", "order", "repeat"],
                condition=Q(response__isnull=False),
                name="cell_once_per_response",
            ),
            models.UniqueConstraint(
                fields=["run", "prompt", "criteria", "order", "repeat"],
                condition=Q(prompt__isnull=False),
                name="cell_once_per_prompt",
            ),
            models.CheckConstraint(
                condition=Q(prompt__isnull=True, listed__isnull=True) | Q(prompt__isnull=False, listed__isnull=False),
                name="cell_of_a_prompt_lists_responses",
            ),
            models.CheckConstraint(
                condition=Q(order=0) | Q(order=1, battle__isnull=False) | Q(prompt__isnull=False),
                name="cell_swaps_a_battle",
            ),
            models.CheckConstraint(
                condition=Q(state="done", due_at__isnull=True, outcome__in=OUTCOMES)
                | Q(state__in=["open", "leased"], due_at__isnull=False, outcome=""),
                name="cell_is_due_or_done",
            ),
            models.CheckConstraint(condition=~Q(state="leased") | ~Q(owner=""), name="cell_lease_has_an_owner"),
        ]
        indexes = [
            models.Index(fields=["run", "due_at", "id"], condition=Q(due_at__isnull=False), name="cell_due"),
            models.Index(fields=["run", "outcome", "id"], name="cell_of_run"),
            models.Index(fields=["run", "id"], condition=~Q(flags=""), name="cell_flagged"),
        ]

    def __str__(self) -> str:
        return f"cell {self.pk}"

    @property
    def occasion(self) -> str:
        """Return what a verdict of this cell says it was asked by."""
        return f"cell:{self.pk}"


class Exchange(models.Model):
    """What was sent and what came back in one step of a cell: apart, so that scans of cells stay narrow.

    Most cells have one step. Panels have one per member asked, sampled judges one per sample, and an unreadable reply
    may be followed by one repair. Each holds its last attempt.
    """

    class Purpose(models.TextChoices):
        """Why it was asked."""

        ASK = "ask", "the question"
        REPAIR = "repair", "the answer, once more in the right shape"

    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, related_name="exchanges")
    step = models.PositiveSmallIntegerField(default=0)
    purpose = models.CharField(max_length=6, choices=Purpose, default=Purpose.ASK)
    member = models.ForeignKey(JudgeVersion, on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Cell.Outcome, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    system = models.TextField(blank=True)
    prompt = models.TextField(blank=True)
    reply = models.TextField(blank=True, help_text="The judge's own words, cut at 64,000 characters.")
    raw = models.JSONField(default=dict, blank=True, help_text="The provider's document with long texts cut.")
    reading = models.JSONField(default=dict, blank=True, help_text="Answer and reason by criterion.")
    chances = models.JSONField(
        null=True, blank=True, help_text="Probability of each answer by criterion, from log-probs."
    )
    settings = models.JSONField(default=dict, blank=True, help_text="What was asked for, sent and withheld.")
    usage = models.JSONField(default=dict, blank=True)
    model = models.CharField(max_length=200, blank=True, help_text="The model that the provider says it was.")
    request_id = models.CharField(max_length=200, blank=True)
    prompt_hash = models.CharField(max_length=64, blank=True)
    reused = models.BooleanField(default=False, help_text="The reply is that of an earlier run.")

    class Meta:
        ordering = ["cell", "step"]
        constraints = [models.UniqueConstraint(fields=["cell", "step"], name="exchange_once_per_step")]
        indexes = [models.Index(fields=["prompt_hash"], name="exchange_by_question")]

    def __str__(self) -> str:
        return f"exchange {self.step} of cell {self.cell_id}"


class LedgerEntry(models.Model):
    """One attempt at a cell: written with its reservation before the call, settled after it.

    There is one per call, also for calls that failed and for those that came back too late to be counted.
    """

    class State(models.TextChoices):
        """What is known about its cost."""

        BOOKED = "booked", "reserved, not yet sent"
        OPEN = "open", "under way"
        SETTLED = "settled", "settled"
        UNKNOWN = "unknown", "unknown: no answer told us"
        LOST = "lost", "unknown: its process died"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="ledger")
    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, related_name="ledger")
    epoch = models.PositiveIntegerField()
    batch = models.ForeignKey(Batch, on_delete=models.SET_NULL, null=True, blank=True, related_name="entries")
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    reserved_nusd = models.PositiveBigIntegerField(default=0)
    cost_nusd = models.PositiveBigIntegerField(null=True, blank=True)
    late = models.BooleanField(default=False, help_text="It came back after another worker had taken the cell.")
    error = models.CharField(max_length=500, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    model = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=200, blank=True)
    input_uncached = models.PositiveIntegerField(null=True, blank=True)
    cache_read = models.PositiveIntegerField(null=True, blank=True)
    cache_write = models.PositiveIntegerField(null=True, blank=True)
    cache_write_1h = models.PositiveIntegerField(null=True, blank=True)
    output = models.PositiveIntegerField(null=True, blank=True)
    thinking = models.PositiveIntegerField(null=True, blank=True)
    price = models.CharField(max_length=80, blank=True, help_text="The row of the price table that was used.")
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["cell", "epoch"], name="ledger_once_per_attempt"),
            models.CheckConstraint(
                condition=Q(state__in=["booked", "open", "settled", "unknown", "lost"]), name="ledger_state_is_known"
            ),
        ]
        indexes = [models.Index(fields=["run", "state"], name="ledger_of_run")]

    def __str__(self) -> str:
        return f"attempt {self.epoch} at cell {self.cell_id}"
