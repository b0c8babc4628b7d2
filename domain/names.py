"""One spelling for names that look the same, so that one system cannot stand in a table twice."""

from __future__ import annotations

import unicodedata

# Letters of other alphabets that a reader takes for Latin ones (the everyday part of Unicode's confusables),
# after case folding: Cyrillic, Greek, dashes.
_CYRILLIC = {"а": "a", "е": "e", "і": "i", "ј": "j", "к": "k", "м": "m", "о": "o", "р": "p", "с": "c", "т": "t"}
_CYRILLIC |= {"у": "y", "х": "x", "ѕ": "s", "ӏ": "l", "ԁ": "d", "ԛ": "q", "ԝ": "w", "һ": "h", "ѵ": "v"}
_GREEK = {"α": "a", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t", "υ": "u", "χ": "x"}
_LOOKALIKES = str.maketrans({**_CYRILLIC, **_GREEK, **dict.fromkeys("‐‑‒–—―−", "-")})
_INVISIBLE = ("Cf", "Cc", "Mn")


def name_key(name: str) -> str:
    """Return the key under which a name is unique: NFKC, case folded, look-alikes made Latin, invisibles dropped."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_LOOKALIKES)
    visible = "".join(char for char in folded if char.isspace() or unicodedata.category(char) not in _INVISIBLE)
    return " ".join(visible.split())
