"""Who rates reads one language: everything marked is translated, and everything they read is marked."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"

AROUND = ["base.html", "400.html", "403.html", "403_csrf.html", "404.html", "500.html", "components/account_menu.html"]
AROUND += ["components/language.html", "registration/login.html", "registration/locked.html"]
AROUND += ["registration/password_change.html"]

TAGS = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
BLOCKS = re.compile(r"\{%\s*blocktrans(?:late)?\b.*?\{%\s*endblocktrans(?:late)?\s*%\}", re.DOTALL)
WIDTH = re.compile(r"\{% block wide %\}\w+\{% endblock %\}")  # the name of a style
HEARD = re.compile(r"""\b(?:aria-label|aria-description|title|alt|placeholder)="([^"]*)\"""")
MARKUP = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
KEYS = re.compile(r"<kbd[^>]*>.*?</kbd>", re.DOTALL)
SAME_EVERYWHERE = {"Jurybox", "A", "B"}


def read_by_annotators() -> list[Path]:
    """A page that translates anything translates all of it; the researchers' pages translate nothing.

    Their preview of a task and their reviews of answers borrow parts of it.
    """
    own = (TEMPLATES / "annotation").glob("*.html")
    theirs = [path for path in own if not path.stem.lstrip("_").startswith(("preview", "review"))]
    marked = [path for path in theirs if "i18n" in path.read_text(encoding="utf-8")]
    return sorted([*marked, *(TEMPLATES / name for name in AROUND)])


def unmarked(text: str) -> list[str]:
    """Return the words that a template shows or reads out without translating them."""
    bare = TAGS.sub(" ", BLOCKS.sub(" ", WIDTH.sub(" ", text)))
    said = [*HEARD.findall(bare), MARKUP.sub(" ", KEYS.sub(" ", bare))]
    words = {word for part in said for word in re.findall(r"[A-Za-zÀ-ž]{2,}", part)}
    return sorted(words - SAME_EVERYWHERE - {"amp", "lt", "gt", "nbsp"})


def test_all_that_is_marked_is_translated_and_compiled():
    messages = runpy.run_path(str(ROOT / "scripts" / "messages.py"))
    assert messages["problems"]() == []


@pytest.mark.parametrize("path", read_by_annotators(), ids=lambda path: path.stem)
def test_all_that_annotators_read_is_marked(path):
    assert unmarked(path.read_text(encoding="utf-8")) == []


def test_a_bare_word_is_found():
    text = '{% load i18n %}<a title="Go there">{% translate "Marked" %} {{ name }} <b>bare</b></a> <kbd>Ctrl</kbd>'
    assert unmarked(text) == ["Go", "bare", "there"]
