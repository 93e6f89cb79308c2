"""Profiles of real graphs: every event has a kernel, and every kernel an origin."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from corpus_paths import CORPUS

from costscope.graph import proto
from costscope.measure.inputs import feeds, for_runtime
from costscope.measure.join import join
from costscope.measure.optimized import bound
from costscope.measure.origins import origins
from costscope.measure.session import Session
from costscope.measure.source import source
from costscope.measure.weights import materialise
from costscope.shapes import Bindings

pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.corpus

DIMS = {
    "tv_mobilenet_v2__dynbatch": {"batch": 1},
    "tv_mobilenet_v2__dynbatchhw": {"batch": 1, "height": 224, "width": 224},
}
# Each for what it holds: control flow and functions, recurrent layers, casts around kernels
# of half precision, bytes in both forms, inlined activations, windows, transpositions.
ALWAYS = {
    "x_if_conv",
    "x_loop_conv",
    "x_local_function",
    "x_lstm_2x128_t50",
    "x_conv3d",
    "x_dilated_bmm__dyn",
    "x_dscnn_kws_2d__int8_qdq",
    "x_transformer_enc_6x256_s128__fp16",
    "x_transformer_enc_6x256_s128__int8_dynamic",
    "tv_mobilenet_v2__dynbatchhw",
    "tv_mobilenet_v2__fp16",
    "tv_mobilenet_v2__int8_qdq",
    "tv_mobilenet_v2__int8_qop",
    "tv_mobilenet_v2__ort_extended",
    "tv_mobilenet_v3_small",
    "tv_shufflenet_v2_x0_5",
    "tv_swin_t__dyn",
    "timm_efficientvit_b1",
}
# Of the others every so many, another one for each level.
_EVERY = 12


def cases() -> list[tuple[str, str]]:
    names = sorted(path.stem for path in CORPUS.glob("*.onnx"))
    return [
        (name, level)
        for name in names
        for level in ("all", "extended")
        if name in ALWAYS or not zlib.crc32(f"{name}{level}".encode()) % _EVERY
    ]


@pytest.mark.parametrize(("name", "level"), cases())
def test_every_event_has_a_kernel_and_all_time_an_origin(name: str, level: str) -> None:
    path: Path = CORPUS / f"{name}.onnx"
    given, graph = bound(source(path), Bindings(DIMS.get(name, {})))
    arrays = for_runtime(feeds(graph))
    with Session(given, materialise(given, random=True), optimization=level) as session:
        session.run_s(arrays)
        runs = session.end_profile()
        found = join(proto.read(session.saved), runs, name=name)

    assert found.unmatched_s == {}
    assert found.idle == ()
    assert [kernel.problem for kernel in found.kernels if kernel.problem] == []
    assert sum(kernel.repeats for kernel in found.kernels) == len(runs[0].events)
    by_name = origins(found.kernels, graph)
    times = {kernel.name: np.sum(found.samples_s[kernel.name]) for kernel in found.kernels}
    known = sum(times[name] for name, each in by_name.items() if each.nodes or each.layout)
    assert known > 0.99 * sum(times.values())
    layout = {k.nodes[0].op_type for k in found.kernels if by_name[k.name].layout}
    assert layout <= {
        "ReorderInput", "ReorderOutput", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Cast",
        "QuantizeLinear", "DequantizeLinear", "Identity", "Flatten",
    }  # fmt: skip
