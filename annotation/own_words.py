"""Names of systems in what researchers wrote for annotators to read: they are warned of, never hidden."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from annotation.identity import addressed
from annotation.models import ROLES, Campaign, GuidelineVersion
from annotation.rubrics import spec_of
from annotation.services.finding_names import own_names
from domain.specs import RubricSpec

MOST = 50  # lines


@dataclass(frozen=True, slots=True)
class Written:
    """A name in a text of the researchers. ``is_own`` says that a system of this project is called so."""

    where: str
    text: str
    is_own: bool
    is_read: bool = True  # by who works now; earlier guidelines were


def names_written(campaign: Campaign) -> list[Written]:
    """Return the names in a campaign's name, guidelines of every version, rubric and reasons of training items."""
    return _found(campaign, _texts(campaign))[:MOST]


def names_in(campaign: Campaign, **texts: str) -> list[Written]:
    """Return the names in texts that are to be published."""
    return _found(campaign, ((where.replace("_", " "), text, True) for where, text in texts.items()))


def in_words(written: Iterable[Written]) -> str:
    """Return a warning that names what was found; empty where that is nothing."""
    names = sorted({one.text for one in written})
    if not names:
        return ""
    return f"Annotators read {', '.join(names)} in your words: name no system there, unless it is the topic."


def _found(campaign: Campaign, texts: Iterable[tuple[str, str, bool]]) -> list[Written]:
    own = own_names(campaign.project)
    known = {name.casefold() for name in own}
    found: dict[tuple[str, str], Written] = {}
    for where, text, is_read in texts:
        names = [name.text for name in addressed(text, own=own)] + [name for name in own if _has(text, name)]
        for name in names:
            key = (where, name.casefold())
            found.setdefault(key, Written(where, name, name.casefold() in known, is_read))
    return sorted(found.values(), key=lambda one: not one.is_own)


def _has(text: str, name: str) -> bool:
    """Return whether a name stands there as it is written: also a common word, for this only warns."""
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))


def _texts(campaign: Campaign) -> Iterator[tuple[str, str, bool]]:
    yield "the campaign's name", campaign.name, True
    yield "the project's name", campaign.project.name, True
    yield "the guidelines", campaign.guidelines, True
    for version in GuidelineVersion.objects.filter(campaign=campaign).order_by("-number"):
        if version.text != campaign.guidelines:
            yield f"version {version.number} of the guidelines", version.text, False
        yield f"what version {version.number} of the guidelines changed", version.note, True
    yield "the rubric", _of_rubric(spec_of(campaign)), True
    for why in campaign.items.filter(role=ROLES.TRAINING).exclude(why="").values_list("why", flat=True):
        yield "what training says after an answer", why, True


def _of_rubric(spec: RubricSpec) -> str:
    said = [spec.instructions]
    for criterion in spec.criteria:
        said += [criterion.name, criterion.meaning, *criterion.anchors.values()]
    for remark in spec.remarks:
        said += [remark.name, remark.meaning, *remark.options]
    return "\n".join(said)
