"""Run studies side by side and print what was found."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from tests.coverage.harness import Distance, Recovery, Share, Study, measure, recover, table
from tests.coverage.studies import RECOVERIES, STUDIES

ALL: tuple[Study | Recovery, ...] = (*STUDIES, *RECOVERIES)


def main(wanted: str = "") -> int:
    """Print the tables of all studies with this in their name; return 1 where something is not as stated."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        running = [pool.submit(_run, place) for place, one in enumerate(ALL) if wanted in one.name]
        for done, _ in enumerate(as_completed(running), start=1):
            sys.stderr.write(f"\r{done} of {len(running)} studies")
        sys.stderr.write("\n")
        return _report([each.result() for each in running])


def _run(place: int) -> Share | Distance:
    one = ALL[place]
    return measure(one) if isinstance(one, Study) else recover(one)


def _report(found: list[Share | Distance]) -> int:
    shares = [one for one in found if isinstance(one, Share)]
    distances = [one for one in found if isinstance(one, Distance)]
    sys.stdout.write(table(shares, distances) + "\n")
    wrong = [one.name for one in found if not one.is_as_stated]
    for name in wrong:
        sys.stderr.write(f"not as stated: {name}\n")
    return 1 if wrong else 0
