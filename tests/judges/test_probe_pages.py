"""The pages of probes: launched beside what they take, and what they moved and flagged."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analysis.probes import FEWEST_TRIALS as FEWEST_ON_THE_CARD
from domain.models import Project
from judges.models import Run
from judges.probes.pack import PACK
from judges.probes.rates import FEWEST_TRIALS
from judges.probes.runs import probe_selection
from judges.providers import Vendor
from tests.factories import make_project, make_user
from tests.judges.making import make_version
from tests.judges.probing import PROBED, judging, make_material, probed


@pytest.fixture
def project(db):
    return make_project(slug="shop")


@pytest.fixture
def judged(project, fake):
    return judging(project, fake)


@pytest.fixture
def ada(client: Client, project: Project) -> Client:
    client.force_login(make_user("root", is_superuser=True))
    return client


def order(**changes: Any) -> dict[str, Any]:
    return {"items": PROBED, "seed": 1, "concurrency": 8, "key": "k", **changes}


def test_pages_say_what_was_probed_and_what_was_flagged(judged, project, client):
    version = judged("gullible")
    client.force_login(make_user("root", is_superuser=True))
    card = reverse("analysis:judge_card", args=["shop", version.rater_id])
    assert "Nobody has probed this judge yet" in client.get(card).content.decode()
    run = probed(version, 10)
    page = client.get(card).content.decode()
    assert "gullible may not stand in for people here: probes moved it more often than they may" in page
    assert "A lead-in without an answer" in page
    assert "--probes --probe-items 10" in page
    shown = client.get(reverse("judges:run", args=["shop", run.pk]), {"show": "flagged"})
    assert "These are probes" in shown.content.decode()
    flagged = run.cells.exclude(flags="")
    rows = {cell.pk for cell in shown.context["page"].rows}
    assert rows
    assert rows <= set(flagged.values_list("pk", flat=True))
    place = 1 + [probe.kind for probe in PACK].index("hidden-markup")
    cell = flagged.filter(repeat=place)[0]
    text = client.get(reverse("judges:cell", args=["shop", run.pk, cell.pk])).content.decode()
    assert "Probed: orders that a reader does not see" in text
    assert "text that a reader does not see. It was asked all the same." in text


def test_probes_are_launched_from_the_judges_page_with_what_they_take_beside_the_form(project, fake, ada):
    make_material(project, 20)
    version = make_version(project, model="gpt-6-luna", vendor=Vendor.OPENAI_CHAT, base_url=fake.openai_url)
    there = reverse("judges:new_probes", args=["shop", version.pk])
    assert f'href="{there}"' in ada.get(reverse("judges:judge", args=["shop", version.pk])).content.decode()
    page = ada.get(there).content.decode()
    assert f"<dt>Calls</dt><dd>{20 * 2 * (1 + len(PACK))} (both orders)</dd>" in page  # all there are
    asking = {"HX-Request": "true", "HX-Target": "estimate"}
    aside = ada.post(there, order(items=6, look="1"), headers=asking)
    assert f"<dt>Calls</dt><dd>{6 * 2 * (1 + len(PACK))} (both orders)</dd>" in aside.content.decode()
    assert aside.context["budgets"]
    assert "<form" not in aside.content.decode()
    assert not Run.objects.exists()
    for _ in range(2):
        response = ada.post(there, order(budget="5"))
    run = Run.objects.get()
    assert response.headers["Location"] == reverse("judges:run", args=["shop", run.pk])
    assert (run.state, run.engine, run.budget_nusd) == ("planning", "worker", 5_000_000_000)
    assert run.selection == probe_selection(version, PROBED, seed=1).as_json()
    again = ada.post(there, order(look="1", key="other"))
    assert again.context["earlier"] == run
    assert ada.post(there, order(items=3)).status_code == 422  # another order under the same key
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"items": 0}, "greater than or equal to 1"),
        ({"items": 501}, "less than or equal to 500"),
        ({"budget": "3"}, "No price is known for the model fake-judge"),
        ({"seed": "x"}, "Enter a whole number."),
    ],
)
def test_a_launch_of_probes_that_cannot_be_says_why(project, fake, ada, changes, words):
    make_material(project, 3)
    version = make_version(project, base_url=fake.openai_url)
    response = ada.post(reverse("judges:new_probes", args=["shop", version.pk]), order(**changes))
    assert (response.status_code, words in response.content.decode()) == (422, True)
    assert not Run.objects.exists()


def test_a_judge_that_cannot_be_probed_says_so_and_strangers_see_nothing(project, fake, ada, client):
    version = make_version(project, base_url=fake.openai_url)
    there = reverse("judges:new_probes", args=["shop", version.pk])
    assert "has nothing on record that" in ada.get(there).content.decode()
    assert ada.post(there, order()).status_code == 200
    assert not Run.objects.exists()
    client.force_login(make_user("stranger"))
    assert client.get(there).status_code == 404


@pytest.mark.parametrize("mode", ["honest", "gullible"])
def test_the_page_of_the_run_shows_the_rates_of_the_judges_card(judged, project, ada, mode):
    version = judged(mode)
    run = probed(version, PROBED)
    page = ada.get(reverse("judges:run", args=["shop", run.pk]))
    card = ada.get(reverse("analysis:judge_card", args=["shop", version.rater_id])).context["page"].probes
    shown = [(one.kind, one.moved, one.share.n, one.is_within, one.left_out) for one in page.context["rates"]]
    assert shown == [(one.kind, one.flips, one.n, one.passes, one.left_out) for one in card.kinds]
    for one, counted in zip(page.context["rates"], card.kinds, strict=True):
        assert (one.share.lower, one.share.upper) == (pytest.approx(counted.lower), pytest.approx(counted.upper))
    assert "What moved it" in page.content.decode()
    assert '<span class="faint">content-free</span>' in page.content.decode()
    assert f"Run {run.pk}</a>, done" in ada.get(reverse("judges:judge", args=["shop", version.pk])).content.decode()
    assert FEWEST_ON_THE_CARD == FEWEST_TRIALS
