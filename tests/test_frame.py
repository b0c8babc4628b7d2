"""What every page stands on: errors, health, sign-in, tokens, and how numbers are written."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import path
from django.utils import timezone
from knox.models import AuthToken

from jurybox.templatetags.jurybox import estimate, interval, number, percent, progress, value, when
from jurybox.urls import handler400, handler403, handler404, handler500  # noqa: F401 - the handlers of this URLconf
from jurybox.urls import urlpatterns as ours
from tests.factories import make_project, make_rater, make_user

CSS = Path(__file__).resolve().parent.parent / "static" / "css" / "base.css"


def raising(error: Exception):
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


BROKEN = {"boom": RuntimeError("secret detail"), "role": PermissionDenied(), "large": RequestDataTooBig()}
urlpatterns = [
    *ours,
    *(path(f"{where}{name}/", raising(error)) for where in ("", "api/") for name, error in BROKEN.items()),
]
STATUS = {"boom": 500, "role": 403, "large": 413, "nowhere": 404}


@pytest.mark.urls(__name__)
@pytest.mark.django_db
@pytest.mark.parametrize("name", STATUS)
@pytest.mark.parametrize("where", ["/", "/api/"])
def test_an_error_says_what_to_do_and_tells_no_secret(client, name, where):
    client.raise_request_exception = False
    answer = client.get(f"{where}{name}/")
    assert answer.status_code == STATUS[name]
    assert answer["Content-Type"].startswith("application/json" if where == "/api/" else "text/html")
    text = answer.content.decode()
    assert "secret detail" not in text
    assert len(answer.json()["detail"]) > 5 if where == "/api/" else "<h1>" in text


@pytest.mark.django_db
def test_a_page_too_old_to_send_says_that_nothing_was_saved(client):
    client.handler.enforce_csrf_checks = True
    answer = client.post("/login/", {"username": "ada", "password": "x"})
    assert answer.status_code == 403
    assert "Nothing was saved" in answer.content.decode()


@pytest.mark.django_db
def test_health_is_ok_while_the_database_answers(client, monkeypatch):
    assert client.get("/healthz").status_code == 200

    def refuse():
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"the database does not answer\n")


@pytest.mark.django_db
def test_too_many_wrong_passwords_close_the_door_and_say_for_how_long(client, settings):
    make_user("ada")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/login/", {"username": "ada", "password": "wrong"})
    assert answer.status_code == 429
    assert "quarter of an hour" in answer.content.decode()
    assert client.post("/login/", {"username": "ada", "password": "correct horse"}).status_code == 429


@pytest.mark.django_db
def test_a_fragment_of_someone_signed_out_is_401_and_not_the_sign_in_page(client):
    project = make_project()
    answer = client.get(f"/p/{project.slug}/", headers={"HX-Request": "true"}, follow=True)
    assert answer.status_code == 401
    assert "<form" not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/rate/%00/", "/rate/a%00b/skip/", "/account/tokens/%00/", "/p/x/data/?q=%00"])
def test_an_address_with_a_nul_is_a_bad_request_on_every_database(client, address):
    client.force_login(make_user())
    assert client.get(address).status_code == 400
    assert client.post(address).status_code == 400


@pytest.mark.django_db
def test_a_name_too_long_to_be_one_is_refused_before_it_is_looked_up(client):
    answer = client.post("/login/", {"username": "a" * 10_000, "password": "x"})
    assert answer.status_code == 200
    assert "at most 150 characters" in answer.content.decode()


@pytest.mark.django_db
def test_signing_out_takes_a_post(client):
    client.force_login(make_user())
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").url == "/login/"


@pytest.mark.django_db
def test_a_token_is_shown_once_works_and_can_be_taken_out_of_use(client):
    ada = make_user("ada")
    client.force_login(ada)
    answer = client.post("/account/tokens/")
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in client.get("/account/tokens/").content.decode()
    token = AuthToken.objects.get(user=ada)
    client.force_login(make_user("eve"))
    assert client.post(f"/account/tokens/{token.token_key}/revoke/").status_code == 404
    client.force_login(ada)
    client.post(f"/account/tokens/{token.token_key}/revoke/")
    assert not AuthToken.objects.exists()


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0, "0"),
        (0.0, "0"),
        (7, "7"),
        (1234567, "1\u202f234\u202f567"),
        (-12, "\u221212"),
        (0.4712, "0.471"),
        (0.9996, "1.00"),
        (4.567, "4.57"),
        (45.67, "45.7"),
        (1034.27, "1\u202f034"),
        (-0.00123, "\u22120.00123"),
        (0.0000123, "1.23 × 10⁻⁵"),
    ],
)
def test_a_number_has_three_significant_digits_and_keeps_its_whole_ones(given, written):
    assert number(given) == written


def test_a_share_is_a_percentage():
    assert [percent(share) for share in (0.97123, 1, 0, None)] == ["97.1\u202f%", "100\u202f%", "0\u202f%", "–"]


def test_a_missing_number_has_its_reason_and_a_reason_is_escaped():
    assert 'title="no &lt;b&gt;"' in value(None, "no <b>")
    assert "fewer than two raters" in estimate(None, reason="fewer than two raters")


def test_an_estimate_never_stands_alone():
    text = re.sub("<[^>]*>", "", estimate(0.4712, 0.41, 0.523, 312))
    assert text == "0.471 [0.410,\u00a00.523] n\u00a0=\u00a0312"
    assert interval(None, 1) == ""


def test_progress_has_a_count_even_without_a_total():
    assert "37 of 120 responses" in progress(37, 120, "responses")
    assert "<progress" not in progress(37, None, "rows")


def test_a_time_is_iso_with_the_relative_time_as_its_title():
    moment = timezone.now() - timedelta(hours=3)
    assert f">{moment:%Y-%m-%d %H:%M}</time>" in when(moment)
    assert 'title="3\u00a0hours ago"' in when(moment)


@pytest.mark.django_db
def test_a_simulated_rater_is_always_called_one():
    rater = make_rater(make_project(), "<Carla>")
    rater.is_simulated = True
    text = Template("{% load jurybox %}{% rater who %}").render(Context({"who": rater}))
    assert "&lt;Carla&gt;" in text
    assert "simulated" in text


def test_an_asset_that_is_not_there_is_an_error_and_not_a_dead_link():
    with pytest.raises(ValueError, match=r"no static file 'css/typo\.css'"):
        Template("{% load jurybox %}{% asset 'css/typo.css' %}").render(Context())


GROUNDS = ("paper", "surface", "sunken")
INKS = ("ink", "ink-2", "ink-3", "accent", "people", "judges", "metrics", "good", "warn", "bad")


def tokens() -> dict[str, tuple[str, str]]:
    """Return each colour token's light and dark value."""
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", CSS.read_text())
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_has_the_contrast_that_wcag_gives():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_ink_can_be_read_on_every_ground(theme):
    colours = tokens()
    pairs = [*itertools.product(INKS, GROUNDS), ("on-accent", "accent"), ("on-bad", "bad")]
    faint = {
        (ink, ground): round(contrast(colours[ink][theme], colours[ground][theme]), 2)
        for ink, ground in pairs
        if contrast(colours[ink][theme], colours[ground][theme]) < 4.5
    }
    assert faint == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "tab"),
    [
        ("ratings/", "Leaderboard"),
        ("hybrid/", "Leaderboard"),
        ("judge-card/", "Agreement"),
        ("runs/", "Runs"),
        ("", "Overview"),
    ],
)
def test_a_page_without_a_tab_of_its_own_lies_under_another(client, page, tab):
    project = make_project(owner=make_user("ada"))
    client.force_login(project.memberships.get(role="owner").user)
    text = client.get(f"/p/{project.slug}/{page}").content.decode()
    assert re.findall(r'aria-current="page">([^<]+)<', text)[0] == tab


@pytest.mark.django_db
@pytest.mark.parametrize("is_sample", [True, False])
def test_only_the_sample_project_of_a_demo_is_called_sample_data(client, settings, is_sample):
    settings.DEMO = True
    ada = make_user("ada")
    client.force_login(ada)
    project = make_project(slug="mine", owner=ada)
    project.is_sample = is_sample
    project.save()
    assert ("sample data" in client.get("/p/mine/leaderboard/").content.decode()) is is_sample
