"""Choices in battles as ratings of items, so that agreement reads both alike."""

from __future__ import annotations

import numpy as np

from analysis.data import BOTH_BAD, OUTCOMES, TIE, A, B, Battles, Coded, Ratings
from analysis.errors import Undefined, Why

_SWAPPED = np.array([B, A, TIE, BOTH_BAD])  # an outcome seen from the other column


def ratings_from_battles(battles: Battles) -> Ratings:
    """Return one nominal rating per verdict: the item is prompt and pair, whichever column each system stood in.

    Outcomes are turned to the frame of the item's first row. The frame matters: exchanging A and B in some items
    moves the shares of A and B, and with them what a chance-corrected coefficient expects.

    Raises
    ------
    Undefined
        ``not_recorded``: without prompts nobody knows which verdicts are about the same two responses.
    """
    if battles.prompt is None:
        raise Undefined(Why.NOT_RECORDED, "agreement on battles needs the prompt of each battle (column prompt)")
    first = np.minimum(battles.system_a, battles.system_b).astype(np.int64)
    second = np.maximum(battles.system_a, battles.system_b).astype(np.int64)
    size = len(battles.systems)
    key = (battles.prompt.codes.astype(np.int64) * size + first) * size + second
    found, earliest, item = np.unique(key, return_index=True, return_inverse=True)
    turned = battles.system_a != battles.system_a[earliest[item]]
    value = np.where(turned, _SWAPPED[battles.outcome], battles.outcome).astype(np.float64)
    names = tuple(_item_name(battles, battles.prompt, int(pair), size) for pair in found)
    return Ratings(
        item=Coded(item.astype(np.int64), names),
        value=value,
        rater=battles.rater,
        labels=tuple(OUTCOMES),
        unscored=battles.unscored,
    )


def _item_name(battles: Battles, prompt: Coded, key: int, size: int) -> str:
    rest, second = divmod(key, size)
    place, first = divmod(rest, size)
    return f"{prompt.names[place]}: {battles.systems[first]} / {battles.systems[second]}"
