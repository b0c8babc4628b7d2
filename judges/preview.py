"""What a judge that is being written would ask about a real item, and what one such call takes. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from domain.models import Prompt
from judges.asking import Asker, Item, Question, of_battle, of_list, of_response
from judges.differences import NOBODY
from judges.estimates import PerCall, per_call
from judges.listings import listings_in
from judges.models import JudgeVersion
from judges.planning import battles_for, responses_for
from judges.tariffs import tariff_of


@dataclass(frozen=True, slots=True)
class Preview:
    """A question about an item of the project. ``most_nusd`` is what a call reserves; None: no price is known."""

    version: JudgeVersion
    prompt: Prompt
    item: Item
    question: Question
    call: PerCall
    most_nusd: int | None


def preview_of(version: JudgeVersion, typed: str = "") -> Preview | None:
    """Return the question about the prompt of that id, or about the first there is; None where there is none."""
    found = _item(version, typed.strip())
    if found is None:
        return None
    prompt, item = found
    question = Asker(version).question(0, NOBODY, item)
    most = tariff_of(version).at_most(question.request)
    return Preview(version, prompt, item, question, per_call(version, [item], repairs=0), most)


def prompts_to_choose(version: JudgeVersion, how_many: int = 50) -> list[str]:
    """Return ids of prompts that a judge could be tried on."""
    names = responses_for(version).order_by("prompt_id").values_list("prompt__external_id", flat=True)
    return list(dict.fromkeys(names[: 4 * how_many]))[:how_many]


def _item(version: JudgeVersion, typed: str) -> tuple[Prompt, Item] | None:
    wanted = {"prompt__external_id": typed} if typed else {}
    responses = responses_for(version).filter(**wanted).select_related("prompt")
    if version.protocol == JudgeVersion.Protocol.DIRECT:
        response = responses.first()
        return (response.prompt, of_response(response)) if response else None
    if version.protocol == JudgeVersion.Protocol.LISTWISE:
        listing = next(listings_in(responses), None)
        return (Prompt.objects.get(pk=listing[0]), of_list(*listing)) if listing else None
    battle = battles_for(version).filter(**wanted).select_related("prompt", "response_a", "response_b").first()
    if battle is not None:
        return battle.prompt, of_battle(battle, 0)
    pair = list(responses.filter(prompt=responses.values("prompt_id")[:1])[:2])
    if len(pair) < 2:
        return None
    prompt = pair[0].prompt
    return prompt, Item(prompt.turns, prompt.reference, tuple(one.content or "" for one in pair), prompt.tags)
