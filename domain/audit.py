"""The project's log for reading and for taking away: who did what, and when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet

from domain.models import Event, Project

COLUMNS: dict[str, type] = {"id": int, "at": str, "person": str, "action": str, "details": str}
MOST_ACTIONS = 200
BLOCK = 1_000


class AuditForm(forms.Form):
    """What of the log to show."""

    action = forms.ChoiceField(required=False)
    person = forms.ChoiceField(required=False)
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        actions = Event.objects.filter(project=project).order_by("action").values_list("action", flat=True).distinct()
        people = User.objects.filter(pk__in=Event.objects.filter(project=project).values("user")).order_by("username")
        choices = [("", "everything"), *((action, _words(action)) for action in actions[:MOST_ACTIONS])]
        self.fields["action"].choices = choices  # type: ignore[attr-defined]  # of its class
        names = people.values_list("pk", "username")
        self.fields["person"].choices = [("", "everybody"), *((str(pk), name) for pk, name in names)]  # type: ignore[attr-defined]

    def found(self, project: Project) -> QuerySet[Event]:
        """Return the lines asked for, newest first; a filter that cannot be read shows nothing."""
        events = Event.objects.filter(project=project).select_related("user").order_by("-pk")
        if not self.is_valid():
            return events.none()
        said = self.cleaned_data
        if said["action"]:
            events = events.filter(action=said["action"])
        if said["person"]:
            events = events.filter(user=said["person"])
        if said["since"]:
            events = events.filter(at__gte=_midnight(said["since"]))
        if said["until"]:
            events = events.filter(at__lt=_midnight(said["until"] + timedelta(days=1)))
        return events


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _words(action: str) -> str:
    return action.replace(".", " ").replace("_", " ").capitalize()


def rows_of(events: QuerySet[Event]) -> Iterator[dict[str, Any]]:
    """Yield the lines as they are exported, a block at a time."""
    for event in events.iterator(chunk_size=BLOCK):
        yield {
            "id": event.pk,
            "at": event.at.isoformat(),
            "person": event.user.get_username() if event.user else None,
            "action": event.action,
            "details": json.dumps(event.details, ensure_ascii=False, sort_keys=True),
        }
