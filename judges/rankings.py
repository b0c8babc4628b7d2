"""Reading the answer of a judge that saw several responses by labels: the best one, or a ranking with ties. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from domain.choices import Choice, Outcome
from judges.answer_shape import NoVerdict
from judges.objects import check_fields, label_in, the_one_object

Ranking = tuple[tuple[int, ...], ...]  # ids of responses, in groups from the best to the worst


def read_best(text: str, labels: Mapping[str, int], shown: str = "") -> tuple[Ranking, dict[str, Any]]:
    """Return the best response, then all others, and the object that said it. Raises NoVerdict.

    ``labels`` are those that the judge saw, with the ids of the responses they stood for; ``shown`` is all that it saw.
    """
    document = the_one_object(text, {"best"}, shown)
    check_fields(document, {"best", "reasons"}, "the reply")
    best = _meant(document["best"], labels)
    others = tuple(sorted(pk for pk in labels.values() if pk != best))
    return ((best,), others), document


def read_ranking(text: str, labels: Mapping[str, int], shown: str = "") -> tuple[Ranking, dict[str, Any]]:
    """Return every response once, in groups from the best to the worst, and the object. Raises NoVerdict."""
    document = the_one_object(text, {"ranking"}, shown)
    check_fields(document, {"ranking", "reasons"}, "the reply")
    groups = document["ranking"]
    if not isinstance(groups, list):
        msg = "the ranking is not a list"
        raise NoVerdict(msg)
    lists = [group if isinstance(group, list) else [group] for group in groups]
    ranking = tuple(tuple(sorted(_meant(label, labels) for label in group)) for group in lists if group)
    ranked = [pk for group in ranking for pk in group]
    if len(set(ranked)) != len(ranked):
        msg = "the ranking names a response twice"
        raise NoVerdict(msg)
    if len(ranked) != len(labels):
        missing = ", ".join(label for label, pk in labels.items() if pk not in ranked)
        msg = f"the ranking leaves out {missing}"
        raise NoVerdict(msg)
    return ranking, document


def _meant(label: Any, labels: Mapping[str, int]) -> int:
    return labels[label_in(label, labels.keys(), "the label")]


def pairs_of(ranking: Ranking, *, ties: bool) -> Iterator[tuple[int, int, Choice]]:
    """Yield (response, response, choice) for every pair that a ranking decides.

    ``ties``: two of one group are equally good. Without it nothing is said about them: who names the best alone says
    nothing about the others.
    """
    for number, group in enumerate(ranking):
        if ties:
            yield from ((first, second, Choice(Outcome.TIE)) for first, second in combinations(group, 2))
        for later in ranking[number + 1 :]:
            yield from ((better, worse, Choice(Outcome.A)) for better in group for worse in later)


def in_short(ranking: Ranking, *, ties: bool) -> str:
    """Return a ranking by the places of the canonical list, such as 2>1=3; the best alone where no more was asked."""
    places = {pk: place for place, pk in enumerate(sorted(pk for group in ranking for pk in group), start=1)}
    groups = ["=".join(str(places[pk]) for pk in group) for group in ranking]
    return ">".join(groups) if ties else groups[0]
