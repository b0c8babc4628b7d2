"""``jurybox judge``: ask a judge, or metrics, about a project, in the foreground."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from rich.console import Console

from domain.models import Project
from judges import commandline as line
from judges import corpora, metric_runs, planning, services, versions
from judges.call_options import check_options, with_usual
from judges.course import Rule
from judges.display import Bar, corpus_table, estimate_lines, outcome_lines
from judges.estimates import estimate_for
from judges.judge_files import PROVIDERS, BadFile, as_toml
from judges.keys import batch_problem, problem_with
from judges.metrics import METRICS
from judges.models import JudgeVersion, Run
from judges.parameters import BadVersion
from judges.planning import Selection
from judges.presets import PRESETS, Estimator
from judges.probes.runs import probe_selection
from judges.tariffs import is_priced
from judges.wanted import WAYS, version_wanted
from judges.watching import MOVING, engine_wanted, handed_over_lines, stop_on_signals, watch
from judges.withholding import withheld_lines
from judges.worker import drain_any

WRONG = (
    *(line.BadCall, BadVersion, versions.NoSuchJudge, metric_runs.BadMetric, services.WrongState),
    *(corpora.BadCorpus, BadFile),
)


class Command(BaseCommand):
    """Plan a run, or take up one, and drain it."""

    help = (
        "Ask a judge about every battle (in both orders) or response of a project. Exit status: 0 the run is done, "
        "1 it stopped before (budget, key, provider, Ctrl-C; --resume goes on), 2 the call is wrong."
    )
    requires_system_checks = (Tags.database,)  # the others import every page: most of the time until the first call

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what can be asked for."""
        parser.add_argument("project", help="slug of the project")
        what = parser.add_argument_group("what is asked")
        what.add_argument("--judge", help="name of the judge; with --model, a version of that name is made")
        what.add_argument("--judge-file", metavar="TOML", help="judges, or a panel, as a file describes them")
        what.add_argument("--jury", metavar="A,B,C", help="judges on record that answer together")
        what.add_argument("--cascade", metavar="A,B", help="judges on record, the next asked where one is not sure")
        what.add_argument("--export-judge", metavar="NAME", help="print a judge as a judge file; ask nobody")
        what.add_argument("--metrics", help=f"metrics instead of a judge: {', '.join(METRICS)}, length, rouge")
        what.add_argument("--metric-params", metavar="JSON|@FILE", help='such as {"pass_at_k": {"k": 5}}')
        what.add_argument(
            "--corpus", help="figures of each system over all its texts: bleu, chrf, ter; nothing is saved"
        )
        what.add_argument("--resume", metavar="RUN", help="go on with a run that stopped")
        what.add_argument("--watch", metavar="RUN", help="look on while workers drain a run; changes nothing")
        what.add_argument("--pairs", choices=["made", "all"], help="battles on record, or all pairs of systems")
        what.add_argument("--limit", type=int, help="ask about so many items only")
        what.add_argument("--repeats", type=int, help="times each item is asked in each order (default: 1)")
        what.add_argument("--probes", action="store_true", help="a sample of --limit items, changed to try the judge")
        what.add_argument("--seed", type=int, help="of that sample (default: 0)")
        self._add_model_arguments(parser)
        how = parser.add_argument_group("how")
        how.add_argument("--budget", metavar="USD", help="stop before the run costs more than this")
        how.add_argument("--concurrency", type=int, help="calls at once (default: 16)")
        how.add_argument("--engine", choices=["worker", "celery"], help="leave the run to workers, and return")
        how.add_argument("--batch", action="store_true", help="in batches, answered within a day at half the price")
        how.add_argument("--reuse", action="store_true", help="take answers of earlier runs to the very same question")
        how.add_argument("--requests-per-minute", type=int, metavar="N", help="limit of the key, for all its runs")
        how.add_argument("--tokens-per-minute", type=int, metavar="N", help="limit of the key, for all its runs")
        how.add_argument("--dry-run", action="store_true", help="say what the run would take; change nothing")
        how.add_argument("--json", action="store_true", help="print one JSON document on stdout")

    def _add_model_arguments(self, parser: ArgumentParser) -> None:
        model = parser.add_argument_group("a new judge")
        model.add_argument("--model", help="the provider's name of the model")
        model.add_argument("--provider", choices=list(PROVIDERS))
        model.add_argument("--preset", metavar="NAME", help=f"a published protocol: {', '.join(PRESETS)}")
        model.add_argument("--base-url", help="address of an OpenAI-compatible server, with its /v1")
        model.add_argument("--dialect", choices=["json_schema", "json_object", "prompt-only"])
        model.add_argument("--rubric", help="name of the rubric, or 'name v2'")
        model.add_argument("--key-env", metavar="NAME", help="NAME of the environment variable that holds the key")
        model.add_argument("--max-tokens", type=int)
        model.add_argument("--effort", help="reasoning effort")
        model.add_argument("--temperature", type=float)
        model.add_argument("--repairs", type=int, help="repairs of an answer of the wrong form: 0 or 1 (default: 1)")
        model.add_argument("--samples", type=int, help="answers to each question, put together (default: 1)")
        model.add_argument("--estimator", choices=list(Estimator), help="where an expected score comes from")
        model.add_argument("--rule", choices=list(Rule), help="how several answers become one (default: majority)")
        model.add_argument("--reasons", choices=["before", "after", "none"], help="where the judge gives its reasons")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; a wrong call says what is wrong and changes nothing."""
        self.console = Console(stderr=True)
        self.as_json = options["json"]
        try:
            project = line.find_project(options["project"])
            _check_kind(options)
            check_options(options)
            if options["export_judge"]:
                self._export(versions.find_version(project, options["export_judge"]))
                return
            run = None if options["dry_run"] or options["corpus"] else self._run(project, options)
            if run is None:
                (self._corpus if options["corpus"] else self._dry_run)(project, options)
        except WRONG as error:
            raise CommandError(str(error), returncode=2) from None
        if run is None:
            return
        if options["watch"]:
            self._watch(run)
        elif options["engine"]:
            self._tell(run, handed_over_lines(run))
        else:
            self._drain(run)

    def _export(self, version: JudgeVersion) -> None:
        text = as_toml(version)
        self.stdout.write(json.dumps({"judge": version.label, "toml": text}) if self.as_json else text)

    def _corpus(self, project: Project, options: dict[str, Any]) -> None:
        names = options["corpus"].split(",")
        found = corpora.corpus_figures(project, [name.strip() for name in names if name.strip()])
        if self.as_json:
            self.stdout.write(json.dumps([one.as_json() for one in found]))
        else:
            self.stdout.write(corpus_table(found))

    def _dry_run(self, project: Project, given: dict[str, Any]) -> None:
        options = with_usual(given)
        if not _asks_a_judge(options):
            raise line.BadCall("--dry-run is for a --judge: metrics and resumed runs cost nothing more to look at")
        with transaction.atomic():
            version = version_wanted(project, options)
            if options["batch"] and (problem := batch_problem(version)):
                raise line.BadCall(problem)
            line.check_budget(line.budget_wanted(options["budget"]), version.model, priced=is_priced(version))
            selection = self._selection(version, options)
            found = estimate_for(version, selection, batch=options["batch"])
            transaction.set_rollback(True)  # a new judge, its rubric and its panel were put on record to be looked at
        if self.as_json:
            self.stdout.write(json.dumps(line.plan_of(version, found)))
        else:
            self.console.print("\n".join(estimate_lines(version, found)), highlight=False, markup=False, soft_wrap=True)

    def _run(self, project: Project, options: dict[str, Any]) -> Run:
        """Return the run to drain, planned and started, or left to workers; or the one to watch."""
        engine = engine_wanted(options["engine"])
        if options["watch"]:
            return line.find_run(project, options["watch"])
        if options["resume"]:
            return self._resumed(line.find_run(project, options["resume"]), options)
        if options["metrics"]:
            chosen = metric_runs.choose(*line.parse_metrics(options["metrics"], options["metric_params"]))
            return services.start(metric_runs.create_metric_run(project, chosen, engine=engine))
        run = self._ordered(project, with_usual(options), engine)
        return services.start(run) if engine == Run.Engine.COMMAND else run  # a worker plans it

    @transaction.atomic
    def _ordered(self, project: Project, options: dict[str, Any], engine: str) -> Run:
        """Put a run of a judge on record, and the judge with it where it is new; or neither."""
        budget, version = line.budget_wanted(options["budget"]), version_wanted(project, options)
        selection = self._selection(version, options)
        self._check_access(version, engine)
        if options["batch"] and (problem := batch_problem(version)):
            raise line.BadCall(problem)
        line.check_budget(budget, version.model, priced=is_priced(version))
        if not planning.count_items(version, selection):
            raise line.BadCall(f"project {project.slug} has nothing for this judge to read: import responses first")
        line.limit_key(version, options)
        return planning.create_run(
            project=project,
            version=version,
            selection=selection,
            budget_nusd=budget,
            engine=engine,
            concurrency=options["concurrency"],
            reuse=options["reuse"],
            mode=Run.Mode.BATCH if options["batch"] else Run.Mode.CALLS,
        )

    def _selection(self, version: JudgeVersion, options: dict[str, Any]) -> Selection:
        """Return which items the options ask for; say what of the options may not come as one thinks."""
        found = _selection(version, options)
        for words in (
            line.about_pairs(version, found, said=options["pairs"] is not None),
            *withheld_lines(version),
        ):
            if words:
                self.stderr.write(words)
        return found

    def _check_access(self, version: JudgeVersion, engine: str) -> None:
        """Refuse a judge that this process cannot ask; of one that workers ask, say that it could not."""
        problem = problem_with(version)
        if problem and engine == Run.Engine.COMMAND:
            raise line.BadCall(problem)
        if problem:
            self.stderr.write(f"Here it could not be asked: {problem} Workers read keys where they run.")

    def _resumed(self, run: Run, options: dict[str, Any]) -> Run:
        if run.version:
            self._check_access(run.version, engine_wanted(options["engine"]))
        if options["budget"] is not None and run.version:
            budget = line.budget_wanted(options["budget"])
            line.check_budget(budget, run.version.model, priced=is_priced(run.version))
            services.set_budget(run, budget)
        if run.version:
            line.limit_key(run.version, options)
            services.set_concurrency(run, options["concurrency"])
        return services.start(run, engine=options["engine"]) if options["engine"] else services.take_up(run)

    def _drain(self, run: Run) -> None:
        stop = stop_on_signals()
        with Bar(self.console, run) as bar:
            drain_any(run, stop=stop, on_progress=bar.show)
        if run.state == Run.State.RUNNING:
            services.stop_with_reason(run, "Interrupted.")
        self._tell(run, outcome_lines(run))
        if run.state != Run.State.DONE:
            raise SystemExit(1)

    def _watch(self, run: Run) -> None:
        with Bar(self.console, run) as bar:
            watch(run, stop=stop_on_signals(), on_progress=bar.show)
        self._tell(run, handed_over_lines(run) if run.state in MOVING else outcome_lines(run))
        if run.state != Run.State.DONE:
            raise SystemExit(1)

    def _tell(self, run: Run, lines: list[str]) -> None:
        if self.as_json:
            self.stdout.write(json.dumps(line.summary_of(run)))
        else:
            self.console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)


def _check_kind(options: dict[str, Any]) -> None:
    """Refuse a call that asks for nothing, or for two things."""
    others = [
        name for name in ("metrics", "resume", "watch", "corpus", "export_judge") if options[name] not in (None, "")
    ]
    if len(others) + _asks_a_judge(options) != 1:
        raise line.BadCall(
            "say one of --judge NAME, --judge-file TOML, --jury A,B, --cascade A,B, --metrics NAMES, --corpus NAMES, "
            "--export-judge NAME, --resume RUN and --watch RUN"
        )
    if options["engine"] and (options["watch"] or options["corpus"] or options["export_judge"] or options["dry_run"]):
        raise line.BadCall("--engine says who drains a run: leave it out where none is launched or resumed")


def _selection(version: JudgeVersion, options: dict[str, Any]) -> Selection:
    """Return which items the options ask for, and whether they are to be changed."""
    usual = line.selection_wanted(version.project, options)
    if not options["probes"]:
        return usual
    if options["pairs"] or options["repeats"] > 1:
        raise line.BadCall("--probes says itself what is asked and how often: leave --pairs and --repeats out")
    return probe_selection(version, options["limit"], seed=options["seed"])


def _asks_a_judge(options: dict[str, Any]) -> bool:
    return any(options[way] for way in WAYS)
