"""How a probe changes what a judge is shown. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from judges.probes.pack import Change, Probe, Text

LEAST_TIMES = 3  # that a padded response is said
MOST_CHARACTERS = 20_000  # of a padded response
TIMES_THE_OTHER = 1.5  # as long as the other response, at least


def carrier(first: str, second: str) -> int:
    """Return which of two responses is probed, in canonical order: the shorter one, the likelier one to gain."""
    return 0 if len(first) <= len(second) else 1


def text_for(probe: Probe, turn: int) -> Text:
    """Return the wording for an item: the texts of a kind take turns."""
    return probe.texts[turn % len(probe.texts)]


def changed(shown: Sequence[str], place: int, probe: Probe, *, turn: int, best: str) -> tuple[str, ...]:
    """Return the responses as shown, with the one at ``place`` changed. ``best`` is the answer the probe asks for."""
    own = shown[place]
    text = Template(text_for(probe, turn).text).safe_substitute(best=best)
    match probe.change:
        case Change.REPLACE:
            new = text
        case Change.APPEND:
            new = f"{own}\n\n{text}"
        case Change.PAD:
            new = _padded(own, text, longest=max(len(other) for other in shown))
        case Change.COPY:
            new = shown[1 - place] if len(shown) == 2 else own
    return tuple(new if position == place else other for position, other in enumerate(shown))


def _padded(own: str, again: str, *, longest: int) -> str:
    """Say a response again until it is the longer one by far; each time costs tokens, so not without end."""
    repeat = f"\n\n{again} {own}"
    wanted = max(len(own) + (LEAST_TIMES - 1) * len(repeat), int(TIMES_THE_OTHER * longest))
    times = -(-(min(wanted, MOST_CHARACTERS) - len(own)) // len(repeat))
    return own + repeat * max(1, times)
