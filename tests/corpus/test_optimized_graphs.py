"""Real graphs as onnxruntime's optimizer saves them: every node known, shapes as it ran."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from corpus_paths import CORPUS, truth

from costscope.graph import proto
from costscope.graph.types import Graph, Shape
from costscope.ops import NCHWC, why_uncosted, work_of
from costscope.shapes import Bindings, resolve
from costscope.shapes.blocked import LARGE
from optimized import Outputs, found, optimized

pytest.importorskip("onnxruntime")

ROWS = {row["name"]: row for row in truth()}
# Each for what its optimized form holds: fused convolutions and QuickGelu; shuffles between
# blocks; Upsample; integer convolutions and pools; dynamic products; residual norms, Gelu and
# batch transpositions; a fused Gemm; recurrent layers.
NAMES = [
    name
    for name in (
        "tv_mobilenet_v3_small",
        "tv_shufflenet_v2_x0_5",
        "tv_lraspp_mobilenet_v3_large",
        "tv_mobilenet_v2__int8_qdq",
        "x_dscnn_kws_2d__int8_qdq",
        "x_transformer_enc_6x256_s128__int8_dynamic",
        "x_transformer_enc_6x256_s128",
        "x_ae_toyadmos",
        "x_lstm_2x128_t50",
    )
    if name in ROWS
]


def graph_of(name: str, folder: Path, level: str) -> tuple[Graph, bool]:
    """The optimized graph, and whether its nodes have the outputs that ran."""
    shapes = {key: tuple(dims) for key, dims in json.loads(ROWS[name]["inputs"]).items()}
    path, ran = optimized(str(CORPUS / f"{name}.onnx"), folder, level, shapes)
    graph = resolve(proto.read(path), Bindings(shapes=shapes))
    return graph, found(graph) in (ran, in_large_blocks(ran))


def in_large_blocks(ran: Outputs) -> Outputs:
    """What ran, its channels rounded up as where blocks are largest.

    A processor with short vectors blocks by 8. Where no weight of the file tells so, costscope
    takes 16 and lists it as an assumption; where one does, the shapes are those that ran.
    """
    return Counter(_rounded(*outputs) for outputs in ran.elements())


def _rounded(op_type: str, shapes: tuple[Shape, ...], kinds: tuple[str, ...]) -> Any:
    if op_type == "ReorderInput":
        shapes = tuple((n, -(-c // LARGE) * LARGE, *sizes) for n, c, *sizes in shapes)
    return op_type, shapes, kinds


def macs(graph: Graph) -> int:
    assert [why_uncosted(node) for node in graph.nodes if why_uncosted(node)] == []
    return sum(work_of(node).macs for node in graph.nodes)


@pytest.mark.parametrize("name", NAMES)
def test_fusion_keeps_the_count_and_every_shape(name: str, tmp_path: Path) -> None:
    graph, agrees = graph_of(name, tmp_path, "ORT_ENABLE_EXTENDED")

    assert agrees
    assert macs(graph) == int(ROWS[name]["macs"])


@pytest.mark.parametrize("name", NAMES)
def test_blocks_only_add_what_rounds_them_up(name: str, tmp_path: Path) -> None:
    graph, agrees = graph_of(name, tmp_path, "ORT_ENABLE_ALL")

    assert agrees
    count, true_count = macs(graph), int(ROWS[name]["macs"])
    if any(node.domain == NCHWC for node in graph.nodes):
        assert true_count <= count < 1.25 * true_count
    else:
        assert count == true_count
