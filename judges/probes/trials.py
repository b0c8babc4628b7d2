"""From the cells of a run of probes to trials: one for each kind and item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from domain.models import Battle
from domain.probing import Trial
from domain.specs import CriterionSpec
from judges.models import Cell, JudgeVersion, Run
from judges.probes.changes import carrier
from judges.probes.items import probes_of
from judges.probes.pack import ORDER, Probe
from judges.probes.reading import Moved, moved_by_order, moved_in_battle, moved_in_score

Answers = Mapping[tuple[int, int], str]  # what was said, by repeat and order; "" where there is no verdict


def kinds_of(run: Run, version: JudgeVersion) -> tuple[Probe, ...]:
    """Return the kinds of which a run has trials: its probes and, of battles, what exchanging the responses does."""
    pairwise = version.protocol == JudgeVersion.Protocol.PAIRWISE
    return (*probes_of(run), *((ORDER,) if pairwise else ()))


def trials_of(run: Run, version: JudgeVersion) -> list[Trial]:
    """Return the trials of a run, item by item, those without an answer too. Two queries."""
    by_item: dict[int, dict[tuple[int, int], str]] = defaultdict(dict)
    pairwise = version.protocol == JudgeVersion.Protocol.PAIRWISE
    target = "battle_id" if pairwise else "response_id"
    for item, order, repeat, said in Cell.objects.filter(run=run).values_list(target, "order", "repeat", "said"):
        by_item[item][repeat, order] = said
    if pairwise:
        return list(_of_battles(run, by_item))
    criterion = version.rubric.spec().criteria[0]
    return [trial for item, answers in sorted(by_item.items()) for trial in _of_response(run, item, answers, criterion)]


def _of_battles(run: Run, by_item: Mapping[int, Answers]) -> Iterator[Trial]:
    probes = probes_of(run)
    texts = Battle.objects.filter(pk__in=by_item).values_list("pk", "response_a__content", "response_b__content")
    for battle, first, second in texts.order_by("pk"):
        answers, place = _by_repeat(by_item[battle]), carrier(first or "", second or "")
        for repeat, probe in enumerate(probes, start=1):
            moved = moved_in_battle(probe.demand, answers[0], answers[repeat], place)
            yield _trial(probe, f"battle {battle}", moved)
        yield _trial(ORDER, f"battle {battle}", moved_by_order(answers[0]))


def _of_response(run: Run, response: int, answers: Answers, criterion: CriterionSpec) -> Iterator[Trial]:
    by_repeat = _by_repeat(answers)
    for repeat, probe in enumerate(probes_of(run), start=1):
        unprobed, probed = (by_repeat[place].get(0, "") for place in (0, repeat))
        yield _trial(probe, f"response {response}", moved_in_score(probe.demand, unprobed, probed, criterion))


def _by_repeat(answers: Answers) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for (repeat, order), said in answers.items():
        found[repeat][order] = said
    return found


def _trial(probe: Probe, item: str, moved: Moved) -> Trial:
    return Trial(probe.kind, item, moved.value, moved.reason)
