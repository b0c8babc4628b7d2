"""Everything that can be resampled of a table of ratings."""

from __future__ import annotations

from analysis.catalogue import entries_for
from analysis.data import Ratings
from analysis.errors import Undefined
from analysis.parts import Part
from analysis.repeats import collapse_repeats
from analysis.resampling import Clusters, Drawn, Sums

SCALE = (*map(float, range(1, 11)),)


def part_of(ratings: Ratings, level: str, clusters: Clusters | None = None, categories=SCALE) -> Part:
    return Part(None, level, collapse_repeats(ratings, average=False), categories, clusters)


def built(ratings: Ratings, level: str, clusters: Clusters | None = None) -> dict[str, Sums | Drawn]:
    part = part_of(ratings, level, clusters)
    made = {}
    for entry in entries_for(part, every=True):
        try:
            part.refuse_one_rater()
            made[" ".join([entry.name, *entry.options.values()])] = entry.build(part)
        except Undefined:
            continue
    return made
