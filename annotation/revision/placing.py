"""Which answers find a place again when a revision is undone: decided for many at once, in the order of the answers.

A turn that was set aside takes its own place back, or another one of its item that is still open. Others who have
answered meanwhile keep theirs, and a group takes no more than its quota.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from annotation.models import Assignment, CampaignGroup, Participant, RevisedAnswer
from annotation.revision.scope import batches

State = Assignment.State
People = Mapping[int | None, Participant]  # by user


@dataclass(slots=True)
class Placed:
    """Answers that come back, those whose people were excluded meanwhile, and how many found their places taken."""

    back: list[RevisedAnswer] = field(default_factory=list)
    excluded: list[RevisedAnswer] = field(default_factory=list)
    surplus: int = 0


class Shares:
    """What the groups of a campaign may still take; the row of a group stays locked from its first look on."""

    def __init__(self, campaign: int) -> None:
        self._campaign = campaign
        self._groups: dict[int, CampaignGroup | None] = {}

    def take(self, person: Participant) -> bool:
        """Count a place of work for this person's group; False when it has its quota."""
        if not person.is_in_group or person.group_id is None:
            return True
        if person.group_id not in self._groups:
            rows = CampaignGroup.objects.select_for_update().filter(campaign=self._campaign, group=person.group_id)
            self._groups[person.group_id] = rows.first()
        group = self._groups[person.group_id]
        if group is None or (group.quota is not None and group.taken >= group.quota):
            return False
        group.taken += 1
        return True

    def save(self) -> None:
        """Write what was taken."""
        for group in filter(None, self._groups.values()):
            group.save(update_fields=["taken"])


def placed(rows: Sequence[RevisedAnswer], people: People, shares: Shares) -> Placed:
    """Sort answers by whether they come back, and take the open places of those that need one.

    What was answered anew since, or erased, is in neither list. ``slot`` of a turn is the place it has from now on.
    """
    found, open_places = Placed(), _open_places(rows)
    taken: list[int] = []
    for row in rows:
        turn = row.assignment
        person = people[turn.annotator_id]
        if row.before_id is None or turn.verdict_id != (row.before_id if row.is_set_aside else row.after_id):
            continue
        if not row.is_set_aside:
            found.back.append(row)
        elif person.standing == Participant.Standing.EXCLUDED:
            found.excluded.append(row)
        elif turn.slot is not None:  # its person is just being asked again
            found.back.append(row)
        elif (places := open_places[turn.item_id]) and shares.take(person):
            slot = row.turn["slot"] if row.turn["slot"] in places else min(places)
            taken.append(places.pop(slot))
            turn.slot = slot
            found.back.append(row)
        else:
            found.surplus += 1
    for keys in batches(taken):
        Assignment.objects.filter(pk__in=keys).delete()
    return found


def _open_places(rows: Sequence[RevisedAnswer]) -> Mapping[int, dict[int, int]]:
    """Return the open places of the items of turns that have none, by slot, and lock them."""
    items = sorted({row.assignment.item_id for row in rows if row.is_set_aside and row.assignment.slot is None})
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for item, slot, pk in _read(items):
        found[item][slot] = pk
    return found


def _read(items: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    for keys in batches(items):
        free = Assignment.objects.filter(item__in=keys, state=State.OPEN).select_for_update(skip_locked=True)
        for place in free.only("item_id", "slot").order_by("item_id", "slot"):
            yield place.item_id, place.slot or 0, place.pk
