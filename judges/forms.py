"""Forms: a judge version, a run of metrics."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from domain.models import Project, Rubric
from judges import metric_runs, versions
from judges.answer_shape import Reasons
from judges.course import Rule
from judges.keys import address_problem
from judges.metrics import METRICS
from judges.parameters import EFFORTS, MAX_TOKENS, MOST_SAMPLES, BadVersion, Parameters
from judges.presets import PRESETS, RUBRIC, Estimator
from judges.providers import Vendor
from judges.providers.capabilities import Structured
from judges.versions import Draft

VENDORS = [
    (Vendor.ANTHROPIC.value, "Anthropic"),
    (Vendor.OPENAI_RESPONSES.value, "OpenAI (Responses)"),
    (Vendor.OPENAI_CHAT.value, "OpenAI (Chat Completions)"),
    (Vendor.OPENAI_DECISIONS.value, "OpenAI (Decisions: closed verdicts with probabilities, no reasons)"),
    (Vendor.COMPATIBLE.value, "A server that speaks OpenAI's Chat Completions (vLLM, Ollama, llama.cpp)"),
]
DIALECTS = [
    ("", "the usual way"),
    (Structured.JSON_SCHEMA.value, "JSON schema"),
    (Structured.JSON_OBJECT.value, "some JSON object"),
    (Structured.PROMPT_ONLY.value, "by the prompt alone"),
]
PROTOCOLS = [
    ("", "the criteria of the rubric, in JSON"),
    *((preset.name, preset.title) for preset in PRESETS.values() if preset is not RUBRIC),
]
REASONS = [
    (Reasons.BEFORE.value, "before the verdict"),
    (Reasons.AFTER.value, "after the verdict"),
    (Reasons.NONE.value, "none"),
]


class JudgeForm(forms.Form):
    """Describe a judge. The rubric decides whether it scores responses or compares two."""

    name = forms.CharField(max_length=120, help_text="What tables call it. The same name again makes its next version.")
    provider = forms.ChoiceField(choices=VENDORS)
    model = forms.CharField(max_length=200, help_text="The provider's name of the model.")
    preset = forms.ChoiceField(
        label="Protocol", required=False, choices=PROTOCOLS,
        help_text="How it is asked and answers. A published protocol says what its rubric has to be.",
    )  # fmt: skip
    rubric = forms.ModelChoiceField(queryset=Rubric.objects.none(), empty_label="choose a rubric")
    base_url = forms.URLField(
        label="Address", required=False, assume_scheme="https", max_length=400,
        help_text="Of a compatible server, with its /v1. Left out, the vendor's own.",
    )  # fmt: skip
    key_name = forms.CharField(
        label="Variable of the key", required=False, max_length=100,
        help_text="NAME of the environment variable that holds the key; it ends in _API_KEY. Never the key itself.",
    )  # fmt: skip
    reasons = forms.ChoiceField(choices=REASONS, help_text="Reasons written first can still change the verdict.")
    max_tokens = forms.IntegerField(
        label="Tokens per answer, at most", min_value=16, max_value=1_000_000, initial=MAX_TOKENS,
        help_text="Thinking counts. Too few cut the verdict off; each call is reserved at this length.",
    )  # fmt: skip
    effort = forms.ChoiceField(
        label="Reasoning effort", required=False, choices=[("", "the model's own"), *((e, e) for e in EFFORTS)]
    )
    repairs = forms.BooleanField(
        label="Ask once more for an answer of the wrong form", required=False, initial=True,
        help_text="The judge is told what could not be read. A refusal is never asked again.",
    )  # fmt: skip
    samples = forms.IntegerField(
        label="Answers to each question", min_value=1, max_value=MOST_SAMPLES, initial=1, required=False,
        help_text="Several are put together into one verdict; each is a call.",
    )  # fmt: skip
    rule = forms.ChoiceField(
        label="Several answers become one by", required=False,
        choices=[("", "majority"), (Rule.MEDIAN.value, "their median"), (Rule.MEAN.value, "their mean")],
    )  # fmt: skip
    estimator = forms.ChoiceField(
        label="An expected score comes from", required=False,
        choices=[("", "log-probs where the model gives them, else samples"), *((e.value, e.value) for e in Estimator)],
    )  # fmt: skip
    temperature = forms.FloatField(
        required=False, min_value=0, max_value=2, help_text="Withheld, and said so, where a model does not take it."
    )
    dialect = forms.ChoiceField(label="How the shape of an answer is asked for", required=False, choices=DIALECTS)

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.fields["rubric"].queryset = metric_runs.rubrics_for_judges(project)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse what cannot be a judge, in the words of judges.versions."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            version = versions.unsaved_version(self.project, self.draft())
        except BadVersion as problem:
            raise ValidationError(str(problem)) from None
        if problem_with_address := address_problem(version):
            self.add_error("base_url", problem_with_address)
        return cleaned

    def draft(self) -> Draft:
        """Return what was described."""
        data = self.cleaned_data
        return Draft(
            name=data["name"],
            vendor=Vendor(data["provider"]),
            model=data["model"],
            rubric=data["rubric"],
            base_url=data["base_url"],
            dialect=data["dialect"],
            key_name=data["key_name"],
            parameters=Parameters(
                max_tokens=data["max_tokens"],
                reasons=data["reasons"],
                temperature=data["temperature"],
                effort=data["effort"] or None,
                repairs=int(data["repairs"]),
                samples=data["samples"] or 1,
                rule=data["rule"] or None,
                estimator=data["estimator"] or None,
            ),
            preset=data["preset"],
        )


class MetricsForm(forms.Form):
    """Launch metrics."""

    metrics = forms.MultipleChoiceField(
        choices=[(metric.key, metric.name) for metric in METRICS.values()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one metric."},
    )
    pattern = forms.CharField(
        required=False, max_length=1000, help_text="For the regular expression: 1 where it occurs, else 0."
    )

    params = forms.CharField(
        label="Parameters", required=False, widget=forms.Textarea(attrs={"class": "code", "rows": 4}),
        help_text='By metric, as JSON: {"pass_at_k": {"k": 5}, "json_schema": {"schema": {"type": "object"}}}. '
        "Left out, the usual ones.",
    )  # fmt: skip

    def clean_params(self) -> dict[str, dict[str, Any]]:
        """Refuse what is not an object of objects."""
        try:
            params = json.loads(self.cleaned_data["params"] or "{}")
        except (ValueError, RecursionError) as error:
            raise ValidationError(f"This is no JSON: {error}") from None
        if not isinstance(params, dict) or not all(isinstance(one, dict) for one in params.values()):
            raise ValidationError('Give an object of objects, such as {"pass_at_k": {"k": 5}}.')
        return params

    def clean(self) -> dict[str, Any]:
        """Refuse parameters that a metric does not take."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        params = dict(cleaned["params"])
        if "regex" in cleaned["metrics"]:
            params["regex"] = {"pattern": cleaned["pattern"]} | params.get("regex", {})
        try:
            self.chosen = metric_runs.choose(cleaned["metrics"], params)
        except metric_runs.BadMetric as problem:
            only_pattern = "regex" in params and not cleaned["params"]
            self.add_error("pattern" if only_pattern else "params" if cleaned["params"] else "metrics", str(problem))
        return cleaned
