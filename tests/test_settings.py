"""A server that is not set up safely does not start, and says what to set."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from jurybox import environment

ROOT = Path(__file__).resolve().parent.parent
GOOD_KEY = "k3y-of-Fifty-or-more-Random-characters_0123456789-abcdef"
SHOW = (
    "import json; from jurybox import settings; print(json.dumps({name: getattr(settings, name, None) for name in %r}))"
)

Start = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Run Python in the checkout, with a data directory that does not exist yet and nothing else set."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("JURYBOX_")}
        inherited.pop("DJANGO_SETTINGS_MODULE", None)
        own = {
            "JURYBOX_HOME": str(tmp_path / "home"),
            **{f"JURYBOX_{name}": value for name, value in variables.items()},
        }
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env={**inherited, **own}, capture_output=True, text=True, check=False, timeout=60
        )

    return run


def settings_of(start: Start, *names: str, **variables: str) -> dict[str, Any]:
    done = start("-c", SHOW % (names,), **variables)
    assert done.returncode == 0, done.stderr
    values: dict[str, Any] = json.loads(done.stdout)
    return values


# The signing key


@pytest.mark.parametrize(
    "arguments",
    [("manage.py", "up"), ("manage.py", "runserver"), ("-c", "import jurybox.wsgi"), ("-c", "import jurybox.asgi")],
)
def test_no_server_starts_without_a_key(start: Start, tmp_path: Path, arguments: tuple[str, ...]):
    done = start(*arguments)
    assert done.returncode != 0
    assert "JURYBOX_SECRET_KEY is not set" in done.stderr
    assert not list(tmp_path.rglob("secret-key"))


@pytest.mark.parametrize(
    "key",
    [
        "sh0rt",
        "changeme" * 10,
        "a" * 60,
        "django-insecure-" + GOOD_KEY,
        "Default-" + GOOD_KEY,
        GOOD_KEY[:49],
        "   " + GOOD_KEY[:49] + "   ",
    ],
)
def test_a_short_or_known_key_is_refused(monkeypatch, tmp_path: Path, key: str):
    monkeypatch.setenv("JURYBOX_SECRET_KEY", key)
    with pytest.raises(ImproperlyConfigured, match="too short or a well-known default") as refused:
        environment.secret_key(tmp_path, lasting=True, may_create=True)
    assert key.strip() not in str(refused.value)


def test_a_server_refuses_a_known_key(start: Start):
    done = start("-c", "import jurybox.wsgi", SECRET_KEY="insecure" * 8)
    assert done.returncode != 0
    assert "JURYBOX_SECRET_KEY is too short or a well-known default" in done.stderr


@pytest.mark.parametrize("content", ["", "short", "changeme" * 10])
def test_a_key_file_is_held_to_the_same_rules(tmp_path: Path, content: str):
    (tmp_path / "secret-key").write_text(content)
    with pytest.raises(ImproperlyConfigured, match="secret-key"):
        environment.secret_key(tmp_path, lasting=True, may_create=True)


def test_a_good_key_is_used_and_not_written_down(start: Start, tmp_path: Path):
    assert settings_of(start, "SECRET_KEY", SERVING="1", SECRET_KEY=GOOD_KEY) == {"SECRET_KEY": GOOD_KEY}
    assert not list(tmp_path.rglob("secret-key"))


@pytest.mark.parametrize("mode", ["DEMO", "DEBUG"])
def test_demo_and_debug_make_one_lasting_key_for_their_owner_alone(start: Start, tmp_path: Path, mode: str):
    first = settings_of(start, "SECRET_KEY", SERVING="1", **{mode: "1"})
    second = settings_of(start, "SECRET_KEY", SERVING="1", **{mode: "1"})
    assert first == second
    assert len(first["SECRET_KEY"]) >= 50
    assert stat.S_IMODE((tmp_path / "home" / "secret-key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_two_data_directories_have_two_keys(tmp_path: Path):
    assert environment.create_secret_key(tmp_path / "a") != environment.create_secret_key(tmp_path / "b")


def test_a_second_process_keeps_the_key_of_the_first(tmp_path: Path):
    first = environment.create_secret_key(tmp_path)
    assert environment.create_secret_key(tmp_path) == first == (tmp_path / "secret-key").read_text()


def test_a_command_that_signs_nothing_needs_no_key_and_leaves_none(start: Start, tmp_path: Path):
    key = settings_of(start, "SECRET_KEY")["SECRET_KEY"]
    assert len(key) >= 50
    assert key != settings_of(start, "SECRET_KEY")["SECRET_KEY"]
    assert not list(tmp_path.rglob("secret-key"))


# What a browser is told

FLAGS = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_INCLUDE_SUBDOMAINS")


def test_cookies_and_addresses_are_for_https_only_unless_told_otherwise(start: Start):
    values = settings_of(start, *FLAGS, "SECURE_HSTS_SECONDS", "DEBUG", "SERVING", SERVING="1", SECRET_KEY=GOOD_KEY)
    assert all(values[flag] is True for flag in FLAGS)
    assert values["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert values["DEBUG"] is False


@pytest.mark.parametrize("variable", [{"DEMO": "1"}, {"DEBUG": "1"}, {"HTTPS": "0"}])
def test_a_server_without_tls_does_not_demand_it(start: Start, variable: dict[str, str]):
    values = settings_of(start, *FLAGS, "SECURE_HSTS_SECONDS", **variable)
    assert not any(values.values())


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(start: Start):
    values = settings_of(start, "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_SAMESITE")
    assert values == {"SESSION_COOKIE_HTTPONLY": True, "SESSION_COOKIE_SAMESITE": "Lax", "CSRF_COOKIE_SAMESITE": "Lax"}


def test_a_forwarded_scheme_is_believed_only_behind_a_proxy(start: Start):
    assert settings_of(start, "SECURE_PROXY_SSL_HEADER") == {"SECURE_PROXY_SSL_HEADER": None}
    behind = settings_of(start, "SECURE_PROXY_SSL_HEADER", BEHIND_PROXY="1")
    assert behind == {"SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"]}


def test_only_this_machine_is_served_until_hosts_are_named(start: Start):
    assert settings_of(start, "ALLOWED_HOSTS") == {"ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"]}
    named = settings_of(start, "ALLOWED_HOSTS", HOSTS="jurybox.example, www.jurybox.example,")
    assert named == {"ALLOWED_HOSTS": ["jurybox.example", "www.jurybox.example"]}


def test_the_policy_allows_no_inline_code_and_no_other_host(start: Start):
    policy = settings_of(start, "CONTENT_SECURITY_POLICY")["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    allowed = {source for sources in policy.values() for source in sources}
    assert allowed <= {"'self'", "'none'", "data:"}
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == ["'none'"]


def test_the_deployment_check_finds_nothing_to_warn_of(start: Start):
    arguments = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    done = start(*arguments, SERVING="1", SECRET_KEY=GOOD_KEY, HOSTS="jurybox.example")
    assert done.returncode == 0, done.stderr


# Variables with a wrong value


@pytest.mark.parametrize("variable", ["DEBUG", "DEMO", "HTTPS", "BEHIND_PROXY", "SERVING"])
def test_a_flag_that_is_neither_yes_nor_no_stops_the_start(start: Start, variable: str):
    done = start("-c", "import jurybox.settings", **{variable: "maybe"})
    assert done.returncode != 0
    assert f"JURYBOX_{variable} is 'maybe'; set it to 1 or 0" in done.stderr


@pytest.mark.parametrize(
    ("value", "meaning"), [("1", True), ("TRUE", True), (" yes ", True), ("0", False), ("off", False)]
)
def test_a_flag_is_read_in_the_usual_spellings(monkeypatch, value: str, meaning: bool):
    monkeypatch.setenv("JURYBOX_DEBUG", value)
    assert environment.flag("DEBUG") is meaning


def test_a_number_that_is_none_is_named_with_its_variable(monkeypatch):
    monkeypatch.setenv("JURYBOX_PORT", "80a")
    with pytest.raises(ImproperlyConfigured, match="JURYBOX_PORT is '80a'; set it to a whole number"):
        environment.number("PORT", 8000)


def test_a_number_beyond_what_works_is_refused(monkeypatch):
    monkeypatch.setenv("JURYBOX_JUDGE_BATCH_CALLS", "10001")
    with pytest.raises(ImproperlyConfigured, match="JURYBOX_JUDGE_BATCH_CALLS is 10001; set it to 10000 or less"):
        environment.number("JUDGE_BATCH_CALLS", 2000, most=10_000)


@pytest.mark.parametrize("url", ["mysql://u:hidden@db/x", "sqlite:///x.db", "just words", "://"])
def test_a_database_that_is_not_postgresql_is_refused(tmp_path: Path, url: str):
    with pytest.raises(ImproperlyConfigured, match="begins with postgresql://") as refused:
        environment.database(url, tmp_path)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["postgresql://db:port/x", "postgresql://db:70000/x", "postgresql://[::1/x", "postgresql://db/"]
)
def test_a_database_address_that_cannot_be_read_says_how_one_looks(tmp_path: Path, url: str):
    with pytest.raises(ImproperlyConfigured, match="JURYBOX_DATABASE_URL"):
        environment.database(url, tmp_path)


def test_a_database_address_is_taken_apart_with_its_escapes(tmp_path: Path):
    read = environment.database("postgresql://us%40er:p%2Fw@db.example:5433/jury%20box?sslmode=require", tmp_path)
    assert {name: read[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "jury box",
        "USER": "us@er",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
    }
    assert read["OPTIONS"]["sslmode"] == "require"


def test_the_embedded_database_waits_for_its_turn_and_is_never_mapped_into_memory(tmp_path: Path):
    options = environment.database("", tmp_path)["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] >= 20
    assert "journal_mode=WAL" in options["init_command"]
    assert "mmap" not in options["init_command"]
