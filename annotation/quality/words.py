"""What people are told about training, qualification and their standing. No check that stays hidden is described."""

from __future__ import annotations

from django.utils.translation import gettext as _


def reason_for(family: str) -> str:
    """Return why somebody's standing changed, in words for this person."""
    reasons = {
        "training": _("Not enough of the practice tasks were right to go on at once."),
        "qualification": _(
            "The first tasks show whose judgement fits this campaign, and yours differed from what its experts agreed "
            "on."
        ),
        "speed": _("Many answers came faster than the texts can be read."),
        "straight": _("The same answer was given many times in a row."),
        "side": _("One side was chosen far more often than the other."),
        "attention": _("Tasks that say what to answer were answered otherwise."),
        "repeat": _("Tasks that came twice were answered in different ways."),
    }
    return reasons.get(family, _("Many answers differ from what experts agreed on."))


def qualified_words() -> tuple[str, str]:
    """Return the title and the text for somebody who has just qualified."""
    return _("You have qualified"), _(
        "Your first answers fit what the experts agreed on. From now on your answers count."
    )
