"""Markdown of strangers to HTML that can do nothing: rendered once, at import, and found again by its SHA-256.

Three walls stand behind each other: markdown-it escapes HTML rather than passing it on, nh3 keeps a short list of tags
and attributes, and the pages' Content-Security-Policy runs no script and loads no image from anywhere else.
A change of these rules is a new ``RULES``: what was kept under earlier ones is found no more, and made anew.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache, wraps
from hashlib import sha256
from html import escape
from typing import Any

import nh3
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from domain.formulas import ATTRIBUTES as MATH
from domain.formulas import CLASSES as MATH_CLASSES
from domain.formulas import Refused, mathml
from domain.highlighting import CLASSES, LANGUAGES, highlight, language_of
from domain.models import Rendered

RULES = 2  # counts up with every change of what a text's HTML is
MAX_BYTES = 64 * 1024  # of UTF-8: more is shown as it is
MAX_CPU_SECONDS = 0.25  # of this thread; 50 KB of tables, code and lists take 0.2, plain prose next to nothing
_READ_AT_ONCE = 500

_TAGS = {"a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s"}
_TAGS |= {"span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul", *MATH}
_BLOCKS = {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "td", "th", "ul"}  # each runs its own way
_UNDER = 3  # the level of a text's first headings: pages call the text itself by one of level 2
_CLASSES = {
    **{f"h{level}": {"major"} for level in range(_UNDER, 7)},
    "code": {f"language-{name}" for name in LANGUAGES},
    "span": {*CLASSES, "math", "inline", "display", "control"},
    **MATH_CLASSES,
}
_SAFE_LINK = re.compile(r"(?:https?://[^/]|mailto:)", re.IGNORECASE)

# Controls that reorder the text around them: shown by name, because what a rater reads must be what is there.
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class TooCostly(Exception):
    """Markdown made to keep a parser busy; the text is shown as it is instead."""


def text_hash(text: str) -> str:
    """Return what tells one text from another."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def rendered_key(text: str) -> str:
    """Return the key under which a text's HTML is kept."""
    return text_hash(f"{RULES}\0{text}")


def render(text: str) -> tuple[str, bool]:
    """Return a text's sanitised HTML, and whether it is the plain fallback for a text too large or too costly."""
    text = _UNPRINTABLE.sub("\ufffd", text)
    if len(text.encode()) > MAX_BYTES:
        return _plain(text, f"Longer than {MAX_BYTES // 1024} KB: shown without formatting."), True
    try:
        html = _markdown().render(text, {"stop_at": time.thread_time() + MAX_CPU_SECONDS})
    except (TooCostly, RecursionError):
        return _plain(text, "Too costly to format: shown as it is."), True
    return _sanitiser().clean(_name_controls(html)), False


def rendered(texts: Iterable[str]) -> dict[str, SafeString]:
    """Return the HTML of each text, ready for a page: a box of its own that htmx does not look into.

    Reads what is kept in a few queries, whatever the number of texts, and renders and keeps what is new.
    """
    by_hash = {rendered_key(text): text for text in texts}
    kept = {row.content_hash: row for row in _kept(list(by_hash))}
    new = _render_missing(by_hash, kept)
    Rendered.objects.bulk_create(new, ignore_conflicts=True)
    kept |= {row.content_hash: row for row in new}
    return {text: _boxed(kept[key]) for key, text in by_hash.items()}


def render_missing(texts: Iterable[str]) -> None:
    """Render and keep the texts whose HTML is not there yet: what an import does ahead of any page."""
    by_hash = {rendered_key(text): text for text in texts}
    kept = set(_kept_keys(list(by_hash)))
    Rendered.objects.bulk_create(_render_missing(by_hash, kept), ignore_conflicts=True)


def _render_missing(by_hash: dict[str, str], kept: Iterable[str]) -> list[Rendered]:
    missing = by_hash.keys() - set(kept)
    return [_make(key, text) for key, text in by_hash.items() if key in missing]


def _make(key: str, text: str) -> Rendered:
    html, is_plain = render(text)
    return Rendered(content_hash=key, html=html, is_plain=is_plain)


def _kept(keys: Sequence[str]) -> Iterable[Rendered]:
    for start in range(0, len(keys), _READ_AT_ONCE):
        yield from _rows(keys[start : start + _READ_AT_ONCE])


def _kept_keys(keys: Sequence[str]) -> Iterable[str]:
    for start in range(0, len(keys), _READ_AT_ONCE):
        yield from _rows(keys[start : start + _READ_AT_ONCE]).values_list("content_hash", flat=True)


def _rows(keys: Sequence[str]) -> QuerySet[Rendered]:
    return Rendered.objects.filter(content_hash__in=keys)


def _boxed(row: Rendered) -> SafeString:
    style = "rendered plain" if row.is_plain else "rendered"
    # The HTML was sanitised before it was kept, and nothing else writes that table.
    return format_html('<div class="{}" dir="auto" hx-disable>{}</div>', style, mark_safe(row.html))  # noqa: S308


def _plain(text: str, note: str) -> str:
    return f'<p class="note">{note}</p>{_name_controls(escape(text))}'


def _name_controls(html: str) -> str:
    return _REORDERING.sub(lambda found: f'<span class="control">[U+{ord(found[0]):04X}]</span>', html)


@cache
def _sanitiser() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}} | {tag: set(values) for tag, values in MATH.items()},
        tag_attribute_values={cell: {"align": {"left", "center", "right"}} for cell in ("td", "th")},
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="nofollow noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}} | {tag: {"dir": "auto"} for tag in _BLOCKS},
    )


@cache
def _markdown() -> MarkdownIt:
    """Build the one parser: CommonMark with tables, strike-through and formulas, no HTML, no images."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.use(dollarmath_plugin, allow_digits=False, allow_space=False, allow_labels=False)
    markdown.inline.ruler.before("escape", "math_brackets", _bracket_math)
    markdown.validateLink = lambda url: bool(_SAFE_LINK.match(url))  # type: ignore[method-assign]  # the documented hook
    markdown.core.ruler.push("outline", _outline)
    for name, rule in _RENDER_RULES.items():
        markdown.add_render_rule(name, rule)
    for ruler in (markdown.block.ruler, markdown.inline.ruler, markdown.inline.ruler2):
        for entry in ruler.__rules__:
            entry.fn = _within_deadline(entry.fn)
        ruler.getRules("")  # compiled now: two threads that compile at once would each see half the rules
    return markdown


def _outline(state: StateCore) -> None:
    """Put a text's headings under the page's, the highest first, so that the page keeps one outline.

    Levels beyond the sixth are none, so the lowest become one. Those of the first two that were written stay large.
    """
    headings = [token for token in state.tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        level = int(token.tag[1])
        token.tag = f"h{min(level - highest + _UNDER, 6)}"
        if level <= 2 and token.type == "heading_open":
            token.attrSet("class", "major")


def _math(tokens: Sequence[Token], at: int, css: str, env: Any) -> str:
    """Write a formula as MathML, or as its source where that would not show all of it."""
    _check_deadline(env)
    latex = tokens[at].content.strip()
    try:
        if not _REORDERING.search(latex):
            return mathml(latex, is_display=css == "display")
    except Refused:
        pass
    return f'<span class="math {css}">{escape(latex)}</span>'


def _render_fence(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    _check_deadline(env)
    language = language_of(tokens[at].info)
    css = f' class="language-{language}"' if language else ""
    return f"<pre><code{css}>{highlight(tokens[at].content, language)}</code></pre>\n"


def _render_image(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """Name an image instead of fetching it: an address can tell who answered, and who is reading."""
    return f"[image: {escape(renderer.renderInlineAsText(tokens[at].children, options, env))}]"


def _render_cell(renderer: RendererHTML, tokens: Sequence[Token], at: int, *_: Any) -> str:
    """Align a cell by attribute: the pages' policy refuses inline styles, and so does our list."""
    align = str(tokens[at].attrGet("style") or "").removeprefix("text-align:")
    return f'<{tokens[at].tag} align="{align}">' if align else f"<{tokens[at].tag}>"


_RENDER_RULES: dict[str, Callable[..., str]] = {
    "fence": _render_fence,
    "image": _render_image,
    "td_open": _render_cell,
    "th_open": _render_cell,
    "math_inline": lambda renderer, tokens, at, options, env: _math(tokens, at, "inline", env),
    "math_display": lambda renderer, tokens, at, options, env: _math(tokens, at, "display", env),
    "math_block": lambda renderer, tokens, at, options, env: f"<p>{_math(tokens, at, 'display', env)}</p>\n",
}


def _bracket_math(state: StateInline, silent: bool) -> bool:
    r"""Read ``\( … \)`` and ``\[ … \]``, whose backslashes Markdown would otherwise eat."""
    opening = state.src[state.pos : state.pos + 2]
    if opening not in (r"\(", r"\["):
        return False
    end = state.src.find(r"\)" if opening == r"\(" else r"\]", state.pos + 2, state.posMax)
    if end <= state.pos + 2:
        return False
    if not silent:
        token = state.push("math_inline" if opening == r"\(" else "math_display", "math", 0)
        token.content = state.src[state.pos + 2 : end]
    state.pos = end + 2
    return True


def _within_deadline(rule: Callable[..., Any]) -> Callable[..., Any]:
    """Give up as soon as a text has used the time it may: every construct passes through the rules."""

    @wraps(rule)
    def guarded(state: Any, *arguments: Any) -> Any:
        _check_deadline(state.env)
        return rule(state, *arguments)

    return guarded


def _check_deadline(env: Any) -> None:
    if time.thread_time() > env["stop_at"]:
        raise TooCostly
