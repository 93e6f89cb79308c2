"""What holds in every runtime: nothing is lost, nothing runs before its inputs exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from test_ort_random_networks import network

import networks
import written
from costscope.graph.types import Graph
from costscope.kernels.fuse import fuse
from costscope.kernels.patterns import PATTERNS
from costscope.kernels.runtimes import RUNTIMES
from costscope.kernels.types import Kernel
from costscope.ops import work_of
from costscope.shapes import Bindings, resolve


def runs_in_order(kernels: Sequence[Kernel], graph: Graph) -> bool:
    there = {tensor.name for tensor in graph.inputs}
    for kernel in kernels:
        if any(tensor.name not in there for tensor in kernel.reads):
            return False
        there.update(tensor.name for tensor in kernel.writes)
    return {tensor.name for tensor in graph.outputs} <= there


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("seed", range(40))
def test_macs_results_and_order_stay(runtime: str, seed: int) -> None:
    body, inputs = network(seed)
    graph = written.graph(body, inputs)

    kernels, assumptions = fuse(graph, RUNTIMES[runtime])

    assert runs_in_order(kernels, graph)
    assert assumptions == ()
    # Equal products of one tensor are computed once where a runtime sees it.
    macs = sum(kernel.work.macs for kernel in kernels)
    whole = sum(work_of(node).macs for node in graph.nodes)
    assert macs <= whole
    if runtime != "onnxruntime":
        assert macs == whole
    names = Counter(node.name for kernel in kernels for node in kernel.nodes)
    assert max(names.values()) == 1


@pytest.mark.parametrize("seed", range(40))
def test_without_fusion_every_node_is_a_kernel(seed: int) -> None:
    graph = written.graph(*network(seed))

    kernels, _ = fuse(graph, RUNTIMES["none"])

    assert [kernel.nodes for kernel in kernels] == [(node,) for node in graph.nodes]
    assert [kernel.work for kernel in kernels] == [work_of(node) for node in graph.nodes]


@pytest.mark.parametrize(
    ("runtime", "count"),
    [("onnxruntime", 65), ("tflite", 65), ("tflm", 65), ("tinyengine", 65), ("ncnn", 64),
     ("none", 100)],
)  # fmt: skip
def test_mobilenet_v2(runtime: str, count: int) -> None:
    # 52 convolutions with their activations, 10 sums, pool, flatten and classifier.
    graph = resolve(networks.mobilenet_v2(), Bindings({"batch": 1}))

    kernels, _ = fuse(graph, RUNTIMES[runtime])

    assert len(kernels) == count
    assert sum(kernel.work.macs for kernel in kernels) == 300_774_272
    parameters = {name for kernel in kernels for name in kernel.parameters}
    assert sum(graph.constants[name].elements for name in parameters) == 3_487_816


def test_mobilenet_v2_in_onnxruntime_by_operator() -> None:
    graph = resolve(networks.mobilenet_v2(), Bindings({"batch": 1}))

    kernels, _ = fuse(graph, RUNTIMES["onnxruntime"])

    assert Counter(kernel.runs_as for kernel in kernels) == {
        "FusedConv": 35, "Conv": 17, "Add": 10, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1,
    }  # fmt: skip


def test_every_pattern_of_a_runtime_exists_and_every_pattern_is_used() -> None:
    wanted = {name for runtime in RUNTIMES.values() for level in runtime.fusion for name in level}

    assert all(PATTERNS.get(name) is not None for name in wanted)
    assert set(PATTERNS.keys()) == wanted
