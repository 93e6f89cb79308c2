"""Every rule on 147 real graphs: none stumbles, and what is a fact of a network is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from math import isfinite

import pytest
from corpus_paths import CORPUS, truth

from costscope.analysis.types import Analysis, Finding
from costscope.graph.types import Graph
from costscope.pipeline import analyze
from costscope.rules import inspect

NAMES = [row["name"] for row in truth()]
SIZES = {"tv_mobilenet_v2__dynbatchhw": {"height": 224, "width": 224}}
MACHINES = ("pixel6", "raspberry_pi_4b", "coral_edgetpu")


@cache
def analysed(name: str, hardware: tuple[str, ...], as_dtype: str | None = None) -> Analysis:
    path = CORPUS / f"{name}.onnx"
    return analyze(path, hardware, dims=SIZES.get(name), as_dtype=as_dtype)


def found(name: str, code: str, hardware: str, as_dtype: str | None = None) -> list[Finding]:
    return list(inspect(analysed(name, (hardware,), as_dtype), {code}).findings or ())


def names_in(graph: Graph) -> Iterator[str]:
    """Names of the file's operators, of those inside others and of those folded away, too."""
    for node in (*graph.nodes, *graph.aside):
        yield node.name
        for branch in node.branches:
            yield from names_in(branch.graph)


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_looks_at_every_graph(name: str):
    analysis = analyze(CORPUS / f"{name}.onnx", MACHINES, dims=SIZES.get(name))
    operators = set(names_in(analysis.graph))

    findings = inspect(analysis).findings or ()

    for each in findings:
        assert each.hardware in MACHINES
        assert each.message
        assert each.change
        assert set(each.nodes) <= operators, (each.rule, sorted({*each.nodes} - operators)[:3])
        assert all(isfinite(number) for number in each.evidence.values()), each
        assert each.saving_s is None or isfinite(each.saving_s), each
    # The first machine again, alone and from the start: the same findings, in the same order.
    alone = inspect(analyze(CORPUS / f"{name}.onnx", MACHINES[0], dims=SIZES.get(name)))
    assert alone.findings == tuple(f for f in findings if f.hardware == MACHINES[0])


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("tv_mobilenet_v3_large", 8),
        ("tv_mobilenet_v3_small", 9),
        ("tv_efficientnet_b0", 16),
        ("tv_mobilenet_v2", 0),
        ("tv_resnet50", 0),
        ("tv_shufflenet_v2_x1_0", 0),
    ],
)
def test_squeeze_and_excitation_blocks_are_counted(name: str, blocks: int):
    assert len(found(name, "D1", "adreno_640")) == blocks
    assert found(name, "D1", "pixel6") == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tv_mobilenet_v3_large", {"HardSwish": 21}),
        ("tv_efficientnet_b0", {"Swish": 49}),
        ("tv_mobilenet_v2", {}),
        ("tv_resnet50", {}),
    ],
)
def test_slow_activations_are_counted(name: str, expected: dict[str, int]):
    sites = {f.subject: f.evidence["sites"] for f in found(name, "D3", "adreno_640")}

    assert sites == expected


@pytest.mark.parametrize(
    ("name", "shuffles"), [("tv_shufflenet_v2_x1_0", 16), ("tv_mobilenet_v2", 0)]
)
def test_channel_shuffles_are_counted(name: str, shuffles: int):
    counted = sum(f.evidence["shuffles"] for f in found(name, "D4", "pixel6"))

    assert counted == shuffles  # 4 + 8 + 4 units


def test_every_expand_and_project_layer_is_unequal_in_mobilenet_v2():
    ratios = Counter(
        round(f.evidence["channel_ratio"], 2) for f in found("tv_mobilenet_v2", "G1", "pixel6")
    )

    # Of the 16 blocks with t = 6 the 6 that change their width project to fewer or more.
    assert sum(ratios.values()) == 33
    assert ratios[6.0] >= 16 + 10
    assert found("tv_shufflenet_v2_x1_0", "G1", "pixel6") == []


def test_fully_connected_layers_of_vgg_wait_for_their_weights():
    (first, *_) = found("tv_vgg16", "D7", "pixel6")

    assert first.evidence["weight_bytes"] == 25088 * 4096 * 4
    assert first.evidence["map_positions"] == 49
    assert found("tv_resnet50", "D7", "pixel6") == []
