"""Every coefficient beside the other packages."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import cross_check as checking
from analysis.agreement import AgreementOptions
from analysis.cross_check import Check, cross_check, disagreements
from analysis.data import Ratings
from tests.analysis.builders import make_ratings, rating_rows
from tests.analysis.tables import ANXIETY, FLEISS, JUDGES, LARGE, MINI

LEVELS = ("nominal", "ordinal", "interval", "ratio")


def checks(ratings: Ratings, level: str) -> tuple[Check, ...]:
    return cross_check(ratings, AgreementOptions(level=level, every=True, ci="none"))


@pytest.mark.parametrize(
    ("ratings", "level", "compared"),
    [
        (make_ratings(JUDGES), "interval", 11),
        (make_ratings(ANXIETY), "ratio", 11),
        (make_ratings([LARGE[0], MINI[0]]), "interval", 21),
        (make_ratings(["1 2 3 3 4 1", "2 2 3 1 4 1"]), "ratio", 23),
        (FLEISS, "nominal", 4),
    ],
)
def test_published_data_give_the_same_by_every_package(ratings, level, compared):
    found = checks(ratings, level)
    assert not disagreements(found)
    assert sum(one.agrees is True for one in found) == compared


@given(rating_rows(), st.sampled_from(LEVELS))
@settings(max_examples=60, deadline=None)
def test_no_package_ever_disagrees(rows, level):
    found = checks(make_ratings(rows), level)
    assert not disagreements(found)
    assert all((one.agrees is None) == (one.reason is not None) for one in found)


@given(st.integers(2, 4), st.integers(3, 10), st.integers(0, 10_000), st.sampled_from(["ordinal", "interval"]))
@settings(max_examples=30, deadline=None)
def test_complete_measurements_agree_too(raters, items, seed, level):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=items) + rng.normal(size=(raters, items))
    found = checks(make_ratings([" ".join(f"{value:.6f}" for value in row) for row in table]), level)
    assert not disagreements(found)
    named = {one.name for one in found if one.agrees}
    assert named >= ({"krippendorff_alpha", "icc", "kendall_w"} if level == "interval" else {"kendall_w"})


def test_a_wrong_value_is_seen(monkeypatch):
    monkeypatch.setitem(checking.PEERS, "fleiss_kappa", (("statsmodels", lambda part, options: 0.5),))
    found = disagreements(checks(FLEISS, "nominal"))
    assert [(one.name, one.theirs, one.package) for one in found] == [("fleiss_kappa", 0.5, "statsmodels")] * 2
    assert found[0].difference == pytest.approx(0.5 - 0.4302445, abs=1e-7)


def test_a_package_that_is_not_installed_is_said_and_not_missed(monkeypatch):
    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(checking, "version", absent)
    found = checks(FLEISS, "nominal")
    assert {one.reason for one in found if one.package} == {"not installed"}
    assert not any(one.agrees for one in found)


def test_a_package_that_breaks_is_said(monkeypatch):
    def broken(part, options):
        raise AssertionError("equal number of ratings")

    monkeypatch.setitem(checking.PEERS, "fleiss_kappa", (("statsmodels", broken),))
    [one, _] = [one for one in checks(FLEISS, "nominal") if one.name == "fleiss_kappa"]
    assert (one.theirs, one.agrees, one.reason) == (None, None, "it fails with AssertionError: equal number of ratings")


def test_what_is_undefined_here_is_compared_with_nothing():
    found = checks(make_ratings(["1 1", "1 1"]), "nominal")
    undefined = [one for one in found if one.ours is None]
    assert {one.name for one in undefined} >= {"krippendorff_alpha", "cohen_kappa"}
    assert all(one.theirs is None and one.reason is not None for one in undefined)
