"""The same coefficients by other packages, from the ratings and not from our sums. Each imports what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.data import Floats
from analysis.parts import Part

MOST_CELLS = 50_000_000  # items x values x values: what the krippendorff package holds at once
MOST_ITEMS = 300  # an analysis of variance by regression on every item grows with their cube

Options = Mapping[str, str]
Table = NDArray[np.int64]


class NotComparable(ValueError):
    """The package's form of the statistic does not fit these ratings."""


def alpha(part: Part, options: Options) -> float:
    """Krippendorff's alpha by the krippendorff package."""
    import krippendorff

    values, counts = _counts(part, declared=False)
    if counts.shape[0] * counts.shape[1] ** 2 > MOST_CELLS:
        raise NotComparable(f"{counts.shape[0]} items of {counts.shape[1]} values would need too much memory")
    level: Any = options["level"]
    return float(krippendorff.alpha(value_counts=counts, value_domain=values, level_of_measurement=level))


def fleiss(part: Part, options: Options) -> float:
    """Fleiss' kappa by statsmodels; item-mean and pooled shares are the same where it has a value."""
    return _fleiss(part, "fleiss")


def randolph(part: Part, options: Options) -> float:
    """Brennan and Prediger's coefficient, as Randolph's kappa by statsmodels."""
    return _fleiss(part, "randolph")


def pi(part: Part, options: Options) -> float:
    """Scott's pi, which Fleiss' kappa of two raters is, by statsmodels."""
    from statsmodels.stats.inter_rater import fleiss_kappa

    scale, codes = _coded_pairs(part)
    counts = np.stack([(codes == place).sum(axis=1) for place in range(len(scale))], axis=1)
    return float(fleiss_kappa(counts, method="fleiss"))


def kappa_by_scikit(part: Part, options: Options) -> float:
    """Cohen's kappa by scikit-learn, whose weights are by the order of the categories."""
    from sklearn.metrics import cohen_kappa_score

    scale, codes = _coded_pairs(part)
    weights = None if options["weights"] == "identity" else options["weights"]
    if weights is not None and len(scale) > 2 and np.ptp(np.diff(scale)) > 1e-9:
        raise NotComparable("its weights take categories as equally far apart, and these are not")
    labels = list(range(len(scale)))
    return float(cohen_kappa_score(codes[:, 0], codes[:, 1], labels=labels, weights=weights))


def kappa_by_statsmodels(part: Part, options: Options) -> float:
    """Cohen's kappa by statsmodels, with the distances of the values as weights."""
    from statsmodels.stats.inter_rater import cohens_kappa

    scale, codes = _coded_pairs(part)
    table = np.zeros((len(scale), len(scale)))
    np.add.at(table, (codes[:, 0], codes[:, 1]), 1)
    apart = np.abs(np.subtract.outer(scale, scale))
    weights = {"identity": None, "linear": apart, "quadratic": apart**2}[options["weights"]]
    return float(cohens_kappa(table, weights=weights, return_results=False))


def accuracy(part: Part, options: Options) -> float:
    """Percent agreement of two raters, as accuracy by scikit-learn."""
    from sklearn.metrics import accuracy_score

    if not part.has_two_raters:
        raise NotComparable("it compares two raters")
    _, codes = _coded_pairs(part)
    return float(accuracy_score(codes[:, 0], codes[:, 1]))


def tau(part: Part, options: Options) -> float:
    """Kendall's tau-b by scipy."""
    from scipy.stats import kendalltau

    return float(kendalltau(part.pairs.first, part.pairs.second, variant="b").statistic)


def rho(part: Part, options: Options) -> float:
    """Spearman's correlation by scipy."""
    from scipy.stats import spearmanr

    return float(spearmanr(part.pairs.first, part.pairs.second).statistic)


def concordance(part: Part, options: Options) -> float:
    """Lin's concordance from Pearson's correlation by scipy and the moments of both raters."""
    from scipy.stats import pearsonr

    x, y = part.pairs.first, part.pairs.second
    correlation = float(pearsonr(x, y).statistic)
    spread = x.var() + y.var() + (x.mean() - y.mean()) ** 2
    return float(2 * correlation * x.std() * y.std() / spread)


def friedman(part: Part, options: Options) -> float:
    """Kendall's W from Friedman's chi-square by scipy, raters being the blocks."""
    from scipy.stats import friedmanchisquare

    items, raters = part.table.values.shape
    return float(friedmanchisquare(*part.table.values).statistic / (raters * (items - 1)))


def icc_one_way(part: Part, options: Options) -> float:
    """ICC(1,1) and ICC(1,k) from the F ratio between items by scipy."""
    table = _balanced(part)
    ratio, k = _items_over_within(table), table.shape[1]
    return 1 - 1 / ratio if options["form"] == "ICC(1,k)" else float((ratio - 1) / (ratio + k - 1))


def icc_two_way(part: Part, options: Options) -> float:
    """ICC(2,.) and ICC(3,.) from the F ratios between raters by statsmodels and between items by scipy."""
    table = part.table.values
    n, k = table.shape
    raters = _raters_over_rest(table)
    items = _items_over_within(table) * (raters + n - 1) / n  # in units of the mean square of the rest
    below = {
        "ICC(2,1)": items + k - 1 + k * (raters - 1) / n,
        "ICC(3,1)": items + k - 1,
        "ICC(2,k)": items + (raters - 1) / n,
        "ICC(3,k)": items,
    }
    return float((items - 1) / below[options["form"]])


def _items_over_within(table: Floats) -> float:
    from scipy.stats import f_oneway

    ratio = float(f_oneway(*table).statistic)
    if not np.isfinite(ratio):
        raise NotComparable("ratings of an item never differ, so it has no F ratio")
    return ratio


def _raters_over_rest(table: Floats) -> float:
    from pandas import DataFrame
    from statsmodels.stats.anova import AnovaRM

    n, k = table.shape
    if n > MOST_ITEMS:
        raise NotComparable(f"{n} items are too many for its analysis of variance; {MOST_ITEMS} at most")
    rows = {"value": table.ravel(), "item": np.repeat(np.arange(n), k), "rater": np.tile(np.arange(k), n)}
    ratio = float(AnovaRM(DataFrame(rows), "value", "item", within=["rater"]).fit().anova_table["F Value"].iloc[0])
    if not np.isfinite(ratio):
        raise NotComparable("raters differ by constants only, so it has no F ratio")
    return ratio


def _balanced(part: Part) -> Floats:
    ratings = part.collapsed.ratings
    item = ratings.item.used()
    size = np.bincount(item.codes)
    paired = size[item.codes] >= 2
    sizes = set(size[size >= 2].tolist())
    if len(sizes) != 1:
        raise NotComparable("it needs as many ratings on every item")
    order = np.argsort(item.codes[paired], kind="stable")
    table: Floats = ratings.value[paired][order].reshape(-1, sizes.pop())
    return table


def _fleiss(part: Part, method: str) -> float:
    from statsmodels.stats.inter_rater import fleiss_kappa

    _, counts = _counts(part, declared=True)
    if len(set(counts.sum(axis=1).tolist())) != 1:
        raise NotComparable("it needs as many ratings on every item")
    return float(fleiss_kappa(counts, method=method))


def _counts(part: Part, *, declared: bool) -> tuple[Floats, Table]:
    """Return the values and how many ratings of each item have each of them."""
    ratings = part.collapsed.ratings
    values = np.unique([*ratings.value.tolist(), *(part.categories if declared else ())])
    item = ratings.item.used()
    counts = np.zeros((len(item.names), len(values)), dtype=np.int64)
    np.add.at(counts, (item.codes, np.searchsorted(values, ratings.value)), 1)
    return values, counts


def _coded_pairs(part: Part) -> tuple[Floats, Table]:
    """Return the scale and two raters' answers as places on it."""
    columns = part.pairs.columns
    scale = np.unique([*columns.ravel().tolist(), *part.categories])
    return scale, np.searchsorted(scale, columns)
