"""Which names in a text tell who wrote it. Every sentence here was written for this test."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.identity import MASK, MOST, Kind, identities, masked

OWN = ("vicuna-13b-v1.5", "Zephyrion One", "Ash", "gpt-4-0613")
TELLS = {  # text: the names that give it away
    "As an AI developed by OpenAI, I cannot do that.": ["OpenAI"],
    "I'm ChatGPT, a large language model trained by OpenAI.": ["ChatGPT", "OpenAI"],
    "I’m Claude, made by Anthropic.": ["Claude", "Anthropic"],
    "Claude here! Let us begin.": ["Claude"],
    "Hello there! Gemini here, ready to help.": ["Gemini"],
    "My name is Vicuna, and I was built by researchers at LMSYS.": ["Vicuna", "LMSYS"],
    "You are chatting with Llama 2 70B Chat.": ["Llama 2 70B Chat"],
    "As Grok, I see it another way.": ["Grok"],
    "I was trained by a team of engineers at Mistral AI in Paris.": ["Mistral AI"],
    "My creators at Anthropic wanted me to be careful.": ["Anthropic"],
    "That would go against OpenAI's usage policies.": ["OpenAI"],
    "I am an AI assistant named Aria, developed by Opera Software.": ["Aria", "Opera Software"],
    "As a language model created by Northwind Labs, I have no feelings.": ["Northwind Labs"],
    "I am GPT-4o mini.": ["GPT-4o mini"],
    "I'm a member of the Qwen family.": ["Qwen"],
    "OpenAI created me to help people.": ["OpenAI"],
    "I'm not ChatGPT, I'm Vicuna.": ["Vicuna"],
    "I am Claude. Ask away.\n\n— Claude": ["Claude", "Claude"],
    "I'm Bard. See https://gemini.google.com or write to help@deepmind.com.": ["Bard", "gemini", "google", "deepmind"],
    "Ich bin Vicuna, ein Sprachmodell.": ["Vicuna"],
    "Ich heiße Claude.": ["Claude"],
    "Als KI-Modell, das von OpenAI entwickelt wurde, weiß ich das nicht.": ["OpenAI"],
    "Ich bin ein von Aleph Alpha entwickeltes Sprachmodell.": ["Aleph Alpha"],
    "Ich bin ein Sprachmodell von Google.": ["Google"],
    "Als von Anthropic trainierter Assistent rate ich davon ab.": ["Anthropic"],
    "Ich wurde von Meta AI trainiert.": ["Meta AI"],
    "Meine Entwickler bei DeepSeek haben das so gewollt.": ["DeepSeek"],
    "Ich bin ein KI-Assistent, der von Nordlicht Labor entwickelt wurde.": ["Nordlicht Labor"],
    "Als ChatGPT kann ich keine Dateien öffnen.": ["ChatGPT"],
    "Je suis Claude, un assistant créé par Anthropic.": ["Claude", "Anthropic"],
    "En tant que modèle développé par Mistral AI, je ne sais pas.": ["Mistral AI"],
    "Soy un modelo de lenguaje entrenado por Google.": ["Google"],
    "Me llamo Gemini.": ["Gemini"],
    "Sono un modello sviluppato da OpenAI.": ["OpenAI"],
    "Eu sou o ChatGPT, um modelo treinado pela OpenAI.": ["ChatGPT", "OpenAI"],
    "我是通义千问，由阿里云开发。": ["通义千问", "阿里云"],
    "Answered by vicuna-13b-v1.5 in two steps.": ["vicuna-13b-v1.5"],
    "zephyrion one says yes.": ["zephyrion one"],
    "I'm Ash, your assistant. Ash helps.": ["Ash", "Ash"],
}
TELLS_NOTHING = (
    "Claude Monet painted his garden, and Claude Debussy wrote about the sea.",
    "I am Claude Monet, and this is my garden.",
    "I'm a Gemini, born in June. Gemini and Libra get along.",
    "The llama lives in Peru; the falcon and the koala do not.",
    "As an AI language model, I cannot have opinions.",
    "I'm an assistant and I will do my best.",
    "GPT stands for generative pre-trained transformer.",
    "ChatGPT was released by OpenAI in 2022, Claude by Anthropic in 2023.",
    "I'm sure that ChatGPT, a model developed by OpenAI, could do it.",
    "I think models trained by Google are large.",
    "You can ask me about LLaMA, Mistral or Qwen.",
    'She said: "I am Claude, your guide through the city."',
    "I was created by Mary Shelley in her novel.",
    "As a teacher trained by nuns, I value order.",
    "I was made by a potter in Delft.",
    "I am not ChatGPT.",
    "Apple and Amazon sell phones. Google Maps shows where.",
    "Meta analyses were run by Cohere and Stability was the topic.",
    "Ash is a tree. Ash answers.",
    "Als Lehrer von Claude habe ich viel gesehen.",
    "Ich bin sicher, dass ein von OpenAI entwickeltes Modell das kann.",
    "Ich bin Bäcker, und das Modell wurde von Siemens entwickelt.",
    "Je suis convaincu que Claude viendra.",
    "Soy un profesor formado por jesuitas.",
    "The name of the file is bard.txt; I called Watson yesterday.",
    "A new chatbot was developed by Northwind Labs.",
    "Here is how I would explain transformers to a child.",
    "Ask my developer, John, about the invoice.",
    "I am based on your question: the answer is 42.",
)


def telling(text: str, **kwargs: str) -> list[str]:
    return [one.text for one in identities(text, own=OWN, **kwargs) if one.kind is not Kind.MENTION]


@pytest.mark.parametrize("text", TELLS)
def test_a_text_that_says_who_wrote_it_is_found(text):
    assert telling(text) == TELLS[text]


@pytest.mark.parametrize("text", TELLS_NOTHING)
def test_ordinary_mentions_do_not_give_a_text_away(text):
    assert telling(text) == []


def test_a_third_system_is_noted_as_a_mention():
    found = identities("ChatGPT was released by OpenAI in 2022, Claude by Anthropic.")
    assert [(one.kind, one.text) for one in found] == [
        (Kind.MENTION, "ChatGPT"),
        (Kind.MENTION, "OpenAI"),
        (Kind.MENTION, "Anthropic"),
    ]


def test_a_name_that_the_prompt_brought_up_is_a_topic():
    text = "gpt-4-0613 is a model of June 2023."
    assert telling(text) == ["gpt-4-0613"]
    assert telling(text, prompt="What is GPT-4-0613?") == []
    assert telling("I'm ChatGPT.", prompt="Are you ChatGPT?") == ["ChatGPT"]


def test_an_own_name_is_found_however_its_words_are_joined():
    assert telling("Zephyrion_One and zephyrion-one") == ["Zephyrion_One", "zephyrion-one"]
    assert telling("xvicuna-13b-v1.5x") == []


@pytest.mark.parametrize("text", TELLS)
def test_a_masked_text_tells_nothing_any_more(text):
    spans = [(one.start, one.end) for one in identities(text, own=OWN) if one.kind is not Kind.MENTION]
    shown = masked(text, spans)
    assert shown.count(MASK) == len(spans)
    assert telling(shown) == []


@given(st.text(alphabet=st.sampled_from("IiamClude’' OpenAI.,\n by\u202eé😀GPT-4"), max_size=80))
def test_spans_lie_in_the_text_in_order_and_apart(text):
    found = identities(text, own=OWN)
    assert all(text[one.start : one.end] == one.text for one in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


def test_a_text_made_to_keep_the_patterns_busy_is_read_to_a_bound():
    assert identities("x " * MOST + "I am ChatGPT.") == []
    assert len(identities("GPT " * (MOST // 4))) == MOST // 4
    assert telling("I am " * 2000 + "ChatGPT.") == ["ChatGPT"]


# Written after the first rules; these found 15 and had the same false alarm. See also test_introductions.
AFTERWARDS_TELL = (
    "Sure! I'm Gemini, Google's AI.",
    "I was developed by Anthropic to be helpful.",
    "As a language model trained by OpenAI, my knowledge ends in 2021.",
    "This is ChatGPT speaking.",
    "I am Llama, an assistant from Meta.",
    "Hi, Copilot here. What can I do?",
    "My makers, OpenAI, decided that.",
    "I'm based on the GPT-4 architecture.",
    "I'm powered by Claude 3.5 Sonnet.",
    "Ich bin ChatGPT und helfe gern.",
    "Ich bin ein großes Sprachmodell, trainiert von Google.",
    "Mein Name ist Bard.",
    "Entwickelt wurde ich von OpenAI.",
    "Je suis un modèle de langage entraîné par OpenAI.",
    "Soy ChatGPT.",
    "我是由OpenAI训练的语言模型。",
    "I am Qwen, created by Alibaba Cloud.",
    "I'm DeepSeek-V3, an AI assistant.",
    "Unlike other models, I, Claude, try to be careful.",
    "I'm an AI made by Inflection AI, called Pi.",
)
AFTERWARDS_DO_NOT = (
    "I am reading a paper by DeepMind.",
    "We compared GPT-4 and Claude.",
    "My name is Claude Dupont and I live in Lyon.",
    "As an engineer at Google, I would say yes.",
    "I was trained by Apple to repair phones.",
    "Use the OpenAI API: client = OpenAI()",
    "Meta has many users. I am one of them.",
    "Ich arbeite bei Microsoft.",
    "Ich bin Claude Schmidt.",
    "I'm a fan of Falcon jets.",
    "The bot was created by Zhang Labs.",
    "Call me when Bing loads.",
)


def test_what_the_first_rules_missed_is_mostly_found_now():
    assert sum(bool(telling(text)) for text in AFTERWARDS_TELL) == 19
    assert [text for text in AFTERWARDS_DO_NOT if telling(text)] == ["I was trained by Apple to repair phones."]
