"""What is done about names that give a text away: hidden where the campaign says so, and judged by hand.

What an item hides is in the item (``Item.identifies``), so that every role and every kind of task is shown by the same
code, and what people read is on record. It never changes once somebody has seen the item: their answer is about it.
They are found when items are made (annotation.services.finding_names).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef

from annotation.errors import BadItem
from annotation.material import prompt_texts, shown_text
from annotation.models import Assignment, Campaign, Item
from annotation.services.finding_names import Span, hides_in_prompts, is_hidden, shown_in
from domain.models import Prompt, Response
from domain.rendering import render_missing
from domain.services import log

JUDGED = {"hide": "tells", "show": "false_alarm"}


@transaction.atomic
def set_masking(campaign: Campaign, hides: bool, *, in_prompts: bool | None = None, by: User | None) -> tuple[int, int]:
    """Hide names from now on, or show them; return how many items changed and how many had been shown and did not.

    ``in_prompts`` says whether those in what is asked, and in its reference, are hidden too; None leaves it as it is.
    """
    current = _locked(campaign)
    if in_prompts is not None:
        current.selection = current.selection | {"hides_in_prompts": in_prompts}
    asks = hides_in_prompts(current)
    telling = list(current.items.exclude(identifies=[]))
    wanted = {
        item.pk: [span | {"hidden": is_hidden(span, hides=hides, in_prompts=asks)} for span in item.identifies]
        for item in telling
    }
    changing = [item for item in telling if wanted[item.pk] != item.identifies]
    changed = _save(changing, wanted)
    Campaign.objects.filter(pk=current.pk).update(mask_identity=hides, selection=current.selection)
    campaign.mask_identity, campaign.selection = hides, current.selection
    counts = {"items": changed, "shown_before": len(changing) - changed, "in_prompts": hides and asks}
    log(current.project, "names hidden" if hides else "names shown", by, campaign=current.pk, **counts)
    return changed, len(changing) - changed


@transaction.atomic
def judge_name(item: Item, at: int, verdict: str, *, by: User | None) -> tuple[int, int]:
    """Say of one name that it tells ("hide") or is a false alarm ("show"), wherever the same text is shown.

    Returns how many items changed, and how many had been shown and only note it. Raises BadItem for a name that is not
    there or another word.
    """
    if verdict not in JUDGED or not 0 <= at < len(item.identifies):
        raise BadItem("There is no such name in this item, or nothing of the kind to say about it.")
    current = _locked(item.campaign)
    name = item.identifies[at]
    text = shown_in([item])[item.pk].source(name["side"])
    same = (text, name["start"], name["end"], name["text"])
    settings = {"hides": current.mask_identity, "in_prompts": hides_in_prompts(current)}
    telling = list(current.items.exclude(identifies=[]))
    wanted, noted = {}, {}
    for one, shown in zip(telling, shown_in(telling).values(), strict=True):
        hit = [(shown.source(s["side"]), s["start"], s["end"], s["text"]) == same for s in one.identifies]
        if any(hit):
            judged = [s | {"judged": JUDGED[verdict]} if h else s for s, h in zip(one.identifies, hit, strict=True)]
            noted[one.pk] = judged
            wanted[one.pk] = [
                s | {"hidden": is_hidden(s, **settings)} if h else s for s, h in zip(judged, hit, strict=True)
            ]
    touched = [one for one in telling if one.pk in wanted]
    changed = _save(touched, wanted, otherwise=noted)
    said = {"text": name["text"], text[0]: text[1], "judged": JUDGED[verdict]}
    said |= {"items": changed, "shown_before": len(touched) - changed}
    log(current.project, "name judged", by, campaign=current.pk, **said)
    return changed, len(touched) - changed


def _locked(campaign: Campaign) -> Campaign:
    found: Campaign = Campaign.objects.select_for_update(of=("self",)).select_related("project").get(pk=campaign.pk)
    return found


def _save(
    items: Sequence[Item], wanted: dict[int, list[Span]], *, otherwise: dict[int, list[Span]] | None = None
) -> int:
    """Write spans of items that nobody has seen; of the others, what changes nothing on the page."""
    ids = [item.pk for item in items]
    # Their open places are locked first: nobody is handed one of them between this look and the change.
    list(Assignment.objects.filter(item__in=ids, state=Assignment.State.OPEN).select_for_update().values_list("pk"))
    seen = Assignment.objects.filter(item=OuterRef("pk"), annotator__isnull=False)
    unseen = set(Item.objects.filter(pk__in=ids).exclude(Exists(seen)).values_list("pk", flat=True))
    texts: list[str] = []
    for item in items:
        item.identifies = wanted[item.pk] if item.pk in unseen else (otherwise or {}).get(item.pk, item.identifies)
        if item.pk in unseen:
            texts += _texts_shown(item)
    Item.objects.bulk_update(items, ["identifies"], batch_size=200)
    render_missing(texts)
    return len(unseen)


def _texts_shown(item: Item) -> list[str]:
    shown = shown_in([item])[item.pk]
    hidden = {span["side"] for span in item.identifies if span["hidden"]}
    pks = {side: shown.responses[side] for side in hidden & shown.responses.keys()}
    contents = dict(Response.objects.filter(pk__in=pks.values()).values_list("pk", "content"))
    texts = {side: contents[pk] or "" for side, pk in pks.items()} | (item.altered or {})
    if hidden - pks.keys():
        texts |= prompt_texts(Prompt.objects.get(pk=shown.prompt))
    return [shown_text(texts[side], item.identifies, side) for side in hidden]
