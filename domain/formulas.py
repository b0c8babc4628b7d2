"""LaTeX of strangers to MathML that shows what was written and can do nothing else.

The converter's elements are written out again by our own list. A formula with anything that is not on it stays source:
what hides or covers text (phantoms, overlaps), unknown commands, macros, and what is too long to be a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from xml.etree.ElementTree import Element

MAX_CHARACTERS = 2000
MAX_ELEMENTS = 2000
MAX_DEPTH = 60

_FLAGS = {"true", "false"}
_LENGTH = re.compile(r"-?\d{0,2}(?:\.\d{1,4})?(?:em|ex|px|pt)?")
_MAX_EM = 4.0
# Macros multiply what there is to do; the others reach outside the formula or set colours that may hide text.
_REFUSED = re.compile(
    r"\\(?:def|gdef|edef|xdef|let|newcommand|renewcommand|providecommand|DeclareMathOperator|href|url|style|class|cssId"
    r"|color|textcolor|colorbox|fcolorbox|require|includegraphics|rule)(?![A-Za-z])"
)

# What stays of an element: its attributes with the values that they may have; a length is checked by _is_length.
ATTRIBUTES: dict[str, dict[str, set[str] | None]] = {
    "math": {"display": {"inline", "block"}},
    "mrow": {},
    "mi": {"mathvariant": {"normal"}},
    "mn": {},
    "mo": {
        "stretchy": _FLAGS,
        "fence": _FLAGS,
        "separator": _FLAGS,
        "movablelimits": _FLAGS,
        "accent": _FLAGS,
        "form": {"prefix", "infix", "postfix"},
        "minsize": None,
        "maxsize": None,
    },
    "mtext": {},
    "mspace": {"width": None},
    "mfrac": {"linethickness": None},
    "msqrt": {},
    "mroot": {},
    "mstyle": {"displaystyle": _FLAGS, "scriptlevel": {"0", "1", "2"}},
    "msub": {},
    "msup": {},
    "msubsup": {},
    "munder": {"accentunder": _FLAGS},
    "mover": {"accent": _FLAGS},
    "munderover": {"accent": _FLAGS, "accentunder": _FLAGS},
    "mtable": {"displaystyle": _FLAGS},
    "mtr": {},
    "mtd": {},
}
CLASSES = {"mrow": {"boxed"}, "mtd": {"to-left", "to-right"}}


class Refused(Exception):
    """A formula that is shown as its source."""


def mathml(latex: str, *, is_display: bool) -> str:
    """Return a formula as MathML; raise Refused where it is better shown as it was written."""
    if not latex.strip() or len(latex) > MAX_CHARACTERS or _REFUSED.search(latex):
        raise Refused
    from latex2mathml.converter import convert_to_element

    try:
        tree = convert_to_element(latex, display="block" if is_display else "inline")
    except Exception as error:  # it has some thirty of its own, and raises IndexError and its like besides
        raise Refused from error
    if sum(1 for _ in tree.iter()) > MAX_ELEMENTS or not "".join(tree.itertext()).strip():
        raise Refused
    return "".join(_written(tree, MAX_DEPTH))


def _written(element: Element, depth: int) -> Iterator[str]:
    tag, css = element.tag, _class_of(element)
    if tag == "menclose" and css:
        tag = "mrow"
    if tag not in ATTRIBUTES or depth == 0:
        raise Refused
    kept = [(name, value) for name, value in element.attrib.items() if _may_stay(tag, name, value)]
    marks = "".join(f' {name}="{value}"' for name, value in kept) + (f' class="{css}"' if css else "")
    yield f"<{tag}{marks}>{_text(element.text)}"
    for child in element:
        yield from _written(child, depth - 1)
        yield _text(child.tail)
    yield f"</{tag}>"


def _class_of(element: Element) -> str:
    """Return what browsers only do by a style: a box, and the sides to which cells are set."""
    if element.tag == "menclose":
        return "boxed" if element.get("notation") == "box" else ""
    side = element.get("columnalign") if element.tag == "mtd" else None
    return f"to-{side}" if side in ("left", "right") else ""


def _may_stay(tag: str, name: str, value: str) -> bool:
    if name not in ATTRIBUTES[tag]:
        return False
    allowed = ATTRIBUTES[tag][name]
    if allowed is not None:
        return value in allowed
    if not _is_length(value):
        raise Refused
    return True


def _is_length(value: str) -> bool:
    number = value.rstrip("emxpt")
    return bool(_LENGTH.fullmatch(value)) and number not in ("", "-") and abs(float(number)) <= _MAX_EM


def _text(text: str | None) -> str:
    """Return a leaf's text, which the converter hands over with its symbols as character references."""
    plain = unescape(text or "")
    if plain.startswith("\\") and len(plain) > 1:  # a command that it does not know
        raise Refused
    return escape(plain)
