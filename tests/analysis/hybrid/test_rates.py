"""Pass rates corrected by sensitivity and specificity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.hybrid.rates import Calibration, rogan_gladen
from tests.analysis.builders import width
from tests.known import known

GOOD = Calibration(passed_good=90, good=100, failed_bad=80, bad=100)


def test_the_correction_by_hand():
    made = rogan_gladen(690, 1000, GOOD, method="delta")  # 0.7 good: 0.7 * 0.9 + 0.3 * 0.2 = 0.69 are passed
    assert made.value == pytest.approx(0.7)
    variance = 0.69 * 0.31 / 1000 + 0.3**2 * 0.8 * 0.2 / 100 + 0.7**2 * 0.9 * 0.1 / 100
    assert width(made) / 2 == pytest.approx(1.959964 * np.sqrt(variance) / 0.7, abs=1e-6)
    assert "PPI++" in made.conventions["caution"]


def test_the_delta_error_is_what_redrawing_gives():
    rng = np.random.default_rng(0)
    rate, q1, q0 = (rng.binomial(n, p, 20_000) / n for n, p in ((1000, 0.69), (100, 0.9), (100, 0.8)))
    drawn = (rate + q0 - 1) / (q0 + q1 - 1)
    assert rogan_gladen(690, 1000, GOOD, method="delta").standard_error == pytest.approx(drawn.std(), rel=0.05)


def lang_and_reiczigel(x: int, n: int, x_se: int, n_se: int, x_sp: int, n_sp: int, z: float) -> tuple[float, float]:
    """Lang and Reiczigel (2014), written out from their formulas, which their own R function follows."""
    prev, n_prev = (x + z**2 / 2) / (n + z**2), n + z**2
    sens, n_sens = (x_se + 1) / (n_se + 2), n_se + 2
    spec, n_spec = (x_sp + 1) / (n_sp + 2), n_sp + 2
    true = (prev + spec - 1) / (sens + spec - 1)
    sens_part, spec_part = sens * (1 - sens) / n_sens, spec * (1 - spec) / n_spec
    error = (prev * (1 - prev) / n_prev + sens_part * true**2 + spec_part * (1 - true) ** 2) ** 0.5
    shift = 2 * z**2 * (true * sens_part - (1 - true) * spec_part)
    half = z * error / (sens + spec - 1)
    return max(true + shift - half, 0.0), min(true + shift + half, 1.0)


@pytest.mark.parametrize(
    "given", [(690, 1000, 90, 100, 80, 100), (27, 650, 50, 100, 199, 200), (12, 30, 14, 20, 9, 15), (3, 9, 5, 6, 4, 6)]
)
def test_the_default_interval_is_that_of_lang_and_reiczigel(given):
    passed, n, passed_good, good, failed_bad, bad = given
    made = rogan_gladen(passed, n, Calibration(passed_good, good, failed_bad, bad))
    expected = lang_and_reiczigel(passed, n, passed_good, good, failed_bad, bad, z=1.959963984540054)
    assert (made.lower, made.upper) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("labels", "judged", "least"), [(20, 300, 0.96), (100, 300, 0.92)])
def test_lees_interval_covers_with_few_calibration_items(labels, judged, least):
    rng = np.random.default_rng(1)
    covered = made = 0
    for _ in range(600):
        good = int(rng.binomial(labels, 0.7))
        if not 0 < good < labels:
            continue
        calibration = Calibration(
            int(rng.binomial(good, 0.9)), good, int(rng.binomial(labels - good, 0.8)), labels - good
        )
        found = rogan_gladen(int(rng.binomial(judged, 0.69)), judged, calibration)
        if found.value is not None:
            made += 1
            covered += known(found.lower) <= 0.7 <= known(found.upper)
    assert covered / made > least  # Lee et al.'s interval held 0.990 and 0.935 in another implementation's simulation


@given(passed=st.integers(0, 50), hits=st.tuples(st.integers(13, 20), st.integers(13, 20)))
def test_calling_good_bad_turns_everything_round(passed, hits):
    made = rogan_gladen(passed, 50, Calibration(hits[0], 20, hits[1], 20))
    turned = rogan_gladen(50 - passed, 50, Calibration(hits[1], 20, hits[0], 20))
    assert known(made.value) + known(turned.value) == pytest.approx(1)
    assert known(made.lower) + known(turned.upper) == pytest.approx(1)


def test_a_judge_that_knows_nothing_gives_nothing():
    assert rogan_gladen(5, 10, Calibration(10, 20, 10, 20)).reason == "no_signal"
    assert rogan_gladen(0, 0, GOOD).reason == "empty"
    assert rogan_gladen(5, 10, Calibration(0, 0, 10, 20)).reason == "no_cases"
    perfect = rogan_gladen(10, 10, Calibration(20, 20, 20, 20))
    assert perfect.value == 1.0
    assert known(perfect.lower) < 0.9  # perfect on ten items is not certain
    with pytest.raises(ValueError, match="hits"):
        Calibration(3, 2, 0, 0)
