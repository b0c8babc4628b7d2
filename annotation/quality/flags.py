"""Who needs a researcher's look: what the checks found while people worked, and who agrees with nobody."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from statistics import fmean

from annotation.models import Campaign, Participant
from annotation.quality.intervals import mean_interval
from annotation.quality.looks import spend
from annotation.quality.policy import Policy
from annotation.quality.reading import Answers, Same, chance_agreement, live_answers, sameness

LOOK = 20  # answers shared with others at which agreement is judged first; then at twice as many, and so on
ALPHA = 0.002
WORDS = {
    "training": "Training not passed",
    "qualification": "Not qualified",
    "calibration": "Often wrong on calibration items",
    "twin": "Does not see damage",
    "repeat": "Contradicts earlier answers",
    "attention": "Failed attention checks",
    "speed": "Faster than reading",
    "straight": "The same answer many times in a row",
    "side": "Prefers one side",
    "agreement": "Agrees with others hardly more than chance",
}


@dataclass(frozen=True, slots=True)
class Flag:
    """One person, one family of checks, how often it raised an alarm."""

    participant_id: int
    user_id: int
    name: str
    family: str
    words: str
    times: int
    standing: str


def quality_flags(campaign: Campaign) -> list[Flag]:
    """Return the alarms of a campaign's checks, most first. One statement; its cost grows with the people alone."""
    people = campaign.participants.select_related("user").exclude(quality={})
    flags = [
        _flag(person, family, times) for person in people for family, times in person.quality.get("alarms", {}).items()
    ]
    return sorted(flags, key=lambda flag: (-flag.times, flag.participant_id, flag.family))


def agreement_flags(campaign: Campaign) -> list[Flag]:
    """Return who agrees with the others hardly more than chance: all live answers are read for it."""
    answers, policy = live_answers(campaign), Policy.from_json(campaign.quality)
    lonely = disagreeing(answers, sameness(answers.criterion, policy.tolerance))
    people = campaign.participants.select_related("user").filter(user__in=lonely)
    return [_flag(person, "agreement", 1) for person in people]


def _flag(person: Participant, family: str, times: int) -> Flag:
    words = WORDS.get(family, family)
    return Flag(person.pk, person.user_id, person.user.username, family, words, times, person.standing)


def disagreeing(answers: Answers, same: Same) -> list[int]:
    """Return the people whose agreement with others is closer to chance than to that of people with each other.

    Judged on each person's first 20, 40, 80, 160, ... shared items, one value per item, by Student's upper bound at
    ``spend(ALPHA, look)``; the yardstick is half way between the agreement of two random answers and the mean
    agreement of all people, so that good ones are far from it.
    """
    by_person = _agreements(answers, same)
    if len(by_person) < 3:
        return []
    usual = fmean(fmean(shares) for shares in by_person.values())
    chance = chance_agreement((said for _, _, said in answers.rows), same)
    yardstick = (chance + usual) / 2
    return [person for person, shares in by_person.items() if _is_below(shares, yardstick)]


def _is_below(shares: list[float], yardstick: float) -> bool:
    look, n = _look(len(shares))
    return look > 0 and mean_interval(shares[:n], level=1 - 2 * spend(ALPHA, look)).upper < yardstick


def _look(n: int) -> tuple[int, int]:
    """Return how many looks there were so far, at 20 answers, 40, 80, ..., and how many answers the last one has."""
    look = (n // LOOK).bit_length()
    return look, LOOK << (look - 1) if look else 0


def _agreements(answers: Answers, same: Same) -> dict[int, list[float]]:
    """Return for each person, per shared item, the share of the others that said the same."""
    counts: dict[int, Counter[Hashable]] = defaultdict(Counter)
    for item, _, said in answers.rows:
        counts[item][said] += 1
    are_same: dict[tuple[Hashable, Hashable], bool] = {}
    agreements: dict[int, list[float]] = {}
    for item, person, said in answers.rows:
        given = counts[item]
        others = given.total() - 1
        if others:
            alike = sum(n for other, n in given.items() if _known(are_same, same, said, other)) - 1
            agreements.setdefault(person, []).append(alike / others)
    return agreements


def _known(known: dict[tuple[Hashable, Hashable], bool], same: Same, one: Hashable, other: Hashable) -> bool:
    found = known.get((one, other))
    if found is None:
        found = known[one, other] = same(one, other)
    return found
