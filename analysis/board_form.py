"""The choices of a leaderboard on its page: a sentence, more choices behind it, and what to look at closer."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from django import forms
from django.http import QueryDict

from analysis.contextual.context import Context
from analysis.forms import RATER_WORDS, CriterionForm
from analysis.options import AGAINST_ONE, CLUSTERS, REWEIGHTING, TIES, Options
from analysis.orders import usual_rule

LENGTH, PREFERENCE = AGAINST_ONE
METHOD_WORDS = {
    "bradley-terry": "Bradley-Terry",
    "win-rate": "win rate",
    LENGTH: "length-controlled win rate",
    PREFERENCE: "mean preference",
    "elo": "Elo",
}
TIE_WORDS = {
    "half": "half a win",
    "drop": "left out",
    "davidson": "an outcome of their own (Davidson)",
    "rao-kupper": "a lead too small to see (Rao-Kupper)",
}
BOTH_BAD_WORDS = {"tie": "like ties", "drop": "left out"}
CI_WORDS = {
    "default": "with {} intervals",
    "bootstrap": "with {} bootstrap intervals",
    "none": "without intervals",
}
CONFIDENCE_WORDS = {"0.95": "95 %", "0.9": "90 %", "0.99": "99 %"}
CLUSTER_WORDS = {
    "none": "independent",
    "prompt": "together where they share a prompt",
    "rater": "together where they share a rater",
    "both": "together by prompt and by rater",
}
FLIP_WORDS = {
    "abstain": "once, and not at all where its answer changed",
    "tie": "once, as a tie where its answer changed",
    "each": "twice",
}
REWEIGHT_WORDS = {"none": "once", "pairs": "so that every pair of systems counts alike"}
SHOW_WORDS = {
    "differences": "every pair of systems",
    "ties": "every tie rule",
    "exposure": "who met whom",
    "robustness": "how few votes hold first place",
}
CORRECTION_WORDS = {
    "style": "style: length, headers, lists, bold",
    "position": "which response stood first",
    "raters": "how sharply each rater tells systems apart",
}
INTERVALS = {  # on offer, by method; "corrected" is Bradley-Terry with style, position or raters
    "bradley-terry": ("default", "bootstrap", "none"),
    "corrected": ("default", "none"),
    "win-rate": ("default", "none"),
    LENGTH: ("default", "none"),
    PREFERENCE: ("default", "none"),
    "elo": ("none",),
}
ANCHOR_RATING = 1000.0
SAID = (  # by flag
    "method", "raters", "by", "ties", "ci", "baseline", "both_bad", "confidence", "cluster", "reweight", "flips",
)  # fmt: skip
MORE = ("both_bad", "confidence", "cluster", "reweight", "flips", "anchor")  # behind the sentence


class BoardForm(CriterionForm):
    """How to rank, from whose verdicts, and what to show. What is left out is the first choice offered.

    Only what goes together is offered; anything else in the address is named as an error and left out.
    """

    method = forms.ChoiceField(required=False, label="Ranked by")
    raters = forms.ChoiceField(required=False, label="From")
    by = forms.ChoiceField(required=False, label="Prompts")
    ties = forms.ChoiceField(required=False, label="Ties")
    ci = forms.ChoiceField(required=False, label="Intervals")
    baseline = forms.ChoiceField(required=False, label="Against")
    both_bad = forms.ChoiceField(required=False, label="Battles that both lost")
    confidence = forms.ChoiceField(required=False, label="Confidence")
    cluster = forms.ChoiceField(required=False, label="Battles are")
    reweight = forms.ChoiceField(required=False, label="A battle counts")
    flips = forms.ChoiceField(required=False, label="A pair that one rater saw in both orders counts")
    anchor = forms.ChoiceField(required=False, label="Anchor")
    anchor_at = forms.FloatField(required=False, label="Rating of the anchor")
    prior = forms.FloatField(required=False, min_value=0, label="Pseudo-wins each way on pairs that met")
    correct = forms.MultipleChoiceField(required=False, label="Corrected for", widget=forms.CheckboxSelectMultiple)
    show = forms.MultipleChoiceField(required=False, label="Show also", widget=forms.CheckboxSelectMultiple)

    def __init__(
        self, data: QueryDict, *, criteria: dict[str, str], systems: Sequence[str], tags: Sequence[str]
    ) -> None:
        super().__init__(data, criteria=criteria)
        method = _given(data, "method", METHOD_WORDS)
        corrected = method == "bradley-terry" and bool(set(data.getlist("correct")) & set(CORRECTION_WORDS))
        kind = "corrected" if corrected else method
        at = CONFIDENCE_WORDS[_given(data, "confidence", CONFIDENCE_WORDS)]
        named = {name: name for name in systems}
        offers: dict[str, dict[str, str]] = {
            "method": METHOD_WORDS,
            "raters": RATER_WORDS,
            "by": {"": "all prompts"} | {tag: _by_words(tag) for tag in tags},
            "ties": _some(TIE_WORDS, TIES if kind == "bradley-terry" else ("half", "drop")),
            "ci": {name: CI_WORDS[name].format(at) for name in INTERVALS[kind]},
            "baseline": _against(kind, named),
            "both_bad": BOTH_BAD_WORDS,
            "confidence": CONFIDENCE_WORDS,
            "cluster": _some(CLUSTER_WORDS, _clusters(kind, data.get("ci"))),
            "reweight": _some(REWEIGHT_WORDS, REWEIGHTING if kind == "bradley-terry" else ("none",)),
            "flips": _some(FLIP_WORDS, sorted(FLIP_WORDS, key=lambda rule: rule != usual_rule(method))),
            "anchor": {"": "no system"} | (named if method == "bradley-terry" else {}),
            "correct": CORRECTION_WORDS if method == "bradley-terry" else {},
            "show": _some(SHOW_WORDS, _shown(kind, data)),
        }
        for name, words in offers.items():
            self._offer(name, words)
            self.fields[name].error_messages["invalid_choice"] = f"{self.fields[name].label}: no %(value)s here"

        self.fields["anchor_at"].widget.attrs |= {
            "placeholder": f"{ANCHOR_RATING:g}",
            "aria-label": "Rating of the anchor",
        }
        self.fields["prior"].widget.attrs |= {"placeholder": "0", "step": "any", "aria-label": "Pseudo-wins"}
        self.method_name = method

    def options(self) -> Options:
        """Return the options that the form says."""
        show, correct = self.several("show"), self.several("correct")
        anchor, at = self.chosen("anchor"), self.number("anchor_at")
        return Options(
            method=self.chosen("method"),
            ties=self.chosen("ties"),
            both_bad=self.chosen("both_bad"),
            ci=self.chosen("ci"),
            cluster=self.chosen("cluster"),
            anchor=(anchor, ANCHOR_RATING if at is None else at) if anchor else None,
            prior=self.number("prior") or 0.0,
            confidence=float(self.chosen("confidence")),
            baseline=self.chosen("baseline") or None,
            robustness="robustness" in show,
            reweight=self.chosen("reweight"),
            differences="differences" in show,
            compare_ties="ties" in show,
            exposure="exposure" in show,
            context=Context(
                style="style" in correct,
                position="position" in correct,
                rater_model="discrimination" if "raters" in correct else "equal",
            ),
        )

    def command(self, project: str) -> str:
        """Return the command that gives the same board."""
        words = ["jurybox", "leaderboard", project]
        for name in SAID:
            if self.chosen(name) != self._choices(name)[0][0]:
                words += [f"--{name.replace('_', '-')}", self.chosen(name)]
        if self.chosen("method") in AGAINST_ONE:
            words += [] if "--baseline" in words else ["--baseline", self.chosen("baseline")]
        if self.has_questions:
            words += ["--criterion", self.chosen("criterion")]
        options = self.options()
        if options.anchor is not None:
            words += ["--anchor", f"{options.anchor[0]}={options.anchor[1]:g}"]
        if options.prior:
            words += ["--prior", f"{options.prior:g}"]
        flags = {"raters": ["--rater-model", "discrimination"], "ties": ["--compare-ties"]}
        for name in self.several("correct") + self.several("show"):
            words += flags.get(name, [f"--{name}"])
        return shlex.join(words)

    def several(self, name: str) -> list[str]:
        """Return the boxes that are ticked."""
        self.is_valid()
        return list(self.cleaned_data.get(name) or [])

    def number(self, name: str) -> float | None:
        """Return a number, None where it is left out or is none."""
        self.is_valid()
        return self.cleaned_data.get(name)

    @property
    def needs_details(self) -> bool:
        """Whether the board reads sides and style of battles, besides who won."""
        return bool(self.several("correct")) or "exposure" in self.several("show") or self.method_name in AGAINST_ONE

    @property
    def has_choice_of_prompts(self) -> bool:
        """Whether prompts bear tags to rank by."""
        return len(self._choices("by")) > 1

    @property
    def is_against_one(self) -> bool:
        """Whether the method can have a baseline."""
        return len(self._choices("baseline")) > 1

    @property
    def has_anchor(self) -> bool:
        """Whether one system's rating is fixed."""
        return bool(self.chosen("anchor"))

    @property
    def more_is_open(self) -> bool:
        """Whether one of the choices behind the sentence is not the usual one."""
        usual = all(self.chosen(name) == self._choices(name)[0][0] for name in MORE)
        return not usual or bool(self.several("correct") or self.number("prior"))

    @property
    def wrong(self) -> list[str]:
        """What is wrong with the address, choice by choice."""
        return [str(error) for errors in self.errors.values() for error in errors]

    @property
    def colour(self) -> str:
        """Whose colour the picture has."""
        return {"human": "people", "judge": "judge", "metric": "metric"}.get(self.chosen("raters"), "all")


def _given(data: QueryDict, name: str, words: Mapping[str, str]) -> str:
    """Return a choice as the address has it, or the first one offered."""
    wanted = data.get(name) or ""
    return wanted if wanted in words else next(iter(words))


def _some(words: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: words[name] for name in names}


def _by_words(tag: str) -> str:
    return "all prompts, and tag by tag" if tag == "tag" else f"all prompts, and {tag} by {tag}"


def _against(kind: str, named: dict[str, str]) -> dict[str, str]:
    if kind == "win-rate":
        return {"": "every other system"} | named
    return named if kind in AGAINST_ONE else {"": "every other system"}


def _clusters(kind: str, ci: str | None) -> Sequence[str]:
    if kind == "elo":
        return ("none",)
    both_ways = kind == "corrected" or (kind == "bradley-terry" and ci != "bootstrap")
    return CLUSTERS if both_ways else CLUSTERS[:-1]


def _shown(kind: str, data: QueryDict) -> list[str]:
    """Return what can be looked at closer."""
    can = {
        "differences": kind not in ("elo", *AGAINST_ONE) and data.get("ci") != "none",
        "ties": kind == "bradley-terry",
        "exposure": True,
        "robustness": kind == "bradley-terry" and not data.get("prior"),
    }
    return [name for name, is_offered in can.items() if is_offered]
