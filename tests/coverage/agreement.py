"""Agreement coefficients: items drawn from a world of true answers and raters who err."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import permutations

import numpy as np

from analysis.chance_corrected import gwet_ac
from analysis.coefficients import krippendorff_alpha
from analysis.complete import complete_table, icc_one_way, icc_two_way
from analysis.data import Coded, Floats, Ratings
from analysis.resampling import Sums, bootstrap, jackknife
from analysis.two_raters import cohen_kappa, pairs_of
from analysis.units import units_of
from tests.coverage.harness import Study, held

ROUNDS = 500


@dataclass(frozen=True, slots=True)
class Panel:
    """Raters who see an item's true answer and report it, each with some ``accuracy``, else anything by ``habit``.

    ``share`` says how common each true answer is, ``seen`` how likely a rating is to be there.
    """

    share: tuple[float, ...]
    accuracy: tuple[float, ...]
    habit: tuple[float, ...]
    seen: float = 1.0

    def tables(self) -> Floats:
        """Return P(given | true), shape (raters, true, given)."""
        right = np.array(self.accuracy)[:, None, None]
        made: Floats = right * np.eye(len(self.share)) + (1 - right) * np.array(self.habit)
        return made

    def draw(self, rng: np.random.Generator, items: int) -> Ratings:
        """Rate some items."""
        raters = len(self.accuracy)
        true = rng.choice(len(self.share), items, p=self.share)
        edges = self.tables().cumsum(axis=2)[:, true, :-1]
        answer = (rng.random((raters, items, 1)) > edges).sum(axis=2)
        rater, item = np.nonzero(rng.random((raters, items)) < self.seen)
        return _ratings(item, answer[rater, item], rater, items, raters)

    def joint(self) -> Floats:
        """Return the probability of two answers to one item by different raters, mean over ordered pairs of raters."""
        pairs = [one.T @ np.diag(self.share) @ other for one, other in permutations(self.tables(), 2)]
        made: Floats = np.mean(pairs, axis=0)
        return made

    def alpha(self, level: str) -> float:
        """Return Krippendorff's alpha of infinitely many items."""
        joint = self.joint()
        marginal = joint.sum(axis=1)
        distance = _distances(level, marginal)
        return float(1 - (joint * distance).sum() / (np.outer(marginal, marginal) * distance).sum())

    def kappa(self, power: int) -> float:
        """Return the first two raters' kappa of infinitely many items; power 0 is unweighted, 2 quadratic."""
        one, other = self.tables()[:2]
        joint = one.T @ np.diag(self.share) @ other
        place = np.arange(len(joint))
        apart = np.abs(place[:, None] - place[None, :])
        distance = (apart > 0).astype(float) if power == 0 else apart.astype(float) ** power
        chance = np.outer(joint.sum(axis=1), joint.sum(axis=0))
        return float(1 - (joint * distance).sum() / (chance * distance).sum())

    def ac1(self) -> float:
        """Return Gwet's AC1 of infinitely many items."""
        joint = self.joint()
        shares = joint.sum(axis=1)
        chance = float((shares * (1 - shares)).sum()) / (len(shares) - 1)
        return float((np.trace(joint) - chance) / (1 - chance))


def _distances(level: str, marginal: Floats) -> Floats:
    place = np.arange(len(marginal), dtype=np.float64)
    if level == "nominal":
        return 1 - np.eye(len(marginal))
    if level == "ordinal":
        place = np.cumsum(marginal) - marginal / 2
    squared: Floats = (place[:, None] - place[None, :]) ** 2
    return squared


def _ratings(item: np.ndarray, value: np.ndarray, rater: np.ndarray, items: int, raters: int) -> Ratings:
    return Ratings(
        item=Coded(item, tuple(map(str, range(items)))),
        value=value.astype(np.float64),
        rater=Coded(rater, tuple(map(str, range(raters)))),
    )


def coefficient_holds(
    rng: np.random.Generator, *, panel: Panel, items: int, make: Callable[[Ratings], Sums], ci: str, truth: float
) -> Floats:
    """Say whether the interval of a coefficient holds its value for infinitely many items."""
    return np.array([_held(make(panel.draw(rng, items)), ci, truth, rng)])


def _held(sums: Sums, ci: str, truth: float, rng: np.random.Generator) -> float:
    if ci == "jackknife":
        made = jackknife(sums, confidence=0.95)
    else:
        made = bootstrap(sums, rounds=ROUNDS, confidence=0.95, rng=rng)
    return held(made.lower, made.upper, truth)


def icc_holds(
    rng: np.random.Generator, *, items: int, raters: int, ci: str, new_raters: bool, form: str = "ICC(2,1)"
) -> Floats:
    """Say whether the interval of an ICC holds it: for these raters, or for the raters they were drawn from.

    Variances are 1 between items, 0.3 between raters and 0.7 left over.
    """
    severity = rng.normal(0, np.sqrt(0.3), raters) if new_raters else np.sqrt(0.3) * _standard(raters)
    value = rng.normal(0, 1, (items, 1)) + severity + rng.normal(0, np.sqrt(0.7), (items, raters))
    item, rater = np.indices(value.shape).reshape(2, -1)
    table = complete_table(_ratings(item, value.ravel(), rater, items, raters))
    made = icc_two_way(table, form=form)
    if ci != "F":
        return np.array([_held(made, ci, 0.5, rng)])
    truth = {
        "ICC(2,1)": 0.5,
        "ICC(3,1)": 1 / 1.7,
        "ICC(2,k)": raters / (raters + 1),
        "ICC(3,k)": 1 / (1 + 0.7 / raters),
    }
    found = None if made.model is None else made.model(0.95)
    return np.array([math.nan if found is None else held(found.lower, found.upper, truth[form])])


def one_way_icc_holds(rng: np.random.Generator, *, items: int, raters: int, form: str) -> Floats:
    """Say whether the F interval of ICC(1,.) holds it where every item has raters of its own; both variances are 1."""
    value = rng.normal(0, 1, (items, 1)) + rng.normal(0, 1, (items, raters))
    item, rater = np.indices(value.shape).reshape(2, -1)
    made = icc_one_way(units_of(_ratings(item, value.ravel(), rater, items, raters)), form=form)
    found = None if made.model is None else made.model(0.95)
    truth = raters / (raters + 1) if form == "ICC(1,k)" else 0.5
    return np.array([math.nan if found is None else held(found.lower, found.upper, truth)])


def _standard(size: int) -> Floats:
    """Return numbers of mean zero and variance one (with size - 1)."""
    place = np.arange(size, dtype=np.float64) - (size - 1) / 2
    made: Floats = place / place.std(ddof=1)
    return made


def _alpha(ratings: Ratings, level: str) -> Sums:
    return krippendorff_alpha(units_of(ratings), level=level)


def _kappa(ratings: Ratings, weights: str) -> Sums:
    return cohen_kappa(pairs_of(ratings), weights=weights)


def _ac1(ratings: Ratings) -> Sums:
    return gwet_ac(units_of(ratings))


FIVE_POINTS = Panel((0.1, 0.2, 0.4, 0.2, 0.1), (0.7, 0.7, 0.7), (0.1, 0.2, 0.4, 0.2, 0.1))
UNEVEN = Panel((0.3, 0.4, 0.3), (0.9, 0.75, 0.6, 0.5), (0.2, 0.5, 0.3), seen=0.5)
RARE = Panel((0.95, 0.05), (0.9, 0.9, 0.9), (0.95, 0.05))
TWO = Panel((0.25, 0.5, 0.25), (0.8, 0.7), (0.3, 0.4, 0.3))


def _trials(ci: str) -> int:
    return 1000 if ci == "bootstrap" else 4000  # where it costs next to nothing


def _of_alpha(level: str, panel: Panel, items: int, ci: str, said: str = "") -> Study:
    trial = partial(
        coefficient_holds,
        panel=panel,
        items=items,
        make=partial(_alpha, level=level),
        ci=ci,
        truth=panel.alpha(level),
    )
    return Study(f"alpha, {level}, {ci}", f"{items} items{said}", trial, _trials(ci))


def _of_kappa(weights: str, items: int, ci: str) -> Study:
    truth = TWO.kappa(2 if weights == "quadratic" else 0)
    trial = partial(
        coefficient_holds, panel=TWO, items=items, make=partial(_kappa, weights=weights), ci=ci, truth=truth
    )
    name = "quadratic kappa" if weights == "quadratic" else "Cohen's kappa"
    return Study(f"{name}, {ci}", f"{items} items", trial, _trials(ci))


def _of_icc(items: int, raters: int, ci: str, *, new_raters: bool, form: str = "ICC(2,1)") -> Study:
    said = f"{items} items, {raters} raters" + (", of all raters like them" if new_raters else ", of these raters")
    trial = partial(icc_holds, items=items, raters=raters, ci=ci, new_raters=new_raters, form=form)
    return Study(f"{form}, {ci}", said, trial, _trials(ci))


STUDIES = (
    *(
        _of_alpha(level, FIVE_POINTS, items, ci)
        for level in ("nominal", "ordinal", "interval")
        for ci in ("bootstrap", "jackknife")
        for items in (30, 100, 400)
    ),
    *(_of_alpha("nominal", UNEVEN, 100, ci, ", 4 unlike raters, half missing") for ci in ("bootstrap", "jackknife")),
    *(
        _of_alpha("nominal", RARE, items, ci, ", 95 % one answer")
        for ci in ("bootstrap", "jackknife")
        for items in (100, 400)
    ),
    *(
        _of_kappa(weights, items, ci)
        for weights in ("identity", "quadratic")
        for ci in ("bootstrap", "jackknife")
        for items in (30, 100)
    ),
    *(
        Study(
            f"AC1, {ci}",
            "100 items, 95 % one answer",
            partial(coefficient_holds, panel=RARE, items=100, make=_ac1, ci=ci, truth=RARE.ac1()),
            _trials(ci),
        )
        for ci in ("bootstrap", "jackknife")
    ),
    *(_of_icc(items, 3, ci, new_raters=False) for ci in ("bootstrap", "jackknife") for items in (30, 100)),
    _of_icc(100, 3, "bootstrap", new_raters=True),
    _of_icc(100, 10, "bootstrap", new_raters=True),
    *(_of_icc(items, raters, "F", new_raters=True) for items in (30, 100) for raters in (3, 10)),
    _of_icc(100, 3, "F", new_raters=False),
    *(
        Study(f"{form}, F", "30 items, 3 raters each", partial(one_way_icc_holds, items=30, raters=3, form=form), 4000)
        for form in ("ICC(1,1)", "ICC(1,k)")
    ),
    *(_of_icc(30, 3, "F", new_raters=True, form=form) for form in ("ICC(3,1)", "ICC(2,k)", "ICC(3,k)")),
)
