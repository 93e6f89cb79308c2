"""What layers cost at the rates of a profile: charges by hand."""

from __future__ import annotations

from typing import Any

import pytest

from costscope.hardware.types import Memory
from costscope.timing.rates import CALLS, RUNS, Amounts, Structure, structure_named
from costscope.timing.rates.layer import Layer, Network
from costscope.timing.rates.price import (
    Setting,
    charges,
    network_charges,
    seconds,
    seconds_per_unit,
    setting_for,
    spilled_ratio,
    total_charges,
)
from costscope.work import KernelKind
from rated_cases import BANDWIDTH, COMPUTE, PLAIN, machine, rates


def setting(**more: Any) -> Setting:
    fields = {
        "structure": structure_named(PLAIN),
        "peaks_flops_per_s": {"float32": 1000.0, "int8": 4000.0},
        "dtype": "float32",
    }
    return Setting(**{**fields, **more})


def layer(**more: Any) -> Layer:
    fields = {
        "kind": KernelKind.POINTWISE_CONV,
        "operation": "conv",
        "macs": 500,
        "read_elements": 30,
        "write_elements": 20,
        "weight_elements": 10,
    }
    return Layer(**{**fields, **more})


def test_seconds_at_the_peak_bytes_and_calls() -> None:
    assert charges(layer(), setting()) == {
        "pointwise": 1.0,  # 1000 operations
        "activations": 200.0,
        "weights": 40.0,
        CALLS: 1,
    }


def test_another_type_has_its_own_peak_and_size() -> None:
    assert charges(layer(dtype="int8"), setting()) == {
        "pointwise": 0.25,
        "activations": 50.0,
        "weights": 10.0,
        CALLS: 1,
    }


def test_types_that_are_served_cost_what_the_rates_are_of() -> None:
    served = setting(serves=("int8", "float16"))

    assert charges(layer(dtype="int8"), served) == charges(layer(), served)
    assert charges(layer(dtype="float16"), served) == charges(layer(), served)


def test_a_type_without_arithmetic_is_an_error() -> None:
    with pytest.raises(KeyError, match="float16"):
        charges(layer(dtype="float16"), setting())
    moving = layer(kind=KernelKind.ELEMENTWISE, operation="add", macs=0, dtype="float16")
    assert charges(moving, setting()) == {"elementwise": 100.0, CALLS: 1}  # it only moves


def spilling(capacity: int, near: bool = True) -> Memory:
    return Memory(
        name="near", capacity_bytes=capacity, bandwidth_bytes_per_s=100.0, holds=("weights",),
        source="s", spills=near,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("weight_bytes", "expected"), [(0, 0.0), (1000, 0.0), (4000, 0.75), (10**9, 1 - 1e-6)]
)
def test_spilled_weights(weight_bytes: int, expected: float) -> None:
    far = machine().memories
    hardware = machine(memories=(spilling(1000), *far))

    assert spilled_ratio(hardware, weight_bytes) == pytest.approx(expected)


def test_without_a_memory_that_is_managed_nothing_spills() -> None:
    assert spilled_ratio(machine(), 10**9) == 0.0
    cached = machine(memories=(spilling(1000, near=False), *machine().memories))
    assert spilled_ratio(cached, 4000) == 0.0


def _weights(found: Layer) -> Amounts:
    return {"near": found.weight_elements, "far": found.weight_elements}


def test_only_what_spills_is_charged_to_a_class_that_spills() -> None:
    own = Structure(
        name="own", compute=(), memory=("near", "far"), layer=_weights, spills=frozenset({"far"})
    )

    assert charges(layer(), setting(structure=own, spilled_ratio=0.25)) == {
        "near": 40.0,
        "far": 10.0,
    }
    assert charges(layer(), setting(structure=own)) == {"near": 40.0, "far": 0.0}


def test_an_inference_has_a_run_and_what_its_structure_counts_once() -> None:
    own = Structure(
        name="own",
        compute=(),
        memory=("copies",),
        layer=lambda _: {},
        network=lambda network: {"copies": network.input_elements + network.output_elements},
    )
    network = Network(name="n", layers=(), input_elements=7, output_elements=3)

    assert network_charges(network, setting(structure=own)) == {RUNS: 1.0, "copies": 40.0}
    assert network_charges(network, setting()) == {RUNS: 1.0}


def test_totals_add_up_with_repeats() -> None:
    network = Network(name="n", layers=(layer(), layer(repeats=3)))

    found = total_charges(network, setting())

    assert found == {
        "pointwise": 4.0,
        "dense": 0.0,
        "depthwise": 0.0,
        "activations": 800.0,
        "elementwise": 0.0,
        "normalization": 0.0,
        "weights": 160.0,
        CALLS: 4.0,
        RUNS: 1.0,
    }


def test_seconds_of_each_class() -> None:
    charged = {"pointwise": 2.0, "weights": 160.0, CALLS: 2.0, RUNS: 1.0}

    found = dict(seconds(charged, rates(run_s=5.0)))

    assert found == {
        "pointwise": 2.0 / COMPUTE["pointwise"],
        "weights": 160.0 / BANDWIDTH["weights"],
        CALLS: 6.0,
        RUNS: 5.0,
    }
    with pytest.raises(KeyError):
        seconds_per_unit(rates(), "winograd")


def test_the_setting_of_a_machine_and_its_rates() -> None:
    found = setting_for(
        machine(memories=(spilling(1000), *machine().memories)),
        rates(serves=("float16",)),
        structure_named(PLAIN),
        4000,
    )

    assert found.peaks_flops_per_s == {"float32": 1000.0}
    assert (found.dtype, found.serves, found.spilled_ratio) == ("float32", ("float16",), 0.75)
    assert found.computes("float16") == "float32"
    assert found.computes("int8") == "int8"
