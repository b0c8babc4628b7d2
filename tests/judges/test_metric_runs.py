"""Metrics as raters: every response once, whatever is run again."""

from __future__ import annotations

import math
import threading
from dataclasses import replace

import pytest

from domain.models import Rater, Rubric, Score, Verdict
from judges import metric_runs, services
from judges.commandline import BadCall, parse_metrics
from judges.metric_runs import BadMetric, choose, create_metric_run
from judges.metrics import METRICS, Unavailable
from judges.models import Run
from tests.factories import make_project, make_prompt, make_response

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    prompt = make_prompt(project, reference="Lima")
    bare = make_prompt(project)
    for system, content in (("Ash", "Lima"), ("Birch", "Lima, on the coast")):
        make_response(prompt=prompt, system=system, content=content)
        make_response(prompt=bare, system=system, content=content)
    return project


def run_metrics(project, *names: str, params=None) -> Run:
    run = services.start(create_metric_run(project, choose(names, params)))
    metric_runs.drain(run)
    return run


def test_every_response_is_scored_by_every_metric(project):
    run = run_metrics(project, "characters", "exact_match")
    assert (run.state, run.planned, run.verdicts, run.unreadable) == ("done", 8, 6, 2)
    lengths = Score.objects.filter(verdict__rater__metric="characters").order_by("verdict__response")
    assert list(lengths.values_list("value", flat=True)) == [4.0, 4.0, 18.0, 18.0]
    exact = Score.objects.filter(verdict__rater__metric="exact_match").order_by("verdict__response")
    assert list(exact.values_list("value", flat=True)) == [1.0, 0.0]


def test_a_missing_reference_is_a_reason_and_not_a_zero(project):
    run_metrics(project, "bleu")
    unscored = Verdict.objects.unscored().filter(rater__metric="bleu")
    assert set(unscored.values_list("unscored_reason", flat=True)) == {"no_reference"}
    assert unscored.count() == 2
    assert Score.objects.filter(verdict__rater__metric="bleu", value=0).count() == 0


def test_a_second_run_adds_only_what_is_missing(project):
    run_metrics(project, "words")
    make_response(prompt=make_prompt(project), content="one two three")
    run = run_metrics(project, "words")
    assert (run.planned, run.verdicts, run.state) == (1, 1, "done")
    assert Verdict.objects.filter(rater__metric="words").count() == 5
    assert Rater.objects.metrics().count() == Rubric.objects.filter(name="Words").count() == 1


def test_a_stopped_run_goes_on_where_it_stopped(project, monkeypatch):
    monkeypatch.setattr(metric_runs, "CHUNK", 1)
    run = services.start(create_metric_run(project, choose(["characters"])))
    stop = threading.Event()
    metric_runs.drain(run, stop=stop, on_progress=lambda run: stop.set())
    assert (run.state, run.verdicts) == ("running", 1)
    metric_runs.drain(run)
    assert (run.state, run.verdicts) == ("done", 4)


def test_a_cancelled_run_writes_nothing_more(project, monkeypatch):
    monkeypatch.setattr(metric_runs, "CHUNK", 1)
    run = services.start(create_metric_run(project, choose(["characters"])))

    def cancel(run: Run) -> None:
        services.cancel(run)

    metric_runs.drain(run, on_progress=cancel)
    assert (run.state, Verdict.objects.count()) == ("cancelled", 1)


def test_two_workers_on_one_run_of_metrics_write_each_chunk_once(project):
    run = services.start(create_metric_run(project, choose(["characters"])))
    (seat,) = [metric_runs._seat(project, chosen) for chosen in choose(["characters"])]
    responses = list(metric_runs._chunk(run))
    answered = [(seat, metric_runs._drafts(seat, responses))]
    for _ in range(2):
        metric_runs._record(run, 0, responses[-1].pk, answered)
    run.refresh_from_db()
    assert (run.verdicts, Verdict.objects.count()) == (4, 4)


def test_another_pattern_is_another_rater(project):
    for pattern in ("Lima", "coast"):
        run_metrics(project, "regex", params={"regex": {"pattern": pattern}})
    names = Rater.objects.metrics().values_list("name", flat=True)
    assert set(names) == {"Regular expression (pattern Lima)", "Regular expression (pattern coast)"}
    assert Score.objects.filter(value=1.0).count() == 4 + 2


@pytest.mark.parametrize(
    ("names", "params", "words"),
    [
        ([], {}, "no metric was chosen"),
        (["beauty"], {}, "no metric 'beauty'; there are characters"),
        (["regex"], {}, "the pattern must have"),
        (["regex"], {"regex": {"pattern": "("}}, "no regular expression"),
    ],
)
def test_a_metric_that_cannot_be_says_why(names, params, words):
    with pytest.raises(BadMetric, match=words):
        choose(names, params)


def test_parameters_that_are_the_usual_ones_name_no_other_rater():
    usual, same, other = (
        choose(["rouge_1"], {"rouge_1": params})[0] for params in ({}, {"stem": False}, {"stem": True})
    )
    assert usual.identity == same.identity == "rouge_1"
    assert (other.identity, other.label) == ('rouge_1 {"stem": true}', "ROUGE-1 (stem True)")


def test_another_way_to_compute_is_another_rater():
    [chosen] = choose(["words"])
    assert replace(chosen, metric=replace(chosen.metric, revision=2)).identity == "words@2"


def test_two_schemas_are_two_raters():
    one, other = (
        choose(["json_schema"], {"json_schema": {"schema": {"type": name}}})[0] for name in ("object", "array")
    )
    assert one.identity != other.identity
    assert one.label != other.label
    [named] = choose(["json_schema"], {"json_schema": {"schema": {"title": "Person", "type": "object"}}})
    assert named.label.startswith("JSON Schema (schema Person ")


def test_parameters_for_a_metric_that_was_not_chosen_are_named():
    with pytest.raises(BadMetric, match="parameters for ter"):
        choose(["bleu"], {"ter": {}})


def test_what_was_recorded_with_a_response_is_scored(project):
    prompt = make_prompt(project)
    make_response(prompt=prompt, system="Ash", metadata={"outcomes": [1, 0, 0], "logprobs": [-1.0, -3.0]})
    run_metrics(project, "pass_at_k", "perplexity", params={"pass_at_k": {"k": 2}})
    values = dict(Score.objects.values_list("verdict__rater__name", "value"))
    assert values == pytest.approx({"pass@k (k 2)": 2 / 3, "Perplexity": math.e**2})
    unscored = Verdict.objects.unscored().filter(rater__metric="perplexity")
    assert set(unscored.values_list("unscored_reason", flat=True)) == {"not_given"}
    assert unscored.count() == 4


def test_a_metric_that_this_machine_cannot_compute_pauses_the_run_and_says_why(project, monkeypatch):
    run = create_metric_run(project, choose(["words"]))

    def absent(params) -> None:
        raise Unavailable("no such package: install it")

    monkeypatch.setitem(METRICS, "words", replace(METRICS["words"], prepare=absent))
    metric_runs.drain(services.start(run))
    run.refresh_from_db()
    assert (run.state, run.reason, Verdict.objects.count()) == ("paused", "no such package: install it", 0)


@pytest.mark.parametrize(
    ("text", "params", "expected"),
    [
        ("length,bleu", None, (["length", "bleu"], {})),
        (
            "words,regex:a,b",
            '{"regex": {"flags": "i"}}',
            (["words", "regex"], {"regex": {"flags": "i", "pattern": "a,b"}}),
        ),
        ("pass_at_k", '{"pass_at_k": {"k": 5}}', (["pass_at_k"], {"pass_at_k": {"k": 5}})),
    ],
)
def test_metrics_and_parameters_are_read_from_the_command(text, params, expected):
    assert parse_metrics(text, params) == expected


def test_parameters_can_come_from_a_file(tmp_path):
    path = tmp_path / "params.json"
    path.write_text('{"ter": {"case_sensitive": true}}')
    assert parse_metrics("ter", f"@{path}")[1] == {"ter": {"case_sensitive": True}}


@pytest.mark.parametrize("params", ["{", "[]", '{"ter": 1}', "@/nowhere.json"])
def test_parameters_that_cannot_be_read_say_so(params):
    with pytest.raises(BadCall, match="--metric-params"):
        parse_metrics("ter", params)
