"""The choices a leaderboard can be made with, and which of them go together."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from analysis.contextual.context import Context

INTERVALS = {
    "bradley-terry": ("sandwich", "bootstrap", "none"),
    "win-rate": ("wilson", "none", "clustered"),
}  # the first is the default
ON_ROWS = {  # methods that read the battles themselves, not only their counts
    "elo": ("none",),
    "length-controlled": ("delta", "none"),
    "mean-preference": ("t", "none"),
}
SHARES = ("win-rate", "length-controlled", "mean-preference")  # methods whose ratings are shares of points
AGAINST_ONE = ("length-controlled", "mean-preference")  # those of them that need a baseline
RATING_NAMES = {  # what a method's ratings are called at the head of their column
    "win-rate": "Win rate",
    "length-controlled": "At equal length",
    "mean-preference": "Preference",
}
METHODS = INTERVALS | ON_ROWS
TIES = ("half", "drop", "davidson", "rao-kupper")
BOTH_BAD_RULES = ("tie", "drop")
CLUSTERS = ("none", "prompt", "rater", "both")
REWEIGHTING = ("none", "pairs")


@dataclass(frozen=True, slots=True)
class Options:
    """How a leaderboard is made. Refuses what does not go together.

    ``ci`` "default" is the method's own. ``both_bad`` "tie" counts battles that both lost as ties, "drop" leaves
    them out. ``cluster`` says which battles hang together: those on one prompt, by one rater, or both ways.
    ``anchor`` fixes one system's rating; the others, and their intervals, are then relative to it. ``prior`` adds
    pseudo-wins each way on every pair that met. ``rounds`` are those of the bootstrap. ``baseline`` is whom win rates
    are against. ``k`` and ``permutations`` are Elo's: the largest step, and over how many random orders to average.
    ``robustness`` looks for the fewest battles that hold up first place, by many refits: seconds on 100 systems.
    ``reweight`` "pairs" lets every pair of systems count alike (analysis.reweighting). ``top`` is how many places
    count as the top in each system's chance to be among them. ``differences`` adds all pairs of systems,
    ``matrix`` the win rate of each against each, ``compare_ties`` the board under every tie rule, and ``exposure``
    who met whom how often, pair by pair. ``context`` corrects for style, for what stood first and for raters.
    """

    method: str = "bradley-terry"
    ties: str = "half"
    both_bad: str = "tie"
    ci: str = "default"
    cluster: str = "none"
    anchor: tuple[str, float] | None = None
    prior: float = 0.0
    confidence: float = 0.95
    seed: int = 0
    rounds: int = 1000
    baseline: str | None = None
    k: float = 4.0
    permutations: int = 0
    robustness: bool = False
    reweight: str = "none"
    top: int = 3
    differences: bool = False
    matrix: bool = False
    compare_ties: bool = False
    exposure: bool = False
    context: Context = field(default_factory=Context)

    def __post_init__(self) -> None:
        _check("method", self.method, tuple(METHODS))
        _check("ties", self.ties, TIES)
        _check("both_bad", self.both_bad, BOTH_BAD_RULES)
        if self.ci == "default":
            object.__setattr__(self, "ci", METHODS[self.method][0])
        _check(f"ci of {self.method}", self.ci, METHODS[self.method])
        _check("cluster", self.cluster, CLUSTERS)
        _check("reweight", self.reweight, REWEIGHTING)
        self._check_clusters()
        self._check_elo()
        self._check_extras()
        if (refusal := self.context.refusal(self)) is not None:
            raise ValueError(refusal)
        if self.baseline is not None and self.method not in SHARES:
            raise ValueError("a baseline belongs to win rates; Bradley-Terry has an anchor instead")
        if self.baseline is None and self.method in AGAINST_ONE:
            raise ValueError(f"a {self.method} rate is one against a system: name it as the baseline")
        if self.anchor is not None and (self.method != "bradley-terry" or not math.isfinite(self.anchor[1])):
            raise ValueError("an anchor is a system of a Bradley-Terry board and its rating, a finite number")
        if self.ties in ("davidson", "rao-kupper") and self.method != "bradley-terry":
            raise ValueError(f"ties {self.ties} is a rule of Bradley-Terry; for {self.method} use half or drop")
        if self.prior and self.method != "bradley-terry":
            raise ValueError("a prior belongs to Bradley-Terry; leave it out for win rates")
        if self.robustness and (self.method != "bradley-terry" or self.prior):
            raise ValueError("robustness belongs to Bradley-Terry without a prior")
        if not (math.isfinite(self.prior) and self.prior >= 0):
            raise ValueError(f"prior must be a number of battles, 0 or more, not {self.prior}")
        if self.rounds < 1:
            raise ValueError(f"rounds must be at least 1, not {self.rounds}")
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence must lie between 0 and 1, not {self.confidence}")

    def _check_clusters(self) -> None:
        if self.cluster == "none":
            return
        if self.method in SHARES and self.cluster == "both":
            raise ValueError("win rates are clustered by prompt or by rater, not both ways")
        if self.ci not in ("sandwich", "bootstrap", "wilson", "delta", "t"):
            raise ValueError(f"clusters belong to intervals of Bradley-Terry and of win rates, not to {self.ci}")
        if self.ci == "bootstrap" and self.cluster == "both":
            raise ValueError("the bootstrap draws prompts or raters, not both; take --ci sandwich for both ways")
        if self.ci == "wilson":
            object.__setattr__(self, "ci", "clustered")

    def _check_elo(self) -> None:
        if not (math.isfinite(self.k) and self.k > 0):
            raise ValueError(f"k must be a positive number of points, not {self.k}")
        if self.permutations < 0:
            raise ValueError(f"permutations must be 0 or more, not {self.permutations}")
        if self.method != "elo" and (self.k != 4.0 or self.permutations):
            raise ValueError(f"k and permutations belong to elo, not to {self.method}")

    def _check_extras(self) -> None:
        if self.top < 1:
            raise ValueError(f"top must be at least 1 place, not {self.top}")
        if self.reweight != "none" and self.method != "bradley-terry":
            raise ValueError("reweighting of pairs belongs to Bradley-Terry; leave it out for other methods")
        if self.compare_ties and self.method != "bradley-terry":
            raise ValueError("tie rules are compared on a Bradley-Terry board")
        if self.differences and self.ci == "none":
            raise ValueError("differences need their errors: choose a method with intervals")
        if self.matrix and self.cluster == "both":
            raise ValueError("the matrix of win rates is clustered by prompt or by rater, not both ways")


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
