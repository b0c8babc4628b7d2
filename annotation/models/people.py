"""Who is asked: people in campaigns, named groups of them, and the links by which they come in."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from annotation.models.campaigns import Campaign
from annotation.querysets import ParticipantQuerySet
from domain.models import Project, Rater

FIRST_TURN = -(2**62)  # before every turn, however urgent


class AnnotatorGroup(models.Model):
    """A named group of people in a project, such as native speakers or nurses."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="annotator_groups")
    name = models.CharField(max_length=120)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="annotator_groups")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="annotator_group_name_once")]

    def __str__(self) -> str:
        return self.name


class CampaignGroup(models.Model):
    """A group that may rate in a campaign, and the most answers that it may give; where there are any, only they may.

    ``taken`` counts the places its people hold or have answered. It is changed in the statement that checks the quota.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="campaign_groups")
    group = models.ForeignKey(AnnotatorGroup, on_delete=models.RESTRICT, related_name="campaign_groups")
    quota = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["campaign", "group"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "group"], name="campaign_group_once"),
            models.CheckConstraint(
                condition=Q(quota__isnull=True) | Q(taken__lte=F("quota")), name="campaign_group_within_quota"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} in {self.campaign}"


class Participant(models.Model):
    """One person in one campaign. Its row is the lock under which that person claims and submits."""

    class Standing(models.TextChoices):
        """What quality control, a researcher or the person has decided; every change is logged and can be undone."""

        GOOD = "good", "in good standing"
        WARNED = "warned", "warned"
        PAUSED = "paused", "paused"
        STOPPED = "stopped", "stopped"
        EXCLUDED = "excluded", "excluded: answers do not count"
        WITHDRAWN = "withdrawn", "withdrawn"

    WORKING = (Standing.GOOD, Standing.WARNED)

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="participants", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="participations")
    rater = models.ForeignKey(Rater, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(default=True)
    cursor = models.BigIntegerField(
        default=FIRST_TURN, help_text="Open turns before it have been offered to this person."
    )
    check_cursor = models.BigIntegerField(default=0, help_text="The same in the queue of checks.")
    done = models.PositiveIntegerField(default=0, help_text="Counted answers.")
    checked = models.PositiveIntegerField(default=0, help_text="Of those, answers to checks and in training.")
    sides = models.JSONField(default=dict, help_text="How often each system of a pair was shown on the left.")
    group = models.ForeignKey(
        AnnotatorGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="participants"
    )
    standing = models.CharField(max_length=9, choices=Standing, default=Standing.GOOD)
    standing_reason = models.CharField(max_length=500, blank=True)
    quality = models.JSONField(default=dict, blank=True, help_text="Running counts of the checks on this person.")
    trained_at = models.DateTimeField(null=True, blank=True, help_text="When training was over.")
    qualified_at = models.DateTimeField(null=True, blank=True)
    stretch_began = models.DateTimeField(null=True, blank=True, help_text="Work without a break since then.")
    last_answer_at = models.DateTimeField(null=True, blank=True)
    seen_guidelines = models.PositiveIntegerField(default=0, help_text="The latest version that was opened.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    external = models.JSONField(default=dict, blank=True, help_text="What a recruiter's link said: ids, no names.")
    completed_at = models.DateTimeField(null=True, blank=True, help_text="When the completion code was shown.")
    joined_at = models.DateTimeField(auto_now_add=True)

    guidelines_now: int | None = None  # in memory, where it was read too: the latest version of the guidelines

    # Where annotation.services.people has locked the row, also:
    held: int | None  # the person's current task
    is_grouped: bool  # whether the campaign is for groups alone
    is_in_group: bool  # and whether the person's is one of them
    quota_left: int | None  # how many places it may still take, None without a quota

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "user"], name="participant_once_per_campaign"),
            models.CheckConstraint(
                condition=Q(standing__in=["good", "warned", "paused", "stopped", "excluded", "withdrawn"]),
                name="participant_standing_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"participant {self.pk}"


class Invite(models.Model):
    """A link by which somebody without an account comes in: once, or for a recruiter's study as often as it says.

    Only the hash of its secret is kept; the link is shown once, when it is made.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="invites")
    secret_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8, help_text="The first characters of the secret, to tell links apart.")
    group = models.ForeignKey(AnnotatorGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    is_study_link = models.BooleanField(default=False, help_text="For the recruiter's workers: one account per worker.")
    max_uses = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    uses = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(uses__lte=F("max_uses")), name="invite_within_its_uses"),
        ]

    def __str__(self) -> str:
        return f"invite {self.hint}…"
