"""Settings that a model does not take: the command says so before anything is paid."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from judges.model_facts import _key
from judges.models import ModelFact
from judges.parameters import Parameters
from judges.providers import Vendor
from judges.withholding import withheld_lines
from tests.factories import make_project
from tests.judges.browsing import as_member, open_shop, url
from tests.judges.making import make_battles, make_version

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("vendor", "model", "settings", "names"),
    [
        (Vendor.OPENAI_CHAT, "gpt-6-luna", {"temperature": 0.0}, "temperature"),
        (Vendor.OPENAI_CHAT, "gpt-6-luna", {"effort": "max", "seed": 3}, "seed, effort"),
        (Vendor.OPENAI_CHAT, "gpt-4.1", {"temperature": 0.0, "seed": 3}, ""),
        (Vendor.OPENAI_CHAT, "gpt-5.2", {"temperature": 0.0, "effort": "none"}, ""),
        (Vendor.OPENAI_CHAT, "gpt-5.2", {"temperature": 0.0, "effort": "low"}, "temperature"),
        (Vendor.ANTHROPIC, "claude-opus-5-5", {"temperature": 0.0, "effort": "max"}, "temperature"),
        (Vendor.ANTHROPIC, "claude-haiku-4-5", {"temperature": 0.0}, ""),
    ],
)
def test_what_a_model_does_not_take_is_named(vendor, model, settings, names: str):
    version = make_version(vendor=vendor, model=model, base_url="", parameters=Parameters(**settings))
    told = f"{model} does not take {names}: it is asked without, and each reply says so."
    assert withheld_lines(version) == ([told] if names else [])


def test_what_the_vendor_says_of_the_model_counts():
    version = make_version(
        vendor=Vendor.ANTHROPIC, model="claude-new", base_url="", parameters=Parameters(effort="low")
    )
    assert withheld_lines(version) == ["claude-new does not take effort: it is asked without, and each reply says so."]
    ModelFact.objects.create(**_key(version), told={"efforts": ["low"]}, checked_at=version.created_at)
    assert withheld_lines(version) == []


def test_a_dry_run_says_it_beside_its_figures(capsys):
    project = make_project(slug="shop")
    make_battles(project, 1)
    make_version(
        project, vendor=Vendor.OPENAI_CHAT, model="gpt-6-luna", base_url="", parameters=Parameters(temperature=1.0)
    )
    call_command("judge", "shop", "--judge", "Portia", "--dry-run", "--json")
    out, err = capsys.readouterr()
    assert "gpt-6-luna does not take temperature" in err
    assert out.startswith('{"dry_run": true')


def test_the_page_that_launches_it_says_so_too():
    project = open_shop()
    make_battles(project, 1)
    sharp, plain = (
        make_version(project, name=name, vendor=Vendor.OPENAI_CHAT, model="gpt-6-luna", base_url="", parameters=asked)
        for name, asked in (("Sharp", Parameters(temperature=1.0)), ("Plain", Parameters()))
    )
    ada = as_member(project, "owner")
    told = "gpt-6-luna does not take temperature: it is asked without, and each reply says so."
    assert told in ada.get(url("new_run"), {"judge": sharp.pk}).content.decode()
    assert told not in ada.get(url("new_run"), {"judge": plain.pk}).content.decode()
