"""What no template may hold, because it would break the content security policy, leak or let hostile text act."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("templates", "domain", "annotation", "judges", "analysis", "jurybox")
BANNED = {
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc\s*=)", re.IGNORECASE),
    "an inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "an inline style": re.compile(r"[\s\"']style\s*=", re.IGNORECASE),
    "an event handler": re.compile(r"[\s\"']on[a-z]+\s*=", re.IGNORECASE),
    "an htmx event handler": re.compile(r"\bhx-on\b", re.IGNORECASE),
    "a value computed by htmx": re.compile(r"\bjs:", re.IGNORECASE),
    "a script as an address": re.compile(r"\bjavascript:", re.IGNORECASE),
    "an htmx trigger filter": re.compile(r"\bhx-trigger\s*=\s*(\"[^\"]*\[|'[^']*\[)", re.IGNORECASE),
    "unescaped output": re.compile(r"\|\s*safe(seq)?\b|\{%\s*autoescape\s+off\b", re.IGNORECASE),
    "a resource of another host": re.compile(
        r"<(link|script|img|iframe|source|video|audio|object|embed)\b[^>]*\b(src|srcset|href|data)\s*=\s*[\"']?\s*"
        r"(https?:)?//",
        re.IGNORECASE,
    ),
}
OFFENDERS = [
    ("an inline script", "<script>go()</script>"),
    ("an inline script", '<script type="module">go()</script>'),
    ("an inline style sheet", "<style>p {color: red}</style>"),
    ("an inline style", '<p style="color: red">'),
    ("an inline style", '<p class="x"\n  style = "color: red">'),
    ("an event handler", '<button onclick="go()">'),
    ("an htmx event handler", '<button hx-on:click="go()">'),
    ("an htmx event handler", '<button hx-on--after-swap="go()">'),
    ("a value computed by htmx", "<button hx-vals='js:{a: now()}'>"),
    ("a script as an address", '<a href="javascript:go()">'),
    ("an htmx trigger filter", """<input hx-trigger="keyup[key=='Enter']">"""),
    ("an htmx trigger filter", """<input hx-trigger='click, keyup[ctrlKey]'>"""),
    ("unescaped output", "{{ response.content|safe }}"),
    ("unescaped output", "{{ parts | safeseq }}"),
    ("unescaped output", "{% autoescape off %}"),
    ("a resource of another host", '<link rel="stylesheet" href="https://cdn.example/a.css">'),
    ("a resource of another host", '<script defer src="//cdn.example/a.js"></script>'),
    ("a resource of another host", "<img alt='' src=http://cdn.example/a.png>"),
]
INNOCENT = """
{% load static %}<script src="{% static 'app.js' %}" defer></script><link rel="stylesheet" href="/static/app.css">
<a href="https://jurybox.example/">a link</a> <img src="{% url 'board' %}" alt="on = off"> {{ name }}
<div hx-get="/p/" hx-trigger="load, every 2s" data-style="x" hx-vals='{"a": 1}'></div> {{ rows|safe_name }}
"""


def templates() -> list[Path]:
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "templates" in path.parts)
    return sorted(path for path in found if path.suffix in (".html", ".svg", ".txt"))


def offences(text: str) -> list[tuple[int, str]]:
    """Return line and name of everything in the text that is banned."""
    return sorted(
        (text.count("\n", 0, match.start()) + 1, name)
        for name, pattern in BANNED.items()
        for match in pattern.finditer(text)
    )


def test_no_template_holds_what_is_banned():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}" for path in templates() for line, name in offences(path.read_text())
    ]
    assert found == []


def test_the_templates_are_found():
    assert ROOT / "templates" / "base.html" in templates()


@pytest.mark.parametrize(("name", "text"), OFFENDERS)
def test_each_ban_bites(name, text):
    assert name in [found for _, found in offences(text)]


def test_every_ban_has_an_offender():
    assert {name for name, _ in OFFENDERS} == set(BANNED)


def test_proper_markup_is_left_alone():
    assert offences(INNOCENT) == []
