"""Eight annotators in a closed loop, on our server and on Label Studio's: ``python -m benchmarks.annotation [tasks]``.

Each contestant serves one project of 10,000 pairs over HTTP from an empty database of its own; eight clients, each a
person with an account, ask for the next task, answer it, and go on without a pause until 500 answers are in. Ours runs
as ``jurybox up`` does, on SQLite and on PostgreSQL; Label Studio where ``LABEL_STUDIO`` names its command (in an
environment of its own: ``pip install label-studio==1.23.2``). CPU is that of the server's processes alone; what
PostgreSQL's own processes take is stated apart. An item with more answers than were asked for is counted.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.annotation_label_studio import label_studio
from benchmarks.annotation_load import (
    ITEMS,
    PEOPLE,
    Client,
    Cycle,
    Measured,
    closed_loop,
    cpu_of,
    cpu_of_one,
    family,
    largest_mib,
    served,
)
from benchmarks.timing import machine
from tests.environment.postgresql import cluster, find_binaries, free_port

ROOT = Path(__file__).resolve().parent.parent
TASKS = 500
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


def database_cpu(url: str | None) -> float:
    """Return what all processes of PostgreSQL on this machine have taken, 0 without it."""
    if url is None:
        return 0.0
    spent = 0.0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().strip() == "postgres":
                spent += cpu_of_one(int(entry.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return spent


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
