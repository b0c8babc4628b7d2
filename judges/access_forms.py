"""Forms of what calls need beside a judge: keys and prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

from judges import vault
from judges.versions import KEY_NAME, KEY_RULE

MOST_USD = Decimal(100_000)


class KeyForm(forms.Form):
    """A key to keep. It is never put back into the page."""

    name = forms.CharField(max_length=100, help_text="What judges call it, such as OPENAI_API_KEY or LOCAL_API_KEY.")
    key = forms.CharField(
        max_length=vault.LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Kept encrypted. Nobody can read it here again, only use it or replace it.",
    )

    def clean_name(self) -> str:
        """Take only names that a judge can say."""
        name: str = self.cleaned_data["name"].strip()
        if not KEY_NAME.fullmatch(name):
            raise ValidationError(KEY_RULE)
        return name


class PriceForm(forms.Form):
    """What a model costs from a date on."""

    model = forms.CharField(max_length=200, help_text="The provider's name of the model.")
    since = forms.DateField(
        initial=date.today, widget=forms.DateInput(attrs={"type": "date"}), help_text="The first day of this price."
    )
    input_usd = forms.DecimalField(
        label="Dollars per million tokens in", min_value=0, max_value=MOST_USD, decimal_places=6
    )
    output_usd = forms.DecimalField(
        label="Dollars per million tokens out", min_value=0, max_value=MOST_USD, decimal_places=6
    )
    up_to = forms.IntegerField(
        label="Prompts up to so many tokens",
        required=False,
        min_value=1,
        max_value=10**9,
        help_text="Left out, prompts of any length. A longer prompt without a price of its own has none.",
    )
    cache_read = forms.DecimalField(
        label="A cached token costs this share", min_value=0, max_value=1, decimal_places=4, initial=Decimal(1)
    )


class LimitForm(forms.Form):
    """What a key may do per minute."""

    judge = forms.IntegerField(widget=forms.HiddenInput)
    requests = forms.IntegerField(required=False, min_value=1, max_value=10**7)
    tokens = forms.IntegerField(required=False, min_value=1, max_value=10**12)
