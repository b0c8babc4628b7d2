"""Which names of a model that answered are those of the model that was asked."""

from __future__ import annotations

import pytest

from judges.drift import Answered, Drift


def answered(asked: str, model: str) -> Drift:
    return Drift((Answered("Portia", asked, model, answers=3, verdicts=3, first=None, last=None),))


@pytest.mark.parametrize(
    ("asked", "model"),
    [
        ("gpt-6-luna", "gpt-6-luna"),
        ("gpt-6-luna", "gpt-6-luna-2026-08-01"),
        ("claude-haiku-5-5", "claude-haiku-5-5-20260901"),
        ("gpt-4", "gpt-4-0613"),
        ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
    ],
)
def test_a_dated_snapshot_is_the_model_that_was_asked(asked, model):
    assert not answered(asked, model).renamed


@pytest.mark.parametrize(
    ("asked", "model"),
    [
        ("claude-opus-5", "claude-opus-5-5"),
        ("claude-opus-5", "claude-opus-5-5-20260901"),
        ("gpt-6", "gpt-6-luna"),
        ("gpt-4o", "gpt-4o-mini"),
        ("gpt-4o", "gpt-4o-mini-2024-07-18"),
        ("gpt-4o-2024-08-06", "gpt-4o-2024-05-13"),
    ],
)
def test_a_model_whose_name_begins_alike_is_another_one(asked, model):
    assert answered(asked, model).renamed
