"""Why a number about a rater is not there."""


class Undefined(ValueError):
    """The answers do not give this number; the message says why. Missing is never zero."""
