"""Limits of keys: one bucket for one key at one server, which setting the same limit again does not fill."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from judges import throttle, vault
from judges.commandline import limit_key
from judges.models import Throttle
from judges.parameters import Parameters
from judges.providers import Vendor
from judges.providers.base import Secret
from judges.versions import PanelDraft, get_or_create_panel
from tests.factories import PREFERENCE, make_project, make_rubric, make_user
from tests.judges.making import make_version

pytestmark = pytest.mark.django_db
WHO = "b" * 64


@pytest.fixture
def project():
    return make_project(slug="shop")


@pytest.fixture
def rita(client, project):
    user = make_user("rita")
    project.memberships.create(user=user, role="researcher")
    client.force_login(user)
    return client


def test_setting_the_same_limit_again_does_not_fill_the_bucket():
    throttle.set_limits(WHO, requests=5, tokens=1_000)
    assert throttle.grant(WHO, [100] * 9).calls == 5
    throttle.set_limits(WHO, requests=5, tokens=1_000)
    assert throttle.grant(WHO, [100]).calls == 0
    assert Throttle.objects.get().tokens_left == pytest.approx(500, abs=60)


def test_a_higher_limit_adds_what_it_is_higher_by_and_a_lower_one_takes_it_away():
    throttle.set_limits(WHO, requests=5, tokens=None)
    assert throttle.grant(WHO, [1] * 5).calls == 5
    throttle.set_limits(WHO, requests=8, tokens=None)
    assert throttle.grant(WHO, [1] * 9).calls == 3
    throttle.set_limits(WHO, requests=2, tokens=None)
    assert throttle.grant(WHO, [1]).calls == 0


def test_a_limit_beside_a_pause_starts_full():
    throttle.park(WHO, 0.0, "asked")
    throttle.set_limits(WHO, requests=4, tokens=None)
    assert throttle.grant(WHO, [1] * 9).calls == 4


def test_a_key_has_one_bucket_whichever_of_the_apis_of_its_vendor_is_asked(project):
    rubric = make_rubric(project, PREFERENCE)
    vendors = (Vendor.OPENAI_CHAT, Vendor.OPENAI_RESPONSES, Vendor.OPENAI_DECISIONS)
    settings = {"base_url": "", "key_name": "OPENAI_API_KEY", "model": "gpt-6-luna"}
    versions = [make_version(project, rubric=rubric, vendor=vendor, name=vendor, **settings) for vendor in vendors]
    spelt_out = make_version(
        project, rubric=rubric, vendor=Vendor.OPENAI_CHAT, name="spelt out", model="gpt-6-luna",
        base_url="https://api.openai.com/v1", key_name="OPENAI_API_KEY",
    )  # fmt: skip
    elsewhere = make_version(project, rubric=rubric, vendor=Vendor.ANTHROPIC, name="elsewhere", base_url="")
    key = Secret("sk-one")
    assert len({throttle.identity(version, key) for version in (*versions, spelt_out)}) == 1
    assert throttle.identity(elsewhere, key) != throttle.identity(spelt_out, key)


def test_a_limit_that_a_command_does_not_name_stays(project):
    version = make_version(project)
    limit_key(version, {"requests_per_minute": None, "tokens_per_minute": 90_000})
    limit_key(version, {"requests_per_minute": 60, "tokens_per_minute": None})
    found = Throttle.objects.get()
    assert (found.requests_per_minute, found.tokens_per_minute) == (60, 90_000)


def make_panel(project):
    first = make_version(project)
    second = make_version(project, rubric=first.rubric, name="Nerissa", model="other-judge")
    return get_or_create_panel(project, PanelDraft("Both", "jury", [first, second], Parameters()))[0]


def test_a_panel_has_no_line_of_its_own_among_keys_and_prices(rita, project):
    panel = make_panel(project)
    page = rita.get(reverse("judges:access", args=[project.slug])).content.decode()
    assert page.count("Requests per minute of") == 1
    assert "<code>fake-judge</code>, <code>other-judge</code>" in page  # those without a price
    assert panel.model not in page
    url = reverse("judges:limit_key", args=[project.slug])
    assert rita.post(url, {"judge": panel.pk, "requests": "5"}).status_code == 404


def test_a_price_that_only_the_decisions_api_lacks_is_asked_for_under_its_own_name(rita, project):
    make_version(project, model="gpt-6-sol", vendor=Vendor.OPENAI_DECISIONS, base_url="", key_name="OPENAI_API_KEY")
    page = rita.get(reverse("judges:access", args=[project.slug])).content.decode()
    assert "No price is known for <code>gpt-6-sol decisions</code>" in page


def test_the_limit_of_a_key_that_does_not_open_is_refused_in_words(rita, project, settings):
    version = make_version(project)
    vault.keep(project, "PORTIA_API_KEY", "sk-very-secret-0123456789abcdef")
    settings.SECRET_KEY = "another-secret-of-at-least-fifty-characters-0123456789"
    url = reverse("judges:limit_key", args=[project.slug])
    rita.force_login(make_user("other", is_superuser=True))
    said = rita.post(url, {"judge": version.pk, "requests": "5"}, follow=True)
    assert said.status_code == 200
    assert "Nothing was changed: PORTIA_API_KEY does not open" in said.content.decode()
    assert not Throttle.objects.exists()


@pytest.mark.parametrize("address", ["https://judge.example:99999999/v1", "https://[::1/v1"])
def test_an_address_that_cannot_be_read_is_refused_in_words(project, address, monkeypatch):
    monkeypatch.setenv("PORTIA_API_KEY", "sk-very-secret-0123456789abcdef")
    make_rubric(project, PREFERENCE, name="Preference")
    model = ("--model", "m", "--provider", "compatible", "--key-env", "PORTIA_API_KEY", "--base-url", address)
    with pytest.raises(CommandError, match="may not be called") as refusal:
        call_command("judge", "shop", "--judge", "Portia", *model)
    assert refusal.value.returncode == 2
