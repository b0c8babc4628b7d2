"""What a hybrid estimate is made from: the judge on every item, people on some, and how those were chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Codes, refuse_not_finite
from analysis.data import Coded, Floats, Mask
from analysis.errors import Undefined, Why


@dataclass(frozen=True, slots=True)
class Labels:
    """One row per item that the judge scored.

    Attributes
    ----------
    judge, human : array, shape (items,)
        Scores in the same unit; ``human`` is NaN where no person was asked.
    cluster : array of int, shape (items,), optional
        Items that are not independent of each other (one prompt, one conversation) share a code.
    stratum : Coded, optional
        Parts of the data within which the items for people were drawn.
    probability : array, shape (items,), optional
        The chance with which the item was chosen for people. None: all of a stratum had the same.
    """

    judge: Floats
    human: Floats
    cluster: Codes | None = None
    stratum: Coded | None = None
    probability: Floats | None = None

    def __post_init__(self) -> None:
        columns = (self.judge, self.human, self.cluster, self.stratum, self.probability)
        lengths = {len(column) for column in columns if column is not None}
        if len(lengths) > 1:
            raise ValueError(f"columns differ in length: {sorted(lengths)}")
        refuse_not_finite(self.judge, self.human[~np.isnan(self.human)])
        if self.probability is not None and not bool(np.all((self.probability > 0) & (self.probability <= 1))):
            raise ValueError("a probability of being chosen lies above 0 and at most at 1; NaN is not known")
        _refuse_crossing(self.cluster, self.stratum)

    def __len__(self) -> int:
        return len(self.judge)

    @property
    def labelled(self) -> Mask:
        """Return True where a person answered."""
        known: Mask = ~np.isnan(self.human)
        return known

    def take(self, rows: Mask) -> Labels:
        """Return some of the rows, as data without strata."""
        cluster = None if self.cluster is None else self.cluster[rows]
        probability = None if self.probability is None else self.probability[rows]
        return Labels(self.judge[rows], self.human[rows], cluster, None, probability)

    def rows(self) -> dict[str, Mask]:
        """Return which rows are in each stratum; all of them under "" where there are none."""
        if self.stratum is None:
            return {"": np.ones(len(self), dtype=np.bool_)}
        used = self.stratum.used()
        return {name: used.codes == place for place, name in enumerate(used.names)}

    def strata(self) -> dict[str, Labels]:
        """Return the data by stratum."""
        return {name: self.take(rows) for name, rows in self.rows().items()}


def refuse_few(labels: Labels, where: str = "") -> None:
    """Raise Undefined where there are no items, or fewer than two of them have a person's label."""
    if not len(labels):
        raise Undefined(Why.EMPTY, "there are no items")
    number = int(labels.labelled.sum())
    if number < 2:
        place = f"stratum {where!r}" if where else "the data"
        raise Undefined(Why.TOO_FEW, f"{place} has {number} of people's labels; an interval needs at least two")


def _refuse_crossing(cluster: Codes | None, stratum: Coded | None) -> None:
    """Strata are taken as independent, which a cluster that lies in two of them would break."""
    if cluster is None or stratum is None or not len(cluster):
        return
    pairs = np.unique(np.column_stack([cluster, stratum.codes]), axis=0)[:, 0]
    repeated = pairs[1:][pairs[1:] == pairs[:-1]]
    if len(repeated):
        raise ValueError(f"cluster {int(repeated[0])} lies in more than one stratum; strata must hold whole clusters")
