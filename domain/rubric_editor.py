"""A rubric on the page on which it is written: its form, its criteria, and what is asked beside them."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.forms import formset_factory
from django.http import QueryDict

from domain.choices import Outcome
from domain.models import Project, Rubric
from domain.remark_forms import ERRORS, MAX_REMARKS, REASONS, PairRemarkRow, RemarkRow, RemarksFormSet
from domain.remark_forms import filled as filled_remark
from domain.rubric_forms import (
    MAX_CRITERIA,
    ChoiceForm,
    CriteriaFormSet,
    CriterionForm,
    RubricForm,
    ScoreForm,
    scale_text,
)
from domain.specs import CriterionSpec, Kind, Level, RubricSpec

Row = dict[str, Any]
OVERALL: Row = {  # what error spans are followed by
    "name": "Overall quality",
    "meaning": "How good is the response as a whole?",
    "level": Level.INTERVAL.value,
    "scale": "0 to 100",
    "anchors": "0 = no use at all\n100 = nothing to improve",
    "weight": 1,
    "higher_is_better": True,
}


class RubricEditor:
    """A rubric's form and its rows together: new, sent, or filled from an earlier version.

    ``add`` in the data is no answer yet: what was typed comes back with room for one more ``criterion`` or ``remark``,
    or with what a preset adds: ``reasons``, or ``errors`` with a score.
    """

    def __init__(self, kind: Kind, data: QueryDict | None = None, earlier: Rubric | None = None) -> None:
        self.kind = kind
        self.row: type[CriterionForm] = ScoreForm if kind is Kind.SCORE else ChoiceForm
        start, criteria, remarks = _beginning(earlier)
        blank = {"criterion": 0 if earlier else 1, "remark": 0}
        if data is not None and "add" in data:
            start = {**start, **data.dict()}
            criteria, remarks = _typed(data, "criterion", self.row), _typed(data, "remark", RemarkRow)
            blank = self._add(str(data["add"]), criteria, remarks)
            data = None
        self.form = RubricForm(data, initial=start)
        self.form.fields["name"].disabled = earlier is not None
        make = formset_factory(
            self.row,
            formset=CriteriaFormSet,
            extra=blank["criterion"],
            max_num=MAX_CRITERIA,
            validate_max=True,
            can_delete=True,
        )
        self.criteria = cast("CriteriaFormSet", make(data, initial=criteria, prefix="criterion"))
        make = formset_factory(
            RemarkRow if kind is Kind.SCORE else PairRemarkRow,
            formset=RemarksFormSet,
            extra=blank["remark"],
            max_num=MAX_REMARKS,
            validate_max=True,
            can_delete=True,
        )
        self.remarks = cast("RemarksFormSet", make(data, initial=remarks, prefix="remark"))

    def _add(self, what: str, criteria: list[Row], remarks: list[Row]) -> dict[str, int]:
        """Put what a preset holds into the rows; return how many blank rows each part gets."""
        if what == "reasons":
            remarks.append(REASONS)
        elif what == "errors" and self.kind is Kind.SCORE:
            remarks.append(ERRORS)
            criteria[:] = [row for row in criteria if row["name"]] + [OVERALL]
        else:
            return {"criterion": int(what != "remark"), "remark": int(what == "remark")}
        return {"criterion": int(not criteria), "remark": 0}

    def is_valid(self) -> bool:
        """Check all parts, so that every problem shows at once."""
        return all([self.form.is_valid(), self.criteria.is_valid(), self.remarks.is_valid()])

    def spec(self) -> RubricSpec:
        """Return the rubric as plain Python; only after ``is_valid``."""
        return RubricSpec(
            name=self.form.cleaned_data["name"],
            instructions=self.form.cleaned_data["instructions"],
            criteria=tuple(form.spec() for form in self.criteria.kept()),
            remarks=tuple(row.spec() for row in self.remarks.kept()),
        )


def _beginning(earlier: Rubric | None) -> tuple[Row, list[Row], list[Row]]:
    if earlier is None:
        return {}, [], []
    start = {"name": earlier.name, "instructions": earlier.instructions}
    criteria = [_filled(criterion.spec()) for criterion in earlier.criteria.all()]
    return start, criteria, [filled_remark(field.spec()) for field in earlier.remark_fields.all()]


def _typed(data: QueryDict, prefix: str, row: type[forms.Form]) -> list[Row]:
    """Return what stands in the rows, right or wrong, without those that are to go."""
    total = data.get(f"{prefix}-TOTAL_FORMS", "")
    numbers = range(min(int(total), MAX_CRITERIA) if total.isdigit() else 0)
    kept = [f"{prefix}-{number}-" for number in numbers if f"{prefix}-{number}-DELETE" not in data]
    return [{name: _value(data, start + name, field) for name, field in row.base_fields.items()} for start in kept]


def _value(data: QueryDict, key: str, field: forms.Field) -> Any:
    return key in data if isinstance(field, forms.BooleanField) else data.get(key, "")


def name_is_taken(project: Project, name: str) -> bool:
    """Say whether the project has a rubric of this name: then a change is a new version of that one."""
    return Rubric.objects.filter(project=project, name=name).exists()


def _filled(spec: CriterionSpec) -> dict[str, Any]:
    """Return the values of a criterion's form."""
    common = {"name": spec.name, "meaning": spec.meaning}
    if spec.kind is Kind.CHOICE:
        outcomes = {"tie": Outcome.TIE in spec.outcomes, "both_bad": Outcome.BOTH_BAD in spec.outcomes}
        return {**common, "strengths": spec.strengths, **outcomes}
    anchors = "\n".join(f"{point:g} = {meaning}" for point, meaning in sorted(spec.anchors.items()))
    own = {"level": spec.level.value, "weight": spec.weight, "higher_is_better": spec.higher_is_better}
    return {**common, **own, "anchors": anchors, "scale": scale_text(spec)}
