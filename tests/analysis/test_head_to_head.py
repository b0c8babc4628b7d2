"""``jurybox compare``: the right rows reach the paired tests, in the right direction."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.commandline import run
from analysis.comparison.estimates import Sampling
from analysis.data import Ratings
from analysis.errors import Undefined
from analysis.head_to_head import head_to_head, paired_values
from tests.analysis.builders import coded, make_battles

NONE = Sampling(ci="none", rounds=1)


def made_ratings(rows: list[tuple[str, str, float]], **columns) -> Ratings:
    """``rows`` are (prompt, system, value)."""
    prompts, systems, values = zip(*rows, strict=True)
    item = coded([f"{prompt} / {system}" for prompt, system in zip(prompts, systems, strict=True)])
    return Ratings(item, np.array(values), system=coded(systems), prompt=coded(prompts), **columns)


def test_ratings_are_averaged_by_prompt_and_paired():
    rows = [("p", "x", 1.0), ("p", "x", 3.0), ("p", "y", 5.0), ("q", "y", 4.0), ("q", "x", 4.0), ("r", "x", 9.0)]
    first, second = paired_values(made_ratings(rows), "x", "y")
    assert first.tolist() == [2.0, 4.0, 9.0]
    np.testing.assert_array_equal(second, [5.0, 4.0, np.nan])


def test_the_t_test_is_scipys_paired_one_on_prompt_means():
    rng = np.random.default_rng(1)
    values = {name: rng.normal(size=30).tolist() for name in "xy"}
    rows = [(f"p{place}", name, values[name][place]) for name in "xy" for place in range(30)]
    made = head_to_head([made_ratings(rows)], "x", "y", sampling=NONE, rounds=10).contests[0].comparison
    expected = stats.ttest_rel(values["x"], values["y"])
    assert made is not None
    assert made.tests["t"].p_value == pytest.approx(expected.pvalue)
    assert made.tests["t"].statistic == pytest.approx(expected.statistic)


def test_battles_with_others_do_not_enter_and_columns_do_not_matter():
    rows = [("x", "y", "A"), ("y", "x", "B"), ("y", "x", "A"), ("x", "z", "B"), ("y", "z", "A"), ("x", "y", "both_bad")]
    made = head_to_head([make_battles(rows)], "x", "y", sampling=NONE, rounds=10).contests[0].comparison
    assert made is not None
    assert (made.counts.wins, made.counts.losses, made.counts.ties) == (2, 1, 1)
    assert made.estimates["win_rate"].value == pytest.approx(2.5 / 4)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(["A", "B", "tie"])), min_size=2, max_size=12))
def test_exchanging_the_two_turns_every_difference_and_keeps_every_p(rows):
    battles = make_battles([("x", "y", o) if side == "A" else ("y", "x", o) for side, o in rows])
    one, other = (
        head_to_head([battles], *pair, sampling=NONE, rounds=100).contests[0].comparison
        for pair in (("x", "y"), ("y", "x"))
    )
    assert one is not None
    assert other is not None
    gaps = [made.estimates["difference"].value or 0.0 for made in (one, other)]
    assert gaps[0] == pytest.approx(-gaps[1])
    for name in ("permutation", "t", "sign_drop"):
        assert one.tests[name].p_value == pytest.approx(other.tests[name].p_value, nan_ok=True)


def test_the_primary_p_values_are_corrected_over_the_criteria():
    rng = np.random.default_rng(2)
    tables = [
        made_ratings(
            [(f"p{p}", name, rng.normal(loc=shift * (name == "x"))) for p in range(12) for name in "xy"],
            criterion=coded([criterion] * 24),
        )
        for criterion, shift in (("clear", 3.0), ("true", 0.0))
    ]
    made = head_to_head(tables, "x", "y", sampling=NONE).contests
    raw = [one.comparison.tests["permutation"].p_value or 0.0 for one in made if one.comparison]
    assert [one.criterion for one in made] == ["clear", "true"]
    assert made[0].adjusted_p == pytest.approx(2 * raw[0])  # Holm: the smallest of two doubles
    assert made[1].adjusted_p == pytest.approx(max(raw[1], 2 * raw[0]))


def test_what_cannot_be_compared_says_why():
    apart = made_ratings([("p", "x", 1.0), ("q", "y", 1.0)])
    never = make_battles([("x", "z", "A"), ("y", "z", "A")])
    labels = made_ratings([("p", "x", 1.0), ("p", "y", 0.0)], labels=("bad", "good"))
    made = head_to_head([apart, never, labels], "x", "y").contests
    assert [one.reason for one in made] == ["no_pairs", "no_pairs", "not_numeric"]
    assert all(one.adjusted_p is None and one.message for one in made)
    with pytest.raises(Undefined, match="column system"):
        head_to_head([Ratings(coded(["i"]), np.array([1.0]))], "x", "y")


def test_weights_that_are_not_used_are_mentioned():
    battles = make_battles([("x", "y", "A"), ("x", "y", "B")], weight=np.array([1.0, 2.0]))
    assert [note.code for note in head_to_head([battles], "x", "y").warnings] == ["weights_ignored"]


@pytest.fixture
def ratings_file(tmp_path: Path) -> str:
    path = tmp_path / "ratings.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["item", "rater", "value", "system", "prompt"])
        out.writerows([f"{p}{s}", "r", 1 + (p + (s == "x")) % 3, s, p] for p in range(9) for s in "xyz")
    return str(path)


def test_a_file_of_ratings_is_compared_by_prompt(ratings_file, capsys):
    assert run("compare", [ratings_file, "x", "y", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["first"], made["second"], made["correction"]) == ("x", "y", "holm")
    comparison = made["contests"][0]["comparison"]
    assert (comparison["n"], comparison["primary"]) == (9, "permutation")
    assert comparison["estimates"]["difference"]["value"] == pytest.approx(0.0)  # +1, +1, -2 by turns


@pytest.mark.parametrize("format_name", ["table", "csv", "md", "html"])
def test_every_format_names_the_test_to_report(ratings_file, format_name, capsys):
    assert run("compare", [ratings_file, "x", "y", "--format", format_name]) == 0
    out = capsys.readouterr().out
    assert "permutation" in out
    assert "test to report" in out


def test_the_correction_is_a_choice(tmp_path, capsys):
    rng, path = np.random.default_rng(4), tmp_path / "ratings.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["item", "rater", "value", "system", "prompt", "criterion"])
        for criterion, shift in (("c1", 0.6), ("c2", 0.5), ("c3", 0.0)):
            rows = [(p, s, rng.normal(loc=shift * (s == "x"))) for p in range(20) for s in "xy"]
            out.writerows([f"{p}{s}", "r", value, s, p, criterion] for p, s, value in rows)
    found = {}
    for correction in ("holm", "bh", "by", "bonferroni"):
        assert run("compare", [str(path), "x", "y", "--json", "--correction", correction]) == 0
        made = json.loads(capsys.readouterr().out)
        assert made["correction"] == correction
        found[correction] = [contest["adjusted_p"] for contest in made["contests"]]
        raw = [contest["comparison"]["tests"]["permutation"]["p_value"] for contest in made["contests"]]
    assert found["bonferroni"] == pytest.approx([min(1.0, 3 * p) for p in raw])
    assert found["bh"] == pytest.approx(stats.false_discovery_control(raw, method="bh"))
    assert found["by"] == pytest.approx(stats.false_discovery_control(raw, method="by"))


def test_all_tests_are_there_when_asked_for(ratings_file, capsys):
    assert run("compare", [ratings_file, "x", "y", "--json", "--all"]) == 0
    tests = json.loads(capsys.readouterr().out)["contests"][0]["comparison"]["tests"]
    assert {"permutation", "bootstrap", "t", "wilcoxon", "wilcoxon_pratt", "sign_half"} <= set(tests)


def test_the_spread_of_the_differences_can_be_drawn(ratings_file, tmp_path, capsys):
    path = tmp_path / "spread.svg"
    assert run("compare", [ratings_file, "x", "y", "--plot", str(path)]) == 0
    assert "x minus y" in path.read_text()
    assert run("compare", [ratings_file, "x", "y", "--plot", str(tmp_path / "spread.pdf")]) == 2
    assert ".svg or .png" in capsys.readouterr().err
