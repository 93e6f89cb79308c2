"""The table of ncnn's benchmark: rows fit the machines and the layer table that they name."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from costscope import resources
from costscope.hardware import catalog

DTYPES = {"float32", "float16", "int8"}
REASONS = {"fit", "noise", "mixed cores", "poor config", "outlier path", "no layer table"}


def _rows(kind: str, name: str) -> list[dict[str, str]]:
    with (resources.folder(kind) / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def measured() -> list[dict[str, str]]:
    return _rows("hardware_profiles", "measurements/ncnn.csv")


def test_every_row_belongs_to_a_shipped_machine(measured: list[dict[str, str]]) -> None:
    assert {row["profile"] for row in measured} <= set(catalog.names())


def test_every_machine_has_enough_rows(measured: list[dict[str, str]]) -> None:
    rows = Counter(
        row["profile"] for row in measured if row["use"] == "fit" and row["dtype"] != "int8"
    )

    assert min(rows.values()) >= 11
    assert set(rows) == {row["profile"] for row in measured}


def test_a_fitted_row_does_not_use_more_threads_than_the_machine_has(
    measured: list[dict[str, str]],
) -> None:
    most: Counter[str] = Counter()
    for row in measured:
        if row["use"] == "fit":
            most[row["profile"]] = max(most[row["profile"]], int(row["threads"]))

    for name, threads in most.items():
        machine = catalog.load(name)
        assert machine.chip
        if machine.device_class == "arm_cpu":
            assert threads <= (machine.cores or 0), name


def test_a_machine_computes_in_the_type_it_was_measured_in(
    measured: list[dict[str, str]],
) -> None:
    for name, dtype in {(row["profile"], row["dtype"]) for row in measured}:
        assert dtype in DTYPES
        machine = catalog.load(name)
        assert dtype in machine.compute, name
        if dtype == "float16" and machine.device_class == "arm_cpu":
            assert machine.compute[dtype].runs_as == "float16", name


def test_fitted_networks_are_in_the_layer_table(measured: list[dict[str, str]]) -> None:
    networks = {row["model"] for row in _rows("models", "ncnn_layers.csv")}
    fitted = {row["model"].removesuffix("_int8") for row in measured if row["use"] == "fit"}

    assert len(networks) == 27
    assert fitted <= networks


def test_rows_are_left_out_for_the_reasons_that_are_told(measured: list[dict[str, str]]) -> None:
    for row in measured:
        latency, least, greatest = (
            float(row[key]) for key in ("latency_ms", "latency_min_ms", "latency_max_ms")
        )
        noisy = (greatest - least) / latency > 0.3
        assert row["use"] in REASONS
        assert latency > 0.2
        assert least <= latency <= greatest
        assert row["use"] != "fit" or not noisy
        assert row["use"] != "noise" or noisy


def test_the_layers_add_up_to_the_published_totals() -> None:
    macs: Counter[str] = Counter()
    for row in _rows("models", "ncnn_layers.csv"):
        macs[row["model"]] += int(row["macs"])

    # alexnet: 724 million (grouped, 227 pixels); resnet50: stride on the 1x1, 3,858 million
    assert macs["resnet50"] == pytest.approx(3858e6, rel=1e-3)
    assert macs["alexnet"] == pytest.approx(724.4e6, rel=1e-3)
    assert macs["vgg16"] == pytest.approx(15.47e9, rel=1e-3)
