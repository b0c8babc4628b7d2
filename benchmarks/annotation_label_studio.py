"""The same loop on Label Studio's own server, for benchmarks.annotation."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack

from benchmarks.annotation_load import (
    ITEMS,
    PEOPLE,
    Client,
    Cycle,
    Measured,
    closed_loop,
    cpu_of,
    largest_mib,
    served,
)
from tests.environment.postgresql import free_port

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
        status, refused, _ = client.call("POST", f"/api/projects/{made['id']}/import", rows)
        if status != 201:
            raise SystemExit(f"Label Studio took no tasks: {status} {refused}")
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
