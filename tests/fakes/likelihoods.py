"""Log-probabilities of what the fake judge says: the same for the same text, in the shape of OpenAI's APIs."""

from __future__ import annotations

import math
import re
from typing import Any

TOKEN = re.compile(r"\s*(?:\w+|[^\w\s]+)|\s+\Z")


def likelihoods(text: str, top: int) -> list[dict[str, Any]]:
    """Return the tokens of a text, each with its alternatives, likeliest first and at most ``top`` of them."""
    return [_token(part, top) for part in TOKEN.findall(text)]


def _token(part: str, top: int) -> dict[str, Any]:
    chances = _chances(part)
    listed = [_entry(token, chance) for token, chance in chances.items()][:top]
    return {**_entry(part, chances[part]), "top_logprobs": listed}


def _chances(part: str) -> dict[str, float]:
    """A digit shares with its neighbours, a label with the other one, a word with nobody."""
    said = part.strip()
    if re.fullmatch(r"[1-9]", said):
        below, above = str(int(said) - 1), str(int(said) + 1)
        return {part: 0.7, part.replace(said, below): 0.2, part.replace(said, above): 0.095, "x": 0.005}
    if said in ("m", "M"):
        return {part: 0.8, part.swapcase(): 0.15, "x": 0.05}
    return {part: 0.99}


def _entry(token: str, chance: float) -> dict[str, Any]:
    return {"token": token, "logprob": math.log(chance), "bytes": list(token.encode())}
