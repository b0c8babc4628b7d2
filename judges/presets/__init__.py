"""The protocols that a judge can follow, by name. A version names one; "" is the rubric with JSON answers."""

from __future__ import annotations

from domain.specs import RubricSpec
from judges.presets import alpaca_eval, arena_hard, checklist, g_eval, listwise, mt_bench, prometheus, rubric
from judges.presets.base import Estimator, Flips, Needs, Parser, Preset, Words

__all__ = ["PRESETS", "RUBRIC", "Estimator", "Flips", "Needs", "Parser", "Preset", "Words", "find", "rubric_for"]

RUBRIC = rubric.RUBRIC
PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        RUBRIC,
        rubric.DIRECT_REFERENCE,
        rubric.PAIRWISE_REFERENCE,
        mt_bench.SINGLE,
        mt_bench.PAIRWISE,
        alpaca_eval.FIRST,
        alpaca_eval.SECOND,
        arena_hard.ARENA_HARD,
        prometheus.ABSOLUTE,
        prometheus.RELATIVE,
        g_eval.G_EVAL,
        checklist.CHECKLIST,
        listwise.BEST_OF_N,
        listwise.FULL_RANKING,
    )
}


def find(name: str) -> Preset:
    """Return a preset by name. Raises LookupError that lists the names there are."""
    try:
        return PRESETS[name or RUBRIC.name]
    except KeyError:
        msg = f"there is no preset {name!r}; there are {', '.join(PRESETS)}"
        raise LookupError(msg) from None


def rubric_for(name: str) -> RubricSpec:
    """Return a rubric that fits a preset. Raises LookupError where the protocol leaves it to its user."""
    preset = find(name)
    if preset.rubric is None:
        msg = f"{preset.title} takes a rubric of your own: none is fixed by the protocol"
        raise LookupError(msg)
    return preset.rubric
