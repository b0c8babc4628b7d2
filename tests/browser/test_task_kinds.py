"""Each kind of question in a real Chromium, by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Campaign
from annotation.services import create_campaign, open_campaign
from domain.choices import Outcome
from domain.models import Score, Verdict
from domain.specs import CriterionSpec, Kind, Level, RemarkForm, RemarkSpec
from tests.annotation.lists import listed_campaign
from tests.annotation.make import annotator_of, direct_campaign, pairwise_campaign
from tests.browser.accessibility import is_clean
from tests.factories import ERRORS, LIKERT, PREFERENCE, REASONS, SLIDER, make_project, make_response, make_rubric

pytestmark = pytest.mark.django_db(transaction=True)

SAFE = CriterionSpec(
    key="safe",
    name="Safe",
    meaning="Could somebody come to harm?",
    kind=Kind.SCORE,
    level=Level.NOMINAL,
    values=(0.0, 1.0),
    anchors={0.0: "No", 1.0: "Yes"},
)
TOPIC = CriterionSpec(
    key="topic",
    name="Topic",
    kind=Kind.SCORE,
    level=Level.NOMINAL,
    values=(1.0, 2.0, 3.0),
    anchors={1.0: "Facts", 2.0: "Advice", 3.0: "Fiction"},
)
WORDS = RemarkSpec("words", "In your words", form=RemarkForm.TEXT)
TEXT = "The tower was built in 1989 by **two** brothers."


@pytest.fixture
def opened(rate) -> Callable[..., Page]:
    """Open the first task of a campaign for somebody new."""

    def open_task(campaign: Campaign, **options: Any) -> Page:
        page: Page = rate(annotator_of(campaign), **options)
        page.get_by_role("button", name="Start").click()
        expect(page.locator(".question.current, .listed.current").first).to_be_visible()  # so the scripts run
        return page

    return open_task


def saved(page: Page) -> None:
    expect(page.locator("[data-state]")).to_have_text("Draft saved", timeout=3000)


def through(page: Page) -> None:
    expect(page.get_by_role("heading", name="This campaign is complete")).to_be_visible()


def scores() -> dict[str, Any]:
    return {score.criterion.key: score.value for score in Score.objects.select_related("criterion")}


def marking_campaign(content: str = TEXT, **fields: Any) -> Campaign:
    project = make_project()
    response = make_response(project, content=content)
    rubric = make_rubric(project, SLIDER, remarks=(ERRORS,))
    return open_campaign(create_campaign(project=project, rubric=rubric, name="Marks", items=[response], **fields))


def test_scales_categories_and_yes_or_no_on_one_screen(opened):
    project = make_project()
    page = opened(direct_campaign(1, project=project, rubric=make_rubric(project, LIKERT, SAFE, TOPIC, SLIDER)))
    expect(page.locator(".question").nth(1)).to_contain_text("Yes")
    expect(page.locator(".question").nth(2)).to_contain_text("Fiction")
    expect(page.locator("input.figure")).to_have_value("")  # a slider has no value before somebody gives one
    page.keyboard.type("413")
    page.keyboard.type("62")
    page.keyboard.press("Enter")
    through(page)
    assert scores() == {"helpfulness": 4, "safe": 1, "topic": 3, "fluency": 62}


@pytest.mark.parametrize(("strengths", "key", "chosen"), [(1, "1", "left"), (2, "5", "right:2"), (3, "7", "right:3")])
def test_preference_in_3_5_and_7_steps(opened, strengths, key, chosen):
    project = make_project()
    page = opened(pairwise_campaign(1, project=project, rubric=make_rubric(project, _preference(strengths=strengths))))
    expect(page.locator(".option")).to_have_count(2 * strengths + 2)
    page.keyboard.press(key)
    expect(page.locator(f'input[value="{chosen}"]')).to_be_checked()
    page.keyboard.press("Enter")
    through(page)


def _preference(**changes: Any) -> CriterionSpec:
    return replace(PREFERENCE, **changes)


def test_two_answers_are_compared_on_each_criterion(opened):
    project = make_project()
    style = _preference(key="style", name="Style", outcomes=(Outcome.A, Outcome.B), strengths=1)
    page = opened(pairwise_campaign(1, project=project, rubric=make_rubric(project, PREFERENCE, style)))
    page.keyboard.type("32")
    page.keyboard.press("Enter")
    through(page)
    verdict = Verdict.objects.get()
    won = {score.criterion.key: score.outcome for score in verdict.scores.all()}
    assert won == {"preference": "tie", "style": "A" if verdict.swapped else "B"}


def test_reasons_are_ticked_and_words_written(opened):
    project = make_project()
    page = opened(direct_campaign(1, project=project, rubric=make_rubric(project, LIKERT, remarks=(REASONS, WORDS))))
    page.keyboard.press("4")
    page.keyboard.press("t")
    page.keyboard.type("132")
    page.keyboard.press("2")  # and off again
    page.keyboard.press("t")
    page.keyboard.type("Wrong year.")
    saved(page)
    page.reload()
    expect(page.locator("[data-tag='1']")).to_be_checked()
    expect(page.locator("[data-tag='2']")).not_to_be_checked()
    expect(page.locator("[name='remark-words']")).to_have_value("Wrong year.")
    page.locator("[data-next]").focus()
    page.keyboard.press("Enter")
    through(page)
    said = {remark.field.key: remark.data for remark in Verdict.objects.get().remarks.all()}
    assert said == {"reasons": ["Wrong", "Rude"], "words": "Wrong year."}


def test_what_a_rubric_or_a_campaign_requires_is_asked_for(opened):
    project = make_project()
    rubric = make_rubric(project, LIKERT, remarks=(replace(REASONS, required=True),))
    page = opened(direct_campaign(1, project=project, rubric=rubric, confidence="required", rationale="hidden"))
    expect(page.locator("[name=rationale]")).to_have_count(0)
    page.keyboard.press("4")
    page.keyboard.press("Control+Enter")
    page.locator("[data-next]").click()
    expect(page.locator("[data-state]")).to_have_text("Answer first: Reasons")
    page.keyboard.press("1")
    page.locator("[data-next]").click()
    expect(page.locator("[data-state]")).to_have_text("Answer first: Confidence")
    page.keyboard.press("Alt+5")
    page.locator("[data-next]").click()
    through(page)
    assert Verdict.objects.get().confidence == 5


def test_places_are_marked_and_then_scored(opened):
    page = opened(marking_campaign())
    page.keyboard.press("m")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("getSelection().toString()") == "1989"
    page.keyboard.press("Enter")
    expect(page.locator("dialog.mark-dialog [data-quote]")).to_have_text("1989")
    page.keyboard.type("12")  # accuracy, major
    expect(page.locator(".mark-entry")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate("getSelection().toString()") == "two brothers"
    page.keyboard.press("Enter")
    page.keyboard.type("21")
    expect(page.locator(".mark-entry")).to_have_count(2)
    page.keyboard.press("Escape")
    saved(page)
    page.reload()
    expect(page.locator(".mark-entry")).to_have_count(2)
    assert page.evaluate("[...CSS.highlights.get('mark-4')].map(range => range.toString())") == ["1989"]
    page.locator("input.figure").focus()
    page.keyboard.type("40")
    page.keyboard.press("Enter")
    through(page)
    assert Verdict.objects.get().remarks.get().data == [
        {"start": 23, "end": 27, "text": "1989", "category": "Accuracy", "severity": "major"},
        {"start": 31, "end": 43, "text": "two brothers", "category": "Style", "severity": "minor"},
    ]


def test_a_mark_is_made_with_the_mouse_changed_and_taken_away(opened):
    page = opened(marking_campaign())
    page.locator("#answer strong").dblclick()
    expect(page.locator("dialog.mark-dialog [data-quote]")).to_have_text("two")
    page.locator("dialog.mark-dialog .tag", has_text="Style").click()
    page.locator("dialog.mark-dialog .tag", has_text="minor").click()
    expect(page.locator(".mark-entry")).to_have_text(["twoStyle, minor"])
    page.locator("#answer strong").dblclick()
    expect(page.locator("[data-state]")).to_contain_text("overlaps another mark")
    page.locator(".mark-entry").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.locator(".mark-entry")).to_have_text(["twoAccuracy, minor"])
    page.locator(".mark-entry").click()
    page.keyboard.press("Delete")
    expect(page.locator(".mark-entry")).to_have_count(0)


def test_hostile_text_stays_text_while_it_is_marked(opened):
    hostile = '😀 <img src=x onerror="window.hit=1"> &lt;b&gt; "quoted" [link](javascript:alert(1)) end'
    page = opened(marking_campaign(hostile))
    page.keyboard.press("m")
    page.keyboard.press("End")
    for _ in range(30):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    page.keyboard.type("11")
    expect(page.locator(".mark-entry q")).to_contain_text("<img src=x onerror=")
    saved(page)
    page.reload()
    expect(page.locator(".mark-entry q")).to_contain_text("<img src=x onerror=")
    page.locator("input.figure").fill("3")
    page.keyboard.press("Enter")
    through(page)
    assert page.evaluate("window.hit") is None
    [mark] = Verdict.objects.get().remarks.get().data
    assert mark["text"].startswith("😀")
    assert mark["end"] - mark["start"] == len(mark["text"])  # code points, not UTF-16


def test_eight_answers_are_ranked_by_digits(opened):
    page = opened(listed_campaign(8))
    page.keyboard.type("31248")
    expect(page.locator("[data-order]")).to_have_text("B › C › A › D › E (still to be placed: F, G, H)")
    saved(page)
    page.reload()
    expect(page.locator("[name='rank-E'][value='8']")).to_be_checked()
    page.keyboard.type("567")
    expect(page.locator("[data-order]")).to_have_text("B › C › A › D › F › G › H › E")
    page.keyboard.press("Enter")
    through(page)
    assert Verdict.objects.counting().count() == 28


def test_answers_are_ranked_with_arrow_keys_and_ties(opened):
    page = opened(listed_campaign(3))
    page.keyboard.type("123")
    page.keyboard.press("ArrowDown")  # from the last one there is nowhere further
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-order]")).to_have_text("A › B = C")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-order]")).to_have_text("A = B › C")
    page.locator("[data-next]").focus()
    page.keyboard.press("Enter")
    through(page)
    assert Score.objects.filter(outcome="tie").count() == 1


def test_without_ties_two_answers_exchange_their_places(opened):
    page = opened(listed_campaign(3, criterion=_preference(outcomes=(Outcome.A, Outcome.B))))
    page.keyboard.type("123")
    page.locator("#listed-C [data-move='-1']").click()
    expect(page.locator("[data-order]")).to_have_text("A › C › B")


def test_the_best_and_the_worst_are_chosen(opened):
    page = opened(listed_campaign(5, task="best_worst"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("b")
    page.keyboard.press("4")
    page.keyboard.press("w")
    expect(page.locator("[data-order]")).to_have_text("Best: B Worst: D")
    saved(page)
    page.reload()
    expect(page.locator("[name='worst'][value='D']")).to_be_checked()
    page.keyboard.press("Enter")
    through(page)
    assert Verdict.objects.counting().count() == 7


def test_a_ranking_works_without_a_script(rate):
    page = rate(annotator_of(listed_campaign(3)), java_script_enabled=False)
    page.get_by_role("button", name="Start").click()
    for label, place in (("A", 2), ("B", 1)):
        page.locator(f"[name='rank-{label}'][value='{place}']").check(force=True)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("[data-state]")).to_have_text("Not answered yet: a place for C.")
    expect(page.locator("[name='rank-A'][value='2']")).to_be_checked()
    page.locator("[name='rank-C'][value='3']").check(force=True)
    page.get_by_role("button", name="Next").click()
    through(page)


@pytest.mark.parametrize("kind", ["marks", "ranking", "best_worst", "steps"])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(opened, kind):
    project = make_project()
    seven = make_rubric(project, _preference(strengths=3), remarks=(REASONS,))
    campaigns = {
        "marks": lambda: marking_campaign("word " * 2000),
        "ranking": lambda: listed_campaign(8),
        "best_worst": lambda: listed_campaign(8, task="best_worst"),
        "steps": lambda: pairwise_campaign(1, project=project, rubric=seven),
    }
    page = opened(campaigns[kind](), viewport={"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for element in [page.locator("[data-next]"), page.locator(".answer-bar")]:
        box = element.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 361
        assert box["y"] + box["height"] <= 641
    assert box["height"] <= 0.4 * 640 + 1  # what is left of the screen is for reading


@pytest.mark.parametrize("kind", ["marks", "ranking", "best_worst", "reasons"])
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_each_kind_can_be_used_by_everybody(opened, kind, width, scheme):
    campaigns = {
        "marks": lambda: marking_campaign(TEXT * 40),
        "ranking": lambda: listed_campaign(3),
        "best_worst": lambda: listed_campaign(3, task="best_worst"),
        "reasons": _with_reasons,
    }
    viewport = {"width": width, "height": 844}
    page = opened(campaigns[kind](), viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page.keyboard.press("t" if kind == "reasons" else "m" if kind == "marks" else "1")
    is_clean(page)
    page.keyboard.press("Enter" if kind == "marks" else "2" if kind == "reasons" else "b")
    is_clean(page)
    if kind == "marks":
        page.keyboard.type("12")
        expect(page.locator(".mark-entry")).to_have_count(1)
        is_clean(page)


def _with_reasons() -> Campaign:
    project = make_project()
    seven = make_rubric(project, _preference(strengths=3), remarks=(REASONS, WORDS))
    return pairwise_campaign(1, project=project, rubric=seven)
