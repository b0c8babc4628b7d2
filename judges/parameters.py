"""The settings of a judge version: what each may be, and what a preset makes of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from judges.answer_shape import Protocol, Reasons
from judges.course import Rule
from judges.presets import Estimator, Parser, Preset
from judges.providers import Vendor, capabilities_of
from judges.providers.base import Params
from judges.providers.capabilities import gives_logprobs

MAX_TOKENS = 8192  # thinking counts against it: too few cut the verdict off
MOST_SAMPLES = 50
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


class BadVersion(ValueError):
    """A judge that cannot be; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Settings of a judge version that are sent or that shape the prompt. None leaves a setting to the provider."""

    max_tokens: int = MAX_TOKENS
    reasons: str = Reasons.BEFORE.value
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    effort: str | None = None
    repairs: int = 1  # of an answer whose form is wrong
    samples: int = 1  # answers to one question, put together
    rule: str | None = None  # how several answers become one: judges.course.Rule
    sure: float | None = None  # of a cascade: the probability from which on nobody else is asked
    estimator: str | None = None  # where a preset's numbers come from: judges.presets.Estimator

    def __post_init__(self) -> None:
        if not 16 <= self.max_tokens <= 1_000_000:
            raise BadVersion(f"max_tokens is {self.max_tokens}; it must be between 16 and 1000000")
        if self.reasons not in list(Reasons):
            raise BadVersion(f"reasons is {self.reasons!r}; it must be before, after or none")
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            raise BadVersion(f"temperature is {self.temperature:g}; it must be between 0 and 2")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise BadVersion(f"top_p is {self.top_p:g}; it must be above 0 and at most 1")
        if self.effort is not None and self.effort not in EFFORTS:
            raise BadVersion(f"effort is {self.effort!r}; it must be one of {', '.join(EFFORTS)}")
        self._check_course()

    def _check_course(self) -> None:
        if self.repairs not in (0, 1):
            raise BadVersion(f"repairs is {self.repairs}; it must be 0 or 1")
        if not 1 <= self.samples <= MOST_SAMPLES:
            raise BadVersion(f"samples is {self.samples}; it must be between 1 and {MOST_SAMPLES}")
        if self.rule is not None and self.rule not in list(Rule):
            raise BadVersion(f"rule is {self.rule!r}; it must be one of {', '.join(Rule)}")
        if self.sure is not None and not 0 < self.sure <= 1:
            raise BadVersion(f"sure is {self.sure:g}; it must be above 0 and at most 1")
        if self.estimator is not None and self.estimator not in list(Estimator):
            raise BadVersion(f"estimator is {self.estimator!r}; it must be one of {', '.join(Estimator)}")

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Parameters:
        """Read what a version keeps; a setting of a later release is an error, not silently dropped."""
        unknown = document.keys() - {known.name for known in fields(cls)}
        if unknown:
            raise BadVersion(f"unknown settings: {', '.join(sorted(unknown))}")
        return cls(**document)

    def as_json(self) -> dict[str, Any]:
        """Return the settings that are set."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def fitted(parameters: Parameters, preset: Preset, vendor: Vendor, model: str) -> Parameters:
    """Return settings as a preset takes them. Which estimator is used becomes a part of the version.

    Raises BadVersion for settings that the preset fixes, or that the model cannot serve.
    """
    if preset.parser is not Parser.OBJECT and parameters.reasons != Reasons.BEFORE:
        raise BadVersion(f"{preset.title} fixes where the reasons stand: leave the setting reasons out")
    if preset.protocol is Protocol.LISTWISE and parameters.samples > 1:
        raise BadVersion(f"{preset.title} takes one answer to each question: leave samples out and ask with repeats")
    if vendor is Vendor.OPENAI_DECISIONS:
        parameters = _deciding(parameters, preset)
    if preset.most_tokens:
        parameters = replace(parameters, max_tokens=min(parameters.max_tokens, preset.most_tokens))
    if not preset.estimators:
        if parameters.estimator:
            raise BadVersion(f"{preset.title} estimates nothing: leave the setting estimator out")
        return parameters
    return _estimating(parameters, preset, vendor, model)


def _deciding(parameters: Parameters, preset: Preset) -> Parameters:
    """Return settings as an API takes them that writes nothing: it is asked for no reasons."""
    if preset.protocol is Protocol.LISTWISE:
        raise BadVersion(f"{preset.title} has another menu for every list, which OpenAI Decisions is not asked for")
    return replace(parameters, reasons=Reasons.NONE.value) if preset.parser is Parser.OBJECT else parameters


def _estimating(parameters: Parameters, preset: Preset, vendor: Vendor, model: str) -> Parameters:
    """Decide between log-probs and samples: as wanted, else log-probs where the model gives them."""
    told = gives_logprobs(capabilities_of(vendor, model), Params(effort=parameters.effort))
    usual = Estimator.LOGPROBS if told and parameters.samples == 1 else Estimator.SAMPLES
    estimator = Estimator(parameters.estimator or (usual if usual in preset.estimators else preset.estimators[0]))
    if estimator not in preset.estimators:
        raise BadVersion(f"{preset.title} has no estimator {estimator.value!r}: it reads {preset.estimators[0].value}")
    if estimator is Estimator.SAMPLES:
        samples = parameters.samples if parameters.samples > 1 else preset.samples
        rule = parameters.rule or Rule.MEAN.value
        return replace(parameters, estimator=estimator.value, samples=samples, rule=rule)
    if not told:
        instead = "take another model" if len(preset.estimators) == 1 else "use the estimator samples"
        raise BadVersion(f"{preset.title} reads log-probs, and {model} gives none here: {instead}")
    if parameters.samples > 1:
        raise BadVersion(f"{preset.title} reads the log-probs of one answer: leave samples out")
    return replace(parameters, estimator=estimator.value)
