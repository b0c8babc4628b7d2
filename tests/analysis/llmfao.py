"""The votes of the LLMFAO collection, for tests that run where the shared data are."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from analysis.data import Battles
from analysis.files import read_battles

LLMFAO = Path(__file__).parents[2].parent / "shared" / "data" / "llmfao"
needs_llmfao = pytest.mark.skipif(not LLMFAO.exists(), reason="the shared llmfao data are not here")


def crowd_battles(tmp_path: Path) -> Battles:
    """The llmfao votes under the column names that a file of battles has."""
    label = {"left": "A", "right": "B", "tie": "tie"}
    path = tmp_path / "crowd.csv"
    with (LLMFAO / "crowd-comparisons.csv").open() as votes, path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["system_a", "system_b", "outcome", "prompt", "rater"])
        out.writerows(
            [row["left"], row["right"], label[row["winner"]], row["prompt"], row["worker"]]
            for row in csv.DictReader(votes)
        )
    return read_battles(path, optional=("prompt", "rater"))
