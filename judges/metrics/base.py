"""What a metric is: a rater without a mind. A metric that cannot be computed is unscored with a reason, never 0."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.choices import Reason, Unscored, Value
from domain.specs import CriterionSpec, Level, RubricSpec

Result = Value | Unscored
Params = Mapping[str, Any]

YES_NO: dict[str, Any] = {"level": Level.NOMINAL, "values": (0.0, 1.0), "anchors": {0.0: "no", 1.0: "yes"}}
LONGEST_COMPARED = 100_000  # characters of a response or reference that are compared
LARGEST_COUNT = 1e9


class Unavailable(RuntimeError):
    """A metric cannot be computed on this machine at all; the message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a metric looks at: a response, the prompt's reference, and what was recorded with the response."""

    response: str
    reference: str
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Metric:
    """A rater without a mind: its scale, its parameters with their defaults, and how it scores.

    ``revision`` counts up when the same parameters come to give other scores: that is another rater. ``prepare`` is
    called once before a run and raises Unavailable where the metric's package or model is not there.
    """

    key: str
    name: str
    criterion: CriterionSpec
    compute: Callable[[Target, Params], Result]
    needs_reference: bool = False
    defaults: Params = field(default_factory=dict)
    check: Callable[[Params], str | None] = lambda params: None
    prepare: Callable[[Params], None] = lambda params: None
    revision: int = 1

    def problem_with(self, params: Params) -> str | None:
        """Say what is wrong with parameters, before a run is planned with them."""
        unknown = params.keys() - self.defaults.keys()
        if unknown:
            known = ", ".join(self.defaults) or "none"
            return f"{self.key} has no parameter {', '.join(sorted(unknown))}; its parameters: {known}"
        merged = {**self.defaults, **params}
        wrong = [name for name, value in merged.items() if type(value) is not type(self.defaults[name])]
        return f"{self.key}: {', '.join(wrong)} is of the wrong type" if wrong else self.check(merged)

    def score(
        self,
        response: str,
        reference: str | None = None,
        params: Params | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Result:
        """Return the score of a response. Raises ValueError for parameters that problem_with() objects to."""
        problem = self.problem_with(params or {})
        if problem:
            raise ValueError(problem)
        if self.needs_reference and not (reference or "").strip():
            return Unscored(Reason.NO_REFERENCE, f"{self.name} compares with a reference, and the prompt has none.")
        target = Target(response, reference or "", metadata or {})
        return self.compute(target, {**self.defaults, **(params or {})})

    def changed(self, params: Params) -> dict[str, Any]:
        """Return the parameters that differ from their defaults: they name the rater."""
        return {name: value for name, value in params.items() if value != self.defaults.get(name)}

    def usual(self) -> dict[str, str]:
        """Return the parameters as they are when nothing is said, written as JSON."""
        return {name: json.dumps(value) for name, value in self.defaults.items()}

    def rubric(self) -> RubricSpec:
        """Return the rubric that a metric's verdicts are recorded under."""
        return RubricSpec(self.name, self.criterion.meaning, (self.criterion,))


def yes_no(key: str, name: str, meaning: str) -> CriterionSpec:
    """Return a criterion that is met or not."""
    return CriterionSpec(key, name, meaning, **YES_NO)


def count(key: str, name: str, meaning: str, *, higher_is_better: bool = True) -> CriterionSpec:
    """Return a criterion that counts something."""
    return CriterionSpec(
        key, name, meaning, level=Level.RATIO, minimum=0.0, maximum=LARGEST_COUNT, higher_is_better=higher_is_better
    )


def share(key: str, name: str, meaning: str, maximum: float = 1.0) -> CriterionSpec:
    """Return a criterion between 0 and a maximum."""
    return CriterionSpec(key, name, meaning, level=Level.INTERVAL, minimum=0.0, maximum=maximum)


def too_long(target: Target) -> Unscored | None:
    """Refuse texts that would take too long to compare."""
    if max(len(target.response), len(target.reference)) <= LONGEST_COMPARED:
        return None
    return Unscored(Reason.UNREADABLE, f"A text is longer than {LONGEST_COMPARED:,} characters.")
