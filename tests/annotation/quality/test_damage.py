"""Damaged responses: always worse than what they came from, and the same for the same seed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.quality.damage import (
    Damage,
    Undamageable,
    damage,
    phrase_length,
    replace_phrases,
    swap_facts,
    truncate,
)

DONORS = ["Quartz ledger omega violet tundra.", "Basalt kettle sigma amber lagoon willow ember."]
WORDS = st.lists(st.text("abcdefghij", min_size=1, max_size=6), min_size=1, max_size=40).map(" ".join)


def test_the_length_of_a_phrase_follows_the_rule_of_wmt() -> None:
    lengths = {1: 1, 2: 2, 5: 2, 6: 3, 8: 3, 9: 4, 15: 4, 16: 5, 20: 5, 21: 6, 400: 6}
    assert {tokens: phrase_length(tokens) for tokens in lengths} == lengths


def test_one_phrase_of_a_sentence_is_replaced_and_the_rest_stays() -> None:
    text = "one two three four five six seven"
    changed = replace_phrases(text, DONORS, random.Random(1)).split()
    assert len(changed) == 7
    assert sum(new != old for new, old in zip(changed, text.split(), strict=True)) == 3


def test_every_third_sentence_of_a_long_response_is_damaged() -> None:
    text = "Alpha beta gamma. " * 9
    changed = replace_phrases(text, DONORS, random.Random(4))
    assert changed.count("Alpha beta gamma. ") == 6


def test_numbers_change_and_keep_their_size() -> None:
    changed = swap_facts("It took 48 days and 1,250 people (v2).", random.Random(2))
    assert changed != "It took 48 days and 1,250 people (v2)."
    assert changed.endswith("people (v2).")  # a name with a digit in it is no number
    days, people = changed.split()[2], changed.split()[5]
    assert (days[1:], people[1:]) == ("8", ",250")
    assert days[0] not in "04"


def test_without_a_number_a_unit_or_a_direction_is_swapped() -> None:
    assert swap_facts("Drink it before sleep.", random.Random(1)) == "Drink it after sleep."
    assert swap_facts("Nothing here.", random.Random(1)) == "Nothing here."


def test_a_truncated_response_is_a_beginning() -> None:
    text = " ".join(f"w{n}" for n in range(50)) + "."
    changed = truncate(text, random.Random(3))
    assert text.startswith(changed)
    assert 15 <= len(changed.split()) <= 30
    assert truncate("too short", random.Random(1)) == "too short"


@settings(max_examples=80)
@given(WORDS, st.integers(0, 10_000), st.sampled_from([tuple(Damage), (Damage.PHRASES,), (Damage.TRUNCATED,)]))
def test_damage_always_changes_the_text_and_replays(text: str, seed: int, kinds: tuple[Damage, ...]) -> None:
    try:
        first = damage(text, DONORS, random.Random(seed), kinds)
    except Undamageable:
        assert len(text.split()) < 4
        return
    assert first.text.split() != text.split()
    assert damage(text, DONORS, random.Random(seed), kinds) == first


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_nothing_cannot_be_damaged(text: str) -> None:
    with pytest.raises(Undamageable):
        damage(text, DONORS, random.Random(1))


def test_a_text_that_only_knows_itself_keeps_its_phrases() -> None:
    with pytest.raises(Undamageable):
        damage("alpha beta", ["alpha beta"], random.Random(1), (Damage.PHRASES,))
