"""A style correction in a file, so that later boards use the same one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analysis.contextual.style import FrozenFeature, FrozenStyle
from analysis.contextual.terms import StyleTerms

FORMAT = "jurybox-style/1"


def frozen_style(style: StyleTerms, *, source: str = "") -> FrozenStyle:
    """Return the estimated coefficients as a style that other fits can keep; features without one are left out."""
    features = tuple(
        FrozenFeature(one.name, one.scale, one.coefficient, one.error)
        for one in style.features
        if one.coefficient is not None and one.scale is not None
    )
    return FrozenStyle(features=features, n=style.n, penalty=style.penalty, source=source)


def save_style(style: FrozenStyle, path: Path) -> None:
    """Write a frozen style as JSON."""
    document = {"format": FORMAT, **asdict(style)}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def load_style(path: Path) -> FrozenStyle:
    """Read what ``save_style`` wrote.

    Raises
    ------
    ValueError
        The file is not such a document; the message names the file and what is wrong.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return _style_of(document)
    except (ValueError, KeyError, TypeError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        what = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{path}: not a saved style: {what}; write one with --save-style") from error


def _style_of(document: Any) -> FrozenStyle:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"the format is not {FORMAT}")
    features = tuple(
        FrozenFeature(str(one["name"]), float(one["scale"]), float(one["coefficient"]), _number_or_none(one["error"]))
        for one in document["features"]
    )
    return FrozenStyle(features, int(document["n"]), float(document["penalty"]), str(document["source"]))


def _number_or_none(value: Any) -> float | None:
    return None if value is None else float(value)
