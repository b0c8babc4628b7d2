"""A campaign's policy: read in full, written in full, and refused with the name of the setting."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotation.quality.policy import Action, BadPolicy, Policy


def test_an_empty_object_is_the_default() -> None:
    policy = Policy.from_json({})
    assert policy == Policy()
    assert (policy.checks.first, policy.checks.first_answers, policy.checks.then) == (0.10, 50, 0.05)


def test_what_is_written_reads_back_the_same() -> None:
    policy = Policy.from_json({"qualification": {"items": 10}, "calibration": {"action": "pause"}})
    assert Policy.from_json(json.loads(json.dumps(policy.as_json()))) == policy
    assert policy.calibration.action == Action.PAUSE
    assert policy.calibration.good == Policy().calibration.good


def test_the_rate_of_checks_falls_after_the_first_answers() -> None:
    rates = Policy().checks
    assert [rates.at(done) for done in (0, 49, 50, 1000)] == [0.10, 0.10, 0.05, 0.05]


def test_all_families_together_raise_a_false_alarm_for_fewer_than_two_in_a_hundred() -> None:
    policy = Policy()
    sequential = sum(one.alpha for one in (policy.calibration, policy.twin, policy.repeat))
    assert sequential + policy.speed.alpha + policy.straight.alpha + policy.side.alpha <= 0.0151


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ([], "quality"),
        ({"rates": {}}, "'rates'"),
        ({"speed": {"floor": 3}}, "'floor'"),
        ({"speed": {"floor_ms": 0}}, "speed.floor_ms"),
        ({"speed": {"floor_ms": True}}, "speed.floor_ms"),
        ({"checks": {"first": 1.5}}, "checks.first"),
        ({"checks": {"first": "a"}}, "checks.first"),
        ({"training": {"items": 2, "passing": 3}}, "training.passing"),
        ({"qualification": {"threshold": -0.1}}, "qualification.threshold"),
        ({"qualification": {"below": "shout"}}, "qualification.below"),
        ({"calibration": {"good": 0.5, "bad": 0.5}}, "calibration.bad"),
        ({"calibration": {"alpha": 0}}, "calibration.alpha"),
        ({"attention": {"failures": 1}}, "attention.failures"),
        ({"repeats": {"distance": 0}}, "repeats.distance"),
        ({"tolerance": {"strength": 1}}, "tolerance.strength"),
        ({"straight": {"run": 2}}, "straight.run"),
        ({"side": {"tolerance": 0.5}}, "side.tolerance"),
        ({"side": 3}, "side"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(data: Any, name: str) -> None:
    with pytest.raises(BadPolicy, match=name):
        Policy.from_json(data)
