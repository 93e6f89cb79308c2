"""A family's rows as arrays: which are taken, which are only fitted, and what they ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from costscope.errors import UsageError
from costscope.fit.assemble import assemble, default_coefficients
from costscope.fit.family import COVARIATES, Family
from costscope.fit.networks import Networks
from costscope.fit.rows import Row
from costscope.timing.rates import CALLS, RUNS, structure_named
from costscope.timing.rates.layer import Layer, Network
from costscope.work import KernelKind
from rated_cases import machine

CLASSES = structure_named("arm_cpu").classes
NETWORK = Network(
    name="one",
    layers=(
        Layer(
            kind=KernelKind.FULLY_CONNECTED,
            operation="gemm",
            macs=50,
            read_elements=5,
            write_elements=10,
            weight_elements=60,
            map=(1,),
        ),
        Layer(
            kind=KernelKind.BATCHED_MATMUL,
            operation="mat_mul",
            macs=500,
            read_elements=3,
            write_elements=2,
            map=(7,),
            repeats=3,
        ),
    ),
)
NETWORKS = Networks(tables={"one": NETWORK, "two": NETWORK})


def family(**more: Any) -> Family:
    fields = {
        "name": "f",
        "summary": "s",
        "structure": "arm_cpu",
        "tables": ("t",),
        "device_classes": frozenset({"arm_cpu"}),
        "threads": (1, 8),
        "defaults": dict.fromkeys(CLASSES, 0.5),
    }
    return Family(**{**fields, **more})


def row(**more: Any) -> Row:
    fields = {
        "table": "t",
        "profile": "phone",
        "model": "one",
        "latency_s": 2.0,
        "spread_ratio": None,
        "runtime": "tflite",
        "version": "",
        "threads": 1,
        "dtype": "float32",
        "date": "2023",
        "use": "fit",
        "origin": "o",
    }
    return Row(**{**fields, **more})


def batch(*rows: Row, of: Family | None = None, **machines: Any):
    return assemble(of or family(), rows, machines or {"phone": machine()}, NETWORKS)


def test_charges_by_hand() -> None:
    found = batch(row())

    charge = dict(zip(found.classes, found.charges[0, 0], strict=True))
    assert charge == pytest.approx(
        {
            **dict.fromkeys(CLASSES, 0.0),
            "pointwise": 3 * 2 * 500 / 1000,  # operations over the peak; the row of 50 has none
            "activations": 4 * (15 + 3 * 5),
            "weights": 4 * 60,
            CALLS: 4,
            RUNS: 1,
        }
    )
    assert found.log_s[0, 0] == pytest.approx(np.log(2))
    assert found.fitted.all()
    assert found.scored.all()


def test_the_peak_is_that_of_the_threads() -> None:
    found = batch(row(), row(threads=4), phone=machine(cores=4))

    pointwise = found.charges[:, 0, CLASSES.index("pointwise")]
    assert pointwise == pytest.approx([4 * 3.0, 3.0])


@pytest.mark.parametrize(
    "other",
    [
        {"table": "u"},
        {"use": "noise"},
        {"dtype": "int8"},
        {"threads": 9},
        {"profile": "nobody"},
        {"runtime": "mnn"},
    ],
)
def test_rows_of_others_are_left(other: dict[str, Any]) -> None:
    found = batch(row(), row(model="two", **other), of=family(runtimes=frozenset({"tflite"})))

    assert found.networks == ("one",)


def test_one_subject_for_each_runtime_threads_and_type() -> None:
    found = batch(row(), row(threads=2), row(model="two"), row(runtime="ncnn"))

    assert [(s.runtime, s.threads) for s in found.subjects] == [
        ("tflite", 1),
        ("tflite", 2),
        ("ncnn", 1),
    ]
    assert found.fitted.tolist() == [[True, True], [True, False], [True, False]]


def test_where_threads_mean_nothing_rows_of_all_are_one_subject() -> None:
    found = batch(row(), row(model="two", threads=4), of=family(threads=None))

    assert [subject.threads for subject in found.subjects] == [None]
    assert found.fitted.all()


def test_the_last_row_of_a_network_counts() -> None:
    assert batch(row(), row(latency_s=3.0)).log_s[0, 0] == pytest.approx(np.log(3))


def test_noisy_rows_are_fitted_but_not_scored() -> None:
    found = batch(row(spread_ratio=0.31), row(model="two", spread_ratio=0.29))

    assert found.fitted.all()
    assert found.scored.tolist() == [[False, True]]


def test_networks_left_out_are_not_scored() -> None:
    found = batch(row(), row(model="two"), of=family(left_out={"two": "a slow path"}))

    assert found.networks == ("one", "two")
    assert found.scored.tolist() == [[True, False]]


def test_rounding_is_a_share_of_the_latency() -> None:
    assert batch(row(), of=family(rounding_s=0.05)).rounding[0, 0] == pytest.approx(0.025)


def test_no_compute_class_is_faster_than_a_peak_that_somebody_published() -> None:
    published = batch(row()).floor
    assumed = machine()
    guess = replace(assumed.compute["float32"], source="assumed", how="a guess")
    unknown = batch(row(), phone=replace(assumed, compute={"float32": guess})).floor

    assert published is not None
    assert unknown is not None
    compute = structure_named("arm_cpu").compute
    assert {n for n, f in zip(CLASSES, published[0], strict=True) if f == 0} == set(compute)
    assert np.isneginf(unknown).all()


def test_an_unknown_network_is_an_error() -> None:
    with pytest.raises(UsageError, match="unknown network"):
        batch(row(model="three"))


def test_no_rows_are_an_empty_batch() -> None:
    found = batch(row(use="noise"))

    assert found.subjects == ()
    assert found.charges.shape == (0, 0, len(CLASSES))


@pytest.mark.parametrize(
    ("version", "old"),
    [("2019-05-01", 1.0), ("2021-05-30", 1.0), ("2021-06-01", 0.0), ("1.0", 0.0), ("", 0.0)],
)
def test_only_dates_make_a_runtime_old(version: str, old: float) -> None:
    found = batch(row(version=version, date=version))

    assert COVARIATES["old"](machine(), found.subjects[0]) == old


def test_default_coefficients_by_hand() -> None:
    found = default_coefficients(family(slopes={"depthwise": -0.25}))

    at = {name: index for index, name in enumerate(CLASSES)}
    assert found[0, at["pointwise"]] == pytest.approx(np.log(2))  # seconds of one at half the peak
    assert found[0, at["weights"]] == pytest.approx(np.log(2))
    assert found[0, at[CALLS]] == pytest.approx(np.log(0.5))  # half a second a call
    assert found[1, at["pointwise"]] == 0.0
    assert found[1, at["depthwise"]] == -0.25
    assert found[1, at["weights"]] == -1.0  # a faster machine has a faster memory
    assert default_coefficients(family(flat=True))[1, at["weights"]] == 0.0
