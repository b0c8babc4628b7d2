"""Choices in battles as ratings of items, so that agreement reads both alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.data import OUTCOMES, SEEN_FROM_B, Battles, Coded, Ratings
from analysis.errors import Undefined, Why


def ratings_from_battles(battles: Battles) -> Ratings:
    """Return one nominal rating per verdict: the item is prompt and pair, whichever column each system stood in.

    Outcomes are turned to the frame of the item's first row. The frame matters: exchanging A and B in some items
    moves the shares of A and B, and with them what a chance-corrected coefficient expects.

    Raises
    ------
    Undefined
        ``not_recorded``: without prompts nobody knows which verdicts are about the same two responses.
    """
    item = items_of(battles)
    _, earliest, place = np.unique(item.codes, return_index=True, return_inverse=True)
    turned = battles.system_a != battles.system_a[earliest[place]]
    value = np.where(turned, SEEN_FROM_B[battles.outcome], battles.outcome).astype(np.float64)
    return Ratings(
        item=item,
        value=value,
        rater=battles.rater,
        prompt=battles.prompt,
        tag=battles.tag,
        confidence=battles.confidence,
        labels=tuple(OUTCOMES),
        unscored=battles.unscored,
    )


def items_of(battles: Battles) -> Coded:
    """Return which pair of responses each battle is about: as recorded, or by prompt and pair of systems.

    Raises
    ------
    Undefined
        ``not_recorded``: neither is known.
    """
    if battles.item is not None:
        return battles.item
    found, item = np.unique(pair_codes(battles), return_inverse=True)
    assert battles.prompt is not None  # noqa: S101 - or there were no codes
    size = len(battles.systems)
    names = tuple(_item_name(battles, battles.prompt, int(pair), size) for pair in found)
    return Coded(item.astype(np.int64), names)


def pair_codes(battles: Battles) -> NDArray[np.int64]:
    """Return a number for the pair of responses of each battle, cheaper than their names.

    Raises
    ------
    Undefined
        ``not_recorded``: neither items nor prompts are known.
    """
    if battles.item is not None:
        return battles.item.codes.astype(np.int64)
    if battles.prompt is None:
        raise Undefined(Why.NOT_RECORDED, "agreement on battles needs the prompt of each battle (column prompt)")
    first = np.minimum(battles.system_a, battles.system_b).astype(np.int64)
    second = np.maximum(battles.system_a, battles.system_b).astype(np.int64)
    size = len(battles.systems)
    codes: NDArray[np.int64] = (battles.prompt.codes.astype(np.int64) * size + first) * size + second
    return codes


def _item_name(battles: Battles, prompt: Coded, key: int, size: int) -> str:
    rest, second = divmod(key, size)
    place, first = divmod(rest, size)
    return f"{prompt.names[place]}: {battles.systems[first]} / {battles.systems[second]}"
