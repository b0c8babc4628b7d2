"""How many checks somebody meets on the way through their work, on average. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.quality.policy import Policy, Rates


def met_on_the_way(rates: Rates, live: float) -> float:
    """Return how many hidden checks come with so many live answers, when there are enough of them.

    A share r of all answers makes r / (1 - r) checks of each live one; the first rate holds for the first answers, live
    ones and checks together.
    """
    begun = min(live, rates.first_answers * (1 - rates.first))
    parts = ((begun, rates.first), (live - begun, rates.then))
    return sum(n * rate / (1 - rate) for n, rate in parts if rate < 1)


@dataclass(frozen=True, slots=True)
class Checks:
    """What checks each person: the policy, and how many items there are for it."""

    policy: Policy
    training: int = 0
    calibration: int = 0
    others: int = 0  # twins and attention checks

    def per_person(self, live: float) -> float:
        """Return how many answers to checks somebody gives beside so many live ones.

        Training, then the gate, then hidden checks at their rates. Nobody meets an item twice, so there are no more of
        them than items, and repeats of live ones, are there.
        """
        training = min(self.training, self.policy.training.items)
        gate = min(self.calibration, self.policy.qualification.items)
        there = self.calibration - gate + self.others + live * self.policy.repeats.rate
        return training + gate + min(there, met_on_the_way(self.policy.checks, live))
