"""How soon the next task can be read, from the key press that sends an answer: in a real Chromium over our server.

    python -m benchmarks.annotation_browser [TASKS]

A server of its own (``jurybox up`` on SQLite, in a directory that is removed again) holds one campaign of pairs whose
texts are as long as those people rate. One person answers by keyboard: a digit, then Enter. The clock runs in the page,
from the ``keydown`` of Enter to the second animation frame after the new card is in place: its text is painted by then.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.environment.chromium import LAUNCH, find_chromium

BAR_MS = 300
PORT = 8917
ADDRESS = f"http://127.0.0.1:{PORT}"
PASSWORD = "correct horse"  # of tests.factories
ROOT = Path(__file__).resolve().parent.parent

MEASURE = """() => {
    window.took = [];
    let pressed = null;
    document.addEventListener("keydown", (event) => {
        if (event.key === "Enter") pressed = event.timeStamp;
    }, true);
    document.addEventListener("rate:card", () => {
        if (pressed === null || !document.getElementById("answer-form")) return;
        const begun = pressed;
        pressed = null;
        requestAnimationFrame(() => requestAnimationFrame(() => window.took.push(performance.now() - begun)));
    });
}"""

SETTINGS = {"JURYBOX_HTTPS": "0", "JURYBOX_LOG_LEVEL": "WARNING", "JURYBOX_ANSWERS_PER_MINUTE": "0"}
WORDS = ["the", "answer", "names", "steps", "that", "a", "customer", "can", "take", "and", "says", "how", "long"]


def main(tasks: int) -> int:
    """Measure, print a table and say by the exit status whether the bar was met."""
    with tempfile.TemporaryDirectory(prefix="jurybox-bench-") as home:
        environment = os.environ | SETTINGS | {"JURYBOX_HOME": home, "JURYBOX_SECRET_KEY": secrets.token_urlsafe(60)}
        _run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment)
        _run([sys.executable, "-m", "benchmarks.annotation_browser", "prepare", str(tasks + 1)], environment)
        up = [sys.executable, "-m", "jurybox.cli", "up", "--port", str(PORT)]
        server = subprocess.Popen(up, cwd=ROOT, env=environment)
        try:
            _await_server()
            took = _rate(tasks)
        finally:
            server.terminate()
            server.wait(30)
    return _report(took)


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def prepare(items: int) -> None:
    """Put the campaign into the database, in a process of its own."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jurybox.settings")
    django.setup()
    from annotation.services import create_campaign, open_campaign
    from domain.models import Prompt, Response
    from domain.rendering import render_missing
    from domain.services import battle_between
    from tests import factories

    project = factories.make_project(annotator=factories.make_user("ann"))
    rng = random.Random(7)
    battles = []
    for _ in range(items):
        prompt = factories.make_prompt(project, _text(rng, paragraphs=1))
        first, second = (
            factories.make_response(prompt=prompt, system=name, content=_text(rng, paragraphs=5))
            for name in ("Ash", "Birch")
        )
        battles.append(battle_between(first, second))
    # An import renders its texts ahead of any page, as here.
    prompts = Prompt.objects.values_list("turns", flat=True)
    responses = Response.objects.values_list("content", flat=True)
    render_missing([*(turns[0]["content"] for turns in prompts), *(text or "" for text in responses)])
    rubric = factories.make_rubric(project, factories.PREFERENCE)
    open_campaign(create_campaign(project=project, rubric=rubric, name="Bench", items=battles, seed=1))


def _text(rng: random.Random, paragraphs: int) -> str:
    plain = [" ".join(rng.choices(WORDS, k=60)) for _ in range(paragraphs)]
    return "\n\n".join([*plain, "1. **first**\n2. second", "| a | b |\n|---|---|\n| 1 | 2 |", "So $x^2 = 4$."])


def _await_server() -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{ADDRESS}/healthz", timeout=30):
                return
        except OSError:  # not there yet
            time.sleep(0.5)
    raise SystemExit("the server did not come up")


def _rate(tasks: int) -> list[float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=LAUNCH["args"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)
        page.goto(f"{ADDRESS}/login/")
        page.fill("[name=username]", "ann")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".job")
        page.keyboard.press("Enter")
        page.wait_for_selector(".question.current")
        page.evaluate(MEASURE)
        for n in range(tasks):
            _answer(page, n)
        took: list[float] = page.evaluate("window.took")
        browser.close()
    return took


def _answer(page: Page, done: int) -> None:
    page.keyboard.press(random.Random(done).choice("12345"))
    page.keyboard.press("Enter")
    page.locator("#rate-progress .count", has_text=f"{done + 1} of").wait_for()
    page.wait_for_timeout(50)  # both frames of the clock are over


def _report(took: list[float]) -> int:
    ranked = sorted(took)
    at = {share: ranked[min(len(ranked) - 1, round(share * (len(ranked) - 1)))] for share in (0.5, 0.95, 1.0)}
    is_met = at[0.95] <= BAR_MS
    ran = f"{datetime.now(UTC):%Y-%m-%d}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    figures = " | ".join(f"{each:.0f} ms" for each in at.values())
    print(f"| key press → next task readable, {len(took)} tasks | p50 | p95 | most | bar (p95) | |")
    print("|---|--:|--:|--:|---|---|")
    print(f"| {ran} | {figures} | ≤ {BAR_MS} ms | {'yes' if is_met else 'no'} |")
    print(json.dumps({"took_ms": [round(each, 1) for each in took]}), file=sys.stderr)
    return 0 if is_met else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["prepare"]:
        prepare(int(sys.argv[2]))
        sys.exit()
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
