"""Weights by which every pair of systems counts alike, however often it met."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.counts import Counts, ties, wins
from analysis.data import Battles, Floats

ENOUGH = 50  # battles of a pair; pairs with fewer keep the weight of one with so many, or noise would decide


def pair_weights(counts: Counts, *, rule: str = "half", both_bad: str = "tie") -> Floats:
    """Return factors on the battles' weights, by pair: 1 / max(battles of the pair that count, 50), scaled.

    Shape (systems, systems), symmetric; the total weight stays what it was. ``rule`` and ``both_bad`` say which
    battles count, as for strengths: those left out do not make a pair frequent.
    """
    played = _played(counts.number, rule, both_bad)
    weight = _played(counts.weight, rule, both_bad)
    factor = 1 / np.maximum(played, ENOUGH)
    total = float((weight * factor).sum())
    return factor * (float(weight.sum()) / total) if total else np.ones_like(factor)


def reweighted_counts(counts: Counts, factor: Floats) -> Counts:
    """Return the counts with every battle's weight times its pair's factor."""
    return replace(counts, weight=counts.weight * factor, square=counts.square * factor**2)


def reweighted_battles(battles: Battles, factor: Floats) -> Battles:
    """Return the battles with every weight times its pair's factor."""
    by_pair = factor[battles.system_a, battles.system_b]
    return replace(battles, weight=by_pair if battles.weight is None else battles.weight * by_pair)


def _played(cells: Floats, rule: str, both_bad: str) -> Floats:
    won = wins(cells)
    drawn = 0.0 if rule == "drop" else ties(cells, both_bad=both_bad == "tie")
    played: Floats = won + won.T + drawn
    return played
