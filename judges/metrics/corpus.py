"""BLEU, chrF and TER of a whole system: from the counts of all its segments, which no mean of segments gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CORPUS_METRICS = ("bleu", "chrf", "ter")
ROUNDS = 1000
SEED = 0


@dataclass(frozen=True, slots=True)
class Segment:
    """A response with its reference; segments of one prompt are resampled together."""

    prompt: int
    response: str
    reference: str


@dataclass(frozen=True, slots=True)
class CorpusScore:
    """A corpus figure with its percentile interval. ``signature`` is sacrebleu's, which says how it was made."""

    metric: str
    value: float | None
    lower: float | None
    upper: float | None
    n_segments: int
    n_prompts: int
    method: str
    signature: str
    reason: str = ""


def corpus_score(
    key: str, segments: Sequence[Segment], *, rounds: int = ROUNDS, seed: int = SEED, confidence: float = 0.95
) -> CorpusScore:
    """Return the figure of sacrebleu's command with an interval from resampling prompts.

    Raises
    ------
    ValueError
        ``key`` is none of bleu, chrf and ter.

    References
    ----------
    Koehn (2004), EMNLP, for the bootstrap; Post (2018), WMT, for the signature.
    """
    import numpy as np

    metric = _metric(key)
    if not segments:
        return CorpusScore(key, None, None, None, 0, 0, "none", "", "no response has a reference")
    counts = np.array(
        metric._extract_corpus_statistics([s.response for s in segments], [[s.reference for s in segments]]),
        dtype=np.float64,
    )
    _, place = np.unique([segment.prompt for segment in segments], return_inverse=True)
    sums = np.zeros((int(place.max()) + 1, counts.shape[1]))
    np.add.at(sums, place, counts)
    value = _score(metric, sums.sum(axis=0))
    signature = str(metric.get_signature())
    if len(sums) < 2:
        return CorpusScore(key, value, None, None, len(segments), len(sums), "none: one prompt", signature)
    rng = np.random.default_rng(seed)
    share = np.full(len(sums), 1 / len(sums))
    drawn = [_score(metric, rng.multinomial(len(sums), share) @ sums) for _ in range(rounds)]
    lower, upper = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    method = f"bootstrap over prompts, percentile, {rounds} rounds, seed {seed}, {confidence:g}"
    return CorpusScore(key, value, float(lower), float(upper), len(segments), len(sums), method, signature)


def _metric(key: str) -> Any:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    known: dict[str, Any] = {"bleu": BLEU, "chrf": CHRF, "ter": TER}
    if key not in known:
        raise ValueError(f"a corpus figure is one of {', '.join(CORPUS_METRICS)}, not {key!r}")
    return known[key]()


def _score(metric: Any, sums: Any) -> float:
    return float(metric._compute_score_from_stats(sums.tolist()).score)
