"""Style that is kept from another board: the same at its own estimates, unmoved by newcomers, read from a file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.contextual.board import contextual_bradley_terry
from analysis.contextual.context import Context
from analysis.contextual.frozen import frozen_style, load_style, save_style
from analysis.contextual.style import FrozenFeature, FrozenStyle
from analysis.data import Battles
from analysis.errors import Undefined
from analysis.options import Options
from tests.analysis.contextual.builders import STYLED, coefficients, drawn_battles
from tests.known import known


def test_frozen_at_their_own_estimates_the_strengths_are_the_same():
    battles = drawn_battles()
    free = contextual_bradley_terry(battles, Options(context=STYLED))
    frozen = contextual_bradley_terry(battles, Options(context=Context(frozen_style=frozen_style(known(free.style)))))
    np.testing.assert_allclose(frozen.strengths.strengths, free.strengths.strengths, atol=1e-9)
    assert known(frozen.style).frozen
    np.testing.assert_allclose(coefficients(frozen), coefficients(free), atol=0)


def with_newcomer(battles: Battles, *, opponent: int) -> Battles:
    """Add 200 battles of a new system, with lengths that speak another language than the old ones."""
    rng = np.random.default_rng(9)
    wide = np.floor(rng.lognormal(5, 2, (200, 4)))
    narrow = np.floor(rng.lognormal(2, 1, (200, 4)))
    return Battles(
        system_a=np.append(battles.system_a, np.full(200, 5)),
        system_b=np.append(battles.system_b, np.full(200, opponent)),
        outcome=np.append(battles.outcome, rng.integers(0, 2, 200)).astype(np.int8),
        systems=(*battles.systems, "newcomer"),
        style_a=np.vstack([known(battles.style_a), wide]),
        style_b=np.vstack([known(battles.style_b), narrow]),
    )


def test_a_newcomer_that_met_one_system_moves_nobody_when_style_is_frozen():
    battles = drawn_battles()
    free = contextual_bradley_terry(battles, Options(context=STYLED))
    grown = with_newcomer(battles, opponent=2)
    frozen = contextual_bradley_terry(grown, Options(context=Context(frozen_style=frozen_style(known(free.style)))))
    thawed = contextual_bradley_terry(grown, Options(context=STYLED))

    def leads(found):
        return found.strengths.strengths[:5] - found.strengths.strengths[0]

    # The newcomer's own strength takes up its battles, so that nothing but the style correction could move the rest.
    np.testing.assert_allclose(leads(frozen), leads(free), atol=1e-9)
    assert np.abs(leads(thawed) - leads(free)).max() > 0.01


def test_a_frozen_style_survives_its_file(tmp_path):
    found = contextual_bradley_terry(drawn_battles(), Options(context=STYLED))
    style = frozen_style(known(found.style), source="spring board")
    save_style(style, tmp_path / "style.json")
    assert load_style(tmp_path / "style.json") == style


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": "other"}', '{"format": "jurybox-style/1"}',
             '{"format": "jurybox-style/1", "features": [], "n": 1, "penalty": 0, "source": ""}',
             '{"format": "jurybox-style/1", "features": [{"name": "smell", "scale": 1, "coefficient": 1, '
             '"error": null}], "n": 1, "penalty": 0, "source": ""}']
)  # fmt: skip
def test_a_file_that_is_no_style_says_so(tmp_path, text):
    path = tmp_path / "style.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"style\.json: not a saved style"):
        load_style(path)


def test_a_frozen_style_needs_its_features_in_the_data():
    frozen = FrozenStyle((FrozenFeature("headers", 0.5, 0.2),), n=10, penalty=0)
    battles = drawn_battles()
    style_a = known(battles.style_a).copy()
    style_a[:, 1] = np.nan
    with pytest.raises(Undefined, match="headers"):
        contextual_bradley_terry(replace(battles, style_a=style_a), Options(context=Context(frozen_style=frozen)))


@pytest.mark.parametrize(
    "wrong",
    [{"penalty": 0.1}, {"style": True, "penalty": -1}, {"shrink": 1.0}, {"rater_model": "magic"},
     {"style": True, "frozen_style": FrozenStyle((FrozenFeature("headers", 1, 1),), 1, 0)}],
)  # fmt: skip
def test_choices_that_contradict_each_other_are_refused(wrong):
    with pytest.raises(ValueError, match=r"penalty|shrink|rater_model|style"):
        Context(**wrong)
