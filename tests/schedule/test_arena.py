"""Working memory of microcontroller runtimes against their own planners' figures."""

from __future__ import annotations

import pytest

from costscope.kernels.runtimes import runtime_named
from costscope.pipeline import analyze
from costscope.schedule.arena import arena
from costscope.schedule.types import Arena

# The "head" that tflite-micro 0.dev20261023182759 records for the files of mlcommons/tiny.
TFLM_TENSORS = {
    "mlperf_tiny_kws@s": 16_000,
    "mlperf_tiny_resnet8@1.0": 49_152,
    "mlperf_tiny_autoencoder@1.0": 768,
    "mlperf_tiny_sww@1.0": 6_656,
    "mobilenet_v1_vww@0.25-96": 73_728,
}
# The "tail", with 64-bit pointers: an upper bound of what a 32-bit machine keeps.
TFLM_TABLES = {
    "mlperf_tiny_kws@s": 8_272,
    "mlperf_tiny_resnet8@1.0": 6_832,
    "mlperf_tiny_autoencoder@1.0": 3_216,
    "mlperf_tiny_sww@1.0": 9_984,
    "mobilenet_v1_vww@0.25-96": 29_952,
}
# mit-han-lab/tinyengine, README.md at 47bb283: STM32H743, KiB.
TINYENGINE = {
    "mcunet@in0": 49,
    "mcunet@in1": 96,
    "mcunet@in2": 215,
    "mcunet@in3": 260,
    "mcunet@in4": 416,
}


def _arena(network: str, runtime: str) -> Arena | None:
    analysis = analyze(f"zoo:{network}", as_dtype="int8", runtime=runtime)
    schedule = analysis.deployments[0].schedule
    kernels = [step.kernel for step in schedule.steps]
    ends = analysis.graph.inputs, analysis.graph.outputs
    held = schedule.peak.nbytes
    return arena(kernels, *ends, runtime=runtime_named(runtime), held_bytes=held)


@pytest.mark.parametrize(("network", "tensors"), TFLM_TENSORS.items())
def test_tensors_of_tflm_lie_as_its_own_planner_puts_them(network: str, tensors: int) -> None:
    found = _arena(network, "tflm")
    assert found is not None
    assert found.tensors_bytes == tensors


@pytest.mark.parametrize(("network", "tables"), TFLM_TABLES.items())
def test_tables_of_tflm_are_below_those_with_wider_pointers(network: str, tables: int) -> None:
    found = _arena(network, "tflm")
    assert found is not None
    assert 0.6 * tables < found.persistent_bytes < tables


@pytest.mark.parametrize(("network", "kib"), TINYENGINE.items())
def test_tinyengine_needs_what_its_authors_print(network: str, kib: int) -> None:
    found = _arena(network, "tinyengine")
    assert found is not None
    assert found.total_bytes / 1024 == pytest.approx(kib, rel=0.01)


def test_no_layout_is_guessed_for_other_runtimes() -> None:
    assert _arena("mlperf_tiny_kws@s", "onnxruntime") is None


def test_what_is_placed_is_never_below_what_is_held_at_once() -> None:
    analysis = analyze("zoo:mobilenet_v2@0.35-128", as_dtype="int8", runtime="tflm")
    found = _arena("mobilenet_v2@0.35-128", "tflm")
    assert found is not None
    assert found.tensors_bytes >= analysis.deployments[0].schedule.peak.nbytes
