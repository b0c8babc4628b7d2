"""Human rating jobs."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from annotation.querysets import CampaignQuerySet
from domain.models import Project, Rubric

MAX_OVERLAP = 100


class Campaign(models.Model):
    """A human rating job: items, a rubric, and how many people answer each."""

    class State(models.TextChoices):
        """Tasks are handed out while a campaign is open; answers are taken until it is closed."""

        DRAFT = "draft", "draft"
        OPEN = "open", "open"
        PAUSED = "paused", "paused"
        CLOSED = "closed", "closed"

    class Task(models.TextChoices):
        """What one screen asks for. A ranking or a best-worst choice becomes a verdict for each pair it decides."""

        DIRECT = "direct", "rate one response"
        PAIRWISE = "pairwise", "compare two responses"
        RANKING = "ranking", "rank up to eight responses"
        BEST_WORST = "best_worst", "choose the best and the worst response"

    class Design(models.TextChoices):
        """Who gets which items: any person any item, or one person all items of a block (such as one prompt)."""

        ITEMS = "items", "each item to anybody"
        BLOCKS = "blocks", "all items of a prompt to the same person"

    class Ask(models.TextChoices):
        """Whether an answer carries something beside the scores."""

        HIDDEN = "hidden", "not asked"
        OPTIONAL = "optional", "optional"
        REQUIRED = "required", "required"

    class Recruiter(models.TextChoices):
        """Where people come from who have no account of their own."""

        NONE = "", "nowhere else"
        PROLIFIC = "prolific", "Prolific"
        MTURK = "mturk", "Mechanical Turk"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="campaigns")
    rubric = models.ForeignKey(Rubric, on_delete=models.RESTRICT, related_name="campaigns")
    name = models.CharField(max_length=120)
    task = models.CharField(max_length=10, choices=Task, default=Task.PAIRWISE)
    design = models.CharField(max_length=6, choices=Design, default=Design.ITEMS)
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
    closes_at = models.DateTimeField(null=True, blank=True, help_text="No task is handed out after it.")
    break_after_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, default=45, help_text="After so long without one, a break is offered."
    )
    quality = models.JSONField(default=dict, blank=True, help_text="See annotation.quality.policy.")
    confidence = models.CharField(
        max_length=8, choices=Ask, default=Ask.OPTIONAL, help_text="How sure people are, from 1 to 5."
    )
    rationale = models.CharField(max_length=8, choices=Ask, default=Ask.OPTIONAL, help_text="Why, in their words.")
    mask_identity = models.BooleanField(default=False, help_text="Hide where a response says which system it is.")
    pay_per_answer = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)
    pay_per_hour = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="USD")
    recruiter = models.CharField(max_length=8, choices=Recruiter, blank=True, default=Recruiter.NONE)
    completion_code = models.CharField(max_length=60, blank=True)
    screened_code = models.CharField(max_length=60, blank=True, help_text="For who does not pass the qualification.")
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    open_to_members = models.BooleanField(default=True, help_text="Else only those who were invited.")
    seed = models.BigIntegerField(default=0, help_text="Of the sampling and of the order of the items.")
    selection = models.JSONField(default=dict, blank=True, help_text="How the items were chosen.")
    item_count = models.PositiveIntegerField(default=0, help_text="Items of every role.")
    live_count = models.PositiveIntegerField(default=0, help_text="Items that are no checks and no training.")
    slot_count = models.PositiveIntegerField(default=0, help_text="Answers wanted about live items.")
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
            models.CheckConstraint(
                condition=Q(task__in=["direct", "pairwise", "ranking", "best_worst"]), name="campaign_task_is_known"
            ),
            models.CheckConstraint(condition=Q(design__in=["items", "blocks"]), name="campaign_design_is_known"),
            models.CheckConstraint(
                condition=Q(
                    confidence__in=["hidden", "optional", "required"], rationale__in=["hidden", "optional", "required"]
                ),
                name="campaign_asks_as_it_may",
            ),
            models.CheckConstraint(
                condition=Q(recruiter__in=["", "prolific", "mturk"]), name="campaign_recruiter_is_known"
            ),
            models.CheckConstraint(
                condition=(Q(pay_per_answer__isnull=True) | Q(pay_per_answer__gte=0))
                & (Q(pay_per_hour__isnull=True) | Q(pay_per_hour__gte=0)),
                name="campaign_pay_is_not_negative",
            ),
            # A trigger (annotation.triggers) refuses the rubric of another project, and a change of rubric.
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_pairwise(self) -> bool:
        """Whether people compare two responses on one screen."""
        return self.task == self.Task.PAIRWISE

    @property
    def is_listwise(self) -> bool:
        """Whether people see several responses at once."""
        return self.task in (self.Task.RANKING, self.Task.BEST_WORST)


class GuidelineVersion(models.Model):
    """Guidelines as they once were, and which answers a revision called into question."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="guideline_versions")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    note = models.CharField(max_length=1000, blank=True, help_text="What changed, and why.")
    scope = models.JSONField(default=dict, blank=True, help_text="Which earlier answers are asked again.")
    reopened = models.PositiveIntegerField(default=0, help_text="How many answers that were.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["campaign", "-number"]
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="guideline_version_once")]

    def __str__(self) -> str:
        return f"guidelines {self.number}"
