"""G4 on the networks that the lectures blame, and on those that obey."""

from __future__ import annotations

from typing import Any

import onnx
import pytest
from guideline_graphs import Draft
from rule_cases import found_by

from costscope.analysis.types import Severity
from costscope.pipeline import analyze
from costscope.work import KernelKind
from costscope.zoo.build import build

MACHINES: list[tuple[str, dict[str, Any]]] = [
    ("pixel6", {"as_dtype": "int8"}),
    ("pixel6", {}),
    ("raspberry_pi_4b", {}),
    ("nexus_6p_big", {}),
    ("adreno_640", {}),
    ("jetson_agx_orin_gpu", {}),
]


@pytest.mark.parametrize(("hardware", "options"), MACHINES)
def test_mobilenet_v2_breaks_it(hardware: str, options: dict[str, Any]):
    (found,) = found_by("G4", "zoo:mobilenet_v2", hardware, **options)

    assert found.severity is Severity.WARNING
    assert found.evidence["latency_ratio"] >= 0.15
    assert found.evidence["elementwise_kernels"] == 10  # the shortcuts
    assert found.evidence["depthwise_convolutions"] == 17
    # All but the first, whose block has t = 1: 96 and 144 channels up to 960.
    assert found.evidence["thick_depthwise_convolutions"] == 16
    assert "96 to 960 channels" in found.message
    assert found.saving_s is not None
    assert found.saving_s > 0


@pytest.mark.parametrize(("hardware", "options"), [*MACHINES, (None, {})])
@pytest.mark.parametrize("model", ["zoo:shufflenet_v2", "zoo:vgg", "zoo:mobilenet_v1"])
def test_networks_without_thick_maps_and_additions_are_left_alone(
    model: str, hardware: str | None, options: dict[str, Any]
):
    assert found_by("G4", model, hardware, **options) == []


@pytest.mark.parametrize(("hardware", "options"), MACHINES)
def test_resnet_spends_its_time_elsewhere(hardware: str, options: dict[str, Any]):
    assert found_by("G4", "zoo:resnet@50", hardware, **options) == []


def test_the_shares_are_those_of_the_prediction():
    (found,) = found_by("G4", "zoo:mobilenet_v2", "raspberry_pi_4b")
    timings = analyze("zoo:mobilenet_v2", "raspberry_pi_4b").first.prediction.timings
    total = sum(t.latency_s for t in timings)

    def share(kind: KernelKind) -> float:
        return sum(t.latency_s for t in timings if t.step.kernel.kind is kind)

    depthwise, other = share(KernelKind.DEPTHWISE_CONV), share(KernelKind.ELEMENTWISE)
    assert found.evidence["depthwise_latency_ratio"] == pytest.approx(depthwise / total, rel=1e-2)
    assert found.evidence["elementwise_latency_ratio"] == pytest.approx(other / total, rel=1e-2)


def test_without_a_machine_it_is_a_note_on_traffic():
    (found,) = found_by("G4", "zoo:mobilenet_v2", None)
    kernels = analyze("zoo:mobilenet_v2").first.kernels

    moved = sum(k.traffic.total_bytes for k in kernels)
    depthwise = [k for k in kernels if k.kind is KernelKind.DEPTHWISE_CONV]
    share = sum(k.traffic.total_bytes for k in depthwise) / moved
    assert found.severity is Severity.NOTE
    assert found.evidence["depthwise_traffic_ratio"] == pytest.approx(share)
    assert "of the traffic" in found.message
    assert found.saving_s is None


@pytest.mark.parametrize("hardware", ["pixel6", "raspberry_pi_4b", "adreno_640"])
def test_leaving_the_shortcuts_out_saves_what_it_says(hardware: str):
    (found,) = found_by("G4", "zoo:mobilenet_v2", hardware)
    before = analyze("zoo:mobilenet_v2", hardware).first

    after = analyze(_without_additions(build("zoo:mobilenet_v2")), hardware).first

    gained = before.prediction.latency_s - after.prediction.latency_s
    assert found.evidence["operators_saving_s"] == pytest.approx(gained, rel=0.01)
    moved = before.totals.traffic_bytes - after.totals.traffic_bytes
    assert found.evidence["operators_saving_bytes"] == moved


def _without_additions(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with every shortcut dropped: who read the sum reads the branch."""
    branch: dict[str, str] = {}
    made: dict[str, int] = {}
    kept = []
    for place, node in enumerate(model.graph.node):
        for slot, name in enumerate(node.input):
            node.input[slot] = branch.get(name, name)
        if node.op_type == "Add":
            branch[node.output[0]] = max(node.input, key=made.__getitem__)
        else:
            made[node.output[0]] = place
            kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return model


def _block(thick: int, *, shortcut: bool = True, depthwise: int | None = None):
    """An inverted bottleneck of 16 channels after a stem, with a depthwise convolution inside."""
    draft = Draft(3, 56)
    start = draft.conv("x", "stem", (3, 16), kernel=3, act="Relu")
    wide = draft.conv(start, "expand", (16, thick), act="Relu")
    inside = depthwise or thick
    data = draft.conv(wide, "depthwise", (inside, inside), kernel=3, group=inside, act="Relu")
    data = draft.conv(data, "project", (thick, 16))
    return draft.model(draft.node("Add", [start, data], "add") if shortcut else data)


@pytest.mark.parametrize(("thick", "count"), [(96, 1), (48, 1), (40, 0), (16, 0)])
def test_thick_is_three_times_as_wide_as_the_block(thick: int, count: int):
    found = found_by("G4", _block(thick), None)

    assert [f.evidence["thick_depthwise_convolutions"] for f in found] == [count] * len(found)
    assert len(found) == 1  # the shortcut can go at any width


def test_a_block_in_which_nothing_can_change_is_left_alone():
    assert found_by("G4", _block(16, shortcut=False), None) == []


@pytest.mark.parametrize("hardware", ["pixel6", "raspberry_pi_4b", "adreno_640"])
def test_a_depthwise_convolution_on_a_narrow_map_saves_what_it_says(hardware: str):
    (found,) = found_by("G4", _block(96, shortcut=False), hardware)

    # sqrt(16 * 96) = 39.2 channels balance the block: 40.
    def alone(channels: int) -> Any:
        draft = Draft(channels, 56)
        shape = (channels, channels)
        return draft.model(draft.conv("x", "d", shape, kernel=3, group=channels, act="Relu"))

    before, after = (analyze(alone(width), hardware).first for width in (96, 40))
    gained = before.prediction.latency_s - after.prediction.latency_s
    assert found.saving_s == pytest.approx(gained)
    assert found.evidence["thick_saving_s"] == pytest.approx(gained)
    assert found.evidence["thick_saving_bytes"] == (
        before.totals.traffic_bytes - after.totals.traffic_bytes
    )


def test_norms_and_activations_before_their_convolution_would_fuse_after_it():
    def network(order: str) -> Any:
        draft = Draft(32, 28)
        data = draft.conv("x", "first", (32, 32), kernel=3)
        for number in range(3):
            if order == "before":
                data = draft.node("Relu", [draft.norm(data, f"n{number}", 32)], f"r{number}")
                data = draft.pool(data, f"p{number}")
                data = draft.conv(data, f"c{number}", (32, 32))
                data = draft.pool(data, f"q{number}")
            else:
                data = draft.pool(data, f"p{number}")
                data = draft.norm(draft.conv(data, f"c{number}", (32, 32)), f"n{number}", 32)
                data = draft.pool(draft.node("Relu", [data], f"r{number}"), f"q{number}")
        return draft.model(data)

    (found,) = found_by("G4", network("before"), "adreno_640")
    before, after = (analyze(network(order), "adreno_640").first for order in ("before", "after"))

    assert "BatchNormalization" in found.change
    # One norm folds even so, into the convolution before the first of them.
    gained = before.prediction.latency_s - after.prediction.latency_s
    assert found.saving_s == pytest.approx(gained, rel=0.05)
    assert found_by("G4", network("after"), "adreno_640") == []


def test_an_addition_of_two_projections_stays():
    # Leaving it out would drop a convolution: no saving is told for that.
    draft = Draft(16, 56)
    parts = [draft.conv("x", f"c{number}", (16, 16)) for number in range(2)]
    added = draft.node("Add", parts, "add")
    model = draft.model(draft.node("Relu", [added], "relu"))

    (found,) = found_by("G4", model, None)

    assert found.evidence["elementwise_kernels"] == 2
    assert found.nodes == ("relu",)


def test_a_quantized_file_saves_what_the_float_file_costed_in_8_bits_does():
    (in_file,) = found_by("G4", build("mobilenet_v2", dtype="int8", seed=0))
    (costed,) = found_by("G4", "zoo:mobilenet_v2", as_dtype="int8")

    assert "10 Add" in in_file.change
    assert in_file.saving_s == pytest.approx(costed.saving_s, rel=0.01)
