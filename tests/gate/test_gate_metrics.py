"""Metrics: the number of each, what makes it a bound, and that every one of them is tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_cases import seen
from onnx import helper

from costscope.api import analyze
from costscope.gate.limits import limit
from costscope.gate.metrics import METRICS, Kind, Subject, figure, keys, named

MOBILENET_V2 = Path(__file__).parents[2] / "models" / "mobilenet_v2.onnx"


def read(model, hardware=None, *, found=None, **more):
    """All figures of a model on one machine, by metric."""
    analysis = analyze(model, hardware, onnxruntime=False, **more)
    subject = Subject(analysis=analysis, deployment=analysis.first, seen=found)
    return {name: figure(metric, subject) for name, metric in METRICS.items()}


def test_the_figures_of_mobilenet_v2() -> None:
    found = read(MOBILENET_V2, "pixel6", as_dtype="int8", found=())

    values = {name: each.value for name, each in found.items()}
    assert values["macs"] == 300_774_272
    assert values["params"] == 3_487_816
    assert values["weights"] == values["flash"]
    assert 3_400_000 < values["weights"] < 3_700_000  # a byte each, biases four
    assert values["kernels"] == 64
    assert values["uncosted"] == values["unpredicted"] == values["findings"] == 0
    # Held at once: 96 channels of 112 x 112 before the depthwise convolution, and 56 x 56 after.
    assert values["peak_memory"] == 96 * (112 * 112 + 56 * 56)
    assert 0.001 < values["latency"] < 0.1
    assert found["latency"].high is None or found["latency"].high >= values["latency"]
    assert not any(each.at_least for name, each in found.items() if name != "working_memory")


def test_causes_name_what_weighs_most() -> None:
    found = read(MOBILENET_V2, "pixel6")

    assert found["weights"].causes[0] == "classifier"
    assert len(found["latency"].causes) == 3


def test_without_a_machine_there_is_no_time() -> None:
    found = read(MOBILENET_V2)

    for name in ("latency", "unpredicted"):
        assert found[name].value is None
        assert "--hw" in found[name].why
    assert found["macs"].value == 300_774_272


def test_a_machine_that_cannot_run_it_gives_no_time_of_zero() -> None:
    found = read(MOBILENET_V2, "coral_edgetpu")

    assert found["latency"].value is None
    assert found["latency"].why == (
        "no prediction on coral_edgetpu: 64 kernels without a time "
        "(coral_edgetpu has no float32 arithmetic); try --as-dtype int8"
    )
    assert found["unpredicted"].value == 64


def test_an_unknown_operator_makes_every_sum_a_lower_bound(save) -> None:
    nodes = [
        helper.make_node("Relu", ["x"], ["y"]),
        helper.make_node("Strange", ["y"], ["z"], domain="some.where", name="odd"),
    ]
    path = save(
        nodes,
        {"x": [1, 8]},
        ["z"],
        edit=lambda model: model.opset_import.append(helper.make_opsetid("some.where", 1)),
    )

    found = read(path, "pixel6")

    assert found["uncosted"].value == 1
    assert not found["uncosted"].at_least
    for name in ("macs", "params", "weights", "flash", "traffic", "peak_memory", "working_memory"):
        assert found[name].at_least, name
        assert "1 operator not costed (some.where::Strange)" in found[name].why
    assert found["latency"].at_least or found["latency"].value is None


def test_a_machine_that_nobody_measured_gives_only_its_roofline() -> None:
    bound = "the roofline time of pixel6 at its peaks"
    found = read(MOBILENET_V2, "pixel6", runtime="onnxruntime")["latency"]
    asked = read(MOBILENET_V2, "pixel6", time_model="roofline")["latency"]
    additive = read(MOBILENET_V2, "pixel6", time_model="additive")["latency"]

    assert found.at_least
    assert asked.at_least
    assert additive.at_least
    assert found.why == f"{bound}; no measurement of onnxruntime stands behind it"
    assert asked.why == f"{bound}; leave out time_model for the calibrated one"


def test_what_does_not_fit_has_no_time_that_passes(tmp_path) -> None:
    board = tmp_path / "board.yaml"
    board.write_text(
        """
summary: A board.
class: mcu
runtime: tflm
compute:
  float32: {peak: 1 GFLOP/s, source: assumed, how: a guess}
memories:
  - {name: sram, capacity: 64 KiB, fixed: true, bandwidth: 1 GB/s, holds: [activations],
     source: assumed, how: a guess}
  - {name: flash, bandwidth: 1 GB/s, holds: [weights], source: assumed, how: a guess}
sources: {}
""",
        encoding="utf-8",
    )

    found = read(MOBILENET_V2, board)["latency"]

    assert found.at_least
    assert found.why == "it does not fit: activations need 5.88 MiB, sram holds 64 KiB"


def test_findings_count_by_severity_unless_they_are_known_or_suppressed() -> None:
    found = (
        seen("G1"),
        seen("G4", severity="error"),
        seen("G1", severity="error", known=True),
        seen("G1", suppressed="measured"),
    )

    counts = read(MOBILENET_V2, found=found)

    assert [counts[name].value for name in ("errors", "warnings", "notes", "findings")] == [
        1,
        1,
        0,
        2,
    ]
    assert counts["errors"].causes == ("G4 stage1.block1.expand",)
    assert read(MOBILENET_V2)["errors"].value is None


LIMITS = {Kind.TIME: "1 ms", Kind.BYTES: "1 KiB", Kind.COUNT: "1 k"}


@pytest.mark.parametrize("key", keys())
def test_every_metric_takes_a_limit_in_its_unit_and_describes_itself(key: str) -> None:
    metric, relative = named(key)
    text = LIMITS[metric.kind]

    assert limit(key, text).relative is relative
    assert limit(key, text).most > 0
    assert len(metric.description) > 20
    if relative:
        assert limit(key, "+5 %").share == 0.05
