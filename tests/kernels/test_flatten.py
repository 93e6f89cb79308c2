"""Branches chosen and loops laid out: one list of nodes with how often each runs."""

from __future__ import annotations

from collections import Counter

import pytest

import written
from costscope.kernels.flatten import flatten
from costscope.kernels.fuse import fuse
from costscope.kernels.runtimes import RUNTIMES
from costscope.kernels.types import Kernel
from costscope.work import KernelKind

BOTH = f"bool c, {written.IMAGE}"


def an_if(then: str, other: str) -> str:
    return (
        f"[choice] y = If (c) <then_branch = t () => (float[] p) {{ {then} }},"
        f" else_branch = e () => (float[] q) {{ {other} }}>"
    )


def a_loop(body: str, before: str = "") -> str:
    return (
        f"trips = Constant<value_int = 5>() yes = Constant<value = bool {{1}}>() {before}"
        "[loop] y = Loop (trips, yes, x) <body = b (int64 i, bool cin, float[1,8,6,6] s0)"
        f" => (bool cout, float[1,8,6,6] s1) {{ cout = Identity(cin) {body} }}>"
    )


def of_kind(kernels: tuple[Kernel, ...], kind: KernelKind) -> list[Kernel]:
    return [kernel for kernel in kernels if kernel.kind is kind]


@pytest.mark.parametrize(
    ("then", "other", "branch"),
    [
        ("p = Conv(x, w)", "q = Exp(x)", "then_branch"),
        ("p = Exp(x)", "q = Conv(x, w)", "else_branch"),
        ("p = Conv<group = 8, pads = [1, 1, 1, 1]>(x, dw)", "q = Conv(x, w)", "then_branch"),
        ("p = Exp(x)", "r = Exp(x) q = Exp(r)", "else_branch"),
    ],
)
def test_the_dearer_branch_is_taken_and_said_so(then: str, other: str, branch: str) -> None:
    flat = flatten(written.graph(an_if(then, other), BOTH))

    (said,) = flat.assumptions
    assert said.startswith(f"'choice' is costed for its dearer branch {branch} (")
    assert flat.nodes[-1].op_type == "If"
    assert flat.nodes[-1].branches == ()


def test_macs_stand_in_the_sentence() -> None:
    flat = flatten(written.graph(an_if("p = Conv(x, w)", "q = Exp(x)"), BOTH))

    assert flat.assumptions == [
        "'choice' is costed for its dearer branch then_branch (2,304 MACs; else_branch has 0)"
    ]


def test_weights_of_the_other_branch_are_stored_all_the_same() -> None:
    graph = written.graph(an_if("p = Conv(x, w3, b)", "q = Conv(x, w)"), BOTH)
    kernels, _ = fuse(graph, RUNTIMES["none"])

    assert {name for kernel in kernels for name in kernel.stored} == {"w", "w3", "b"}


def test_a_loop_repeats_its_body() -> None:
    flat = flatten(written.graph(a_loop("s1 = Conv(s0, w)")))

    assert [(node.op_type, node.repeats) for node in flat.nodes] == [
        ("Identity", 5), ("Conv", 5), ("Loop", 1),
    ]  # fmt: skip
    assert flat.regions == [1, 1, 0]


def test_a_loop_holds_what_its_body_reads_from_outside() -> None:
    flat = flatten(written.graph(a_loop("a0 = Conv(s0, w) s1 = Add(a0, kept)", "kept = Exp(x)")))

    loop = flat.nodes[-1]
    assert "kept" in [tensor.name for tensor in loop.inputs if tensor is not None]


def test_a_branch_in_a_loop_repeats_with_it() -> None:
    body = (
        "s1 = If (cin) <then_branch = t () => (float[] p) { p = Conv(s0, w) },"
        " else_branch = e () => (float[] q) { q = Exp(s0) }>"
    )
    flat = flatten(written.graph(a_loop(body)))

    assert {node.op_type: node.repeats for node in flat.nodes} == {
        "Identity": 5, "Conv": 5, "If": 5, "Loop": 1,
    }  # fmt: skip
    assert flat.regions[0] != flat.regions[1]


def test_a_loop_that_never_runs_has_no_body() -> None:
    text = a_loop("s1 = Conv(s0, w)").replace("value_int = 5", "value_int = 0")
    flat = flatten(written.graph(text))

    assert "Conv" not in [node.op_type for node in flat.nodes]


def test_kernels_never_reach_over_the_edge_of_a_body() -> None:
    # A Conv before the loop, its Relu inside: two graphs, two kernels.
    graph = written.graph(a_loop("a0 = Relu(kept) s1 = Add(a0, s0)", "kept = Conv(x, w)"))
    kernels, _ = fuse(graph, RUNTIMES["onnxruntime"])

    assert Counter(kernel.runs_as for kernel in kernels) == Counter(
        {"Conv": 1, "Relu": 1, "Add": 1, "Loop": 1}
    )


def test_fusion_inside_a_body() -> None:
    graph = written.graph(a_loop("a0 = Conv(s0, w) s1 = Relu(a0)"))
    kernels, _ = fuse(graph, RUNTIMES["onnxruntime"])

    assert [(kernel.runs_as, kernel.repeats) for kernel in kernels] == [
        ("FusedConv", 5), ("Loop", 1),
    ]  # fmt: skip


def test_control_flow_moves_nothing_itself() -> None:
    graph = written.graph(a_loop("s1 = Conv(s0, w)"))
    kernels, _ = fuse(graph, RUNTIMES["none"])

    (loop,) = of_kind(kernels, KernelKind.CONTROL_FLOW)
    assert loop.traffic.total_bytes == 0
    assert loop.memory_access == 0
    assert loop.work.macs == 0


def test_without_graphs_inside_the_nodes_are_the_graphs_own() -> None:
    graph = written.graph("a = Exp(x) y = Neg(a)")
    flat = flatten(graph)

    assert flat.nodes == list(graph.nodes)
    assert flat.regions == [0, 0]
    assert flat.assumptions == []
