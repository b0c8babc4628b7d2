"""What a reviewer's pages show: an allow-list, without systems, and without names until these are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.utils.crypto import salted_hmac

from annotation.comments import Thread, reviewers_thread, reviewers_threads
from annotation.material import LABELS, permuted
from annotation.mine import Said, excerpt_of, said_of
from annotation.models import Assignment, Campaign, Item, Review
from annotation.quality.reading import ANSWERED
from annotation.raw_answers import pseudonyms
from annotation.review.figures import Figures, OfPerson
from annotation.review.queue import Line, Queue
from annotation.review.reading import agrees, answers_by_item, sames_of, settled_by_item
from annotation.rubrics import spec_of
from domain.specs import RemarkForm

PAGE = 50
_SIDES = {"left": "right", "right": "left"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the queue with the words of its prompt and of its adjudication."""

    line: Line
    about: str
    said: tuple[Said, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Voice:
    """What one annotator said about an item, with the sides as the reviewer sees them."""

    assignment: int
    label: str
    said: tuple[Said, ...]
    marks: tuple[str, ...]
    confidence: int | None
    rationale: str
    agrees: bool | None  # with the adjudicated answer; None before there is one
    thread: Thread | None  # what reviewers and this annotator wrote to each other; None before deciding


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One annotator in the tables of figures, under a name or a pseudonym."""

    name: str
    figures: OfPerson


def rows_of(campaign: Campaign, queue: Queue, number: str | int) -> Page[Row]:
    """Return a page of the queue."""
    page: Page[Any] = Paginator(queue.items, PAGE).get_page(number)
    lines = queue.lines_of(list(page.object_list))
    ids = [line.item for line in lines]
    items = Item.objects.filter(pk__in=ids).select_related("battle__prompt", "response__prompt", "prompt").in_bulk()
    decided = [line.settled.review for line in lines if line.settled]
    reviews = Review.objects.filter(pk__in=decided).select_related("item", "reviewer").in_bulk()
    page.object_list = [_row(campaign, line, items[line.item], reviews) for line in lines]
    return page


def _row(campaign: Campaign, line: Line, item: Item, reviews: Mapping[int, Review]) -> Row:
    review = reviews.get(line.settled.review) if line.settled else None
    if review is None:
        return Row(line, excerpt_of(item), (), "")
    said = settled_words(campaign, review)
    return Row(line, excerpt_of(item), said, review.reviewer.get_username() if review.reviewer else "")


def settled_words(campaign: Campaign, review: Review) -> tuple[Said, ...]:
    """Return an adjudicated answer in words, with the sides as its reviewer saw them."""
    return tuple(said_of(spec_of(campaign), review.answer or {}))


def voices_of(campaign: Campaign, review: Review, viewer: User, *, named: bool) -> list[Voice]:
    """Return the counting answers to a review's item as "Annotator 1, 2, ...".

    The numbers hold for this item alone: their order is drawn by a keyed hash, so they say nothing of who is who.
    """
    turns = list(
        Assignment.objects.filter(item=review.item_id, state__in=ANSWERED, verdict__counted=True)
        .select_related("annotator")
        .order_by("pk")
    )
    turns.sort(key=lambda turn: _drawn(review.item_id, turn.annotator_id))
    is_done = review.state == Review.State.DONE
    threads = reviewers_threads(turns, viewer, slug=campaign.project.slug) if is_done else {}
    settled = settled_by_item(campaign, [review.item_id]).get(review.item_id) if is_done else None
    given = {one.assignment: one.said for one in answers_by_item(campaign, [review.item_id]).get(review.item_id, [])}
    sames = sames_of(campaign)
    return [
        _voice(
            campaign,
            review,
            turn,
            label=str(turn.annotator) if named else f"Annotator {number}",
            agreeing=agrees(given.get(turn.pk, {}), settled.said, sames) if settled else None,
            thread=threads.get(turn.pk),
        )
        for number, turn in enumerate(turns, start=1)
    ]


def _drawn(item: int, person: int | None) -> str:
    return salted_hmac("annotation.review", f"{item}:{person}").hexdigest()


def _voice(
    campaign: Campaign, review: Review, turn: Assignment, *, label: str, agreeing: bool | None, thread: Thread | None
) -> Voice:
    answer = as_seen(turn.answer or {}, turn, swapped=review.swapped, seed=review.seed, listed=review.item.listed)
    return Voice(
        assignment=turn.pk,
        label=label,
        said=tuple(said_of(spec_of(campaign), answer)),
        marks=tuple(marks_of(campaign, answer)),
        confidence=answer.get("confidence"),
        rationale=answer.get("rationale") or "",
        agrees=agreeing,
        thread=thread,
    )


def voice_of(campaign: Campaign, review: Review, viewer: User, *, named: bool) -> Voice:
    """Return the one answer that a review of a sample is about, as its person saw the sides."""
    turn = review.assignment
    assert turn is not None  # noqa: S101 - review_of_an_item_or_an_answer
    answer = turn.answer or {}
    return Voice(
        assignment=turn.pk,
        label=str(turn.annotator) if named else "The annotator",
        said=tuple(said_of(spec_of(campaign), answer)),
        marks=tuple(marks_of(campaign, answer)),
        confidence=answer.get("confidence"),
        rationale=answer.get("rationale") or "",
        agrees=None,
        thread=reviewers_thread(turn, viewer, slug=campaign.project.slug),
    )


def as_seen(
    answer: Mapping[str, Any], turn: Assignment, *, swapped: bool, seed: int, listed: Sequence[int] | None
) -> dict[str, Any]:
    """Return an answer as it was sent, turned to the sides (or the letters) under which somebody else sees them."""
    seen = dict(answer)
    if listed is not None:
        mine = {pk: LABELS[at] for at, pk in enumerate(permuted(listed, seed))}
        theirs = {LABELS[at]: mine[pk] for at, pk in enumerate(permuted(listed, turn.seed))}
        seen["ranks"] = {theirs[label]: place for label, place in (answer.get("ranks") or {}).items()}
        return seen | {name: theirs[answer[name]] for name in ("best", "worst") if answer.get(name)}
    if turn.swapped != swapped:
        seen["answers"] = {key: _turned(one) for key, one in (answer.get("answers") or {}).items()}
    return seen


def _turned(answer: Any) -> Any:
    if not isinstance(answer, dict):
        return answer
    return answer | {"choice": _SIDES.get(answer["choice"], answer["choice"])}


def marks_of(campaign: Campaign, answer: Mapping[str, Any]) -> Iterable[str]:
    """Yield each marked place in words."""
    for remark in spec_of(campaign).remarks:
        if remark.form is RemarkForm.SPANS:
            for mark in (answer.get("remarks") or {}).get(remark.key) or ():
                kinds = ", ".join(str(mark[name]) for name in ("category", "severity") if mark.get(name))
                yield f"“{mark['text']}”" + (f" ({kinds})" if kinds else "")


def people_rows(campaign: Campaign, figures: Figures, *, named: bool) -> list[PersonRow]:
    """Return the annotators' figures, under names where these are shown, else under the pseudonyms of exports."""
    if named:
        known = dict(User.objects.filter(pk__in=[one.person for one in figures.people]).values_list("pk", "username"))
        rows = [PersonRow(known.get(one.person, ""), one) for one in figures.people]
    else:
        name_of = pseudonyms(campaign.project)
        rows = [PersonRow(name_of(one.person), one) for one in figures.people]
    return sorted(rows, key=lambda row: row.name)
