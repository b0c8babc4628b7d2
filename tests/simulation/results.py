"""What came of a played campaign: who was found, who was flagged for nothing, what was recovered, what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from annotation.models import Assignment
from annotation.quality.copying import alike
from annotation.quality.flags import agreement_flags
from annotation.quality.intervals import clopper_pearson
from annotation.quality.pairs import answers_of
from annotation.quality.record import tally
from tests.simulation.campaign import Played, participants


@dataclass(frozen=True, slots=True)
class Found:
    """One person: which families raised an alarm, after how many answers work ended, and the skill that was shown."""

    kind: str
    skill: float
    families: tuple[str, ...]
    answers: int
    checks: int
    right: int
    covered: bool | None

    @property
    def is_spammer(self) -> bool:
        """Whether they were to be found."""
        return self.kind != "honest"


@dataclass(frozen=True, slots=True)
class Results:
    """One campaign."""

    people: tuple[Found, ...]
    live: int
    checks: int
    wanted: int
    pairs: tuple[tuple[str, str], ...] = ()  # who was named as alike

    @property
    def spammers(self) -> list[Found]:
        """Those who were to be found."""
        return [one for one in self.people if one.is_spammer]

    @property
    def honest(self) -> list[Found]:
        """Those who were not."""
        return [one for one in self.people if not one.is_spammer]

    @property
    def cost(self) -> float:
        """Answers to checks for each live answer."""
        return self.checks / self.live


def results_of(played: Played) -> Results:
    """Read the campaign as a researcher's page does."""
    lonely = {flag.user_id for flag in agreement_flags(played.campaign)}
    people = []
    for pk, row in participants(played).items():
        person, counts = played.people[pk], tally(row.quality, "calibration")
        families = (*sorted(row.quality.get("alarms", {})), *(("agreement",) if pk in lonely else ()))
        interval = clopper_pearson(counts.right, counts.n) if counts.n else None
        covered = interval.lower <= person.skill <= interval.upper if interval else None
        people.append(Found(person.kind, person.skill, families, row.done, counts.n, counts.right, covered))
    done = Assignment.objects.filter(campaign=played.campaign, state="done")
    live = done.filter(lane=Assignment.Lane.WORK).count()
    pairs = tuple((played.people[one].name, played.people[other].name) for one, other in _alike(played))
    return Results(tuple(people), live, done.count() - live, played.campaign.slot_count, pairs)


def _alike(played: Played) -> list[tuple[int, int]]:
    return [one.people for one in alike(*answers_of(played.campaign))]


def lines(results: Results) -> list[str]:
    """Say it in words."""
    honest, flagged = results.honest, [one for one in results.honest if one.families]
    measured = [one for one in honest if one.covered is not None]
    text = [
        f"{results.live:,} of {results.wanted:,} live answers, {results.checks:,} answers to checks: "
        f"{results.cost:.1%} extra",
        f"honest people flagged: {len(flagged)} of {len(honest)}",
        f"skill within its 95 % interval: {sum(bool(one.covered) for one in measured)} of {len(measured)}, "
        f"from {median(one.checks for one in measured):g} calibration answers each (median)",
    ]
    text += [f"  honest of skill {one.skill:.2f} flagged by {', '.join(one.families)}" for one in flagged]
    text += [f"  named as alike: {one} and {other}" for one, other in results.pairs]
    for one in results.spammers:
        how = ", ".join(one.families) or "NOT FOUND"
        text.append(f"  spammer, {one.kind}: {how}; {one.answers} answers until then or the end")
    return text
