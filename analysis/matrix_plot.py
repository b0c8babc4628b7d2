"""The rater matrix as a picture."""

from __future__ import annotations

from analysis.annotators.pairwise import WORDS, RaterMatrix
from analysis.plots import heatmap


def matrix_plot(matrix: RaterMatrix, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw the coefficient of every two raters, diverging around 0, where chance is."""
    return heatmap(
        matrix.values(),
        matrix.raters,
        axis=f"{WORDS[matrix.coefficient]} of every two raters, on the items both rated",
        ends=(-1.0, 1.0),
        shown=lambda value: f"{value:z.2f}",
        theme=theme,
        kind=kind,
    )
