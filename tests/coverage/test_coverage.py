"""Every study by itself: slow. ``make coverage-study`` runs the same ones side by side and prints their table."""

from __future__ import annotations

import pytest

from tests.coverage.harness import measure, recover
from tests.coverage.studies import RECOVERIES, STUDIES

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_it_is_as_often_right_as_docs_methods_says(study):
    found = measure(study)
    assert found.is_as_stated, f"{found.share:.4f} in {found.trials} data sets, {found.missing:.1%} without"


@pytest.mark.parametrize("recovery", RECOVERIES, ids=lambda recovery: recovery.name)
def test_it_comes_as_near_the_truth_as_docs_methods_says(recovery):
    found = recover(recovery)
    assert found.is_as_stated, f"bias {found.bias:.4f} ± {found.bias_error:.4f}, error {found.root_mean_square:.4f}"
