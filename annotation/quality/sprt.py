"""Wald's sequential probability ratio test on right and wrong answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from annotation.quality.looks import spend
from annotation.quality.policy import Sequential


class Decision(StrEnum):
    """What the answers so far say."""

    GOOD = "good"
    BAD = "bad"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Operating:
    """What becomes of somebody of a given accuracy: shares that are flagged, pass and stay open, and checks needed."""

    flagged: float
    passed: float
    undecided: float
    expected: float


@dataclass(frozen=True, slots=True)
class Sprt:
    """The test of accuracy ``good`` against ``bad``. The statistic is the log likelihood ratio of bad over good.

    It flags at ln((1 - beta) / alpha) and passes at ln(beta / (1 - alpha)). With these bounds the chance of flagging
    somebody good is at most alpha / (1 - beta), that of passing somebody bad at most beta / (1 - alpha), and the two
    sum to at most alpha + beta. Wald (1945), Annals of Mathematical Statistics 16, 117-186, section 3.
    """

    good: float
    bad: float
    alpha: float
    beta: float

    @classmethod
    def of(cls, setting: Sequential, round_number: int = 1) -> Sprt:
        """Return a policy's test. Who passes starts another round, with a smaller share of alpha (see looks)."""
        return cls(setting.good, setting.bad, spend(setting.alpha, round_number), setting.beta)

    @property
    def upper(self) -> float:
        """The bound at which somebody is flagged."""
        return math.log((1 - self.beta) / self.alpha)

    @property
    def lower(self) -> float:
        """The bound at which somebody passes."""
        return math.log(self.beta / (1 - self.alpha))

    def evidence(self, right: int, wrong: int) -> float:
        """Return the log likelihood ratio of bad over good."""
        return right * math.log(self.bad / self.good) + wrong * math.log((1 - self.bad) / (1 - self.good))

    def decide(self, right: int, wrong: int) -> Decision:
        """Return what so many right and wrong answers say."""
        evidence = self.evidence(right, wrong)
        if evidence >= self.upper:
            return Decision.BAD
        return Decision.GOOD if evidence <= self.lower else Decision.OPEN

    def lines(self) -> tuple[float, float, float]:
        """Return (h_good, h_bad, slope): of n answers, wrong ones <= slope n - h_good pass, >= slope n + h_bad flag."""
        wrong, right = math.log((1 - self.bad) / (1 - self.good)), math.log(self.good / self.bad)
        scale = wrong + right
        return -self.lower / scale, self.upper / scale, right / scale

    def path(self, outcomes: Sequence[bool]) -> list[float]:
        """Return the statistic after each answer."""
        path, right = [], 0
        for n, passed in enumerate(outcomes, start=1):
            right += passed
            path.append(self.evidence(right, n - right))
        return path

    def operating(self, accuracy: float, *, most: int = 2000) -> Operating:
        """Return exactly what happens to somebody of this accuracy within ``most`` checks, by recursion over counts.

        ``expected`` counts ``most`` for who is still open then.
        """
        alive, flagged, passed, expected = {0: 1.0}, 0.0, 0.0, 0.0  # wrong answers so far -> probability
        for n in range(1, most + 1):
            expected += math.fsum(alive.values())
            moved: dict[int, float] = {}
            for wrong, chance in alive.items():
                moved[wrong] = moved.get(wrong, 0.0) + chance * accuracy
                moved[wrong + 1] = moved.get(wrong + 1, 0.0) + chance * (1 - accuracy)
            alive = {}
            for wrong, chance in moved.items():
                decision = self.decide(n - wrong, wrong)
                flagged += chance * (decision is Decision.BAD)
                passed += chance * (decision is Decision.GOOD)
                if decision is Decision.OPEN and chance > 1e-15:
                    alive[wrong] = chance
            if not alive:
                break
        return Operating(flagged, passed, max(0.0, 1 - flagged - passed), expected)

    def expected_checks(self, accuracy: float) -> float:
        """Return Wald's approximation of the checks until a decision at accuracy ``good`` or ``bad`` alike.

        E(n) = (P(flag) upper + P(pass) lower) / E(step), with P(flag) = alpha at good and 1 - beta at bad; elsewhere
        ``operating`` is exact.
        """
        if not (math.isclose(accuracy, self.good) or math.isclose(accuracy, self.bad)):
            raise ValueError(f"accuracy {accuracy:g} is neither good {self.good:g} nor bad {self.bad:g}; use operating")
        flag = self.alpha if math.isclose(accuracy, self.good) else 1 - self.beta
        step = accuracy * self.evidence(1, 0) + (1 - accuracy) * self.evidence(0, 1)
        return (flag * self.upper + (1 - flag) * self.lower) / step
