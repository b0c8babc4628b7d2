"""What a campaign's own answers suggest for its policy."""

from __future__ import annotations

from annotation.models import Assignment, Campaign
from annotation.quality.patterns import floor_of
from annotation.quality.reading import ANSWERED

NEWEST = 2000


def suggested_floor(campaign: Campaign) -> int:
    """Return a speed floor in ms from the newest answers and the lengths of what was read.

    Raises Undefined while there are too few answers.
    """
    rows = Assignment.objects.filter(
        campaign=campaign, lane=Assignment.Lane.WORK, state__in=ANSWERED, verdict__active_ms__isnull=False
    ).order_by("-answered_at")
    words = ("item__response__words", "item__battle__response_a__words", "item__battle__response_b__words")
    times, lengths = [], []
    for active, *counts in rows.values_list("verdict__active_ms", *words)[:NEWEST]:
        times.append(active)
        lengths.append(sum(count or 0 for count in counts))
    return floor_of(times, lengths)
