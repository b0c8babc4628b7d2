"""Making and finding judge versions. A version is its content: asking for the same content gives the same version."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from domain.models import Project, Rubric
from domain.services import freeze, judge_rater
from domain.specs import Kind
from judges import presets, prompts
from judges.answer_shape import Reasons
from judges.course import Rule
from judges.models import JudgeVersion, Member
from judges.parameters import BadVersion, Parameters, fitted
from judges.presets.base import TOTAL
from judges.providers import Vendor, decisions_api
from judges.providers.capabilities import Structured
from judges.schemas import schema_for
from judges.texts import storable

PANEL = "panel"  # in place of a provider: its members have theirs
# Only variables that are meant to hold such a key: else a judge could be told to send any secret of this machine.
KEY_NAME = re.compile(r"(?!JURYBOX_)[A-Z][A-Z0-9_]{0,91}_API_KEY")
KEY_RULE = (
    "give the NAME of a key, which must end in _API_KEY (OPENAI_API_KEY, LOCAL_API_KEY), and never the key itself: "
    "it is read from the environment, or kept under that name"
)
KEY_NAMES = {
    Vendor.ANTHROPIC: "ANTHROPIC_API_KEY",
    Vendor.OPENAI_CHAT: "OPENAI_API_KEY",
    Vendor.OPENAI_RESPONSES: "OPENAI_API_KEY",
    Vendor.OPENAI_DECISIONS: "OPENAI_API_KEY",
    Vendor.COMPATIBLE: "",
}


class NoSuchJudge(LookupError):
    """A name that no judge of the project has."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A judge version about to be made. ``key_name`` empty takes the vendor's usual variable.

    ``preset`` names a protocol of judges.presets; empty is the rubric with JSON answers.
    """

    name: str
    vendor: Vendor
    model: str
    rubric: Rubric
    base_url: str = ""
    dialect: str = ""
    key_name: str = ""
    parameters: Parameters = field(default_factory=Parameters)
    preset: str = ""

    @property
    def protocol(self) -> JudgeVersion.Protocol:
        """Return the protocol of the preset, or the one that the rubric asks for."""
        if fixed := presets.find(self.preset).protocol:
            return JudgeVersion.Protocol(fixed.value)
        pairwise = self.rubric.kind == Kind.CHOICE
        return JudgeVersion.Protocol.PAIRWISE if pairwise else JudgeVersion.Protocol.DIRECT


@dataclass(frozen=True, slots=True)
class PanelDraft:
    """A panel about to be made of judges on record."""

    name: str
    combination: str
    members: Sequence[JudgeVersion]
    parameters: Parameters = field(default_factory=Parameters)


def unsaved_version(project: Project, draft: Draft) -> JudgeVersion:
    """Return the version that a draft describes, for an estimate or a preview. Raises BadVersion."""
    _check(draft)
    preset = presets.find(draft.preset)
    parameters = fitted(draft.parameters, preset, draft.vendor, draft.model)
    schema = schema_for(preset, draft.rubric.spec(), Reasons(parameters.reasons))
    _check_rule(draft.rubric, parameters, several=parameters.samples > 1)
    if draft.vendor is Vendor.OPENAI_DECISIONS and (problem := decisions_api.problem_with(schema)):
        raise BadVersion(problem)
    version = JudgeVersion(
        project=project,
        name=draft.name.strip(),
        protocol=draft.protocol,
        preset="" if preset is presets.RUBRIC else preset.name,
        prompt_version=prompts.version_of(preset),
        provider=draft.vendor.value,
        model=draft.model.strip(),
        base_url=draft.base_url.strip().rstrip("/"),
        dialect=draft.dialect or (Structured.JSON_SCHEMA.value if draft.vendor is Vendor.COMPATIBLE else ""),
        parameters=parameters.as_json(),
        rubric=draft.rubric,
        schema_hash=_digest(schema),
        key_name=draft.key_name.strip() or KEY_NAMES[draft.vendor],
    )
    version.content_hash = content_hash(version)
    return version


def content_hash(version: JudgeVersion, members: Sequence[str] = ()) -> str:
    """Return the hash of everything that can change a verdict. Where the key comes from, and names, cannot.

    ``members`` are the hashes of a panel's judges, in order.
    """
    spec = version.rubric.spec()
    return _digest(
        {
            "protocol": version.protocol,
            "preset": version.preset,
            "combination": version.combination,
            "members": list(members),
            "prompt": version.prompt_version,
            "provider": version.provider,
            "model": version.model,
            "base_url": version.base_url,
            "dialect": version.dialect,
            "parameters": version.parameters,
            "schema": version.schema_hash,
            "rubric": {
                "name": spec.name,
                "instructions": spec.instructions,
                "criteria": [asdict(criterion) for criterion in spec.criteria],
            },
        }
    )


@transaction.atomic
def get_or_create_version(project: Project, draft: Draft, user: User | None = None) -> tuple[JudgeVersion, bool]:
    """Return the project's version of this content, and whether it is new. Its rubric is closed to edits.

    The next number of a name is taken when a name is used again with other content. Raises BadVersion.
    """
    Project.objects.select_for_update().get(pk=project.pk)  # two at once would take the same number
    version = unsaved_version(project, draft)
    known = JudgeVersion.objects.of(project).filter(content_hash=version.content_hash).first()
    if known is not None:
        _take_key_name(known, draft)
        return known, False
    return _put_on_record(version, user), True


@transaction.atomic
def get_or_create_panel(project: Project, draft: PanelDraft, user: User | None = None) -> tuple[JudgeVersion, bool]:
    """Return the project's panel of these judges in this order, and whether it is new. Raises BadVersion."""
    Project.objects.select_for_update().get(pk=project.pk)
    check_panel(project, draft)
    first = draft.members[0]
    version = JudgeVersion(
        project=project,
        name=draft.name.strip(),
        protocol=first.protocol,
        combination=draft.combination,
        prompt_version=first.prompt_version,
        provider=PANEL,
        model=", ".join(member.label for member in draft.members)[:200],
        parameters=draft.parameters.as_json(),
        rubric=first.rubric,
        schema_hash=first.schema_hash,
    )
    version.content_hash = content_hash(version, [member.content_hash for member in draft.members])
    known = JudgeVersion.objects.of(project).filter(content_hash=version.content_hash).first()
    if known is not None:
        return known, False
    _put_on_record(version, user)
    Member.objects.bulk_create(
        Member(panel=version, place=place, judge=judge) for place, judge in enumerate(draft.members)
    )
    return version, True


def _put_on_record(version: JudgeVersion, user: User | None) -> JudgeVersion:
    """Save a version under the next number of its name, with a rater of its own, and close its rubric to edits."""
    latest = JudgeVersion.objects.filter(project=version.project, name=version.name).order_by("-number").first()
    version.number = latest.number + 1 if latest else 1
    version.rater = judge_rater(version.project, version.content_hash, version.label)
    version.created_by = user
    freeze(version.rubric)
    version.save(force_insert=True)
    return version


def check_panel(project: Project, draft: PanelDraft) -> None:
    """Refuse what cannot be a panel. Raises BadVersion."""
    if not draft.name.strip():
        raise BadVersion("a panel needs a name")
    _check_text("name", draft.name)
    if draft.combination not in JudgeVersion.Combination.values:
        raise BadVersion(f"a panel is a jury or a cascade, not {draft.combination!r}")
    if len(draft.members) < 2:
        raise BadVersion("a panel has at least two judges")
    for place, member in enumerate(draft.members):
        if member in draft.members[:place]:
            raise BadVersion(f"{member.label} is on the panel twice")
        if member.project_id != project.pk:
            raise BadVersion(f"{member.label} is a judge of another project")
        if member.combination:
            raise BadVersion(f"{member.label} is a panel itself")
        if member.protocol == JudgeVersion.Protocol.LISTWISE:
            raise BadVersion(f"{member.label} ranks lists, whose rankings cannot be put together: ask it alone")
        if member.parameters.get("estimator") != draft.members[0].parameters.get("estimator"):
            raise BadVersion(f"{member.label} and {draft.members[0].label} differ in where their numbers come from")
        if (samples := member.parameters.get("samples", 1)) > 1:
            raise BadVersion(
                f"{member.label} takes {samples} samples, and on a panel each judge is asked once: take one without"
            )
        if (member.rubric_id, member.protocol) != (draft.members[0].rubric_id, draft.members[0].protocol):
            raise BadVersion(f"{member.label} does not answer the same rubric as {draft.members[0].label}")
    jury = draft.combination == JudgeVersion.Combination.JURY
    _check_rule(draft.members[0].rubric, draft.parameters, several=jury)


def _check_rule(rubric: Rubric, parameters: Parameters, *, several: bool) -> None:
    """Refuse a majority on a scale of any number: it would leave nearly every item without a verdict."""
    if not several or parameters.rule not in (None, Rule.MAJORITY):
        return
    for criterion in rubric.spec().criteria:
        if criterion.kind is Kind.SCORE and not criterion.values and criterion.key != TOTAL:
            raise BadVersion(
                f"{criterion.key} takes any number from {criterion.minimum:g} to {criterion.maximum:g}, on which a "
                "majority hardly ever agrees: say mean or median as the rule"
            )


def judges_of(version: JudgeVersion) -> list[JudgeVersion]:
    """Return who is asked: the members of a panel in their order, or the judge itself."""
    if not version.combination:
        return [version]
    members = version.members.select_related("judge__rubric", "judge__project").order_by("place")
    return [member.judge for member in members]


def find_version(project: Project, name: str) -> JudgeVersion:
    """Return the latest version of a name, or the one that ``name v2`` says. Raises NoSuchJudge."""
    versions = JudgeVersion.objects.of(project)
    found: JudgeVersion | None = versions.filter(name=name).order_by("-number").first()
    if found is None and (numbered := re.fullmatch(r"(.+) v(\d{1,9})", name)):
        found = versions.filter(name=numbered[1], number=int(numbered[2])).first()
    if found is None:
        known = ", ".join(versions.order_by("name").values_list("name", flat=True).distinct()) or "none yet"
        raise NoSuchJudge(f"project {project.slug} has no judge {name!r} (its judges: {known})")
    return found


def _take_key_name(version: JudgeVersion, draft: Draft) -> None:
    """Let a version that is asked for again read its key from another variable: that is no part of its content."""
    if draft.key_name and draft.key_name != version.key_name:
        version.key_name = draft.key_name
        version.save(update_fields=["key_name"])


def _check(draft: Draft) -> None:
    if not draft.name.strip() or not draft.model.strip():
        raise BadVersion("a judge needs a name and a model")
    for what in ("name", "model", "base_url"):
        _check_text(what, getattr(draft, what))
    if draft.key_name and not KEY_NAME.fullmatch(draft.key_name):
        raise BadVersion(KEY_RULE)
    try:
        problem = presets.find(draft.preset).problem_with(draft.rubric.spec())
    except LookupError as error:
        raise BadVersion(str(error.args[0])) from None
    if problem:
        raise BadVersion(problem)
    if draft.vendor is Vendor.COMPATIBLE and not draft.base_url:
        raise BadVersion("an OpenAI-compatible server needs its base URL, for instance http://127.0.0.1:11434/v1")
    if draft.dialect and draft.dialect not in list(Structured):
        raise BadVersion(f"the dialect {draft.dialect!r} is not one of {', '.join(Structured)}")


def _check_text(what: str, text: str) -> None:
    """Refuse what a database may not store, or would cut off."""
    longest: int = getattr(JudgeVersion._meta.get_field(what), "max_length")  # noqa: B009 - of text, not of a relation
    if len(text) > longest:
        raise BadVersion(f"the {what} of a judge has {longest} characters at most, not {len(text)}")
    if storable(text) != text or any(ord(character) < 32 for character in text):
        raise BadVersion(f"the {what} of a judge holds a control character or is no text: {text[:40]!r}")


def _digest(document: Any) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
