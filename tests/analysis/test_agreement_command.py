"""``jurybox agreement`` on files: its sections, its formats and its exit status."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from analysis import cross_check as checking
from analysis.commandline import run

ESTIMATE = {"value", "lower", "upper", "n", "method", "reason"}


@pytest.fixture
def scores(tmp_path: Path) -> str:
    """Three raters on 60 items of two criteria and two kinds, 20 prompts, and ten repeats of the first rater."""
    rng = np.random.default_rng(3)
    path = tmp_path / "scores.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["item", "rater", "value", "criterion", "prompt", "kind"])
        for criterion in ("clear", "true"):
            truth = rng.integers(1, 4, 60)
            for rater in ("ann", "ben", "cleo"):
                given = np.where(rng.random(60) < 0.7, truth, rng.integers(1, 4, 60))
                for item, value in enumerate(given):
                    out.writerow([f"i{item}", rater, value, criterion, f"p{item // 3}", "ab"[item % 2]])
            for item in range(10):
                out.writerow([f"i{item}", "ann", truth[item], criterion, f"p{item // 3}", "ab"[item % 2]])
    return str(path)


def document(arguments: list[str], capsys):
    assert run("agreement", [*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_sections_stand_in_the_json_only_when_asked_for(scores, capsys):
    plain = document([scores], capsys)
    assert not {"by", "raters", "matrix", "dawid_skene", "cross_check"} & set(plain)
    assert plain["levels"] == {"clear": "ordinal", "true": "ordinal"}
    assert [one["criterion"] for one in plain["prevalence"]] == ["clear", "true"]
    asked = ["--by", "kind", "--per-rater", "--matrix", "--dawid-skene", "--cross-check"]
    full = document([scores, *asked], capsys)
    assert {"by", "raters", "matrix", "dawid_skene", "cross_check"} <= set(full)
    assert full["statistics"] == plain["statistics"]


def test_each_rater_is_on_a_line(scores, capsys):
    sections = document([scores, "--per-rater"], capsys)["raters"]
    assert [(one["criterion"], [line["rater"] for line in one["raters"]]) for one in sections] == [
        ("clear", ["ann", "ben", "cleo"]),
        ("true", ["ann", "ben", "cleo"]),
    ]
    ann, ben, _ = sections[0]["raters"]
    assert set(ann["equal"]) >= ESTIMATE
    assert (ann["n_ratings"], ann["repeats"]["n"], ben["repeats"]["reason"]) == (70, 10, "no_pairs")
    assert ann["severity"]["lower"] <= ann["severity"]["value"] <= ann["severity"]["upper"]
    assert 0 < ann["entropy"] <= np.log2(3)
    assert ann["same_across"]["n"] == 60


def test_every_two_raters_and_what_they_share(scores, capsys):
    [one, _] = document([scores, "--matrix"], capsys)["matrix"]
    assert (one["coefficient"], one["raters"]) == ("cohen_kappa_quadratic", ["ann", "ben", "cleo"])
    assert [one["shared"][place][place] for place in (1, 2)] == [60, 60]
    assert one["shared"][0][0] <= 60  # contradictory repeats of an ordinal rating are an abstention
    assert one["values"][0][1] == one["values"][1][0] == one["pairs"][0]["coefficient"]["value"]
    assert one["pairs"][0]["coefficient"]["method"] == "item jackknife, t"


def test_dawid_and_skene_names_raters_items_and_labels(scores, capsys):
    [one, _] = document([scores, "--dawid-skene", "--prior", "0.5"], capsys)["dawid_skene"]
    assert (one["model"], one["prior"], one["n_ratings"]) == ("confusion", 0.5, 190)
    assert [label["label"] for label in one["labels"]] == ["1", "2", "3"]
    assert [rater["rater"] for rater in one["raters"]] == ["ann", "ben", "cleo"]
    assert all(0.5 < rater["accuracy"] < 1 for rater in one["raters"])
    assert len(one["items"]) == 60
    assert sum(one["items"][0]["posterior"]) == pytest.approx(1)
    coin = document([scores, "--dawid-skene", "--model", "one-coin"], capsys)["dawid_skene"][0]
    assert coin["raters"][0]["confusion"][0][0] == pytest.approx(coin["raters"][0]["accuracy"])


def test_slices_have_intervals_for_all_of_them_and_a_test(scores, capsys):
    by = document([scores, "--by", "kind", "--cluster", "prompt"], capsys)["by"]
    assert (by["by"], by["confidence"], by["confidence_each"]) == ("kind", 0.95, pytest.approx(0.975))
    assert {one["slice"] for one in by["slices"]} == {"a", "b"}
    assert {one["test"]["reason"] for one in by["slices"]} == {"not_independent"}  # both kinds are on every prompt
    apart = document([scores, "--by", "kind"], capsys)["by"]["slices"][0]
    assert apart["difference"] == pytest.approx(apart["value"] - apart["rest"])
    assert 0 <= apart["test"]["p_value"] <= apart["test"]["p_holm"] <= 1


def test_clusters_are_named_with_every_interval(scores, capsys):
    found = document([scores, "--cluster", "prompt", "--ci", "jackknife"], capsys)
    assert {one["method"] for one in found["statistics"]} == {"prompt jackknife, t"}
    assert found["conventions"]["unit"].startswith("prompts are resampled")


def test_packages_that_agree_end_with_status_0_and_one_that_does_not_with_1(scores, capsys, monkeypatch):
    found = document([scores, "--cross-check", "--all", "--level", "nominal"], capsys)["cross_check"]
    assert {one["agrees"] for one in found} <= {True, None}
    keys = {"name", "options", "ours", "theirs", "package", "version", "difference", "agrees", "reason"}
    assert set(found[0]) == keys
    monkeypatch.setitem(checking.PEERS, "krippendorff_alpha", (("krippendorff", lambda part, options: 0.0),))
    assert run("agreement", [scores, "--cross-check"]) == 1
    assert "ANOTHER PACKAGE GIVES ANOTHER VALUE in 2 comparisons" in capsys.readouterr().out


@pytest.mark.parametrize("format_name", ["table", "md", "html"])
def test_every_section_is_a_table(scores, format_name, capsys):
    asked = ["--by", "kind", "--per-rater", "--matrix", "--dawid-skene", "--cross-check", "--format", format_name]
    assert run("agreement", [scores, *asked]) == 0
    out = capsys.readouterr().out
    for title in ("Agreement by kind", "Rater by rater", "every two raters", "Dawid-Skene", "Cross-check"):
        assert title in out.replace("\\", "")


@pytest.mark.parametrize(
    ("section", "first"),
    [
        (["--by", "kind"], "kind,criterion,name"),
        (["--per-rater"], "criterion,rater,n_ratings"),
        (["--matrix"], "criterion,first,second,shared"),
        (["--cross-check"], "criterion,name,options,ours"),
        ([], "criterion,name,options,value"),
    ],
)
def test_csv_holds_the_section_asked_for(scores, section, first, capsys):
    assert run("agreement", [scores, *section, "--format", "csv"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(first)
    assert len(list(csv.reader(io.StringIO(out)))) > 4


def test_the_table_says_the_level_of_each_criterion(scores, capsys):
    assert run("agreement", [scores, "--ci", "none"]) == 0
    out = capsys.readouterr().out
    assert "380 ratings of 60 items, ordinal level" in out
    assert "answers of clear: 1 " in out


def test_the_rater_matrix_is_a_picture_too(scores, tmp_path, capsys):
    for name, start in (("m.svg", b"<?xml"), ("m.png", b"\x89PNG")):
        path = tmp_path / name
        assert run("agreement", [scores, "--criterion", "clear", "--matrix-plot", str(path)]) == 0
        assert path.read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--by", "mood"], "no column mood"),
        (["--by", "item", "--ci", "none"], ""),
        (["--matrix-plot", "m.svg"], "shows one criterion"),
        (["--criterion", "clear", "--matrix-plot", "m.gif"], ".svg or .png"),
        (["--matrix", "--per-rater", "--format", "csv"], "one section at a time"),
        (["--dawid-skene", "--prior", "-1"], "prior"),
        (["--cluster", "rater"], "invalid choice"),
        (["--model", "glad"], "invalid choice"),
    ],
)
def test_a_wrong_call_says_why(scores, arguments, said, capsys):
    status = run("agreement", [scores, *arguments])
    captured = capsys.readouterr()
    assert said in captured.err
    assert (status, captured.out == "") == ((2, True) if said else (0, False))


def test_files_without_prompts_or_raters_say_what_they_lack(tmp_path, capsys):
    path = tmp_path / "bare.csv"
    path.write_text("item,rater,value\ni,a,1\ni,b,2\nj,a,1\nj,b,1\n")
    assert run("agreement", [str(path), "--cluster", "prompt"]) == 2
    assert "column prompt" in capsys.readouterr().err
    battles = tmp_path / "battles.csv"
    battles.write_text("prompt,system_a,system_b,outcome,tag\np,x,y,A,t\np,x,y,A,t\np,y,x,A,t\nq,x,y,tie,u\n")
    found = document([str(battles), "--matrix", "--per-rater", "--dawid-skene", "--by", "tag"], capsys)
    reasons = [found[key][0]["reason"] for key in ("matrix", "raters", "dawid_skene")]
    assert reasons == ["not_recorded"] * 3
    assert {one["slice"] for one in found["by"]["slices"]} == {"t", "u"}
