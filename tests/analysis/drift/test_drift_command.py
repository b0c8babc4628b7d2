"""``jurybox drift``, ``slices`` and ``disparity`` on files: the right rows reach the right numbers."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analysis.commandline import run
from analysis.data import Coded
from analysis.drift.disparity import disparity
from analysis.drift.distributions import drift
from analysis.drift.samples import rows_of
from tests.known import known

HEADER = ["item", "rater", "value", "system", "prompt", "criterion", "dialect", "day"]


def answers(seed: int = 0) -> list[list[Any]]:
    """Sixty prompts, two systems, two people, and a judge of whom the second version is milder."""
    rng = np.random.default_rng(seed)
    rows = []
    for prompt in range(60):
        dialect = "north" if prompt % 3 else "south"
        for system in "xy":
            for criterion in ("help", "style"):
                truth = rng.normal(3)
                for rater, shift in (("ann", 0), ("ben", 0), ("gpt-1", 0), ("gpt-2", 0.8)):
                    value = int(np.clip(np.rint(truth + shift + 0.4 * rng.normal()), 1, 5))
                    day = f"2026-03-{1 + prompt % 28:02d}"
                    rows.append([f"{prompt}{system}", rater, value, system, prompt, criterion, dialect, day])
    return rows


@pytest.fixture
def ratings(tmp_path: Path) -> str:
    return written(tmp_path / "ratings.csv", HEADER, answers())


def written(path: Path, header: list[str], rows: list[list[Any]]) -> str:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def said(capsys, *call: str) -> Any:
    assert run(call[0], [*call[1:], "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def counted(rater: str, criterion: str) -> np.ndarray:
    values = [row[2] for row in answers() if row[1] == rater and row[5] == criterion]
    return np.bincount(values, minlength=6)[1:]


def test_two_versions_of_a_judge_are_compared_item_by_item(ratings, capsys):
    made = said(capsys, "drift", ratings, "--between", "gpt-1", "gpt-2")
    assert [one["criterion"] for one in made["criteria"]] == ["help", "style"]
    help_ = made["criteria"][0]
    assert [one["before"] for one in help_["bins"]] == counted("gpt-1", "help").tolist()
    assert [one["after"] for one in help_["bins"]] == counted("gpt-2", "help").tolist()
    expected = drift(counted("gpt-1", "help"), counted("gpt-2", "help"))
    assert help_["distances"]["psi"]["value"] == pytest.approx(known(expected.psi.value))
    assert (help_["unit"], help_["items_in_both"]) == ("prompt", 120)
    assert help_["exchanged"]["conventions"]["units_in_both"] == "60"
    assert help_["exchanged"]["p_value"] == pytest.approx(1 / 2001)
    assert help_["adjusted_p"] == pytest.approx(2 / 2001)  # Holm over two criteria
    assert help_["distances"]["chi_square"]["reason"] == "not_independent"
    assert help_["difference"]["value"] == pytest.approx(
        np.mean([row[2] for row in answers() if row[1] == "gpt-2" and row[5] == "help"])
        - np.mean([row[2] for row in answers() if row[1] == "gpt-1" and row[5] == "help"])
    )
    assert "items_in_both" in {note["code"] for note in made["warnings"]}


def test_parts_without_a_common_item_have_chi_square_and_ks_too(tmp_path, capsys):
    header, rows = [name for name in HEADER if name != "prompt"], [row[:4] + row[5:] for row in answers()]
    ratings = written(tmp_path / "promptless.csv", header, rows)  # else both systems' answers hang together
    call = ["drift", ratings, "--over", "dialect", "--between", "north", "south", "--raters", "ann"]
    made = said(capsys, *call, "--criterion", "style")["criteria"][0]
    values = {
        dialect: [row[2] for row in answers() if row[1] == "ann" and row[5] == "style" and row[6] == dialect]
        for dialect in ("north", "south")
    }
    table = [np.bincount(values[name], minlength=6)[1:] for name in ("north", "south")]
    used = np.array(table)[:, np.sum(table, axis=0) > 0]
    chi = stats.chi2_contingency(used, correction=False)
    assert made["distances"]["chi_square"]["p_value"] == pytest.approx(chi.pvalue)
    ks = stats.ks_2samp(values["north"], values["south"])
    assert made["kolmogorov_smirnov"]["p_value"] == pytest.approx(ks.pvalue)
    assert made["exchanged"]["p_value"] == pytest.approx(chi.pvalue, abs=0.08)


def test_windows_of_time_hold_their_start_and_not_their_end(ratings, capsys):
    call = ["drift", ratings, "--over", "day", "--between", "..2026-03-15", "2026-03-15..2026-03-20"]
    made = said(capsys, *call, "--criterion", "help")["criteria"][0]
    days = [row[7] for row in answers() if row[5] == "help"]
    assert made["n_before"] == sum(day < "2026-03-15" for day in days)
    assert made["n_after"] == sum("2026-03-15" <= day < "2026-03-20" for day in days)


def test_windows_of_numbers_and_names():
    column = Coded(np.array([0, 1, 2, 1]), ("1.5", "2", "10"))
    assert rows_of(column, "2..").tolist() == [False, True, True, True]
    assert rows_of(column, "..2").tolist() == [True, False, False, False]
    assert rows_of(column, "2").tolist() == [False, True, False, True]
    assert rows_of(np.array([0.0, 86_400.0]), "1970-01-02..").tolist() == [False, True]
    with pytest.raises(ValueError, match="holds '10x'"):
        rows_of(Coded(np.array([0]), ("10x",)), "1..2")
    with pytest.raises(ValueError, match="neither a number nor a date"):
        rows_of(column, "then..now")


def test_measurements_are_binned_by_what_was_before(tmp_path, capsys):
    rng = np.random.default_rng(1)
    rows: list[list[Any]] = [[place, "r", rng.normal(place % 2), place % 2] for place in range(400)]
    path = written(tmp_path / "m.csv", ["item", "rater", "value", "batch"], rows)
    made = said(capsys, "drift", path, "--over", "batch", "--between", "0", "1", "--bins", "4")["criteria"][0]
    assert [one["before"] for one in made["bins"]] == [50, 50, 50, 50]
    assert made["bin_rule"].startswith("quantiles")
    first = [row[2] for row in rows if row[3] == 0]
    assert made["bins"][0]["label"] == f"below {np.quantile(first, 0.25, method='higher'):g}"


def test_outcomes_of_battles_can_drift(tmp_path, capsys):
    rows = [["a", "b", "tie" if place % (2 + place // 100) == 0 else "A", place // 100] for place in range(200)]
    path = written(tmp_path / "b.csv", ["system_a", "system_b", "outcome", "month"], rows)
    made = said(capsys, "drift", path, "--over", "month", "--between", "0", "1")["criteria"][0]
    ties = next(one for one in made["bins"] if one["label"] == "tie")
    assert (ties["before"], ties["after"]) == (50, 33)
    assert made["kolmogorov_smirnov"]["reason"] == "not_numeric"


def test_slices_are_means_of_their_rows_beside_the_rest(ratings, capsys):
    made = said(capsys, "slices", ratings, "--by", "dialect", "--raters", "ann")["criteria"][0]
    north = [row[2] for row in answers() if row[1] == "ann" and row[5] == "help" and row[6] == "north"]
    south = [row[2] for row in answers() if row[1] == "ann" and row[5] == "help" and row[6] == "south"]
    assert made["slices"]["north"]["estimate"]["value"] == pytest.approx(np.mean(north))
    assert made["slices"]["north"]["rest"]["value"] == pytest.approx(np.mean(south))
    # two responses a prompt: the clustered error, by hand from the prompts' sums
    pairs = [np.array(column).reshape(-1, 2).sum(axis=1) for column in (north, south)]
    errors = [(len(p) / (len(p) - 1) * ((p - p.mean()) ** 2).sum()) ** 0.5 / (2 * len(p)) for p in pairs]
    z = (np.mean(north) - np.mean(south)) / np.hypot(*errors)
    assert made["slices"]["north"]["test"]["statistic"] == pytest.approx(z, rel=1e-6)
    assert made["unit"] == "prompt"


def test_a_share_and_a_win_rate_by_slice(tmp_path, ratings, capsys):
    made = said(capsys, "slices", ratings, "--by", "system", "--statistic", "share", "--value", "5")["criteria"][0]
    x = [row[2] == 5 for row in answers() if row[5] == "help" and row[3] == "x"]
    assert made["slices"]["x"]["estimate"]["value"] == pytest.approx(np.mean(x))
    assert made["slices"]["x"]["test"]["reason"] == "not_independent"  # both systems answered each prompt
    rows = [["a", "b", o, t] for o, t in (("A", "u"), ("B", "u"), ("tie", "v"), ("A", "v"), ("A", "v"))]
    rows.append(["b", "c", "A", "v"])
    path = written(tmp_path / "b.csv", ["system_a", "system_b", "outcome", "topic"], rows)
    made = said(capsys, "slices", path, "--by", "topic", "--statistic", "win-rate", "--system", "a")["criteria"][0]
    assert made["slices"]["u"]["estimate"]["value"] == 0.5
    assert made["slices"]["v"]["estimate"]["value"] == pytest.approx(2.5 / 3)


def test_a_judges_rates_and_errors_by_group(ratings, capsys):
    call = ["disparity", ratings, "--judge", "gpt-2", "--raters", "ann,ben", "--group", "dialect", "--at-least", "4"]
    made = said(capsys, *call)["criteria"][0]
    by: dict[str, dict[str, bool]] = {who: {} for who in ("ann", "ben", "gpt-2")}
    dialect = {}
    for row in answers():
        if row[5] == "help" and row[1] in by:
            by[row[1]][row[0]] = row[2] >= 4
            dialect[row[0]] = row[6]
    items = list(dialect)
    rate = {name: np.mean([by["gpt-2"][i] for i in items if dialect[i] == name]) for name in ("north", "south")}
    assert made["rates"]["rates"]["north"]["value"] == pytest.approx(rate["north"])
    assert made["rates"]["gaps"]["south"]["difference"]["value"] == pytest.approx(rate["south"] - rate["north"])
    settled = [i for i in items if by["ann"][i] == by["ben"][i]]
    assert (made["n_settled"], made["unsettled"]) == (len(settled), len(items) - len(settled))
    for name, truth in (("true_positive_rate", True), ("false_positive_rate", False)):
        for group in ("north", "south"):
            expected = np.mean([by["gpt-2"][i] for i in settled if by["ann"][i] == truth and dialect[i] == group])
            assert made["equalised_odds"][name]["rates"][group]["value"] == pytest.approx(expected)
    accuracy = np.mean([by["gpt-2"][i] == by["ann"][i] for i in settled if dialect[i] == "south"])
    assert made["accuracy"]["rates"]["south"]["value"] == pytest.approx(accuracy)


def test_where_rows_stand_alone_groups_have_newcombes_interval(tmp_path, capsys):
    rows = [[place, "gpt", int(place % 5 < 3), "g" if place % 3 else "h"] for place in range(90)]
    path = written(tmp_path / "d.csv", ["item", "rater", "value", "group"], rows)
    made = said(capsys, "disparity", path, "--judge", "gpt", "--group", "group", "--reference", "g")["criteria"][0]
    hit, group = (
        np.array([row[2] == 1 for row in rows]),
        Coded(np.array([row[3] == "h" for row in rows]) * 1, ("g", "h")),
    )
    gap = disparity(hit, group, reference="g").gaps["h"]
    assert made["rates"]["gaps"]["h"]["difference"]["lower"] == pytest.approx(known(gap.difference.lower))
    assert made["accuracy"]["rates"] == {}  # nobody else answered
    assert made["equalised_odds"]["largest_gap"] is None


def test_wins_of_a_system_by_group(tmp_path, capsys):
    rows = []
    for place in range(40):
        group, prompt = "gh"[place % 2], f"p{place}"
        for rater, outcome in (("gpt", "A" if place % 4 else "B"), ("ann", "A"), ("ben", "A" if place % 3 else "B")):
            rows.append(["a", "b", outcome, prompt, rater, group])
        rows.append(["b", "c", "A", prompt, "gpt", group])
    header = ["system_a", "system_b", "outcome", "prompt", "rater", "group"]
    path = written(tmp_path / "w.csv", header, rows)
    made = said(capsys, "disparity", path, "--judge", "gpt", "--group", "group", "--system", "a")["criteria"][0]
    assert made["n_judged"] == 40
    assert made["rates"]["rates"]["h"]["value"] == 1.0
    assert made["rates"]["rates"]["g"]["value"] == 0.5
    assert made["unsettled"] == sum(place % 3 == 0 for place in range(40))


@pytest.mark.parametrize("form", ["table", "csv", "md", "html"])
def test_every_format_names_the_groups(ratings, capsys, form):
    for call in (
        ["drift", ratings, "--between", "gpt-1", "gpt-2"],
        ["slices", ratings, "--by", "dialect"],
        ["disparity", ratings, "--judge", "gpt-2", "--group", "dialect", "--at-least", "4"],
    ):
        assert run(call[0], [*call[1:], "--format", form]) == 0
        assert "help" in capsys.readouterr().out


def test_pictures_are_saved(ratings, tmp_path, capsys):
    calls = (
        ["drift", ratings, "--between", "gpt-1", "gpt-2"],
        ["slices", ratings, "--by", "dialect"],
        ["disparity", ratings, "--judge", "gpt-2", "--group", "dialect", "--at-least", "4"],
    )
    for call in calls:
        path = tmp_path / f"{call[0]}.svg"
        assert run(call[0], [*call[1:], "--plot", str(path)]) == 0
        assert "style" in path.read_text()


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (["drift", "--between", "gpt-1", "gpt-9"], "'gpt-9' is no value of this column; there is ann, ben"),
        (["drift", "--between", "gpt-1", "gpt-1"], "parts must be disjoint"),
        (["drift", "--over", "moon", "--between", "a", "b"], "moon"),
        (["drift", "--over", "day", "--between", "2027-01-01..", "..2026-03-05"], "nothing to compare"),
        (["drift", "--between", "ann", "ben", "--rounds", "0"], "rounds must be at least 1"),
        (["drift", "--between", "ann", "ben", "--criterion", "tone"], "no criterion tone"),
        (["slices", "--by", "dialect", "--statistic", "share"], "--value"),
        (["slices", "--by", "dialect", "--statistic", "share", "--value", "many"], "is none"),
        (["slices", "--by", "dialect", "--statistic", "win-rate", "--system", "x"], "needs battles"),
        (["disparity", "--judge", "gpt-9", "--group", "dialect", "--at-least", "4"], "gpt-9"),
        (["disparity", "--judge", "gpt-2", "--group", "dialect"], "which answers are positive"),
        (["disparity", "--judge", "gpt-2", "--group", "dialect", "--equals", "yes"], "is none"),
        (["disparity", "--judge", "gpt-2", "--group", "dialect", "--at-least", "4", "--reference", "east"], "east"),
        (["disparity", "--judge", "gpt-2", "--group", "dialect", "--at-least", "4", "--raters", "zoe"], "zoe"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(ratings, capsys, call, reason):
    assert run(call[0], [ratings, *call[1:]]) == 2
    heard = capsys.readouterr()
    assert reason in heard.err
    assert heard.out == ""


def test_criteria_of_battles_are_chosen_and_never_pooled(tmp_path, capsys):
    rows = [
        ["a", "b", "A" if c == "tone" else "B", f"p{i}", r, c] for i in range(9) for r in "uv" for c in ("tone", "fact")
    ]
    path = written(tmp_path / "b.csv", ["system_a", "system_b", "outcome", "prompt", "rater", "criterion"], rows)
    made = said(capsys, "drift", path, "--between", "u", "v", "--criterion", "fact")["criteria"][0]
    assert [(one["label"], one["before"], one["after"]) for one in made["bins"]][:2] == [("A", 0, 0), ("B", 9, 9)]
    for call in (
        ["drift", path, "--between", "u", "v"],
        ["slices", path, "--by", "rater", "--statistic", "share", "--value", "A"],
    ):
        assert run(call[0], call[1:]) == 2
        assert "choose one with --criterion" in capsys.readouterr().err


def test_answers_on_one_prompt_are_exchanged_together(tmp_path, capsys):
    """Ten systems answer each prompt alike, so that ten times as many rows are no ten times as much evidence."""
    rng = np.random.default_rng(8)
    levels = rng.integers(1, 6, 40)
    rows = [
        [f"{prompt}/{system}", "r", level, f"s{system}", prompt, "c", "north" if prompt < 20 else "south", "2026-01-01"]
        for prompt, level in enumerate(levels)
        for system in range(10)
    ]
    path = written(tmp_path / "alike.csv", HEADER, rows)
    call = ["drift", path, "--over", "dialect", "--between", "north", "south"]
    together = said(capsys, *call)["criteria"][0]
    alone = written(tmp_path / "alone.csv", HEADER, rows[::10])
    once = said(capsys, "drift", alone, *call[2:])["criteria"][0]
    assert together["exchanged"]["p_value"] == pytest.approx(once["exchanged"]["p_value"], abs=0.06)
    assert together["distances"]["chi_square"]["reason"] == "not_independent"


def test_a_judge_is_no_witness_of_its_own_verdicts(ratings, capsys):
    call = ("disparity", ratings, "--judge", "gpt-1", "--group", "dialect", "--at-least", "4")
    alone = said(capsys, *call, "--raters", "ann,ben")
    assert said(capsys, *call, "--raters", "ann,ben,gpt-1") == alone
