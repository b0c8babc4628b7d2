"""What the settings of a campaign refuse, and in whose words."""

from __future__ import annotations

import pytest
from django.forms.models import model_to_dict

from annotation.settings_forms import SettingsForm
from tests.annotation.make import pairwise_campaign

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["pay_per_answer", "pay_per_hour"])
def test_pay_below_nothing_is_refused_beside_its_field_and_not_by_the_name_of_a_constraint(name):
    campaign = pairwise_campaign()
    entered = {key: "" if value is None else value for key, value in model_to_dict(campaign).items()}
    form = SettingsForm(entered | {name: "-1"}, instance=campaign)
    assert form.errors[name] == ["Pay is 0 or more."]
    assert SettingsForm(entered | {name: "0"}, instance=campaign).is_valid()
