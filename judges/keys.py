"""From a judge version to the settings of its provider; the only place where a key is looked up."""

from __future__ import annotations

import os
from dataclasses import replace
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models.functions import Now

from domain.access import may
from judges import vault
from judges.model_facts import ask_again, told_about
from judges.models import JudgeVersion, StoredKey
from judges.providers import ProviderSettings, Vendor, build, build_batches
from judges.providers.base import Provider, Secret, Terminal, Trouble
from judges.providers.batching import MOST_RESULTS, BatchApi
from judges.providers.capabilities import Structured
from judges.providers.guard import Guard
from judges.versions import KEY_NAMES, judges_of

HOMES = {"ANTHROPIC_API_KEY": "api.anthropic.com", "OPENAI_API_KEY": "api.openai.com"}


def problem_with(version: JudgeVersion) -> str:
    """Say why a judge cannot be asked from this process, or "" when nothing speaks against it."""
    if version.combination:
        problems = {
            member.judge.label: problem_with(member.judge) for member in version.members.select_related("judge")
        }
        return next((f"{label}: {problem}" for label, problem in problems.items() if problem), "")
    if not version.key_name and version.provider != Vendor.COMPATIBLE:
        return f"There is no key: say which environment variable holds it, such as {_usual(version)}."
    try:
        key = secret_of(version)
    except vault.Unreadable as problem:
        return f"The key cannot be read: {problem}."
    if version.key_name and not key:
        return f"There is no key: set the environment variable {version.key_name}, or store a key of this name."
    if not vault.is_key(key.reveal()) and key:
        return f"What {version.key_name} holds is no key: it has spaces, line breaks or letters that no key has."
    return address_problem(version) or _leaves_home(version) or _leaves_its_owner(version)


def secret_of(version: JudgeVersion) -> Secret:
    """Return the key of a judge: the one its project keeps under that name, else the environment's. Maybe empty."""
    if not version.key_name:
        return Secret("")
    kept = vault.find(version.project_id, version.key_name)
    return kept or Secret(os.environ.get(version.key_name, "").strip())


def make_provider(version: JudgeVersion, *, deadline_s: float) -> Provider:
    """Return the provider of a judge version. Raises Terminal when its key or its address will not do."""
    return build(replace(_informed(version), deadline_s=deadline_s))


def make_batch_api(version: JudgeVersion) -> BatchApi:
    """Return the batch API of a judge version. Raises Terminal like make_provider(), and where there is none."""
    return build_batches(replace(_informed(version), max_body=MOST_RESULTS))


def batch_problem(version: JudgeVersion) -> str:
    """Say why a judge cannot be asked in batches, or ""."""
    for judge in judges_of(version):
        if not Vendor(judge.provider).has_batches:
            return f"{judge.label} is asked through {judge.provider}, which has no batch API: ask it without batches."
        told = told_about(judge)
        if told is not None and told.batch is False:
            return f"{judge.model} takes no batches, its provider says: ask it without."
    return ""


def _informed(version: JudgeVersion) -> ProviderSettings:
    """Return the settings of a judge's provider with what its vendor says about the model, asked anew if it is old."""
    found = _settings(version)
    ask_again(version, found)
    return replace(found, told=told_about(version))


def _settings(version: JudgeVersion) -> ProviderSettings:
    if problem := problem_with(version):
        raise Terminal(Trouble.KEY, problem)
    StoredKey.objects.filter(project_id=version.project_id, name=version.key_name).update(used_at=Now())
    return ProviderSettings(
        vendor=Vendor(version.provider),
        model=version.model,
        api_key=secret_of(version),
        base_url=version.base_url or None,
        structured=Structured(version.dialect or Structured.JSON_SCHEMA),
        allowed_hosts=_opened(),
    )


def _usual(version: JudgeVersion) -> str:
    return KEY_NAMES[Vendor(version.provider)]


def _opened() -> frozenset[str]:
    return frozenset(settings.JUDGE_PRIVATE_HOSTS)


def address_problem(version: JudgeVersion) -> str:
    """Refuse an address that may not be called; what its name resolves to is checked at every call."""
    if not version.base_url:
        return ""
    try:
        Guard(_opened()).check_url(version.base_url)
    except Terminal as refusal:
        return refusal.message
    return ""


def _leaves_home(version: JudgeVersion) -> str:
    """Refuse to send a vendor's key to somebody else: whoever may set a base URL must not be able to collect it."""
    home, host = HOMES.get(version.key_name), _host_of(version)
    if home is None or not host or host == home or _is_opened(version):
        return ""
    return (
        f"{version.key_name} is sent to {home} only, not to {host}: give that server's key a variable of its own, "
        "or have an administrator allow the host."
    )


def _leaves_its_owner(version: JudgeVersion) -> str:
    """Refuse to send a key where only people without a right to it have pointed a judge: they would learn it.

    Keys that are kept belong to the owners of their project, those of the environment to who runs this installation.
    """
    host = _host_of(version)
    if not version.key_name or version.key_name in HOMES or not host or _is_opened(version):
        return ""
    is_kept = StoredKey.objects.filter(project=version.project_id, name=version.key_name).exists()
    same = JudgeVersion.objects.filter(
        project=version.project_id, key_name=version.key_name, base_url=version.base_url
    ).select_related("created_by", "project")
    if any(_owns_key(judge, is_kept=is_kept) for judge in (version, *same)):
        return ""
    who = "an owner of the project" if is_kept else "an administrator"
    return (
        f"{version.key_name} is not sent to {host} for a judge that only others have made: have {who} make a judge "
        "that uses it there, or an administrator allow the host."
    )


def _owns_key(judge: JudgeVersion, *, is_kept: bool) -> bool:
    """Say whether a judge was made on the command line, or by somebody who may decide where its key goes."""
    user = judge.created_by
    if user is None:
        return True
    return user.is_superuser or (is_kept and may(user, "manage", judge.project))


def _host_of(version: JudgeVersion) -> str:
    return (urlsplit(version.base_url).hostname or "").lower() if version.base_url else ""


def _is_opened(version: JudgeVersion) -> bool:
    parts = urlsplit(version.base_url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return Guard(_opened()).allows(parts.hostname or "", port)
