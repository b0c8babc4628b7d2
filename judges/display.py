"""How a run looks in a terminal: a bar on stderr while it lasts, and a few lines when it is over."""

from __future__ import annotations

from io import StringIO
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from judges.corpora import SystemCorpus
from judges.estimates import Estimate
from judges.figures import waiting
from judges.models import JudgeVersion, Run
from judges.money import dollars

ITEMS = {
    "direct": "responses",
    "pairwise": "battles in both orders",
    "listwise": "lists of responses, each both ways round",
}
SHOWN = 60  # characters of a failure, beside a bar


class Bar:
    """A progress bar that a run moves. Silent where nobody looks: a pipe gets no control characters."""

    def __init__(self, console: Console, run: Run) -> None:
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[says]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self.task = self.progress.add_task(f"run {run.pk}", total=run.planned, completed=run.done, says="")

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def show(self, run: Run) -> None:
        """Move to where the run is."""
        failed = run.done - run.verdicts
        spent = f"{money(run.spent_nusd)}" if not run.unpriced_calls else "cost unknown"
        says = f"{failed} without a verdict, {spent}" if run.version_id else f"{failed} without a score"
        if put_off := waiting(run):
            says += f"; {put_off.n} wait to be asked again: {escape(put_off.why[:SHOWN])}"
        self.progress.update(self.task, completed=run.done, total=run.planned, says=says)


def money(amount: int | None) -> str:
    """Write an amount: four decimals, because a call may cost less than a cent."""
    return "unknown" if amount is None else f"${dollars(amount):,.4f}"


def corpus_table(figures: list[SystemCorpus]) -> str:
    """Lay corpus figures out, a dash where there is none."""
    table = Table(box=None, pad_edge=False)
    for title in ("Metric", "System", "Score", "from", "to", "Texts", "No reference", "Too long"):
        table.add_column(title, justify="left" if title in ("Metric", "System") else "right")
    for one in figures:
        score = one.score
        numbers = [Text("–" if value is None else f"{value:.2f}") for value in (score.value, score.lower, score.upper)]
        counts = [Text(f"{count:,}") for count in (score.n_segments, one.left_out, one.too_long)]
        table.add_row(Text(score.metric), Text(one.system), *numbers, *counts)
    out = StringIO()
    Console(file=out, width=120, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def estimate_lines(version: JudgeVersion, found: Estimate) -> list[str]:
    """Say what a run would take."""
    lines = [
        f"{found.items:,} {ITEMS[version.protocol]}: {found.calls:,} calls of {version.model}",
        f"about {found.input_tokens:,} tokens in, {found.output_tokens:,} out ({found.basis})",
    ]
    if found.cost_nusd is None:
        return [*lines, f"cost unknown: no price is known for the model {version.model}"]
    most = (
        f"{money(found.at_most_nusd)} at most, if every answer used all {found.output_limit:,} tokens, repairs included"
    )
    return [*lines, f"about {money(found.cost_nusd)}; {most}"]


def outcome_lines(run: Run) -> list[str]:
    """Say how a run ended."""
    head = f"run {run.pk} is {run.get_state_display()}: {run.done:,} of {run.planned:,}"
    if run.is_of_metrics:
        return [f"{head}; {run.verdicts:,} scores, {run.unreadable:,} without a score and with the reason", *_why(run)]
    by_outcome = f"{run.verdicts:,} verdicts, {run.refused:,} refused, {run.unreadable:,} unreadable"
    lines = [f"{head}; {by_outcome}, {run.transport:,} without an answer", _cost_line(run), *_why(run)]
    if run.state != Run.State.DONE:
        lines.append(f"Go on with: jurybox judge {run.project.slug} --resume {run.pk}")
    return lines


def _why(run: Run) -> list[str]:
    return [run.reason] if run.reason else []


def _cost_line(run: Run) -> str:
    if run.unpriced_calls:
        return f"cost unknown: no price or no token counts for {run.unpriced_calls:,} calls"
    more = f", and at most {money(run.unsettled_nusd)} for calls without an answer" if run.unsettled_nusd else ""
    return f"{money(run.spent_nusd)} spent{more}"
