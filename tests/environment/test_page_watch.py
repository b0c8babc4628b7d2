"""The browser tests are worth what their watch notices, so the watch is watched here."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from tests.environment.chromium import PageWatch

pytestmark = pytest.mark.urls(__name__)


def page_with(body: str, status: int = 200):
    def view(request: HttpRequest) -> HttpResponse:
        icon = '<link rel="icon" href="data:,">'
        return HttpResponse(f"<!doctype html><html><head>{icon}</head><body>{body}</body></html>", status=status)

    return view


def script(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse({"throw": "throw new Error('broken')"}[name], content_type="text/javascript")


urlpatterns = [
    path("good/", page_with("<h1>good</h1><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>")),
    path("form/", page_with("<h1>say which</h1>", status=422)),
    path("inline-script/", page_with("<script>document.title = 'run'</script>")),
    path("inline-style/", page_with("<p style='color: red'>red</p>")),
    path("foreign/", page_with("<img src='http://images.example/pixel.png'>")),
    path("exception/", page_with("<script src='/script/throw'></script>")),
    path("failure/", page_with("<h1>sorry</h1>", status=500)),
    path("script/<name>", script),
]


@pytest.mark.parametrize("address", ["/good/", "/form/"])
def test_a_proper_page_and_a_form_sent_back_are_no_problem(page, page_watch, address):
    page.goto(address)
    assert page.locator("body").is_visible()
    assert page_watch.problems == []


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("/inline-script/", "script-src"),
        ("/inline-style/", "style-src"),
        ("/foreign/", "another host: GET http://images.example/pixel.png"),
        ("/exception/", "exception: broken"),
        ("/failure/", "status 500"),
    ],
)
def test_what_no_page_may_do_is_noticed(page, page_watch: PageWatch, address, word):
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert word in "\n".join(page_watch.clear())


def test_a_request_to_another_host_is_noticed_when_no_policy_stops_it(new_context, page_watch: PageWatch):
    page = new_context(bypass_csp=True).new_page()
    page.goto("/foreign/")
    assert "another host: GET http://images.example/pixel.png" in "\n".join(page_watch.clear())
