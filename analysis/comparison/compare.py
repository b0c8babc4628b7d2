"""Everything there is to say about two systems on the same items, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.counts import TIE_RULES, Counts, count, mcnemar, share_difference, sign_test
from analysis.comparison.dominance import cliffs_delta
from analysis.comparison.effects import cohens_d, cohens_g
from analysis.comparison.estimates import DEFAULT, Codes, Estimate, Sampling, Significance, cut, slack_of
from analysis.comparison.histogram import Histogram, histogram
from analysis.comparison.paired import PairedBootstrap, mean_estimate, paired_bootstrap, permutation_test, t_test
from analysis.comparison.ranks import rank_biserial, wilcoxon
from analysis.data import A, B, Coded, Floats, Mask
from analysis.errors import Why

PRIMARY = "permutation"  # the one test to report; the others are there to see whether the answer hangs on it
ROUNDS = 10_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """What ``compare`` and ``compare_battles`` found; see there for the keys.

    ``dropped`` counts the rows left out because a side is missing, ``differences`` how far apart the others are. The
    tests answer one question in many ways: choose one before looking (``primary``), never the smallest p value.
    """

    kind: str
    n: int
    n_clusters: int | None
    dropped: int
    counts: Counts
    primary: str
    estimates: Mapping[str, Estimate]
    tests: Mapping[str, Significance]
    effects: Mapping[str, Estimate]
    differences: Histogram


def compare(
    first: Floats,
    second: Floats,
    *,
    cluster: Codes | None = None,
    sampling: Sampling = DEFAULT,
    rounds: int = ROUNDS,
    every: bool = False,
) -> Comparison:
    """Compare two systems by their values on the same items, higher being better.

    Parameters
    ----------
    first, second : array, shape (items,)
        NaN where a system has no value; such items are left out and counted.
    cluster : array of int, shape (items,), optional
        Items that are not independent, such as the turns of a conversation.
    sampling : Sampling
        Intervals.
    rounds : int
        Random sign patterns of the permutation test.
    every : bool
        Also the tests that seldom add anything.

    Returns
    -------
    Comparison
        ``kind`` is ``binary`` where every value is 0 or 1, else ``values``.

        estimates: ``mean_first``, ``mean_second``, ``difference`` (t, clustered where told),
        ``difference_bootstrap``; ``share_difference`` for binary values.

        tests: ``permutation``, ``bootstrap``, ``t`` (clustered where told); ``wilcoxon``, ``sign_drop``,
        ``sign_half``, ``sign_trinomial``, and for binary values ``mcnemar_exact``, ``mcnemar_mid_p``,
        ``mcnemar_asymptotic`` (null with reason where rows are clustered: they take rows as independent); with
        ``every`` also ``wilcoxon_pratt`` and ``mcnemar_corrected``.

        effects: ``cohens_d``, ``cohens_d_average``, ``cliffs_delta``, ``rank_biserial``; ``cohens_g`` for binary
        values.
    """
    _same_length(first, second, cluster)
    kept = ~(np.isnan(first) | np.isnan(second))
    first, second = first[kept], second[kept]
    cluster = None if cluster is None else cluster[kept]
    binary = _is_binary(first, second)
    difference = _exact_difference(first, second)
    counts = count(difference, slack=slack_of(difference))
    bootstrapped = paired_bootstrap(difference, cluster=cluster, sampling=sampling)
    estimates = {
        "mean_first": mean_estimate(first, cluster=cluster, confidence=sampling.confidence),
        "mean_second": mean_estimate(second, cluster=cluster, confidence=sampling.confidence),
        **_differences(difference, bootstrapped, cluster, sampling),
    }
    if binary:
        estimates |= {name: cut(estimates[name], 0.0, 1.0) for name in ("mean_first", "mean_second")}
        estimates["difference"] = cut(estimates["difference"], -1.0, 1.0)
        estimates["share_difference"] = _share(counts, cluster, sampling)
    return Comparison(
        kind="binary" if binary else "values",
        n=len(difference),
        n_clusters=None if cluster is None else len(np.unique(cluster)),
        dropped=int((~kept).sum()),
        counts=counts,
        primary=PRIMARY,
        estimates=estimates,
        tests=_clustered_tests(difference, bootstrapped, cluster, rounds, sampling.seed)
        | _row_tests(
            difference, counts, clustered=cluster is not None, forms=_forms(every) if binary else (), every=every
        ),
        effects=_effects(first, second, cluster, sampling)
        | ({"cohens_g": cohens_g(difference, cluster=cluster, sampling=sampling)} if binary else {}),
        differences=histogram(difference),
    )


def compare_battles(
    outcome: NDArray[Any],
    *,
    prompt: Coded | None = None,
    first_is_a: Mask | None = None,
    sampling: Sampling = DEFAULT,
    rounds: int = ROUNDS,
    every: bool = False,
) -> Comparison:
    """Compare two systems by the battles between them.

    Parameters
    ----------
    outcome : array of int, shape (battles,)
        Codes of ``analysis.data``: A, B, TIE, BOTH_BAD; the last two count as ties.
    prompt : Coded, optional
        Battles on one prompt are kept together wherever something is resampled, flipped or given an error.
    first_is_a : array of bool, shape (battles,), optional
        Whether the first system stood in column A; by default it always did.
    sampling, rounds, every
        As for ``compare``.

    Returns
    -------
    Comparison
        ``kind`` is ``battles``. estimates: ``win_rate`` (of the first system, ties half), ``difference`` (win
        rate minus loss rate), ``difference_bootstrap``, ``share_difference`` (the same difference by counts).
        tests: as for ``compare``, McNemar's only with ``every``: its exact form is ``sign_drop`` here. effects:
        ``cohens_g``.
    """
    first_is_a = np.ones(len(outcome), dtype=np.bool_) if first_is_a is None else first_is_a
    sign = np.where(outcome == A, 1.0, np.where(outcome == B, -1.0, 0.0)) * np.where(first_is_a, 1.0, -1.0)
    cluster = None if prompt is None else prompt.codes.astype(np.int64)
    counts = count(sign)
    bootstrapped = paired_bootstrap(sign, cluster=cluster, sampling=sampling)
    win_rate = mean_estimate((sign + 1) / 2, cluster=cluster, confidence=sampling.confidence)
    estimates = {"win_rate": cut(win_rate, 0.0, 1.0), **_differences(sign, bootstrapped, cluster, sampling)}
    estimates["difference"] = cut(estimates["difference"], -1.0, 1.0)
    estimates["share_difference"] = _share(counts, cluster, sampling)
    return Comparison(
        kind="battles",
        n=len(sign),
        n_clusters=None if cluster is None else len(np.unique(cluster)),
        dropped=0,
        counts=counts,
        primary=PRIMARY,
        estimates=estimates,
        tests=_clustered_tests(sign, bootstrapped, cluster, rounds, sampling.seed)
        | _row_tests(sign, counts, clustered=cluster is not None, forms=_ALL_FORMS if every else (), every=every),
        effects={"cohens_g": cohens_g(sign, cluster=cluster, sampling=sampling)},
        differences=histogram(sign),
    )


def _differences(
    difference: Floats, bootstrapped: PairedBootstrap, cluster: Codes | None, sampling: Sampling
) -> dict[str, Estimate]:
    return {
        "difference": mean_estimate(difference, cluster=cluster, confidence=sampling.confidence),
        "difference_bootstrap": bootstrapped.estimate,
    }


def _clustered_tests(
    difference: Floats, bootstrapped: PairedBootstrap, cluster: Codes | None, rounds: int, seed: int
) -> dict[str, Significance]:
    return {
        "permutation": permutation_test(difference, cluster=cluster, rounds=rounds, seed=seed),
        "bootstrap": bootstrapped.test,
        "t": t_test(difference, cluster=cluster),
    }


def _row_tests(
    difference: Floats, counts: Counts, *, clustered: bool, forms: Sequence[str], every: bool
) -> dict[str, Significance]:
    made = {"wilcoxon": wilcoxon(difference)}
    if every:
        made["wilcoxon_pratt"] = wilcoxon(difference, zero_method="pratt")
    made |= {f"sign_{ties}": sign_test(counts, ties=ties) for ties in TIE_RULES}
    made |= {f"mcnemar_{form.replace('-', '_')}": mcnemar(counts, form=form) for form in forms}
    if not clustered:
        return made
    return dict.fromkeys(made, Significance(None, reason=Why.NOT_INDEPENDENT, message=_CLUSTERED))


def _forms(every: bool) -> Sequence[str]:
    return _ALL_FORMS if every else _USUAL_FORMS


def _share(counts: Counts, cluster: Codes | None, sampling: Sampling) -> Estimate:
    if cluster is not None:
        return Estimate(None, reason=Why.NOT_INDEPENDENT, message=_CLUSTERED)
    return share_difference(counts, confidence=sampling.confidence)


def _effects(first: Floats, second: Floats, cluster: Codes | None, sampling: Sampling) -> dict[str, Estimate]:
    item = np.arange(len(first)) if cluster is None else cluster
    smooth = replace(sampling, ci="none" if sampling.ci == "none" else "jackknife")  # as good, and one pass
    return {
        "cohens_d": cohens_d(first, second, cluster=cluster, sampling=smooth),
        "cohens_d_average": cohens_d(first, second, standardiser="average", cluster=cluster, sampling=smooth),
        "cliffs_delta": cliffs_delta(first, second, item=np.tile(item, 2), confidence=sampling.confidence),
        "rank_biserial": _biserial(_exact_difference(first, second), sampling, clustered=cluster is not None),
    }


def _biserial(difference: Floats, sampling: Sampling, *, clustered: bool) -> Estimate:
    """Rank pairs; where they are clustered, resampling pairs would overstate what is known."""
    if not clustered:
        return rank_biserial(difference, sampling=sampling)
    alone = rank_biserial(difference, sampling=replace(sampling, ci="none"))
    return replace(alone, method="none: rows come in clusters")


def _exact_difference(first: Floats, second: Floats) -> Floats:
    """Subtract, and call zero what is left of equal values by rounding: 0.1 + 0.2 against 0.3."""
    difference = first - second
    size = np.maximum(np.abs(first), np.abs(second))
    return np.where(np.abs(difference) <= 8 * np.finfo(np.float64).eps * size, 0.0, difference)


def _is_binary(first: Floats, second: Floats) -> bool:
    return bool(len(first)) and bool(np.isin(first, (0.0, 1.0)).all() and np.isin(second, (0.0, 1.0)).all())


def _same_length(first: Floats, second: Floats, cluster: Codes | None) -> None:
    lengths = {len(first), len(second), len(first) if cluster is None else len(cluster)}
    if len(lengths) > 1:
        raise ValueError(f"the two systems and the clusters need one value an item each, not {sorted(lengths)}")


_USUAL_FORMS = ("exact", "mid-p", "asymptotic")
_ALL_FORMS = (*_USUAL_FORMS, "corrected")
_CLUSTERED = "this statistic takes rows as independent, and these come in clusters; read the permutation test"
