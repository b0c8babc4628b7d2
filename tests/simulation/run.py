"""The report of the simulation."""

from __future__ import annotations

import time
from collections.abc import Iterable

from annotation.quality.intervals import clopper_pearson
from tests.simulation.campaign import Size, play
from tests.simulation.pairs import named_pairs
from tests.simulation.people import make_people
from tests.simulation.replications import false_alarms
from tests.simulation.results import Results, lines, results_of

WORK = ((100, 1), (1000, 10))  # answers per person in the replications, and by how many fewer people give so many
BAR = 0.02
PAIRS = 40  # campaigns in memory


def report(seeds: Iterable[int], replications: int) -> int:
    """Print it; return 1 where false alarms pass the bar or a spammer is missed."""
    size = Size()
    print(f"{size.people} people, 5 of them spammers; {size.items:,} items x {size.overlap}")  # noqa: T201
    played = [_one(size, seed) for seed in seeds]
    everybody = [one for results in played for one in results.people]
    honest = [one for one in everybody if not one.is_spammer]
    spammers = [one for one in everybody if one.is_spammer]
    _share("spammers found", sum(bool(one.families) for one in spammers), len(spammers))
    _share("honest people flagged", sum(bool(one.families) for one in honest), len(honest))
    measured = [one for one in honest if one.covered is not None]
    _share("skills within their 95 % interval", sum(bool(one.covered) for one in measured), len(measured))
    rates = [_many(max(1, replications // fewer), answers) for answers, fewer in WORK] if replications else [0.0]
    if replications:
        _share("campaigns in memory in which strangers are named as a pair", named_pairs(PAIRS, 5000)[0], PAIRS)
    return int(any(not one.families for one in spammers) or max(rates) >= BAR)


def _one(size: Size, seed: int) -> Results:
    begun = time.monotonic()
    results = results_of(play(size, make_people(size.people), seed))
    print(f"\nseed {seed} ({time.monotonic() - begun:.0f} s)", *lines(results), sep="\n", flush=True)  # noqa: T201
    return results


def _many(people: int, answers: int) -> float:
    found = false_alarms(people, answers, seed=answers)
    print(f"\n{people:,} honest people of {answers} answers each, in memory")  # noqa: T201
    for family, count in sorted(found.items()):
        _share(f"flagged by {family}", count, people)
    return found["any"] / people


def _share(what: str, hits: int, n: int) -> None:
    interval = clopper_pearson(hits, n)
    print(f"{what}: {hits} of {n:,} = {hits / n:.2%} ({interval.lower:.2%} to {interval.upper:.2%})")  # noqa: T201
