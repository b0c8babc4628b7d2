"""``jurybox plan``: sizes for several effects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analysis.commandline import run
from analysis.comparison.planners import battles_needed, win_rate_of

CALLS = {
    "mean": ["--difference", "0.03", "--sd", "0.3333333333"],
    "proportion": ["--rate", "0.7", "--half-width", "0.05"],
    "battles": ["--win-rate", "0.6"],
    "mcnemar": ["--only-a", "0.2", "--only-b", "0.1"],
    "kappa": ["--kappa", "0.6", "--prevalence", "0.3", "--half-width", "0.1"],
}


def planned(capsys, design: str, *more: str) -> Any:
    assert run("plan", [design, *CALLS[design], *more, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_millers_example_is_one_command_away(capsys):
    made = planned(capsys, "mean")
    assert made["asked"]["needed"] == 969  # Miller (2024), section 5
    assert [line["effect"]["difference"] for line in made["lines"]] == pytest.approx([0.015, 0.0225, 0.03, 0.045, 0.06])


@pytest.mark.parametrize("design", CALLS)
def test_a_larger_effect_takes_fewer(capsys, design):
    made = planned(capsys, design)
    sizes = [line["needed"] for line in made["lines"]]
    assert sizes == sorted(sizes, reverse=True)
    assert made["asked"] in made["lines"]


@pytest.mark.parametrize("design", CALLS)
def test_the_size_to_be_had_shows_about_what_was_asked(capsys, design):
    needed = planned(capsys, design)["asked"]["needed"]
    made = planned(capsys, design, "--items", str(needed))
    asked = made["asked"]["at_items"]
    if made["at_items_is"] == "power":
        assert asked == pytest.approx(0.8, abs=0.01)
    else:
        assert asked == pytest.approx(made["asked"]["effect"]["half_width"], rel=0.02)


def test_related_answers_take_more(capsys):
    alone, related = (
        planned(capsys, "battles", *more) for more in ((), ("--per-cluster", "5", "--correlation", "0.25"))
    )
    assert related["asked"]["needed"] == 2 * alone["asked"]["needed"]
    assert related["given"]["design_effect"] == 2.0


def test_battles_by_elo_are_those_of_its_win_rate(capsys):
    assert run("plan", ["battles", "--elo", "50", "--tie-share", "0.3", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["asked"]["needed"] == battles_needed(win_rate=win_rate_of(50), tie_share=0.3)
    assert made["asked"]["effect"]["elo"] == pytest.approx(50)


def test_effects_that_cannot_be_are_left_out(capsys):
    assert run("plan", ["battles", "--win-rate", "0.7", "--tie-share", "0.4", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert [line["effect"]["win_rate"] for line in made["lines"]] == pytest.approx([0.6, 0.65, 0.7])


def test_repeated_answers_bring_their_own_noise(capsys):
    one, four = (planned(capsys, "mean", "--within", "0.4", "--answers", each) for each in ("1", "4"))
    # 1/9 + 2 x 0.16 / K over 0.03^2, times (1.959964 + 0.841621)^2 = 7.848880
    assert one["asked"]["needed"] == 3760
    assert four["asked"]["needed"] == 1667


@pytest.mark.parametrize("form", ["table", "csv", "md", "html"])
def test_every_format_gives_the_number(capsys, form):
    assert run("plan", ["battles", "--win-rate", "0.6", "--format", form]) == 0
    assert "194" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["battles", "--win-rate", "0.9", "--tie-share", "0.5"], "impossible"),
        (["battles"], "--win-rate"),
        ([], "mean"),
        (["mean", "--difference", "nan", "--sd", "1"], "difference must be positive"),
        (["mean", "--difference", "0.1", "--sd", "1", "--items", "0"], "items must be positive"),
        (["mean", "--difference", "0.1", "--sd", "1", "--level", "3"], "level must lie"),
        (["proportion", "--rate", "2", "--half-width", "0.1"], "rate must lie"),
        (["mcnemar", "--only-a", "0.1", "--only-b", "0.1"], "cannot be told apart"),
        (["kappa", "--kappa", "2", "--prevalence", "0.3", "--half-width", "0.1"], "kappa must lie"),
        (["mean", "--difference", "0.1", "--sd", "1", "--per-cluster", "9", "--correlation", "-1"], "correlation"),
    ],
)
def test_nonsense_is_refused(capsys, call, said):
    assert run("plan", call) == 2
    heard = capsys.readouterr()
    assert said in heard.err
    assert heard.out == ""


@pytest.mark.parametrize(
    ("design", "words", "said"),
    [
        ("mean", ["--difference", "1e-300", "--sd", "1"], "between 1e-100 and 1e+100"),
        ("mean", ["--difference", "1e300", "--sd", "1"], "between 1e-100 and 1e+100"),
        ("mean", ["--difference", "0.1", "--sd", "-1", "--within", "2"], "sd must be positive"),
        ("mean", ["--difference", "0.1", "--sd", "1", "--within", "-0.5"], "within must be positive"),
        ("mcnemar", ["--only-a", "0.6", "--only-b", "0.7"], "more than all of them"),
    ],
)
def test_impossible_numbers_are_named(design, words, said, capsys):
    assert run("plan", [design, *words]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert said in err
