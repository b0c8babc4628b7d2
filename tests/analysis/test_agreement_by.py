"""Agreement slice by slice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement import AgreementOptions, agreement
from analysis.agreement_by import AgreementBy, SliceStatistic, agreement_by, slices_of_tag
from analysis.data import Coded, Ratings, take
from analysis.errors import Undefined
from analysis.resampling import leave_one_out
from tests.analysis.builders import coded, make_ratings, rating_rows
from tests.analysis.parts import built


def tagged(rows: list[str], tags: list[str]) -> Ratings:
    """``tags`` by item."""
    ratings = make_ratings(rows)
    return replace(ratings, tag=coded([tags[item] for item in ratings.item.codes]))


def by_tag(ratings: Ratings, **options) -> AgreementBy:
    return agreement_by(ratings, slices_of_tag(ratings), AgreementOptions(**options), by="tag")


def found(made: AgreementBy, name: str) -> dict[str, SliceStatistic]:
    return {one.slice: one for one in made.slices if one.statistic.name == name}


def two_kinds(items: int, hard: float, seed: int = 0) -> Ratings:
    """Three raters who always agree on easy items, and on hard ones with this chance."""
    rng = np.random.default_rng(seed)
    easy = np.arange(items) % 2 == 0
    truth = rng.integers(1, 4, items)
    rows = [np.where(easy | (rng.random(items) < hard), truth, rng.integers(1, 4, items)) for _ in range(3)]
    return tagged([" ".join(map(str, row)) for row in rows], np.where(easy, "easy", "hard").tolist())


def test_a_slice_is_the_same_ratings_alone_and_the_rest_all_others():
    ratings = two_kinds(60, 0.6)
    assert ratings.tag is not None
    made = by_tag(ratings, level="ordinal", every=True, confidence=0.9)
    assert made.confidence_each == pytest.approx(0.95)
    for place, name in enumerate(ratings.tag.names):
        alone = agreement(take(ratings, ratings.tag.codes == place), AgreementOptions("ordinal", every=True))
        rest = agreement(take(ratings, ratings.tag.codes != place), AgreementOptions("ordinal", every=True))
        mine = [one for one in made.slices if one.slice == name]
        assert [one.statistic for one in mine] == list(alone.statistics)  # at 0.95, which is 1 - 0.1 / 2
        assert [one.rest for one in mine] == [one.value for one in rest.statistics]


def test_the_test_is_of_the_difference_by_its_jackknife_errors():
    from scipy.stats import norm

    ratings = two_kinds(60, 0.6)
    assert ratings.tag is not None
    one = found(by_tag(ratings), "fleiss_kappa")["hard"]
    parts = [built(take(ratings, ratings.tag.codes == place), "nominal")["fleiss_kappa item-mean"] for place in (0, 1)]
    errors = [leave_one_out(part).error or 0.0 for part in parts]
    z = (parts[1].estimate() - parts[0].estimate()) / (errors[0] ** 2 + errors[1] ** 2) ** 0.5
    assert one.test.statistic == pytest.approx(z)
    assert one.test.p_value == pytest.approx(2 * norm.cdf(-abs(z)))
    assert one.p_holm == pytest.approx(min(1.0, 2 * (one.test.p_value or 0)))


def test_slices_that_differ_are_told_apart():
    made = found(by_tag(two_kinds(200, 0.5)), "krippendorff_alpha")
    assert (made["hard"].p_holm or 1) < 1e-3
    assert (made["easy"].statistic.value, made["easy"].statistic.reason) == (1.0, None)


def test_slices_that_do_not_differ_are_rarely_told_apart():
    low, rng = 0, np.random.default_rng(0)
    for _ in range(60):
        truth = rng.integers(1, 4, 80)
        rows = [" ".join(map(str, np.where(rng.random(80) < 0.7, truth, rng.integers(1, 4, 80)))) for _ in range(3)]
        ratings = tagged(rows, [f"t{item % 4}" for item in range(80)])
        p_values = [one.p_holm for one in found(by_tag(ratings, ci="none"), "krippendorff_alpha").values()]
        low += min(p for p in p_values if p is not None) < 0.05
    assert low <= 8  # any of four slices, in 5 % of 60; 8 is three standard errors above


def test_a_slice_of_few_items_has_no_test():
    rows = ["1 2 3 1 2 3 1 2 3 1 2 3"] * 2 + ["1 2 3 1 2 3 1 2 3 3 2 1"]
    made = found(by_tag(tagged(rows, ["x", "y"] * 6)), "krippendorff_alpha")
    assert (made["x"].statistic.reason, made["x"].test.reason) == (None, "too_few")


def test_an_item_in_two_tags_is_in_both_slices():
    ratings = make_ratings(["1 2 1 2", "1 2 2 2"])
    slices = {"a": np.isin(ratings.item.codes, [0, 1, 2]), "b": np.isin(ratings.item.codes, [2, 3])}
    made = agreement_by(ratings, slices, AgreementOptions(ci="none"), by="tag")
    percent = found(made, "percent_agreement")
    assert [percent[name].statistic.value for name in "ab"] == [pytest.approx(2 / 3), pytest.approx(1 / 2)]
    assert [percent[name].rest for name in "ab"] == [1.0, 1.0]


def test_a_slice_that_cuts_items_in_two_has_no_test():
    ratings = make_ratings(["1 2 1 2", "1 2 2 2", "1 1 1 2", "1 1 2 2"])
    assert ratings.rater is not None
    nurses = replace(ratings, tag=Coded((ratings.rater.codes > 1).astype(np.int64), ("doctor", "nurse")))
    one = found(by_tag(nurses), "percent_agreement")["nurse"]
    assert (one.statistic.value, one.rest, one.test.p_value, one.test.reason) == (0.75, 0.75, None, "not_independent")


def test_a_prompt_on_both_sides_has_no_test_with_clusters():
    ratings = two_kinds(40, 0.6)
    paired = replace(ratings, prompt=coded([f"p{item // 2}" for item in ratings.item.codes]))
    assert found(by_tag(paired), "percent_agreement")["hard"].test.reason is None
    assert found(by_tag(paired, cluster="prompt"), "percent_agreement")["hard"].test.reason == "not_independent"


def test_every_slice_has_the_scale_of_the_whole():
    rows = ["1 1 2 3", "1 2 2 3"]
    made = found(by_tag(tagged(rows, ["x", "x", "y", "y"]), every=True), "brennan_prediger")
    assert made["x"].statistic.value == pytest.approx((1 / 2 - 1 / 3) / (1 - 1 / 3))  # three categories, two in x


def test_what_a_slice_cannot_give_has_a_reason():
    made = found(by_tag(tagged(["1 2 1", "1 2 ."], ["x", "x", "alone"])), "krippendorff_alpha")
    assert (made["alone"].statistic.value, made["alone"].statistic.reason) == (None, "one_rater")
    assert (made["x"].rest, made["x"].test.reason) == (None, "one_rater")
    only = found(by_tag(tagged(["1 2", "1 2"], ["x", "x"])), "krippendorff_alpha")["x"]
    assert (only.statistic.value, only.rest, only.test.reason) == (1.0, None, "empty")
    with pytest.raises(Undefined, match="column"):
        slices_of_tag(make_ratings(["1 2", "1 2"]))
    many = make_ratings([" ".join("1" * 201)] * 2)
    with pytest.raises(ValueError, match="201 slices"):
        slices_of_tag(replace(many, tag=many.item))


@given(rating_rows(), st.permutations(range(8)))
@settings(max_examples=30, deadline=None)
def test_names_and_order_of_slices_do_not_matter(rows, order):
    items = len(rows[0].split())
    tags = ["abc"[item % 3] for item in range(items)]
    columns = [order[item] for item in range(8) if order[item] < items]
    shuffled = [" ".join(row.split()[column] for column in columns) for row in rows]
    first = found(by_tag(tagged(rows, tags), ci="none"), "percent_agreement")
    second = found(
        by_tag(tagged(shuffled, [tags[column].upper() for column in columns]), ci="none"), "percent_agreement"
    )
    assert {name.upper(): one.statistic.value for name, one in first.items()} == {
        name: pytest.approx(one.statistic.value) for name, one in second.items()
    }
