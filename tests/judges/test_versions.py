"""Judge versions: one content, one hash, one rater."""

from __future__ import annotations

import pytest

from domain.services import create_rubric
from domain.specs import RubricSpec
from judges.parameters import BadVersion, Parameters
from judges.providers import Vendor
from judges.versions import Draft, NoSuchJudge, PanelDraft, find_version, get_or_create_panel, get_or_create_version
from tests.factories import LIKERT, PREFERENCE, SLIDER, make_project, make_rubric
from tests.judges.making import make_version

pytestmark = pytest.mark.django_db


def test_the_same_content_is_the_same_version_whatever_it_is_called():
    first = make_version()
    again = make_version(rubric=first.rubric, name="Shylock", key_name="OTHER_API_KEY")
    assert again.pk == first.pk
    assert again.key_name == "OTHER_API_KEY"


@pytest.mark.parametrize(
    "change",
    [
        {"model": "fake-judge-2"},
        {"base_url": "http://127.0.0.1:24001/v1"},
        {"parameters": Parameters(max_tokens=501)},
        {"parameters": Parameters(max_tokens=500, reasons="after")},
        {"dialect": "json_object"},
        {"vendor": Vendor.OPENAI_CHAT},
    ],
)
def test_another_content_is_the_next_version_of_the_name_and_another_rater(change):
    first = make_version()
    second = make_version(rubric=first.rubric, **change)
    assert second.content_hash != first.content_hash
    assert second.rater != first.rater
    assert second.rater.judge == second.content_hash
    assert second.label == "Portia v2"


def test_another_wording_of_the_rubric_is_another_version():
    project = make_project()
    hashes = set()
    for instructions in ("Be kind.", "Be strict."):
        spec = RubricSpec(name="Quality", instructions=instructions, criteria=(PREFERENCE,))
        hashes.add(make_version(project, rubric=create_rubric(project=project, spec=spec)).content_hash)
    assert len(hashes) == 2


def test_the_rubric_of_a_judge_is_closed_to_edits():
    version = make_version()
    version.rubric.refresh_from_db()
    assert version.rubric.frozen_at is not None


def test_the_rubric_decides_the_protocol():
    project = make_project()
    assert make_version(project, rubric=make_rubric(project, LIKERT)).protocol == "direct"
    assert make_version(project, rubric=make_rubric(project, PREFERENCE)).protocol == "pairwise"


def test_a_judge_is_found_by_name_and_by_number():
    first = make_version()
    second = make_version(rubric=first.rubric, model="fake-judge-2")
    assert find_version(first.project, "Portia") == second
    assert find_version(first.project, "Portia v1") == first


def test_an_unknown_judge_names_the_known_ones():
    version = make_version()
    with pytest.raises(NoSuchJudge, match=r"no judge 'Daniel' \(its judges: Portia\)"):
        find_version(version.project, "Daniel")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "needs a name"),
        ({"model": ""}, "needs a name and a model"),
        ({"vendor": Vendor.COMPATIBLE, "base_url": ""}, "needs its base URL"),
        ({"dialect": "yaml"}, "dialect 'yaml'"),
        ({"key_name": "sk-abc-123"}, "NAME of a key"),
        ({"key_name": "JURYBOX_SECRET_KEY"}, "must end in _API_KEY"),
    ],
)
def test_a_judge_that_cannot_be_says_why(change, words):
    rubric = make_rubric(make_project())
    fields = {"name": "J", "vendor": Vendor.ANTHROPIC, "model": "m", "rubric": rubric, **change}
    with pytest.raises(BadVersion, match=words):
        get_or_create_version(rubric.project, Draft(**fields))


@pytest.mark.parametrize(
    "settings",
    [{"max_tokens": 3}, {"reasons": "never"}, {"temperature": 3.0}, {"top_p": 0.0}, {"effort": "heroic"}],
)
def test_settings_off_their_scale_are_refused(settings):
    with pytest.raises(BadVersion, match=next(iter(settings))):
        Parameters(**settings)


@pytest.mark.parametrize("rule", [None, "majority"])
def test_samples_of_any_number_are_not_left_to_a_majority(rule):
    rubric = make_rubric(make_project(), SLIDER)
    with pytest.raises(BadVersion, match="a majority hardly ever agrees: say mean or median"):
        make_version(rubric=rubric, parameters=Parameters(samples=3, rule=rule))
    assert make_version(rubric=rubric, parameters=Parameters(samples=3, rule="mean")).pk


def panel_of(rubric, combination, *parameters, rule=None):
    members = [
        make_version(rubric=rubric, name=f"Judge {place}", model=f"judge-{place}", parameters=settings)
        for place, settings in enumerate(parameters)
    ]
    draft = PanelDraft("Bench", combination, members, Parameters(rule=rule))
    return get_or_create_panel(rubric.project, draft)[0]


def test_a_jury_on_a_scale_of_any_number_needs_a_mean_or_a_median_and_a_cascade_does_not():
    rubric = make_rubric(make_project(), SLIDER)
    with pytest.raises(BadVersion, match="a majority hardly ever agrees"):
        panel_of(rubric, "jury", Parameters(), Parameters())
    assert panel_of(rubric, "jury", Parameters(), Parameters(), rule="median").pk
    assert panel_of(rubric, "cascade", Parameters(), Parameters()).pk


@pytest.mark.parametrize("combination", ["jury", "cascade"])
def test_a_judge_of_several_samples_is_not_asked_once_on_a_panel(combination):
    rubric = make_rubric(make_project(), LIKERT)
    with pytest.raises(BadVersion, match="Judge 1 takes 3 samples, and on a panel each judge is asked once"):
        panel_of(rubric, combination, Parameters(), Parameters(samples=3))
