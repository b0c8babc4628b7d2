"""What reviewers say about answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.models.items import Assignment, Item
from domain.models import Verdict


class Review(models.Model):
    """One reviewer's look at an item on which people disagree, or at one answer of a sample.

    An adjudication records a verdict of the reviewer's own, in the role ``review``; the answers it is about stay.
    """

    class Kind(models.TextChoices):
        """Adjudication settles an item; a sample checks one person's answer."""

        ADJUDICATION = "adjudication", "adjudication"
        SAMPLE = "sample", "sample"

    class State(models.TextChoices):
        """A review is open while somebody holds or is to do it."""

        OPEN = "open", "open"
        DONE = "done", "done"
        PASSED = "passed", "left to another reviewer"

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="reviews")
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, null=True, blank=True, related_name="reviews")
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    verdict = models.ForeignKey(Verdict, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    agrees = models.BooleanField(null=True, blank=True, help_text="Of a sample: whether the answer stands.")
    swapped = models.BooleanField(default=False, help_text="response_b was shown first to the reviewer.")
    seed = models.PositiveIntegerField(default=0, help_text="Of the order of a list, or of the draw of a sample.")
    answer = models.JSONField(null=True, blank=True, help_text="What was sent, with the sides as they were seen.")
    draft = models.JSONField(null=True, blank=True, help_text="What the reviewer has entered and not yet sent.")
    held_until = models.DateTimeField(null=True, blank=True, help_text="Then another reviewer may take it over.")
    opened_at = models.DateTimeField(null=True, blank=True, help_text="When the answers were opened before deciding.")
    named = models.BooleanField(default=False, help_text="The page said whose answers they are.")
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(kind="adjudication", state="open"), name="review_one_open_per_item"
            ),
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(kind="sample", state="open"), name="review_one_open_per_answer"
            ),
            models.CheckConstraint(
                condition=Q(state="done", decided_at__isnull=False) | (~Q(state="done") & Q(decided_at__isnull=True)),
                name="review_decided_by_state",
            ),
            models.CheckConstraint(
                condition=Q(kind="adjudication", assignment__isnull=True) | Q(kind="sample", assignment__isnull=False),
                name="review_of_an_item_or_an_answer",
            ),
            models.CheckConstraint(condition=Q(state__in=["open", "done", "passed"]), name="review_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"review {self.pk}"


class Comment(models.Model):
    """A word between a reviewer and an annotator about one turn. Annotators see "Reviewer", not a name."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    is_reviewer = models.BooleanField()
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:80]
