"""Wilson's interval at the ends of the scale: exactly none and exactly all, and no rounding error in their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.figures import Z, wilson


@given(st.integers(1, 5_000))
def test_nothing_and_everything_reach_the_end_of_the_scale(n: int):
    none, every = wilson(0, n, ""), wilson(n, n, "")
    assert (none.value, none.lower, every.value, every.upper) == (0.0, 0.0, 1.0, 1.0)
    assert none.upper == pytest.approx(Z * Z / (n + Z * Z))  # the closed form of its other end
    assert every.lower == pytest.approx(n / (n + Z * Z))


@given(st.integers(1, 5_000), st.data())
def test_the_interval_lies_on_the_scale_and_holds_the_share(n: int, data):
    found = wilson(data.draw(st.integers(0, n)), n, "")
    assert found.lower is not None
    assert found.upper is not None
    assert found.value is not None
    assert 0.0 <= found.lower <= found.value <= found.upper <= 1.0
