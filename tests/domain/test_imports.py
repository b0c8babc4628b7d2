"""What files may hold, and what becomes of it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from domain.choices import Outcome
from domain.formats import Source
from domain.imports import BadOption, Options, parse_label, parse_scale, plan, run_import
from domain.models import Battle, Import, Project, Prompt, Rater, Response, Rubric, Score, System, Verdict
from tests.factories import LIKERT, make_project, make_rubric

pytestmark = pytest.mark.django_db

VOTES = "prompt_id,system_a,system_b,outcome,rater\np1,Ash,Birch,A,ann\np1,Birch,Ash,B,bob\np2,Ash,Birch,tie,ann\n"


def source(text: str | bytes, name: str = "file.csv") -> Source:
    data = text.encode() if isinstance(text, str) else text
    return Source(name=name, open=lambda: io.BytesIO(data), size=len(data))


def jsonl(*rows: dict[str, Any], name: str = "file.jsonl") -> Source:
    return source("\n".join(json.dumps(row) for row in rows), name)


def load(project: Project, *sources: Source, **options) -> Import:
    batch = run_import(project=project, sources=sources, options=Options(**options))
    assert batch.state == "done", batch.errors
    return batch


def errors_of(*sources: Source, project: Project | None = None, **options) -> list[tuple[str, int, str, str, str]]:
    made = plan(project, sources, Options(**options))
    assert made.error_count == len(made.errors)
    return [(error.file, error.line, error.column, error.value, error.reason) for error in made.errors]


def only_error(*sources: Source, **options) -> tuple[str, int, str, str, str]:
    [error] = errors_of(*sources, **options)
    return error


def nothing_is_there() -> bool:
    return not any(
        model.objects.exists() for model in (System, Prompt, Response, Battle, Rater, Verdict, Score, Rubric)
    )


def shown(verdict: Verdict) -> tuple[str, str, str]:
    """The system shown first, the one shown second, and the outcome with the first as A."""
    battle, score = verdict.battle, verdict.scores.get()
    assert battle
    assert score.outcome
    pair = [battle.response_a.system.name, battle.response_b.system.name]
    outcome = Outcome(score.outcome)
    first, second = reversed(pair) if verdict.swapped else pair
    return first, second, (outcome.turned() if verdict.swapped else outcome).value


def test_votes_alone_make_prompts_and_responses_without_text():
    project = make_project()
    batch = load(project, source(VOTES))
    assert [shown(verdict) for verdict in Verdict.objects.order_by("pk")] == [
        ("Ash", "Birch", "A"),
        ("Birch", "Ash", "B"),
        ("Ash", "Birch", "tie"),
    ]
    assert Score.objects.filter(outcome="tie").count() == 1
    assert len(set(Score.objects.exclude(outcome="tie").values_list("outcome", flat=True))) == 1  # both for Ash
    assert set(Response.objects.values_list("content", flat=True)) == {None}
    assert set(Rater.objects.values_list("kind", "name")) == {("person", "ann"), ("person", "bob")}
    assert batch.counts["votes"] == 3


def test_ids_of_systems_stand_for_their_names():
    project = make_project()
    systems = jsonl({"id": 7, "name": "Ash", "org": "Tree", "api": "x"}, {"id": 8, "name": "Birch"})
    prompts = jsonl({"id": 1, "text": "Why?", "type": "short", "reference": "So.", "note": None, "slug": "why"})
    results = jsonl(
        {"prompt": 1, "model": 7, "result": "# Because\n**x**"}, {"prompt": 1, "model": "Birch", "result": ""}
    )
    votes = source("prompt,model_x,model_y,winner,worker\n1,7,8,left,3\n")
    load(project, votes, results, prompts, systems)  # in any order
    ash = System.objects.get(name="Ash")
    assert (ash.external_id, ash.family, ash.metadata) == ("7", "Tree", {"api": "x"})
    prompt = Prompt.objects.get()
    assert (prompt.text, prompt.reference, prompt.tags, prompt.metadata) == ("Why?", "So.", ["short"], {"slug": "why"})
    first = Response.objects.get(system=ash)
    assert (first.content, first.headers, first.bold_spans, first.words) == ("# Because\n**x**", 1, 1, 3)
    assert Response.objects.get(system__name="Birch").content == ""  # an empty answer is an answer
    assert shown(Verdict.objects.get()) == ("Ash", "Birch", "A")


@pytest.mark.parametrize(
    ("label", "outcome"),
    [
        *((label, "A") for label in ("A", "a", "left", "model_a", "Model_A", "system_a", "Ash")),
        *((label, "B") for label in ("B", "right", "model_b", "Birch")),
        *((label, "tie") for label in ("tie", "Tie", "draw")),
        *((label, "both_bad") for label in ("both_bad", "tie (bothbad)", "bothbad")),
        ("1", "A"),
        ("2", "B"),
    ],
)
def test_outcomes_are_read_as_files_spell_them(label, outcome):
    votes = source(f"prompt_id,model_a,model_b,winner,judge\np,Ash,Birch,{label},j\n")
    load(make_project(), votes, labels={"1": Outcome.A, "2": Outcome.B})
    assert shown(Verdict.objects.get()) == ("Ash", "Birch", outcome)


def test_an_unknown_outcome_is_an_error_and_never_a_tie():
    votes = source(VOTES.replace("p2,Ash,Birch,tie", "p2,Ash,Birch,maybe"))
    file, line, column, value, reason = only_error(votes)
    assert (file, line, column, value) == ("file.csv", 4, "outcome", "maybe")
    assert "--label 'maybe=A'" in reason


@pytest.mark.parametrize(("kind", "reason"), [("person", "not_given"), ("judge", "unreadable")])
def test_an_empty_verdict_is_kept_as_unscored_and_counted(kind, reason):
    votes = jsonl(
        {"question_id": 1, "model_a": "Ash", "model_b": "Birch", "verdict": None, "text": "I cannot tell."},
        {"question_id": 2, "model_a": "Ash", "model_b": "Birch", "verdict": "model_b"},
    )
    batch = load(make_project(), votes, rater="j", rater_kind=kind)
    unscored = Verdict.objects.unscored().get()
    assert (unscored.unscored_reason, unscored.scores.count(), unscored.rationale.text) == (reason, 0, "I cannot tell.")
    assert Verdict.objects.counting().count() == 1
    assert batch.counts[f"unscored_{reason}"] == 1


def test_both_orders_of_a_pair_are_two_verdicts_on_one_battle():
    votes = source("prompt_id,system_a,system_b,outcome\np,Ash,Birch,A\np,Birch,Ash,A\n")
    load(make_project(), votes, rater="judge", rater_kind="judge")
    assert Battle.objects.count() == 1
    assert sorted(verdict.swapped for verdict in Verdict.objects.all()) == [False, True]
    assert set(Score.objects.values_list("outcome", flat=True)) == {"A", "B"}


def test_two_scores_in_a_row_are_two_ratings():
    rows = jsonl(
        {"question_id": 1, "model_a": "Ash", "model_b": "Birch", "score_a": 8.5, "score_b": None, "text": "why"},
        {"question_id": 1, "model_a": "Birch", "model_b": "Ash", "score_a": 7, "score_b": 9},
    )
    load(make_project(), rows, rater="gpt", rater_kind="judge", scale=parse_scale("1..10/0.5"))
    said = Verdict.objects.values_list("response__system__name", "scores__value", "unscored_reason")
    assert sorted(said, key=str) == sorted(
        [("Ash", 8.5, ""), ("Birch", None, "unreadable"), ("Birch", 7.0, ""), ("Ash", 9.0, "")], key=str
    )


def test_long_ratings_have_a_row_for_each_criterion():
    rows = source(
        "item,system,rater,criterion,value,comment\np1,Ash,ann,Clarity,4,fine\np1,Ash,ann,Tone,2,\np1,Ash,bob,Clarity,,\n"
    )
    load(make_project(), rows, scale=parse_scale("1..5"))
    rubric = Rubric.objects.get()
    scales = {criterion.key: criterion.categories for criterion in rubric.criteria.all()}
    assert scales == {"clarity": [1.0, 2.0, 3.0, 4.0, 5.0], "tone": [1.0, 2.0, 3.0, 4.0, 5.0]}
    assert sorted(Score.objects.values_list("criterion__name", "value")) == [("Clarity", 4.0), ("Tone", 2.0)]
    assert Verdict.objects.unscored().get().unscored_reason == "not_given"
    assert Verdict.objects.get(scores__value=4).rationale.text == "fine"


def test_wide_ratings_have_a_column_for_each_criterion():
    rows = source("item_id,rater_slot,clear,polite,note\n1,1,1,0,x\n1,2,0,,y\n")
    load(make_project(), rows, criteria=("clear", "polite"), system="Ash", scale=parse_scale("0,1"))
    assert sorted(Score.objects.values_list("verdict__rater__name", "criterion__key", "value")) == [
        ("unnamed rater 1", "clear", 1.0),
        ("unnamed rater 1", "polite", 0.0),
        ("unnamed rater 2", "clear", 0.0),
    ]


def test_ratings_without_a_declared_scale_say_what_to_declare():
    rows = source("item,system,rater,value\np1,Ash,ann,1\np2,Ash,ann,4.5\np3,Ash,ann,10\n")
    file, _, column, value, reason = only_error(rows)
    assert (file, column, value) == ("file.csv", "Value", "1, 4.5, 10")
    assert "--scale 1..10/0.5" in reason


def test_ratings_can_answer_a_rubric_that_is_there():
    project = make_project()
    rubric = make_rubric(project, LIKERT, name="House")
    rows = source("item,system,rater,criterion,value\np1,Ash,ann,helpfulness,5\n")
    load(project, rows, rubric="House")
    assert Verdict.objects.get().rubric == rubric
    off = source("item,system,rater,criterion,value\np2,Ash,ann,helpfulness,6\np2,Ash,ann,style,1\n")
    errors = errors_of(off, project=project, rubric="House")
    assert [(line, column, value) for _, line, column, value, _ in errors] == [
        (2, "value", "6"),
        (3, "criterion", "style"),
    ]
    assert "6 is not one of 1, 2, 3, 4, 5" in errors[0][4]


def test_arena_rows_hold_prompt_responses_and_vote():
    def turns(answer):
        return [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": answer}]

    row = {
        "question_id": "q9",
        "model_a": "Ash",
        "model_b": "Birch",
        "winner": "tie (bothbad)",
        "judge": "arena_user_3",
    }
    load(make_project(), jsonl({**row, "conversation_a": turns("5"), "conversation_b": turns("3"), "tstamp": 4.5}))
    assert Prompt.objects.get().turns == [{"role": "user", "content": "2+2?"}]
    assert set(Response.objects.values_list("system__name", "content")) == {("Ash", "5"), ("Birch", "3")}
    verdict = Verdict.objects.get()
    assert (shown(verdict)[2], verdict.rater.name, verdict.given_at.year) == ("both_bad", "arena_user_3", 1970)


def test_later_turns_of_an_arena_row_stay_in_the_response_and_a_system_may_meet_itself():
    def turns(mark):
        texts = [("user", "Hi"), ("assistant", f"Hello {mark}"), ("user", "More"), ("assistant", f"Bye {mark}")]
        return [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in texts]

    row = {"id": "x", "model_a": "Ash", "model_b": "Ash", "winner_model_a": 0, "winner_model_b": 1, "winner_tie": 0}
    load(make_project(), jsonl({**row, "conversation_a": turns(1), "conversation_b": turns(2)}), rater="them")
    assert list(Response.objects.order_by("sample").values_list("content", flat=True)) == [
        "Hello 1\n\n> More\n\nBye 1",
        "Hello 2\n\n> More\n\nBye 2",
    ]
    assert Score.objects.get().outcome == "B"


def test_a_prompt_column_may_hold_the_text_itself():
    rows = source("prompt,system,response\nWhat is it?,Ash,This.\nWhat is it?,Birch,That.\n")
    load(make_project(), rows)
    prompt = Prompt.objects.get()
    assert prompt.text == "What is it?"
    assert prompt.external_id.startswith("text-")
    assert prompt.responses.count() == 2


def test_columns_can_be_named_by_hand():
    rows = source("q,who,said\n1,Ash,Yes.\n")
    assert "cannot tell" in only_error(rows)[4]
    load(make_project(), rows, columns={"prompt": "q", "system": "who", "content": "said"})
    assert Response.objects.get().content == "Yes."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": {"winnr": "x"}}, "no field 'winnr'"),
        ({"columns": {"outcome": "vote"}}, "no file of votes has that column"),
        ({"format": "xml"}, "format 'xml' is not one of"),
        ({"kind": "everything"}, "kind 'everything' is not one of"),
        ({"rater_kind": "robot"}, "rater kind 'robot' is not one of"),
    ],
)
def test_an_option_that_fits_nothing_is_refused(options, message):
    with pytest.raises(BadOption, match=message):
        plan(None, [source(VOTES)], Options(**options))


@pytest.mark.parametrize("text", ["", "5", "5..1", "1..5/0.3", "1..2/x", "a,b", "3,3", "1..99/0.1"])
def test_a_scale_that_is_none_is_refused(text):
    with pytest.raises(BadOption, match="scale"):
        parse_scale(text)


def test_scales_are_listed_stepped_or_open():
    assert parse_scale("1..5").values == (1, 2, 3, 4, 5)
    assert parse_scale("1..2/0.5").values == (1, 1.5, 2)
    assert parse_scale("0,1").values == (0, 1)
    assert (parse_scale("0..100").values, parse_scale("1..5/any").values, parse_scale("-1..1.5").values) == ((), (), ())
    assert parse_label("x=y=Both_Bad") == ("x=y", Outcome.BOTH_BAD)


P = "prompt_id,text\n"
R = "prompt_id,system,response\n"
V = "prompt_id,system_a,system_b,outcome,rater\n"
N = "item,system,rater,value\n"
BAD_ROWS = [
    (P + "p1,Hi\np1,Ho\n", {}, (3, "prompt", "p1", "already there with another text")),
    (P + f"{'p' * 201},Hi\n", {}, (2, "prompt_id", "ppp", "201 characters; at most 200")),
    (R + "p1,Ash,x\np1,Ash,y\n", {}, (3, "response", "y", "line 2 says something else about the same response")),
    (R + "p1,,x\n", {}, (2, "system", "", "is empty")),
    (R + ",Ash,x\n", {}, (2, "prompt_id", "", "is empty")),
    (R + "p1,gpt-4,x\np1,gрt-4,y\n", {}, (3, "system", "gрt-4", "looks like the system 'gpt-4'")),
    (R + "p1,gpt-4,x\np1,GPT-4,y\n", {}, (3, "system", "GPT-4", "is spelled otherwise")),
    (R + "p1,\u200b,x\n", {}, (2, "system", "\\u200b", "no visible name")),
    (R + "p1,A\x1b[31msh,x\n", {}, (2, "system", "A\\u001b[31msh", "U+001B")),
    (R + "p1,\u202ehsA,x\n", {}, (2, "system", "\\u202ehsA", "U+202E")),
    (R + f"p1,Ash,{'x' * 1_000_001}\n", {}, (2, "response", "xxx", "1,000,001 characters; at most 1,000,000")),
    (R.replace("\n", ",latency_ms\n") + "p1,Ash,x,fast\n", {}, (2, "latency_ms", "fast", "is not a number")),
    (R.replace("\n", ",cost\n") + "p1,Ash,x,-1\n", {}, (2, "cost", "-1", "is not an amount")),
    (R.replace("\n", ",sample\n") + "p1,Ash,x,1.5\n", {}, (2, "sample", "1.5", "is not a whole number")),
    (V + "p1,Ash,Birch,maybe,ann\n", {}, (2, "outcome", "maybe", "is no outcome that we know")),
    (V + "p1,Ash,Ash,A,ann\n", {}, (2, "system", "Ash", "cannot meet itself")),
    (V + "p1,Ash,Birch,A,\n", {}, (2, "rater", "", "--rater NAME")),
    (V + "p1,Ash,Birch,A,ann\np1,Ash,Birch,B,ann\n", {}, (3, "outcome", "B", "line 2 says something else")),
    (V.replace("\n", ",strength\n") + "p1,Ash,Birch,A,ann,9\n", {}, (2, "strength", "9", "whole number from 1 to 5")),
    (V.replace("\n", ",timestamp\n") + "p1,Ash,Birch,A,ann,noon\n", {}, (2, "timestamp", "noon", "is not a time")),
    (N + "p1,Ash,ann,high\n", {}, (2, "value", "high", "is not a number")),
    (N + "p1,Ash,ann,nan\n", {}, (2, "value", "nan", "is not a finite number")),
    (N + "p1,Ash,ann,6\n", {"scale": "1..5"}, (2, "value", "6", "6 is not one of 1, 2, 3, 4, 5")),
    (N + "p1,Ash,ann,101\n", {"scale": "0..100"}, (2, "value", "101", "101 is not between 0 and 100")),
    ("id,name\n1,Ash\n1,Birch\n", {}, (3, "name", "Birch", "id 1 is already 'Ash'")),
    (V + "p1,Ash,Birch\n", {}, (2, "", "p1,Ash,Birch", "3 fields where the header has 5")),
]


@pytest.mark.parametrize(
    ("text", "options", "expected"), BAD_ROWS, ids=[row[2][3] + str(n) for n, row in enumerate(BAD_ROWS)]
)
def test_a_bad_row_is_named_with_file_line_column_value_and_reason(text, options, expected):
    project = make_project()
    scale = parse_scale(options["scale"]) if options else None
    batch = run_import(project=project, sources=[source(text, "rows.csv")], options=Options(scale=scale))
    [error] = batch.errors
    line, column, value, reason = expected
    assert (batch.state, error["file"], error["line"], error["column"]) == ("failed", "rows.csv", line, column)
    assert error["value"].startswith(value)
    assert reason in error["reason"]
    assert nothing_is_there()


def test_rejected_rows_are_listed_in_the_order_of_the_file():
    text = N + "p1,Ash,ann,6\np2,Ash,ann,high\np3,Ash,ann,7\n"
    scale = parse_scale("1..5")
    batch = run_import(project=make_project(), sources=[source(text)], options=Options(scale=scale))
    assert [error["line"] for error in batch.errors] == [2, 3, 4]


def test_json_rows_are_checked_one_by_one():
    rows = source(
        '{"prompt_id": "p", "system": "Ash", "response": "x"}\n{"prompt_id": "q"}\n{"prompt_id": [1]}\n', "r.jsonl"
    )
    assert [(line, column) for _, line, column, _, _ in errors_of(rows)] == [(2, "system"), (3, "system")]


def test_all_rejected_rows_are_counted_and_the_first_kept():
    text = V + "".join(f"p{number},Ash,Birch,what,ann\n" for number in range(2500))
    made = plan(None, [source(text)], Options())
    assert (made.error_count, len(made.errors)) == (2500, 1000)


def test_the_same_file_again_changes_nothing():
    project = make_project()
    files = [
        source(R + "p1,Ash,x\np1,Birch,y\n", "r.csv"),
        source(V + "p1,Ash,Birch,A,ann\np1,Birch,Ash,tie,ann\n", "v.csv"),
    ]
    load(project, *files)
    before = (Verdict.objects.count(), Response.objects.count(), Prompt.objects.count())
    again = load(project, *files)
    assert (Verdict.objects.count(), Response.objects.count(), Prompt.objects.count()) == before
    assert set(again.counts) <= {"already_there", "raters"}


def test_a_row_that_contradicts_the_project_is_an_error():
    project = make_project()
    load(project, source(R + "p1,Ash,x\np1,Birch,y\n", "r.csv"), source(V + "p1,Ash,Birch,A,ann\n", "v.csv"))
    conflicts = [source(R + "p1,Ash,z\n", "r.csv"), source(V + "p1,Ash,Birch,tie,ann\n", "v.csv")]
    reasons = [error[4] for error in errors_of(*conflicts, project=project)]
    assert reasons == [
        "the project already has another response",
        "the project already has another verdict of this rater",
    ]


def test_texts_that_come_after_their_votes_are_refused_with_what_to_do():
    project = make_project()
    load(project, source(VOTES))
    errors = errors_of(source(P + "p1,Hi\n"), source(R + "p1,Ash,x\n", "r.csv"), project=project)
    assert "import prompts before votes" in errors[0][4]
    assert "import responses before votes" in errors[1][4]


def test_repeats_are_told_apart_by_a_column():
    rows = source(V.replace("\n", ",repeat\n") + "p,Ash,Birch,A,j,1\np,Ash,Birch,B,j,2\n")
    load(make_project(), rows)
    assert Verdict.objects.counting().count() == 2


def test_what_another_project_holds_is_of_no_concern():
    load(make_project(), source(R + "p1,Ash,x\n"))
    load(make_project(), source(R + "p1,Ash,y\n"))
    assert set(Response.objects.values_list("content", flat=True)) == {"x", "y"}


@pytest.mark.parametrize("options", [{}, {"dry_run": True}])
def test_the_command_says_what_it_did(tmp_path, capsys, options):
    path = tmp_path / "votes.csv"
    path.write_text(VOTES)
    call_command("import", "fresh", str(path), json=True, **options)
    document = json.loads(capsys.readouterr().out)
    assert document["counts"]["votes"] == 3
    assert document["files"][0]["columns"]["outcome"] == "outcome"
    assert Project.objects.filter(slug="fresh").exists() == (not options)
    assert nothing_is_there() == bool(options)


def test_the_command_shows_the_first_twenty_rejected_rows_and_ends_with_status_2(tmp_path, capsys):
    path = tmp_path / "votes.csv"
    path.write_text(V + "".join(f"p{number},Ash,Birch,what,ann\n" for number in range(30)))
    with pytest.raises(SystemExit) as stop:
        call_command("import", "fresh", str(path))
    told = capsys.readouterr().err
    assert stop.value.code == 2
    assert told.count("votes.csv") == 20
    assert "30 rows were rejected. The first 20 are shown. Nothing was imported." in told
    assert not Project.objects.exists()
    assert not Import.objects.exists()
    assert nothing_is_there()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fresh", "missing.csv"], "missing.csv is not a file"),
        (["a b", "votes.csv"], "cannot name a project"),
        (["fresh", "votes.csv", "--label", "x=maybe"], "'maybe' is not one of"),
        (["fresh", "votes.csv", "--map", "outcome"], "write it as NAME=VALUE"),
        (["fresh", "votes.csv", "--scale", "ten"], "scale 'ten' cannot be read"),
    ],
)
def test_a_wrong_call_ends_with_status_2(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    Path("votes.csv").write_text(VOTES)
    with pytest.raises(CommandError, match=message) as stop:
        call_command("import", *arguments)
    assert stop.value.returncode == 2
    assert not Project.objects.exists()


DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the example data is not beside the checkout")


@needs_data
def test_llmfao_comes_in_with_its_published_counts():
    folder = DATA / "llmfao"
    expected = json.loads((folder / "expected.json").read_text())
    names = ("models.jsonl", "prompts.jsonl", "results.jsonl.gz", "crowd-comparisons.csv")
    call_command("import", "llmfao", *(str(folder / name) for name in names), verbosity=0)
    call_command("import", "llmfao", str(folder / "gpt4-crowd-comparisons.csv"), rater="gpt-4", rater_kind="judge")
    people = Verdict.objects.counting().by_humans()
    assert people.count() == expected["votes"]
    assert Rater.objects.people().count() == expected["workers"]
    assert Battle.objects.count() == expected["pairs"]
    assert Battle.objects.values("prompt").distinct().count() == expected["prompts"]
    assert (System.objects.count(), Prompt.objects.count(), Response.objects.count()) == (70, 19, 1133)
    assert _shown_counts(people) == {"left": 2911, "right": 2549, "tie": 3471} == expected["winner_counts"]
    assert _shown_counts(Verdict.objects.counting().by_judges()) == expected["gpt4"]["verdicts"]
    with (folder / "expected_bt_crowd.csv").open() as file:
        ranked = {row["model"] for row in csv.DictReader(file)}
    fought = System.objects.filter(responses__battles_as_a__isnull=False) | System.objects.filter(
        responses__battles_as_b__isnull=False
    )
    assert set(fought.values_list("name", flat=True)) == ranked


@needs_data
def test_vicuna80_comes_in_with_its_published_counts():
    folder = DATA / "vicuna80"
    expected = json.loads((folder / "expected.json").read_text())
    people = ("questions.jsonl", "answers.jsonl.gz", "human_votes.csv")
    judge = ("gpt4_pairwise.jsonl.gz", "gpt4_scores.jsonl.gz")
    call_command("import", "vicuna80", *(str(folder / name) for name in people))
    call_command(
        "import",
        "vicuna80",
        *(str(folder / name) for name in judge),
        rater="gpt-4",
        rater_kind="judge",
        scale="1..10/0.5",
    )
    votes = Verdict.objects.filter(battle__isnull=False)
    assert votes.by_humans().counting().count() == expected["human_votes"]
    assert Battle.objects.count() == expected["human_items"]
    counts = _shown_counts(votes.by_humans())
    assert {"model_a": counts["left"], "model_b": counts["right"], "tie": counts["tie"]} == expected[
        "human_vote_counts"
    ]
    assert votes.by_judges().unscored().count() == expected["gpt4_unparsed"] == 13
    assert _shown_counts(votes.by_judges())["left"] == expected["gpt4_first_position_win_share"][0]
    ratings = Verdict.objects.filter(response__isnull=False)
    assert (ratings.count(), ratings.unscored().count()) == (2240, 12)


def _shown_counts(verdicts) -> dict[str, int]:
    counts = {"left": 0, "right": 0, "tie": 0}
    for outcome, swapped in verdicts.filter(unscored_reason="").values_list("scores__outcome", "swapped"):
        side = outcome if outcome == "tie" else Outcome(outcome).turned().value if swapped else outcome
        counts[{"A": "left", "B": "right", "tie": "tie"}[side]] += 1
    return counts


def test_the_side_shown_first_is_kept_where_a_column_names_it():
    project = make_project()
    head = "prompt_id,system_a,system_b,outcome,rater,shown_first\n"
    rows = "p1,Ash,Birch,A,ann,B\np2,Ash,Birch,A,ann,A\np3,Ash,Birch,tie,ann,B\np4,Ash,Birch,B,ann,\n"
    load(project, source(head + rows))
    seen = {verdict.battle.prompt.external_id: shown(verdict) for verdict in Verdict.objects.all()}
    assert seen == {
        "p1": ("Birch", "Ash", "B"),
        "p2": ("Ash", "Birch", "A"),
        "p3": ("Birch", "Ash", "tie"),
        "p4": ("Ash", "Birch", "B"),
    }


def test_an_unknown_side_is_an_error():
    file = source("prompt_id,system_a,system_b,outcome,rater,shown_first\np1,Ash,Birch,A,ann,left\n")
    assert only_error(file)[1:4] == (2, "shown_first", "left")
