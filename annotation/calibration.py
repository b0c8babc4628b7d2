"""Items with known answers as researchers write them, one JSON object a line: for calibration, training, attention."""

from __future__ import annotations

from typing import Any

from annotation.services import NewItem
from domain.choices import Choice, Outcome, Value
from domain.models import Project, Response, Rubric
from domain.names import name_key
from domain.parsers import BadJSON, strict_json
from domain.services import battle_between
from domain.specs import Kind, RubricSpec

ROLES = ("calibration", "training", "attention")


class BadLine(ValueError):
    """A line that is no calibration item; the message names the line and the reason."""


def read_items(text: str, project: Project, rubric: Rubric) -> list[NewItem]:
    """Read items with known answers.

    About a pair: ``{"prompt": id, "system_a": name, "system_b": name, "outcome": "A|B|tie|both_bad", "why": text}``
    with "outcome" in the frame of that line. About one response: ``{"prompt": id, "system": name, "values": {criterion:
    number}}``. ``"role"`` is "calibration" where it is left out, or "training" ("why" is shown after the answer), or
    "attention". In "why" write {A} and {B} for the two: people see them as A or B in either order. Attention needs
    ``"texts"``, shown in place of the responses: ``{"a": text, "b": text}`` in the frame of the line, or ``{"response":
    text}``. They must say what to answer, so that reading is all that they ask for.
    """
    spec = rubric.spec()
    read = _pair if spec.kind is Kind.CHOICE else _single
    items = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            items.append(_read_line(number, line, read, project, spec))
    return items


def _read_line(number: int, line: str, read: Any, project: Project, spec: RubricSpec) -> NewItem:
    try:
        row = strict_json(line)
        if not isinstance(row, dict):
            raise BadLine("write one JSON object a line")
        item: NewItem = read(row, project, spec)
    except (BadJSON, BadLine) as error:
        raise BadLine(f"line {number}: {error}") from None
    return item


def _pair(row: dict[str, Any], project: Project, spec: RubricSpec) -> NewItem:
    first, second = (_response(row, project, name) for name in ("system_a", "system_b"))
    if first.pk == second.pk:
        raise BadLine("system_a and system_b are the same")
    outcome = row.get("outcome")
    if outcome not in [one.value for one in spec.criteria[0].outcomes]:
        raise BadLine(f"outcome {outcome!r} is none of {', '.join(spec.criteria[0].outcomes)}")
    battle = battle_between(first, second)
    choice = Choice(Outcome(outcome))
    framed = choice if battle.response_a_id == first.pk else choice.turned()
    expected = {spec.criteria[0].key: {"choice": framed.outcome.value}}
    texts, why = _texts(row, ("a", "b")), str(row.get("why", ""))
    if battle.response_a_id != first.pk:
        texts = {"a": texts["b"], "b": texts["a"]} if texts else None
        why = why.replace("{A}", "{}").replace("{B}", "{A}").replace("{}", "{B}")
    return NewItem(battle, role=_role(row), expected=expected, why=why, altered=texts)


def _single(row: dict[str, Any], project: Project, spec: RubricSpec) -> NewItem:
    values = row.get("values")
    if not isinstance(values, dict) or not values:
        raise BadLine('"values" must give at least one criterion its number')
    criteria = {criterion.key: criterion for criterion in spec.criteria}
    for key, value in values.items():
        if key not in criteria:
            raise BadLine(f"there is no criterion {key!r}; the rubric has {', '.join(criteria)}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadLine(f"{key}: {value!r} is not a number")
        if problem := criteria[key].problem_with(Value(float(value))):
            raise BadLine(problem)
    response = _response(row, project, "system")
    texts = _texts(row, ("response",))
    return NewItem(response, role=_role(row), expected=values, why=str(row.get("why", "")), altered=texts)


def _role(row: dict[str, Any]) -> str:
    role = row.get("role", ROLES[0])
    if role not in ROLES:
        raise BadLine(f"role {role!r} is none of {', '.join(ROLES)}")
    return str(role)


def _texts(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, str] | None:
    """Return the texts of an attention check, which must have them; nothing else may."""
    texts = row.get("texts")
    if texts is None and _role(row) != "attention":
        return None
    wanted = ", ".join(f'"{name}": text' for name in names)
    if _role(row) != "attention":
        raise BadLine('"texts" are for attention checks; the other items show what is on record')
    if not isinstance(texts, dict) or set(texts) != set(names) or not all(isinstance(t, str) for t in texts.values()):
        raise BadLine(f'an attention check says what to answer: "texts": {{{wanted}}}')
    return dict(texts)


def _response(row: dict[str, Any], project: Project, field: str) -> Response:
    prompt, system = row.get("prompt", row.get("prompt_id")), row.get(field)
    if not isinstance(prompt, str) or not isinstance(system, str):
        raise BadLine(f'"prompt" and "{field}" must be given as text')
    found = Response.objects.of(project).with_text()
    response: Response | None = found.filter(
        prompt__external_id=prompt, system__name_key=name_key(system), sample=0
    ).first()
    if response is None:
        raise BadLine(f"{system!r} has no response to prompt {prompt!r} in this project")
    return response
