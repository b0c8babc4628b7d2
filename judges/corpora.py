"""Corpus figures of a project's systems: BLEU, chrF and TER beside the means of segments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from domain.models import Project
from judges.metrics.corpus import CORPUS_METRICS, CorpusScore, Segment, corpus_score
from judges.metrics.overlap import fits_ter
from judges.planning import responses_to_judge


class BadCorpus(ValueError):
    """A corpus figure that does not exist."""


@dataclass(frozen=True, slots=True)
class SystemCorpus:
    """One system's figure. ``left_out`` counts responses without a reference, ``too_long`` those TER cannot take."""

    system: str
    score: CorpusScore
    left_out: int
    too_long: int

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON's own types."""
        return {"system": self.system, **asdict(self.score), "left_out": self.left_out, "too_long": self.too_long}


def corpus_figures(project: Project, keys: Iterable[str]) -> list[SystemCorpus]:
    """Return each figure of each system, over its responses to prompts with a reference.

    Raises
    ------
    BadCorpus
        A figure is none of bleu, chrf and ter, or none is named.
    """
    wanted = list(dict.fromkeys(keys))
    if not wanted or (unknown := [key for key in wanted if key not in CORPUS_METRICS]):
        given = ", ".join(unknown) if wanted else "none"
        raise BadCorpus(f"corpus figures are {', '.join(CORPUS_METRICS)}, not {given}")
    segments, left_out = _segments(project)
    return [
        _figure(key, system, segments[system], left_out.get(system, 0)) for key in wanted for system in sorted(segments)
    ]


def _segments(project: Project) -> tuple[dict[str, list[Segment]], dict[str, int]]:
    found: dict[str, list[Segment]] = {}
    left_out: dict[str, int] = {}
    rows = responses_to_judge(project).values_list("system__name", "prompt_id", "content", "prompt__reference")
    for system, prompt, content, reference in rows.iterator(chunk_size=1000):
        mine = found.setdefault(system, [])
        if (reference or "").strip():
            mine.append(Segment(prompt, content or "", reference))
        else:
            left_out[system] = left_out.get(system, 0) + 1
    return found, left_out


def _figure(key: str, system: str, segments: list[Segment], left_out: int) -> SystemCorpus:
    kept = [one for one in segments if key != "ter" or fits_ter(one.response, one.reference)]
    return SystemCorpus(system, corpus_score(key, kept), left_out, len(segments) - len(kept))
