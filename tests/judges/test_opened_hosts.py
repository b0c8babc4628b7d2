"""How an administrator may write the hosts that are open to judges, and what a refusal repeats of an address."""

from __future__ import annotations

import pytest

from judges.providers.base import Terminal
from judges.providers.guard import Guard


@pytest.mark.parametrize(
    ("opened", "url"),
    [
        ("[::1]:8000", "http://[::1]:8000/v1"),
        ("::1", "http://[::1]:9000/v1"),
        ("[fd00::5]", "http://[FD00::5]:11434/v1"),
        ("GPU.Example:11434", "http://gpu.example:11434/v1"),
        ("gpu.example:11434", "http://GPU.example.:11434/v1"),
    ],
)
def test_an_opened_host_is_open_however_it_is_written(opened, url):
    Guard(frozenset({opened})).check_url(url)


@pytest.mark.parametrize(
    ("opened", "url"),
    [
        ("[::1]:8000", "http://[::1]:8001/v1"),
        ("[::1]:8000", "http://127.0.0.1:8000/v1"),
        ("gpu.example:11434", "http://gpu.example.evil:11434/v1"),
    ],
)
def test_no_other_is(opened, url):
    with pytest.raises(Terminal):
        Guard(frozenset({opened})).check_url(url)


@pytest.mark.parametrize(
    "url",
    ["https://ada:hunter2@judge.example:99999999/v1", "ftp://ada:hunter2@/v1", "https://ada:hunter2@judge.example/v1"],
)
def test_a_refusal_repeats_no_password(url):
    with pytest.raises(Terminal) as refusal:
        Guard().check_url(url)
    assert "hunter2" not in str(refusal.value)
