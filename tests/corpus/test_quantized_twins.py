"""One network in int8 twice: as a quantized file, and as the float file costed in int8."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from corpus_paths import CORPUS

from costscope import dtypes
from costscope.graph import proto
from costscope.graph.retype import as_dtype
from costscope.graph.types import Graph
from costscope.kernels.fuse import fuse
from costscope.kernels.runtimes import RUNTIMES
from costscope.kernels.types import Kernel
from costscope.ops import Slot, slot_of
from costscope.schedule.layerwise import layerwise
from costscope.shapes import resolve
from costscope.work import KernelKind

pytestmark = pytest.mark.corpus
WITH_INTEGERS = ["onnxruntime", "tflite", "tflm", "tinyengine"]


def quantized() -> Graph:
    return resolve(proto.read(CORPUS / "tv_mobilenet_v2__int8_qdq.onnx"))


def costed_in_int8() -> Graph:
    graph = resolve(proto.read(CORPUS / "tv_mobilenet_v2.onnx"))
    return as_dtype(graph, dtypes.INT8, lambda node, slot: slot_of(node.key, slot) is Slot.BIAS)


def layers(kernels: Sequence[Kernel]) -> list[Kernel]:
    return [kernel for kernel in kernels if kernel.kind is not KernelKind.QUANTIZATION]


@pytest.mark.parametrize("runtime", WITH_INTEGERS)
def test_each_layer_costs_the_same(runtime: str) -> None:
    first, _ = fuse(quantized(), RUNTIMES[runtime])
    second, _ = fuse(costed_in_int8(), RUNTIMES[runtime])

    assert len(layers(first)) == len(second) == 65
    for one, other in zip(layers(first), second, strict=True):
        assert one.kind is other.kind
        assert one.work.macs == other.work.macs
        assert one.traffic == other.traffic
        assert one.memory_access == other.memory_access
        assert one.memory_access_bound == other.memory_access_bound
        assert one.compute_dtype == other.compute_dtype


@pytest.mark.parametrize("runtime", WITH_INTEGERS)
def test_only_the_entry_and_the_exit_are_more(runtime: str) -> None:
    graph = quantized()
    kernels, _ = fuse(graph, RUNTIMES[runtime])

    more = [kernel for kernel in kernels if kernel.kind is KernelKind.QUANTIZATION]
    assert [kernel.op_types for kernel in more] == [("QuantizeLinear",), ("DequantizeLinear",)]
    assert more[0].reads == graph.inputs
    assert more[1].writes == graph.outputs


@pytest.mark.parametrize("runtime", WITH_INTEGERS)
def test_the_same_peak(runtime: str) -> None:
    peaks = []
    for graph in (quantized(), costed_in_int8()):
        kernels, _ = fuse(graph, RUNTIMES[runtime])
        schedule = layerwise(kernels, graph.inputs, graph.outputs, RUNTIMES[runtime])
        peaks.append(schedule.peak.nbytes / 1024)

    assert peaks == [1372.0 if runtime == "tinyengine" else 1470.0] * 2
