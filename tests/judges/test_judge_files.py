"""Judges in TOML and panels on the command line: what a file says, what is wrong with it, and back again."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from domain.models import Rubric
from judges.judge_files import BadFile, as_toml, parse_judges
from judges.models import JudgeVersion, Run
from judges.parameters import Parameters
from judges.presets import PRESETS
from tests.factories import PREFERENCE, make_project, make_rubric
from tests.judges.making import make_battles, make_version

ONE = """
# the judge of the shop
[[judge]]
name = "Portia"
provider = "openai-chat"
model = "gpt-4.1"
key_env = "PORTIA_API_KEY"

[judge.parameters]
max_tokens = 800
temperature = 0
"""
TWO = """
[[judge]]
name = "Portia"
provider = "openai-chat"
model = "gpt-4.1"
key_env = "PORTIA_API_KEY"
[[judge]]
name = "Nerissa"
provider = "openai-chat"
model = "gpt-6-luna"
key_env = "PORTIA_API_KEY"
"""
PANEL = """
[panel]
name = "Court"
combination = "jury"
members = ["Nerissa", "Portia"]
[panel.parameters]
rule = "majority"
"""


def at(text: str, fake) -> str:
    """The same file, with its judges at the fake provider."""
    return text.replace('provider = "openai-chat"', f'provider = "openai-chat"\nbase_url = "{fake.openai_url}"')


@pytest.fixture
def project(db):
    project = make_project(slug="shop")
    make_battles(project, 2)
    make_rubric(project, PREFERENCE, name="Preference")
    return project


@pytest.fixture
def file(tmp_path):
    def write(text: str) -> str:
        path = tmp_path / "judge.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def judge(capsys):
    def run(*arguments: str) -> tuple[Any, str, str]:
        status: Any = 0
        message = ""
        try:
            call_command("judge", *arguments)
        except CommandError as error:
            status, message = error.returncode, str(error)
        except SystemExit as end:
            status = end.code
        out, err = capsys.readouterr()
        return status, out, message + err

    return run


def test_a_file_describes_a_judge():
    found = parse_judges(ONE).judge("Portia")
    assert (found.model, found.key_env, found.rubric) == ("gpt-4.1", "PORTIA_API_KEY", "")
    assert found.parameters == Parameters(max_tokens=800, temperature=0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it has no judge: write one under"),
        ("[[judge]\n", "it is not TOML"),
        ('judge = "Portia"', "it has no judge"),
        (ONE.replace("key_env", "api_key"), "line 7: unknown key 'api_key' in [judge]; known are base_url"),
        (ONE.replace("max_tokens", "max_token"), "line 10: unknown key 'max_token' in [judge.parameters]"),
        (ONE.replace("800", '"800"'), "line 10: max_tokens is '800'; it must be a whole number"),
        (ONE.replace("800", "8"), "line 10: max_tokens is 8; it must be between 16"),
        (ONE.replace("= 0", "= true"), "line 11: temperature is True; it must be a number"),
        (ONE.replace("openai-chat", "openai-caht"), "line 5: provider is 'openai-caht'; it must be one of anthropic"),
        (ONE.replace('"gpt-4.1"', "4.1"), "line 6: model is 4.1; it must be text in quotes"),
        (ONE.replace('name = "Portia"\n', ""), "line 3: a judge needs name"),
        (TWO.replace("Nerissa", "Portia"), "two judges are called 'Portia'"),
        (TWO.replace('model = "gpt-6-luna"', "modle = 1"), "line 10: unknown key 'modle'"),
        (TWO + PANEL.replace('"Nerissa", ', '"Nerisa", '), "no judge 'Nerisa' (it has Portia, Nerissa)"),
        (TWO + PANEL.replace("combination", "kind"), "unknown key 'kind' in [panel]"),
        (TWO + PANEL.replace('["Nerissa", "Portia"]', '"all"'), "members is a list of names"),
        (TWO + PANEL.replace("rule", "samples"), "unknown key 'samples' in [panel.parameters]"),
        (TWO + '[[panel]]\nname = "x"', "panel is a table: write [panel]"),
        (ONE + '[jury]\nname = "x"', "line 12: unknown key 'jury'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(text, words):
    with pytest.raises(BadFile) as problem:
        parse_judges(text)
    assert words in str(problem.value)


@given(st.text(max_size=120))
def test_no_text_breaks_the_reader(text):
    with suppress(BadFile):
        parse_judges(text)


def test_a_judge_of_a_file_is_run_to_its_end(project, fake, judge, file):
    status, out, _ = judge("shop", "--judge-file", file(at(ONE, fake)), "--json")
    assert (status, json.loads(out)["judge"], json.loads(out)["verdict"]) == (0, "Portia", 4)


def test_a_panel_of_a_file_asks_its_members_in_their_order(project, fake, judge, file):
    status, out, _ = judge("shop", "--judge-file", file(at(TWO + PANEL, fake)), "--json")
    assert (status, json.loads(out)["judge"], json.loads(out)["calls"]) == (0, "Court", 8)
    panel = JudgeVersion.objects.get(combination="jury")
    assert [member.judge.name for member in panel.members.all()] == ["Nerissa", "Portia"]


@pytest.mark.parametrize(("more", "name"), [("", "Portia"), (PANEL, "Court")])
def test_what_is_exported_describes_the_very_same_version(project, fake, judge, file, more, name):
    text = at(TWO if more else ONE, fake) + more
    judge("shop", "--judge-file", file(text), "--limit", "1")
    version = JudgeVersion.objects.get(name=name)
    status, out, _ = judge("shop", "--export-judge", name)
    assert status == 0
    again, _, _ = judge("shop", "--judge-file", file(out), "--limit", "1")
    assert again == 0
    assert JudgeVersion.objects.filter(name=name).get() == version
    assert Run.objects.filter(version=version).count() == 2


def test_every_setting_survives_a_file(project, fake):
    parameters = Parameters(max_tokens=700, seed=3, temperature=0.5, samples=3, rule="median", reasons="after")
    version = make_version(project, name='Po"rt\\ia\u007f', base_url=fake.openai_url, parameters=parameters)
    found = parse_judges(as_toml(version)).judges[0]
    assert (found.name, found.parameters) == (version.name, parameters)


@pytest.mark.parametrize(
    ("combination", "more", "calls"), [("jury", (), 8), ("jury", ("--rule", "median"), 8), ("cascade", (), 4)]
)
def test_judges_on_record_sit_together(project, fake, judge, file, combination, more, calls):
    fake.configure(judge=lambda question, rng: {"preference": {"reasons": "", "verdict": "A:2"}})
    for name in ("Portia", "Nerissa"):
        judge("shop", "--judge-file", file(at(TWO, fake)), "--judge", name, "--dry-run")
        make_version(project, name=name, model=name, rubric=Rubric.objects.get(), base_url=fake.openai_url)
    status, out, _ = judge("shop", f"--{combination}", "Portia, Nerissa", *more, "--json")
    assert (status, json.loads(out)["calls"]) == (0, calls)
    assert json.loads(out)["judge"] == f"{combination.capitalize()} of Portia, Nerissa"


def test_the_file_in_the_documentation_makes_its_panel(project, judge, file):
    text = (Path(__file__).parents[2] / "docs" / "judges.md").read_text(encoding="utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    status, out, _ = judge("shop", "--judge-file", file(example), "--dry-run", "--json")
    assert (status, json.loads(out)["judge"], json.loads(out)["calls"]) == (0, "Court", 8)
    assert [name for name in PRESETS if f"`{name}`" not in text] == []


def test_a_preset_brings_the_rubric_that_its_protocol_fixes(project, fake, judge):
    described = ["--model", "gpt-4.1", "--provider", "openai-chat", "--base-url", fake.openai_url]
    described += ["--key-env", "PORTIA_API_KEY", "--preset", "mt-bench-pairwise"]
    status, _, _ = judge("shop", "--judge", "Portia", *described, "--dry-run", "--json")
    assert status == 0
    assert (JudgeVersion.objects.count(), Rubric.objects.count()) == (0, 1)
    for _ in range(2):
        status, out, _ = judge("shop", "--judge", "Portia", *described, "--json")
        assert (status, json.loads(out)["verdict"]) == (0, 4)
    assert JudgeVersion.objects.get().preset == "mt-bench-pairwise"
    assert set(Rubric.objects.values_list("name", flat=True)) == {"Preference", "MT-Bench preference"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--judge-file", "nowhere.toml"], "nowhere.toml cannot be read: No such file"),
        (["--judge-file", "{two}"], "several judges and no [panel]: say which with --judge (Portia, Nerissa)"),
        (["--judge-file", "{two}", "--judge", "Shylock"], "the file has no judge 'Shylock'"),
        (["--judge-file", "{two}", "--model", "m"], "--model stands in the judge file"),
        (["--judge-file", "{two}", "--jury", "a,b"], "say one of --judge-file, --jury and --cascade"),
        (["--jury", "Portia,Nerissa"], "has no judge 'Portia'"),
        (["--jury", "a,b", "--preset", "g-eval"], "--preset is for one judge"),
        (["--judge", "Portia", "--preset", "g-eval"], "--preset describes a new judge"),
        (["--judge", "P", "--model", "m", "--provider", "openai", "--preset", "gee"], "there is no preset 'gee'"),
        (["--judge", "P", "--model", "m", "--provider", "openai", "--preset", "g-eval"], "say which --rubric"),
        (["--export-judge", "Portia"], "has no judge 'Portia'"),
        (["--export-judge", "Portia", "--metrics", "length"], "say one of"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_leaves_nothing(project, fake, judge, file, arguments, words):
    two = file(at(TWO, fake))
    status, _, told = judge("shop", *(argument.replace("{two}", two) for argument in arguments))
    assert (status, JudgeVersion.objects.count(), Run.objects.count()) == (2, 0, 0)
    assert words in told


def test_a_call_that_fails_late_leaves_no_judge_behind(project, fake, judge, file, monkeypatch):
    monkeypatch.delenv("PORTIA_API_KEY")
    status, _, told = judge("shop", "--judge-file", file(at(TWO + PANEL, fake)))
    assert (status, JudgeVersion.objects.count()) == (2, 0)
    assert "set the environment variable PORTIA_API_KEY" in told
