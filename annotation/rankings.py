"""Rankings and best-worst choices: what they say about each pair of the responses that stood in one list. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from domain.choices import Choice, Outcome

Pair = tuple[int, int, Choice]  # places in the list as shown, the earlier one first; A is the earlier one


def pairs_of_ranks(ranks: Mapping[str, int], labels: str) -> Iterator[Pair]:
    """Yield every pair: the lower place wins, equal places are a tie. ``ranks`` has a place for each label."""
    for first, second in combinations(range(len(labels)), 2):
        yield first, second, _better(ranks[labels[second]] - ranks[labels[first]])


def pairs_of_extremes(best: str, worst: str, labels: str) -> Iterator[Pair]:
    """Yield the 2n - 3 pairs that hold the best or the worst; nothing is said about the others."""
    height = {best: 1, worst: -1}
    for first, second in combinations(range(len(labels)), 2):
        lead = height.get(labels[first], 0) - height.get(labels[second], 0)
        if lead:
            yield first, second, _better(lead)


def ranks_of(pairs: Iterable[Pair], labels: str) -> dict[str, int]:
    """Return the places that decide all pairs so: 1 and one for each response above; a tie shares a place."""
    places = dict.fromkeys(labels, 1)
    for first, second, choice in pairs:
        if choice.outcome is not Outcome.TIE:
            places[labels[second if choice.outcome is Outcome.A else first]] += 1
    return places


def extremes_of(pairs: Iterable[Pair], labels: str) -> tuple[str, str]:
    """Return the best and the worst of a choice that decided these pairs: who won, and who lost, against all others."""
    won, lost = dict.fromkeys(labels, 0), dict.fromkeys(labels, 0)
    for first, second, choice in pairs:
        winner, loser = (first, second) if choice.outcome is Outcome.A else (second, first)
        won[labels[winner]] += 1
        lost[labels[loser]] += 1
    return max(labels, key=won.__getitem__), max(labels, key=lost.__getitem__)


def _better(lead: int) -> Choice:
    if lead == 0:
        return Choice(Outcome.TIE)
    return Choice(Outcome.A if lead > 0 else Outcome.B)
