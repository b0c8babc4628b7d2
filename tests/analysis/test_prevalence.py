"""How often each answer was given, and the indices that explain a low kappa."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.agreement import AgreementOptions, agreement
from analysis.data import Ratings
from tests.analysis.builders import make_ratings, rating_rows
from tests.analysis.tables import from_table


def prevalence(ratings: Ratings):
    return agreement(ratings, AgreementOptions(ci="none")).prevalence[0]


# Feinstein and Cicchetti (1990), table 1: observed agreement 0.85 in both, kappa 0.70 and 0.32. The indices are
# |a - d| / n and |b - c| / n (Byrt, Bishop and Carlin 1993).
@pytest.mark.parametrize(
    ("table", "equal", "prevalent", "biased"),
    [
        ([[40, 9], [6, 45]], 0.85, 0.05, 0.03),
        ([[80, 10], [5, 5]], 0.85, 0.75, 0.05),
        ([[45, 15], [25, 15]], 0.60, 0.30, 0.10),
        ([[25, 35], [5, 35]], 0.60, 0.10, 0.30),
    ],
)
def test_the_indices_of_two_by_two_tables(table, equal, prevalent, biased):
    found = prevalence(from_table(table))
    assert (found.percent_agreement, found.prevalence_index, found.bias_index) == (
        pytest.approx(equal),
        pytest.approx(prevalent),
        pytest.approx(biased),
    )
    kappa = agreement(from_table(table), AgreementOptions(ci="none")).statistics[-1]
    by_chance = (1 + prevalent**2 - biased**2) / 2  # Byrt, Bishop and Carlin (1993): kappa follows from the three
    assert kappa.value == pytest.approx((equal - by_chance) / (1 - by_chance))


def test_raw_agreement_stands_beside_every_value_corrected_for_chance():
    rows = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 ."]
    found = agreement(make_ratings(rows), AgreementOptions(level="ratio", every=True, ci="none"))
    raw = {one.name: one.percent_agreement for one in found.statistics}
    percent = found.statistics[0].value
    assert percent is not None
    corrected = {"krippendorff_alpha", "fleiss_kappa", "gwet_ac", "brennan_prediger", "cohen_kappa", "scott_pi"}
    assert {name: value for name, value in raw.items() if value is not None} == dict.fromkeys(corrected, percent)


def test_a_common_answer_is_said_before_kappa_is_doubted():
    found = agreement(from_table([[90, 4], [4, 2]]))
    [note] = [note for note in found.warnings if note.code == "prevalence"]
    assert note.message.startswith("94% of the ratings are 0, so that chance alone makes 89% of pairs equal")
    assert not [note for note in agreement(from_table([[40, 9], [6, 45]])).warnings if note.code == "prevalence"]


def test_declared_answers_that_nobody_gave_have_a_share_of_none():
    found = prevalence(make_ratings(["1 1 3", "1 3 3"], categories={"": (1.0, 2.0, 3.0)}))
    assert [(one.value, one.count, one.share) for one in found.categories] == [(1, 3, 0.5), (2, 0, 0), (3, 3, 0.5)]
    assert found.prevalence_index is None  # of two categories only


def test_labels_are_named():
    found = prevalence(make_ratings(["0 1 1", "0 1 0"], labels=("bad", "good")))
    assert [(one.label, one.count) for one in found.categories] == [("bad", 3), ("good", 3)]


def test_measurements_and_nothing_have_a_reason_instead_of_shares():
    many = prevalence(make_ratings([" ".join(str(0.37 * n) for n in range(80))] * 2))
    assert (many.categories, many.reason) == (None, "too_many_values")
    nothing = prevalence(make_ratings([]))
    assert (nothing.categories, nothing.percent_agreement, nothing.reason) == (None, None, "empty")


@given(rating_rows(), st.randoms(use_true_random=False))
def test_shares_add_up_and_do_not_see_order(rows, random):
    found = prevalence(make_ratings(rows))
    if found.categories is None:
        assert found.reason == "empty"
        return
    assert sum(one.share for one in found.categories) == pytest.approx(1)
    columns = list(zip(*(row.split() for row in rows), strict=True))
    random.shuffle(columns)
    shuffled = [" ".join(row) for row in zip(*columns, strict=True)][::-1]
    other = prevalence(make_ratings(shuffled))
    assert other.categories == found.categories
    assert other.prevalence_index == pytest.approx(found.prevalence_index)
    assert other.bias_index == pytest.approx(found.bias_index)
