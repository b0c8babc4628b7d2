"""Pictures of a judge card."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from analysis.certification import certify, question_of_battles
from analysis.comparison.estimates import Sampling
from analysis.judge_card import JudgeCard
from analysis.judge_sides import Demands
from analysis.judging_plots import PICTURES, by_lead, draw
from tests.analysis.builders import coded, make_battles


@pytest.fixture(scope="module")
def card() -> JudgeCard:
    rng = np.random.default_rng(0)
    truth = rng.choice(["A", "B", "tie"], 60)
    names = ["judge", "$a$", "<b>&"]
    said = [truth, np.where(rng.random(60) < 0.7, truth, "A"), np.where(rng.random(60) < 0.7, truth, "B")]
    battles = make_battles(
        [("x", "y", str(outcome)) for outcome in np.concatenate(said)],
        prompt=coded([f"p{i}" for _ in names for i in range(60)]),
        rater=coded([name for name in names for _ in range(60)]),
        confidence=np.concatenate([rng.choice([0.3, 0.7, 0.9], 60), np.full(120, np.nan)]),
    )
    return certify([question_of_battles(battles)], "judge", Demands(sampling=Sampling(rounds=20))).cards[0]


def texts(picture: bytes) -> str:
    return " ".join("".join(ElementTree.fromstring(picture).itertext()).split())


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize(("theme", "kind", "start"), [("light", "svg", b"<?xml"), ("dark", "png", b"\x89PNG")])
def test_the_same_card_gives_the_same_bytes(card, picture, theme, kind, start):
    drawn = draw(card, picture, theme=theme, kind=kind)
    assert drawn.startswith(start)
    assert drawn == draw(card, picture, theme=theme, kind=kind)


def test_the_confusion_table_writes_its_counts_in_both_units(card):
    shown = texts(draw(card, "confusion"))
    for made in card.labels:
        if made.ties == "with":
            assert f"{made.unit}, {made.classes.confusion.table.sum()}" in shown
            assert all(str(count) in shown for count in made.classes.confusion.table.ravel())


def test_names_are_drawn_as_they_are_and_the_people_behind_last(card):
    shown = texts(draw(card, "advantage"))
    assert "$a$" in shown
    assert "<b>&" in shown
    leads = [person.advantage - person.person_advantage for person in by_lead(card.test.people)]
    assert leads == sorted(leads, reverse=True)


@pytest.mark.parametrize(
    ("picture", "without", "why"),
    [
        ("confusion", {"labels": ()}, "no equal answers to count"),
        ("calibration", {"certainty": ()}, "no probabilities to calibrate"),
    ],
)
def test_what_is_not_on_the_card_cannot_be_drawn(card, picture, without, why):
    with pytest.raises(ValueError, match=why):
        draw(replace(card, **without), picture)
