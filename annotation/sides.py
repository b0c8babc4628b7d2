"""Left and right, balanced for each person and each pair of systems."""

from __future__ import annotations

from django.utils.crypto import salted_hmac

from annotation.models import Item, Participant


def show(participant: Participant, item: Item) -> bool:
    """Decide whether ``response_b`` is shown first, and record it in the participant (which the caller saves).

    The system that this person has seen less often on the left goes there; when both were there equally often, a
    keyed coin decides. So the two counts of a pair never differ by more than one, and nobody can tell the next.
    """
    if item.battle is None:
        return False
    pair, a_is_low = _pair(item)
    low_left, high_left = participant.sides.get(pair, (0, 0))
    low_first = _coin(participant, item) if low_left == high_left else low_left < high_left
    participant.sides[pair] = [low_left + low_first, high_left + (not low_first)]
    return low_first != a_is_low


def take_back(participant: Participant, item: Item, *, swapped: bool) -> None:
    """Forget one showing: it was skipped, so its side was not judged."""
    if item.battle is None:
        return
    pair, a_is_low = _pair(item)
    low_left, high_left = participant.sides.get(pair, (0, 0))
    low_first = swapped != a_is_low
    participant.sides[pair] = [max(0, low_left - low_first), max(0, high_left - (not low_first))]


def _pair(item: Item) -> tuple[str, bool]:
    """Return a name for the pair of systems, and whether the lower of the two is the battle's A."""
    battle = item.battle
    assert battle is not None  # noqa: S101 - both callers have looked
    a, b = battle.response_a.system_id, battle.response_b.system_id
    return f"{min(a, b)}:{max(a, b)}", a <= b


def _coin(participant: Participant, item: Item) -> bool:
    digest = salted_hmac("annotation.sides", f"{participant.pk}:{item.pk}").digest()
    return bool(digest[0] & 1)
