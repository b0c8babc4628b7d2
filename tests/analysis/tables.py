"""Published tables of ratings, as they are printed, and ratings made of counts."""

from __future__ import annotations

import numpy as np

from analysis.data import Coded, Ratings
from tests.analysis.builders import make_ratings

# Fleiss (1971), table 1: how many of six psychiatrists gave each of 30 patients each of five diagnoses.
PSYCHIATRISTS = (
    "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 "
    "00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
)
# Wikipedia, "Fleiss' kappa", worked example: 14 raters, 10 items, 5 categories.
WIKIPEDIA = [
    *("0 0 0 0 14", "0 2 6 4 2", "0 0 3 5 6", "0 3 9 2 0", "2 2 8 1 1"),
    *("7 7 0 0 0", "3 2 6 3 0", "2 5 3 2 2", "6 5 2 1 0", "0 2 2 3 7"),
]
# Shrout and Fleiss (1979), table 2: four judges (rows here), six targets.
JUDGES = ["9 6 8 7 10 6", "2 1 4 1 5 2", "5 3 6 2 6 4", "8 2 8 6 9 7"]
# The "anxiety" data of R's irr package: three raters, 20 patients.
ANXIETY = [
    "3 3 3 4 5 5 2 3 5 2 2 6 1 5 2 2 1 2 4 3",
    "3 6 4 6 2 4 2 4 3 3 2 3 3 3 2 2 1 3 3 4",
    "2 1 4 4 3 2 1 6 1 1 1 2 3 3 1 1 3 3 2 2",
]
# Bland and Altman (1986), Lancet i, 307-310: peak flow by a large and a mini meter, twice each, 17 people.
LARGE = [
    "494 395 516 434 476 557 413 442 650 433 417 656 267 478 178 423 427",
    "490 397 512 401 470 611 415 431 638 429 420 633 275 492 165 372 421",
]
MINI = [
    "512 430 520 428 500 600 364 380 658 445 432 626 260 477 259 350 451",
    "525 415 508 444 500 625 460 390 642 432 420 605 227 467 268 370 443",
]

# Krippendorff (2011), Computing Krippendorff's alpha-reliability, examples A, B and C.
BINARY = ["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"]
FOUR_OBSERVERS = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
]
# Gwet (2014): five observers (rows), 15 units.
FIVE_OBSERVERS = [
    "1 1 2 . 0 0 1 1 2 2 . 0 1 3 1",
    "1 1 3 0 0 0 0 . 2 1 1 0 2 3 1",
    "2 0 3 0 0 0 2 2 2 1 0 0 2 2 1",
    ". 1 3 . . . . 0 . 1 0 0 2 2 .",
    "2 . . 0 0 0 1 . 2 . . . . 3 1",
]
# Agresti (2013), Categorical Data Analysis, 3rd edition: two pathologists on carcinoma of the cervix, 118 slides.
PATHOLOGISTS = [[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]]


def from_counts(rows: list[list[int]]) -> Ratings:
    """Ratings by unnamed raters: row i, column k says how many put item i into category k."""
    cells = [(i, k) for i, row in enumerate(rows) for k, number in enumerate(row) for _ in range(number)]
    items = Coded(np.array([i for i, _ in cells]), tuple(f"item {i}" for i in range(len(rows))))
    return Ratings(items, np.array([float(k) for _, k in cells]))


def from_table(table: list[list[int]]) -> Ratings:
    """Two raters' joint answers: row k, column l counts the items that got k from the first and l from the second."""
    pairs = [(k, m) for k, row in enumerate(table) for m, number in enumerate(row) for _ in range(number)]
    return make_ratings([" ".join(str(pair[rater]) for pair in pairs) for rater in (0, 1)])


FLEISS = from_counts([[int(digit) for digit in row] for row in PSYCHIATRISTS.split()])
FIFTEEN = from_counts([[int(digit) for digit in row] for row in PSYCHIATRISTS.split()[:15]])  # as in Gwet (2014)
DIAGNOSES = from_table([[13, 0, 0], [0, 20, 7], [0, 4, 56]])  # Gwet (2014), three categories, 100 patients
