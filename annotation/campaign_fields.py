"""What the page on which a campaign is set up asks: fields, their words and their choices."""

from __future__ import annotations

from decimal import Decimal

from django import forms

from annotation.models import MAX_OVERLAP, Campaign
from annotation.quality.policy import Action
from domain.forms import ManyRows
from domain.models import Rubric, System

EXAMPLE = '{"prompt": "support-01", "system_a": "Aster", "system_b": "Birch", "outcome": "A", "why": ""}'
TASKS = [
    ("", "As the rubric asks: rate one response, or compare two"),
    (Campaign.Task.RANKING, "Rank all responses to a prompt, two to eight"),
    (Campaign.Task.BEST_WORST, "Choose the best and the worst response to a prompt"),
]
DESIGNS = [
    (Campaign.Design.ITEMS, "Any item to anybody"),
    (Campaign.Design.BLOCKS, "All items of a prompt to the same person"),
]
ACTIONS = [
    (Action.NONE, "nothing: only count it"),
    (Action.WARN, "warn the person"),
    (Action.PAUSE, "pause the person until you have looked"),
    (Action.STOP, "stop the person; answers stay"),
    (Action.EXCLUDE, "stop the person, and do not count the answers"),
]


def _lines(rows: int, **attrs: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


class CampaignFields(forms.Form):
    """What the page asks, in the order of its five parts. Only the first two have to be filled in."""

    # 1 What is asked
    name = forms.CharField(max_length=120, help_text="Annotators see it. Name no system in it.")
    rubric = forms.ModelChoiceField(
        Rubric.objects.none(), empty_label=None, help_text="The questions and their scales. Opening freezes it."
    )
    task = forms.ChoiceField(choices=TASKS, required=False, widget=forms.RadioSelect, label="What one screen asks")
    guidelines = forms.CharField(
        required=False, widget=_lines(5), help_text="Markdown, shown beside the rubric's own and one key away."
    )
    confidence = forms.ChoiceField(choices=Campaign.Ask, required=False, label="How sure they are, 1 to 5")
    rationale = forms.ChoiceField(choices=Campaign.Ask, required=False, label="Why, in their words")
    mask_identity = forms.BooleanField(required=False, label="Hide where a response says which system it is")

    # 2 About what
    systems = ManyRows(
        System.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, help_text="None ticked: all."
    )
    tags = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Prompts tagged", help_text="None ticked: all."
    )
    size = forms.IntegerField(
        min_value=1,
        max_value=1_000_000,
        required=False,
        label="Number of items",
        help_text="Drawn evenly over systems or pairs of systems. Empty: everything.",
    )
    overlap = forms.IntegerField(min_value=1, max_value=MAX_OVERLAP, initial=1, label="People per item")
    design = forms.ChoiceField(choices=DESIGNS, required=False, widget=forms.RadioSelect, label="Who gets which")
    pilot = forms.IntegerField(
        min_value=1,
        required=False,
        label="Begin with a pilot of",
        help_text="So many items first; you look at the results, then go on with the rest of the same draw.",
    )

    # 3 Who
    people = forms.IntegerField(min_value=1, required=False, label="People you expect", help_text="For the plan.")
    per_person_cap = forms.IntegerField(min_value=1, required=False, label="Most answers per person")
    closes_at = forms.DateTimeField(
        required=False, label="Deadline", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    break_after_minutes = forms.IntegerField(
        min_value=5, max_value=600, required=False, initial=45, label="Offer a break after", help_text="Minutes."
    )

    # 4 Quality
    calibration = forms.CharField(
        required=False,
        widget=_lines(3, **{"class": "code", "placeholder": EXAMPLE}),
        label="Calibration items",
        help_text="One JSON object a line. They look like any other item, and never enter a result.",
    )
    training = forms.CharField(
        required=False,
        widget=_lines(3, **{"class": "code", "placeholder": EXAMPLE}),
        label="Training items",
        help_text="As above. Asked first; after each answer the person sees the right one and why.",
    )
    qualification_items = forms.IntegerField(
        min_value=0, max_value=100, required=False, label="Qualify on the first", help_text="Calibration items."
    )
    qualification_threshold = forms.IntegerField(
        min_value=1, max_value=100, required=False, initial=70, label="Of them right, %", help_text="At the least."
    )
    qualification_below = forms.ChoiceField(
        choices=[one for one in ACTIONS if one[0] in (Action.WARN, Action.PAUSE, Action.STOP)],
        required=False,
        initial=Action.STOP,
        label="Who does not qualify",
    )
    training_passing = forms.IntegerField(min_value=0, required=False, label="Training to get right")
    twins = forms.IntegerField(
        min_value=0,
        max_value=1000,
        required=False,
        label="Degraded twins",
        help_text="Items with a damaged copy of a response, which must lose.",
    )
    attention = forms.IntegerField(
        min_value=0, max_value=1000, required=False, label="Attention checks", help_text="They say what to answer."
    )
    repeats = forms.IntegerField(
        min_value=0, max_value=50, required=False, label="Repeats, %", help_text="Of items asked the same person again."
    )
    on_failure = forms.ChoiceField(choices=ACTIONS, required=False, initial=Action.WARN, label="Who fails the checks")

    # 5 Pay and plan
    pay_per_answer = forms.DecimalField(
        min_value=Decimal(0), max_digits=8, decimal_places=4, required=False, label="Pay per answer"
    )
    pay_per_hour = forms.DecimalField(
        min_value=Decimal(0), max_digits=8, decimal_places=2, required=False, label="or per hour"
    )
    currency = forms.CharField(min_length=3, max_length=3, required=False, initial="USD")
    seconds = forms.FloatField(
        min_value=1, max_value=86_400, required=False, label="Seconds per answer", help_text="Empty: our guess."
    )
    agreement = forms.FloatField(
        min_value=0,
        max_value=1,
        required=False,
        label="Agreement of two people",
        help_text="Beyond chance, 0 to 1. Empty: 0.45.",
        widget=forms.NumberInput(attrs={"step": "0.05"}),
    )
    seed = forms.IntegerField(
        required=False, min_value=0, max_value=2**31, help_text="The same seed draws the same items. Empty: at random."
    )
