"""What a hybrid board is asked for, and the lines it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from analysis.comparison.estimates import Estimate, Significance
from analysis.hybrid.votes import Sampled
from analysis.notes import Note
from analysis.ranks import RankSets

METHODS = ("bradley-terry", "win-rate", "mean")
CLUSTERS = ("none", "prompt")


@dataclass(frozen=True, slots=True)
class HybridOptions:
    """How the board is made. ``baseline`` and ``both_bad`` are for battles; ``drawn`` for win rates and means."""

    method: str = "bradley-terry"
    baseline: str | None = None
    both_bad: str = "tie"
    cluster: str = "none"
    confidence: float = 0.95
    seed: int = 0
    drawn: Sampled | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"a hybrid board ranks by {', '.join(METHODS)}, not by {self.method}")
        if self.cluster not in CLUSTERS:
            raise ValueError(f"a hybrid board clusters by {' or '.join(CLUSTERS)}, not by {self.cluster}")
        if self.baseline is not None and self.method != "win-rate":
            raise ValueError("a baseline is for win rates: --method win-rate")
        if self.drawn is not None and self.method == "bradley-terry":
            raise ValueError(
                "strata and probabilities are for win rates and means; Bradley-Terry needs a random sample"
            )


@dataclass(frozen=True, slots=True)
class HybridRow:
    """One system, on one criterion.

    ``estimate`` uses people and the judge, ``human_only`` people's answers to the same items alone, ``judge_only`` the
    judge's alone, with its bias. ``power`` is lambda, None where strata have their own. ``n_human`` of the ``n_judge``
    items that the judge answered about this system were answered by people, and people alone would need
    ``effective_n`` for as narrow an interval. ``selection`` tests that people's items are a random part. Where there
    is no estimate its ``reason`` says why.
    """

    system: str
    estimate: Estimate
    human_only: Estimate
    judge_only: float | None = None
    power: float | None = None
    effective_n: float | None = None
    n_human: int = 0
    n_judge: int = 0
    criterion: str | None = None
    selection: Significance | None = None
    rank: int | None = None
    rank_lower: int | None = None
    rank_upper: int | None = None
    rank_all_lower: int | None = None
    rank_all_upper: int | None = None

    @property
    def name(self) -> str:
        """The system, after its criterion where there are several."""
        return self.system if self.criterion is None else f"{self.criterion}: {self.system}"

    def placed(self, sets: RankSets, place: int) -> HybridRow:
        """Return the row with its rank and rank sets."""
        return replace(
            self,
            rank=int(sets.rank[place]),
            rank_lower=int(sets.lower[place]),
            rank_upper=int(sets.upper[place]),
            rank_all_lower=int(sets.all_lower[place]),
            rank_all_upper=int(sets.all_upper[place]),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What a method found: rows, and for Bradley-Terry what holds for all of them."""

    rows: list[HybridRow]
    n_human: int
    n_judge: int
    people_only: int
    power: float | None = None
    effective_n: float | None = None
    selection: dict[str, Significance] = field(default_factory=dict)
    conventions: dict[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
