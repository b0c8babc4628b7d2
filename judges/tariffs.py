"""Which prices hold in a project: rows that its people have set, beside the shipped table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import groupby

from django.contrib.auth.models import User
from django.db import transaction

from domain.models import Project
from domain.services import log
from judges.costs import Tariff
from judges.models import JudgeVersion, PriceRow
from judges.prices import Price, Tier, price_name
from judges.versions import judges_of


def tariff_of(version: JudgeVersion, *, batch: bool = False) -> Tariff:
    """Return what calls of a judge cost in its project."""
    return Tariff(price_name(version.provider, version.model), own_prices(version.project_id), batch)


def is_priced(version: JudgeVersion) -> bool:
    """Say whether the price of every model that a judge asks is known."""
    return all(tariff_of(judge).is_priced for judge in judges_of(version))


def own_prices(project_id: int) -> tuple[Price, ...]:
    """Return a project's own rows; those of one model and date are tiers of one price, the open one last."""
    rows = PriceRow.objects.filter(project_id=project_id).order_by("model", "since")
    return tuple(
        _price(model, since, list(tiers))
        for (model, since), tiers in groupby(rows, key=lambda row: (row.model, row.since))
    )


@transaction.atomic
def set_price(
    project: Project,
    *,
    model: str,
    since: date,
    input_usd: Decimal,
    output_usd: Decimal,
    up_to: int | None = None,
    cache_read: Decimal = Decimal(1),
    user: User | None = None,
) -> PriceRow:
    """Put a price on record, instead of an earlier one for the same model, date and tier."""
    row, _ = PriceRow.objects.update_or_create(
        project=project,
        model=model,
        since=since,
        up_to=up_to,
        defaults={"input_usd": input_usd, "output_usd": output_usd, "cache_read": cache_read},
    )
    log(project, "price.set", user, model=model, since=str(since), input_usd=str(input_usd), output_usd=str(output_usd))
    return row


@transaction.atomic
def drop_price(row: PriceRow, user: User | None = None) -> None:
    """Take a price off the record. What was booked by it stays as it is."""
    log(row.project, "price.dropped", user, model=row.model, since=str(row.since))
    row.delete()


def _price(model: str, since: date, rows: list[PriceRow]) -> Price:
    ordered = sorted(rows, key=lambda row: (row.up_to is None, row.up_to or 0))
    tiers = tuple(Tier(row.input_usd, row.output_usd, row.up_to) for row in ordered)
    return Price(model, since, tiers, max(row.cache_read for row in rows))
