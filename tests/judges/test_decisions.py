"""OpenAI's Decisions as a judge: questions out of the answer's schema, verdicts and chances out of its answers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.choices import Choice, Reason, Unscored
from domain.models import Score
from domain.services import create_rubric
from domain.specs import CriterionSpec, RubricSpec
from judges import runner
from judges.answer_shape import Reasons
from judges.keys import batch_problem
from judges.models import Exchange
from judges.parameters import BadVersion, Parameters
from judges.presets import RUBRIC
from judges.prompts import build_prompt
from judges.providers import Vendor, decisions_api
from judges.providers.base import InvalidResponse, Params, Request, Stop, Terminal
from judges.replies import read_reply
from judges.schemas import schema_for
from judges.versions import Draft, PanelDraft, get_or_create_panel, unsaved_version
from tests.factories import LIKERT, PREFERENCE, make_project, make_rubric
from tests.fakes import published
from tests.judges.making import make_battles, make_run, make_version
from tests.judges.protocols import rubric_of

LEVELS = CriterionSpec("clarity", "Clarity", values=(1, 2, 3, 4, 5))
OPEN = CriterionSpec("depth", "Depth", minimum=0, maximum=10)
SCORES = RubricSpec("Two scores", "", (LEVELS, CriterionSpec("truth", "Truth", values=(0, 0.5, 1))))
BATTLE = RubricSpec("Better", "", (replace(PREFERENCE, key="overall", strengths=1),))
DECIDING: dict[str, Any] = {"vendor": Vendor.OPENAI_DECISIONS, "model": "gpt-6-luna"}


def asked(rubric: RubricSpec, protocol: str = "direct", **changes: Any) -> Request:
    texts = ("One.",) if protocol == "direct" else ("One.", "Two.")
    prompt = build_prompt(protocol, rubric, [], "", texts, "f" * 20, reasons=Reasons.NONE)
    return prompt.request(**changes)


def test_each_criterion_becomes_a_question_with_its_menu_in_the_published_shape():
    _, body, withheld = decisions_api.build("gpt-6-luna", asked(SCORES, params=Params(temperature=0.0, seed=1)))
    assert [(one["type"], one["name"]) for one in body["questions"]] == [("score", "clarity"), ("score", "truth")]
    assert [level["label"] for level in body["questions"][1]["levels"]] == ["0", "0.5", "1"]
    assert [said["role"] for said in body["input"]] == ["system", "user"]
    assert withheld == ("temperature", "seed")
    published.check("/v1/decisions", body)
    _, body, _ = decisions_api.build("gpt-6-luna", asked(BATTLE, "pairwise"))
    assert body["questions"][0]["type"] == "choice"
    assert [one["value"] for one in body["questions"][0]["choices"]] == ["A", "B", "tie", "both_bad"]
    published.check("/v1/decisions", body)


@pytest.mark.parametrize(
    ("rubric", "wrong"),
    [
        (RubricSpec("Open", "", (OPEN,)), "'depth' is not one: give its scale declared values"),
        (RubricSpec("Long", "", (CriterionSpec("c", "C", values=tuple(range(256))),)), "2 to 255"),
        (RubricSpec("Wide", "", tuple(CriterionSpec(f"c{n}", "C", values=(0, 1)) for n in range(401))), "at most 400"),
    ],
)
def test_what_has_no_closed_menu_is_refused_before_a_call(rubric, wrong):
    assert wrong in decisions_api.problem_with(schema_for(RUBRIC, rubric, Reasons.NONE))
    with pytest.raises(Terminal, match=wrong):
        decisions_api.build("gpt-6-luna", asked(rubric))


def score(name: str | None, **chances: float) -> dict[str, Any]:
    rows = [{"label": label[1:], "value": n, "probability": p} for n, (label, p) in enumerate(chances.items())]
    return {"type": "score", "name": name, "score": 1.0, "confidence": 0.5, "probabilities": rows}


def choice(said: Any, **chances: float) -> dict[str, Any]:
    rows = [{"value": value, "probability": p} for value, p in chances.items()]
    return {"type": "choice", "name": "overall", "choice": said, "confidence": 0.5, "probabilities": rows}


REFUSED: dict[str, Any] = {"type": "refusal", "name": "clarity"}
CLARITY = RubricSpec("Clarity", "", (LEVELS,))


@pytest.mark.parametrize(
    ("rubric", "answers", "outcome"),
    [
        (CLARITY, [score("clarity", _1=0.1, _2=0.2, _3=0.6, _4=0.1, _5=0.0)], "clarity 3"),
        (CLARITY, [score(None, _4=1.0)], "clarity 4"),  # unnamed: by its place
        (BATTLE, [choice("A", A=0.7, B=0.2, tie=0.1)], "overall A"),
        (BATTLE, [choice("A", A=0.4, B=0.4, tie=0.2)], "overall A"),  # the API says which
        (BATTLE, [choice("tie", A=0.1, B=0.1, tie=0.8)], "overall tie"),
        (SCORES, [score("clarity", _1=0.6, _2=0.4), score("truth", _0=0.3, **{"_0.5": 0.7})], "clarity 1 truth 0.5"),
        (CLARITY, [score("clarity", _2=0.5, _4=0.5)], "unreadable"),  # two levels, equally likely: neither
        (CLARITY, [score("clarity", _6=1.0)], "unreadable"),  # off the scale
        (CLARITY, [score("clarity", _3=float("nan"))], "unreadable"),
        (CLARITY, [score("clarity", _3=1.7)], "unreadable"),
        (CLARITY, [score("other", _3=1.0)], "unreadable"),  # an answer to another question
        (CLARITY, [score("clarity", _3=1.0)] * 2, "unreadable"),  # two verdicts
        (CLARITY, [], "unreadable"),
        (CLARITY, [{"type": "score", "name": "clarity"}], "unreadable"),
        (CLARITY, [{"type": "predicate", "name": "clarity", "probability": 0.9}], "unreadable"),
        (BATTLE, [choice("C", A=0.7, B=0.3)], "unreadable"),
        (BATTLE, [choice(True, A=0.7, B=0.3)], "unreadable"),
        (CLARITY, [REFUSED], "refused"),
        (SCORES, [REFUSED, score("truth", _1=1.0)], "refused"),  # a part is no verdict
        (SCORES, [score("clarity", _1=1.0)], "unreadable"),
    ],
)
def test_an_answer_is_one_verdict_on_the_menu_or_unscored_with_a_reason(rubric, answers, outcome):
    protocol = "pairwise" if rubric is BATTLE else "direct"
    menus, _, _ = decisions_api.build("gpt-6-luna", asked(rubric, protocol))
    reply = decisions_api.read({"answers": answers, "model": "gpt-6-luna"}, menus)
    assert reply.stop is (Stop.REFUSAL if outcome == "refused" else Stop.END)
    assert reply.usage is None, "not told is unknown"
    said = read_reply(reply.text, protocol=protocol, rubric=rubric, stop=reply.stop, refusal=reply.refusal).answers
    if isinstance(said, Unscored):
        assert said.reason == Reason(outcome)
        return
    told = [f"{key} {one.outcome if isinstance(one, Choice) else f'{one.number:g}'}" for key, one in said.items()]
    assert " ".join(told) == outcome


def test_a_document_of_another_kind_is_no_reply():
    with pytest.raises(InvalidResponse, match="no decisions"):
        decisions_api.read({"choices": []}, ())


# --- versions and runs --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_version_asks_for_no_reasons_and_fits_closed_menus_only():
    project = make_project()
    version = unsaved_version(project, Draft("D", rubric=make_rubric(project, PREFERENCE), **DECIDING))
    assert version.parameters["reasons"] == "none"
    assert (version.key_name, version.dialect) == ("OPENAI_API_KEY", "")
    assert "no batch API" in batch_problem(version)
    with pytest.raises(BadVersion, match="give its scale declared values"):
        unsaved_version(project, Draft("D", rubric=make_rubric(project, OPEN), **DECIDING))
    written = create_rubric(project=project, spec=rubric_of("mt-bench-pairwise"))
    listed = create_rubric(project=project, spec=rubric_of("best-of-n"))
    with pytest.raises(BadVersion, match="another menu for every list"):
        unsaved_version(project, Draft("D", rubric=listed, preset="best-of-n", **DECIDING))
    with pytest.raises(BadVersion, match="writes no text"):
        unsaved_version(project, Draft("D", rubric=written, preset="mt-bench-pairwise", **DECIDING))


def decided(project, fake, **changes):
    return make_version(project, base_url=fake.openai_url, **{**DECIDING, **changes})


@pytest.mark.django_db
@pytest.mark.parametrize("preset", ["", "checklist"])
def test_a_run_ends_with_verdicts_and_costs_what_the_prompts_cost(fake, preset):
    fake.configure(published=True)
    project = make_project()
    make_battles(project, 3)
    rubric = create_rubric(project=project, spec=rubric_of(preset)) if preset else make_rubric(project, PREFERENCE)
    run = make_run(decided(project, fake, rubric=rubric, preset=preset))
    runner.drain(run)
    run.refresh_from_db()
    assert (run.state, run.unreadable, run.transport) == ("done", 0, 0)
    assert run.verdicts == run.planned > 0
    spent = sum((call.usage or {})["input_uncached"] for call in fake.log.records())
    assert run.spent_nusd == spent * 100, "ten cents for a million tokens of the prompt, none for the answer"
    assert run.spent_usd == Decimal(run.spent_nusd) / 10**9
    if not preset:
        exchange = Exchange.objects.filter(cell__run=run).latest("pk")
        assert sum((exchange.chances or {})["preference"].values()) == pytest.approx(1)
        assert Score.objects.count() == 6


@pytest.mark.django_db
def test_several_criteria_are_one_call(fake):
    project = make_project()
    make_battles(project, 1)
    rubric = make_rubric(project, LIKERT, CriterionSpec("truth", "Truth", values=(0, 0.5, 1)))
    run = make_run(decided(project, fake, rubric=rubric))
    runner.drain(run)
    assert (len(fake.log.records()), Score.objects.count()) == (2, 4)


@pytest.mark.django_db
@pytest.mark.parametrize(("sure", "calls"), [(0.75, 2), (0.9, 4)])
def test_a_cascade_goes_on_where_the_probability_is_too_low(fake, sure, calls):
    fake.configure(judge=lambda question, rng: {"overall": {"verdict": "A"}})
    project = make_project()
    make_battles(project, 1)
    rubric = create_rubric(project=project, spec=BATTLE)
    first = decided(project, fake, rubric=rubric, name="First")
    second = make_version(project, rubric=rubric, name="Second", base_url=fake.openai_url)
    panel, _ = get_or_create_panel(project, PanelDraft("Both", "cascade", [first, second], Parameters(sure=sure)))
    runner.drain(make_run(panel))
    assert len(fake.log.records()) == calls  # the fake is sure by 0.8
