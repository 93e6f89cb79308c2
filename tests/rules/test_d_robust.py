"""What rules about devices do not change or trip over: quantization, branches, unknown shapes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costscope.graph.types import Graph, Tensor
from costscope.pipeline import analyze, load
from costscope.rules import inspect
from costscope.whatif.edit import retensored
from costscope.whatif.passing import handed_on
from costscope.zoo.build import build

CODES = {"D1", "D2", "D3", "D4", "D8"}
NETWORKS = ("mobilenet_v3_small", "shufflenet_v2@0.5", "mobilenet_v1@0.25-128")


def tensors(graph: Graph) -> dict[str, Tensor]:
    return {tensor.name: tensor for node in graph.nodes for tensor in node.outputs}


def not_understood(graph: Graph) -> Graph:
    """The graph whose operators on tensors of unknown shape are in no sum."""
    nodes = [
        replace(node, problem="unknown shape")
        if any(t is not None and t.shape is None for t in (*node.inputs, *node.outputs))
        else node
        for node in graph.nodes
    ]
    return replace(graph, nodes=tuple(nodes))


def test_what_is_handed_on_is_not_quantized_twice():
    graph = load(build("mobilenet_v3_small", dtype="int8"))
    product = next(node for node in graph.nodes if node.op_type == "Mul")
    wide = next(t for t in product.inputs if t and t.shape == product.output.shape)

    changed = handed_on(graph, {product.output.name: wide})

    makers = {tensor.name: node for node in changed.nodes for tensor in node.outputs}
    twice = [
        node.name
        for node in changed.nodes
        if node.op_type == "QuantizeLinear"
        and node.inputs[0] is not None
        and node.inputs[0].name in makers
        and makers[node.inputs[0].name].op_type == "DequantizeLinear"
    ]
    assert product.name not in {node.name for node in changed.nodes}
    assert twice == []


def test_results_that_are_handed_on_one_behind_another():
    graph = load("zoo:mobilenet_v1@0.25-128")
    relus = [node for node in graph.nodes if node.op_type == "Clip"]

    changed = handed_on(graph, {n.output.name: n.inputs[0] for n in relus if n.inputs[0]})

    assert not any(node.op_type == "Clip" for node in changed.nodes)
    assert len(changed.nodes) == len(graph.nodes) - len(relus)


@settings(max_examples=15, deadline=None)
@given(
    name=st.sampled_from(NETWORKS),
    share=st.floats(0.01, 0.5),
    seed=st.randoms(use_true_random=False),
    machine=st.sampled_from(["coral_edgetpu", "adreno_640", "pixel6"]),
)
def test_unknown_shapes_stop_no_rule(name: str, share: float, seed, machine: str):
    graph = load(f"zoo:{name}")
    lost = {each for each in tensors(graph) if seed.random() < share}

    def edit(tensor: Tensor) -> Tensor:
        return replace(tensor, shape=None, value=None) if tensor.name in lost else tensor

    analysis = analyze(not_understood(retensored(graph, edit)), machine)

    assert inspect(analysis, CODES).findings is not None


@pytest.mark.parametrize("machine", ["coral_edgetpu", "adreno_640"])
@pytest.mark.parametrize("name", NETWORKS)
def test_findings_are_the_same_twice(name: str, machine: str):
    analysis = analyze(f"zoo:{name}", machine, as_dtype="int8")

    assert inspect(analysis, CODES).findings == inspect(analysis, CODES).findings
