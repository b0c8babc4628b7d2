"""Hostile responses in a real Chromium: nothing runs, nothing is fetched, nothing leaves its box."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from csp.decorators import csp_exempt
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import path
from django.utils.safestring import mark_safe
from playwright.sync_api import Browser, Page

from domain.formats import Source
from domain.imports import Options, run_import
from domain.models import Response
from domain.rendering import rendered
from jurybox.urls import urlpatterns as ours
from tests import hostile
from tests.browser.listening import requests_of
from tests.factories import make_project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]

PAGE = """
{% extends "base.html" %}
{% block content %}
{% for name, html in boxes %}<section data-name="{{ name }}">{{ html }}</section>{% endfor %}
<div id="answers"><button class="button">A</button></div>
{% endblock %}
"""
LOOK = """
() => {
  const allowed = new Set(("A BLOCKQUOTE BR CODE EM H3 H4 H5 H6 HR LI OL P PRE S SPAN STRONG " +
                           "TABLE TBODY TD TH THEAD TR UL").split(" "));
  // Elements of formulas that show what is written. None of them hides, covers, links or acts.
  const formula = new Set(("math mrow mi mn mo mtext mspace mfrac msqrt mroot mstyle msub msup msubsup munder mover " +
                           "munderover mtable mtr mtd").split(" "));
  const shape = new Set(["display", "mathvariant", "stretchy", "fence", "separator", "movablelimits", "accent", "form",
                         "minsize", "maxsize", "width", "linethickness", "displaystyle", "scriptlevel", "accentunder"]);
  const ours = /^(note|control|major|boxed|to-left|to-right|math (inline|display)|language-[a-z]+|hl-[a-z0-9]+)$/;
  const attributes = new Set(["align", "class", "href", "rel", "start", "target"]);
  const problems = [];
  for (const section of document.querySelectorAll("section")) {
    const say = (what) => problems.push(`${section.dataset.name}: ${what}`);
    if (section.children.length !== 1) say("broke out of its box");
    for (const node of section.querySelectorAll(".rendered *")) {
      const isFormula = formula.has(node.tagName) && node.namespaceURI === "http://www.w3.org/1998/Math/MathML";
      if (!allowed.has(node.tagName) && !isFormula) say(`element ${node.tagName}`);
      for (const { name, value } of node.attributes) {
        const isOurs = name === "dir" && value === "auto"; // every block runs its own way
        if (!attributes.has(name) && !isOurs && !(isFormula && shape.has(name))) say(`attribute ${name}`);
        if (name === "href" && !/^(https?:[/][/]|mailto:)/.test(value)) say(`link to ${value}`);
        if (name === "class" && !ours.test(value)) say(`class ${value}`);
      }
      if (node.tagName === "A" && node.rel !== "nofollow noopener noreferrer") say("link that tells on its reader");
      for (const type of ["mouseover", "focus", "click"]) {
        if (node.tagName !== "A") node.dispatchEvent(new Event(type, { bubbles: true }));
      }
    }
    const box = section.querySelector(".rendered").getBoundingClientRect();
    if (box.right > innerWidth + 1) say(`is ${Math.round(box.right)} px wide in a window of ${innerWidth}`);
  }
  if (document.documentElement.dataset.ran) problems.push("a script ran");
  if (document.documentElement.scrollWidth > innerWidth) problems.push("the page scrolls sideways");
  const button = document.querySelector("#answers button");
  button.scrollIntoView();
  const { left, top, width, height } = button.getBoundingClientRect();
  if (document.elementFromPoint(left + width / 2, top + height / 2) !== button) problems.push("the answer is covered");
  return problems;
}
"""


def guarded(request: HttpRequest) -> HttpResponse:
    group = request.GET["group"]
    texts = hostile.SMALL if group == "small" else {group: hostile.LARGE[group]}
    html = rendered(texts.values())
    boxes = [(name, html[text]) for name, text in texts.items()]
    return HttpResponse(Template(PAGE).render(RequestContext(request, {"user": request.user, "boxes": boxes})))


@csp_exempt()
def unguarded(request: HttpRequest) -> HttpResponse:
    return guarded(request)


@csp_exempt()
def raw(request: HttpRequest) -> HttpResponse:
    """The same texts as they are: the control that shows that they would do harm."""
    texts = {**hostile.SCRIPTS, **hostile.HANDLERS}
    boxes = [(name, mark_safe(f'<div class="rendered">{text}</div>')) for name, text in texts.items()]
    return HttpResponse(Template(PAGE).render(RequestContext(request, {"user": request.user, "boxes": boxes})))


urlpatterns = [
    path("hostile/raw/", raw),
    path("hostile/with/", guarded),
    path("hostile/without/", unguarded),
    *ours,
]


def test_there_are_enough_hostile_texts():
    assert len(hostile.SMALL) >= 60
    assert len(hostile.ALL) == len(hostile.SMALL) + len(hostile.LARGE)


@pytest.mark.parametrize("policy", ["with", "without"])
@pytest.mark.parametrize("width", [360, 1440])
def test_hostile_texts_do_nothing(page: Page, policy, width):
    requests = requests_of(page)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/hostile/{policy}/?group=small")
    assert page.locator("section").count() == len(hostile.SMALL)
    assert page.evaluate(LOOK) == []
    page.wait_for_timeout(300)  # for what would run late
    assert page.evaluate("document.documentElement.dataset.ran") is None
    assert _foreign(requests) == []


@pytest.mark.parametrize("name", hostile.LARGE)
def test_large_texts_stay_in_their_box(page: Page, name):
    page.set_default_timeout(30_000)
    page.goto(f"/hostile/with/?group={name}")
    assert page.evaluate(LOOK) == []


def test_the_same_texts_unrendered_do_harm(browser: Browser, live_server):
    context = browser.new_context()  # not watched: this page does what none of ours may
    page = context.new_page()
    requests = requests_of(page)
    page.goto(f"{live_server.url}/hostile/raw/")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.dataset.ran") == "1"
    assert any("beacon.example" in url for url in requests)
    context.close()


@pytest.mark.parametrize("name", hostile.ALL)
def test_a_hostile_text_is_imported_as_it_is(name):
    row = json.dumps({"prompt_id": "p", "system": "Ash", "response": hostile.ALL[name]})
    assert _import(row) == []
    assert Response.objects.get().content == hostile.ALL[name]


@pytest.mark.parametrize("name", hostile.REFUSED)
def test_what_cannot_be_kept_is_refused_with_a_reason(name):
    [error] = _import(hostile.REFUSED[name])
    assert error["file"] == "responses.jsonl"
    assert error["line"] == 1
    assert error["reason"]
    assert not Response.objects.exists()


def _import(text: str) -> list[dict[str, Any]]:
    data = text.encode()
    source = Source("responses.jsonl", lambda: io.BytesIO(data), len(data))
    errors: list[dict[str, Any]] = run_import(project=make_project(), sources=[source], options=Options()).errors
    return errors


def _foreign(requests: list[str]) -> list[str]:
    return [url for url in requests if "/static/" not in url and "/hostile/with" not in url]
