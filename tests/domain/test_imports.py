"""What files may hold, and what becomes of it."""

from __future__ import annotations

import pytest

from domain.choices import Outcome
from domain.imports import BadOption, Options, parse_label, parse_scale, plan
from domain.models import Battle, Prompt, Rater, Response, Rubric, Score, System, Verdict
from tests.domain.files import VOTES, R, V, errors_of, jsonl, load, only_error, shown, source
from tests.factories import LIKERT, make_project, make_rubric

pytestmark = pytest.mark.django_db


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


def test_repeats_are_told_apart_by_a_column():
    rows = source(V.replace("\n", ",repeat\n") + "p,Ash,Birch,A,j,1\np,Ash,Birch,B,j,2\n")
    load(make_project(), rows)
    assert Verdict.objects.counting().count() == 2


def test_what_another_project_holds_is_of_no_concern():
    load(make_project(), source(R + "p1,Ash,x\n"))
    load(make_project(), source(R + "p1,Ash,y\n"))
    assert set(Response.objects.values_list("content", flat=True)) == {"x", "y"}


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
