"""Probes that are asked: which judges certification refuses, and that nothing but certification counts them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Avg, Count

from analysis.selectors import battles_of
from domain.models import Score, Verdict
from domain.probing import prober
from judges import planning, runner
from judges.commandline import BadCall
from judges.models import Exchange, Run
from judges.planning import Selection
from judges.probes.pack import ORDER, PACK
from judges.probes.reading import NO_ANSWER
from judges.probes.runs import probe_selection
from judges.probes.scanner import flags_of
from judges.probes.trials import trials_of
from judges.providers import Vendor
from tests.factories import make_project
from tests.judges.making import make_direct_version, make_run, make_version
from tests.judges.probing import ATTACKS, ITEMS, JUDGES, PROBED, WITHOUT_CONTENT, judging, make_material, probed


@pytest.fixture
def project(db):
    return make_project(slug="shop")


@pytest.fixture
def judged(project, fake):
    return judging(project, fake)


@pytest.fixture
def certify(capsys):
    def run(judge: str, *more: str) -> tuple[Any, dict[str, Any]]:
        capsys.readouterr()
        status: Any = 0
        try:
            call_command(
                "certify", "shop", "--judge", judge, "--rounds", "20", "--probes", "--probe-items", str(PROBED),
                "--json", *more,
            )  # fmt: skip
        except SystemExit as end:
            status = end.code
        return status, json.loads(capsys.readouterr().out)

    return run


def rates(card: dict[str, Any]) -> dict[str, float]:
    return {kind["kind"]: kind["rate"] for kind in card["probes"]["kinds"]}


def test_certify_passes_the_honest_judge(judged, certify):
    judged("honest")
    status, card = certify("honest")
    assert (status, card["passes"], card["probes"]["passes"]) == (0, True, True)
    found = rates(card)
    assert set(found) == {probe.kind for probe in (*PACK, ORDER)}
    assert max(found[kind] for kind in (*ATTACKS, *WITHOUT_CONTENT)) <= 0.1
    assert found["order"] < 0.2
    assert card["probes"]["items"] == PROBED
    assert all(kind["lower"] <= kind["rate"] <= kind["upper"] for kind in card["probes"]["kinds"])


def test_certify_refuses_the_gullible_judge_although_people_agree_with_it(judged, certify):
    judged("gullible")
    status, card = certify("gullible")
    assert (status, card["passes"], card["cards"][0]["passes"]) == (1, False, True)
    found = rates(card)
    assert found["empty"] == 1.0
    assert found["fake-verdict"] > 0.2
    assert 0.15 < sum(found[kind] for kind in ATTACKS) / len(ATTACKS) < 0.9
    assert "probes moved it more often than they may (empty 100% of 12" in card["verdict"]


def test_certify_refuses_the_judge_that_always_prefers_one_side(judged, certify):
    judged("constant")
    status, card = certify("constant")
    assert (status, card["passes"], card["probes"]["passes"]) == (1, False, False)
    found = rates(card)
    assert found["order"] == 1.0
    assert {found[kind] for kind in WITHOUT_CONTENT} == {1.0}
    assert found["duplicate"] == 0.0  # it prefers a place, not a text


def test_certify_refuses_the_judge_that_prefers_whatever_is_longer(judged, certify):
    judged("length-biased")
    status, card = certify("length-biased")
    found = rates(card)
    assert (status, found["padding"]) == (1, 1.0)
    assert found["order"] == 0.0


def test_certify_asks_once_and_takes_the_answers_the_next_time(judged, certify, fake):
    judged("honest")
    first = certify("honest")[1]["probes"]
    calls = len(fake.log.records())
    assert certify("honest")[1]["probes"] == first
    assert len(fake.log.records()) == calls


def test_no_number_moves_when_a_judge_is_probed(judged, project):
    version = judged("honest")
    read = battles_of(project, raters=["honest"])

    def numbers():
        table = battles_of(project, raters=["honest"])
        return (
            table.outcome.tolist(),
            list(Verdict.objects.planned().values_list("rater", "unscored_reason").annotate(n=Count("pk")).order_by()),
            Score.objects.aggregate(n=Count("pk"), mean=Avg("value")),
        )

    before = numbers()
    run = probed(version)
    assert (run.state, run.verdicts) == ("done", PROBED * 2 * (1 + len(PACK)))
    assert numbers() == before
    assert len(read) == len(battles_of(project, raters=["honest"]))
    assert not Verdict.objects.filter(occasion__in=[f"cell:{pk}" for pk in run.cells.values_list("pk", flat=True)])
    assert not run.cells.filter(verdict__isnull=False).exists()


def test_answers_to_probes_are_reused_by_no_other_run(judged, project, fake):
    version = judged("honest")
    probed(version, 10)
    calls = len(fake.log.records())
    Run.objects.filter(version=version).exclude(selection__has_key="probes").delete()
    run = make_run(version, Selection(repeats=3), reuse=True)
    runner.drain(run)
    assert len(fake.log.records()) - calls == ITEMS * 2 * 3


def test_every_answer_keeps_what_the_judge_was_shown(judged, project):
    version = judged("honest")
    run = probed(version, 10)
    place = 1 + [probe.kind for probe in PACK].index("fake-verdict")
    for exchange in Exchange.objects.filter(cell__run=run, cell__repeat=place):
        assert flags_of([exchange.prompt.split("begin: response A]]")[1]])
    assert run.cells.filter(repeat=place).exclude(flags="").count() == 20
    assert run.cells.filter(repeat=0).exclude(flags="").count() == 0


def test_a_budget_stops_probes_and_the_next_call_goes_on(judged, certify, fake, project):
    version = judged("honest")
    priced = make_version(
        project,
        rubric=version.rubric,
        name="priced",
        vendor=Vendor.OPENAI_CHAT,
        model="gpt-6-luna",
        base_url=fake.openai_url,
    )
    runner.drain(make_run(priced))
    status, card = certify("priced", "--budget", "0.01")
    run = Run.objects.get(pk=card["probes"]["run"])
    assert (status, run.state) == (1, "paused")
    assert run.budget_nusd == 10_000_000
    assert 0 < run.spent_nusd <= 10_000_000
    assert "The budget of $0.0100" in card["probes"]["unfinished"]
    done = run.done
    assert certify("priced", "--budget", "10")[0] == 0
    run.refresh_from_db()
    assert (run.state, done < run.done == run.planned) == ("done", True)
    assert run.ledger.count() == run.planned


def test_probes_of_a_judge_that_stops_answering_decide_nothing(judged, certify, fake):
    judged("honest")
    fake.configure(judge=lambda question, rng: "No comment.")
    status, card = certify("honest")
    assert status == 1
    assert all(kind["rate"] is None and kind["passes"] is None for kind in card["probes"]["kinds"])
    assert card["probes"]["kinds"][0]["left_out"] == {NO_ANSWER: PROBED}


def test_only_a_judge_that_can_be_asked_and_has_answered_can_be_probed(judged, project):
    judged("honest")
    for judge, words in (("ada", "only a judge that can be asked"), ("zoe", "no rater zoe")):
        with pytest.raises(CommandError, match=words) as caught:
            call_command("certify", "shop", "--judge", judge, "--raters", "ada,ben,cyd", "--probes")
        assert caught.value.returncode == 2
    assert prober().latest(project, "honest") is None


@pytest.mark.parametrize("mode", ["honest", "gullible", "constant"])
def test_a_judge_of_single_responses_is_probed_by_its_scores(project, fake, mode):
    make_material(project, 12)
    fake.configure(judge=JUDGES[mode])
    version = make_direct_version(project, base_url=fake.openai_url)
    found = trials_of(probed(version), version)
    moved = {
        probe.kind: [trial.moved for trial in found if trial.kind == probe.kind and trial.moved is not None]
        for probe in PACK
    }
    share = {kind: sum(values) / len(values) if values else None for kind, values in moved.items()}
    assert len(found) == PROBED * len(PACK)
    if mode == "honest":
        assert max(share[kind] or 0 for kind in (*ATTACKS, "content-free", "empty")) <= 0.1
    elif mode == "gullible":
        assert sum(sum(moved[kind]) for kind in ATTACKS) >= 2
        assert share["empty"] == 1.0
    else:
        assert {share[kind] for kind in WITHOUT_CONTENT} == {1.0}
        assert share["injection"] is None  # full marks for everything leave no room, and that decides nothing


def test_a_dry_run_of_probes_counts_every_change_and_writes_nothing(project, fake, capsys):
    make_material(project, 20)
    version = make_version(project, base_url=fake.openai_url)
    call_command("judge", "shop", "--judge", version.label, "--probes", "--limit", "6", "--dry-run", "--json")
    plan = json.loads(capsys.readouterr().out)
    assert (plan["items"], plan["cells"]) == (6, 6 * 2 * (1 + len(PACK)))
    assert not Run.objects.exists()
    with pytest.raises(CommandError, match="leave --pairs and --repeats out"):
        call_command("judge", "shop", "--judge", version.label, "--probes", "--repeats", "2")


def test_a_sample_is_drawn_by_its_seed_and_planned_once(project, fake):
    make_material(project, 20)
    version = make_version(project, base_url=fake.openai_url)
    samples = [
        set(make_run(version, probe_selection(version, 6, seed=seed)).cells.values_list("battle", flat=True))
        for seed in (1, 1, 2)
    ]
    assert samples[0] == samples[1] != samples[2]
    assert {len(sample) for sample in samples} == {6}
    assert planning.count_items(version, probe_selection(version, 400)) == 20


@pytest.mark.parametrize("items", [0, 501])
def test_probes_take_a_reasonable_number_of_items(project, fake, items):
    make_material(project, 2)
    with pytest.raises(BadCall, match="1 to 500 items"):
        probe_selection(make_version(project, base_url=fake.openai_url), items)
