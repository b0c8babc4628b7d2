"""The arrays every statistic reads. docs/data.md fixes what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from domain.choices import Outcome

Ints = NDArray[np.int64] | NDArray[np.int32]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

OUTCOMES = (Outcome.A, Outcome.B, Outcome.TIE, Outcome.BOTH_BAD)
A, B, TIE, BOTH_BAD = range(4)  # the codes of ``Battles.outcome``: places in OUTCOMES
SEEN_FROM_B = np.array([B, A, TIE, BOTH_BAD])  # an outcome when the two columns are exchanged
STYLE = ("characters", "headers", "list_items", "bold_spans")  # the columns of ``Battles.style_a``
LARGEST, SMALLEST = 1e100, 1e-100  # beyond these squares overflow or vanish, and variances with them
CONFIDENCE_STEPS = 5  # in which raters say how sure they are


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of names as integers: row r holds ``names[codes[r]]``. Names may go unused."""

    codes: NDArray[Any]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_codes(self.codes, len(self.names), "codes")

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: NDArray[Any]) -> Coded:
        """Return the rows of a mask or an index, with the same names."""
        return Coded(self.codes[rows], self.names)

    def used(self) -> Coded:
        """Return the same column without the names that no row uses; codes keep their order."""
        present = np.bincount(self.codes, minlength=len(self.names)) > 0
        if present.all():
            return self
        places = np.cumsum(present) - 1
        kept = tuple(name for name, is_used in zip(self.names, present, strict=True) if is_used)
        return Coded(places[self.codes], kept)


@dataclass(frozen=True, slots=True)
class Battles:
    """Outcomes of battles, one row per scored verdict.

    ``system_a`` and ``system_b`` are places in ``systems``; ``outcome`` is a place in ``OUTCOMES`` and speaks of
    these two columns, whichever side was shown first. ``weight`` None means one each; ``timestamp`` counts
    seconds since 1970 UTC. ``unscored`` counts the verdicts that were asked for and gave no outcome.

    ``item`` tells pairs of responses apart; without it a prompt and a pair of systems do. ``shown_b_first`` is where
    the response of ``system_b`` stood first. ``style_a`` and ``style_b``, shape (rows, 4), count what STYLE names in
    the two responses, NaN where the text is not known. ``confidence`` is the chance, 0 to 1, that raters gave their
    own answer of being right, NaN where they gave none. ``chance`` is the probability, 0 to 1, that the rater gave to
    ``system_a`` being the better one, NaN where it gave none.
    """

    system_a: NDArray[Any]
    system_b: NDArray[Any]
    outcome: NDArray[Any]
    systems: tuple[str, ...]
    prompt: Coded | None = None
    rater: Coded | None = None
    weight: Floats | None = None
    timestamp: Floats | None = None
    tag: Coded | None = None
    unscored: int = 0
    item: Coded | None = None
    shown_b_first: Mask | None = None
    style_a: Floats | None = None
    style_b: Floats | None = None
    confidence: Floats | None = None
    chance: Floats | None = None

    def __post_init__(self) -> None:
        _check_codes(self.system_a, len(self.systems), "system_a")
        _check_codes(self.system_b, len(self.systems), "system_b")
        _check_codes(self.outcome, len(OUTCOMES), "outcome")
        _check_lengths(self)
        if bool(np.any(self.system_a == self.system_b)):
            raise ValueError(f"row {int(np.argmax(self.system_a == self.system_b))}: a system cannot meet itself")
        if self.weight is not None and not bool(np.all(np.isfinite(self.weight) & (self.weight >= 0))):
            raise ValueError("weights must be finite and not negative")
        _check_size(self.weight, "weights")
        _check_chance(self.confidence, "confidence")
        _check_chance(self.chance, "chance")

    def __len__(self) -> int:
        return len(self.outcome)


@dataclass(frozen=True, slots=True)
class Ratings:
    """Long table of ratings, one row per item, rater and criterion.

    ``value`` is in the units of the criterion's scale; with ``labels`` it is a place in them and only nominal
    statistics make sense. ``rater`` None means that every row is by somebody else, unnamed. ``prompt`` is what the
    rated response answers, by which systems are paired. ``categories`` lists
    a criterion's declared values (under "" where there are no criteria); without them, those observed are all.
    ``confidence`` is as for battles; ``tag`` is what ratings are told apart by where slices are wanted.
    """

    item: Coded
    value: Floats
    rater: Coded | None = None
    criterion: Coded | None = None
    system: Coded | None = None
    prompt: Coded | None = None
    labels: tuple[str, ...] | None = None
    categories: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    unscored: int = 0
    confidence: Floats | None = None
    tag: Coded | None = None

    def __post_init__(self) -> None:
        _check_lengths(self)
        if not bool(np.all(np.isfinite(self.value))):
            raise ValueError("a rating must be a finite number; leave a missing one out and count it in unscored")
        _check_size(self.value, "ratings")
        _check_chance(self.confidence, "confidence")

    def __len__(self) -> int:
        return len(self.value)


Table = TypeVar("Table", Battles, Ratings)


def take(table: Table, rows: NDArray[Any]) -> Table:
    """Return the rows of a mask or an index; names, and what is known about the missing, stay."""
    columns = {name: column.take(rows) for name, column in _columns(table).items() if isinstance(column, Coded)}
    arrays = {name: column[rows] for name, column in _columns(table).items() if isinstance(column, np.ndarray)}
    changed: dict[str, Any] = columns | arrays
    return replace(table, **changed)


def chance_of(step: Floats) -> Floats:
    """Return the chance that a confidence of 1 to 5 stands for: the middle of its fifth, from 0.1 to 0.9."""
    return (step - 0.5) / CONFIDENCE_STEPS


def _columns(table: Battles | Ratings) -> dict[str, Any]:
    return {column.name: getattr(table, column.name) for column in fields(table)}


def _check_codes(codes: NDArray[Any], size: int, name: str) -> None:
    if codes.ndim != 1 or codes.dtype.kind not in "iu":
        raise ValueError(f"{name} must be a one-dimensional array of integers, not {codes.ndim}-d {codes.dtype}")
    if len(codes) and (int(codes.min()) < 0 or int(codes.max()) >= size):
        raise ValueError(f"{name} must lie in 0..{size - 1}, not {int(codes.min())}..{int(codes.max())}")


def _check_size(numbers: Floats | None, what: str) -> None:
    """Refuse numbers in a unit whose squares no computer can add up."""
    largest = 0.0 if numbers is None else float(np.max(np.abs(numbers), initial=0.0))
    if largest > LARGEST or 0 < largest < SMALLEST:
        raise ValueError(f"{what} up to {largest:g} have no square to compute with; choose another unit for them")


def _check_chance(chance: Floats | None, name: str) -> None:
    if chance is not None and not bool(np.all(np.isnan(chance) | ((chance >= 0) & (chance <= 1)))):
        raise ValueError(f"{name} must lie between 0 and 1; NaN where none was given")


def _check_lengths(table: Battles | Ratings) -> None:
    columns = _columns(table).items()
    lengths = {name: len(column) for name, column in columns if isinstance(column, Coded | np.ndarray)}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns differ in length: {lengths}")
