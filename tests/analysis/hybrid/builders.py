"""Labels, battles and ratings of people and a judge, and the rows of a board."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.data import Battles, Ratings
from analysis.hybrid.board import HybridBoard
from analysis.hybrid.labels import Labels
from analysis.hybrid.rows import HybridOptions
from tests.analysis.builders import coded, make_battles

MEAN = HybridOptions("mean")


def make_labels(human, judge, judge_only, **columns) -> Labels:
    """People's and the judge's scores on some items, then the judge's on the rest."""
    rest = np.full(len(judge_only), np.nan)
    return Labels(
        judge=np.concatenate([np.asarray(judge, float), np.asarray(judge_only, float)]),
        human=np.concatenate([np.asarray(human, float), rest]),
        **columns,
    )


def simulated(rng: np.random.Generator, *, items: int, labelled: int, bias: float = 0.15) -> Labels:
    """People say yes to 70 %; a judge copies them in four of five cases and otherwise says yes too often."""
    truth = (rng.random(items) < 0.7).astype(float)
    judge = np.where(rng.random(items) < 0.8, truth, (rng.random(items) < 0.5 + bias).astype(float))
    human = truth.copy()
    human[labelled:] = np.nan  # rows are exchangeable, so the first are a random sample
    return Labels(judge=judge, human=human)


def voted(seed: int = 0, *, prompts: int = 120, asked: int = 40, systems: int = 3, bias: float = 0.4) -> Battles:
    """One pair a prompt, decided by a judge who favours system a, and by a person on the first ones."""
    rng = np.random.default_rng(seed)
    names = "abcdef"[:systems]
    rows, prompt, rater = [], [], []
    for place in range(prompts):
        first, second = rng.choice(systems, 2, replace=False)
        chance = 1 / (1 + np.exp(first - second))
        truth = rng.random() < chance
        tilt = bias * (int(first == 0) - int(second == 0))
        judge = truth if rng.random() < 0.8 else rng.random() < 0.5 + tilt
        for who, won in (("judge", judge), ("ann", truth)):
            if who == "judge" or place < asked:
                rows.append((names[first], names[second], "A" if won else "B"))
                prompt.append(f"p{place}")
                rater.append(who)
    return make_battles(rows, prompt=coded(prompt), rater=coded(rater))


def rated(seed: int = 0, *, prompts: int = 60, asked: int = 25) -> Ratings:
    rng = np.random.default_rng(seed)
    rows: list[Any] = []
    for prompt in range(prompts):
        for system, level in (("x", 3.0), ("y", 3.5)):
            truth = level + rng.normal()
            rows.append((f"{prompt}{system}", "judge", truth + 0.5 + 0.3 * rng.normal(), system, prompt))
            if prompt < asked:
                rows.append((f"{prompt}{system}", "ann", truth, system, prompt))
    items, raters, values, systems, prompts_of = zip(*rows, strict=True)
    return Ratings(
        item=coded(items),
        value=np.array(values),
        rater=coded(raters),
        system=coded(systems),
        prompt=coded([str(each) for each in prompts_of]),
    )


def by_system(board: HybridBoard) -> dict[str, Any]:
    return {row.system: row for row in board.rows}
