"""What a test is about and must be there."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def known(value: T | None) -> T:
    """Return a value that may not be missing."""
    assert value is not None
    return value
