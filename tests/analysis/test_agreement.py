"""Agreement coefficients against published tables, the krippendorff package, and what must always hold."""

from __future__ import annotations

import json
from dataclasses import replace

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.agreement import AgreementOptions, Statistic, agreement
from analysis.data import Ratings
from analysis.errors import Undefined
from analysis.pairwise import ratings_from_battles
from tests.analysis.builders import coded, make_battles, make_ratings, rating_rows
from tests.analysis.llmfao import LLMFAO, crowd_battles, needs_llmfao
from tests.analysis.tables import BINARY, FOUR_OBSERVERS

LEVELS = ("nominal", "ordinal", "interval", "ratio")


def statistics(ratings: Ratings, **options) -> dict[str, Statistic]:
    return {found.name: found for found in agreement(ratings, AgreementOptions(**options)).statistics}


def alpha(rows: list[str], level: str) -> float:
    value = statistics(make_ratings(rows), level=level, ci="none")["krippendorff_alpha"].value
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("rows", "level", "published"),
    [
        (BINARY, "nominal", 0.0952381),
        (FOUR_OBSERVERS, "nominal", 0.7434211),
        (FOUR_OBSERVERS, "ordinal", 0.8153875),
        (FOUR_OBSERVERS, "interval", 0.8491071),
        (FOUR_OBSERVERS, "ratio", 0.7974028),
    ],
)
def test_alpha_is_that_of_krippendorffs_examples(rows, level, published):
    assert alpha(rows, level) == pytest.approx(published, abs=5e-8)


def test_alpha_of_krippendorffs_second_example():
    # a a b b d c c c e d d a / b a b b b c c c e d d d, with a..e as 1..5: 0.692
    rows = ["1 1 2 2 4 3 3 3 5 4 4 1", "2 1 2 2 2 3 3 3 5 4 4 4"]
    assert alpha(rows, "nominal") == pytest.approx(0.6919643, abs=5e-8)


def test_alpha_of_three_coders_who_leave_gaps():
    # Wikipedia, "Krippendorff's alpha": three coders (rows), 15 units; nominal 0.691, interval 0.811
    rows = [". . . . . 3 4 1 2 1 1 3 3 . 3", "1 . 2 1 3 3 4 3 . . . . . . .", ". . 2 1 3 4 4 . 2 1 1 3 3 . 4"]
    assert alpha(rows, "nominal") == pytest.approx(0.6913580, abs=5e-8)
    assert alpha(rows, "interval") == pytest.approx(0.8108448, abs=5e-7)


@given(rating_rows(), st.sampled_from(LEVELS))
def test_the_krippendorff_package_agrees(rows, level):
    table = np.array([[np.nan if value == "." else float(value) for value in row.split()] for row in rows])
    paired = table[:, (~np.isnan(table)).sum(axis=0) >= 2]
    assume(len(np.unique(paired[~np.isnan(paired)])) > 1)
    theirs = krippendorff.alpha(table, level_of_measurement=level)
    assert alpha(rows, level) == pytest.approx(theirs, abs=1e-9)


@given(rating_rows(), st.sampled_from(LEVELS), st.randoms(use_true_random=False))
def test_order_and_names_of_raters_and_items_do_not_matter(rows, level, random):
    columns = list(zip(*(row.split() for row in rows), strict=True))
    random.shuffle(columns)
    shuffled = [" ".join(row) for row in zip(*columns, strict=True)]
    random.shuffle(shuffled)
    before, after = (statistics(make_ratings(table), level=level, ci="none") for table in (rows, shuffled))
    for name in before:
        assert before[name].value == pytest.approx(after[name].value, abs=1e-9)
        assert before[name].reason == after[name].reason


@given(rating_rows())
def test_interval_alpha_does_not_see_shift_or_scale(rows):
    scaled = [" ".join("." if v == "." else str(1000 + 0.5 * float(v)) for v in row.split()) for row in rows]
    before, after = (statistics(make_ratings(table), level="interval", ci="none") for table in (rows, scaled))
    assert before["krippendorff_alpha"].value == pytest.approx(after["krippendorff_alpha"].value, abs=1e-7)


def test_many_distinct_values_are_measured_without_a_table_of_them():
    rng = np.random.default_rng(5)
    truth = rng.normal(50, 20, 3000)
    table = truth[None, :] + rng.normal(0, 5, (3, 3000))
    rows = [" ".join(f"{value:.9f}" for value in row) for row in table]
    ours = alpha(rows, "interval")
    variance, within = table.var(ddof=1), ((table - table.mean(axis=0)) ** 2).sum() / 6000
    assert ours == pytest.approx(1 - within / variance, abs=1e-9)  # alpha is 1 - Do / De by definition
    ranks = table.ravel().argsort().argsort().reshape(table.shape)
    assert alpha(rows, "ordinal") == pytest.approx(
        1 - ((ranks - ranks.mean(axis=0)) ** 2).sum() / 6000 / ranks.var(ddof=1), abs=1e-9
    )


@needs_llmfao
def test_alpha_of_the_crowd_is_what_the_data_set_says(tmp_path):
    expected = json.loads((LLMFAO / "expected.json").read_text())
    found = agreement(ratings_from_battles(crowd_battles(tmp_path)))
    percent, nominal = found.statistics[:2]
    assert (found.n_items, found.n_raters, found.n_ratings) == (2139, 124, 8931)
    assert nominal.value == pytest.approx(expected["krippendorff_alpha_nominal"], abs=5e-5)
    assert percent.value == pytest.approx(8043 / 15112, abs=1e-12)


def test_the_item_bootstrap_covers_about_what_it_says():
    rng = np.random.default_rng(11)
    hits = 0
    for seed in range(200):
        easy = rng.random(60) < 0.5
        answers = np.where(easy, 1.0, rng.integers(1, 3, (4, 60)))
        rows = [" ".join(f"{value:.0f}" for value in row) for row in answers]
        found = statistics(make_ratings(rows), rounds=400, seed=seed)["percent_agreement"]
        assert found.lower is not None
        assert found.upper is not None
        hits += found.lower <= 0.75 <= found.upper
    assert 180 <= hits <= 198  # 95 % of 200, give or take 3 standard errors


def test_bootstrap_and_jackknife_agree_on_plenty_of_items():
    rng = np.random.default_rng(3)
    truth = rng.integers(1, 6, 800)
    answers = np.where(rng.random((3, 800)) < 0.7, truth, rng.integers(1, 6, (3, 800)))
    ratings = make_ratings([" ".join(map(str, row)) for row in answers])
    drawn = statistics(ratings, ci="bootstrap", level="ordinal")["krippendorff_alpha"]
    left_out = statistics(ratings, ci="jackknife", level="ordinal")["krippendorff_alpha"]
    assert drawn.lower == pytest.approx(left_out.lower, abs=0.01)
    assert drawn.upper == pytest.approx(left_out.upper, abs=0.01)


def test_the_same_seed_gives_the_same_interval_and_another_one_does_not():
    ratings = make_ratings(FOUR_OBSERVERS)
    once, again, other = (statistics(ratings, seed=seed)["krippendorff_alpha"] for seed in (7, 7, 8))
    assert once == again
    assert once != other


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "empty"),
        (["1 2 3"], "one_rater"),
        (["1 2 .", ". . 3"], "no_pairs"),
        (["2 2 2", "2 2 2"], "one_category"),
    ],
)
@pytest.mark.parametrize("level", LEVELS)
def test_alpha_says_why_it_has_no_value(rows, reason, level):
    found = statistics(make_ratings(rows), level=level)["krippendorff_alpha"]
    assert (found.value, found.lower, found.upper, found.reason) == (None, None, None, reason)
    assert found.message


def test_percent_agreement_stands_where_alpha_cannot():
    assert statistics(make_ratings(["2 2 2", "2 2 2"]))["percent_agreement"].value == 1.0


def test_a_ratio_scale_refuses_negative_values():
    found = statistics(make_ratings(["-1 2 3", "1 2 3"]), level="ratio")["krippendorff_alpha"]
    assert found.reason == "zero_values"


def test_labels_have_no_ordinal_agreement():
    ratings = make_ratings(["0 1 1", "0 1 0"], labels=("bad", "good"))
    assert statistics(ratings, level="ordinal")["krippendorff_alpha"].reason == "not_numeric"
    assert statistics(ratings, level="nominal")["krippendorff_alpha"].reason is None


def repeated(values: list[float]) -> Ratings:
    """One rater's repeats on the first of three items, beside another rater."""
    rows = [("i", "a", value) for value in values]
    rows += [("i", "b", 1.0), ("j", "a", 2.0), ("j", "b", 2.0), ("k", "a", 1.0), ("k", "b", 2.0)]
    return Ratings(
        item=coded([row[0] for row in rows]),
        value=np.array([row[2] for row in rows]),
        rater=coded([row[1] for row in rows]),
    )


@pytest.mark.parametrize("level", LEVELS)
def test_equal_repeats_count_once(level):
    once, thrice = (agreement(repeated(values), AgreementOptions(level=level)) for values in ([1.0], [1.0, 1.0, 1.0]))
    assert once.statistics == thrice.statistics
    assert [note.code for note in thrice.warnings] == ["repeats"]


def test_contradictory_choices_are_an_abstention_and_not_a_tie():
    found = agreement(repeated([1.0, 2.0]))
    assert [note.code for note in found.warnings] == ["repeats", "contradictions"]
    assert found.statistics[0].value == pytest.approx(1 / 2)  # of the items j and k that both answered


def test_contradictory_scores_are_averaged():
    ratings = repeated([1.0, 2.0])
    whole = agreement(repeated([1.5]), AgreementOptions(level="interval"))
    assert agreement(ratings, AgreementOptions(level="interval")).statistics == whole.statistics


def test_criteria_are_never_pooled():
    ratings = Ratings(
        item=coded(["i", "i", "j", "j"] * 2),
        value=np.array([1.0, 1.0, 2.0, 2.0, 1.0, 2.0, 2.0, 1.0]),
        rater=coded(["a", "b"] * 4),
        criterion=coded(["clear"] * 4 + ["true"] * 4),
    )
    found = agreement(ratings, AgreementOptions(levels={"true": "ordinal"}))
    values = {(one.options["criterion"], one.name): one.value for one in found.statistics}
    assert values["clear", "percent_agreement"] == 1.0
    assert values["true", "percent_agreement"] == 0.0
    assert (found.level, found.levels) == ("mixed", {"clear": "nominal", "true": "ordinal"})


def test_missing_verdicts_stand_in_coverage_and_in_no_number():
    found = agreement(make_ratings(FOUR_OBSERVERS, unscored=9))
    assert (found.coverage.scored, found.coverage.planned) == (41, 50)
    assert found.statistics == agreement(make_ratings(FOUR_OBSERVERS)).statistics


def test_raters_who_saw_the_pair_the_other_way_round_still_agree():
    battles = make_battles(
        [("x", "y", "A"), ("y", "x", "B"), ("x", "y", "tie"), ("y", "x", "tie"), ("y", "x", "A")],
        prompt=coded(["p", "p", "q", "q", "r"]),
        rater=coded(["a", "b", "a", "b", "a"]),
    )
    found = agreement(ratings_from_battles(battles))
    assert found.n_items == 3
    assert found.statistics[0].value == 1.0


def test_battles_without_prompts_cannot_be_compared():
    with pytest.raises(Undefined, match="prompt"):
        ratings_from_battles(make_battles([("x", "y", "A")]))


def on_prompts(rows: list[str], prompts: list[str]) -> Ratings:
    ratings = make_ratings(rows)
    return replace(ratings, prompt=coded([prompts[item] for item in ratings.item.codes]))


def test_clusters_of_prompts_move_the_interval_and_not_the_value():
    rng = np.random.default_rng(4)
    truth = np.repeat(rng.integers(1, 4, 40), 3)
    rows = [" ".join(map(str, np.where(rng.random(120) < 0.7, truth, 1))) for _ in range(3)]
    ratings = on_prompts(rows, [f"p{item // 3}" for item in range(120)])
    for ci in ("bootstrap", "jackknife"):
        alone, together = (
            agreement(ratings, AgreementOptions(ci=ci, cluster=cluster, every=True)) for cluster in ("none", "prompt")
        )
        for one, other in zip(alone.statistics, together.statistics, strict=True):
            assert (one.value, one.n, one.reason) == (other.value, other.n, other.reason)
            assert one.value is None or one.method.replace("item", "prompt") == other.method
    assert together.warnings == ()


def test_few_prompts_and_prompts_that_are_not_known_are_said():
    few = agreement(on_prompts(["1 2 1 2", "1 2 2 2"], ["p", "p", "q", "q"]), AgreementOptions(cluster="prompt"))
    assert [note.code for note in few.warnings] == ["few_clusters"]
    with pytest.raises(Undefined, match="column prompt"):
        agreement(make_ratings(["1 2", "1 2"]), AgreementOptions(cluster="prompt"))
    torn = Ratings(coded(["i", "i"]), np.array([1.0, 2.0]), coded(["a", "b"]), prompt=coded(["p", "q"]))
    with pytest.raises(ValueError, match="'i' is on two prompts"):
        agreement(torn, AgreementOptions(cluster="prompt"))


@pytest.mark.parametrize(
    ("items", "options", "codes"),
    [
        (20, {}, ["few_items"]),
        (20, {"ci": "jackknife"}, []),
        (20, {"ci": "none"}, []),
        (20, {"level": "interval"}, []),
        (60, {}, []),
    ],
)
def test_a_bootstrap_of_few_items_that_the_jackknife_beats_says_so(items, options, codes):
    rows = [" ".join("1223"[(place * step + place // 3) % 4] for place in range(items)) for step in (1, 2, 1)]
    found = agreement(make_ratings(rows), AgreementOptions(**options))
    assert [note.code for note in found.warnings] == codes
    if codes:
        assert "20 items" in found.warnings[0].message
