"""Judge versions: everything about a judge that can change its verdicts, frozen under one hash."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from domain.models import Project, Rater, Rubric
from judges.providers import Vendor
from judges.querysets import JudgeVersionQuerySet


class JudgeVersion(models.Model):
    """What is asked, of which model, with which settings. A change is a new version, and a new rater.

    The database refuses changes of what the content hash covers (judges.triggers); only the name of the environment
    variable that holds the key may change. The key itself is never stored.
    """

    class Protocol(models.TextChoices):
        """The shape of the question."""

        DIRECT = "direct", "scores one response"
        PAIRWISE = "pairwise", "compares two responses, in both orders"
        LISTWISE = "listwise", "ranks all responses to a prompt"

    class Combination(models.TextChoices):
        """How the members of a panel answer together."""

        JURY = "jury", "all are asked, and their answers are put together"
        CASCADE = "cascade", "the next is asked only where the one before was not sure"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="judge_versions")
    name = models.CharField(max_length=120)
    number = models.PositiveIntegerField(default=1)
    protocol = models.CharField(max_length=8, choices=Protocol)
    preset = models.CharField(max_length=40, blank=True, help_text="Which published protocol: judges.presets.")
    combination = models.CharField(max_length=8, choices=Combination, blank=True, help_text="Of a panel of judges.")
    prompt_version = models.CharField(max_length=40, help_text="Which wording of the prompt: judges.prompts.")
    provider = models.CharField(max_length=20, help_text="One of judges.providers.Vendor, or panel.")
    model = models.CharField(max_length=200, help_text="The provider's name of the model.")
    base_url = models.CharField(max_length=400, blank=True, help_text="Empty for the vendor's own address.")
    dialect = models.CharField(max_length=12, blank=True, help_text="How a compatible server is asked for a shape.")
    parameters = models.JSONField(default=dict, blank=True, help_text="Sampling settings and the limit of tokens.")
    rubric = models.ForeignKey(Rubric, on_delete=models.RESTRICT, related_name="judge_versions")
    schema_hash = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    key_name = models.CharField(max_length=100, blank=True, help_text="Name of the environment variable of the key.")
    rater = models.OneToOneField(Rater, on_delete=models.RESTRICT, related_name="judge_version")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = JudgeVersionQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "content_hash"], name="judge_version_content_once"),
            models.UniqueConstraint(fields=["project", "name", "number"], name="judge_version_number_once"),
            models.CheckConstraint(
                condition=Q(protocol__in=["direct", "pairwise", "listwise"]), name="judge_version_protocol_is_known"
            ),
            models.CheckConstraint(
                condition=Q(combination__in=["", "jury", "cascade"]), name="judge_version_combination_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(provider=Vendor.COMPATIBLE.value) | ~Q(base_url=""),
                name="judge_version_compatible_has_an_address",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Return the name, with the version's number from the second version on."""
        return self.name if self.number == 1 else f"{self.name} v{self.number}"

    @property
    def orders(self) -> tuple[int, ...]:
        """Return the orders in which an item is asked: both ways round, where there are several responses."""
        return (0,) if self.protocol == self.Protocol.DIRECT else (0, 1)


class Member(models.Model):
    """A judge on a panel. Panels have no members that are panels."""

    panel = models.ForeignKey(JudgeVersion, on_delete=models.CASCADE, related_name="members")
    place = models.PositiveSmallIntegerField(help_text="From 0; a cascade asks in this order.")
    judge = models.ForeignKey(JudgeVersion, on_delete=models.RESTRICT, related_name="panels")

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "place"], name="member_place_once"),
            models.UniqueConstraint(fields=["panel", "judge"], name="member_judge_once"),
            models.CheckConstraint(condition=~Q(panel=models.F("judge")), name="member_is_not_its_own_panel"),
        ]

    def __str__(self) -> str:
        return f"{self.judge} on {self.panel}"
