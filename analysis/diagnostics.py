"""What is wrong with the data behind a board: warnings with stable codes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.counts import Counts
from analysis.errors import Why
from analysis.exposure import FEW_BATTLES
from analysis.graph import members
from analysis.notes import Note
from analysis.scores import Scores


def diagnostics(counts: Counts, scores: Scores) -> tuple[Note, ...]:
    """Return what a reader must know before trusting a board, each trouble with its stable code and its systems."""
    return (
        _disconnected(counts, scores)
        + _without_rating(counts, scores)
        + _separated(counts, scores)
        + _spreadless(counts, scores)
        + _few(counts)
    )


def _disconnected(counts: Counts, scores: Scores) -> tuple[Note, ...]:
    components = [p for p in members(scores.component) if any(scores.reasons[place] is not Why.EMPTY for place in p)]
    if len(components) < 2:
        return ()
    text = f"systems fall into {len(components)} components that never met; each is ranked apart"
    return (Note(Why.DISCONNECTED, text, counts.systems),)


_NO_RATING = {
    Why.UNBEATEN: "never lost a battle or tied: no finite rating exists, only a place",
    Why.WINLESS: "never won a battle or tied: no finite rating exists, only a place",
    Why.SEPARATED: "only ever beat some and lost to others: no finite rating exists, only a place",
    Why.NOT_CONVERGED: "the fit did not reach its optimum: no rating",
    Why.EMPTY: "has no battle that counts",
}


def _without_rating(counts: Counts, scores: Scores) -> tuple[Note, ...]:
    places = {why: [p for p, reason in enumerate(scores.reasons) if reason is why] for why in _NO_RATING}
    return tuple(Note(why, text, names_at(counts, places[why])) for why, text in _NO_RATING.items() if places[why])


def _separated(counts: Counts, scores: Scores) -> tuple[Note, ...]:
    """Warn of groups within a component whose ratings lie on scales of their own."""
    groups = [places for places in members(scores.group) if len(places) > 1]
    homes = [int(scores.component[places[0]]) for places in groups]
    apart = [places for places, home in zip(groups, homes, strict=True) if homes.count(home) > 1]
    text = "rated on a scale of its own: every result between this group and the rest went one way"
    return tuple(Note(Why.SEPARATED, text, names_at(counts, places)) for places in apart)


def _spreadless(counts: Counts, scores: Scores) -> tuple[Note, ...]:
    """Warn of systems rated without an interval on a board whose other systems have one."""
    if np.isnan(scores.lower).all() and scores.sets is None:
        return ()
    places = np.flatnonzero(~np.isnan(scores.rating) & np.isnan(scores.lower))
    text = (
        "no interval: every result was exactly as expected (ties only), all battles are in one cluster, or too many "
        "resamples had no finite rating"
    )
    return (Note("no_spread", text, names_at(counts, places)),) if len(places) else ()


def _few(counts: Counts) -> tuple[Note, ...]:
    battles = battles_of_each(counts)
    few = [place for place, number in enumerate(battles) if 0 < number < FEW_BATTLES]
    text = f"fewer than {FEW_BATTLES} battles: intervals are rough"
    return (Note("few_battles", text, names_at(counts, few)),) if few else ()


def battles_of_each(counts: Counts) -> NDArray[np.float64]:
    """Return how many battles each system has, whatever their outcome."""
    total = counts.number.sum(axis=0)
    battles: NDArray[np.float64] = total.sum(axis=0) + total.sum(axis=1)
    return battles


def names_at(counts: Counts, places: NDArray[np.int64] | list[int]) -> tuple[str, ...]:
    """Return the names of the systems at these places."""
    return tuple(counts.systems[place] for place in places)
