"""Items with known answers as researchers write them, one JSON object a line: for calibration, training, attention."""

from __future__ import annotations

from typing import Any

from annotation.listings import LEAST, MOST, Listing
from annotation.models import Campaign
from annotation.quality.orders import Order, order_json
from annotation.quality.remarks import expected_remark
from annotation.services import NewItem
from domain.choices import Choice, Outcome, Value
from domain.models import Project, Response, Rubric
from domain.names import name_key
from domain.parsers import BadJSON, strict_json
from domain.remarks import text_of
from domain.rendering import rendered
from domain.services import battle_between
from domain.specs import Kind, RubricSpec

ROLES = ("calibration", "training", "attention")
LISTS = (Campaign.Task.RANKING, Campaign.Task.BEST_WORST)


class BadLine(ValueError):
    """A line that is no calibration item; the message names the line and the reason."""


def read_items(text: str, project: Project, rubric: Rubric, task: str = "") -> list[NewItem]:
    """Read items with known answers.

    About a pair: ``{"prompt": id, "system_a": name, "system_b": name, "outcome": "A|B|tie|both_bad", "why": text}``
    with "outcome" in the frame of that line. About one response: ``{"prompt": id, "system": name, "values": {criterion:
    number}}``. ``"role"`` is "calibration" where it is left out, or "training" ("why" is shown after the answer), or
    "attention". In "why" write {A} and {B} for the two: people see them as A or B in either order. Attention needs
    ``"texts"``, shown in place of the responses: ``{"a": text, "b": text}`` in the frame of the line, or ``{"response":
    text}``. They must say what to answer, so that reading is all that they ask for.

    About a list, for a ``task`` that shows one: ``{"prompt": id, "order": [name, [name, name], name], "why": text}``,
    the best first and equal ones together; or ``"systems"``, all names, with a ``"best"``, a ``"worst"`` or both. In
    "why" write {name}, which people see as the letter of that response.

    ``"remarks": {key: [...]}`` beside an outcome or values asks for reasons that must be ticked, or for places of the
    response, quoted, that a mark must touch.
    """
    spec = rubric.spec()
    read = _list if task in LISTS else _pair if spec.kind is Kind.CHOICE else _single
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
    expected = {spec.criteria[0].key: {"choice": framed.outcome.value}} | _remarks(row, spec, None)
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
    expected = values | _remarks(row, spec, response)
    return NewItem(response, role=_role(row), expected=expected, why=str(row.get("why", "")), altered=texts)


def _list(row: dict[str, Any], project: Project, spec: RubricSpec) -> NewItem:
    if _role(row) == "attention":
        raise BadLine("attention checks for lists are made on the campaign's page, out of its own items")
    by_name = {name: _response(row | {"system": name}, project, "system") for name in _names(row)}
    if not LEAST <= len({response.pk for response in by_name.values()}) == len(by_name) <= MOST:
        raise BadLine(f"a list holds {LEAST} to {MOST} different systems; this one names {', '.join(by_name)}")
    why = str(row.get("why", ""))
    for name, response in by_name.items():
        why = why.replace(f"{{{name}}}", f"{{{response.pk}}}")
    listing = Listing(next(iter(by_name.values())).prompt_id, tuple(sorted(one.pk for one in by_name.values())))
    expected = {spec.criteria[0].key: order_json(_order(row, by_name))}
    return NewItem(listing, role=_role(row), expected=expected, why=why)


def _names(row: dict[str, Any]) -> list[str]:
    """Return the systems of a list, each once; equal ones stand in a list of their own in "order"."""
    given = row.get("order", row.get("systems"))
    flat = [name for place in given for name in (place if isinstance(place, list) else [place])] if given else []
    if not isinstance(given, list) or not all(isinstance(name, str) for name in flat) or len(set(flat)) < len(flat):
        raise BadLine('"order" (or "systems") must list the names of the systems, each once')
    return flat


def _order(row: dict[str, Any], by_name: dict[str, Response]) -> Order:
    if "order" in row:
        places = [place if isinstance(place, list) else [place] for place in row["order"]]
        return Order({by_name[name].pk: at for at, names in enumerate(places, start=1) for name in names})
    ends = {name: row[name] for name in ("best", "worst") if name in row}
    if not ends or len(set(map(str, ends.values()))) < len(ends):
        raise BadLine('give "order", or "systems" with a "best", a "worst" or two different ones')
    for end, name in ends.items():
        if name not in by_name:
            raise BadLine(f"{end} {name!r} is none of {', '.join(by_name)}")
    known = {end: by_name[name].pk for end, name in ends.items()}
    return Order(best=known.get("best"), worst=known.get("worst"))


def _remarks(row: dict[str, Any], spec: RubricSpec, response: Response | None) -> dict[str, Any]:
    """Return what remarks must say, as ``Item.expected`` holds it."""
    given, known = row.get("remarks", {}), {remark.key: remark for remark in spec.remarks}
    if not isinstance(given, dict) or given.keys() - known:
        raise BadLine(f'"remarks" must be by key; the rubric has {", ".join(known) or "none"}')
    text = _as_read(response) if response and given else None
    try:
        return {f"remark:{key}": expected_remark(known[key], wanted, text) for key, wanted in given.items()}
    except ValueError as error:
        raise BadLine(str(error)) from None


def _as_read(response: Response) -> str:
    """Return a response's text as people see it, in which marks lie."""
    content = response.content or ""
    return text_of(rendered([content])[content])


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
