"""``jurybox demo``: the sample project, its simulated raters, and the offer of a judge."""

from __future__ import annotations

import re

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from analysis.leaderboard import leaderboard
from analysis.selectors import battles_of
from annotation.models import Campaign
from annotation.quality.card import card_of
from annotation.quality.flags import quality_flags
from annotation.services import claim
from domain.choices import Choice, Outcome, Value
from domain.models import Battle, Project, Rater, Response, Verdict
from judges.models import JudgeVersion, Run
from jurybox import demo, demo_campaign, demo_judge
from jurybox.simulation import SimulatedRater, panel, prefer, rate
from tests.fakes.provider import running_provider

QUALITY = st.floats(1, 5)


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """Build the sample once for this module; drop it afterwards."""
    with django_db_blocker.unblock():
        call_command("demo", build_only=True, port=0)
        yield Project.objects.get(slug="demo")
        Project.objects.filter(slug="demo").delete()
        User.objects.all().delete()


@pytest.fixture
def project(built, db):
    return Project.objects.get(slug="demo")


def test_the_sample_says_that_it_is_one_and_that_its_raters_are_simulated(project):
    assert project.is_sample
    people = Rater.objects.of(project).people()
    assert people.count() == demo.PANEL_SIZE
    assert all(rater.is_simulated and rater.name.startswith("Simulated") for rater in people)


def test_every_response_has_three_ratings_and_every_metric(project):
    responses = Response.objects.of(project).count()
    assert responses == 24 * 4
    live = Verdict.objects.planned().filter(project=project, response__isnull=False, rubric__name=demo.DIRECT)
    assert live.by_humans().count() == responses * demo.RATINGS_PER_ITEM
    metrics = Rater.objects.of(project).metrics()
    assert metrics.count() >= 7
    assert all(Verdict.objects.planned().filter(rater=metric).count() == responses for metric in metrics)


def test_a_metric_without_a_reference_is_unscored_and_not_zero(project):
    bleu = Verdict.objects.planned().filter(project=project, rater__metric__startswith="bleu")
    without = bleu.filter(response__prompt__reference="")
    assert without.exists()
    assert set(without.values_list("unscored_reason", flat=True)) == {"no_reference"}


def test_the_leaderboard_is_filled_and_in_the_order_in_which_the_systems_were_written(project):
    board = leaderboard(battles_of(project, raters="human"))
    assert [row.system for row in board.rows] == ["Aster 2", "Birch 1", "Cedar mini", "Dune base"]
    assert all(row.lower is not None for row in board.rows)


def test_an_annotator_finds_both_kinds_of_task(project):
    annotator = User.objects.get(username="annotator")
    campaigns = Campaign.objects.filter(project=project, state="open")
    assert sorted(campaign.is_pairwise for campaign in campaigns) == [False, False, True]
    for campaign in campaigns:
        assert claim(annotator, campaign) is not None


def test_calibration_answers_are_in_the_frame_of_the_battle(project):
    sample = demo.Sample.read()
    items = Campaign.objects.get(project=project, name="Which answer is better?").items.filter(role="calibration")
    assert items.count() == len(sample.calibration)
    for row in sample.calibration:
        pair = {row["system_a"], row["system_b"]}
        item = next(
            item
            for item in items.select_related("battle__response_a__system", "battle__response_b__system")
            if item.battle.prompt.external_id == row["prompt_id"]
            and {item.battle.response_a.system.name, item.battle.response_b.system.name} == pair
        )
        winner = {"A": item.battle.response_a, "B": item.battle.response_b}.get(item.expected["preference"]["choice"])
        wanted = {"A": row["system_a"], "B": row["system_b"]}.get(row["outcome"])
        assert (winner.system.name if winner else None) == wanted


def test_the_checked_campaign_has_something_real_on_its_quality_page(project):
    campaign = Campaign.objects.get(project=project, name=demo_campaign.NAME)
    assert [remark.form for remark in campaign.rubric.spec().remarks] == ["spans", "tags"]
    people = list(campaign.participants.order_by("user__username"))
    assert [one.user.has_usable_password() for one in people] == [False] * demo.PANEL_SIZE
    assert [one.standing for one in people] == ["good"] * (demo.PANEL_SIZE - 1) + ["paused"]
    assert [flag.family for flag in quality_flags(campaign)] == ["qualification"]
    assert card_of(people[0]).accuracy.value is not None
    annotator = User.objects.get(username="annotator")
    task = claim(annotator, campaign)
    assert task is not None
    assert task.item.role == "training"


def test_building_again_changes_nothing(project):
    before = (Verdict.objects.count(), Battle.objects.count(), Campaign.objects.count(), Run.objects.count())
    admin, annotator = (User.objects.get(username=name) for name in ("admin", "annotator"))
    list(demo.build(admin=admin, annotator=annotator))
    after = (Verdict.objects.count(), Battle.objects.count(), Campaign.objects.count())
    assert after == before[:3]


def test_passwords_are_printed_once_and_can_be_replaced(project, capsys):
    before = User.objects.get(username="admin").password
    call_command("demo", build_only=True, port=0)
    assert not re.search(r"\w{4}-\w{4}-\w{4}-\w{4}", capsys.readouterr().err)
    call_command("demo", build_only=True, port=0, new_passwords=True)
    shown = re.search(r"admin\s+(\w{4}-\w{4}-\w{4}-\w{4})", capsys.readouterr().err)
    admin = User.objects.get(username="admin")
    assert shown is not None
    assert admin.password != before
    assert admin.check_password(shown[1])


@pytest.mark.django_db(transaction=False)
def test_without_a_key_the_demo_says_what_would_bring_a_judge(project, monkeypatch):
    said: list[str] = []
    demo_judge.offer(said.append, None)
    assert "ANTHROPIC_API_KEY" in said[0]


def test_a_local_server_is_offered_with_its_estimate_first_and_not_run_without_a_yes(project, settings, capfd):
    said: list[str] = []
    with running_provider(seed=1) as fake:
        settings.JUDGE_BASE_URL = fake.openai_url
        settings.JUDGE_PRIVATE_HOSTS = [f"127.0.0.1:{fake.port}"]
        demo_judge.offer(said.append, lambda question: "")
        judged = [call for call in fake.log.records() if "models" not in call.path]
    assert judged == []
    assert "48 calls" in capfd.readouterr().err
    assert not JudgeVersion.objects.exists()


def test_the_first_small_model_of_a_key_is_offered(settings, monkeypatch):
    settings.JUDGE_BASE_URL = ""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    [found] = demo_judge.candidates()
    assert (found.provider, found.model) == ("openai", "gpt-6-luna")
    assert found.arguments()[-6:-4] == ["--budget", "1"]


def test_a_server_that_does_not_answer_is_not_offered(settings):
    settings.JUDGE_BASE_URL = "http://127.0.0.1:9/v1"
    assert list(demo_judge.candidates()) == []


CALM = SimulatedRater("calm", severity=0.0, noise=0.0)


def test_a_rater_without_noise_reports_the_quality_on_the_scale():
    seen = rate(CALM, {"clarity": 4.4, "help": 1.0}, np.random.default_rng(0))
    assert seen == {"clarity": Value(4.0), "help": Value(1.0)}


@given(severity=st.floats(-3, 3), noise=st.floats(0, 5), quality=QUALITY, seed=st.integers(0, 99))
def test_ratings_stay_on_the_scale_whatever_the_rater(severity, noise, quality, seed):
    rng = np.random.default_rng(seed)
    [answer] = rate(SimulatedRater("x", severity, noise), {"clarity": quality}, rng).values()
    assert isinstance(answer, Value)
    assert answer.number in (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("first", "second", "choice"),
    [
        ([5.0, 5.0], [2.0, 2.0], Choice(Outcome.A, 2)),
        ([3.0, 3.0], [4.0, 4.0], Choice(Outcome.B, 1)),
        ([3.0, 3.0], [3.2, 3.2], Choice(Outcome.TIE)),
        ([1.0, 1.0], [1.5, 1.5], Choice(Outcome.BOTH_BAD)),
    ],
)
def test_a_rater_without_noise_chooses_by_the_gap(first, second, choice):
    assert prefer(CALM, first, second, np.random.default_rng(0)) == choice


def test_the_same_seed_makes_the_same_panel():
    assert panel(4, np.random.default_rng(3)) == panel(4, np.random.default_rng(3))
