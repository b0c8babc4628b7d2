"""What people said, as they said it: one row per answer and criterion, of every role, counted or not.

Battles are in the order in which they were shown: ``system_a`` was first, and an outcome of A means that it won. A
ranking, or best and worst, is one row whose ``ranking`` has the places. An answer that was changed later has a row
with ``superseded`` for each earlier one. Reviewers' own answers follow in the role ``review``. People go by pseudonyms
unless names are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.utils.crypto import salted_hmac

from annotation.models import ROLES, Assignment, Campaign, Participant, Review
from annotation.raw_lists import list_rows, ranking
from annotation.raw_reading import BLOCK, Said, blocks, with_material
from annotation.raw_rows import Row, about, of_score, of_turn, of_verdict
from domain.models import Project

REVIEWED_AGAIN = "replaced by a later review"
COLUMNS: dict[str, type] = {
    "campaign": str, "answer": int, "item": int, "role": str, "slot": int, "person": str, "group": str,
    "prompt_id": str, "system": str, "system_a": str, "system_b": str, "swapped": bool, "criterion": str,
    "value": float, "outcome": str, "strength": int, "ranking": str, "confidence": int, "rationale": str,
    "remarks": str, "counted": bool, "why_uncounted": str, "superseded": bool, "late": bool,
    "check_passed": bool, "flag": str, "guidelines": int, "claimed_at": str, "shown_at": str, "answered_at": str,
    "held_ms": int, "active_ms": int, "visible_ms": int, "idle_ms": int,
    "names": str, "names_hidden": int,
}  # fmt: skip
NameOf = Callable[[int], str]


def raw_answers(campaigns: Iterable[Campaign], *, names: bool = False) -> Iterator[Row]:
    """Yield the rows of campaigns, a block of turns at a time; memory does not grow with their number."""
    for campaign in campaigns:
        groups = dict(
            Participant.objects.filter(campaign=campaign, group__isnull=False).values_list("user_id", "group__name")
        )
        person = _real_names(campaign) if names else pseudonyms(campaign.project)
        for said in blocks(campaign):
            for turn in said.turns:
                yield from _rows(campaign, turn, said, person(turn.annotator_id or 0), groups)
        yield from _of_reviews(campaign, person)


def pseudonyms(project: Project) -> NameOf:
    """Return what people are called in exports: the same person alike in all of a project, and nowhere else."""

    def name_of(user: int) -> str:
        return f"person-{salted_hmac('annotation.raw_answers', f'{project.pk}:{user}').hexdigest()[:10]}"

    return name_of


def _real_names(campaign: Campaign) -> NameOf:
    known = dict(campaign.participants.values_list("user_id", "user__username"))
    reviews = Review.objects.filter(item__campaign=campaign, reviewer__isnull=False)
    known |= dict(reviews.order_by().values_list("reviewer_id", "reviewer__username").distinct())
    return lambda user: known.get(user, "")


def _rows(campaign: Campaign, turn: Assignment, said: Said, person: str, groups: dict[int, str]) -> Iterator[Row]:
    base = of_turn(campaign, turn, person, groups.get(turn.annotator_id or 0)) | about(turn, said)
    if turn.item.listed is not None:
        yield from list_rows(campaign, turn, said, base)
        return
    revised = {one.before_id: one for one in said.revised[turn.pk]}
    pk, superseded = turn.verdict_id, False
    while pk is not None and (verdict := said.verdicts.get(pk)):
        row = base | of_verdict(turn, verdict, revised.get(pk), superseded=superseded)
        for score in verdict.scores.all():
            yield row | of_score(score, verdict)
        pk, superseded = verdict.supersedes_id, True


def _of_reviews(campaign: Campaign, person: NameOf) -> Iterator[Row]:
    """Yield what reviewers answered themselves: to settle an item, or in place of the ``answer`` that a row names."""
    reviews = Review.objects.filter(item__campaign=campaign, state=Review.State.DONE, verdict__isnull=False)
    last = 0
    while block := list(reviews.select_related("item", "assignment").filter(pk__gt=last).order_by("pk")[:BLOCK]):
        last = block[-1].pk
        turns = [_as_turn(campaign, review) for review in block]
        said = with_material(turns)
        for review, turn in zip(block, turns, strict=True):
            verdict = said.verdicts[turn.verdict_id or 0]
            base = of_turn(campaign, turn, person(review.reviewer_id or 0), None) | about(turn, said)
            base |= of_verdict(turn, verdict, None, superseded=not verdict.counted)
            base |= {"role": ROLES.REVIEW.value, "answer": review.assignment_id}
            if not verdict.counted:
                base["why_uncounted"] = REVIEWED_AGAIN
            if turn.item.listed is not None:
                yield base | ranking(review.answer)
            else:
                yield from (base | of_score(score, verdict) for score in verdict.scores.all())


def _as_turn(campaign: Campaign, review: Review) -> Assignment:
    """Return a review in the form of a turn; who looks at one answer sees the sides as its person did."""
    seen = review.assignment or review
    return Assignment(
        campaign=campaign,
        item=review.item,
        swapped=seen.swapped,
        claimed_at=review.created_at,
        verdict_id=review.verdict_id,
    )
