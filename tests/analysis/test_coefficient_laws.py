"""What must hold of every agreement coefficient: invariants, pairs counted by hand, and data that give nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.agreement import AgreementOptions, Statistic, agreement
from analysis.chance_corrected import weights_of
from analysis.data import Ratings
from analysis.errors import Why
from tests.analysis.builders import make_ratings, rating_rows

LEVELS = ("nominal", "ordinal", "interval", "ratio")
SCALE = (1.0, 2.0, 3.0, 4.0)


def every(rows: list[str], level: str, **columns) -> dict[str, Statistic]:
    found = agreement(make_ratings(rows, **columns), AgreementOptions(level=level, every=True, ci="none"))
    return {" ".join([one.name, *one.options.values()]): one for one in found.statistics}


def changed(rows: list[str], by: Callable[[float], float]) -> list[str]:
    return [" ".join("." if v == "." else f"{by(float(v)):.12g}" for v in row.split()) for row in rows]


def same(first: dict[str, Statistic], second: dict[str, Statistic], *names: str) -> None:
    for name, one in first.items():
        if not names or name.split()[0] in names:
            assert second[name].reason == one.reason, name
            assert second[name].value == pytest.approx(one.value, abs=1e-7), name


@given(rating_rows(), st.permutations(range(4)))
@settings(max_examples=50, deadline=None)
def test_names_of_categories_do_not_matter_to_nominal_statistics(rows, order):
    same(every(rows, "nominal"), every(changed(rows, lambda value: order[int(value) - 1] + 1), "nominal"))


@given(rating_rows())
@settings(max_examples=50, deadline=None)
def test_only_order_matters_to_ordinal_statistics(rows):
    before, after = every(rows, "ordinal"), every(changed(rows, lambda value: value**3 - 7), "ordinal")
    same(
        before, after, "percent_agreement", "krippendorff_alpha", "fleiss_kappa", "kendall_w", "kendall_tau", "spearman"
    )
    assert after["gwet_ac ordinal"].value == pytest.approx(before["gwet_ac ordinal"].value, abs=1e-9)


@given(rating_rows(), st.sampled_from([0.25, 3.0]), st.sampled_from([-20.0, 0.0, 500.0]))
@settings(max_examples=50, deadline=None)
def test_shift_and_scale_do_not_matter_to_interval_statistics(rows, scale, shift):
    same(every(rows, "interval"), every(changed(rows, lambda value: scale * value + shift), "interval"))


@given(rating_rows(), st.sampled_from([0.25, 1000.0]))
@settings(max_examples=50, deadline=None)
def test_the_unit_does_not_matter_to_ratio_statistics(rows, scale):
    same(every(rows, "ratio"), every(changed(rows, lambda value: scale * value), "ratio"))


@given(rating_rows())
@settings(max_examples=50, deadline=None)
def test_turning_an_ordinal_scale_round_changes_nothing(rows):
    same(every(rows, "ordinal"), every(changed(rows, lambda value: 5 - value), "ordinal"))


@given(rating_rows(), st.integers(2, 3), st.sampled_from(LEVELS))
@settings(max_examples=50, deadline=None)
def test_copies_of_all_items_change_only_what_counts_them(rows, times, level):
    once, copied = every(rows, level), every([" ".join([row] * times) for row in rows], level)
    shares = ("percent_agreement", "fleiss_kappa", "gwet_ac", "brennan_prediger", "cohen_kappa", "scott_pi")
    same(once, copied, *shares, "kendall_tau", "spearman", "lin_ccc")
    alpha, other = (found[f"krippendorff_alpha {level}"] for found in (once, copied))
    if alpha.value is not None:  # 1 - alpha is (n - 1) Do / De, and copies leave Do / De n alone
        n = pairable(rows)
        assert other.value is not None
        assert (1 - other.value) * (n - 1) * times == pytest.approx((1 - alpha.value) * (n * times - 1), abs=1e-7)


def pairable(rows: list[str]) -> int:
    columns = zip(*(row.split() for row in rows), strict=True)
    sizes = [sum(value != "." for value in column) for column in columns]
    return sum(size for size in sizes if size > 1)


@given(rating_rows(), st.randoms(use_true_random=False), st.sampled_from(LEVELS))
@settings(max_examples=50, deadline=None)
def test_order_and_names_of_items_and_raters_matter_to_nothing(rows, random, level):
    columns = list(zip(*(row.split() for row in rows), strict=True))
    random.shuffle(columns)
    shuffled = [" ".join(row) for row in zip(*columns, strict=True)]
    random.shuffle(shuffled)
    same(every(rows, level), every(shuffled, level))


def by_hand(rows: list[str], weights: np.ndarray, chance: Callable[[np.ndarray], float]) -> float:
    """(observed - chance) / (1 - chance), every pair of ratings of an item counted one by one."""
    columns = [[int(v) - 1 for v in column if v != "."] for column in zip(*(row.split() for row in rows), strict=True)]
    agreed = [np.mean([weights[a, b] for a, b in permutations(column, 2)]) for column in columns if len(column) > 1]
    shares = np.mean([[column.count(k) / len(column) for k in range(len(weights))] for column in columns if column], 0)
    expected = chance(shares)
    return float((np.mean(agreed) - expected) / (1 - expected))


@given(rating_rows(), st.sampled_from(["identity", "linear", "quadratic", "ordinal"]))
@settings(max_examples=80, deadline=None)
def test_coefficients_of_many_raters_are_what_their_definitions_say(rows, name):
    found = every(rows, "ordinal", categories={"": SCALE})
    assume(found[f"gwet_ac {name}"].value is not None)
    weights = weights_of(name, np.array(SCALE))
    gwet = by_hand(rows, weights, lambda share: weights.sum() / 12 * (share * (1 - share)).sum())
    assert found[f"gwet_ac {name}"].value == pytest.approx(gwet, abs=1e-9)
    equal = np.eye(4)
    assert found["brennan_prediger identity"].value == pytest.approx(by_hand(rows, equal, lambda _: 1 / 4), abs=1e-9)
    if found["fleiss_kappa item-mean"].value is not None:
        fleiss = by_hand(rows, equal, lambda share: (share**2).sum())
        assert found["fleiss_kappa item-mean"].value == pytest.approx(fleiss, abs=1e-9)


NOTHING = {
    "empty": [],
    "all missing": [". . .", ". . ."],
    "one rater": ["1 2 3"],
    "one rater, two rows of nothing": ["1 2 3", ". . ."],
    "no pairs": ["1 2 . .", ". . 3 4"],
    "one item": ["1", "2"],
    "one category": ["2 2 2", "2 2 2"],
    "one category, three raters": ["2 2 2", "2 2 2", "2 2 2"],
}
DEFINED = {  # what such data do give
    "one item": {"percent_agreement", "krippendorff_alpha", "fleiss_kappa", "gwet_ac", "brennan_prediger"}
    | {"cohen_kappa", "scott_pi", "lin_ccc"},
    "one category": {"percent_agreement"},
    "one category, three raters": {"percent_agreement"},
}


@pytest.mark.parametrize("ci", ["bootstrap", "jackknife"])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("case", list(NOTHING))
def test_no_statistic_makes_a_number_of_nothing(case, level, ci):
    ratings = make_ratings(NOTHING[case])
    found = agreement(ratings, AgreementOptions(level=level, every=True, ci=ci, rounds=20))
    for one in found.statistics:
        if one.value is None:
            assert one.reason in set(Why)
            assert one.message
            assert (one.lower, one.upper, one.n) == (None, None, 0)
        else:
            assert one.name in DEFINED.get(case, set())
            assert (one.lower, one.upper) == (None, None)  # nothing to resample
            assert one.method.startswith("none")


def test_unnamed_raters_have_no_statistic_that_needs_to_know_them():
    named = make_ratings(["1 2 3 1", "1 2 2 1"])
    found = agreement(Ratings(named.item, named.value), AgreementOptions(level="interval", every=True, ci="none"))
    reasons = {one.name: one.reason for one in found.statistics if one.value is None}
    assert set(reasons.values()) == {"not_recorded"}
    assert set(reasons) == {"cohen_kappa", "scott_pi", "kendall_tau", "spearman", "lin_ccc", "icc", "kendall_w"}
    known = {one.options["form"] for one in found.statistics if one.name == "icc" and one.value is not None}
    assert known == {"ICC(1,1)", "ICC(1,k)"}


def test_every_statistic_promised_is_in_the_catalogue_at_a_level_that_fits():
    def names(level: str) -> set[str]:
        return set(every(["1 2 3 1", "1 2 2 1"], level))

    shared = {"percent_agreement pairs", "percent_agreement items", "fleiss_kappa item-mean", "fleiss_kappa pooled"}
    shared |= {"gwet_ac identity", "brennan_prediger identity", "cohen_kappa identity", "scott_pi"}
    ordered = {f"gwet_ac {name}" for name in ("linear", "quadratic", "ordinal")}
    ordered |= {"cohen_kappa linear", "cohen_kappa quadratic", "kendall_tau b", "spearman", "kendall_w"}
    measured = {f"icc ICC({form})" for form in ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")} | {"lin_ccc"}
    assert names("nominal") == shared | {"krippendorff_alpha nominal"}
    assert names("ordinal") == shared | ordered | {"krippendorff_alpha ordinal"}
    for level in ("interval", "ratio"):
        assert names(level) == shared | ordered | measured | {f"krippendorff_alpha {level}"}
