"""From what a run of probes has brought to a report on it."""

from __future__ import annotations

from analysis.probes import ProbeReport, ProbeTrials, probe_report
from domain.probing import Probing


def report_on(probing: Probing, *, confidence: float = 0.95) -> ProbeReport:
    """Return the flip rates of a run of probes."""
    trials = [
        ProbeTrials(
            kind.kind,
            kind.title,
            kind.limit,
            moved=[trial.moved for trial in probing.trials if trial.kind == kind.kind and trial.moved is not None],
            left_out=[trial.reason for trial in probing.trials if trial.kind == kind.kind and trial.moved is None],
        )
        for kind in probing.kinds
    ]
    return probe_report(
        trials,
        run=probing.run,
        pack=probing.pack,
        seed=probing.seed,
        items=probing.items,
        unfinished=probing.unfinished,
        confidence=confidence,
    )
