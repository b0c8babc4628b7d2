"""Every study, in the order of the table in docs/methods.md."""

from __future__ import annotations

from tests.coverage import agreement, comparison, contextual, hybrid, ranking, raters
from tests.coverage.harness import Recovery, Study

STUDIES: tuple[Study, ...] = (
    *ranking.STUDIES,
    *contextual.STUDIES,
    *agreement.STUDIES,
    *hybrid.STUDIES,
    *comparison.STUDIES,
)
RECOVERIES: tuple[Recovery, ...] = (*ranking.RECOVERIES, *raters.RECOVERIES)
