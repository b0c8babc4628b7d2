"""How steady a judge is: preference for the longer response, and the same answer when asked again."""

from __future__ import annotations

import pytest

from domain.models import Response
from judges.figures import longer_wins, repeats, wilson
from judges.models import Cell, Run
from judges.planning import Selection
from judges.providers import Vendor
from judges.runner import drain
from tests.factories import LIKERT, make_project, make_rubric
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_battles(project, 4)
    for response in Response.objects.all():
        response.characters = len(response.content)
        response.save()
    return project


def asked(project, fake, *, times: int = 1, rubric=None) -> Run:
    version = make_version(project, rubric=rubric, vendor=Vendor.OPENAI_CHAT, base_url=fake.openai_url)
    run = make_run(version, Selection(repeats=times))
    drain(run)
    return run


def say(run: Run, *winners: str) -> None:
    """Let both orders of each battle name one winner: Ash is the shorter and response_a, Birch the longer."""
    battles = run.cells.filter(order=0, repeat=0).order_by("battle").values_list("battle", flat=True)
    for battle, winner in zip(battles, winners, strict=True):
        first = {"Ash": "A", "Birch": "B"}.get(winner, winner)
        Cell.objects.filter(run=run, battle=battle, order=0).update(said=first)
        Cell.objects.filter(run=run, battle=battle, order=1).update(said={"A": "B", "B": "A"}.get(first, first))


def test_the_longer_response_is_counted_over_battles_won_alike_in_both_orders(project, fake):
    run = asked(project, fake)
    say(run, "Birch", "Birch", "Ash", "tie")
    assert longer_wins(run) == wilson(2, 3, "")
    flip = Cell.objects.filter(run=run, order=1).order_by("battle")[0]
    Cell.objects.filter(pk=flip.pk).update(said="B")
    assert longer_wins(run) == wilson(1, 2, "")


def test_the_share_does_not_depend_on_which_of_the_two_is_longer_by_name(project, fake):
    run = asked(project, fake)
    say(run, "Birch", "Birch", "Ash", "tie")
    before = longer_wins(run).value
    Response.objects.update(characters=None)
    for response in Response.objects.select_related("system"):
        response.characters = 900 if response.system.name == "Ash" else 10
        response.save()
    after = longer_wins(run).value
    assert before is not None
    assert after == pytest.approx(1 - before)


def test_battles_of_equal_or_unknown_length_say_nothing(project, fake):
    run = asked(project, fake)
    say(run, "Birch", "Birch", "Ash", "Ash")
    for characters in (50, None):
        Response.objects.update(characters=characters)
        share = longer_wins(run)
        assert (share.value, share.n) == (None, 0)
        assert "shorter and a longer" in share.reason


def test_items_count_as_steady_only_if_every_repeat_says_the_same_in_each_order(project, fake):
    run = asked(project, fake, times=3)
    Cell.objects.filter(run=run, order=0).update(said="A")
    Cell.objects.filter(run=run, order=1).update(said="A")  # a flip between the orders is no change between repeats
    assert repeats(run) == wilson(4, 4, "")
    one = Cell.objects.filter(run=run, order=1, repeat=2).earliest("battle")
    Cell.objects.filter(pk=one.pk).update(said="tie")
    assert repeats(run) == wilson(3, 4, "")


def test_scores_are_compared_with_their_repeats_too(project, fake):
    run = asked(project, fake, times=2, rubric=make_rubric(project, LIKERT))
    Cell.objects.filter(run=run).update(said="4")
    one = Cell.objects.filter(run=run, repeat=1).earliest("pk")
    Cell.objects.filter(pk=one.pk).update(said="5")
    assert repeats(run) == wilson(7, 8, "")


def test_without_repeats_there_is_a_reason_and_no_number(project, fake):
    share = repeats(asked(project, fake))
    assert (share.value, share.n) == (None, 0)
    assert "several repeats" in share.reason


def test_repeats_without_a_verdict_are_no_answers(project, fake):
    run = asked(project, fake, times=2)
    Cell.objects.filter(run=run, repeat=1).update(outcome="refused", said="")
    assert repeats(run).n == 0
