"""What the commands on two systems and on a judge read of a project: a table per criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.certification import question_of_battles, questions_of
from analysis.data import Battles, Coded, Mask, Ratings, take
from analysis.judge_sides import Question
from analysis.selectors import (
    RATER_KINDS,
    Raters,
    battles_of,
    criteria_of,
    levels_of,
    rater_kinds,
    ratings_of,
    refuse_unknown,
)
from domain.models import Project, Prompt
from domain.specs import Kind


def comparable_tables(
    project: Project, *, criterion: str | None = None, raters: Raters = "all"
) -> list[tuple[Battles | Ratings, str | None]]:
    """Return the battles of each choice criterion, with its label, and the ratings of all score criteria."""
    choices = sorted(set(criteria_of(project, Kind.CHOICE).values()))
    scores = set(criteria_of(project, Kind.SCORE).values())
    refuse_unknown(criterion, {*choices, *scores})
    found: list[tuple[Battles | Ratings, str | None]] = [
        (battles_of(project, criterion=label, raters=raters), label) for label in choices if criterion in (None, label)
    ]
    if scores and (criterion is None or criterion in scores):
        found.append((ratings_of(project, criterion=criterion, raters=raters), None))
    return found


def with_tags(project: Project, battles: Battles, by: str) -> Battles:
    """Return each battle once for each tag of its prompt: all tags, or (by KEY) those that read KEY:value."""
    if battles.prompt is None:
        return battles
    tags = dict(Prompt.objects.filter(project=project).values_list("external_id", "tags"))
    wanted = [_chosen(tags.get(name) or [], by) for name in battles.prompt.names]
    names = sorted({tag for found in wanted for tag in found})
    if not names:
        raise ValueError(f"no prompt of these battles has a tag{'' if by == 'tag' else f' that reads {by}:...'}")
    place = {tag: code for code, tag in enumerate(names)}
    number = np.array([len(found) for found in wanted])[battles.prompt.codes]
    rows = np.repeat(np.arange(len(battles)), number)
    codes = [place[tag] for prompt in battles.prompt.codes.tolist() for tag in wanted[prompt]]
    return replace(take(battles, rows), tag=Coded(np.array(codes, dtype=np.int64), tuple(names)))


def slices_by_tag(project: Project, tables: Sequence[Ratings], by: str) -> list[dict[str, Mask]]:
    """Return for each table which rows are on prompts with each tag: all tags, or (by KEY) those that read KEY:value.

    Raises
    ------
    ValueError
        No prompt has such a tag.
    """
    found = tag_slices(project, tables, by)
    if not any(found):
        raise ValueError(f"no prompt of these ratings has a tag{'' if by == 'tag' else f' that reads {by}:...'}")
    return found


def tag_slices(project: Project, tables: Sequence[Ratings], by: str = "tag") -> list[dict[str, Mask]]:
    """Return the same where there may be no tag. Every table has all tags, also those that none of its rows bears."""
    tags = dict(Prompt.objects.filter(project=project).values_list("external_id", "tags"))
    columns = [table.prompt for table in tables if table.prompt is not None]
    wanted = [[_chosen(tags.get(name) or [], by) for name in column.names] for column in columns]
    names = sorted({tag for found in wanted for one in found for tag in one})
    return [
        {tag: np.array([tag in one for one in found], dtype=np.bool_)[column.codes] for tag in names}
        for column, found in zip(columns, wanted, strict=True)
    ]


def _chosen(tags: list[str], by: str) -> list[str]:
    unique = dict.fromkeys(tags)
    return list(unique) if by == "tag" else [tag for tag in unique if tag.startswith(f"{by}:")]


def questions_about(project: Project, judge: str, people: Raters, *, criterion: str | None = None) -> list[Question]:
    """Return a question for each criterion, with the answers of the judge and of the people."""
    raters = [*raters_named(project, people), judge]
    choices = sorted(set(criteria_of(project, Kind.CHOICE).values()))
    scores = sorted(set(criteria_of(project, Kind.SCORE).values()))
    refuse_unknown(criterion, {*choices, *scores})
    levels = levels_of(project)
    found = []
    for label in (label for label in choices if criterion in (None, label)):
        battles = battles_of(project, criterion=label, raters=raters, details=True)
        found.append(question_of_battles(battles, label))
    for label in (label for label in scores if criterion in (None, label)):
        ratings = ratings_of(project, criterion=label, raters=raters, details=True)
        found.extend(questions_of(ratings, levels=levels))
    return found


def raters_named(project: Project, raters: Raters) -> list[str]:
    """Return the names behind a kind of raters."""
    if not isinstance(raters, str):
        return list(raters)
    kinds = rater_kinds(project)
    return [name for name, kind in kinds.items() if kind == RATER_KINDS.get(raters, raters)]
