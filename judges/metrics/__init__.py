"""Raters that need no key: each metric is a pure function of a response, a reference, metadata and its parameters."""

from judges.metrics import bertscore, matching, overlap, recorded, shape
from judges.metrics.base import Metric, Params, Result, Target, Unavailable

ALL = (*shape.METRICS, *matching.METRICS, *overlap.METRICS, *recorded.METRICS, *bertscore.METRICS)
METRICS: dict[str, Metric] = {metric.key: metric for metric in ALL}

__all__ = ["ALL", "METRICS", "Metric", "Params", "Result", "Target", "Unavailable"]
