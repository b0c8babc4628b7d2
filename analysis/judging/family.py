"""Whether a judge favours systems of its own family beyond what people see in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    estimate_of,
    item_sums,
    null_with_reason,
    quotient,
    refuse_not_finite,
)
from analysis.comparison.paired import mean_estimate
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why


@dataclass(frozen=True, slots=True)
class SelfPreference:
    """How the judge's family fares with the judge and with people, on the same items.

    ``effect`` is judge minus people. It is a preference for its own only as far as the people are right about
    these systems; compare it with the effect of judges of other families on the same items.
    """

    judge: Estimate
    people: Estimate
    effect: Estimate


def self_preference(
    judge_item: Codes,
    judge_share: Floats,
    people_item: Codes,
    people_share: Floats,
    *,
    sampling: Sampling = DEFAULT,
) -> SelfPreference:
    """Measure self-preference in battles of a system of the judge's family against another.

    Parameters
    ----------
    judge_item, people_item : array of int
        The battle that each verdict is about; battles that only one side answered are left out.
    judge_share, people_share : array
        What each verdict gave to the system of the judge's family: 1, 0.5 for a tie, or 0.
    sampling : Sampling
        Only its confidence is used: intervals are t over battles, each counting once however many voted.
    """
    items = np.intersect1d(judge_item, people_item)
    judge, people = _item_means(judge_item, judge_share, items), _item_means(people_item, people_share, items)
    confidence = sampling.confidence
    return SelfPreference(
        judge=mean_estimate(judge, confidence=confidence),
        people=mean_estimate(people, confidence=confidence),
        effect=mean_estimate(judge - people, confidence=confidence),
    )


@null_with_reason
def self_preference_in_scores(
    excess: Floats, own: Mask, *, prompt: Codes | None = None, sampling: Sampling = DEFAULT
) -> Estimate:
    """Return by how much more a judge overrates responses of its own family than those of others.

    Parameters
    ----------
    excess : array, shape (responses,)
        The judge's score minus the people's mean score of the same response, on one scale.
    own : array of bool, shape (responses,)
        Whether the response is by a system of the judge's family.
    prompt : array of int, shape (responses,), optional
        Responses to one prompt are resampled together.
    sampling : Sampling
        The interval.
    """
    if not len(excess):
        raise Undefined(Why.EMPTY, "there are no scores")
    refuse_not_finite(excess)
    if own.all() or not own.any():
        raise Undefined(Why.ONE_CATEGORY, "the responses are all of the judge's family or all of others")
    rows = np.column_stack([excess * own, own, excess * ~own, ~own]).astype(np.float64)

    def gap(sums: Floats) -> Floats:
        return np.asarray(quotient(sums[:, 0], sums[:, 1]) - quotient(sums[:, 2], sums[:, 3]))

    said = {"unit": "response" if prompt is None else "prompt"}
    missing = Undefined(Why.NO_CASES, "one side has no responses")
    return estimate_of(
        item_sums(rows, prompt, gap), n=len(excess), sampling=sampling, conventions=said, otherwise=missing
    )


def _item_means(item: Codes, value: Floats, items: Codes) -> Floats:
    if len(item) != len(value):
        raise ValueError(f"{len(value)} shares do not go with {len(item)} items")
    kept = np.isin(item, items)
    place = np.searchsorted(items, item[kept])
    means: Floats = np.bincount(place, value[kept], len(items)) / np.bincount(place, minlength=len(items))
    return means
