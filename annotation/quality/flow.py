"""What one answer changes: its check is judged, habits are counted, and the policy's consequences follow.

All of it happens in memory on the locked participant. Only an alarm (one line in the log) and a planned repeat (an item
and its place) write to the database, so that the time of an answer does not tell a check from work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from annotation.answers import Submission
from annotation.material import shown_order
from annotation.models import ROLES, Assignment, Participant
from annotation.quality import record, repeats
from annotation.quality.judging import Expected, Said, as_expected, in_frame, is_right, level_of, signature
from annotation.quality.looks import binomial_tail, spend
from annotation.quality.orders import order_of
from annotation.quality.patterns import beyond, ongoing_run
from annotation.quality.policy import Action, Policy, Sequential, Tolerance
from annotation.quality.sprt import Decision, Sprt
from annotation.quality.standing import act
from domain.choices import Choice, Outcome
from domain.specs import RubricSpec

LITERAL = Tolerance(
    steps=0, share=0.02, order=0
)  # an attention check says what to answer; a slider is hard to set to the point
UNTYPICAL = (ROLES.ATTENTION, ROLES.TRAINING)  # answers that say nothing about somebody's habits


@dataclass(frozen=True, slots=True)
class Given:
    """One answer under judgement."""

    participant: Participant
    task: Assignment
    submission: Submission
    answers: Said
    spec: RubricSpec
    policy: Policy
    now: datetime

    @property
    def role(self) -> str:
        """Why it was asked."""
        return str(self.task.item.role)


def judge(
    participant: Participant,
    task: Assignment,
    submission: Submission,
    now: datetime,
    *,
    policy: Policy,
    spec: RubricSpec,
) -> None:
    """Do what hooks.after_answer says."""
    answers = _said(task, submission, spec)
    given = Given(participant, task, submission, answers, spec, policy, now)
    replaces = task.answered_at is not None
    before = task.passed
    if not (replaces and given.role == ROLES.REPEAT):  # who changes the answer to a repeat has seen it twice
        task.passed = _outcome(given)
        _count(given, before)
    if replaces:
        repeats.correct(participant, task, as_expected(answers))
        return
    _habits(given)
    if given.role == ROLES.LIVE:
        repeats.plan(participant, task, as_expected(answers), policy.repeats)


def _said(task: Assignment, submission: Submission, spec: RubricSpec) -> Said:
    """Return the answers in the battle's frame; of a list, its order, as the answer to the one question."""
    order = order_of(submission, shown_order(task)) if task.item.listed else None
    return in_frame(submission.answers, swapped=task.swapped) if order is None else {spec.criteria[0].key: order}


def _outcome(given: Given) -> bool | None:
    """Return whether the check was met; None for what is none, or cannot be judged."""
    item, tolerance = given.task.item, given.policy.tolerance
    if given.role == ROLES.LIVE:
        return None
    if given.role == ROLES.REPEAT:
        return _right(given, repeats.take(given.participant, given.task), tolerance)
    if given.role == ROLES.TWIN and item.expected is None:
        return _below_usual(given)
    return _right(given, item.expected, LITERAL if given.role == ROLES.ATTENTION else tolerance)


def _right(given: Given, expected: Expected | None, tolerance: Tolerance) -> bool | None:
    if expected is None:
        return None
    return is_right(expected, given.answers, given.spec, tolerance, given.submission.remarks)


def _below_usual(given: Given) -> bool | None:
    """A damaged response must be found worse than this person's median one."""
    level, usual = level_of(given.answers, given.spec), record.median_level(given.participant.quality)
    return None if level is None or usual is None else level < usual


def _count(given: Given, before: bool | None) -> None:
    """Count a judged check, and decide what has become decidable."""
    quality, role, passed = given.participant.quality, given.role, given.task.passed
    if passed is None and before is None:
        return
    counts = record.count(quality, role, passed, before)
    if role == ROLES.TRAINING:
        _end_training(given, counts)
    elif role == ROLES.ATTENTION:
        if counts.round_wrong >= given.policy.attention.failures:
            _raise(given, role, given.policy.attention.action, f"{counts.wrong} attention checks failed")
            record.next_round(quality, role)
    else:
        if role == ROLES.CALIBRATION:
            _gate(given, before)
        _test(given, role, getattr(given.policy, role), counts)


def _end_training(given: Given, counts: record.Tally) -> None:
    setting, person = given.policy.training, given.participant
    if person.trained_at is not None or counts.n != setting.items:
        return
    if counts.right >= setting.passing or setting.below in (Action.NONE, Action.WARN):
        person.trained_at = given.now
    if counts.right < setting.passing:
        _raise(given, "training", setting.below, f"{counts.right} of {counts.n} training items right")


def _gate(given: Given, before: bool | None) -> None:
    """Let somebody qualify, or not, once the first calibration items are answered."""
    setting, person = given.policy.qualification, given.participant
    if setting.items == 0 or person.qualified_at is not None:
        return
    counts = record.count(person.quality, "qualification", given.task.passed, before)
    if counts.n != setting.items:  # who was let in all the same is not stopped again by the next item
        return
    enough = counts.right >= setting.threshold * counts.n - 1e-9
    if enough or setting.below in (Action.NONE, Action.WARN):
        person.qualified_at = given.now
        given.task.has_qualified = enough
    if not enough:
        _raise(given, "qualification", setting.below, f"{counts.right} of the first {counts.n} checks right")


def _test(given: Given, family: str, setting: Sequential, counts: record.Tally) -> None:
    decision = Sprt.of(setting, counts.round).decide(counts.round_right, counts.round_wrong)
    if decision is Decision.OPEN:
        return
    if decision is Decision.BAD:
        _raise(given, family, setting.action, f"{counts.right} of {counts.n} right, where {setting.good:.0%} should be")
    record.next_round(given.participant.quality, family)


def _habits(given: Given) -> None:
    """Count speed, sides and runs of a first answer."""
    _speed(given)
    if given.role not in UNTYPICAL:
        _side(given)
        _straight(given)
    level = level_of(given.answers, given.spec) if given.role == ROLES.LIVE else None
    if level is not None:
        record.note_level(given.participant.quality, level)


def _speed(given: Given) -> None:
    setting, quality = given.policy.speed, given.participant.quality
    taken = time_taken(given.task, given.submission, given.now)
    if setting.floor_ms is None or taken is None:
        return
    fast, n = record.note_time(quality, fast=taken < setting.floor_ms)
    if n % setting.look == 0 and binomial_tail(fast, n, setting.allowed) <= spend(setting.alpha, n // setting.look):
        _raise(given, "speed", setting.action, f"{fast} of {n} answers in less than {setting.floor_ms / 1000:g} s")
        del quality["times"]


def time_taken(task: Assignment, submission: Submission, now: datetime) -> int | None:
    """Return how long an answer took, in ms: the active time, yet no more than the server's clock allows."""
    times = [submission.active_ms] if submission.active_ms is not None else []
    if task.claimed_at is not None:
        times.append(int((now - task.claimed_at).total_seconds() * 1000))
    return min(times, default=None)


def _side(given: Given) -> None:
    setting, quality = given.policy.side, given.participant.quality
    chosen = side_of(given.submission)
    if chosen is None:
        return
    left, right = record.note_side(quality, chosen)
    n = left + right
    if n % setting.look == 0 and beyond(left, right, setting.tolerance) <= spend(setting.alpha, n // setting.look):
        _raise(given, "side", setting.action, f"{left} times left and {right} times right")
        del quality["sides"]


def side_of(submission: Submission) -> str | None:
    """Return the side that the first choice went to, as it was seen; None for a tie or where no side is offered."""
    for answer in submission.answers.values():
        if isinstance(answer, Choice):
            return {Outcome.A: "left", Outcome.B: "right"}.get(answer.outcome)
    return None


def _straight(given: Given) -> None:
    setting, quality = given.policy.straight, given.participant.quality
    said = signature(given.submission)
    if not said:
        return
    length, before, n = record.note_answer(quality, said)
    if length % setting.run == 0 and ongoing_run(length, before, n) <= spend(setting.alpha, length // setting.run):
        _raise(given, "straight", setting.action, f"the same answer {length} times in a row")
        del quality["run"]


def _raise(given: Given, family: str, action: str, what: str) -> None:
    times = record.alarm(given.participant.quality, family)
    act(given.participant, Action(action), family=family, what=what, times=times)
