"""Neither the log nor the table of sign-ins lets anybody in, and no stranger can forge a line."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.models import Campaign
from annotation.services.invites import create_invites
from jurybox.logs import Line, without_secrets
from tests.annotation.make import pairwise_campaign
from tests.factories import make_user

WORKER = {"PROLIFIC_PID": "5f1e6a0b2c3d4e5f60718293", "STUDY_ID": "5f1e6a0b2c3d4e5f60718294", "SESSION_ID": "s1"}


@pytest.fixture
def lines(caplog):
    """What standard error would say: the records through the installation's own formatter."""
    caplog.set_level(logging.DEBUG)
    line = Line("{levelname} {name} {message}", style="{")
    return lambda: "\n".join(line.format(record) for record in caplog.records)


def links():
    campaign = pairwise_campaign()
    Campaign.objects.filter(pk=campaign.pk).update(recruiter="prolific")
    by, tomorrow = make_user(), timezone.now() + timedelta(days=1)
    [join] = create_invites(campaign, by=by, expires_at=tomorrow)
    [study] = create_invites(campaign, by=by, expires_at=tomorrow, max_uses=9, is_study_link=True)
    return join.secret, study.secret


@pytest.mark.django_db
def test_who_comes_in_by_a_link_leaves_no_secret_behind(lines):
    join, study = links()
    account = {"username": "wanda", "password1": "copper kettle rain", "password2": "copper kettle rain", "agree": "on"}
    refused = Client().post(reverse("annotation:join", args=[join]), account | {"password2": "other"})
    assert refused.status_code == 422  # Django's own log tells the address of what was refused
    assert Client().post(reverse("annotation:join", args=[join]), account).status_code == 302
    assert Client().post(reverse("annotation:study", args=[study]), query_params=WORKER).status_code == 302
    assert AccessLog.objects.count() == 2
    kept = f"{list(AccessLog.objects.values())} {list(AccessAttempt.objects.values())}"
    for secret in (join, study):
        assert secret not in kept
        assert secret not in lines()
    assert set(AccessLog.objects.values_list("path_info", flat=True)) == {"/join/…/", "/study/…/"}
    assert "/join/…/" in lines()


@pytest.mark.django_db
def test_a_failed_sign_in_is_still_on_record(lines):
    Client().post(reverse("login"), {"username": "wanda", "password": "wrong pass word"})
    attempt = AccessAttempt.objects.get()
    assert (attempt.username, attempt.path_info) == ("wanda", "/login/")
    assert "wrong pass word" not in f"{lines()} {attempt.post_data} {attempt.get_data}"


def test_a_wrong_host_is_one_line_without_a_traceback(caplog):
    assert Client().get("/healthz", headers={"Host": "evil.example"}).status_code == 400
    [record] = [one for one in caplog.records if one.name == "django.security.DisallowedHost"]
    assert record.exc_info is None
    assert "evil.example" in record.getMessage()
    assert "Traceback" not in caplog.text


def test_what_strangers_write_begins_no_line_of_its_own():
    record = logging.LogRecord("x", logging.INFO, "", 0, "hello %s", ("a\r\n2026 INFO forged\x1b[2K",), None)
    said = Line("{levelname} {message}", style="{").format(record)
    assert said == r"INFO hello a\r\n2026 INFO forged\x1b[2K"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("GET /join/abcDEF-_1/?a=1", "GET /join/…/?a=1"),
        ("see '/study/xyz'", "see '/study/…'"),
        ("/p/study/campaigns/", "/p/study/…/"),  # rather a word too many than a secret
        ("/login/", "/login/"),
    ],
)
def test_secrets_are_cut_out_of_addresses(text, says):
    assert without_secrets(text) == says
