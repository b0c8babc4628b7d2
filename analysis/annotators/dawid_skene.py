"""What the truth probably is and how each rater errs, from raters who disagree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from analysis.clusters import sorting
from analysis.comparison.estimates import Codes
from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.judging.answers import Answers

MODELS = ("confusion", "one-coin")
SMALLEST = 1e-300  # its logarithm stands for that of zero
SLACK = 1e-9  # posteriors closer than this are tied
LARGEST = 2**63 - 1  # a code of a pattern fits in 64 bits


@dataclass(frozen=True, slots=True)
class Consensus:
    """The fitted model.

    Attributes
    ----------
    posterior : array, shape (items, labels)
        Probability of each label being an item's truth; rows of items that nobody rated hold the shares.
    share : array, shape (labels,)
        How common each label is.
    confusion : array, shape (raters, labels, labels)
        ``[r, true, given]``: how often rater r gives a label where another is true. NaN for a rater without ratings,
        and in rows of labels that are never true where that rater rated.
    ratings : array of int, shape (raters,)
        How many ratings each rater gave.
    log_likelihood : float
        Of the observed ratings, in nats.
    iterations : int
    n : int
        Ratings.
    model, prior
        As asked for.
    """

    posterior: Floats
    share: Floats
    confusion: Floats
    ratings: Codes
    log_likelihood: float
    iterations: int
    n: int
    model: str
    prior: float

    @property
    def label(self) -> Codes:
        """Return each item's most probable label, -1 where two are equally so."""
        best = self.posterior.max(axis=1, keepdims=True)
        tied = (self.posterior > best - SLACK).sum(axis=1) > 1
        return np.where(tied, -1, self.posterior.argmax(axis=1))

    @property
    def accuracy(self) -> Floats:
        """Return how often each rater gives the true label, by how common the labels are; NaN without ratings."""
        right = np.diagonal(self.confusion, axis1=1, axis2=2)
        made: Floats = np.where(self.ratings > 0, np.nansum(self.share * right, axis=1), np.nan)
        return made


def dawid_skene(
    answers: Answers,
    labels: int,
    *,
    model: str = "confusion",
    prior: float = 0.0,
    tolerance: float = 1e-10,
    max_iterations: int = 5000,
) -> Consensus:
    """Fit Dawid and Skene's model by EM from the shares of votes.

    Repeats of a rater on an item enter as further, independent ratings.

    Parameters
    ----------
    answers : Answers
        Items, labels given and raters as codes.
    labels : int
        How many labels there are.
    model : str
        ``confusion``: each rater has a table of errors. ``one-coin``: each has one accuracy, errors being spread
        evenly; for raters with few ratings.
    prior : float, in ratings
        Added to every cell of a rater's table (Dirichlet); 1 / labels adds one rating to a row. Estimates are then
        modes of the posterior.
    tolerance : float
        EM stops when a step gains less than this share of the log-likelihood, the prior's logarithm included.
    max_iterations : int
        Steps before it is said not to converge.

    Raises
    ------
    Undefined
        ``empty``; ``not_recorded``: raters are unnamed; ``one_rater``; ``no_pairs``: nothing was rated twice;
        ``one_category``: every rating is the same; ``not_converged``.

    References
    ----------
    Dawid and Skene (1979), Applied Statistics 28(1), 20-28.
    """
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, not {model!r}")
    if prior < 0:
        raise ValueError(f"the prior must not be negative, and is {prior}")
    _refuse(answers, labels)
    return _Fitter(answers, labels, model, prior).fit(tolerance, max_iterations)


class _Fitter:
    """The sparse table of ratings, patterns x (rater, label), and the two steps of EM as products with it.

    Items with the same ratings by the same raters share a pattern, and with it every step. ``number`` counts the
    items of each pattern, 0 for that of items nobody rated.
    """

    def __init__(self, answers: Answers, labels: int, model: str, prior: float) -> None:
        from scipy.sparse import csr_array

        if answers.rater is None:
            raise ValueError("raters are needed")
        self.labels, self.model, self.prior, self.n = labels, model, prior, len(answers.item)
        self.ratings = np.bincount(answers.rater)
        columns = len(self.ratings) * labels
        column = answers.rater.astype(np.int64) * labels + answers.value
        by_item = sorting(answers.item.astype(np.int64) * columns + column)
        item, column = answers.item[by_item], column[by_item]
        rated = np.bincount(item)
        self.pattern, first = _patterns(rated, column, columns)
        self.number = np.bincount(self.pattern, rated > 0)
        shown = np.isin(item, first) if len(first) < len(rated) else np.ones(self.n, dtype=np.bool_)
        place = self.pattern[item[shown]]
        shape = (len(first), columns)
        self.table: Any = csr_array((np.ones(len(place)), (place, column[shown])), shape=shape)
        self.turned: Any = self.table.T.tocsr()
        votes = np.bincount(place * labels + column[shown] % labels, minlength=len(first) * labels)
        self.posterior: Floats = votes.reshape(-1, labels) / np.maximum(rated[first], 1)[:, None]

    def fit(self, tolerance: float, max_iterations: int) -> Consensus:
        m_step: Callable[[Floats], Floats] = self._tables if self.model == "confusion" else self._coins
        before = -np.inf
        for iteration in range(1, max_iterations + 1):
            share = self.number @ self.posterior / self.number.sum()
            tables = m_step(self.posterior)
            likelihood = self._expect(share, tables)
            reached = likelihood + self._log_prior(tables)
            if reached - before <= tolerance * abs(reached):
                return self._finished(share, tables, likelihood, iteration)
            before = reached
        raise Undefined(Why.NOT_CONVERGED, f"EM still gained after {max_iterations} steps; add a prior or more ratings")

    def _expect(self, share: Floats, tables: Floats) -> float:
        """Set the posterior and return the log-likelihood of these parameters."""
        logs = np.log(np.maximum(np.nan_to_num(tables), SMALLEST))
        joint = self.table @ logs.transpose(0, 2, 1).reshape(-1, self.labels)
        joint += np.log(np.maximum(share, SMALLEST))
        top: Floats = reduce(np.maximum, joint.T)  # numpy is slow at short rows
        joint -= top[:, None]
        np.exp(joint, out=joint)
        total = joint @ np.ones(self.labels)
        joint /= total[:, None]
        self.posterior = joint
        return float(self.number @ (top + np.log(total)))

    def _tables(self, posterior: Floats) -> Floats:
        """Return each rater's table, [rater, true, given]; NaN rows where a label is never true."""
        counts = self._counts(posterior).transpose(0, 2, 1) + self.prior
        row = counts.sum(axis=2, keepdims=True)
        made: Floats = np.divide(counts, row, out=np.full_like(counts, np.nan), where=row > 0)
        return made

    def _coins(self, posterior: Floats) -> Floats:
        """Return tables with one accuracy per rater."""
        counts = self._counts(posterior)
        right = np.trace(counts, axis1=1, axis2=2) + self.prior
        total = self.ratings + self.prior * self.labels
        accuracy = np.divide(right, total, out=np.full(len(right), np.nan), where=total > 0)[:, None, None]
        same = np.eye(self.labels, dtype=np.bool_)
        made: Floats = np.where(same, accuracy, (1 - accuracy) / (self.labels - 1))
        return made

    def _counts(self, posterior: Floats) -> Floats:
        """Return how often each rater gave a label where another is probably true, [rater, given, true]."""
        made: Floats = self.turned @ (posterior * self.number[:, None])
        return made.reshape(len(self.ratings), self.labels, self.labels)

    def _log_prior(self, tables: Floats) -> float:
        if not self.prior:
            return 0.0
        rows = tables if self.model == "confusion" else tables[:, :1]
        logs = float(np.log(np.maximum(rows, SMALLEST)).sum())
        return self.prior * logs

    def _finished(self, share: Floats, tables: Floats, likelihood: float, iterations: int) -> Consensus:
        tables = np.where((self.ratings > 0)[:, None, None], tables, np.nan)
        return Consensus(
            posterior=self.posterior[self.pattern],
            share=share,
            confusion=tables,
            ratings=self.ratings,
            log_likelihood=likelihood,
            iterations=iterations,
            n=self.n,
            model=self.model,
            prior=self.prior,
        )


def _patterns(rated: Codes, column: Codes, columns: int) -> tuple[Codes, Codes]:
    """Number the distinct rows of ratings: each item's pattern, and the first item of each pattern.

    ``rated`` counts the ratings of each item, ``column`` holds their columns, sorted by item and within items. Items
    are told apart by how many ratings they have and, among equals, by a code of one rating after the other.
    """
    start, code, bound = np.cumsum(rated) - rated, np.zeros(len(rated), dtype=np.int64), 1
    open_items = np.flatnonzero(rated)
    for turn in range(int(rated.max())):
        if bound > LARGEST // columns:
            code[open_items] = _numbered(code[open_items])
            bound = len(open_items)
        code[open_items] = code[open_items] * columns + column[start[open_items] + turn]
        bound *= columns
        open_items = open_items[rated[open_items] > turn + 1]
    key = _numbered(code) + rated.astype(np.int64) * len(rated)
    _, first, pattern = np.unique(key, return_index=True, return_inverse=True)
    return pattern.astype(np.int64), first.astype(np.int64)


def _numbered(code: Codes) -> Codes:
    return np.unique(code, return_inverse=True)[1].astype(np.int64)


def _refuse(answers: Answers, labels: int) -> None:
    if not len(answers.item):
        raise Undefined(Why.EMPTY, "there are no ratings")
    if answers.rater is None:
        raise Undefined(Why.NOT_RECORDED, "who gave which rating is not recorded")
    if not 0 <= int(answers.value.min()) <= int(answers.value.max()) < labels:
        raise ValueError(f"labels lie in 0..{labels - 1}, not {int(answers.value.min())}..{int(answers.value.max())}")
    if np.ptp(answers.rater) == 0:
        raise Undefined(Why.ONE_RATER, "with one rater there is nobody to disagree with")
    if int(np.bincount(answers.item).max()) < 2:
        raise Undefined(Why.NO_PAIRS, "no item was rated twice, so errors cannot be told from truth")
    if np.ptp(answers.value) == 0:
        raise Undefined(Why.ONE_CATEGORY, "every rating is the same, so nothing speaks of errors")
