"""Kernels of the corpus, operator by operator, against those that onnxruntime runs."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from corpus_paths import CORPUS

import written
from costscope.graph import proto
from costscope.kernels.fuse import fuse
from costscope.kernels.runtimes import RUNTIMES
from costscope.shapes import Bindings, resolve

VERSION = "1.31.1"
OPEN = {"tv_mobilenet_v2__dynbatch": {"batch": 1},
        "tv_mobilenet_v2__dynbatchhw": {"batch": 1, "height": 224, "width": 224}}  # fmt: skip

# What we count otherwise, on purpose: how many kernels more, and why.
_FOLDED = "a convolution of constants is kept: it is part of the count that papers give"
_CASTS = "the precision asked for is costed: no Casts around kernels of 32 bits"
_INSIDE = "onnxruntime counts the nodes of the main graph; the bodies inside it run too"
_ZERO_POINTS = "placeholder zero points of 1 keep layer 4 from running on integers"
DIFFERENT = {
    "timm_edgenext_small": (2, _FOLDED),
    "timm_edgenext_small__dyn": (2, _FOLDED),
    "tv_mobilenet_v2__fp16": (-145, _CASTS),
    "x_transformer_enc_6x256_s128__fp16": (-188, _CASTS),
    "tv_resnet18__int8_qdq": (-20, _ZERO_POINTS),
    "x_if_conv": (1, _INSIDE),
    "x_loop_conv": (2, _INSIDE),
}
# Equal placeholders make equal operators, which onnxruntime runs once; real weights are
# never equal. What we count is what it runs with real ones.
EQUAL_WEIGHTS = {
    "timm_efficientformerv2_s0", "timm_efficientformerv2_s0__dyn",
    "timm_mobilenetv4_hybrid_medium", "timm_mobilenetv4_hybrid_medium__dyn",
    "timm_mobileone_s0", "timm_mobileone_s0__dyn", "timm_nasnetalarge",
    "timm_nasnetalarge__dyn", "timm_nextvit_base", "timm_nextvit_base__dyn",
}  # fmt: skip


def rows() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("onnxruntime_kernel_counts.csv")
    with path.open(newline="") as stream:
        return {row["name"]: row for row in csv.DictReader(s for s in stream if s[0] != "#")}


ROWS = rows()


def ours(name: str) -> Counter[str]:
    graph = resolve(proto.read(CORPUS / f"{name}.onnx"), Bindings(OPEN.get(name, {})))
    kernels, _ = fuse(graph, RUNTIMES["onnxruntime"])
    return Counter(kernel.runs_as for kernel in kernels)


@pytest.mark.corpus
@pytest.mark.parametrize("name", [name for name in ROWS if name not in DIFFERENT])
def test_operators_are_those_that_onnxruntime_runs(name: str) -> None:
    row = ROWS[name]
    expected = Counter({op: int(n) for op, n in (e.split(":") for e in row["operators"].split())})

    found = ours(name)

    assert found == expected
    assert found.total() == int(row["kernels"])
    assert (row["as_is"] != row["kernels"]) is (name in EQUAL_WEIGHTS)


@pytest.mark.corpus
@pytest.mark.parametrize("name", DIFFERENT)
def test_known_differences_are_as_they_were(name: str) -> None:
    more, _ = DIFFERENT[name]

    assert ours(name).total() - int(ROWS[name]["kernels"]) == more


def test_every_graph_is_counted() -> None:
    present = {path.stem for path in CORPUS.glob("*.onnx")}

    assert present == set(ROWS)


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name",
    ["tv_mobilenet_v2", "tv_mobilenet_v2__int8_qdq", "x_dscnn_kws_2d__int8_qdq",
     "x_transformer_enc_6x256_s128", "x_resnet8_cifar"],
)  # fmt: skip
def test_the_table_is_what_onnxruntime_does(name: str, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    if onnxruntime.__version__ != VERSION:
        pytest.skip(f"the table is of onnxruntime {VERSION}")

    assert len(written.onnxruntime_runs(CORPUS / f"{name}.onnx", tmp_path)) == int(
        ROWS[name]["as_is"]
    )
