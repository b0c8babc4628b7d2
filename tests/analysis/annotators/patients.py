"""What five anaesthetists said about 45 patients."""

from __future__ import annotations

import numpy as np

from analysis.judging.answers import Answers

# Dawid and Skene (1979), table 1: 45 patients, five anaesthetists, the first of whom answered three times
TABLE = """111 1 1 1 1|333 4 3 3 4|112 2 1 2 2|222 3 1 2 1|222 3 2 2 2|222 3 3 2 2|122 2 1 1 1|333 3 4 3 3|222 2 2 2 3
232 2 2 2 3|444 4 4 4 4|222 3 3 4 3|111 1 1 1 1|222 3 2 1 2|121 1 1 1 1|111 2 1 1 1|111 1 1 1 1|111 1 1 1 1
222 2 2 2 1|222 1 3 2 2|222 2 2 2 2|222 2 2 2 1|222 3 2 2 2|221 2 2 2 2|111 1 1 1 1|111 1 1 1 1|232 2 2 2 2
111 1 1 1 1|111 1 1 1 1|112 1 1 2 1|111 1 1 1 1|333 3 2 3 3|111 1 1 1 1|222 2 2 2 2|222 3 2 3 2|433 4 3 4 3
221 2 2 3 2|232 3 2 3 3|333 3 4 3 2|111 1 1 1 1|111 1 1 1 1|121 2 1 1 1|232 2 2 2 2|121 1 1 1 1|222 2 2 2 2"""


def anaesthetists() -> Answers:
    rows = [
        (item, int(label) - 1, rater)
        for item, line in enumerate(TABLE.replace("\n", "|").split("|"))
        for rater, cell in enumerate(line.split())
        for label in cell
    ]
    item, value, rater = np.array(rows).T
    return Answers(item, value, rater)
