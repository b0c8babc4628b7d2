"""Colours for code: Pygments' short class names behind the prefix ``hl-``, for a fixed set of languages."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING

from pygments.token import STANDARD_TYPES

if TYPE_CHECKING:
    from pygments.lexer import Lexer

PREFIX = "hl-"
CLASSES = frozenset(PREFIX + short for short in STANDARD_TYPES.values() if short)
# Lexers work by regular expressions, some of which take quadratic time on text made for it (Java's, 0.3 s for 4,000
# characters): longer code, and code with longer lines, stays uncoloured.
MAX_CHARACTERS = 4_000
MAX_LINE = 500

_ALIASES = {
    "bash": ("console", "sh", "shell", "zsh"),
    "c": ("h",),
    "cpp": ("c++", "cc", "hpp"),
    "csharp": ("c#", "cs"),
    "css": (),
    "diff": ("patch",),
    "docker": ("dockerfile",),
    "go": ("golang",),
    "haskell": ("hs",),
    "html": ("htm",),
    "ini": ("cfg",),
    "java": (),
    "javascript": ("js", "jsx", "node"),
    "json": ("jsonc",),
    "kotlin": ("kt",),
    "lua": (),
    "makefile": ("make",),
    "perl": ("pl",),
    "php": (),
    "powershell": ("ps1",),
    "python": ("py", "py3", "python3"),
    "r": (),
    "ruby": ("rb",),
    "rust": ("rs",),
    "scala": (),
    "sql": ("mysql", "postgresql", "sqlite"),
    "swift": (),
    "toml": (),
    "typescript": ("ts", "tsx"),
    "xml": ("svg",),
    "yaml": ("yml",),
}
_LEXERS = {"csharp": "java"}  # C#'s own needs 9 s for 10,000 characters, and the two look much alike
LANGUAGES = frozenset(_ALIASES)
_LANGUAGE = {alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases)}


def language_of(info: str) -> str | None:
    """Return the language that the first word after a code fence names, when it is one that we colour."""
    first = info.split(maxsplit=1)[0].lower() if info.strip() else ""
    return _LANGUAGE.get(first)


def highlight(code: str, language: str | None) -> str:
    """Return code as escaped HTML, coloured where its language is known and its size allows."""
    if language is None or len(code) > MAX_CHARACTERS or max(map(len, code.splitlines()), default=0) > MAX_LINE:
        return escape(code)
    from pygments import highlight as colour
    from pygments.formatters.html import HtmlFormatter

    return str(colour(code, _lexer(language), HtmlFormatter(nowrap=True, classprefix=PREFIX)))


@cache
def _lexer(language: str) -> Lexer:
    from pygments.lexers import get_lexer_by_name

    return get_lexer_by_name(_LEXERS.get(language, language), stripnl=False, ensurenl=False)
