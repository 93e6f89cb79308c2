"""As many kernels as onnxruntime runs, on graph after graph."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from corpus_paths import CORPUS

import costscope

_TABLE = Path(__file__).parent / "onnxruntime_kernel_counts.csv"
with _TABLE.open(newline="") as stream:
    COUNTS = {
        row["name"]: int(row["kernels"])
        for row in csv.DictReader(line for line in stream if not line.startswith("#"))
    }
SIZES = {"tv_mobilenet_v2__dynbatchhw": {"height": 224, "width": 224}}

TWINS = (
    "the corpus fills weights with one constant, so that onnxruntime takes branches for "
    "identical and runs them once; with real weights they differ"
)
FOLDED = "onnxruntime computes a convolution of constants once, before it runs; it is counted here"
HALF = "onnxruntime has few float16 kernels on CPU and runs Casts around float32 ones"
STORED = "onnxruntime dequantizes some weights in each run; they are read as stored here"
BODIES = "a graph inside a node is one node to its caller; its body is laid out here"
# Ours where it is another number, and why.
OTHERWISE = {
    "timm_edgenext_small": (362, FOLDED),
    "timm_edgenext_small__dyn": (442, FOLDED),
    "timm_efficientformerv2_s0": (197, TWINS),
    "timm_efficientformerv2_s0__dyn": (337, TWINS),
    "timm_mobilenetv4_hybrid_medium": (246, TWINS),
    "timm_mobilenetv4_hybrid_medium__dyn": (254, TWINS),
    "timm_mobileone_s0": (455, TWINS),
    "timm_mobileone_s0__dyn": (455, TWINS),
    "timm_nasnetalarge": (766, TWINS),
    "timm_nasnetalarge__dyn": (762, TWINS),
    "timm_nextvit_base": (399, TWINS),
    "timm_nextvit_base__dyn": (429, TWINS),
    "tv_mobilenet_v2__fp16": (65, HALF),
    "x_transformer_enc_6x256_s128__fp16": (197, HALF),
    "tv_resnet18__int8_qdq": (34, STORED),
    "x_if_conv": (5, BODIES),
    "x_loop_conv": (3, BODIES),
}


@pytest.mark.parametrize("name", COUNTS)
def test_as_many_kernels_as_onnxruntime_runs(name):
    analysis = costscope.analyze(
        CORPUS / f"{name}.onnx", dims=SIZES.get(name), runtime="onnxruntime"
    )

    expected, _ = OTHERWISE.get(name, (COUNTS[name], ""))
    assert len(analysis.first.kernels) == expected


def test_most_graphs_have_the_very_count():
    assert len(COUNTS) == 147
    assert len(OTHERWISE) == 17
    assert all(ours != COUNTS[name] for name, (ours, _) in OTHERWISE.items())
