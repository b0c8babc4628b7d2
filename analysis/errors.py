"""What the numbers say when they cannot be given."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """Stable codes for why a statistic has no value; they stand in JSON beside the null."""

    EMPTY = "empty"  # nothing to count
    ONE_RATER = "one_rater"  # agreement needs at least two raters
    NO_PAIRS = "no_pairs"  # no item was rated twice
    ONE_CATEGORY = "one_category"  # every rating is the same: chance agreement is total
    ONE_ITEM = "one_item"  # a spread needs at least two items
    ONE_CLUSTER = "one_cluster"  # a clustered interval needs several clusters
    NOT_NUMERIC = "not_numeric"  # the labels have no distance or order
    ZERO_VALUES = "zero_values"  # a ratio scale met values that are not positive
    NOT_TWO_RATERS = "not_two_raters"  # a statistic of exactly two raters
    INCOMPLETE = "incomplete"  # a statistic that needs every rater on every item
    NO_VARIANCE = "no_variance"  # a correlation with a constant
    ONE_SYSTEM = "one_system"  # a ranking needs at least two systems
    DISCONNECTED = "disconnected"  # groups of systems that never met
    UNBEATEN = "unbeaten"  # no finite strength: nothing was ever lost
    WINLESS = "winless"  # no finite strength: nothing was ever won
    SEPARATED = "separated"  # every result between two groups went one way
    NOT_CONVERGED = "not_converged"  # the optimiser stopped before the optimum
    NOT_RECORDED = "not_recorded"  # the data lack a column the statistic needs
    TOO_MANY_VALUES = "too_many_values"  # more distinct values than the statistic can hold
    NO_CASES = "no_cases"  # a rate over cases of which there are none
    ALL_TIED = "all_tied"  # every comparison is a tie, so nothing speaks for either side
    NOT_INDEPENDENT = "not_independent"  # the statistic takes rows as independent, and these come in clusters
    TOO_FEW = "too_few"  # fewer observations than the statistic was made for
    COLLINEAR = "collinear"  # the data cannot tell it from what else is estimated
    NO_SIGNAL = "no_signal"  # the judge calls the bad good as often as the good


class Undefined(ValueError):
    """The data cannot give this statistic. ``code`` is stable for programs, ``message`` tells people why."""

    def __init__(self, code: Why, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[Undefined], tuple[Why, str]]:
        """Let it travel between processes, which would otherwise be told the message only."""
        return type(self), (self.code, self.message)
