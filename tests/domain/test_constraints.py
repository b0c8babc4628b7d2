"""Each invariant of the record, and the database saying no."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from domain.models import Battle, Criterion, Import, Membership, Prompt, Rater, Response, Rubric, Score, System, Verdict
from domain.services import freeze
from tests.factories import (
    LIKERT,
    PREFERENCE,
    SLIDER,
    make_battle,
    make_project,
    make_prompt,
    make_rater,
    make_response,
    make_rubric,
    make_user,
)

pytestmark = pytest.mark.django_db


def refused(name: str):
    """The database refuses, and names the invariant."""
    return pytest.raises(IntegrityError, match=name)


def verdict_fields(**changes):
    battle = changes.pop("battle", None) or make_battle()
    project = battle.project
    rubric = make_rubric(project, PREFERENCE)
    fields = {
        "project": project,
        "rater": make_rater(project),
        "rubric": rubric,
        "battle": battle,
        "occasion": "test:1",
    }
    return {**fields, **changes}


def test_a_person_has_one_role_in_a_project():
    user = make_user()
    project = make_project(owner=user)
    with refused("membership_once_per_project|UNIQUE constraint failed: domain_membership"):
        Membership.objects.create(project=project, user=user, role="viewer")


def test_a_role_must_be_known():
    with refused("membership_role_is_known"):
        Membership.objects.create(project=make_project(), user=make_user(), role="emperor")


@pytest.mark.parametrize("twin", ["gpt-4", "GPT‑4", "gрt-4", "g\u200bpt-4", "ＧＰＴ-4"])
def test_two_systems_cannot_have_names_that_look_alike(twin):
    project = make_project()
    System.objects.create(project=project, name="GPT-4")
    with refused("system_name_not_confusable|domain_system.name_key"):
        System.objects.create(project=project, name=twin)


def test_a_prompt_id_exists_once():
    prompt = make_prompt(make_project(), external_id="q1")
    with refused("prompt_external_id_once|domain_prompt.external_id"):
        make_prompt(prompt.project, external_id="q1")


def test_a_prompt_needs_an_id():
    with refused("prompt_has_an_external_id"):
        Prompt.objects.create(project=make_project(), external_id="")


def test_a_system_answers_a_prompt_once_per_sample():
    first = make_response()
    with refused("response_once_per_sample|domain_response.sample"):
        Response.objects.create(project=first.project, prompt=first.prompt, system=first.system)


def test_a_response_cannot_fight_itself():
    response = make_response()
    with refused("battle_in_canonical_order"):
        Battle.objects.create(
            project=response.project, prompt=response.prompt, response_a=response, response_b=response
        )


def test_a_pair_exists_in_one_order():
    battle = make_battle()
    with refused("battle_in_canonical_order"):
        Battle.objects.create(
            project=battle.project, prompt=battle.prompt, response_a=battle.response_b, response_b=battle.response_a
        )


def test_a_pair_exists_once():
    battle = make_battle()
    with refused("battle_once_per_pair|domain_battle.response_b_id"):
        Battle.objects.create(
            project=battle.project, prompt=battle.prompt, response_a=battle.response_a, response_b=battle.response_b
        )


def test_a_battle_is_about_one_prompt():
    project = make_project()
    first, second = make_response(project), make_response(project)
    with refused("battle_of_one_prompt"):
        Battle.objects.create(project=project, prompt=first.prompt, response_a=first, response_b=second)


def test_only_one_import_of_a_project_loads_at_a_time():
    project = make_project()
    Import.objects.create(project=project, format="csv")
    with refused("import_one_loading_per_project|domain_import.project_id"):
        Import.objects.create(project=project, format="csv")


@pytest.mark.parametrize(
    "identity", [{}, {"person": "p", "judge": "j"}, {"judge": "j"}, {"person": "p", "judge": "j", "metric": "m"}]
)
def test_a_rater_is_exactly_one_of_person_judge_metric(identity):
    with refused("rater_is_exactly_one_kind"):
        Rater.objects.create(project=make_project(), kind="person", name="x", **identity)


def test_only_a_person_signs_in():
    with refused("rater_user_is_a_person"):
        Rater.objects.create(project=make_project(), kind="judge", judge="j", name="j", user=make_user())


@pytest.mark.parametrize("kind", ["person", "judge", "metric"])
def test_a_rater_exists_once(kind):
    rater = make_rater(make_project(), "x", kind=kind)
    with refused(f"rater_{kind}_once|domain_rater.{kind}"):
        make_rater(rater.project, "x", kind=kind)


def test_a_verdict_is_about_something():
    with refused("verdict_has_one_target"):
        Verdict.objects.create(**verdict_fields() | {"battle": None})


def test_a_verdict_is_not_about_two_things():
    fields = verdict_fields()
    with refused("verdict_has_one_target"):
        Verdict.objects.create(**fields, response=fields["battle"].response_a)


def test_a_verdict_about_one_response_has_no_swapped_sides():
    response = make_response()
    with refused("verdict_swaps_a_battle"):
        Verdict.objects.create(
            project=response.project,
            rater=make_rater(response.project),
            rubric=make_rubric(response.project),
            response=response,
            swapped=True,
            occasion="test:1",
        )


def test_an_occasion_has_one_counted_verdict():
    fields = verdict_fields()
    Verdict.objects.create(**fields)
    Verdict.objects.create(**fields, counted=False)  # surplus is kept
    with refused("verdict_counted_once_per_occasion|domain_verdict.occasion"):
        Verdict.objects.create(**fields)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"occasion": ""}, "verdict_has_an_occasion"),
        ({"unscored_reason": "bored"}, "verdict_reason_is_known"),
        ({"confidence": 6}, "verdict_confidence_1_to_5"),
        ({"role": "secret"}, "verdict_role_is_known"),
    ],
)
def test_a_verdict_says_only_what_it_may(change, name):
    with refused(name):
        Verdict.objects.create(**verdict_fields(**change))


def score_of(criterion_spec, **values):
    response = make_response()
    rubric = make_rubric(response.project, criterion_spec)
    verdict = Verdict.objects.create(
        project=response.project,
        rater=make_rater(response.project),
        rubric=rubric,
        response=response,
        occasion="test:1",
        unscored_reason=values.pop("unscored_reason", ""),
    )
    return Score.objects.create(verdict=verdict, criterion=rubric.criteria.get(), **values)


@pytest.mark.parametrize("number", [0, 6, 2.5, -1, 1e308])
def test_a_value_off_a_scale_of_categories_is_refused(number):
    with refused("score_on_scale"):
        score_of(LIKERT, value=number)


@pytest.mark.parametrize("number", [-0.1, 100.1])
def test_a_value_off_a_range_is_refused(number):
    with refused("score_on_scale"):
        score_of(SLIDER, value=number)


@pytest.mark.parametrize(("spec", "number"), [(LIKERT, 5), (SLIDER, 0), (SLIDER, 33.25), (SLIDER, 100)])
def test_a_value_on_the_scale_is_taken(spec, number):
    assert score_of(spec, value=number).value == number


def test_not_a_number_is_no_value():
    with refused("score_on_scale|score_is_a_value_or_an_outcome"):
        score_of(SLIDER, value=float("nan"))


def test_a_choice_is_no_number():
    with refused("score_on_scale"):
        score_of(LIKERT, outcome="A")


def choice_score(**values):
    fields = verdict_fields()
    verdict = Verdict.objects.create(**fields)
    return Score.objects.create(verdict=verdict, criterion=fields["rubric"].criteria.get(), **values)


@pytest.mark.parametrize("values", [{"value": 1}, {"outcome": "C"}, {"outcome": "A", "strength": 3}])
def test_a_choice_off_its_scale_is_refused(values):
    with refused("score_on_scale"):
        choice_score(**values)


def test_a_tie_has_no_strength():
    with refused("score_strength_needs_a_winner|score_on_scale"):
        choice_score(outcome="tie", strength=1)


@pytest.mark.parametrize("values", [{"outcome": "both_bad"}, {"outcome": "B", "strength": 2}])
def test_a_choice_on_its_scale_is_taken(values):
    assert choice_score(**values).outcome == values["outcome"]


@pytest.mark.parametrize(
    "values", [("A", 0.4), ("B", 0.6), ("tie", 0.6), ("both_bad", 0.5), ("A", 1.1), ("B", -0.1), (None, 0.5)]
)
def test_a_chance_against_its_outcome_is_refused(values):
    outcome, chance = values
    with refused("score_chance_goes_with_the_outcome|score_on_scale|score_is_a_value_or_an_outcome"):
        choice_score(outcome=outcome, chance=chance)


@pytest.mark.parametrize("values", [("A", 0.5), ("A", 1.0), ("B", 0.0), ("B", 0.49), ("B", None)])
def test_a_chance_that_goes_with_its_outcome_is_taken(values):
    assert choice_score(outcome=values[0], chance=values[1]).chance == values[1]


def test_a_criterion_is_answered_once():
    score = choice_score(outcome="A")
    with refused("score_once_per_criterion|domain_score.verdict_id"):
        Score.objects.create(verdict=score.verdict, criterion=score.criterion, outcome="B")


def test_an_unscored_verdict_has_no_scores():
    with refused("score_on_scale"):
        score_of(LIKERT, value=3, unscored_reason="refused")


def test_a_score_answers_a_criterion_of_its_own_rubric():
    fields = verdict_fields()
    other = make_rubric(fields["project"], PREFERENCE)
    verdict = Verdict.objects.create(**fields)
    with refused("score_on_scale"):
        Score.objects.create(verdict=verdict, criterion=other.criteria.get(), outcome="A")


@pytest.mark.parametrize(
    "scale",
    [
        {"kind": "score", "level": "ordinal"},
        {"kind": "score", "level": "ordinal", "categories": [1]},
        {"kind": "score", "level": "interval", "minimum": 0},
        {"kind": "choice", "level": "nominal", "outcomes": ["A"]},
    ],
)
def test_a_criterion_declares_its_scale(scale):
    rubric = make_rubric(make_project())
    with refused("criterion_scale_declared"):
        Criterion.objects.create(rubric=rubric, key="x", name="x", **scale)


def test_a_range_runs_upwards():
    rubric = make_rubric(make_project())
    with refused("criterion_range_is_a_range"):
        Criterion.objects.create(rubric=rubric, key="x", name="x", kind="score", level="ratio", minimum=5, maximum=1)


def test_a_used_rubric_takes_no_edits():
    rubric = make_rubric(make_project())
    freeze(rubric)
    for edit in (
        lambda: Rubric.objects.filter(pk=rubric.pk).update(instructions="other"),
        lambda: Rubric.objects.filter(pk=rubric.pk).update(frozen_at=None),
        lambda: rubric.criteria.update(meaning="other"),
        lambda: Criterion.objects.create(
            rubric=rubric, key="x", name="x", kind="score", level="ordinal", categories=[0, 1]
        ),
    ):
        with refused("rubric_frozen_on_use|criterion_of_open_rubric"), transaction.atomic():
            edit()


def test_an_unused_rubric_can_be_edited():
    rubric = make_rubric(make_project())
    assert rubric.criteria.update(meaning="clearer") == 1


def test_a_project_can_be_deleted_whole():
    score = choice_score(outcome="A")
    freeze(score.verdict.rubric)
    score.verdict.project.delete()
    assert not Verdict.objects.exists()
