"""Real items as probes show them. In a run of probes, the repeat of a cell says which probe it is: 0 is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from judges.probes.changes import carrier, changed
from judges.probes.pack import Probe, pack_of
from judges.probes.reading import scale_of

if TYPE_CHECKING:
    from domain.specs import CriterionSpec
    from judges.asking import Item
    from judges.leases import Lease
    from judges.models import Cell, Run


def probes_of(run: Run) -> tuple[Probe, ...]:
    """Return the probes of a run, in the order of its repeats from 1 on; none for any other run."""
    return pack_of(run.selection.get("probes") or ())


def probe_of(cell: Cell) -> Probe | None:
    """Return the probe by which the item of a cell was changed."""
    return probes_of(cell.run)[cell.repeat - 1] if cell.run.is_of_probes and cell.repeat else None


def as_probed(
    item: Item, lease: Lease, probes: Sequence[Probe], names: Sequence[str], criterion: CriterionSpec
) -> Item:
    """Return an item with its probe applied. ``names`` are those of two responses as shown."""
    if not lease.repeat:
        return item
    probe, place = probes[lease.repeat - 1], 0
    if len(item.responses) == 2:
        shown = item.responses[::-1] if lease.order else item.responses
        place = carrier(shown[0], shown[1]) ^ lease.order
    best = names[place] if len(item.responses) == 2 else _best_score(criterion)
    turn = lease.battle_id or lease.response_id or 0
    return replace(item, responses=changed(item.responses, place, probe, turn=turn, best=best))


def _best_score(criterion: CriterionSpec) -> str:
    ends = scale_of(criterion)
    return "the best" if ends is None else f"{ends[1] if criterion.higher_is_better else ends[0]:g}"
