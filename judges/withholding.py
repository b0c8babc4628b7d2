"""Which settings of a judge its model does not take, as far as that is known before a call."""

from __future__ import annotations

from judges.model_facts import told_about
from judges.models import JudgeVersion
from judges.parameters import Parameters
from judges.providers import Vendor, capabilities_of
from judges.providers.base import Params
from judges.providers.capabilities import gate
from judges.providers.catalogue import overlaid
from judges.versions import judges_of


def withheld_lines(version: JudgeVersion) -> list[str]:
    """Say it in a sentence for each model that is asked, and nothing where it takes all."""
    lines = []
    for judge in judges_of(version):
        parameters = Parameters.from_json(judge.parameters)
        asked = Params(parameters.temperature, parameters.top_p, parameters.seed, parameters.effort)
        takes = overlaid(capabilities_of(Vendor(judge.provider), judge.model), told_about(judge))
        if names := gate(takes, asked)[1]:
            lines.append(
                f"{judge.model} does not take {', '.join(names)}: it is asked without, and each reply says so."
            )
    return lines
