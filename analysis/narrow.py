"""Warnings of intervals that are somewhat narrow, since there is too little to resample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analysis.notes import Note

FEW_ITEMS = 50
FEW_CLUSTERS = 30
BETTER = (("krippendorff_alpha", {"level": "nominal"}), ("cohen_kappa", {"weights": "identity"}))


def few_clusters(prompts: int) -> tuple[Note, ...]:
    """Warn of fewer prompts than resampling them can do with."""
    if prompts >= FEW_CLUSTERS:
        return ()
    return (Note("few_clusters", f"{prompts} prompts are few to resample: these intervals are somewhat narrow"),)


def few_items(bootstrapped: Iterable[tuple[str, Mapping[str, str], int]]) -> tuple[Note, ...]:
    """Warn of statistics, given with options and number of items, whose jackknife beats their bootstrap on few items.

    Which these are, and by how much, is measured in tests/coverage.
    """
    small = [
        number
        for name, options, number in bootstrapped
        if number < FEW_ITEMS and any(name == one and given.items() <= options.items() for one, given in BETTER)
    ]
    if not small:
        return ()
    text = (
        f"{min(small)} items are few to resample: bootstrap intervals of nominal alpha and unweighted kappa are "
        "somewhat narrow (0.92 for 0.95 with 30 items), those of the jackknife are not"
    )
    return (Note("few_items", text),)
