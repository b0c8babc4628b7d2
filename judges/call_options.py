"""Which options of ``jurybox judge`` go together: what nobody would read is an error, and not passed over."""

from __future__ import annotations

from typing import Any

from judges.commandline import BadCall

WHICH_ITEMS = ("pairs", "limit", "repeats", "probes", "seed")
A_NEW_JUDGE = (
    "model", "provider", "preset", "base_url", "dialect", "rubric", "key_env", "max_tokens", "effort", "temperature",
    "repairs", "samples", "estimator", "rule", "reasons",
)  # fmt: skip
PER_MINUTE = ("requests_per_minute", "tokens_per_minute")
ALL = (*WHICH_ITEMS, *A_NEW_JUDGE, "budget", "concurrency", "engine", "batch", "reuse", *PER_MINUTE, "metric_params")
TAKEN = {  # by what asks nobody new
    "resume": {"budget", "concurrency", "engine", *PER_MINUTE},
    "metrics": {"metric_params", "engine"},
    "watch": set[str](),
    "corpus": set[str](),
    "export_judge": set[str](),
}
USUAL = {"repeats": 1, "concurrency": 16, "seed": 0}
MOST = {"concurrency": 512}  # calls at once: more than any key allows, and each takes a connection


def check_options(options: dict[str, Any]) -> None:
    """Refuse options that have no meaning beside the others, and numbers that make no sense. Raises BadCall."""
    asked = next((name for name in TAKEN if options[name] not in (None, "")), "")
    taken = TAKEN[asked] if asked else set(ALL) - {"metric_params"}
    given = [name for name in ALL if options[name] not in (None, False)]
    if odd := [name for name in given if name not in taken]:
        beside = f"--{asked.replace('_', '-')}" if asked else "a judge"
        raise BadCall(f"{_flags(odd)} is not for {beside}: leave it out")
    if options["seed"] is not None and not options["probes"]:
        raise BadCall("--seed is for --probes: leave it out")
    for name in ("limit", "repeats", "concurrency", *PER_MINUTE):
        if options[name] is not None and options[name] < 1:
            raise BadCall(f"{_flags([name])} is {options[name]}; it must be 1 or more")
        if options[name] is not None and options[name] > MOST.get(name, options[name]):
            raise BadCall(f"{_flags([name])} is {options[name]}; it must be {MOST[name]} or less")


def with_usual(options: dict[str, Any]) -> dict[str, Any]:
    """Return options in which what was left out has its usual value."""
    return options | {name: value for name, value in USUAL.items() if options[name] is None}


def _flags(names: list[str]) -> str:
    return ", ".join(f"--{name.replace('_', '-')}" for name in names)
