"""What trials have cost: an amount that nobody knows is not nothing."""

from __future__ import annotations

import pytest
from django.urls import reverse

from judges.models import TrialCall
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("costs", "words"),
    [
        ([None], "1 trial call, cost unknown"),
        ([None, 20_000_000], "2 trial calls, $0.0200 and more"),
        ([20_000_000, 0], "2 trial calls, $0.0200<"),
        ([], "No judge was tried yet"),
    ],
)
def test_the_sum_of_trials_says_what_is_not_known(client, costs: list[int | None], words: str):
    project = make_project(slug="shop", owner=make_user("ada"))
    for cost in costs:
        state = TrialCall.State.SETTLED if cost is not None else TrialCall.State.UNKNOWN
        TrialCall.objects.create(project=project, name="Portia", sent={"model": "m"}, state=state, cost_nusd=cost)
    client.force_login(project.memberships.get(role="owner").user)
    assert words in client.get(reverse("judges:trials", args=["shop"])).content.decode()
