"""Presets over real HTTP, from the draft of a version to the verdicts on record."""

from __future__ import annotations

import pytest
from django.urls import reverse

from domain.models import Score
from domain.services import create_rubric
from judges import presets, runner
from judges.models import Cell, Exchange, JudgeVersion, Run
from judges.parameters import BadVersion, Parameters
from judges.presets import PRESETS
from judges.providers import Vendor
from judges.versions import PanelDraft, get_or_create_panel
from tests.factories import make_project, make_user
from tests.judges.making import make_battles, make_run, make_version
from tests.judges.protocols import rubric_of
from tests.known import known

pytestmark = pytest.mark.django_db

TEXTUAL = [name for name, preset in PRESETS.items() if not preset.parser.is_json]


@pytest.fixture
def project():
    project = make_project()
    make_battles(project, 2)
    return project


def judge(project, name, fake, **changes):
    rubric = create_rubric(project=project, spec=rubric_of(name))
    return make_version(project, rubric=rubric, preset=name, base_url=fake.openai_url, **changes)


def drained(version) -> Run:
    run = make_run(version)
    runner.drain(run)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("name", [*TEXTUAL, "checklist"])
def test_a_run_of_a_preset_ends_with_a_verdict_in_every_cell(project, fake, name):
    run = drained(judge(project, name, fake))
    assert (run.state, run.planned, run.verdicts) == ("done", 4, 4)
    exchange = Exchange.objects.filter(cell__run=run).first()
    assert exchange is not None
    assert exchange.settings["preset"] == name
    assert exchange.settings["prompt_version"] == "1.1"


def test_a_rank_goes_to_the_side_that_was_shown(project, fake):
    fake.configure(judge=lambda question, rng: {"model_1": 1, "model_2": 2})
    run = drained(judge(project, "alpaca-eval-1", fake))
    assert run.verdicts == 4
    said = Score.objects.order_by("verdict__battle", "verdict__swapped").values_list("outcome", flat=True)
    assert list(said) == ["A", "B"] * 2  # whoever stands first: the second order turns it round


def test_an_expected_score_is_recorded_between_the_points_of_the_scale_with_its_distribution(project, fake):
    run = drained(judge(project, "g-eval", fake))
    assert run.ledger.count() == 4  # one call each
    for exchange in Exchange.objects.filter(cell__run=run):
        chances = known(exchange.chances)["coherence"]
        assert sum(chances.values()) == pytest.approx(1)
        expected = sum(int(score) * chance for score, chance in chances.items())
        assert exchange.reading["coherence"]["value"] == pytest.approx(expected)
        assert exchange.settings["parameters"]["estimator"] == "log-probs"
    assert all(not score.value.is_integer() for score in Score.objects.all())


@pytest.mark.parametrize("vendor", [Vendor.OPENAI_CHAT, Vendor.OPENAI_RESPONSES, Vendor.COMPATIBLE])
def test_a_preference_comes_from_every_provider_that_tells_log_probs(project, fake, vendor):
    version = judge(project, "alpaca-eval-2", fake, vendor=vendor, model="gpt-4.1")
    assert version.parameters["max_tokens"] == 16
    run = drained(version)
    assert run.verdicts == 4
    chances = [known(exchange.chances)["preference"] for exchange in Exchange.objects.filter(cell__run=run)]
    assert all(max(chance.values()) == pytest.approx(0.8 / 0.95) for chance in chances)
    for cell in Cell.objects.filter(run=run).select_related("verdict"):
        shown_first = known(cell.exchanges.get().chances)["preference"]["A"]
        score = known(cell.verdict).scores.get()
        assert score.chance == pytest.approx(1 - shown_first if cell.order else shown_first)


def test_without_log_probs_an_expected_score_is_the_mean_of_samples(project, fake):
    version = judge(project, "g-eval", fake, parameters=Parameters(max_tokens=500, estimator="samples", samples=3))
    run = drained(version)
    assert (run.verdicts, run.ledger.count()) == (4, 12)
    assert Exchange.objects.filter(cell__run=run, chances__isnull=False).count() == 0


@pytest.mark.parametrize(
    ("vendor", "model", "parameters", "recorded"),
    [
        (Vendor.OPENAI_CHAT, "gpt-4.1", Parameters(), {"estimator": "log-probs", "samples": 1}),
        (Vendor.OPENAI_CHAT, "gpt-5.2", Parameters(effort="none"), {"estimator": "log-probs", "samples": 1}),
        (Vendor.OPENAI_CHAT, "gpt-5.2", Parameters(), {"estimator": "samples", "samples": 20, "rule": "mean"}),
        (Vendor.ANTHROPIC, "claude-opus-5-5", Parameters(), {"estimator": "samples", "samples": 20, "rule": "mean"}),
        (Vendor.OPENAI_CHAT, "gpt-4.1", Parameters(samples=5), {"estimator": "samples", "samples": 5, "rule": "mean"}),
    ],
)
def test_a_version_records_where_its_numbers_come_from(vendor, model, parameters, recorded, fake):
    version = judge(make_project(), "g-eval", fake, vendor=vendor, model=model, parameters=parameters)
    assert {name: version.parameters.get(name) for name in recorded} == recorded


def test_estimators_are_two_versions_and_no_panel(project, fake):
    rubric = create_rubric(project=project, spec=rubric_of("g-eval"))
    by_chance, by_sample = (
        make_version(rubric=rubric, preset="g-eval", base_url=fake.openai_url, parameters=Parameters(estimator=how))
        for how in ("log-probs", "samples")
    )
    assert by_chance.content_hash != by_sample.content_hash
    assert by_chance.rater != by_sample.rater
    with pytest.raises(BadVersion, match="where their numbers come from"):
        get_or_create_panel(project, PanelDraft("Bench", "jury", [by_chance, by_sample]))


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("mt-bench", {}, "there is no preset"),
        ("alpaca-eval-2", {"vendor": Vendor.ANTHROPIC, "model": "claude-opus-5-5"}, "gives none here"),
        ("alpaca-eval-2", {"parameters": Parameters(estimator="samples")}, "has no estimator 'samples'"),
        ("alpaca-eval-2", {"parameters": Parameters(samples=3)}, "leave samples out"),
        ("g-eval", {"parameters": Parameters(estimator="log-probs", samples=3)}, "leave samples out"),
        ("mt-bench-single", {"parameters": Parameters(estimator="samples")}, "estimates nothing"),
        ("mt-bench-single", {"parameters": Parameters(reasons="after")}, "leave the setting reasons out"),
        ("full-ranking", {"parameters": Parameters(samples=3)}, "leave samples out"),
        ("arena-hard", {"spec": presets.rubric_for("mt-bench-pairwise")}, "strengths 2"),
    ],
)
def test_what_a_preset_cannot_be_is_refused_with_what_to_do(project, fake, name, changes, words):
    spec = changes.pop("spec", None) or (rubric_of(name) if name in PRESETS else rubric_of("rubric"))
    rubric = create_rubric(project=project, spec=spec)
    with pytest.raises(BadVersion, match=words):
        make_version(project, rubric=rubric, preset=name, **changes)


def test_a_preset_is_a_part_of_the_version_and_its_absence_changes_nothing(project, fake):
    rubric = create_rubric(project=project, spec=rubric_of("rubric"))
    plain, named = (make_version(project, rubric=rubric, preset=name) for name in ("", "rubric"))
    guided = make_version(project, rubric=rubric, preset="direct-reference")
    assert plain == named
    assert (plain.preset, plain.prompt_version) == ("", "1")
    assert guided.content_hash != plain.content_hash


def test_a_jury_of_checklists_computes_the_total_from_what_it_agrees_on(project, fake):
    rubric = create_rubric(project=project, spec=rubric_of("checklist"))
    met = {"strict": ("met", "not met", "met"), "kind": ("met", "met", "not met"), "odd": ("not met", "met", "not met")}

    def says(question, rng):
        names = ("names-it", "length", "wrong")
        return {name: {"reasons": "", "verdict": said} for name, said in zip(names, met[question.model], strict=True)}

    fake.configure(judge=says)
    members = [
        make_version(rubric=rubric, preset="checklist", name=model, model=model, base_url=fake.openai_url)
        for model in met
    ]
    panel, _ = get_or_create_panel(project, PanelDraft("Bench", "jury", members, Parameters(repairs=0)))
    run = drained(panel)
    assert run.verdicts == 4
    assert {score.value for score in Score.objects.filter(criterion__key="score")} == {1.0}


def test_a_score_that_is_no_token_of_its_own_is_unreadable_and_not_zero(project, fake):
    fake.configure(judge=lambda question, rng: "Fine.\nScore: 4_")
    run = drained(judge(project, "g-eval", fake))
    assert (run.verdicts, run.unreadable) == (0, 4)
    assert not Score.objects.exists()


@pytest.mark.parametrize(
    ("name", "words"), [("mt-bench-pairwise", ""), ("arena-hard", "Arena-Hard needs criterion &#x27;preference&#x27;")]
)
def test_the_form_of_a_judge_offers_protocols_and_says_what_their_rubric_lacks(client, name, words):
    owner = make_user()
    project = make_project(owner=owner)
    rubric = create_rubric(project=project, spec=presets.rubric_for("mt-bench-pairwise"))
    client.force_login(owner)
    described = {"name": "Portia", "provider": "openai-chat", "model": "gpt-4.1", "rubric": rubric.pk}
    described |= {"key_name": "PORTIA_API_KEY", "reasons": "before", "max_tokens": 2000, "preset": name}
    response = client.post(reverse("judges:new_judge", args=[project.slug]), described)
    made = JudgeVersion.objects.of(project)
    assert [version.preset for version in made] == ([] if words else [name])
    assert words in response.content.decode()
    for version in made:
        page = client.get(reverse("judges:judge", args=[project.slug, version.pk])).content.decode()
        assert "MT-Bench, pairwise, Zheng et al. (2023)" in page
        assert "orders that disagree are a tie; win rate, ties count half." in page
