"""How people's answers hold up before reviewers: shares with intervals, or why there are none.

Adjudicated items are the disputed ones, so agreement with them lies below that on all items; a sample is drawn from all
answers. Intervals are Wilson's (annotation.quality.intervals) over answers, as if these were independent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import F, Q

from annotation.models import Campaign, Participant, Review
from annotation.quality.card import Stat
from annotation.quality.errors import Undefined
from annotation.quality.intervals import Estimate, wilson
from annotation.quality.page import Row
from annotation.quality.reading import ANSWERED
from annotation.review.reading import agrees, answers_by_item, sames_of, settled_by_item, settling
from annotation.rubrics import spec_of

NO_SAMPLE = "no answer of a sample was reviewed yet"
NOT_SETTLED = "none of the items is settled yet"


@dataclass(frozen=True, slots=True)
class OfPerson:
    """One annotator (a user's id) before the reviewers."""

    person: int
    stands: Stat[Estimate]
    adjudicated: Stat[Estimate]


@dataclass(frozen=True, slots=True)
class Figures:
    """A campaign before its reviewers. ``by_criterion`` has each criterion's name; of lists there is one."""

    stands: Stat[Estimate]
    adjudicated: Stat[Estimate]
    by_criterion: tuple[tuple[str, Stat[Estimate]], ...]
    people: tuple[OfPerson, ...]


def figures_of(campaign: Campaign) -> Figures:
    """Work out all figures of a campaign's review page."""
    samples, matches = _samples(campaign), _matches(campaign)
    met = [met for rows in matches.values() for met in rows]
    people = sorted(samples.keys() | matches.keys())
    return Figures(
        stands=_share((stands for rows in samples.values() for stands in rows), NO_SAMPLE),
        adjudicated=_share((all(one.values()) for one in met), NOT_SETTLED),
        by_criterion=tuple(
            (criterion.name, _share((one[criterion.key] for one in met if criterion.key in one), NOT_SETTLED))
            for criterion in spec_of(campaign).criteria
        ),
        people=tuple(_of_person(person, samples, matches) for person in people),
    )


def figures_of_person(campaign: Campaign, person: int) -> OfPerson:
    """Work out those of one annotator."""
    return _of_person(person, _samples(campaign, person), _matches(campaign))


def review_rows(participant: Participant) -> list[Row]:
    """Return the same as rows of a rater's card."""
    found = figures_of_person(participant.campaign, participant.user_id)
    return [
        Row("Stands on review", "of a sample that reviewers looked at", found.stands.value, found.stands.why),
        Row(
            "Agrees with adjudications",
            "on the items that reviewers settled, which are the disputed ones",
            found.adjudicated.value,
            found.adjudicated.why,
        ),
    ]


def _of_person(
    person: int, samples: Mapping[int, list[bool]], matches: Mapping[int, list[Mapping[str, bool]]]
) -> OfPerson:
    met = (all(one.values()) for one in matches.get(person, []))
    return OfPerson(person, _share(samples.get(person, []), NO_SAMPLE), _share(met, NOT_SETTLED))


def _samples(campaign: Campaign, person: int | None = None) -> dict[int, list[bool]]:
    """Return whether answers stand, by person: the latest review of each answer that still is what was reviewed."""
    done = Review.objects.filter(
        Q(assignment__answered_at__lte=F("decided_at")),
        item__campaign=campaign,
        kind=Review.Kind.SAMPLE,
        state=Review.State.DONE,
        assignment__state__in=ANSWERED,
        assignment__verdict__counted=True,
    )
    if person is not None:
        done = done.filter(assignment__annotator=person)
    latest: dict[int, tuple[int, bool]] = {}
    for assignment, who, stands in done.order_by("pk").values_list(
        "assignment_id", "assignment__annotator_id", "agrees"
    ):
        latest[assignment] = (who, bool(stands))
    found: dict[int, list[bool]] = defaultdict(list)
    for who, stands in latest.values():
        found[who].append(stands)
    return found


def _matches(campaign: Campaign) -> dict[int, list[Mapping[str, bool]]]:
    """Return, by person, whether their answers to settled items are the adjudicated ones, by criterion."""
    settled = settled_by_item(campaign)
    if not settled:
        return {}
    answers, sames = answers_by_item(campaign, settling(campaign).values("item")), sames_of(campaign)
    [first, *_] = spec_of(campaign).criteria
    found: dict[int, list[Mapping[str, bool]]] = defaultdict(list)
    for item, decided in settled.items():
        for one in answers.get(item, []) if decided.said else []:
            if campaign.is_listwise:
                met = {first.key: agrees(one.said, decided.said, sames)}
            else:
                met = {key: agrees(one.said, {key: want}, sames) for key, want in decided.said.items()}
            found[one.person].append(met)
    return found


def _share(outcomes: Iterable[bool], why: str) -> Stat[Estimate]:
    found = list(outcomes)
    try:
        return Stat(wilson(sum(found), len(found)))
    except Undefined:
        return Stat(None, why)
