"""Strangers' Markdown becomes HTML that can do nothing, in bounded time."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.highlighting import LANGUAGES, highlight
from domain.models import Rendered
from domain.rendering import MAX_BYTES, render, rendered, rendered_key
from domain.style import Style, style_of


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Plan", '<h3 class="major">Plan</h3>'),
        ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
        ("2. two\n3. three", '<ol start="2">\n<li>two</li>\n<li>three</li>\n</ol>'),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        (
            "|a|b|\n|-|-:|\n|1|2|",
            '<table>\n<thead>\n<tr>\n<th>a</th>\n<th align="right">b</th>\n</tr>\n</thead>\n'
            '<tbody>\n<tr>\n<td>1</td>\n<td align="right">2</td>\n</tr>\n</tbody>\n</table>',
        ),
        (
            "```py\nx = 1\n```",
            '<pre><code class="language-python"><span class="hl-n">x</span> <span class="hl-o">=</span> '
            '<span class="hl-mi">1</span>\n</code></pre>',
        ),
        ("```brainfuck\n+<\n```", "<pre><code>+&lt;\n</code></pre>"),
        (
            r"\(a<b\) and $x_1$",
            '<p><math display="inline"><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math> and '
            '<math display="inline"><mrow><msub><mi>x</mi><mn>1</mn></msub></mrow></math></p>',
        ),
        ("\\[\na\n\\]", '<p><math display="block"><mrow><mi>a</mi></mrow></math></p>'),
        ("$$\na\n$$", '<p><math display="block"><mrow><mi>a</mi></mrow></math></p>'),
        ("$5 and $6", "<p>$5 and $6</p>"),
        (
            "[a](https://a.example/?q=1&r=2 'title')",
            '<p><a href="https://a.example/?q=1&amp;r=2" target="_blank" rel="nofollow noopener noreferrer">a</a></p>',
        ),
    ],
)
def test_ordinary_markdown_is_formatted(text, html):
    made, is_plain = render(text)
    assert (made.strip().replace(' dir="auto"', ""), is_plain) == (html, False)


@pytest.mark.parametrize("text", ["x", "# x", "- x", "1. x", "> x", "|a|\n|-|\n|x|"])
def test_each_block_finds_its_own_direction(text):
    html, _ = render(text)
    blocks = re.findall(r"<(?:p|h3|ul|ol|li|blockquote|td|th)\b[^>]*>", html)
    assert blocks
    assert all('dir="auto"' in block for block in blocks)


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/rate/skip", "#top", "x"]
)
def test_a_link_that_is_not_to_the_web_stays_text(target):
    html, _ = render(f"[click]({target})")
    assert "<a" not in html
    assert target in html


def test_an_image_is_named_and_never_fetched():
    html, _ = render("![a **cat**](https://evil.example/cat.png)")
    assert html.strip() == '<p dir="auto">[image: a cat]</p>'


def test_controls_that_reorder_text_are_shown_by_name():
    html, _ = render("pay\u202eevil\u2066x `a\u202db`")
    assert html.count('<span class="control">[U+') == 3
    assert not set(html) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_what_cannot_be_stored_or_printed_is_replaced():
    html, _ = render("a\x00b\ud800c\x1bd")
    assert html.strip() == '<p dir="auto">a\ufffdb\ufffdc\ufffdd</p>'


def test_a_text_beyond_the_cap_is_shown_as_it_is_with_a_note():
    html, is_plain = render("<b>**" + "x" * MAX_BYTES)
    assert is_plain
    assert html.startswith('<p class="note">Longer than 64 KB')
    assert "&lt;b&gt;**xxx" in html


PATHOLOGICAL = {
    "nested brackets": "[",
    "unclosed links": "[a](",
    "unclosed images": "![a](",
    "nested strong": "*a **a ",
    "closers": "a**b_",
    "openers": "*_",
    "strike-through": "~~a",
    "unclosed code": "e``",
    "quotes": "> ",
    "many list items": "* a\n",
    "deep lists": "  * a\n",
    "headings": "# a\n",
    "rules": "***\n",
    "fences": "```\n",
    "references": "[a]: u\n",
    "reference links": "[a][b]",
    "entities": "&#",
    "tags": "<a ",
    "comments": "<!-- ",
    "processing": "<?",
    "declarations": "<!A ",
    "autolinks": "<h:",
    "dollars": "$a",
    "bracket formulas": r"\(",
    "blank lines": "\n",
    "white space": " ",
    "backslashes": "\\",
    "cells": "|a",
    "rows": "|a|b|c|\n|-|-|-|\n",
}


# The limit is a quarter of a second; this only tells a limit from none (several seconds) on a machine with other work.
MOST_CPU_SECONDS = 2.0


@pytest.mark.parametrize("size", [1_000, 10_000, MAX_BYTES])
@pytest.mark.parametrize("shape", PATHOLOGICAL)
def test_markdown_made_to_be_slow_ends_in_time(shape, size):
    text = (PATHOLOGICAL[shape] * size)[:size]
    start = time.thread_time()
    render(text)
    assert time.thread_time() - start < MOST_CPU_SECONDS


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("unit", ["a\n", "é\n", "\t\n", " \n", "a ", "a.", '"', "/*", "(", "${"])
def test_colouring_code_ends_in_time(language, unit):
    code = "\n".join([(unit * 500)[:500]] * 8)[:4000]
    start = time.thread_time()
    highlight(code, language)
    assert time.thread_time() - start < MOST_CPU_SECONDS


def test_threads_share_the_parser():
    texts = [f"# {number}\n\n**bold** [l](https://example.org/{number})" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(render, texts))
    assert together == [render(text) for text in texts]


@pytest.mark.django_db
def test_pages_read_many_texts_in_one_query_and_render_only_new_ones(django_assert_num_queries):
    texts = [f"**{number}**" for number in range(50)]
    first = rendered(texts)
    assert first["**7**"] == '<div class="rendered" dir="auto" hx-disable><p dir="auto"><strong>7</strong></p>\n</div>'
    assert Rendered.objects.count() == 50
    with django_assert_num_queries(1):
        assert rendered(texts) == first


@pytest.mark.django_db
def test_a_plain_text_says_so_in_its_box():
    text = "x" * (MAX_BYTES + 1)
    assert rendered([text])[text].startswith('<div class="rendered plain" dir="auto" hx-disable><p class="note">')
    assert Rendered.objects.get(content_hash=rendered_key(text)).is_plain


@pytest.mark.django_db
def test_no_texts_need_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert rendered([]) == {}


def test_style_counts_markdown_outside_code():
    text = "# Head\n\n- one\n* two\n1. three\n\n**bold** and __bold__\n\n```\n# not\n- not\n**not**\n```\n"
    assert style_of(text) == Style(characters=len(text), words=18, headers=1, list_items=3, bold_spans=2)


@pytest.mark.parametrize("text", ["", "plain words only", "2 * 3 * 4", "#hashtag", "snake__case__name", "-5"])
def test_style_finds_no_markup_where_there_is_none(text):
    style = style_of(text)
    assert (style.headers, style.list_items, style.bold_spans) == (0, 0, 0)
