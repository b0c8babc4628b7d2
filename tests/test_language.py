"""Who rates is answered in their language; the researcher's part is in English."""

from __future__ import annotations

import pytest

from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db
GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


def test_the_language_of_the_browser_is_spoken_where_people_rate(client):
    assert '<html lang="de">' in client.get("/login/", headers=GERMAN).content.decode()
    assert '<html lang="en">' in client.get("/login/", headers={"Accept-Language": "sv"}).content.decode()


def test_the_chosen_language_beats_the_browser(client):
    answer = client.post("/language/", {"language": "de", "next": "/login/"})
    assert answer.status_code == 302
    assert '<html lang="de">' in client.get("/login/", headers={"Accept-Language": "en"}).content.decode()


def test_a_switch_leads_to_no_other_site(client):
    answer = client.post("/language/", {"language": "de", "next": "https://evil.example/"})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("path", ["/", "/p/{slug}/", "/account/tokens/"])
def test_the_researchers_pages_are_english_and_say_so(client, path):
    project = make_project()
    client.force_login(make_user("ada", is_superuser=True))
    page = client.get(path.format(slug=project.slug), headers=GERMAN).content.decode()
    assert '<html lang="en">' in page
    assert 'class="language"' not in page
