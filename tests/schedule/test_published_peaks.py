"""Peaks of MobileNetV2 in int8 at 224x224, worked out by hand and as published.

The widest moment is the depthwise convolution of stage 2: 96 channels of 112x112 (1,176
KiB) enter, 96 of 56x56 (294 KiB) leave. In place it holds what enters; the expansion before
it, from 16 channels (196 KiB), is then the peak: 1,372 KiB.

Source:
    MCUNetV2 (Lin et al. 2021, arXiv 2110.15352): 1,372 kB a layer at a time, with
    in-place depthwise convolutions.
"""

from __future__ import annotations

import pytest

import networks
from costscope import dtypes
from costscope.graph.retype import as_dtype
from costscope.kernels.fuse import fuse
from costscope.kernels.runtimes import RUNTIMES
from costscope.ops import Slot, slot_of
from costscope.schedule.layerwise import layerwise
from costscope.schedule.types import Schedule
from costscope.shapes import Bindings, resolve

KIB = 1024


def schedule_of(runtime: str) -> Schedule:
    graph = resolve(networks.mobilenet_v2(), Bindings({"batch": 1}))
    graph = as_dtype(graph, dtypes.INT8, lambda node, slot: slot_of(node.key, slot) is Slot.BIAS)
    kernels, _ = fuse(graph, RUNTIMES[runtime])
    return layerwise(kernels, graph.inputs, graph.outputs, RUNTIMES[runtime])


@pytest.mark.parametrize("runtime", ["onnxruntime", "tflite", "tflm", "ncnn"])
def test_with_input_and_output_held_together(runtime: str) -> None:
    schedule = schedule_of(runtime)

    assert schedule.peak.nbytes == 1470 * KIB
    assert schedule.peak.kernel == "stage2.block1.depthwise"
    assert [tensor.nbytes for tensor in schedule.peak.tensors] == [1176 * KIB, 294 * KIB]


def test_with_depthwise_convolutions_in_place() -> None:
    schedule = schedule_of("tinyengine")

    assert schedule.peak.nbytes == 1372 * KIB
    assert schedule.peak.kernel == "stage2.block1.expand"
    assert [tensor.nbytes for tensor in schedule.peak.tensors] == [1176 * KIB, 196 * KIB]


def test_without_fusion_activations_have_room_of_their_own() -> None:
    # Two times 96 channels of 112x112 around the first wide ReLU6.
    schedule = schedule_of("none")

    assert schedule.peak.nbytes == 2352 * KIB
    assert schedule.peak.kernel == "stage2.block1.expand.activation"
