"""Eight annotators in a closed loop, on our server and on Label Studio's: ``python -m benchmarks.annotation [tasks]``.

Each contestant serves one project of 10,000 pairs over HTTP from an empty database of its own; eight clients, each a
person with an account, ask for the next task, answer it, and go on without a pause until 500 answers are in. Ours runs
as ``jurybox up`` does, on SQLite and on PostgreSQL; Label Studio where ``LABEL_STUDIO`` names its command (in an
environment of its own: ``pip install label-studio==1.23.2``). CPU is that of the server's processes alone; what
PostgreSQL's own processes take is stated apart. An item with more answers than were asked for is counted.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.timing import machine
from tests.environment.postgresql import cluster, find_binaries, free_port

ROOT = Path(__file__).resolve().parent.parent
PEOPLE, ITEMS, TASKS = 8, 10_000, 500
WAIT_S = 180
SET_UP = """
import json
from django.contrib.auth.models import User
from knox.models import AuthToken
from annotation.services import create_campaign, open_campaign
from domain.bulk import allocate_ids, bulk_load
from domain.models import Battle, Membership, Prompt, Response
from tests.factories import PREFERENCE, make_battle, make_project, make_rubric
project = make_project(slug="bench")
text = "Copper conducts heat and glass does not. " * 25
first = make_battle(project)
def copies(model, n, **own):
    template = model.objects.order_by("pk").first()
    fields = [one.attname for one in model._meta.concrete_fields]
    ids = allocate_ids(model, n)
    def row(number, pk):
        given = {{name: getattr(template, name) for name in fields}} | {{"id": pk}}
        return given | {{name: make(number) for name, make in own.items()}}
    bulk_load(model, fields, ([row(number, pk)[name] for name in fields] for number, pk in enumerate(ids)))
    return list(ids)
systems = [first.response_a.system_id, first.response_b.system_id]
prompts = copies(Prompt, {items}, external_id=lambda n: f"bench-{{n}}")
def responses(side, content):
    return copies(Response, {items}, prompt_id=lambda n: prompts[n], system_id=lambda n: systems[side], content=content)
left = responses(0, lambda n: f"{{n}} {{text}}")
right = responses(1, lambda n: f"{{text}} {{n}}")
sides = {{"response_a_id": lambda n: left[n], "response_b_id": lambda n: right[n]}}
battles = copies(Battle, {items}, prompt_id=lambda n: prompts[n], **sides)
rubric = make_rubric(project, PREFERENCE)
items = Battle.objects.filter(pk__gte=battles[0], pk__lte=battles[-1])
campaign = create_campaign(project=project, rubric=rubric, name="Bench", items=items, overlap=1)
open_campaign(campaign)
tokens = []
for number in range({people}):
    user = User.objects.create_user(f"rater{{number}}")
    Membership.objects.create(project=project, user=user, role="annotator")
    tokens.append(AuthToken.objects.create(user)[1])
print(json.dumps({{"campaign": campaign.pk, "tokens": tokens}}))
"""
COUNT = """
from django.db.models import Count
from annotation.models import Item
held = Item.objects.filter(assignments__state="done").annotate(n=Count("assignments")).filter(n__gt=1)
print(held.count())
"""


@dataclass
class Measured:
    """What the clients saw, and what the server took."""

    asked_ms: list[float] = field(default_factory=list)
    answered_ms: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    done: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    database_cpu_s: float = 0.0
    mib: float = 0.0
    twice: int = 0

    def row(self, name: str) -> str:
        """Return a line of the table."""
        times = " | ".join(f"{p(self.asked_ms, q):.0f} / {p(self.answered_ms, q):.0f}" for q in (0.5, 0.95, 0.99))
        cpu, database = (1000 * spent / max(self.done, 1) for spent in (self.cpu_s, self.database_cpu_s))
        spent = f"{cpu:.1f} + {database:.1f}" if database else f"{cpu:.1f}"
        cells = [name, f"{self.done / self.seconds:.1f}", times, spent, sum(self.errors.values()), self.twice]
        return f"| {' | '.join(map(str, cells))} | {self.mib:.0f} |"


def p(values: list[float], share: float) -> float:
    """Return a quantile: the least value that so large a share does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


class Client:
    """One person's connection, kept open as a browser does."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Content-Type": "application/json", **headers}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, float]:
        """Return status, JSON and milliseconds."""
        began = time.perf_counter()
        payload = None if body is None else json.dumps(body)
        self.connection.request(method, path, payload, {**self.headers, **headers})
        answer = self.connection.getresponse()
        text = answer.read()
        took = 1000 * (time.perf_counter() - began)
        try:
            return answer.status, json.loads(text or b"null"), took
        except ValueError:
            return answer.status, None, took


Cycle = Callable[[Client, Measured], bool]


def closed_loop(clients: list[Client], cycle: Cycle, tasks: int) -> Measured:
    """Let every client ask and answer until so many answers are in."""
    measured, lock = Measured(), threading.Lock()

    def work(client: Client) -> None:
        while True:
            with lock:
                if measured.done >= tasks:
                    return
            mine = Measured()
            try:
                went_on = cycle(client, mine)
            except OSError as error:
                mine.errors[type(error).__name__] += 1
                went_on = False
            with lock:
                measured.asked_ms += mine.asked_ms
                measured.answered_ms += mine.answered_ms
                measured.errors += mine.errors
                measured.done += mine.done
            if not went_on:
                return

    threads = [threading.Thread(target=work, args=[client]) for client in clients]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured.seconds = time.perf_counter() - began
    return measured


# --- Ours ------------------------------------------------------------------------------------------------------------


def ours(database_url: str | None, tasks: int) -> Measured:
    """Run the loop on our server; each cycle claims and submits, though the submit's answer holds the next task."""
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        port = free_port()
        environment = {
            **os.environ,
            "JURYBOX_HOME": home,
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "jurybox.settings",
            "JURYBOX_HTTPS": "0",
            "JURYBOX_ANSWERS_PER_MINUTE": "0",  # the loop is faster than people are
            "JURYBOX_SECRET_KEY": secrets.token_urlsafe(50),
            **({"DATABASE_URL": database_url} if database_url else {}),
        }
        _django("from django.core.management import call_command; call_command('migrate', verbosity=0)", environment)
        told = json.loads(_django(SET_UP.format(items=ITEMS, people=PEOPLE), environment).splitlines()[-1])
        command = [sys.executable, "-m", "jurybox.cli", "up", "--port", str(port), "--no-worker"]
        server = stack.enter_context(served(command, environment, f"http://127.0.0.1:{port}/healthz"))
        clients = [Client(port, {"Authorization": f"Token {token}"}) for token in told["tokens"]]
        cycle = _our_cycle(told["campaign"])
        closed_loop(clients, cycle, PEOPLE * 3)  # the first requests of a process load its code
        before, database_before = cpu_of(server.pid), database_cpu(database_url)
        measured = closed_loop(clients, cycle, tasks)
        measured.cpu_s = cpu_of(server.pid) - before
        measured.database_cpu_s = database_cpu(database_url) - database_before
        measured.mib = largest_mib(family(server.pid)[1])  # the first has migrated, and only watches now
        measured.twice = int(_django(COUNT, environment).splitlines()[-1])
        return measured


def _our_cycle(campaign: int) -> Cycle:
    answer = {"answers": {"preference": {"choice": "left", "strength": 1}}}

    def cycle(client: Client, measured: Measured) -> bool:
        status, told, took = client.call("POST", f"/api/v1/campaigns/{campaign}/claim/")
        measured.asked_ms.append(took)
        if status != 200 or not told["assignment"]:
            measured.errors[f"claim {status}"] += 1
            return False
        token = told["assignment"]["token"]
        status, _, took = client.call(
            "POST", f"/api/v1/assignments/{token}/submit/", answer, **{"Idempotency-Key": token}
        )
        measured.answered_ms.append(took)
        measured.errors[f"submit {status}"] += status != 200
        measured.done += status == 200
        return status == 200

    return cycle


def _django(code: str, environment: dict[str, str]) -> str:
    script = f"import jurybox._sqlite, django; django.setup()\n{code}"
    ran = subprocess.run([sys.executable, "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(ran.stderr)
    return ran.stdout


# --- Label Studio ----------------------------------------------------------------------------------------------------

LABELS = """<View><Text name="left" value="$left"/><Text name="right" value="$right"/>
<Pairwise name="better" toName="left,right"/></View>"""
PASSWORD = "benchmark-only-1"


def label_studio(command: str, tasks: int) -> Measured:
    """Run the loop on Label Studio's own server with SQLite: ``label-studio start``, overlap 1."""
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        port = free_port()
        environment = {
            **os.environ,
            "LABEL_STUDIO_BASE_DATA_DIR": home,
            "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "false",
            "COLLECT_ANALYTICS": "0",
            "LATEST_VERSION_CHECK": "0",
        }
        start = [command, "start", "--no-browser", "--port", str(port), "--username", "rater0@example.org"]
        start += ["--password", PASSWORD, "--log-level", "ERROR"]
        server = stack.enter_context(served(start, environment, f"http://127.0.0.1:{port}/health"))
        clients = [_label_studio_person(port, number) for number in range(PEOPLE)]
        project = _label_studio_project(clients[0])
        cycle = _label_studio_cycle(project)
        closed_loop(clients, cycle, PEOPLE * 3)
        before = cpu_of(server.pid)
        measured = closed_loop(clients, cycle, tasks)
        measured.cpu_s = cpu_of(server.pid) - before
        measured.mib = largest_mib(server.pid)
        measured.twice = _label_studio_twice(clients[0], project)
        return measured


def _label_studio_person(port: int, number: int) -> Client:
    """Sign somebody up (the first exists), and return their session."""
    client, name = Client(port, {}), f"rater{number}@example.org"
    page = "/user/login/" if number == 0 else "/user/signup/"
    cookies = _cookies(client, "GET", page, None)
    fields = f"csrfmiddlewaretoken={cookies['csrftoken']}&email={name.replace('@', '%40')}&password={PASSWORD}"
    cookies |= _cookies(client, "POST", page, fields, cookies)
    client.headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in cookies.items())
    client.headers["X-CSRFToken"] = cookies["csrftoken"]
    return client


def _cookies(
    client: Client, method: str, path: str, body: str | None, cookies: dict[str, str] | None = None
) -> dict[str, str]:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if cookies:
        headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in cookies.items())
    client.connection.request(method, path, body, headers)
    answer = client.connection.getresponse()
    answer.read()
    given = [value.split(";")[0].partition("=") for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    return {key: value for key, _, value in given}


def _label_studio_project(client: Client) -> int:
    status, made, _ = client.call("POST", "/api/projects/", {"title": "Bench", "label_config": LABELS})
    if status != 201:
        raise SystemExit(f"Label Studio made no project: {status} {made}")
    text = "Copper conducts heat and glass does not. " * 25
    for start in range(0, ITEMS, 1000):
        rows = [{"left": f"{n} {text}", "right": f"{text} {n}"} for n in range(start, start + 1000)]
        client.call("POST", f"/api/projects/{made['id']}/import", rows)
    return int(made["id"])


def _label_studio_cycle(project: int) -> Cycle:
    result = [
        {"from_name": "better", "to_name": "left", "type": "pairwise", "value": {"selected": "left"}},
    ]

    def cycle(client: Client, measured: Measured) -> bool:
        status, task, took = client.call("GET", f"/api/projects/{project}/next")
        measured.asked_ms.append(took)
        if status != 200:
            measured.errors[f"next {status}"] += 1
            return status == 500
        body = {"result": result, "lead_time": 1.0}
        status, _, took = client.call("POST", f"/api/tasks/{task['id']}/annotations/?project={project}", body)
        measured.answered_ms.append(took)
        measured.errors[f"submit {status}"] += status != 201
        measured.done += status == 201
        return True

    return cycle


def _label_studio_twice(client: Client, project: int) -> int:
    """Count tasks with more than one answer, from the export."""
    _, tasks, _ = client.call("GET", f"/api/projects/{project}/export?exportType=JSON")
    return sum(len(task["annotations"]) > 1 for task in tasks)


# --- Processes -------------------------------------------------------------------------------------------------------


@contextmanager
def served(command: list[str], environment: dict[str, str], health: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until it answers, and end it with all its children."""
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + WAIT_S
        while not _answers(health):
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{command[0]} did not start")
            time.sleep(0.5)
        yield server
    finally:
        started = family(server.pid)
        server.terminate()
        try:
            server.wait(60)
        finally:
            for pid in started:
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)


def _answers(health: str) -> bool:
    try:
        with urllib.request.urlopen(health, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = [pid]
    if children.exists():
        for child in children.read_text().split():
            found += family(int(child))
    return found


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process and its living descendants have taken."""
    return sum(_cpu(one) for one in family(pid))


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def database_cpu(url: str | None) -> float:
    """Return what all processes of PostgreSQL on this machine have taken, 0 without it."""
    if url is None:
        return 0.0
    spent = 0.0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().strip() == "postgres":
                spent += _cpu(int(entry.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return spent


def largest_mib(pid: int) -> float:
    """Return the peak resident memory of the largest process of a family."""
    peaks = []
    for one in family(pid):
        lines = Path(f"/proc/{one}/status").read_text().splitlines()
        peaks += [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")]
    return max(peaks)


def main() -> None:
    """Measure every contestant and print a table."""
    tasks = int(sys.argv[1]) if len(sys.argv) > 1 else TASKS
    print(f"{machine()}; {PEOPLE} people, {ITEMS:,} items, {tasks} tasks each run")
    print("| server | tasks/s | next / submit ms: p50 | p95 | p99 | CPU ms a task | errors | answered twice | MiB |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    print(ours(None, tasks).row("Jurybox, SQLite"), flush=True)
    if (binaries := find_binaries()) is not None:
        with cluster(binaries) as url:
            print(ours(url, tasks).row("Jurybox, PostgreSQL"), flush=True)
    if command := os.environ.get("LABEL_STUDIO"):
        print(label_studio(command, tasks).row("Label Studio, SQLite"), flush=True)


if __name__ == "__main__":
    main()
