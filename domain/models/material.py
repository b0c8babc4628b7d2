"""What is rated: prompts, the responses of systems, and battles between two responses."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from domain.models.imports import Import
from domain.models.projects import Project
from domain.names import name_key
from domain.querysets import BattleQuerySet, ImportedQuerySet, PromptQuerySet, ResponseQuerySet


class System(models.Model):
    """An AI under evaluation."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="systems")
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200, editable=False)
    external_id = models.CharField(max_length=200, blank=True, help_text="Its id in the files it came from.")
    family = models.CharField(max_length=100, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    retired = models.BooleanField(default=False)
    batch = models.ForeignKey(Import, on_delete=models.CASCADE, null=True, blank=True, related_name="systems")

    objects = ImportedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name_key"], name="system_name_not_confusable"),
            models.UniqueConstraint(
                fields=["project", "external_id"], condition=~Q(external_id=""), name="system_external_id_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the key that stands for all spellings of the name."""
        self.name_key = name_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # passed through unchanged


class Prompt(models.Model):
    """What systems were asked: one turn or many."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="prompts")
    external_id = models.CharField(max_length=200)
    turns = models.JSONField(default=list, help_text="[{role, content}]; empty where the text was not supplied.")
    reference = models.TextField(blank=True)
    tags = models.JSONField(default=list, blank=True)
    split = models.CharField(max_length=40, blank=True)
    canary = models.BooleanField(default=False, help_text="Planted to notice leaks; never shown in exports.")
    metadata = models.JSONField(default=dict, blank=True)
    batch = models.ForeignKey(Import, on_delete=models.CASCADE, null=True, blank=True, related_name="prompts")

    objects = PromptQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "external_id"], name="prompt_external_id_once"),
            models.CheckConstraint(condition=~Q(external_id=""), name="prompt_has_an_external_id"),
        ]

    def __str__(self) -> str:
        return self.external_id

    @property
    def text(self) -> str:
        """The last thing the user asked: what a list of prompts shows."""
        return next((turn["content"] for turn in reversed(self.turns) if turn["role"] == "user"), "")


class Rendered(models.Model):
    """Sanitised HTML of a text, made once and found by the text's SHA-256."""

    content_hash = models.CharField(max_length=64, primary_key=True)
    html = models.TextField()
    is_plain = models.BooleanField(default=False, help_text="Too large or too costly for Markdown: shown as it is.")

    def __str__(self) -> str:
        return self.content_hash


class Response(models.Model):
    """What a system answered to a prompt. ``content`` is null where only votes about it are known."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="responses")
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="responses")
    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="responses")
    sample = models.PositiveIntegerField(default=0, help_text="Which answer, where a system answered several times.")
    content = models.TextField(null=True, blank=True)  # noqa: DJ001 - an empty answer is not a missing text
    content_hash = models.CharField(max_length=64, blank=True)
    characters = models.PositiveIntegerField(null=True, blank=True)
    words = models.PositiveIntegerField(null=True, blank=True)
    headers = models.PositiveIntegerField(null=True, blank=True)
    list_items = models.PositiveIntegerField(null=True, blank=True)
    bold_spans = models.PositiveIntegerField(null=True, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    batch = models.ForeignKey(Import, on_delete=models.CASCADE, null=True, blank=True, related_name="responses")

    objects = ResponseQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["prompt", "system", "sample"], name="response_once_per_sample"),
        ]
        indexes = [models.Index(fields=["project", "prompt", "system"], name="response_of_project")]

    def __str__(self) -> str:
        return f"response {self.pk}"


class Battle(models.Model):
    """Two responses to one prompt. The lower id is ``response_a``, so that each pair exists once."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="battles")
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="battles")
    response_a = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="battles_as_a")
    response_b = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="battles_as_b")
    batch = models.ForeignKey(Import, on_delete=models.CASCADE, null=True, blank=True, related_name="battles")

    objects = BattleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(response_a__lt=F("response_b")), name="battle_in_canonical_order"),
            models.UniqueConstraint(fields=["response_a", "response_b"], name="battle_once_per_pair"),
            # A trigger (domain.triggers) refuses responses to another prompt than the battle's.
        ]
        indexes = [models.Index(fields=["project", "prompt", "response_a", "response_b"], name="battle_of_project")]

    def __str__(self) -> str:
        return f"battle {self.pk}"
