"""Who can be compared with whom: components of the graph of battles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.data import Mask


def reachable(edges: Mask, start: int) -> Mask:
    """Return the nodes that paths along ``edges[i, j]`` lead to from ``start``, itself included."""
    seen = np.zeros(len(edges), dtype=np.bool_)
    frontier = np.array([start])
    while frontier.size:
        seen[frontier] = True
        frontier = np.flatnonzero(edges[frontier].any(axis=0) & ~seen)
    return seen


def weak_components(edges: Mask) -> NDArray[np.int64]:
    """Number the groups of nodes that are linked in either direction, in order of their first node."""
    return strong_components(edges | edges.T)


def strong_components(edges: Mask) -> NDArray[np.int64]:
    """Number the groups of nodes that reach each other along the edges, in order of their first node."""
    label = np.full(len(edges), -1, dtype=np.int64)
    while (label < 0).any():
        start = int(np.argmax(label < 0))
        label[reachable(edges, start) & reachable(edges.T, start)] = label.max() + 1
    return label


def members(label: NDArray[np.int64]) -> list[NDArray[Any]]:
    """Return the places of each group's nodes, group by group."""
    return [np.flatnonzero(label == group) for group in range(int(label.max(initial=-1)) + 1)]
