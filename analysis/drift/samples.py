"""Two parts of a table: by the names in a column, or by windows of time or of a number."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from analysis.data import Coded, Floats, Mask

SEPARATOR = ".."


def rows_of(column: Coded | Floats, part: str) -> Mask:
    """Return the rows whose value is ``part``, or lies in it where it reads FROM..TO.

    A window holds its start and not its end; either may be left out. Its ends are numbers, or ISO 8601 dates and
    times (without a zone: UTC), which are compared with a column of such texts or of seconds since 1970.

    Raises
    ------
    ValueError
        No row bears this name, or an end of the window cannot be read.
    """
    if isinstance(column, Coded) and part in column.names:
        found: Mask = column.codes == column.names.index(part)
        return found
    if SEPARATOR not in part:
        raise ValueError(f"{part!r} is no value of this column{_known(column)}; a window reads FROM..TO")
    low, high = (_number(end.strip()) if end.strip() else None for end in part.split(SEPARATOR, 1))
    value = column if isinstance(column, np.ndarray) else _values(column)
    inside = np.ones(len(value), dtype=np.bool_)
    if low is not None:
        inside &= value >= low
    if high is not None:
        inside &= value < high
    return inside


def _values(column: Coded) -> Floats:
    made = []
    for name in column.names:
        try:
            made.append(_number(name))
        except ValueError:
            raise ValueError(f"a window needs a column of numbers or times, and this one holds {name!r}") from None
    return np.array(made, dtype=np.float64)[column.codes] if made else np.empty(0)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is neither a number nor a date; write 2026-03-01 or 2026-03-01T12:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _known(column: Coded | Floats) -> str:
    if not isinstance(column, Coded):
        return ""
    names = column.used().names
    shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    return f"; there is {shown or 'none'}"
