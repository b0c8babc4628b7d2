"""The offer of ``jurybox demo`` to run a real judge, where there is one to ask: what it would cost comes first."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
from django.conf import settings
from django.core.management import CommandError, call_command

from judges.models import JudgeVersion
from jurybox.demo import PAIRWISE, SLUG

NAME = "demo judge"
BATTLES = 24  # both orders of each are asked
BUDGET_USD = "1"
SMALL_MODELS = {"anthropic": ("ANTHROPIC_API_KEY", "claude-haiku-5-5"), "openai": ("OPENAI_API_KEY", "gpt-6-luna")}

Say = Callable[[str], None]
Ask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A judge that could be asked right now. A local one has no price, so no budget can hold it."""

    provider: str
    model: str
    base_url: str = ""

    def arguments(self) -> list[str]:
        """Return the words of ``jurybox judge`` that ask it."""
        words = [SLUG, "--judge", NAME, "--provider", self.provider, "--model", self.model]
        words += ["--base-url", self.base_url] if self.base_url else ["--budget", BUDGET_USD]
        return [*words, "--rubric", PAIRWISE, "--limit", str(BATTLES)]


def offer(say: Say, ask: Ask | None) -> None:
    """Say what a judge would take and, where somebody is there to ask, run it on a yes."""
    if JudgeVersion.objects.filter(project__slug=SLUG, name=NAME).exists():
        return
    found = next(candidates(), None)
    if found is None:
        say("To add an LLM judge: set ANTHROPIC_API_KEY, OPENAI_API_KEY or JURYBOX_OPENAI_BASE_URL and start again.")
        return
    say(f"\n{found.model} can be asked to judge {BATTLES} battles of the sample in both orders:")
    try:
        call_command("judge", *found.arguments(), "--dry-run")
        if ask is None:
            say(f"Run it with: jurybox judge {shlex.join(found.arguments())}")
        elif ask("Run it now? [y/N] ").strip().lower() in ("y", "yes"):
            call_command("judge", *found.arguments())
    except CommandError as error:
        say(f"The judge was not run: {error}")


def candidates() -> Iterator[Candidate]:
    """Yield the judges that a local server or keys make possible."""
    if settings.JUDGE_BASE_URL and (model := _first_model(settings.JUDGE_BASE_URL)):
        yield Candidate("compatible", model, settings.JUDGE_BASE_URL)
    for provider, (variable, model) in SMALL_MODELS.items():
        if os.environ.get(variable):
            yield Candidate(provider, model)


def _first_model(base_url: str) -> str:
    """Return the first model that a local server lists, or nothing when it does not answer."""
    key = os.environ.get("OPENAI_API_KEY", "")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.get(f"{base_url.rstrip('/')}/models", headers=headers, timeout=5, trust_env=False)
        return str(answer.raise_for_status().json()["data"][0]["id"])
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        return ""
