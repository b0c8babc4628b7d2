"""Every agreement coefficient against published tables and other software, and where each is undefined."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from analysis.agreement import AgreementOptions, Statistic, agreement
from analysis.data import Ratings
from analysis.two_raters import kappa_of_tables
from tests.analysis.builders import make_ratings, rating_rows
from tests.analysis.tables import (
    ANXIETY,
    DIAGNOSES,
    FIFTEEN,
    FIVE_OBSERVERS,
    FLEISS,
    FOUR_OBSERVERS,
    JUDGES,
    LARGE,
    MINI,
    PATHOLOGISTS,
    WIKIPEDIA,
    from_counts,
    from_table,
)

AnnotationTask = pytest.importorskip("nltk.metrics.agreement").AnnotationTask


def every(ratings: Ratings, level: str = "nominal", ci: str = "none") -> dict[tuple[str, ...], Statistic]:
    """All statistics by (name, value of the option)."""
    chosen = AgreementOptions(level=level, every=True, ci=ci, rounds=200)
    return {(one.name, *one.options.values()): one for one in agreement(ratings, chosen).statistics}


def value(ratings: Ratings, *name: str, level: str = "nominal") -> float:
    found = every(ratings, level)[name]
    assert found.value is not None, found.message
    return found.value


@pytest.mark.parametrize(
    ("ratings", "name", "published"),
    [
        (make_ratings(FOUR_OBSERVERS), ("gwet_ac", "identity"), 0.7754441),  # Gwet (2014), four raters, 12 units
        (make_ratings(FOUR_OBSERVERS), ("gwet_ac", "linear"), 0.8587391),
        (make_ratings(FOUR_OBSERVERS), ("gwet_ac", "quadratic"), 0.9140007),
        (make_ratings(FOUR_OBSERVERS), ("gwet_ac", "ordinal"), 0.8989398),
        (make_ratings(FOUR_OBSERVERS), ("fleiss_kappa", "item-mean"), 0.7611693),
        (make_ratings(FOUR_OBSERVERS), ("fleiss_kappa", "pooled"), 0.760766),
        (make_ratings(FOUR_OBSERVERS), ("brennan_prediger", "identity"), 0.7727273),
        (FLEISS, ("fleiss_kappa", "item-mean"), 0.4302445),
        (FLEISS, ("fleiss_kappa", "pooled"), 0.4302445),
        (from_counts([[int(n) for n in row.split()] for row in WIKIPEDIA]), ("fleiss_kappa", "pooled"), 0.2099307),
        (from_table([[88, 14, 18], [10, 40, 10], [2, 6, 12]]), ("cohen_kappa", "identity"), 0.4915254),  # Cohen 1960
        (DIAGNOSES, ("cohen_kappa", "identity"), 0.7964094),
        (DIAGNOSES, ("scott_pi",), 0.7962397),
        (DIAGNOSES, ("gwet_ac", "identity"), 0.8493305),
        (make_ratings(FIVE_OBSERVERS), ("gwet_ac", "identity"), 0.4966221),
        (make_ratings(FIVE_OBSERVERS), ("gwet_ac", "quadratic"), 0.8304336),
        (FIFTEEN, ("gwet_ac", "identity"), 0.4448007),
        (FIFTEEN, ("fleiss_kappa", "item-mean"), 0.4139265),
        (from_table(PATHOLOGISTS), ("cohen_kappa", "identity"), 0.4930056),
        # Feinstein and Cicchetti (1990), Journal of Clinical Epidemiology 43, 543-549: high agreement, low kappa
        (from_table([[40, 9], [6, 45]]), ("cohen_kappa", "identity"), 0.6995192),
        (from_table([[80, 10], [5, 5]]), ("cohen_kappa", "identity"), 0.3181818),
        (from_table([[45, 15], [25, 15]]), ("cohen_kappa", "identity"), 0.1304348),
        (from_table([[25, 35], [5, 35]]), ("cohen_kappa", "identity"), 0.2592593),
        (from_table([[40, 9], [6, 45]]), ("gwet_ac", "identity"), 0.7007481),
        (from_table([[80, 10], [5, 5]]), ("gwet_ac", "identity"), 0.8080000),
        (from_table([[45, 15], [25, 15]]), ("gwet_ac", "identity"), 0.2660550),
        (from_table([[25, 35], [5, 35]]), ("gwet_ac", "identity"), 0.2079208),
    ],
)
def test_a_published_table_gives_the_published_coefficient(ratings, name, published):
    level = "ordinal" if name[-1] in ("linear", "quadratic", "ordinal") else "nominal"
    assert value(ratings, *name, level=level) == pytest.approx(published, abs=6e-7)


def test_alpha_of_two_published_tables():
    assert value(FLEISS, "krippendorff_alpha", "nominal") == pytest.approx(0.4334098, abs=5e-8)
    assert value(DIAGNOSES, "krippendorff_alpha", "nominal") == pytest.approx(0.7972585, abs=5e-8)
    assert value(make_ratings(FIVE_OBSERVERS), "krippendorff_alpha", "nominal") == pytest.approx(0.4805302, abs=5e-8)
    assert value(FIFTEEN, "krippendorff_alpha", "nominal") == pytest.approx(0.4204384, abs=5e-8)


def test_weighted_kappa_of_a_published_example():
    # Artstein and Poesio (2008), Computational Linguistics 34(4), as computed with scikit-learn 1.9.1
    ratings = make_ratings([" ".join("0" * 46 + "1" * 44 + "2" * 10), " ".join("0" * 50 + "1" * 40 + "2" * 10)])
    found = [value(ratings, "cohen_kappa", weights, level="ordinal") for weights in ("identity", "linear", "quadratic")]
    assert found == pytest.approx([0.9315068, 0.9411765, 0.9541284], abs=5e-8)


def test_kappa_with_weights_of_ones_own():
    # Cohen (1968): disagreements weighted 0 1 3 / 1 0 6 / 3 6 0
    shares = np.array([[[88, 14, 18], [10, 40, 10], [2, 6, 12]]]) / 200
    weights = np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]], dtype=np.float64)
    assert kappa_of_tables(shares, weights)[0] == pytest.approx(0.3478261, abs=5e-8)


def test_the_jackknifes_error_is_near_the_published_one():
    found = every(from_table(PATHOLOGISTS), ci="jackknife")["cohen_kappa", "identity"]
    assert found.value is not None
    assert found.lower is not None
    error = (found.value - found.lower) / float(student.ppf(0.975, found.n - 1))
    assert error == pytest.approx(0.0567432, rel=0.02)  # Agresti's, from the large-sample variance


@pytest.mark.parametrize(
    ("rows", "name", "published"),
    [
        (JUDGES, ("icc", "ICC(1,1)"), 0.1657418),
        (JUDGES, ("icc", "ICC(2,1)"), 0.2897638),
        (JUDGES, ("icc", "ICC(3,1)"), 0.7148407),
        (JUDGES, ("icc", "ICC(1,k)"), 0.4427971),
        (JUDGES, ("icc", "ICC(2,k)"), 0.6200505),
        (JUDGES, ("icc", "ICC(3,k)"), 0.9093155),
        (ANXIETY, ("icc", "ICC(2,1)"), 0.1979983),
        (ANXIETY, ("kendall_w",), 0.5396569),
        ([LARGE[0], MINI[0]], ("lin_ccc",), 0.9427424),
        (LARGE, ("icc", "ICC(1,1)"), 0.9831650),
        (MINI, ("icc", "ICC(1,1)"), 0.9684963),
    ],
)
def test_published_measurements_give_the_published_value(rows, name, published):
    assert value(make_ratings(rows), *name, level="interval") == pytest.approx(published, abs=5e-8)


@st.composite
def two_complete_raters(draw, most: int = 5) -> list[str]:
    size = draw(st.integers(3, 15))
    return [" ".join(map(str, draw(st.lists(st.integers(1, most), min_size=size, max_size=size)))) for _ in (0, 1)]


@given(two_complete_raters())
def test_scipy_agrees_on_rank_correlations(rows):
    from scipy import stats

    x, y = (np.array([float(value) for value in row.split()]) for row in rows)
    found = every(make_ratings(rows), "ordinal")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy warns of constants
        tau, rho = stats.kendalltau(x, y).statistic, stats.spearmanr(x, y).statistic
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert {found["kendall_tau", "b"].reason, found["spearman",].reason} == {"no_variance"}
    else:
        assert found["kendall_tau", "b"].value == pytest.approx(tau, abs=1e-9)
        assert found["spearman",].value == pytest.approx(rho, abs=1e-9)


@given(two_complete_raters())
def test_nltk_agrees_on_kappa_and_pi(rows):
    task = AnnotationTask([(str(r), str(i), v) for r, row in enumerate(rows) for i, v in enumerate(row.split())])
    found = every(make_ratings(rows))
    if len(set(" ".join(rows).split())) == 1:
        assert found["cohen_kappa", "identity"].reason == "one_category"
    elif task.Ae_kappa("0", "1") < 1:
        assert found["cohen_kappa", "identity"].value == pytest.approx(task.kappa(), abs=1e-9)
        assert found["scott_pi",].value == pytest.approx(task.pi(), abs=1e-9)


def test_rank_correlations_of_measurements_agree_with_scipy():
    from scipy import stats

    rng = np.random.default_rng(4)
    x = rng.normal(size=200)
    y = x + rng.normal(size=200)
    found = every(make_ratings([" ".join(map(str, x)), " ".join(map(str, y))]), "ordinal")
    assert found["spearman",].value == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)
    assert found["kendall_tau", "b"].value == pytest.approx(stats.kendalltau(x, y).statistic, abs=1e-9)


@given(two_complete_raters(most=3))
def test_pi_is_alpha_without_its_correction_for_few_items(rows):
    found = every(make_ratings(rows))
    pi, alpha = found["scott_pi",], found["krippendorff_alpha", "nominal"]
    n = 2 * pi.n
    if pi.value is not None:  # alpha = pi + (1 - pi) / n (Krippendorff 2019)
        assert alpha.value == pytest.approx(pi.value + (1 - pi.value) / n, abs=1e-9)


@given(rating_rows())
def test_raters_in_another_order_change_nothing_but_the_sign_of_nothing(rows):
    before, after = every(make_ratings(rows), "interval"), every(make_ratings(rows[::-1]), "interval")
    for name, found in before.items():
        assert found.value == pytest.approx(after[name].value, abs=1e-8)


@given(rating_rows())
def test_no_coefficient_of_agreement_is_above_one(rows):
    for level in ("nominal", "ordinal", "interval"):
        assert all(one.value is None or one.value <= 1 + 1e-9 for one in every(make_ratings(rows), level).values())


@given(two_complete_raters())
def test_measurements_do_not_see_shift_or_scale(rows):
    moved = [" ".join(f"{1e-6 * float(v) + 3e-5:.12g}" for v in row.split()) for row in rows]
    before, after = every(make_ratings(rows), "interval"), every(make_ratings(moved), "interval")
    for name in [name for name in before if name[0] in ("icc", "lin_ccc", "spearman", "kendall_tau", "kendall_w")]:
        assert before[name].reason == after[name].reason
        assert before[name].value == pytest.approx(after[name].value, abs=1e-4)


def test_a_declared_category_that_nobody_used_counts():
    rows = ["1 2 1 2 1", "1 2 2 2 1"]
    undeclared = value(make_ratings(rows), "brennan_prediger", "identity")
    declared = value(make_ratings(rows, categories={"": (1.0, 2.0, 3.0, 4.0)}), "brennan_prediger", "identity")
    assert undeclared == pytest.approx((0.8 - 1 / 2) / (1 - 1 / 2))
    assert declared == pytest.approx((0.8 - 1 / 4) / (1 - 1 / 4))


@pytest.mark.parametrize(
    ("rows", "level", "name", "reason"),
    [
        (["1 2 3"], "nominal", ("fleiss_kappa", "pooled"), "one_rater"),
        (["1 2 .", ". . 3"], "nominal", ("gwet_ac", "identity"), "no_pairs"),
        (["1 2 .", ". . 3"], "nominal", ("cohen_kappa", "identity"), "no_pairs"),
        (["1 1 1", "1 1 1"], "nominal", ("gwet_ac", "identity"), "one_category"),
        (["1 1 1", "1 1 1"], "nominal", ("scott_pi",), "one_category"),
        (["1 2 3", "1 2 3", "3 2 1"], "nominal", ("cohen_kappa", "identity"), "not_two_raters"),
        (["1 2 .", "1 . 3"], "interval", ("icc", "ICC(2,1)"), "incomplete"),
        (["2 2 2", "2 2 2"], "interval", ("icc", "ICC(1,1)"), "no_variance"),
        (["2 2 2", "2 2 2"], "interval", ("icc", "ICC(3,k)"), "no_variance"),
        (["2 2 2", "2 2 2"], "interval", ("lin_ccc",), "no_variance"),
        (["1 2 3", "2 2 2"], "ordinal", ("spearman",), "no_variance"),
        (["2 2 2", "2 2 2"], "ordinal", ("kendall_w",), "no_variance"),
    ],
)
def test_each_statistic_says_why_it_has_no_value(rows, level, name, reason):
    found = every(make_ratings(rows), level)[name]
    assert (found.value, found.lower, found.reason) == (None, None, reason)


def test_every_defined_statistic_of_plenty_of_items_has_an_interval_around_it():
    rng = np.random.default_rng(8)
    truth = rng.integers(1, 6, 150)
    rows = [" ".join(map(str, np.where(rng.random(150) < 0.6, truth, rng.integers(1, 6, 150)))) for _ in (0, 1)]
    for level in ("nominal", "ordinal", "interval", "ratio"):
        for one in every(make_ratings(rows), level, ci="bootstrap").values():
            assert one.value is not None
            assert one.lower is not None
            assert one.upper is not None
            assert one.lower <= one.value <= one.upper
            assert one.n == 150


def test_the_usual_statistics_fit_the_data():
    def names(rows: list[str], level: str) -> list[str]:
        options = AgreementOptions(level=level, ci="none")
        return [one.name for one in agreement(make_ratings(rows), options).statistics]

    usual = ["percent_agreement", "krippendorff_alpha"]
    assert names(["1 2 2", "1 2 1"], "nominal") == [*usual, "fleiss_kappa", "gwet_ac", "cohen_kappa"]
    assert names(["1 2 2", "1 2 1", "1 1 1"], "ordinal") == [*usual, "gwet_ac"]
    assert names(["1 2 2", "1 2 1"], "interval") == [*usual, "spearman", "icc"]
