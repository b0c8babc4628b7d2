"""One annotator as a process of its own, for tests that kill it: ``python -m tests.annotation.client DATABASE ...``."""

from __future__ import annotations

import os
import random
import sys
import time

import jurybox._sqlite  # noqa: F401 - before Django loads sqlite3


def main(name: str, campaign_id: int, user_id: int, seconds: float) -> int:
    """Claim and answer until there is nothing left for this person; print one line per mishap."""
    import django
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jurybox.settings")
    settings.DATABASES["default"]["NAME"] = name
    django.setup()
    from django.contrib.auth.models import User

    from annotation.models import Campaign
    from annotation.services import claim, skip, submit
    from tests.annotation.make import answer_to

    user, campaign = User.objects.get(pk=user_id), Campaign.objects.get(pk=campaign_id)
    rng = random.Random(user_id)
    stop_at = time.monotonic() + seconds
    task = claim(user, campaign)
    while task is not None and time.monotonic() < stop_at:
        time.sleep(rng.random() * 0.1)  # reading
        if rng.random() < 0.03:
            task = skip(user, str(task.token), reason="unsure")
            continue
        key = str(rng.random())
        outcome = submit(user, str(task.token), answer_to(task), key=key)
        if rng.random() < 0.1:  # the connection broke after the server had it: the client asks again
            outcome = submit(user, str(task.token), answer_to(task), key=key)
        task = outcome.next
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
