"""What is asked, and one person's turn on it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.models.campaigns import Campaign
from annotation.querysets import AssignmentQuerySet, ItemQuerySet
from domain.models import Battle, Prompt, Response, Verdict

ROLES = Verdict.Role


class Item(models.Model):
    """One battle, one response or a list of responses, asked about in one campaign.

    ``role`` is known to the server alone: every role goes through the same tables and the same code.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="items", db_index=False)
    battle = models.ForeignKey(Battle, on_delete=models.CASCADE, null=True, blank=True, related_name="items")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, null=True, blank=True, related_name="items")
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, null=True, blank=True, related_name="items")
    listed = models.JSONField(null=True, blank=True, help_text="Ids of the prompt's responses that are ranked.")
    role = models.CharField(max_length=11, choices=ROLES, default=ROLES.LIVE)
    expected = models.JSONField(null=True, blank=True, help_text="Right answers by criterion, in the battle's frame.")
    altered = models.JSONField(
        null=True, blank=True, help_text='Texts shown in place of those on record: {"a" | "b" | "response": text}.'
    )
    original = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="copies",
        help_text="What a repeat repeats, or a twin is the damaged copy of.",
    )
    block = models.BigIntegerField(null=True, blank=True, help_text="Items of one block go to the same person.")
    priority = models.SmallIntegerField(default=0, help_text="Higher is asked sooner.")
    identifies = models.JSONField(
        default=list, blank=True, help_text='Where a text says which system it is: [{"side", "start", "end"}].'
    )
    why = models.TextField(blank=True, help_text="Why they are right: what training shows after the answer.")
    position = models.PositiveIntegerField()
    overlap = models.PositiveSmallIntegerField(help_text="How many people answer this item.")

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["campaign", "position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(battle__isnull=False, response__isnull=True, listed__isnull=True, prompt__isnull=True)
                | Q(battle__isnull=True, response__isnull=False, listed__isnull=True, prompt__isnull=True)
                | Q(battle__isnull=True, response__isnull=True, listed__isnull=False, prompt__isnull=False),
                name="item_has_one_target",
            ),
            models.CheckConstraint(condition=Q(role__in=ROLES.values), name="item_role_is_known"),
            models.CheckConstraint(
                condition=Q(role__in=["live", "repeat"], expected__isnull=True)
                | Q(role__in=["calibration", "training", "attention"], expected__isnull=False)
                | Q(role="twin"),
                name="item_expects_answers_by_role",
            ),
            models.UniqueConstraint(fields=["campaign", "position"], name="item_position_once"),
            models.UniqueConstraint(
                fields=["campaign", "battle"], condition=Q(role="live"), name="item_battle_live_once"
            ),
            models.UniqueConstraint(
                fields=["campaign", "response"], condition=Q(role="live"), name="item_response_live_once"
            ),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="item_overlap_is_positive"),
            # A trigger (annotation.triggers) refuses what is of another project or not what the rubric asks about.
        ]
        indexes = [
            models.Index(fields=["campaign", "block"], condition=Q(block__isnull=False), name="item_of_block"),
        ]

    def __str__(self) -> str:
        return f"item {self.pk}"


class Assignment(models.Model):
    """One place on an item: open, held by a person, or answered; and what became of a turn that lost its place.

    Open places exist as rows, so that a claim takes one by one statement. A turn that was skipped, lapsed or came too
    late keeps its row without a slot, for its token still opens it and its person is never asked again.
    """

    class State(models.TextChoices):
        """The first four hold a slot."""

        OPEN = "open", "open"
        LEASED = "leased", "being answered"
        DONE = "done", "answered"
        REOPENED = "reopened", "answered, being changed"
        LAPSED = "lapsed", "passed on to another person"
        SKIPPED = "skipped", "skipped"
        SURPLUS = "surplus", "answered too late to count"

    class Lane(models.IntegerChoices):
        """Which queue a place waits in. Only the server knows; every lane is claimed by the same statement."""

        WORK = 0, "work"
        CHECK = 1, "checks"
        TRAINING = 2, "training"

    HOLDS_SLOT = (State.OPEN, State.LEASED, State.DONE, State.REOPENED)

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.RESTRICT, null=True, blank=True, related_name="assignments"
    )
    slot = models.PositiveSmallIntegerField(null=True, blank=True)
    lane = models.PositiveSmallIntegerField(choices=Lane, default=Lane.WORK)
    reserved_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="While the place is open, only this person is offered it.",
    )
    reserved_until = models.DateTimeField(null=True, blank=True, help_text="Then anybody; empty: for good.")
    not_before = models.PositiveIntegerField(default=0, help_text="Offered after so many of its person's answers.")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    turn = models.BigIntegerField(help_text="Its place in the queue; a slot given back goes to the end.")
    token = models.CharField(max_length=43, null=True, blank=True, unique=True)
    lease_expires = models.DateTimeField(null=True, blank=True)
    shown_at = models.DateTimeField(null=True, blank=True, help_text="When the person first saw it.")
    claimed_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    swapped = models.BooleanField(default=False, help_text="response_b was shown first.")
    seed = models.PositiveIntegerField(default=0, help_text="For whatever else is drawn when it is shown.")
    draft = models.JSONField(null=True, blank=True, help_text="What the person has entered and not yet sent.")
    answer = models.JSONField(null=True, blank=True, help_text="What was sent, with the sides as they were seen.")
    key = models.CharField(max_length=200, blank=True, help_text="The idempotency key of the answer.")
    body_hash = models.CharField(max_length=64, blank=True)
    verdict = models.ForeignKey(Verdict, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    visible_ms = models.PositiveIntegerField(null=True, blank=True, help_text="Time the page was in view.")
    idle_ms = models.PositiveIntegerField(null=True, blank=True, help_text="Of that, without a sign of life.")
    guidelines = models.PositiveIntegerField(default=0, help_text="The version of the guidelines then in force.")
    passed = models.BooleanField(null=True, blank=True, help_text="Whether a check was met; empty for what is none.")
    set_aside = models.BooleanField(default=False, help_text="It would count, were its person not excluded.")
    skip_reason = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=1000, blank=True, help_text="What the person said when skipping.")
    flag = models.CharField(max_length=1000, blank=True, help_text="What the person wanted a researcher to look at.")

    has_qualified: bool = False  # in memory: whether its person has qualified by this very answer

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["item", "annotator"], name="assignment_once_per_person"),
            models.UniqueConstraint(fields=["item", "slot"], name="assignment_once_per_slot"),
            models.UniqueConstraint(
                fields=["campaign", "annotator"], condition=Q(state="leased"), name="assignment_one_lease_per_person"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "leased", "done", "reopened"], slot__isnull=False, slot__gte=1)
                | Q(state__in=["lapsed", "skipped", "surplus"], slot__isnull=True),
                name="assignment_slot_by_state",
            ),
            models.CheckConstraint(
                condition=Q(state="open", annotator__isnull=True, token__isnull=True)
                | (~Q(state="open") & Q(annotator__isnull=False, token__isnull=False)),
                name="assignment_open_or_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(state="leased", lease_expires__isnull=False)
                | (~Q(state="leased") & Q(lease_expires__isnull=True)),
                name="assignment_lease_by_state",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=False) | Q(state__in=["open", "leased", "lapsed", "skipped"]),
                name="assignment_answered_by_state",
            ),
            # A trigger (annotation.triggers) refuses a slot beyond the item's overlap and another campaign's item.
        ]
        indexes = [
            models.Index(
                fields=["campaign", "reserved_for", "state", "turn"],
                condition=Q(reserved_for__isnull=False),
                name="assignment_reserved",
            ),
            models.Index(fields=["campaign", "lane", "state", "turn"], name="assignment_queue"),
            models.Index(fields=["campaign", "annotator", "state", "answered_at"], name="assignment_of_person"),
        ]

    def __str__(self) -> str:
        return f"assignment {self.pk}"

    @property
    def occasion(self) -> str:
        """What its verdict says it was asked by."""
        return f"assignment:{self.pk}"
