"""Files into a project, all or nothing: see service, and docs/formats.md for what files may hold."""

from domain.imports.background import start_in_background
from domain.imports.options import BadOption, Options, Scale, parse_label, parse_pair, parse_scale
from domain.imports.planning import Plan, plan
from domain.imports.service import Busy, cancel_import, load_plan, run_import, summary

__all__ = [
    "BadOption",
    "Busy",
    "Options",
    "Plan",
    "Scale",
    "cancel_import",
    "load_plan",
    "parse_label",
    "parse_pair",
    "parse_scale",
    "plan",
    "run_import",
    "start_in_background",
    "summary",
]
