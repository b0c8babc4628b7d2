"""Severity of raters: known variance components, least squares by dummies, designs that cannot tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import Undefined
from analysis.ratings.severity import severity_of
from tests.analysis.ratings.make import crossed, part

# Shrout and Fleiss (1979), table 2: six targets by four judges.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def fitted(made, **options):
    return severity_of(made, **options)


def values_of(fit):
    return {row.rater: row.severity.value for row in fit.raters}


def test_a_complete_design_gives_the_published_variance_components():
    """Their table 3: mean squares 32.49 between judges and 1.02 residual, so (32.49 - 1.02) / 6 for the judges."""
    fit = fitted(part(crossed(SHROUT_FLEISS)))
    assert fit.residual_variance == pytest.approx(1.02, abs=0.005)
    assert fit.rater_variance == pytest.approx((32.49 - 1.02) / 6, abs=0.005)
    assert fit.ridge == pytest.approx(fit.residual_variance / fit.rater_variance)
    assert fit.ridge_by == "restricted maximum likelihood"


def test_a_complete_design_without_ridge_gives_the_raters_deviations():
    fit = fitted(part(crossed(SHROUT_FLEISS)), ridge=0.0)
    means = np.mean(SHROUT_FLEISS, axis=0)
    assert [values_of(fit)[f"r{j}"] for j in range(4)] == pytest.approx(means - means.mean())
    error = np.sqrt(1.0194 * (1 / 6) * (3 / 4))  # of a mean of 6 less the mean of 4 such means
    assert fit.raters[0].severity.standard_error == pytest.approx(error, abs=1e-3)


def test_the_restricted_likelihood_shrinks_by_the_ratio_of_the_variances():
    fit, plain = (fitted(part(crossed(SHROUT_FLEISS)), ridge=ridge) for ridge in (None, 0.0))
    for rater, value in values_of(fit).items():
        assert value == pytest.approx(values_of(plain)[rater] * 6 / (6 + fit.ridge))


def unbalanced(seed: int, raters: int = 5, items: int = 24):
    rng = np.random.default_rng(seed)
    severity = rng.normal(0, 1, raters)
    return [
        (f"p{i // 2}", "xy"[i % 2], f"r{j}", float(3 + (i % 2) + severity[j] + rng.normal(0, 0.7)))
        for i in range(items)
        for j in rng.choice(raters, 3, replace=False)
    ]


def by_dummies(rows, unit) -> dict[str, float]:
    """Least squares on dummies of units and raters, raters centred."""
    units, raters = sorted({unit(row) for row in rows}), sorted({row[2] for row in rows})
    x = np.zeros((len(rows), len(units) + len(raters)))
    for n, row in enumerate(rows):
        x[n, units.index(unit(row))] = x[n, len(units) + raters.index(row[2])] = 1
    found = np.linalg.lstsq(x, np.array([row[3] for row in rows]), rcond=None)[0][len(units) :]
    return dict(zip(raters, found - found.mean(), strict=True))


@pytest.mark.parametrize(("unit", "key"), [("item", lambda row: row[:2]), ("system", lambda row: row[1])])
def test_without_ridge_it_is_least_squares(unit, key):
    rows = unbalanced(1)
    fit = fitted(part(rows), unit=unit, ridge=0.0)
    assert values_of(fit) == pytest.approx(by_dummies(rows, key))
    assert sum(values_of(fit).values()) == pytest.approx(0, abs=1e-9)


def test_the_chosen_ridge_is_that_of_statsmodels():
    """Mixed model with items fixed and raters random, by restricted maximum likelihood."""
    import warnings

    from statsmodels.regression.mixed_linear_model import MixedLM

    rows = unbalanced(4)
    items = sorted({row[:2] for row in rows})
    x = np.array([[float(row[:2] == item) for item in items] for row in rows])
    y = np.array([row[3] for row in rows])
    groups = np.array([row[2] for row in rows])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its optimiser
        theirs = MixedLM(y, x, groups).fit(reml=True)
    fit = fitted(part(rows))
    assert fit.residual_variance == pytest.approx(theirs.scale, rel=1e-4)
    assert fit.rater_variance == pytest.approx(theirs.cov_re[0, 0], rel=1e-3)
    predicted = {rater: float(np.asarray(value)[0]) for rater, value in theirs.random_effects.items()}
    assert values_of(fit) == pytest.approx(predicted, abs=1e-4)


def test_a_ridge_is_a_penalty_in_observations():
    """The minimum of the penalised sum of squares, found without sweeping anything out."""
    rows = unbalanced(2)
    items, raters = sorted({row[:2] for row in rows}), sorted({row[2] for row in rows})
    x = np.zeros((len(rows) + len(raters), len(items) + len(raters)))
    for n, row in enumerate(rows):
        x[n, items.index(row[:2])] = x[n, len(items) + raters.index(row[2])] = 1
    x[len(rows) :, len(items) :] = np.sqrt(2.5) * np.eye(len(raters))
    y = np.array([row[3] for row in rows] + [0.0] * len(raters))
    expected = np.linalg.lstsq(x, y, rcond=None)[0][len(items) :]
    fit = fitted(part(rows), ridge=2.5)
    assert [values_of(fit)[rater] for rater in raters] == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 99), st.integers(0, 4), st.floats(-3, 3))
def test_a_shift_of_one_rater_moves_only_that_rater_against_the_rest(seed, rater, shift):
    rows = unbalanced(seed)
    name = f"r{rater}"
    moved = [(p, s, r, value + shift * (r == name)) for p, s, r, value in rows]
    one, other = (values_of(fitted(part(some), ridge=0.0)) for some in (rows, moved))
    for row in one:
        expected = shift * (row == name) - shift / len(one)  # all are relative to the mean rater, who moved too
        assert other[row] - one[row] == pytest.approx(expected, abs=1e-8)


def test_a_shift_of_all_values_moves_no_severity_and_every_adjusted_mean():
    rows = unbalanced(3)
    one, other = (fitted(part([(p, s, r, v + by) for p, s, r, v in rows])) for by in (0.0, 7.0))
    assert values_of(one) == pytest.approx(values_of(other), abs=1e-8)
    for system in "xy":
        assert other.adjusted[system].value - one.adjusted[system].value == pytest.approx(7.0)


def test_a_lenient_rater_of_one_system_no_longer_lifts_it():
    """y is better by 1; the kind rater adds 3 and saw every x, but two of the y only."""
    effect = {"x": 0.0, "y": 1.0}
    seen = [(i, s, r) for i in range(12) for s in "xy" for r in ("plain", "kind") if s == "x" or r == "plain" or i < 2]
    rows = [(f"p{i}", s, r, effect[s] + 3 * (r == "kind")) for i, s, r in seen]
    fit = fitted(part(rows), ridge=0.0)
    plain = {s: np.mean([v for _, system, _, v in rows if system == s]) for s in "xy"}
    assert plain["x"] > plain["y"]
    assert values_of(fit) == pytest.approx({"plain": -1.5, "kind": 1.5})
    assert fit.adjusted["y"].value - fit.adjusted["x"].value == pytest.approx(1.0)


def test_the_error_of_an_adjusted_mean_is_near_that_of_leaving_out_prompts():
    rows = unbalanced(7, items=80)
    fit = fitted(part(rows), ridge=0.5)
    prompts = sorted({row[0] for row in rows})
    left = [fitted(part([row for row in rows if row[0] != p]), ridge=0.5).adjusted["x"].value for p in prompts]
    c = len(prompts)
    jackknife = np.sqrt((c - 1) / c * np.sum((np.array(left) - np.mean(left)) ** 2))
    assert fit.adjusted["x"].standard_error == pytest.approx(jackknife, rel=0.05)


def test_raters_who_share_no_item_have_no_severity():
    rows = [("p0", "x", "a", 1), ("p0", "x", "b", 2), ("p1", "x", "a", 3), ("p1", "x", "b", 3), ("p2", "x", "c", 5)]
    fit = fitted(part(rows), ridge=0.0)
    assert fit.components == (("a", "b"), ("c",))
    last = fit.raters[-1]
    assert (last.rater, last.severity.value, last.severity.reason) == ("c", None, "disconnected")
    assert fit.adjusted["x"].reason == "disconnected"
    assert values_of(fit)["b"] == pytest.approx(0.25)
    # the same raters are linked by the system that all of them rated
    assert len(fitted(part(rows), unit="system", ridge=0.0).components) == 1


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("p", "x", "a", 1), ("q", "x", "a", 2)], "one_rater"),
        ([("p", "x", "a", 1), ("q", "x", "b", 2)], "disconnected"),
    ],
)
def test_a_design_that_cannot_tell_says_why(rows, code):
    with pytest.raises(Undefined) as refused:
        fitted(part(rows))
    assert refused.value.code == code


def test_raters_who_always_agree_do_not_differ():
    fit = fitted(part(crossed([[1, 1], [2, 2], [5, 5]])))
    assert (set(values_of(fit).values()), fit.rater_variance, fit.ridge) == ({0.0}, 0.0, None)
    assert {row.severity.lower for row in fit.raters} == {None}


def test_differences_no_larger_than_chance_shrink_to_nothing():
    """Rater means are equal while ratings differ: the likelihood is highest without rater variance."""
    fit = fitted(part(crossed([[1, 3], [3, 1], [2, 4], [4, 2]])))
    assert (set(values_of(fit).values()), fit.rater_variance, fit.ridge) == ({0.0}, 0.0, None)


def test_values_that_units_and_raters_explain_leave_no_error():
    fit = fitted(part(crossed([[1, 3], [2, 4], [7, 9]])))
    assert values_of(fit) == pytest.approx({"r0": -1, "r1": 1})
    assert {row.severity.method for row in fit.raters} == {"none: no spread"}


def test_two_ratings_leave_nothing_to_judge_the_error_by():
    fit = fitted(part(crossed([[1, 3]])), ridge=0.0)
    assert values_of(fit) == pytest.approx({"r0": -1, "r1": 1})
    assert fit.residual_variance is None
    assert {row.severity.lower for row in fit.raters} == {None}


def test_what_does_not_exist_is_refused():
    rows = crossed(SHROUT_FLEISS)
    with pytest.raises(ValueError, match="unit must be one of"):
        fitted(part(rows), unit="prompt")
    with pytest.raises(ValueError, match="ridge must be 0 or more"):
        fitted(part(rows), ridge=-1.0)
