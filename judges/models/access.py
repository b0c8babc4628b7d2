"""What calls need beside a judge: keys, limits per minute, facts about models, and prices set by hand."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from domain.models import Project


class StoredKey(models.Model):
    """A provider's key, encrypted. It can be written and used, and never be read again by anybody."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="judge_keys")
    name = models.CharField(max_length=100, help_text="As a judge names it: ends in _API_KEY.")
    ciphertext = models.TextField()
    last_four = models.CharField(max_length=4, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="stored_key_once")]

    def __str__(self) -> str:
        return f"{self.name} (…{self.last_four})"


class Throttle(models.Model):
    """What one provider key may do per minute, counted for all workers together.

    ``requests_left`` and ``tokens_left`` are what was left at ``counted_at``; they fill up with time, to a minute's
    worth at most. Nobody calls before ``parked_until``.
    """

    identity = models.CharField(max_length=64, unique=True, help_text="Hash of address and key: never the key.")
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    tokens_per_minute = models.PositiveBigIntegerField(null=True, blank=True)
    requests_left = models.FloatField(default=0)
    tokens_left = models.FloatField(default=0)
    counted_at = models.DateTimeField(null=True, blank=True)
    parked_until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"throttle {self.identity[:12]}"


class ModelFact(models.Model):
    """What a vendor says about a model, as it was last asked: none of it is needed, all of it may be missing."""

    provider = models.CharField(max_length=20)
    base_url = models.CharField(max_length=400, blank=True)
    model = models.CharField(max_length=200)
    told = models.JSONField(default=dict, blank=True, help_text="See judges.providers.catalogue.Told.")
    problem = models.CharField(max_length=300, blank=True, help_text="Why the vendor could not be asked.")
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "base_url", "model"], name="model_fact_once")]

    def __str__(self) -> str:
        return f"what {self.provider} says about {self.model}"


class PriceRow(models.Model):
    """What a model costs in a project from a date on, where the shipped table does not know or knows otherwise."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="judge_prices")
    model = models.CharField(max_length=200)
    since = models.DateField()
    up_to = models.PositiveIntegerField(null=True, blank=True, help_text="Longest prompt in tokens; empty: any.")
    input_usd = models.DecimalField(max_digits=12, decimal_places=6, help_text="Dollars per million tokens.")
    output_usd = models.DecimalField(max_digits=12, decimal_places=6, help_text="Dollars per million tokens.")
    cache_read = models.DecimalField(
        max_digits=6, decimal_places=4, default=1, help_text="Share of the input price that a cached token costs."
    )

    class Meta:
        ordering = ["model", "-since", "up_to"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "model", "since", "up_to"], condition=Q(up_to__isnull=False), name="price_tier_once"
            ),
            models.UniqueConstraint(
                fields=["project", "model", "since"], condition=Q(up_to__isnull=True), name="price_without_tier_once"
            ),
            models.CheckConstraint(
                condition=Q(input_usd__gte=0, output_usd__gte=0, cache_read__gte=0), name="price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} since {self.since}"
