"""Which columns beside the strengths say something that nothing before them says."""

from __future__ import annotations

import numpy as np

from analysis.contextual.objective import Layout, Objective
from analysis.data import Floats, Mask

NOTHING_NEW = 1e-9  # of a column's own information


def telling(objective: Objective, conditions: Floats) -> Mask:
    """Say for each feature and position whether its effect can be told from the strengths and the columns before it.

    Eliminates one column after the other from the information at equal strengths; a column with nothing left is not
    telling. Penalised features always are.
    """
    layout = Layout(objective.layout.systems, objective.layout.features, objective.layout.positions)
    plain = Objective(objective.rows, layout)
    information = plain.slopes(layout.start()).expected
    systems = layout.systems
    pins = conditions[:, :systems]
    pinned = information[:systems, :systems] + pins.T @ pins
    left = information[systems:, systems:]
    left = left - information[systems:, :systems] @ np.linalg.solve(pinned, information[:systems, systems:])
    own = np.diag(information)[systems:].copy()
    penalised = np.arange(len(own)) < (layout.features if objective.ridge else 0)
    left[penalised, penalised] += objective.ridge
    kept = np.zeros(len(own), dtype=np.bool_)
    for place in range(len(own)):
        pivot = float(left[place, place])
        kept[place] = own[place] > 0 and (pivot > NOTHING_NEW * own[place] or bool(penalised[place]))
        if kept[place]:
            left -= np.outer(left[:, place], left[place]) / pivot
    return kept
