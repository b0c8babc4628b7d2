"""Remarks with a known answer: reasons that must be ticked, places that a mark must touch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.specs import RemarkForm, RemarkSpec


def expected_remark(spec: RemarkSpec, wanted: Any, text: str | None) -> dict[str, Any]:
    """Return what a remark must say: ``{"tags": [...]}`` or ``{"marks": [[start, end, text], ...]}``.

    Places are quoted from the ``text`` of the one response that is rated, as people see it. Raises ValueError.
    """
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, str) and one for one in wanted):
        raise ValueError(f"{spec.key}: list what must be ticked, or quote what must be marked")
    if spec.form is RemarkForm.TAGS:
        if strange := [one for one in wanted if one not in spec.options]:
            raise ValueError(f"{spec.key}: {strange[0]!r} is none of {', '.join(spec.options)}")
        return {"tags": wanted}
    if spec.form is RemarkForm.TEXT or text is None:
        raise ValueError(f"{spec.key}: reasons and marked places of one response can be expected, words cannot")
    return {"marks": [_place(spec, quote, text) for quote in wanted]}


def _place(spec: RemarkSpec, quote: str, text: str) -> list[Any]:
    start = text.find(quote)
    if start < 0:
        raise ValueError(f"{spec.key}: the response, as people see it, does not say {quote[:60]!r}")
    return [start, start + len(quote), quote]


def meets_remark(wanted: Mapping[str, Any], said: Any) -> bool:
    """Return whether a remark has what it must have. What it has beyond that is no mistake: experts miss things too."""
    said = said or []
    if "tags" in wanted:
        return set(wanted["tags"]) <= set(said)
    return all(any(mark["start"] < end and mark["end"] > start for mark in said) for start, end, _ in wanted["marks"])


def in_words(remark: Any) -> str:
    """Say a remark, or what one must say, in a line."""
    if isinstance(remark, dict):
        remark = remark.get("tags") or [quote for _, _, quote in remark["marks"]]
    texts = [f"“{one['text']}”" if isinstance(one, dict) else one for one in remark or []]
    return ", ".join(texts) or "–"
