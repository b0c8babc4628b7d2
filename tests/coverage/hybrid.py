"""People and a judge together: the interval must hold however the judge errs."""

from __future__ import annotations

from functools import partial

import numpy as np

from analysis.data import Floats
from analysis.hybrid.battles import JudgedBattles
from analysis.hybrid.labels import Labels
from analysis.hybrid.means import hybrid_mean
from analysis.hybrid.strengths import hybrid_strengths
from analysis.intervals import z_value
from tests.coverage.harness import Study, held

ITEMS = 1000
SYSTEMS = 5


def mean_holds(
    rng: np.random.Generator, *, labels: int, share: float, judge: tuple[float, float], clusters: int = 0
) -> Floats:
    """Say whether PPI++'s interval holds the share of items that people approve.

    The judge copies people on the first share of the items and says yes on the second share of the rest. Items of a
    cluster share how likely approval is, and people label whole clusters.
    """
    copies, yes = judge
    human = (rng.random(ITEMS) < share).astype(float)
    cluster = None
    if clusters:
        cluster = np.repeat(np.arange(clusters), ITEMS // clusters)
        rate = rng.beta(4 * share, 4 * (1 - share), clusters)
        human = (rng.random(len(cluster)) < rate[cluster]).astype(float)
    said = np.where(rng.random(len(human)) < copies, human, rng.random(len(human)) < yes)
    human[labels:] = np.nan
    made = hybrid_mean(Labels(judge=said, human=human, cluster=cluster)).estimate
    return np.array([held(made.lower, made.upper, share)])


def chosen_mean_holds(rng: np.random.Generator, *, labels: int) -> Floats:
    """The same where people are asked more often about items that the judge rejects."""
    human = (rng.random(ITEMS) < 0.7).astype(float)
    judge = np.where(rng.random(ITEMS) < 0.7, human, rng.random(ITEMS) < 0.9).astype(float)
    odds = np.where(judge == 0, 3.0, 1.0)
    probability = labels * odds / odds.sum()
    human[rng.random(ITEMS) > probability] = np.nan
    made = hybrid_mean(Labels(judge=judge, human=human, probability=probability)).estimate
    return np.array([held(made.lower, made.upper, 0.7)])


def strengths_hold(rng: np.random.Generator, *, battles: int, labels: int, bias: float, simultaneous: bool) -> Floats:
    """Say of each system whether its interval holds its strength, or whether all rank sets hold at once.

    The judge copies people in three of four battles and else favours system 0 by ``bias`` nats.
    """
    true = np.linspace(0.8, -0.8, SYSTEMS)
    first = rng.integers(0, SYSTEMS, battles)
    second = (first + rng.integers(1, SYSTEMS, battles)) % SYSTEMS
    human = (rng.random(battles) < 1 / (1 + np.exp(true[second] - true[first]))).astype(float)
    favour = bias * ((first == 0).astype(float) - (second == 0))
    guess = (rng.random(battles) < 1 / (1 + np.exp(-favour))).astype(float)
    judge = np.where(rng.random(battles) < 0.75, human, guess)
    human[labels:] = np.nan
    made = hybrid_strengths(JudgedBattles(first, second, judge, human, tuple(map(str, range(SYSTEMS)))))
    if simultaneous:
        sets = made.rank_sets(seed=int(rng.integers(2**31)))
        place = np.arange(1, SYSTEMS + 1)
        return np.array([float(((sets.all_lower <= place) & (place <= sets.all_upper)).all())])
    half = z_value(0.95) * np.sqrt(np.diag(made.fit.covariance))
    return (np.abs(made.fit.strengths - true) <= half).astype(float)


JUDGES = {
    "good judge": (0.9, 0.7),
    "judge that flatters": (0.6, 0.95),
    "judge that guesses": (0.0, 0.5),
}


def _mean(said: str, labels: int, *, share: float = 0.7, clusters: int = 0) -> Study:
    trial = partial(mean_holds, labels=labels, share=share, clusters=clusters, judge=JUDGES[said])
    where = f"a share of {share:g}, {labels} labels" + (
        f" in {labels * clusters // ITEMS} clusters" if clusters else ""
    )
    return Study("PPI++ mean", f"{where}, {said}", trial, 3000)


def _strengths(labels: int, bias: float) -> Study:
    said = f"{labels} of 1500 battles by people, judge " + ("favours one system" if bias else "without bias")
    trial = partial(strengths_hold, battles=1500, labels=labels, bias=bias, simultaneous=False)
    return Study("prediction-powered Bradley-Terry", said, trial, 800)


STUDIES = (
    *(_mean(said, labels) for said in JUDGES for labels in (20, 50, 200)),
    _mean("judge that flatters", 50, share=0.95),
    _mean("judge that flatters", 200, clusters=50),
    _mean("judge that flatters", 200, clusters=200),
    Study("PPI++ mean, stated probabilities", "about 100 labels", partial(chosen_mean_holds, labels=100), 3000),
    _strengths(100, 0.0),
    _strengths(100, 1.5),
    _strengths(300, 1.5),
    Study(
        "prediction-powered rank sets, all at 95 %",
        "300 of 1500 battles by people, judge favours one system",
        partial(strengths_hold, battles=1500, labels=300, bias=1.5, simultaneous=True),
        600,
    ),
)
