"""LaTeX of strangers becomes MathML, or stays what was written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.formulas import ATTRIBUTES, MAX_CHARACTERS, Refused, mathml
from domain.rendering import render


def shown(latex: str) -> str:
    return render(f"${latex}$")[0].strip().replace(' dir="auto"', "")


@pytest.mark.parametrize(
    ("latex", "holds"),
    [
        (r"\frac{a}{b}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"),
        (r"\sum_{i=1}^n i", "<mo>∑</mo>"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "<mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr>"),
        (r"\begin{cases}1&x>0\\0&\text{else}\end{cases}", '<mtd class="to-left"><mtext>else</mtext></mtd>'),
        (r"\boxed{42}", '<mrow class="boxed"><mrow><mn>42</mn></mrow></mrow>'),
        (r"\sqrt[3]{x}", "<mroot>"),
        (r"\binom{n}{k}", '<mfrac linethickness="0">'),
        (r"\mathbb{R}", "<mi>ℝ</mi>"),
        (r"\text{سلام}", "<mtext>سلام</mtext>"),
        (r"10\% < \$5", "<mo>&lt;</mo>"),
    ],
)
def test_what_formulas_are_made_of_is_mathml(latex, holds):
    assert holds in shown(latex)


def test_a_formula_on_its_own_line_is_a_block():
    assert mathml("x", is_display=True) == '<math display="block"><mrow><mi>x</mi></mrow></math>'


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{",
        r"\unknown{x}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{color:white}{hidden}",
        r"\textcolor{white}{hidden}",
        r"\class{button}{x}",
        r"\phantom{hidden}",
        r"\rlap{over}under",
        r"\cancel{x}",
        r"\hspace{99em}x",
        r"\hspace{-9em}x",
        r"\rule{2em}{2em}",
        r"\def\a{\a\a}\a",
        r"\newcommand{\a}{b}\a",
        r"\begin{matrix}" + "&" * 50 + r"\end{matrix}",
        "{" * 900 + "}" * 900,
        "x" * (MAX_CHARACTERS + 1),
        "a\u202eb",
    ],
)
def test_what_cannot_be_shown_whole_and_honestly_stays_source(latex):
    assert shown(latex).startswith('<p><span class="math inline">')
    assert "<math" not in shown(latex)


@pytest.mark.parametrize(
    "inside",
    ["</mtext></math><img src=x onerror=alert(1)>", "<script>x</script>", "<style>*{}</style>", '" onclick="x'],
)
def test_markup_inside_a_formula_is_text(inside):
    html = shown(rf"\text{{{inside}}}")
    assert not re.search(r"<(?!/?(p|span|math|mrow|mtext|mo|mi)\b)", html)
    assert not re.search(r"<[^>]*(on\w+|src|style)=", html)


PIECES = [r"\frac", r"\text", r"\left(", r"\right)", r"\begin{matrix}", r"\end{matrix}", "{", "}", "^", "_", "&", r"\\"]
PIECES += ["x", "7", "<b>", "'", '"', r"\hbox", r"\boxed", r"\color", r"\hspace{9em}", "&lt;", " ", "é", "]]>", "<!--"]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=30).map("".join))
def test_whatever_is_written_only_elements_of_the_list_come_out(latex):
    try:
        html = mathml(latex, is_display=False)
    except Refused:
        return
    for tag, marks in re.findall(r"<(\w+)([^>]*)>", html):
        assert tag in ATTRIBUTES
        assert set(re.findall(r" (\w+)=", marks)) <= {*ATTRIBUTES[tag], "class"}
    assert render(f"${latex}$")[0].count("<math") <= 1
