"""How many introductions the rules find in texts that were written for it, and how many topics they take for one."""

from __future__ import annotations

import pytest

from annotation.identity import Kind, addressed, identities
from tests.annotation.introductions import DO_NOT_TELL, TELL

ADDRESSED = {
    "You are Claude, made by Anthropic. Claude never lies.": ["Claude", "Anthropic", "Claude"],
    "You are a helpful assistant trained by OpenAI.": ["OpenAI"],
    "Your name is Ash.": ["Ash"],
    "Hi ChatGPT, write me a poem.": ["ChatGPT"],
    "Du bist Gemini, ein Assistent.": ["Gemini"],
    "Tu es Claude, un assistant.": ["Claude"],
    "Eres ChatGPT, un asistente.": ["ChatGPT"],
    "你是通义千问，一个助手。": ["通义千问"],
}
TOPICS = (
    "What is the difference between Claude and zephyr-7b?",
    "Are you ChatGPT?",
    "¿Eres ChatGPT?",
    "你是ChatGPT吗？",
    "Pretend you are ChatGPT and write a rap.",
    "I am Claude and live in Lyon. Write to Google for me.",
    "Dear Claude,\nthanks for your letter.",
    "Hi Claude Monet, how do you paint water?",
    "You are an expert on OpenAI.",
    "You are a Gemini, so what does your horoscope say?",
    "Ash is a tree.",
)


def telling(text: str) -> list[str]:
    return [one.text for one in identities(text) if one.kind is not Kind.MENTION]


def is_found(text: str) -> bool:
    """Whether every name that gives a text away is part of what is found."""
    return all(any(name in found for found in telling(text)) for name in TELL[text])


def test_the_texts_are_sixty_and_forty_and_none_is_there_twice():
    assert (len(TELL), len(set(DO_NOT_TELL))) == (60, 40)


@pytest.mark.parametrize("text", list(TELL)[::2])
def test_introductions_that_the_rules_were_written_with_are_found(text):
    assert is_found(text)


@pytest.mark.parametrize("text", DO_NOT_TELL[::2])
def test_topics_that_the_rules_were_written_with_are_left_alone(text):
    assert telling(text) == []


def test_what_is_said_of_texts_that_were_kept_back_is_what_is_found():
    assert sum(is_found(text) for text in list(TELL)[1::2]) == 28
    assert sum(bool(telling(text)) for text in DO_NOT_TELL[1::2]) == 1


@pytest.mark.parametrize("text", ADDRESSED)
def test_a_prompt_that_says_whom_it_asks_is_found(text):
    found = addressed(text, own=("Ash", "zephyr-7b"))
    assert [one.text for one in found if one.kind is Kind.ADDRESS] == ADDRESSED[text]


@pytest.mark.parametrize("text", TOPICS)
def test_a_prompt_about_a_system_asks_about_a_topic(text):
    assert all(one.kind is Kind.MENTION for one in addressed(text, own=("Ash", "zephyr-7b")))
