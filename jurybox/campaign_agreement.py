"""Between people and numbers: the agreement of a campaign's annotators, for its dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from annotation.agreement_source import AgreementFigure
from annotation.models import Assignment, Campaign

if TYPE_CHECKING:
    from analysis.data import Ratings

SHOWN = ("percent_agreement", "krippendorff_alpha")
NEWEST = 30_000  # turns: enough for any interval, and half a second
ANSWERED = (Assignment.State.DONE, Assignment.State.REOPENED)


def campaign_agreement(campaign: Campaign) -> Sequence[AgreementFigure]:
    """Return percent agreement and Krippendorff's alpha on each criterion, with jackknife intervals over items.

    Choices are nominal, scores have their criterion's level. Rankings are pairs that one person ordered at once, so
    they have no figure here; the agreement page has them pair by pair.
    """
    if campaign.is_listwise:
        return []
    criteria = {criterion.pk: criterion for criterion in campaign.rubric.criteria.all()}
    rows = _rows(campaign)
    if not rows:
        return []
    from analysis.agreement import AgreementOptions, agreement

    found = []
    for pk, criterion in criteria.items():
        ratings = _ratings([row for row in rows if row[3] == pk])
        if ratings is None:
            continue
        options = AgreementOptions(level=criterion.level, ci="jackknife")
        found += [_figure(criterion.name, one) for one in agreement(ratings, options).statistics if one.name in SHOWN]
    return found


def _figure(criterion: str, one: Any) -> AgreementFigure:
    return AgreementFigure(criterion, one.name, one.value, one.lower, one.upper, one.n, one.message or "")


def _rows(campaign: Campaign) -> list[tuple[Any, ...]]:
    """Return (item, person, swapped, criterion, outcome, value) of the newest counted live answers."""
    turns = Assignment.objects.filter(
        campaign=campaign, lane=Assignment.Lane.WORK, state__in=ANSWERED, verdict__counted=True
    ).order_by("-pk")
    scores = ("criterion", "outcome", "value")
    fields = ("item_id", "annotator_id", "verdict__swapped", *(f"verdict__scores__{name}" for name in scores))
    return list(turns.values_list(*fields)[:NEWEST])


def _ratings(rows: Sequence[tuple[Any, ...]]) -> Ratings | None:
    """Build a table of ratings; of choices in the frame in which the item was first shown, as analysis has them."""
    import numpy as np

    from analysis.data import OUTCOMES, SEEN_FROM_B, Ratings

    if not rows:
        return None
    items, people = (_coded([row[at] for row in rows]) for at in (0, 1))
    if rows[0][4] is None:
        return Ratings(item=items, rater=people, value=np.array([float(row[5]) for row in rows]))
    places = {outcome.value: place for place, outcome in enumerate(OUTCOMES)}
    first = {item: swapped for item, _, swapped, *_ in rows}
    said = np.array([places[row[4]] for row in rows])
    turned = np.array([first[row[0]] for row in rows])
    value = np.where(turned, np.asarray(SEEN_FROM_B)[said], said).astype(np.float64)
    return Ratings(item=items, rater=people, value=value, labels=tuple(OUTCOMES))


def _coded(keys: Sequence[int]) -> Any:
    import numpy as np

    from analysis.data import Coded

    found, codes = np.unique(np.array(keys), return_inverse=True)
    return Coded(codes, tuple(map(str, found.tolist())))
