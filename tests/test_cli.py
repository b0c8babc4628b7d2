"""The ``jurybox`` program, as a person meets it first: in a process of its own, in an empty home."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from jurybox.cli import BLAS_THREADS

ROOT = Path(__file__).resolve().parent.parent


def jurybox(home: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JURYBOX_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "jurybox.cli", *arguments],
        cwd=ROOT,
        env={**kept, "JURYBOX_HOME": str(home), **changes},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_first_import_needs_no_other_command_before_it(tmp_path):
    prompts = tmp_path / "prompts.csv"
    prompts.write_text("id,text\np1,Say hi\n")
    done = jurybox(tmp_path / "home", "import", "trial", str(prompts), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ("leaderboard", "nosuch", "--json"),
        ("agreement", "votes.csv"),
        ("compare", "nosuch", "a", "b"),
        ("export", "nosuch", "--what", "verdicts", "-o", "x.csv"),
        ("judge", "nosuch", "--metrics", "length"),
    ],
)
def test_a_name_that_is_not_there_is_a_wrong_call_in_an_empty_home_too(tmp_path, arguments):
    done = jurybox(tmp_path / "home", *arguments)
    assert done.returncode == 2, done.stderr
    assert arguments[1] in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path):
    done = jurybox(
        tmp_path, "leaderboard", "trial", JURYBOX_DATABASE_URL="postgresql://ann:sesame-7@127.0.0.1:1/jurybox"
    )
    assert done.returncode == 2
    assert "127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr
    assert "sesame-7" not in done.stderr


def test_a_database_of_an_older_version_is_left_alone_and_the_command_to_run_is_named(tmp_path):
    assert jurybox(tmp_path, "leaderboard", "nosuch").returncode == 2
    with sqlite3.connect(tmp_path / "jurybox.sqlite3") as database:
        database.execute("delete from django_migrations where app = 'judges'")
    done = jurybox(tmp_path, "leaderboard", "nosuch")
    assert done.returncode == 2
    assert "jurybox migrate" in done.stderr


@pytest.mark.parametrize("arguments", [(), ("help",), ("--help",)])
def test_help_lists_our_commands_and_nothing_of_the_framework(tmp_path, arguments):
    done = jurybox(tmp_path, *arguments)
    assert done.returncode == 0
    for command in ("demo", "up", "import", "judge", "leaderboard", "agreement", "compare", "export", "worker"):
        assert f"\n  {command} " in done.stdout
    assert "sqlsequencereset" not in done.stdout


def test_the_version_is_our_own(tmp_path):
    assert jurybox(tmp_path, "--version").stdout == "jurybox 0.1.0\n"


def test_an_unknown_command_is_a_wrong_call(tmp_path):
    done = jurybox(tmp_path, "leaderbord")
    assert done.returncode == 2
    assert "leaderbord" in done.stderr
    assert "leaderboard" in done.stderr


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    done = jurybox(tmp_path / "file" / "home", "leaderboard", "nosuch")
    assert done.returncode == 2
    assert "JURYBOX_HOME" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_early_is_no_error(tmp_path):
    battles = tmp_path / "battles.csv"
    battles.write_text("system_a,system_b,outcome\nAsh,Birch,A\nBirch,Ash,A\n")
    command = [sys.executable, "-m", "jurybox.cli", "leaderboard", str(battles), "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()  # as `head` does when it has seen enough
        assert process.stderr.read() == ""
        assert process.wait(60) == 0


@pytest.mark.parametrize(("given", "expected"), [({}, "1"), ({"OMP_NUM_THREADS": "3"}, "")])
def test_algebra_runs_on_one_thread_unless_the_user_chose(given, expected):
    code = (
        "import os, sys; from jurybox import cli; loaded = 'numpy' in sys.modules\n"
        "try: cli.main(['--version'])\n"
        "except SystemExit: pass\n"
        "print(loaded, os.environ.get('OPENBLAS_NUM_THREADS', ''), os.environ.get('OMP_NUM_THREADS'))"
    )
    kept = {name: value for name, value in os.environ.items() if name not in BLAS_THREADS}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**kept, **given}, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == f"False {expected} {given.get('OMP_NUM_THREADS', '1')}"
