"""Pages by key: the cost of a page does not grow with its number, and nothing is shown twice when rows are added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

Row = TypeVar("Row", bound=Model)
SIZE = 50
LARGEST_ID = 2**63 - 1
LONGEST_ID = len(str(LARGEST_ID))


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows, and the query strings of the neighbouring pages ("" where there is none)."""

    rows: list[Row]
    previous: str
    next: str


def page_of(
    queryset: QuerySet[Row, Any], params: QueryDict, *, size: int = SIZE, newest_first: bool = False
) -> Page[Row]:
    """Return the page that ``params`` ask for by ``after`` or ``before`` (ids), in the order of ids."""
    after, before = _id(params, "after"), _id(params, "before")
    backwards = before is not None and after is None
    start = before if backwards else after
    descending = newest_first is not backwards
    if start is not None:
        queryset = queryset.filter(**{"pk__lt" if descending else "pk__gt": start})
    rows = list(queryset.order_by("-pk" if descending else "pk")[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_previous, has_next = (more, True) if backwards else (start is not None, more)
    return Page(
        rows,
        previous=_query(params, before=rows[0].pk) if rows and has_previous else "",
        next=_query(params, after=rows[-1].pk) if rows and has_next else "",
    )


def _id(params: QueryDict, name: str) -> int | None:
    text = params.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ID):  # Python refuses to read a very long number
        return None
    return int(text) if int(text) <= LARGEST_ID else None


def _query(params: QueryDict, **position: Any) -> str:
    """Keep what else was asked for (a filter), and move."""
    moved = params.copy()
    for name in ("after", "before"):
        moved.pop(name, None)
    for name, pk in position.items():
        moved[name] = str(pk)
    return f"?{moved.urlencode()}"
