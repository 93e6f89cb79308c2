"""Fitted logarithms as the rates of a profile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from costscope.fit.batch import Batch, Subject
from costscope.fit.family import Family
from costscope.fit.intervals import Trust
from costscope.fit.rates import rates_of, rounded
from costscope.timing.rates import structure_named

CLASSES = structure_named("arm_cpu").classes
SIZE = len(CLASSES)


def family(**more: Any) -> Family:
    fields = {
        "name": "f",
        "summary": "s",
        "structure": "arm_cpu",
        "tables": ("t",),
        "device_classes": frozenset({"arm_cpu"}),
        "serves": ("float32", "float16"),
        "defaults": {},
    }
    return Family(**{**fields, **more})


def batch(charges: np.ndarray, networks: tuple[str, ...]) -> Batch:
    known = np.ones((1, len(networks)), bool)
    return Batch(
        subjects=(Subject(profile="b", runtime="r", version="2", threads=4, source="t"),),
        networks=networks,
        classes=CLASSES,
        covariates=np.ones((1, 1)),
        charges=charges[None],
        log_s=np.zeros(known.shape),
        fitted=known,
        scored=known,
        rounding=np.zeros(known.shape),
    )


def charge(**amounts: float) -> list[float]:
    return [amounts.get(name, 0.0) for name in CLASSES]


NETWORKS = batch(
    np.array([charge(pointwise=0.85, weights=0.1, calls=0.05), charge(dense=1.0)]), ("a", "b")
)


def test_rates_are_one_over_seconds_per_unit() -> None:
    theta = np.log(np.arange(1.0, SIZE + 1))

    found = rates_of(family(), NETWORKS, 0, theta)

    for name, seconds in zip(CLASSES, np.arange(1.0, SIZE + 1), strict=True):
        shares = {**found.compute_ratio, **found.bandwidth_bytes_per_s}
        if name in shares:
            assert shares[name] == rounded(1 / seconds)
    assert found.dispatch_s == SIZE - 1
    assert found.run_s == SIZE
    assert (found.runtime, found.version, found.threads) == ("r", "2", 4)
    assert (found.structure, found.dtype, found.source) == ("arm_cpu", "float32", "t")
    assert found.serves == ("float16",)


def test_classes_with_less_than_a_tenth_of_every_network_are_unobserved() -> None:
    found = rates_of(family(), NETWORKS, 0, np.zeros(SIZE))

    assert set(CLASSES) - set(found.unobserved) == {"pointwise", "weights", "dense"}


def test_a_network_that_was_not_used_shows_nothing() -> None:
    unused = replace(NETWORKS, fitted=np.array([[True, False]]))

    found = rates_of(family(), unused, 0, np.zeros(SIZE))

    assert "dense" in found.unobserved
    assert (found.networks, found.rows) == (1, 1)


def test_without_any_row_every_class_is_unobserved() -> None:
    unused = replace(NETWORKS, fitted=np.array([[False, False]]))

    found = rates_of(family(), unused, 0, np.zeros(SIZE), how="nobody measured it")

    assert found.unobserved == CLASSES
    assert found.rows == 0
    assert found.how == "nobody measured it"


def test_a_network_measured_twice_is_one_network() -> None:
    twice = batch(np.array([charge(dense=1.0)] * 3), ("a", "b", "a"))

    found = rates_of(family(), twice, 0, np.zeros(SIZE))

    assert (found.networks, found.rows) == (2, 3)


def test_trust_goes_along() -> None:
    earned = Trust(
        rows=9, networks=3, mean_ratio=0.123456, median_ratio=0.1, low_ratio=0.7, high_ratio=1.4,
        pair_ratio=1.3,
    )  # fmt: skip

    found = rates_of(family(ranking=True), NETWORKS, 0, np.zeros(SIZE), trust=earned)

    assert (found.error_ratio, found.median_error_ratio) == (0.1235, 0.1)
    assert (found.low_ratio, found.high_ratio, found.pair_ratio) == (0.7, 1.4, 1.3)
    assert found.ranking
    assert rates_of(family(), NETWORKS, 0, np.zeros(SIZE)).low_ratio is None


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(123456.0, 4, 123500.0), (0.000123456, 4, 0.0001235), (1.5, 4, 1.5), (123456.0, 6, 123456.0)],
)
def test_rounded(value: float, digits: int, expected: float) -> None:
    assert rounded(value, digits) == expected
