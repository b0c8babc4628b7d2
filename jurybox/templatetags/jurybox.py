"""How pages write numbers, times, raters and progress. ``{% load jurybox %}``."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _

register = template.Library()

NARROW_SPACE = "\u202f"  # between thousands, and before %: never broken over two lines
MINUS = "\u2212"
MISSING = "–"
Number = int | float | Decimal | None


@register.filter
def number(value: Number) -> str:
    """Write a number with three significant digits, never rounding whole digits away: 0.0123, 4.57, 12 345."""
    if value is None or not math.isfinite(value):
        return MISSING
    if isinstance(value, int):
        return _grouped(f"{value:,}")
    size = abs(float(f"{value:.2e}"))
    if size and size < 1e-4:
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        return f"{_grouped(mantissa)} × 10{_raised(exponent)}"
    decimals = 2 if size == 0 else max(0, 2 - math.floor(math.log10(size)))
    return _grouped(f"{value:,.{decimals}f}") if size else "0"


@register.filter
def percent(value: Number) -> str:
    """Write a share as a percentage: 0.971 is 97.1 %."""
    if value is None or not math.isfinite(value):
        return MISSING
    share = float(value) * 100
    text = "100" if share == 100 else number(share)
    return f"{text}{NARROW_SPACE}%"


def _raised(exponent: str) -> str:
    """Write "-05" as ⁻⁵."""
    return str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _grouped(text: str) -> str:
    return text.replace(",", NARROW_SPACE).replace("-", MINUS)


@register.simple_tag
def value(number_: Number, reason: str = "", unit: str = "", *, visible: bool = False) -> SafeString:
    """Write a number, or a dash with the reason why there is none: in the title, or visibly where there is room."""
    # A template hands "" where a name leads nowhere.
    if isinstance(number_, int | float | Decimal) and math.isfinite(number_):
        return format_html('<span class="figure">{}{}</span>', number(number_), f" {unit}" if unit else "")
    why = reason or "not computed"
    if visible:
        return format_html('<span class="missing">{} <span class="reason">{}</span></span>', MISSING, why)
    return format_html(
        '<span class="missing" title="{0}">{1}<span class="visually-hidden"> {0}</span></span>', why, MISSING
    )


@register.simple_tag
def interval(low: Number, high: Number) -> str:
    """Write an interval as [0.41, 0.52]; nothing where there is none."""
    if low is None or high is None:
        return ""
    return f"[{number(low)},\u00a0{number(high)}]"


@register.simple_tag
def estimate(
    value_: Number, low: Number = None, high: Number = None, n: int | None = None, reason: str = ""
) -> SafeString:
    """Write a value with its interval and n: a number never stands alone."""
    return format_html(
        '<span class="estimate">{} <span class="interval">{}</span>{}</span>',
        value(value_, reason, visible=True),
        interval(low, high),
        "" if n is None else format_html(' <span class="n">n\u00a0=\u00a0{}</span>', number(n)),
    )


@register.simple_tag
def when(moment: datetime | None) -> SafeString:
    """Write a time as ISO to the minute, with the relative time as its title."""
    return _time(moment, lambda here: (f"{here:%Y-%m-%d %H:%M}", relative(here)))


@register.simple_tag
def ago(moment: datetime | None) -> SafeString:
    """Write a relative time, with ISO as its title: for what has just happened."""
    return _time(moment, lambda here: (relative(here), f"{here:%Y-%m-%d %H:%M:%S %Z}"))


def _time(moment: datetime | None, texts: Callable[[datetime], tuple[str, str]]) -> SafeString:
    if moment is None:
        return format_html("{}", MISSING)
    here = timezone.localtime(moment)
    text, title = texts(here)
    return format_html('<time datetime="{}" title="{}">{}</time>', here.isoformat(), title, text)


def relative(moment: datetime) -> str:
    """Return "3 minutes ago" or "in 2 days"."""
    seconds = (timezone.now() - moment).total_seconds()
    if abs(seconds) < 60:
        return _("just now") if seconds >= 0 else _("in a moment")
    if seconds > 0:
        return _("%(time)s ago") % {"time": timesince(moment, depth=1)}
    return _("in %(time)s") % {"time": timeuntil(moment, depth=1)}


BADGES = {
    "person": ("people", "person"),
    "people": ("people", "people"),
    "judge": ("judge", "judge"),
    "judges": ("judge", "judges"),
    "metric": ("metric", "metric"),
    "metrics": ("metric", "metrics"),
    "simulated": ("simulated", "simulated"),
    "sample": ("sample", "sample data"),
}


@register.simple_tag
def badge(kind: str, text: str = "") -> SafeString:
    """Mark a kind of rater, or what a thing is: good, warn and bad take their own text."""
    style, usual = BADGES.get(kind, (kind, kind))
    return format_html('<span class="badge {}">{}</span>', style, text or usual)


@register.simple_tag
def rater(who: Any) -> SafeString:
    """Name a rater with its kind, and say so when a program plays a person."""
    simulated = format_html(" {}", badge("simulated")) if who.is_simulated else ""
    return format_html('<span class="rater">{} {}{}</span>', who.name, badge(who.kind), simulated)


@register.simple_tag
def progress(done: int, total: int | None, what: str = "") -> SafeString:
    """Draw progress with its count; without a total, the count alone."""
    if not total:
        return format_html('<div class="progress"><span class="count">{} {}</span></div>', number(done), what)
    amount = _("%(done)s of %(total)s") % {"done": number(done), "total": number(total)}
    count = format_html("{} {}", amount, what)
    return format_html(
        '<div class="progress"><progress value="{}" max="{}" aria-label="{}"></progress>'
        '<span class="count">{}</span></div>',
        done,
        total,
        count,
        count,
    )


@register.simple_tag
def asset(path: str) -> str:
    """Return the address of one of our static files, changing with its content: an upgrade is seen at once."""
    return f"{static(path)}?v={_fingerprint(path)}"


@cache
def _fingerprint(path: str) -> str:
    found = finders.find(path)
    if not isinstance(found, str):
        raise ValueError(f"no static file {path!r}; see static/")
    return sha256(Path(found).read_bytes()).hexdigest()[:10]


@register.simple_tag
@cache
def version() -> str:
    """Return Jurybox's version, for the footer."""
    try:
        return version_of("jurybox")
    except PackageNotFoundError:  # run from a checkout
        return "(checkout)"


TABS = (
    ("domain:project", "Overview"),
    ("domain:data", "Data"),
    ("domain:rubrics", "Rubrics"),
    ("annotation:campaigns", "Campaigns"),
    ("judges:runs", "Runs"),
    ("judges:judges", "Judges"),
    ("analysis:agreement", "Agreement"),
    ("analysis:leaderboard", "Leaderboard"),
    ("domain:settings", "Settings"),
)
# Pages without a tab of their own, by the beginning of their address under the project, and the tab they belong to.
UNDER = {"ratings/": "analysis:leaderboard", "hybrid/": "analysis:leaderboard", "judge-card/": "analysis:agreement"}


@register.inclusion_tag("components/project_tabs.html", takes_context=True)
def project_tabs(context: Context, project: Any) -> dict[str, Any]:
    """Show the parts of a project; the one whose address the page's address begins with is current."""
    request: HttpRequest | None = context.get("request")
    path = request.path if request else ""
    found = [(address, label) for name, label in TABS if (address := _address(name, project.slug))]
    inside = path.removeprefix(_address("domain:project", project.slug))
    tab = next((name for part, name in UNDER.items() if inside.startswith(part)), "")
    under = _address(tab, project.slug) if tab else path
    here = max((address for address, _ in found if under.startswith(address)), key=len, default="")
    return {"tabs": [{"url": address, "label": label, "current": address == here} for address, label in found]}


def _address(name: str, slug: str) -> str:
    """Return a page's address, or nothing where an installation leaves its app out."""
    try:
        return reverse(name, args=[slug])
    except NoReverseMatch:
        return ""


@register.inclusion_tag("components/project_switch.html", takes_context=True)
def project_switch(context: Context, project: Any) -> dict[str, Any]:
    """Offer the other projects that this person may see."""
    from domain.models import Project

    return {"project": project, "projects": Project.objects.open_for(context["user"], "view").distinct()[:50]}


@register.simple_tag(takes_context=True)
def allows(context: Context, action: Any, project: Any) -> bool:
    """Say whether the reader may do this in a project: what a page offers, never what protects it."""
    from domain.access import may

    return may(context["user"], action, project)


@register.filter
def words(action: str) -> str:
    """Write the name of an event as words: rubric.created is "Rubric created"."""
    return action.replace(".", " ").replace("_", " ").capitalize()


@register.simple_tag
def outcome(score: Any, battle: Any) -> str:
    """Say who won in a score of a battle, and by how much where that was asked."""
    winners = {"A": "response_a", "B": "response_b"}
    if score.outcome not in winners:
        return "both bad" if score.outcome == "both_bad" else str(score.outcome)
    name = getattr(battle, winners[score.outcome]).system.name
    steps = score.criterion.strengths
    return f"{name}, by {score.strength} of {steps} steps" if score.strength and steps > 1 else str(name)
