"""Names that a database would refuse or cut off are refused in words, wherever they come from."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from judges.judge_files import BadFile, parse_judges
from judges.models import JudgeVersion
from judges.parameters import BadVersion
from judges.versions import PanelDraft, check_panel
from tests.factories import PREFERENCE, make_project, make_rubric
from tests.judges.making import make_version

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "n" * 121}, "the name of a judge has 120 characters at most, not 121"),
        ({"model": "m" * 201}, "the model of a judge has 200 characters at most"),
        ({"base_url": "https://a.example/" + "v" * 400}, "the base_url of a judge has 400 characters at most"),
        ({"name": "Por\0tia"}, "the name of a judge holds a control character"),
        ({"model": "m\nX-Key: 1"}, "the model of a judge holds a control character"),
        ({"name": "Por\udcfftia"}, "holds a control character or is no text"),
    ],
)
def test_a_name_that_cannot_be_kept_is_refused(changes, words):
    with pytest.raises(BadVersion, match=words):
        make_version(**changes)
    assert not JudgeVersion.objects.exists()


def test_the_name_of_a_panel_is_held_to_the_same():
    with pytest.raises(BadVersion, match="120 characters at most"):
        check_panel(make_project(), PanelDraft("p" * 121, "jury", []))


def test_a_file_says_the_line_of_a_control_character():
    text = '[[judge]]\nname = "Portia"\nprovider = "openai"\nmodel = "m"\nrubric = "Cohe\\u0000rence"\n'
    with pytest.raises(BadFile, match="line 5: rubric holds a control character"):
        parse_judges(text)


def test_the_command_refuses_it_as_a_wrong_call():
    project = make_project(slug="shop")
    make_rubric(project, PREFERENCE)
    model = ("--model", "m", "--provider", "openai", "--dry-run")
    with pytest.raises(CommandError, match="120 characters at most") as refusal:
        call_command("judge", "shop", "--judge", "n" * 300, *model)
    assert refusal.value.returncode == 2
