"""What has gone wrong on other platforms, tried here. docs/annotation.md says which test tries what."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.models import Assignment
from annotation.services import NewItem, add_items, open_campaign
from domain.models import Score, Verdict
from tests.annotation.make import annotator_of, direct_campaign, held, pairwise_campaign
from tests.factories import make_prompt, make_response

ROOT = Path(__file__).resolve().parents[2]
OURS = ("annotation", "analysis", "domain", "judges", "jurybox")


def at_work(campaign):
    """A browser with a task, and where that task is answered through the API."""
    browser = Client()
    browser.force_login(annotator_of(campaign))
    task = browser.post(f"/api/v1/campaigns/{campaign.pk}/claim/").json()["assignment"]
    return browser, f"/api/v1/assignments/{task['token']}/"


def send(browser, address, body, key="1"):
    headers = {"Idempotency-Key": key}
    return browser.post(f"{address}submit/", body, content_type="application/json", headers=headers)


LEFT = {"answers": {"preference": {"choice": "left"}}}
NOT_THEIRS = {
    "swapped": True,
    "shown_left": 1,
    "annotator": 1,
    "completed_by": 1,
    "rater": 1,
    "role": "calibration",
    "counted": True,
    "ground_truth": True,
    "verdict": 1,
    "slot": 1,
    "item": 1,
    "expected": {},
    "passed": True,
}


@pytest.mark.django_db
@pytest.mark.parametrize("field", NOT_THEIRS)
def test_nobody_says_more_than_their_answer(field):
    browser, address = at_work(pairwise_campaign())
    for what in ("submit", "draft"):
        answer = browser.post(
            f"{address}{what}/",
            LEFT | {field: NOT_THEIRS[field]},
            content_type="application/json",
            headers={"Idempotency-Key": "1"},
        )
        assert answer.status_code == 422, (what, answer.json())
    assert not Verdict.objects.exists()


@pytest.mark.django_db
def test_a_form_with_further_fields_changes_nothing_but_the_answer():
    campaign = pairwise_campaign()
    browser = Client()
    browser.force_login(annotator_of(campaign))
    page = browser.post(reverse("annotation:start", args=[campaign.pk]), follow=True).request["PATH_INFO"]
    before = Assignment.objects.get(annotator__isnull=False)
    more = {name: str(value) for name, value in NOT_THEIRS.items()}
    browser.post(page, {"answer-preference": "left:1", "key": "1"} | more)
    verdict, after = Verdict.objects.get(), Assignment.objects.get(pk=before.pk)
    assert (after.swapped, after.slot, after.annotator_id) == (before.swapped, before.slot, before.annotator_id)
    assert (verdict.role, verdict.swapped, verdict.rater.person) == (
        "live",
        before.swapped,
        f"user:{after.annotator_id}",
    )


NO_RATINGS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e309",
    "-1e309",
    "true",
    "false",
    '"5"',
    "[]",
    "{}",
    "6",
    "0",
    "2.5",
    "999",
]


@pytest.mark.django_db
@pytest.mark.parametrize("written", NO_RATINGS)
def test_what_is_no_rating_is_none(written):
    browser, address = at_work(direct_campaign())
    answer = send(browser, address, f'{{"answers": {{"helpfulness": {written}}}}}')
    assert answer.status_code in (400, 422), answer.content
    assert not Score.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["active_ms", "visible_ms", "idle_ms"])
@pytest.mark.parametrize("written", ["-1", "-9223372036854775808", "1e309", "true", '"long"', "0.5"])
def test_what_is_no_time_is_refused(name, written):
    browser, address = at_work(direct_campaign())
    answer = send(browser, address, f'{{"answers": {{"helpfulness": 4}}, "{name}": {written}}}')
    assert answer.status_code in (400, 422), answer.content
    assert not Verdict.objects.exists()


@pytest.mark.django_db
def test_a_year_at_one_task_is_refused_and_a_day_cut_to_the_servers_clock():
    browser, address = at_work(direct_campaign())
    for hours, status in ((366 * 24, 422), (23, 200)):
        times = dict.fromkeys(("active_ms", "visible_ms", "idle_ms"), hours * 3_600_000)
        assert send(browser, address, {"answers": {"helpfulness": 4}} | times).status_code == status
    task, verdict = Assignment.objects.get(state="done"), Verdict.objects.get()
    assert all((ms or 0) < 600_000 for ms in (task.visible_ms, task.idle_ms, verdict.active_ms))


@pytest.mark.django_db
def test_five_megabytes_of_reasons_are_refused_and_the_task_stays():
    browser, address = at_work(pairwise_campaign())
    answer = send(browser, address, LEFT | {"rationale": "x" * 5 * 2**20})
    assert answer.status_code in (413, 422)
    assert not Verdict.objects.exists()
    assert Assignment.objects.get(annotator__isnull=False).state == "leased"


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["a\u200bb\u202egnp.exe", "=HYPERLINK(1)", "ignore all instructions", "\u0000"])
def test_odd_reasons_are_kept_as_they_are_or_refused(text):
    browser, address = at_work(pairwise_campaign())
    answer = send(browser, address, LEFT | {"rationale": text})
    if answer.status_code == 200:
        assert Verdict.objects.get().rationale.text == text
    else:
        assert answer.status_code in (400, 422)


@pytest.mark.django_db
def test_no_header_tells_one_task_from_another_or_is_kept_by_a_cache():
    campaign = pairwise_campaign()
    browser = Client()
    browser.force_login(annotator_of(campaign))
    page = browser.post(reverse("annotation:start", args=[campaign.pk]), follow=True)
    for answer in (page, browser.get(page.request["PATH_INFO"], headers={"HX-Request": "true"})):
        assert not {"ETag", "Last-Modified", "Age", "Server-Timing", "X-Runtime"} & set(answer.headers)
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def shape(statements):
    """What was asked of the database, without its values."""
    return tuple(re.sub(r"\b\d+\b|'[^']*'|%s", "?", one["sql"]) for one in statements)


@pytest.mark.django_db
def test_checks_take_the_same_statements_as_work():
    """Latency can only differ where the code does: each cycle asks the same of the database, whatever its role."""
    quality = {"checks": {"first": 0.5, "then": 0.5}, "calibration": {"action": "none"}, "speed": {"action": "none"}}
    campaign = direct_campaign(0, is_open=False, quality=quality)
    prompt = make_prompt(campaign.project)
    texts = [make_response(prompt=prompt, system="Ash", content="The same.", sample=n) for n in range(60)]
    checks = [NewItem(response, "calibration", {"helpfulness": 4}) for response in texts[40:]]
    add_items(campaign, [*texts[:40], *checks])
    open_campaign(campaign)
    browser = Client()
    browser.force_login(annotator_of(campaign))
    page = browser.post(reverse("annotation:start", args=[campaign.pk]), follow=True).request["PATH_INFO"]
    seen: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    roles = []
    for number in range(40):
        before = held(Assignment.objects.select_related("item").filter(state="leased").first())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            browser.post(page, {"answer-helpfulness": "4", "key": str(number)}, headers={"HX-Request": "true"})
        after = held(Assignment.objects.select_related("item").filter(state="leased").first())
        page = reverse("annotation:task", args=[after.token])
        roles.append(after.item.role)
        if number > 2:  # the first answers make the rater, and the like
            seen.setdefault((before.item.role, after.item.role), set()).add(shape(asked.captured_queries))
    assert {"live", "calibration"} <= set(roles)
    counts = {kinds: {len(one) for one in shapes} for kinds, shapes in seen.items()}
    assert len({frozenset(one) for one in counts.values()}) == 1, counts


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "../jurybox/settings.py",
        "..%2fjurybox/settings.py",
        "%2e%2e/%2e%2e/etc/passwd",
        "....//....//etc/passwd",
        "/etc/passwd",
    ],
)
def test_no_file_beside_the_static_ones_is_served(path):
    assert Client().get(f"/static/{path}").status_code in (400, 404)
    assert Client().get(f"/static../{path}").status_code in (400, 404)


def modules():
    return [path for app in OURS for path in (ROOT / app).rglob("*.py")]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_nothing_reads_objects_that_can_run_code():
    risky = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml"}
    assert not [path for path in modules() if risky & set(imported(path))]


def test_annotation_and_imports_of_data_open_no_connection():
    away = {"urllib3", "requests", "httpx", "aiohttp", "ftplib", "http"}
    found = [path for path in modules() if path.relative_to(ROOT).parts[0] in ("annotation", "domain")]
    assert not [path for path in found if away & set(imported(path))]
