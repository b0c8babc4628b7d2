"""Every study, in the order of the table in docs/methods.md."""

from __future__ import annotations

from dataclasses import replace

from tests.coverage import agreement, comparison, contextual, hybrid, ranking, raters
from tests.coverage.harness import Recovery, Study
from tests.coverage.known import KNOWN

_STATED = (
    *ranking.STUDIES,
    *contextual.STUDIES,
    *agreement.STUDIES,
    *hybrid.STUDIES,
    *comparison.STUDIES,
)
STUDIES: tuple[Study, ...] = tuple(replace(study, known=KNOWN.get(study.name)) for study in _STATED)
RECOVERIES: tuple[Recovery, ...] = (*ranking.RECOVERIES, *raters.RECOVERIES)
