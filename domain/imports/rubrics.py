"""Which rubric an import's answers belong to: one that is there, or one made from what the rows ask."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from django.utils.text import slugify

from domain.choices import Answer, Choice, Outcome, Unscored, Value
from domain.formats import Problem
from domain.imports.options import BadOption, Options, Scale
from domain.imports.reading import DEFAULT_VOTE
from domain.imports.records import Rejected, VerdictRecord
from domain.models import Project, Rubric
from domain.specs import CriterionSpec, Kind, Level, RubricSpec

DEFAULT_RATINGS = "Ratings"
_MOST_CRITERIA = 100
_VALUES_SHOWN = 12


@cache
def criterion_key(name: str) -> str:
    """Return the key of a criterion; a name without Latin letters is told apart by its hash."""
    return slugify(name)[:60] or f"criterion-{sha256(name.encode()).hexdigest()[:8]}"


class RubricChoice:
    """The rubric for one kind of answer. Rows are checked one by one; ``finish`` says what is still undeclared."""

    def __init__(self, project: Project | None, kind: Kind, options: Options) -> None:
        self.kind = kind
        self.options = options
        self.name = options.rubric or (DEFAULT_VOTE if kind is Kind.CHOICE else DEFAULT_RATINGS)
        self.existing = _latest(project, self.name)
        if self.existing is not None and self.existing.kind != kind:
            raise BadOption(f"rubric {self.name!r} asks for a {self.existing.kind}, these rows hold a {kind}")
        self._specs = {} if self.existing is None else {item.key: item for item in self.existing.spec().criteria}
        self._names: dict[str, str] = {}
        self._observed: dict[str, set[float]] = {}
        self._scales: dict[str, CriterionSpec | None] = {}
        self._strengths = 1

    def answers(self, record: VerdictRecord) -> dict[str, Answer] | Unscored:
        """Return a record's answers by criterion key, or raise Rejected where the scale does not allow one."""
        for name in record.about:
            self._note(record, name)
        if isinstance(record.answers, Unscored):
            return record.answers
        keyed = {self._key(name): answer for name, answer in record.answers.items()}
        for key, answer in keyed.items():
            self._check(record, key, answer)
        return keyed

    def keys(self, record: VerdictRecord) -> list[str]:
        """Return the keys of the criteria that a record is about."""
        return [self._key(name) for name in record.about]

    def finish(self) -> list[Problem]:
        """Return a problem for each criterion whose scale nobody has declared."""
        return [self._undeclared(key, values) for key, values in self._observed.items()]

    def reusable(self) -> Rubric | None:
        """Return the rubric that is there and asks all of this; None where a new version is needed."""
        if self.existing is None:
            return None
        wanted = {key: self._new_spec(key) for key in self._names}
        if all(key in self._specs and self._same_scale(self._specs[key], wanted[key]) for key in wanted):
            return self.existing
        return None

    def new_spec(self) -> RubricSpec:
        """Return the rubric to make."""
        criteria = tuple(self._new_spec(key) for key in self._names)
        instructions = "Imported: what the raters read is not on record."
        return RubricSpec(name=self.name, instructions=instructions, criteria=criteria)

    def _key(self, name: str) -> str:
        """Return the key for a criterion; votes that name none are about the only one that a rubric has."""
        if self.kind is Kind.CHOICE and name == DEFAULT_VOTE and not self.options.criteria and len(self._specs) == 1:
            return next(iter(self._specs))
        return criterion_key(name)

    def _note(self, record: VerdictRecord, name: str) -> None:
        key = self._key(name)
        if key in self._names:
            return
        if self.options.rubric and self._specs and key not in self._specs:
            known = ", ".join(self._specs)
            raise Rejected("criterion", name, f"rubric {self.name!r} has no such criterion; it has {known}")
        if len(self._names) == _MOST_CRITERIA:
            raise Rejected("criterion", name, f"more than {_MOST_CRITERIA} criteria; is this the right column?")
        self._names[key] = name

    def _check(self, record: VerdictRecord, key: str, answer: Answer) -> None:
        if isinstance(answer, Choice) and answer.strength and answer.strength > self._strengths and not self._specs:
            self._strengths = answer.strength
            self._scales.clear()
        if key not in self._scales:
            self._scales[key] = self._spec(key)
        spec = self._scales[key]
        if spec is None:
            values = self._observed.setdefault(key, set())
            if isinstance(answer, Value) and len(values) < 1000:
                values.add(answer.number)
        elif problem := spec.problem_with(answer):
            shown = f"{answer.number:g}" if isinstance(answer, Value) else answer.outcome.value
            raise Rejected(record.column, shown, problem)

    def _spec(self, key: str) -> CriterionSpec | None:
        """Return the scale to hold an answer against; None where none is declared yet."""
        if self.kind is Kind.CHOICE:
            return self._specs.get(key) or self._new_spec(key)
        if self.options.scale is not None and not (self.options.rubric and self._specs):
            return self._new_spec(key)
        return self._specs.get(key)

    def _new_spec(self, key: str) -> CriterionSpec:
        name = self._names.get(key, key)[:120]
        if self.kind is Kind.CHOICE:
            outcomes = tuple(Outcome)
            return CriterionSpec(
                key, name, kind=Kind.CHOICE, level=Level.NOMINAL, outcomes=outcomes, strengths=self._strengths
            )
        if self.options.scale is None:
            return self._specs[key] if key in self._specs else CriterionSpec(key, name)
        return _scored(key, name, self.options.scale)

    def _same_scale(self, one: CriterionSpec, other: CriterionSpec) -> bool:
        if self.kind is Kind.CHOICE:
            return one.strengths >= other.strengths
        return (one.values, one.minimum, one.maximum) == (other.values, other.minimum, other.maximum) or bool(
            self.options.rubric
        )

    def _undeclared(self, key: str, values: set[float]) -> Problem:
        shown = sorted(values)
        listed = ", ".join(f"{value:g}" for value in shown[:_VALUES_SHOWN])
        more = " …" if len(shown) > _VALUES_SHOWN else ""
        reason = (
            f"no scale is declared: say --scale {_suggested(shown)}, or --rubric NAME for one that has this criterion"
        )
        return Problem("", 0, self._names.get(key, key), listed + more, reason)


def _latest(project: Project | None, name: str) -> Rubric | None:
    if project is None:
        return None
    return Rubric.objects.filter(project=project, name=name).order_by("-version").first()


def _scored(key: str, name: str, scale: Scale) -> CriterionSpec:
    if scale.values:
        level = Level.NOMINAL if len(scale.values) == 2 else Level.ORDINAL
        return CriterionSpec(key, name, level=level, values=scale.values)
    return CriterionSpec(key, name, level=Level.INTERVAL, minimum=scale.low, maximum=scale.high)


def _suggested(values: list[float]) -> str:
    low, high = (values[0], values[-1]) if values else (1.0, 5.0)
    if low == high:
        return "LOW..HIGH"
    if set(values) == {0.0, 1.0}:
        return "0,1"
    steps = {1.0: "", 0.5: "/0.5"}
    step = next((text for size, text in steps.items() if all(value % size == 0 for value in values)), "/any")
    return f"{low:g}..{high:g}{step}"
