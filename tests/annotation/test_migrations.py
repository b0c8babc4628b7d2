"""A campaign that was under way before the queues were parted goes on after it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

BEFORE = [("annotation", "0002_triggers"), ("domain", "0002_triggers"), ("judges", "0002_triggers")]


def test_checks_move_to_their_queue_and_count_apart(migrations):
    old = migrations(BEFORE)
    user = User.objects.create_user("ada")
    project = old.get_model("domain", "Project").objects.create(slug="p", name="P")
    system = old.get_model("domain", "System").objects.create(project=project, name="s", name_key="s")
    rubric = old.get_model("domain", "Rubric").objects.create(project=project, name="R", kind="score")
    campaign = old.get_model("annotation", "Campaign").objects.create(
        project=project, rubric=rubric, name="C", item_count=3, slot_count=3
    )
    old.get_model("annotation", "Participant").objects.create(campaign=campaign, user_id=user.pk, done=2)
    for place, role in enumerate(("live", "calibration", "live")):
        prompt = old.get_model("domain", "Prompt").objects.create(project=project, external_id=str(place), turns=[])
        response = old.get_model("domain", "Response").objects.create(
            project=project, prompt=prompt, system=system, content="c"
        )
        expected = {"helpfulness": 4} if role == "calibration" else None
        item = old.get_model("annotation", "Item").objects.create(
            campaign=campaign, response=response, role=role, expected=expected, position=place, overlap=1
        )
        answered = {"annotator_id": user.pk, "token": f"t{place}", "state": "done", "answered_at": timezone.now()}
        old.get_model("annotation", "Assignment").objects.create(
            item=item, campaign=campaign, slot=1, turn=place, **(answered if place < 2 else {})
        )

    new = migrations(MigrationExecutor(connection).loader.graph.leaf_nodes())
    moved = new.get_model("annotation", "Campaign").objects.get()
    assert (moved.task, moved.live_count, moved.slot_count) == ("direct", 2, 2)
    lanes = new.get_model("annotation", "Assignment").objects.order_by("turn").values_list("lane", flat=True)
    assert list(lanes) == [0, 1, 0]
    assert new.get_model("annotation", "Participant").objects.get().checked == 1
