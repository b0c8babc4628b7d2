"""Reading the answer of a judge that saw several responses by labels: the best one, or a ranking with ties. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from domain.choices import Choice, Outcome
from judges.answer_shape import NoVerdict
from judges.objects import check_fields, label_in, the_one_object

Ranking = tuple[tuple[int, ...], ...]  # places as shown, in groups from the best to the worst


def read_best(text: str, labels: Sequence[str]) -> tuple[Ranking, dict[str, Any]]:
    """Return the place of the best response, then all others, and the object that said it. Raises NoVerdict."""
    document = the_one_object(text, {"best"})
    check_fields(document, {"best", "reasons"}, "the reply")
    best = _place(document["best"], labels)
    others = tuple(place for place in range(len(labels)) if place != best)
    return ((best,), others), document


def read_ranking(text: str, labels: Sequence[str]) -> tuple[Ranking, dict[str, Any]]:
    """Return every place once, in groups from the best to the worst, and the object. Raises NoVerdict."""
    document = the_one_object(text, {"ranking"})
    check_fields(document, {"ranking", "reasons"}, "the reply")
    groups = document["ranking"]
    if not isinstance(groups, list):
        msg = "the ranking is not a list"
        raise NoVerdict(msg)
    lists = [group if isinstance(group, list) else [group] for group in groups]
    ranking = tuple(tuple(sorted(_place(label, labels) for label in group)) for group in lists if group)
    ranked = [place for group in ranking for place in group]
    if len(set(ranked)) != len(ranked):
        msg = "the ranking names a response twice"
        raise NoVerdict(msg)
    if len(ranked) != len(labels):
        missing = ", ".join(labels[place] for place in range(len(labels)) if place not in ranked)
        msg = f"the ranking leaves out {missing}"
        raise NoVerdict(msg)
    return ranking, document


def _place(label: Any, labels: Sequence[str]) -> int:
    return labels.index(label_in(label, dict.fromkeys(labels).keys(), "the label"))


def pairs_of(ranking: Ranking, *, ties: bool) -> Iterator[tuple[int, int, Choice]]:
    """Yield (place, place, choice) for every pair that a ranking decides.

    ``ties``: two of one group are equally good. Without it nothing is said about them: who names the best alone says
    nothing about the others.
    """
    for number, group in enumerate(ranking):
        if ties:
            yield from ((first, second, Choice(Outcome.TIE)) for first, second in combinations(group, 2))
        for later in ranking[number + 1 :]:
            yield from ((better, worse, Choice(Outcome.A)) for better in group for worse in later)
