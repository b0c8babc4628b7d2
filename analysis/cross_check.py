"""Every coefficient beside independent packages, where they are installed and know it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from analysis import peers
from analysis.agreement import AgreementOptions, built
from analysis.catalogue import Entry, entries_for
from analysis.data import Ratings
from analysis.errors import Undefined
from analysis.parts import Part, criteria_in, part_of
from analysis.peers import NotComparable

TOLERANCE = 1e-9

Peer = Callable[[Part, Mapping[str, str]], float]

PEERS: dict[str, tuple[tuple[str, Peer], ...]] = {
    "percent_agreement": (("scikit-learn", peers.accuracy),),
    "krippendorff_alpha": (("krippendorff", peers.alpha),),
    "fleiss_kappa": (("statsmodels", peers.fleiss),),
    "brennan_prediger": (("statsmodels", peers.randolph),),
    "cohen_kappa": (("scikit-learn", peers.kappa_by_scikit), ("statsmodels", peers.kappa_by_statsmodels)),
    "scott_pi": (("statsmodels", peers.pi),),
    "kendall_tau": (("scipy", peers.tau),),
    "spearman": (("scipy", peers.rho),),
    "lin_ccc": (("scipy", peers.concordance),),
    "kendall_w": (("scipy", peers.friedman),),
    "icc one-way": (("scipy", peers.icc_one_way),),
    "icc two-way": (("statsmodels", peers.icc_two_way),),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One value beside another package's. Where ``agrees`` is None nothing was compared, and ``reason`` says why."""

    name: str
    options: dict[str, str]
    ours: float | None
    theirs: float | None
    package: str | None
    version: str | None
    difference: float | None
    agrees: bool | None
    reason: str | None = None


def cross_check(ratings: Ratings, options: AgreementOptions) -> tuple[Check, ...]:
    """Compare every statistic that the options show with each package that offers it; none of them is needed."""
    parts = [part_of(ratings, criterion, level=options.level_of(criterion)) for criterion in criteria_in(ratings)]
    return tuple(
        check for part in parts for entry in entries_for(part, every=options.every) for check in _checks(entry, part)
    )


def disagreements(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks in which a package gives another value."""
    return tuple(check for check in checks if check.agrees is False)


def _checks(entry: Entry, part: Part) -> list[Check]:
    named = entry.options if part.criterion is None else {"criterion": part.criterion} | entry.options
    try:
        ours = built(entry, part).estimate()
    except Undefined as error:
        return [Check(entry.name, named, None, None, None, None, None, None, f"undefined here: {error.message}")]
    known = PEERS.get(_kind(entry))
    if known is None:
        reason = "krippendorff, scipy, scikit-learn and statsmodels do not offer it"
        return [Check(entry.name, named, ours, None, None, None, None, None, reason)]
    return [_check(entry, named, part, ours, package, peer) for package, peer in known]


def _kind(entry: Entry) -> str:
    if entry.name != "icc":
        return entry.name
    return "icc one-way" if entry.options["form"].startswith("ICC(1") else "icc two-way"


def _check(entry: Entry, named: dict[str, str], part: Part, ours: float, package: str, peer: Peer) -> Check:
    try:
        installed = version(package)
    except PackageNotFoundError:
        return Check(entry.name, named, ours, None, package, None, None, None, "not installed")
    theirs, reason = _asked(peer, part, entry.options)
    if theirs is None:
        return Check(entry.name, named, ours, None, package, installed, None, None, reason)
    difference = theirs - ours
    return Check(entry.name, named, ours, theirs, package, installed, difference, abs(difference) <= TOLERANCE)


def _asked(peer: Peer, part: Part, options: Mapping[str, str]) -> tuple[float | None, str | None]:
    """Return what a package says, or why it says nothing; its warnings are not ours to pass on."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = peer(part, options)
    except NotComparable as error:
        return None, str(error)
    except (ValueError, AssertionError, ArithmeticError, ImportError) as error:
        return None, f"it fails with {type(error).__name__}: {error}"
    return (None, "it has no value") if math.isnan(theirs) else (theirs, None)
