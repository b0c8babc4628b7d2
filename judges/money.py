"""Money in billionths of a dollar: whole numbers, so that sums are exact whatever the database does with decimals."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

NANO = 10**9


def nano(usd: Decimal) -> int:
    """Return dollars as billionths, rounded up: an estimate may be a trifle too high, never too low."""
    return int((usd * NANO).to_integral_value(rounding=ROUND_CEILING))


def dollars(nusd: int) -> Decimal:
    """Return billionths as dollars."""
    return Decimal(nusd) / NANO
