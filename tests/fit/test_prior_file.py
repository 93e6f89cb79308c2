"""The file of a prior: what is written is read back, and a broken one is told in one line."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from costscope.errors import ProfileError
from costscope.fit.family import FAMILIES
from costscope.fit.intervals import ALL, Trust
from costscope.fit.population import default_population
from costscope.fit.prior import Prior, load, parse, to_json
from fit_cases import CLASSES, DEFAULTS, SETTINGS


def trust(**more: float) -> Trust:
    fields = {
        "rows": 50,
        "networks": 9,
        "mean_ratio": 0.1234567891,
        "median_ratio": 0.08,
        "low_ratio": 0.8,
        "high_ratio": 1.3,
        "pair_ratio": 1.2,
    }
    return Trust(**{**fields, **more})  # type: ignore[arg-type]


def prior(**more: Any) -> Prior:
    fields = {
        "family": "f",
        "classes": CLASSES,
        "covariates": ("one", "log_peak"),
        "population": default_population(DEFAULTS / 3, SETTINGS),
        "known": {ALL: trust()},
        "new": {0: {ALL: trust(rows=1)}, 3: {ALL: trust(rows=2), "int8": trust(rows=3)}},
    }
    return Prior(**{**fields, **more})


def test_round_trip_to_six_digits() -> None:
    written = prior()

    found = parse(to_json(written), "f.json")

    assert (found.family, found.classes, found.covariates) == ("f", CLASSES, ("one", "log_peak"))
    assert found.population.coefficients == pytest.approx(DEFAULTS / 3, rel=1e-5)
    assert found.population.covariance == pytest.approx(np.eye(2) * 0.49, rel=1e-5)
    assert asdict(found.known[ALL]) == pytest.approx(asdict(trust()), rel=1e-5)
    assert found.new[3]["int8"].rows == 3
    assert to_json(found) == to_json(written)


def test_the_same_prior_is_the_same_text_in_any_order() -> None:
    turned = prior(new=dict(reversed(prior().new.items())))

    assert to_json(turned) == to_json(prior())


@pytest.mark.parametrize(
    ("networks", "group", "rows"),
    [(0, "int8", 1), (2, "int8", 1), (3, "int8", 3), (3, "float32", 2), (99, "float32", 2)],
)
def test_trust_after_so_many_networks(networks: int, group: str, rows: int) -> None:
    found = prior().after(networks, group)

    assert found is not None
    assert found.rows == rows


def test_nobody_tried_fewer_networks() -> None:
    assert prior(new={3: {ALL: trust()}}).after(2, "float32") is None


def edited(**more: object) -> str:
    return json.dumps({**json.loads(to_json(prior())), **more})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "nonsense",
        "[" * 100_000,
        '{"family": "f"}',
        edited(known=[]),
        edited(known={"all": 3}),
        edited(coefficients=[[1.0]]),
        edited(coefficients=[[1.0, 2.0], [3.0]]),
        edited(covariance=[[1.0, float("nan")], [0.0, 1.0]]),
        edited(sigma=0.0),
        edited(freedom=-1),
        edited(new={"three": {}}),
        edited(classes=None),
    ],
)
def test_a_broken_file_is_told_in_one_line(text: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse(text, "f.json")

    assert str(caught.value).startswith("f.json: not a prior of `make profiles`")
    assert "\n" not in str(caught.value)


def test_an_unknown_family_has_no_prior() -> None:
    with pytest.raises(ProfileError, match="no prior of family 'nobody'"):
        load("nobody")


@pytest.mark.parametrize("name", FAMILIES.keys())
def test_shipped_priors_are_of_their_families(name: str) -> None:
    family = FAMILIES.get(name)
    assert family is not None

    found = load(name)

    assert found.classes == family.classes.classes
    assert found.covariates == family.covariates
    assert np.linalg.eigvalsh(found.population.covariance).min() > 0
    for each in (*found.known.values(), *(t for new in found.new.values() for t in new.values())):
        assert 0 < each.low_ratio <= each.high_ratio
        assert each.pair_ratio >= 1
