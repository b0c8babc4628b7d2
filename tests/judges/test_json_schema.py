"""JSON Schema as a metric: the standard's words, and a schema or a document written to do harm."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from domain.choices import Reason, Value
from judges.metrics import METRICS

METRIC = METRICS["json_schema"]
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "age": {"type": "integer", "minimum": 0}},
    "patternProperties": {"^x-": {"type": "number"}},
    "additionalProperties": False,
    "required": ["name"],
}


def score(document, schema, **params):
    text = document if isinstance(document, str) else json.dumps(document)
    result = METRIC.score(text, None, {"schema": schema, **params})
    return result.number if isinstance(result, Value) else result.reason


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"name": "Ada", "age": 36}, 1),
        ({"name": "Ada", "x-rank": 1.5}, 1),
        ({"name": "ada"}, 0),
        ({"age": 36}, 0),
        ({"name": "Ada", "age": -1}, 0),
        ({"name": "Ada", "x-rank": "high"}, 0),
        ({"name": "Ada", "other": 1}, 0),
        ([], 0),
        ("no JSON", 0),
        ('{"name": "Ada"', 0),
    ],
)
def test_what_the_schema_allows_is_valid(document, expected):
    assert score(document, PERSON) == expected


DOCUMENTS: list[object] = [
    None,
    0,
    1,
    True,
    "a",
    "aa",
    [],
    [1, 1.0],
    [1, True],
    [{}, {}],
    [[1], [1]],
    {"a": 1},
    {"b": [1, 2]},
    {"a": {"a": {}}},
]
SCHEMAS: list[dict[str, object]] = [
    {"uniqueItems": True},
    {"pattern": "^a$"},
    {"patternProperties": {"a|c": {"type": "integer"}}, "additionalProperties": {"type": "array"}},
    {"properties": {"a": {"$ref": "#"}}, "additionalProperties": False, "type": ["object", "integer"]},
    {"anyOf": [{"type": "null"}, {"minLength": 2}], "not": {"const": {"a": 1}}},
    {"$defs": {"x": {"type": "string"}}, "$ref": "#/$defs/x"},
    {"contains": {"const": 1}, "minContains": 2},
    {"prefixItems": [{"type": "integer"}], "items": False},
    {"propertyNames": {"pattern": "a"}},
    {"dependentRequired": {"a": ["b"]}},
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("document", DOCUMENTS, ids=json.dumps)
def test_it_says_what_the_package_says(schema, document):
    assert METRIC.problem_with({"schema": schema}) is None
    assert score(json.dumps(document), schema) == Draft202012Validator(schema).is_valid(document)


def test_an_older_draft_is_held_to_where_the_schema_names_it():
    draft_7 = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}
    assert score(["a", 1], draft_7) == 1
    assert score([1], draft_7) == 0


def test_a_fence_can_be_taken_off():
    assert score('```json\n{"name": "Ada"}\n```', PERSON, unwrap_fence=True) == 1


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({}, "needs the parameter schema"),
        ({"type": "text"}, "not valid"),
        ({"pattern": "("}, "not valid"),
        ({"pattern": "x" * 1001}, "longer than 1,000"),
        ({"$ref": "https://example.com/schema.json"}, "only references within it"),
        ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "only references within it"),
        ({"properties": {"a": {"$dynamicRef": "other.json#x"}}}, "only references within it"),
        ({"$schema": "https://example.com/dialect"}, "dialect that is not known"),
        ({"patternProperties": {"a": {}}, "unevaluatedProperties": False}, "unevaluatedProperties"),
        ({"description": "x" * 50_000}, "longer than 50,000"),
    ],
)
def test_a_schema_that_cannot_be_used_is_named_before_a_run(schema, words):
    assert words in (METRIC.problem_with({"schema": schema}) or "")


def test_a_schema_that_is_no_object_is_of_the_wrong_type():
    assert "wrong type" in (METRIC.problem_with({"schema": "{}"}) or "")


def test_no_reference_leaves_the_machine():
    """Even one that slipped by: a base that makes a local reference remote finds nothing, and nobody is called."""
    schema = {"$id": "http://127.0.0.1:9/x", "$defs": {}, "$ref": "#/$defs/absent"}
    assert score({}, schema) is Reason.UNREADABLE


def test_nothing_written_to_do_harm_keeps_the_metric_busy():
    branching: dict[str, object] = {f"d{i}": {"anyOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(60)}
    hostile = [
        ({"pattern": "(a+)+$"}, "a" * 5_000 + "b"),
        ({"patternProperties": {"(a|aa)+$": {}}}, {"a" * 5_000 + "b": 1}),
        ({"$defs": branching | {"d60": False}, "$ref": "#/$defs/d0"}, {}),
    ]
    for schema, document in hostile:
        assert METRIC.problem_with({"schema": schema}) is None
        assert score(json.dumps(document), schema) is Reason.UNREADABLE


def test_many_unequal_objects_are_told_apart_by_their_hashes():
    assert score([{"a": number} for number in range(20_000)], {"uniqueItems": True}) == 1


def test_endless_nesting_is_a_reason():
    assert score({}, {"$ref": "#"}) is Reason.UNREADABLE
    deep: dict[str, object] = {}
    for _ in range(5_000):
        deep = {"a": deep}
    assert "nested too deeply" in (METRIC.problem_with({"schema": deep}) or "")
