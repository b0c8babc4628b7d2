"""Who is asked about what: campaigns, their items, and one person's turn on one item."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from annotation.querysets import AssignmentQuerySet, CampaignQuerySet, ItemQuerySet, ParticipantQuerySet
from domain.models import Battle, Project, Rater, Response, Rubric, Verdict

MAX_OVERLAP = 100
ROLES = Verdict.Role


class Campaign(models.Model):
    """A human rating job: items, a rubric, and how many people answer each."""

    class State(models.TextChoices):
        """Tasks are handed out while a campaign is open; answers are taken until it is closed."""

        DRAFT = "draft", "draft"
        OPEN = "open", "open"
        PAUSED = "paused", "paused"
        CLOSED = "closed", "closed"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="campaigns")
    rubric = models.ForeignKey(Rubric, on_delete=models.RESTRICT, related_name="campaigns")
    name = models.CharField(max_length=120)
    guidelines = models.TextField(blank=True, help_text="Markdown; one key away while people rate.")
    overlap = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_OVERLAP)],
        help_text="How many people answer each item.",
    )
    lease_minutes = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1), MaxValueValidator(1440)]
    )
    per_person_cap = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    open_to_members = models.BooleanField(default=True, help_text="Else only those who were invited.")
    seed = models.BigIntegerField(default=0, help_text="Of the sampling and of the order of the items.")
    selection = models.JSONField(default=dict, blank=True, help_text="How the items were chosen.")
    item_count = models.PositiveIntegerField(default=0)
    slot_count = models.PositiveIntegerField(default=0, help_text="Answers wanted in all.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="campaign_name_once_per_project"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "open", "paused", "closed"]), name="campaign_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(overlap__gte=1, overlap__lte=MAX_OVERLAP), name="campaign_overlap_1_to_100"
            ),
            models.CheckConstraint(
                condition=Q(lease_minutes__gte=1, lease_minutes__lte=1440), name="campaign_lease_within_a_day"
            ),
            models.CheckConstraint(
                condition=Q(per_person_cap__isnull=True) | Q(per_person_cap__gte=1), name="campaign_cap_is_positive"
            ),
            # A trigger (annotation.triggers) refuses the rubric of another project, and a change of rubric.
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_pairwise(self) -> bool:
        """Whether people compare two responses, rather than rate one."""
        return self.rubric.kind == "choice"


class Participant(models.Model):
    """One person in one campaign. Its row is the lock under which that person claims and submits."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="participants", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="participations")
    rater = models.ForeignKey(Rater, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(default=True)
    cursor = models.BigIntegerField(default=0, help_text="Open turns before it have been offered to this person.")
    done = models.PositiveIntegerField(default=0, help_text="Counted answers.")
    sides = models.JSONField(default=dict, help_text="How often each system of a pair was shown on the left.")
    joined_at = models.DateTimeField(auto_now_add=True)

    held: int | None  # the person's current task, where annotation.services.people has looked it up

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "user"], name="participant_once_per_campaign"),
        ]

    def __str__(self) -> str:
        return f"participant {self.pk}"


class Item(models.Model):
    """One battle or one response, asked about in one campaign.

    ``role`` is known to the server alone: every role goes through the same tables and the same code.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="items", db_index=False)
    battle = models.ForeignKey(Battle, on_delete=models.CASCADE, null=True, blank=True, related_name="items")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, null=True, blank=True, related_name="items")
    role = models.CharField(max_length=11, choices=ROLES, default=ROLES.LIVE)
    expected = models.JSONField(null=True, blank=True, help_text="Right answers by criterion, in the battle's frame.")
    why = models.TextField(blank=True, help_text="Why they are right: what training shows after the answer.")
    position = models.PositiveIntegerField()
    overlap = models.PositiveSmallIntegerField(help_text="How many people answer this item.")

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["campaign", "position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(battle__isnull=False, response__isnull=True)
                | Q(battle__isnull=True, response__isnull=False),
                name="item_has_one_target",
            ),
            models.CheckConstraint(condition=Q(role__in=ROLES.values), name="item_role_is_known"),
            models.CheckConstraint(
                condition=Q(role__in=["live", "repeat"], expected__isnull=True)
                | Q(role__in=["calibration", "training"], expected__isnull=False),
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

    HOLDS_SLOT = (State.OPEN, State.LEASED, State.DONE, State.REOPENED)

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.RESTRICT, null=True, blank=True, related_name="assignments"
    )
    slot = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    turn = models.BigIntegerField(help_text="Its place in the queue; a slot given back goes to the end.")
    token = models.CharField(max_length=43, null=True, blank=True, unique=True)
    lease_expires = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    swapped = models.BooleanField(default=False, help_text="response_b was shown first.")
    seed = models.PositiveIntegerField(default=0, help_text="For whatever else is drawn when it is shown.")
    draft = models.JSONField(null=True, blank=True, help_text="What the person has entered and not yet sent.")
    answer = models.JSONField(null=True, blank=True, help_text="What was sent, with the sides as they were seen.")
    key = models.CharField(max_length=200, blank=True, help_text="The idempotency key of the answer.")
    body_hash = models.CharField(max_length=64, blank=True)
    verdict = models.ForeignKey(Verdict, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    skip_reason = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=1000, blank=True, help_text="What the person said when skipping.")
    flag = models.CharField(max_length=1000, blank=True, help_text="What the person wanted a researcher to look at.")

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
            models.Index(fields=["campaign", "state", "turn"], name="assignment_queue"),
            models.Index(fields=["campaign", "annotator", "state", "answered_at"], name="assignment_of_person"),
        ]

    def __str__(self) -> str:
        return f"assignment {self.pk}"

    @property
    def occasion(self) -> str:
        """What its verdict says it was asked by."""
        return f"assignment:{self.pk}"
