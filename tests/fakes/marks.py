"""How the fake judge answers protocols whose answer is text: with the mark that the system text asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

SCALE = re.compile(r"from (\d+) to (\d+)")


def mark_for(asked: str, qualities: Sequence[float]) -> str | None:
    """Return a verdict in the form that is asked for; None where no form is known. ``asked`` holds no responses."""
    margin = qualities[0] - qualities[1] if len(qualities) == 2 else 0.0
    side = "A" if margin > 0 else "B"
    if "[[A>>B]]" in asked:
        other = "B" if side == "A" else "A"
        return f"One is better.\n[[{side}{'>>' if abs(margin) > 0.3 else '>'}{other}]]"
    if "[[C]]" in asked:
        return f"One is better.\n[[{side}]]"
    if "single letter m" in asked:
        return "m" if margin > 0 else "M"
    if "[RESULT]" in asked:
        return f"One feedback. [RESULT] {side if len(qualities) == 2 else _score(asked, qualities[0])}"
    if "[[number]]" in asked:
        return f"It has merits.\nRating: [[{_score(asked, qualities[0])}]]"
    if "after the word Score" in asked:
        return f"The steps show merits.\nScore: {_score(asked, qualities[0])}"
    return None


def _score(asked: str, quality: float) -> int:
    low, high = map(int, SCALE.findall(asked)[-1])
    return round(low + min(1.0, max(0.0, quality)) * (high - low))
