"""The likelihood of battles given strengths, style, positions and discriminations, with its slopes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.contextual.rows import Rows
from analysis.data import Floats

Entry = tuple[NDArray[Any] | int, Floats]  # the parameter of each row, or of all rows, and the lead's slope by it


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each kind of parameter stands in the one vector of all."""

    systems: int
    features: int = 0
    positions: int = 0
    judges: int = 0

    @property
    def size(self) -> int:
        """The number of parameters."""
        return self.systems + self.features + self.positions + self.judges

    @property
    def strengths(self) -> slice:
        """The systems' strengths, in nats."""
        return slice(0, self.systems)

    @property
    def style(self) -> slice:
        """The coefficients of the features, in nats per unit of a standardised feature."""
        return slice(self.systems, self.systems + self.features)

    @property
    def position(self) -> slice:
        """What standing first adds to the lead, in nats, by rater."""
        return slice(self.style.stop, self.style.stop + self.positions)

    @property
    def judge(self) -> slice:
        """The factors on the difference of strengths, by rater."""
        return slice(self.position.stop, self.size)

    def start(self) -> Floats:
        """Return equal systems, no effects, and raters who are all alike."""
        parameters = np.zeros(self.size)
        parameters[self.judge] = 1.0
        return parameters


@dataclass(frozen=True, slots=True)
class Slopes:
    """The gradient of the objective; its information, expected and observed. They differ only with judges."""

    gradient: Floats
    expected: Floats
    observed: Floats


@dataclass(frozen=True, slots=True)
class Reached:
    """The log-likelihood, the same less the penalties, and the largest lead either way, all in nats."""

    log_likelihood: float
    value: float
    farthest: float


@dataclass(frozen=True, slots=True)
class Objective:
    """The penalised log-likelihood of rows.

    A row's lead is g (s_a - s_b) + style . beta + first x p + offset, with the g and p of its rater, and a wins with
    the chance 1 / (1 + exp(-lead)). ``ridge`` and ``shrink`` take off ridge / 2 x |beta|^2 and shrink / 2 x |g - 1|^2.
    """

    rows: Rows
    layout: Layout
    ridge: float = 0.0
    shrink: float = 0.0

    def reached(self, parameters: Floats) -> Reached:
        """Return how likely the results are, a tie counting as half of each, and how far systems are apart."""
        total = farthest = 0.0
        for rows in self.rows.blocks():
            lead = self.lead(rows, parameters)
            total += float(rows.weight @ (rows.points * lead - np.logaddexp(0, lead)))
            farthest = max(farthest, float(np.abs(lead).max()))
        beta, judge = parameters[self.layout.style], parameters[self.layout.judge] - 1
        taken = self.ridge / 2 * float(beta @ beta) + self.shrink / 2 * float(judge @ judge)
        return Reached(total, total - taken, farthest)

    def slopes(self, parameters: Floats) -> Slopes:
        """Return the gradient and the information matrices, in one pass over the rows."""
        size = self.layout.size
        gradient, expected, curve = np.zeros(size), np.zeros((size, size)), np.zeros((size, size))
        for rows in self.rows.blocks():
            chance = 1 / (1 + np.exp(-np.clip(self.lead(rows, parameters), -700, 700)))
            residual = rows.weight * (rows.points - chance)
            entries = self.entries(rows, parameters)
            gradient += totals(entries, residual, size)
            expected += products(entries, rows.weight * chance * (1 - chance), size)
            if self.layout.judges:
                curve += self._curve(rows, residual)
        return self._penalised(gradient, expected, expected - curve, parameters)

    def residuals(self, rows: Rows, parameters: Floats) -> Floats:
        """Return the derivative of each row's log-likelihood by its lead."""
        chance = 1 / (1 + np.exp(-np.clip(self.lead(rows, parameters), -700, 700)))
        made: Floats = rows.weight * (rows.points - chance)
        return made

    def lead(self, rows: Rows, parameters: Floats) -> Floats:
        """Return the log-odds that a wins, row by row."""
        layout = self.layout
        lead: Floats = self._gains(rows, parameters) * _difference(rows, parameters) + rows.offset
        if layout.features:
            lead = lead + rows.style @ parameters[layout.style]
        if layout.positions:
            lead = lead + np.where(rows.position >= 0, rows.first * parameters[layout.position][rows.position], 0.0)
        return lead

    def entries(self, rows: Rows, parameters: Floats) -> list[Entry]:
        """Return the slopes of each row's lead: a few entries per row, whatever the number of systems."""
        layout, gains = self.layout, self._gains(rows, parameters)
        made: list[Entry] = [(rows.a, gains), (rows.b, -gains)]
        made += [(layout.systems + place, rows.style[:, place]) for place in range(layout.features)]
        if layout.positions:
            own = rows.position >= 0
            made.append((layout.position.start + np.where(own, rows.position, 0), np.where(own, rows.first, 0.0)))
        if layout.judges:
            own = rows.judge >= 0
            difference = np.where(own, _difference(rows, parameters), 0.0)
            made.append((layout.judge.start + np.where(own, rows.judge, 0), difference))
        return made

    def _gains(self, rows: Rows, parameters: Floats) -> Floats:
        if not self.layout.judges:
            return np.ones(len(rows))
        return np.where(rows.judge >= 0, parameters[self.layout.judge][rows.judge], 1.0)

    def _curve(self, rows: Rows, residual: Floats) -> Floats:
        """Return what the bend of g x (s_a - s_b) adds to the second derivative."""
        own = np.flatnonzero(rows.judge >= 0)
        judge, size = self.layout.judge.start + rows.judge[own], self.layout.size
        cells = np.bincount(rows.a[own] * size + judge, residual[own], size * size).astype(np.float64)
        cells -= np.bincount(rows.b[own] * size + judge, residual[own], size * size)
        corner = cells.reshape(size, size)
        return corner + corner.T

    def _penalised(self, gradient: Floats, expected: Floats, observed: Floats, parameters: Floats) -> Slopes:
        layout = self.layout
        pull = np.zeros(layout.size)
        pull[layout.style], pull[layout.judge] = self.ridge, self.shrink
        towards = np.zeros(layout.size)
        towards[layout.judge] = 1.0
        bend = np.diag(pull)
        return Slopes(gradient - pull * (parameters - towards), expected + bend, observed + bend)


def _difference(rows: Rows, parameters: Floats) -> Floats:
    """Return the difference of the strengths, which come first among the parameters."""
    return parameters[rows.a] - parameters[rows.b]


def totals(entries: Sequence[Entry], amount: Floats, size: int) -> Floats:
    """Sum amount x slope by parameter."""
    made = np.zeros(size)
    for column, slope in entries:
        if isinstance(column, int):
            made[column] += amount @ slope
        else:
            made += np.bincount(column, amount * slope, size)
    return made


def products(entries: Sequence[Entry], amount: Floats, size: int) -> Floats:
    """Sum amount x slope x slope' over the rows: a matrix of parameters by parameters."""
    made = np.zeros((size, size))
    for place, (column, slope) in enumerate(entries):
        weighted = amount * slope
        _add_squares(made, column, weighted * slope)
        for other, other_slope in entries[place + 1 :]:
            _add_pairs(made, column, other, weighted * other_slope)
    return made


def _add_squares(made: Floats, column: NDArray[Any] | int, amount: Floats) -> None:
    if isinstance(column, int):
        made[column, column] += amount.sum()
    else:
        made[np.diag_indices(len(made))] += np.bincount(column, amount, len(made))


def _add_pairs(made: Floats, column: NDArray[Any] | int, other: NDArray[Any] | int, amount: Floats) -> None:
    """Add to [column, other] and [other, column], which are never the same parameter."""
    size = len(made)
    if isinstance(other, int):
        line = np.zeros(size)
        if isinstance(column, int):
            line[column] = amount.sum()
        else:
            line += np.bincount(column, amount, size)
        made[:, other] += line
        made[other] += line
    elif isinstance(column, int):
        _add_pairs(made, other, column, amount)
    else:
        cells = np.bincount(column.astype(np.int64) * size + other, amount, size * size).reshape(size, size)
        made += cells + cells.T
