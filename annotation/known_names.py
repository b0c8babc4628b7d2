"""Names of systems and of who makes them: data for ``identity``.

A *plain* name means nothing else and is noted wherever it stands. A *shared* one is also a person, an animal, a star
or a company known for other things (Claude, llama, Gemini, Google): alone it says nothing, so it counts only where a
text says it of itself. Shared names are written with a capital.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Names that tell each other: who says they were made by the one has said that they are the other."""

    plain: tuple[str, ...]
    shared: tuple[str, ...] = ()


FAMILIES = (
    Family(("OpenAI", "Open AI", "ChatGPT", "Chat GPT", "InstructGPT", "text-davinci", "GPT-4o", "GPT"), ("Codex",)),
    Family(("Anthropic",), ("Claude",)),
    Family(("Google DeepMind", "DeepMind", "Google AI", "LaMDA", "PaLM 2"), ("Google", "Gemini", "Gemma", "Bard")),
    Family(("Meta AI",), ("Meta", "Llama", "LLaMA", "Facebook")),
    Family(("Mistral AI", "MistralAI", "Mixtral"), ("Mistral", "Le Chat")),
    Family(("Qwen", "Tongyi Qianwen", "Alibaba Cloud", "通义千问", "阿里云"), ("Alibaba",)),
    Family(("DeepSeek", "深度求索"), ("High-Flyer",)),
    Family(("xAI",), ("Grok",)),
    Family(("Bing Chat", "Microsoft Copilot"), ("Microsoft", "Copilot", "Bing", "Phi", "Sydney", "Cortana")),
    Family(("LMSYS", "Large Model Systems Organization", "LMSys"), ("Vicuna", "FastChat")),
    Family(("Cohere For AI", "Command R+", "Command R"), ("Cohere", "Aya")),
    Family(("01.AI", "零一万物"), ("Yi",)),
    Family(("Baidu", "ERNIE Bot", "文心一言", "百度"), ("Ernie",)),
    Family(("Moonshot AI", "月之暗面"), ("Kimi",)),
    Family(("Zhipu AI", "ChatGLM", "智谱"), ("Zhipu", "GLM")),
    Family(("Inflection AI",), ("Inflection", "Pi")),
    Family(("AI21 Labs", "AI21"), ("Jurassic", "Jamba")),
    Family(("Nemotron",), ("NVIDIA",)),
    Family(("LAION", "OpenAssistant", "Open Assistant"), ()),
    Family(("Hugging Face", "HuggingFace", "HuggingChat", "StarCoder"), ("Zephyr",)),
    Family(("Technology Innovation Institute",), ("Falcon",)),
    Family(("Aleph Alpha",), ("Luminous",)),
    Family(("Perplexity AI",), ("Perplexity", "Sonar")),
    Family(("Amazon Nova",), ("Amazon", "Alexa")),
    Family(("watsonx",), ("IBM", "Watson", "Granite")),
    Family(("MosaicML", "Databricks", "DBRX"), ("Dolly", "MPT")),
    Family(("Stability AI", "StableLM", "Stable Vicuna"), ("Stability",)),
    Family(("WizardLM",), ()),
    Family(("EleutherAI", "GPT-NeoX", "GPT-J"), ("Pythia",)),
    Family(("BigScience", "BLOOMZ"), ("Bloom",)),
    Family(("MiniMax", "Hailuo"), ()),
    Family(("ByteDance", "Doubao", "字节跳动", "豆包"), ()),
    Family(("Hunyuan", "Tencent", "混元", "腾讯"), ()),
    Family((), ("Stanford", "Alpaca")),
    Family((), ("Berkeley", "UC Berkeley", "Koala")),
    Family((), ("Guanaco",)),
    Family(("RWKV",), ("Raven",)),
    Family((), ("Apple", "Siri")),
    Family(("Reka AI",), ("Reka",)),
    Family((), ("Samsung", "Bixby")),
    Family((), ("Replika",)),
    Family((), ("Tulu", "OLMo", "Ai2", "Allen Institute")),
    Family((), ("Salesforce",)),
)

# What may follow a name and belongs to it: "3.5 Sonnet", "-4o-mini", " 2 70B Chat", "-13b-v1.5".
VERSION = (
    r"(?:[ -]?[A-Za-z]?\d+(?:\.\d+|x\d+)*[a-zB]?\b(?:[- ](?:v?\d+(?:\.\d+)*[a-zA-Z]?\b|Turbo|Opus|Sonnet|Haiku|Pro|"
    r"Ultra|Flash|Nano|Instruct|Chat|mini|turbo|preview|instruct|chat|Large|Medium|Small)\b)*"
    r"|[ -](?:Instant|Opus|Sonnet|Haiku|Pro|Ultra|Turbo|Large|Medium|Small|mini)\b)?"
)
