"""Bounds of the time on kernels whose seconds can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.errors import UsageError
from costscope.hardware.types import Compute, Hardware, Memory
from costscope.kernels.types import Kernel, Traffic
from costscope.schedule.types import Peak, Schedule, Step
from costscope.timing.predict import predict
from costscope.timing.step import ridge_point
from costscope.timing.types import Bound, TimeModel
from costscope.work import KernelKind, Work


def kernel(work=Work(1000), traffic=Traffic(100, 50, 50), kind=KernelKind.DENSE_CONV, **more):
    fields = {
        "name": "k",
        "kind": kind,
        "nodes": (),
        "reads": (),
        "writes": (),
        "weights": (),
        "parameters": (),
        "stored": (),
        "compute_dtype": "float32",
        "work": work,
        "traffic": traffic,
        "memory_access": 0,
        "memory_access_bound": None,
        "problem": None,
        "repeats": 1,
    }
    return Kernel(**{**fields, **more})


def schedule(*kernels, peak=0):
    return Schedule("layerwise", tuple(Step(k, 0) for k in kernels), Peak(peak, "", ()), True)


def machine(**more):
    """1000 FLOP/s and 10 byte/s: a ridge point of 100 FLOP/byte."""
    dram = Memory(
        name="dram",
        capacity_bytes=None,
        bandwidth_bytes_per_s=10.0,
        holds=("weights", "activations"),
        source="s",
    )
    fields = {
        "name": "m",
        "summary": "",
        "device_class": "arm_cpu",
        "runtime": "tflite",
        "compute": {
            "float32": Compute(
                dtype="float32", peak_flops_per_s=1000.0, runs_as="float32", source="s"
            )
        },
        "memories": (dram,),
    }
    return Hardware(**{**fields, **more})


def time(*kernels, on=None, model=None, peak=0, weights=0):
    return predict(
        schedule(*kernels, peak=peak),
        on or machine(),
        runtime="tflite",
        weight_bytes=weights,
        time_model=model,
    )


def test_roofline_is_the_longer_of_computing_and_moving():
    prediction = time(kernel(), model=TimeModel.ROOFLINE)

    # 2 * 1000 FLOP / 1000 FLOP/s = 2 s; 200 bytes / 10 byte/s = 20 s
    assert prediction.latency_s == 20.0
    assert prediction.timings[0].bound is Bound.MEMORY
    assert prediction.timings[0].compute_s == 2.0
    assert prediction.timings[0].ridge_point == 100.0
    assert prediction.timings[0].roof_ratio == 1.0


def test_additive_takes_turns():
    assert time(kernel(), model=TimeModel.ADDITIVE).latency_s == 22.0


def test_repeats_multiply_everything():
    assert time(kernel(repeats=4), model=TimeModel.ADDITIVE).latency_s == 4 * 22.0


def test_a_kernel_without_multiply_accumulates_takes_the_time_of_its_operations():
    only_vector = kernel(Work(0, 5000, 1000), Traffic(0, 1, 1))

    assert time(only_vector, model=TimeModel.ROOFLINE).latency_s == 6.0


def test_views_cost_nothing():
    view = kernel(Work(), Traffic(), KernelKind.VIEW)

    assert time(view, model=TimeModel.ROOFLINE).latency_s == 0.0
    assert time(view).timings[0].bound is Bound.FREE


def test_an_uncosted_kernel_makes_the_sum_a_lower_bound():
    prediction = time(kernel(), kernel(problem="no formula"))

    assert prediction.latency_s == 20.0
    assert not prediction.complete
    assert prediction.latency_high_s is None
    assert prediction.timings[1].latency_s is None
    assert prediction.timings[1].problem == "no formula"


def test_an_element_type_without_arithmetic_gives_no_prediction():
    prediction = time(kernel(compute_dtype="int8"))

    assert prediction.latency_s is None
    assert prediction.latency_low_s is None
    assert "int8" in str(prediction.timings[0].problem)


def test_moving_needs_no_arithmetic():
    transpose = kernel(Work(), Traffic(0, 5, 5), KernelKind.MOVEMENT, compute_dtype="int64")

    assert time(transpose).latency_s == 1.0


def test_a_kind_that_the_machine_does_not_run_gives_no_prediction():
    only_dense = machine(kinds=frozenset({KernelKind.DENSE_CONV}))
    softmax = kernel(kind=KernelKind.SOFTMAX)

    prediction = time(kernel(), softmax, on=only_dense)

    assert prediction.latency_s == 20.0
    assert not prediction.complete
    assert "softmax" in str(prediction.timings[1].problem)


def test_without_measurements_the_roofline_is_the_lower_end():
    assert (time(kernel()).latency_low_s, time(kernel()).latency_high_s) == (20.0, None)


def test_calibrated_of_a_machine_that_is_not_is_refused():
    with pytest.raises(UsageError, match="no calibration"):
        time(kernel(), model=TimeModel.CALIBRATED)


def test_weights_that_outgrow_the_near_memory_come_from_the_far_one():
    near = Memory(
        name="sram",
        capacity_bytes=150,
        bandwidth_bytes_per_s=100.0,
        holds=("weights",),
        source="s",
        fixed=True,
    )
    far = Memory(
        name="dram",
        capacity_bytes=10_000,
        bandwidth_bytes_per_s=10.0,
        holds=("weights", "activations"),
        source="s",
    )
    on = machine(memories=(near, far))

    fits = time(kernel(), on=on, weights=150, peak=100)
    spills = time(kernel(), on=on, weights=151, peak=100)
    overflows = time(kernel(), on=on, weights=151, peak=20_000)

    # weights 100 bytes / 100 byte/s + activations 100 bytes / 10 byte/s
    assert fits.timings[0].memory_s == 11.0
    assert spills.timings[0].memory_s == 20.0
    assert [(f.what, f.memory, f.fits) for f in fits.fits] == [
        ("weights", "sram", True),
        ("activations", "dram", True),
    ]
    assert [f.fits for f in overflows.fits] == [True, False]


def test_weights_spill_from_a_memory_that_software_manages():
    near = Memory(
        name="sram",
        capacity_bytes=100,
        bandwidth_bytes_per_s=100.0,
        holds=("weights", "activations"),
        source="s",
        spills=True,
    )
    far = Memory(
        name="host",
        capacity_bytes=None,
        bandwidth_bytes_per_s=10.0,
        holds=("weights",),
        source="s",
    )

    spilled = time(kernel(), on=machine(memories=(near, far)), weights=400)

    # a quarter of 100 bytes at 100 byte/s, the rest at 10; 100 bytes of activations at 100
    assert spilled.timings[0].memory_s == 0.25 + 7.5 + 1.0
    assert [(f.memory, f.fits) for f in spilled.fits if f.what == "weights"] == [("sram", False)]


def test_views_alone_are_no_prediction():
    view = kernel(Work(), Traffic(), KernelKind.VIEW)

    assert time(view, kernel(compute_dtype="int8")).latency_s is None


amounts = st.integers(min_value=0, max_value=10**12)


@given(macs=amounts, ops=amounts, weight=amounts, moved=amounts)
def test_roofline_below_additive_below_twice_roofline(macs, ops, weight, moved):
    one = kernel(Work(macs, ops), Traffic(weight, moved, moved))
    roof = time(one, model=TimeModel.ROOFLINE).latency_s or 0.0
    both = time(one, model=TimeModel.ADDITIVE).latency_s or 0.0

    assert roof <= both <= 2 * roof * (1 + 1e-12)


@given(macs=amounts, weight=amounts)
def test_twice_the_machine_is_half_the_time(macs, weight):
    one = kernel(Work(macs), Traffic(weight, 0, 0))
    double = machine(
        compute={
            "float32": Compute(
                dtype="float32", peak_flops_per_s=2000.0, runs_as="float32", source="s"
            )
        },
        memories=(replace(machine().memories[0], bandwidth_bytes_per_s=20.0),),
    )

    assert time(one, on=double).latency_s == pytest.approx((time(one).latency_s or 0) / 2)


def test_ridge_point_of_a_type_without_peak_is_unknown():
    assert ridge_point(machine(), "float32") == 100.0
    assert ridge_point(machine(), "int4") is None
