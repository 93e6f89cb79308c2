"""The JSON against its published schema, and its sums against the analysis."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from view_cases import halves, machine, small

from costscope import pipeline
from costscope.analysis.types import Analysis, Finding
from costscope.views import VIEWS
from costscope.views.json_view import SCHEMA_VERSION, schema_text

Case = Callable[[str], Analysis]
TOP_LEVEL = [
    "schema_version", "tool", "model", "hardware", "assumptions", "totals", "kernels",
    "operators", "findings", "uncosted",
]  # fmt: skip


def text(analysis: Analysis) -> str:
    view = VIEWS.get("json")
    assert view is not None
    return view.render(analysis)


def document(analysis: Analysis) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    parsed: dict[str, Any] = json.loads(text(analysis), parse_constant=refuse)
    return parsed


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_every_analysis_follows_the_schema(
    analysis: Analysis, validator: jsonschema.Draft202012Validator
) -> None:
    found = document(analysis)

    assert list(found) == TOP_LEVEL
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(found)] == []


def test_the_schema_refuses_what_it_does_not_know(
    case: Case, validator: jsonschema.Draft202012Validator
) -> None:
    found = document(case("calibrated"))

    assert not validator.is_valid(found | {"extra": 1})
    assert not validator.is_valid(found | {"totals": found["totals"] | {"macs": -1}})
    assert not validator.is_valid(found | {"totals": found["totals"] | {"macs": None}})
    del found["kernels"][0]["timing"]["latency_s"]
    assert not validator.is_valid(found)


def objects(schema: Any, path: str = "$") -> list[tuple[str, dict[str, Any]]]:
    """Every object schema with named keys, and where it stands."""
    found = []
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            found.append((path, schema))
        for key, value in schema.items():
            found += objects(value, f"{path}.{key}")
    elif isinstance(schema, list):
        for number, value in enumerate(schema):
            found += objects(value, f"{path}[{number}]")
    return found


def test_the_schema_describes_and_requires_every_key() -> None:
    schema = json.loads(schema_text())

    for path, each in objects(schema):
        assert each["additionalProperties"] is False, path
        assert sorted(each["required"]) == sorted(each["properties"]), path
        for key, value in each["properties"].items():
            target = schema["$defs"][value["$ref"].rsplit("/", 1)[1]] if "$ref" in value else value
            told = value.get("description") or target.get("description") or "const" in value
            assert told, f"{path}.{key} has no description"


def test_the_schema_and_the_view_have_one_version() -> None:
    schema = json.loads(schema_text())

    assert schema["properties"]["schema_version"]["const"] == SCHEMA_VERSION
    assert schema_text().endswith("}\n")


def test_it_is_plain_text_without_time_or_place(analysis: Analysis) -> None:
    assert text(analysis).isascii()
    assert text(analysis) == text(analysis)


def test_one_machine_gives_plain_values(case: Case) -> None:
    found = document(case("calibrated"))

    assert found["hardware"]["name"] == "board"
    assert found["hardware"]["runtime"] == "onnxruntime"
    totals = found["totals"]
    # 13,824 + 8,192 MACs; each kernel takes (moving at half of 1 GB/s) + (computing at half
    # of 10 GFLOP/s) + 1 us.
    assert totals["macs"] == 22016
    compute = (2 * 13824 + 2 * 8192) / 5e9
    memory = (3680 + 6656) / 0.5e9
    assert totals["latency_s"] == pytest.approx(compute + memory + 2e-6)
    assert totals["latency_low_s"] == pytest.approx(totals["latency_s"] / 1.25)
    assert totals["latency_high_s"] == pytest.approx(totals["latency_s"] * 1.25)
    assert totals["roofline_s"] == pytest.approx(10336 / 1e9)
    assert (totals["time_model"], totals["calibrated"]) == ("calibrated", True)
    assert totals["ridge_point_flops_per_byte"] == 10
    assert [fit["what"] for fit in totals["fits"]] == ["weights", "activations"]


def test_no_machine_gives_null_and_not_zero(case: Case) -> None:
    found = document(case("no machine"))

    assert found["hardware"] is None
    machine_keys = [
        "latency_s", "latency_low_s", "latency_high_s", "roofline_s", "time_model", "calibrated",
        "complete", "bound", "ridge_point_flops_per_byte", "fits",
    ]  # fmt: skip
    assert {found["totals"][key] for key in machine_keys} == {None}
    assert [kernel["timing"] for kernel in found["kernels"]] == [None, None]
    assert found["totals"]["by_kind"][0]["latency_s"] is None


def test_several_machines_are_keyed_by_name(case: Case) -> None:
    found = document(case("several"))

    names = ["board", "phone", "tpu", "mcu"]
    assert list(found["hardware"]) == names
    totals = found["totals"]
    assert totals["macs"] == 22016
    assert totals["params"] == 344
    for key in ("latency_s", "traffic_bytes", "peak", "by_kind", "kernels", "fits", "bound"):
        assert list(totals[key]) == names, key
    assert totals["latency_s"]["tpu"] is None
    assert totals["fits"]["mcu"][1]["fits"] is False
    runtimes = {kernel["runtime"]: list(kernel["timing"]) for kernel in found["kernels"]}
    assert runtimes == {"onnxruntime": ["board"], "tflite": ["phone", "tpu"], "tflm": ["mcu"]}
    assert [kernel["order"] for kernel in found["kernels"]] == [1, 2] * 3


def test_machines_of_one_name_are_told_apart(case: Case) -> None:
    found = document(case("the same twice"))

    assert list(found["hardware"]) == ["phone", "phone (2)"]
    assert list(found["kernels"][0]["timing"]) == ["phone", "phone (2)"]


def test_what_a_machine_cannot_run_has_no_time(case: Case) -> None:
    found = document(case("no arithmetic"))

    assert found["totals"]["latency_s"] is None
    assert found["totals"]["complete"] is False
    timing = found["kernels"][0]["timing"]
    assert (timing["latency_s"], timing["compute_s"], timing["bound"]) == (None, None, "unknown")
    assert timing["problem"] == "tpu has no float32 arithmetic"
    assert {share["latency_s"] for share in found["totals"]["by_kind"]} == {None}


def test_kernels_add_up_to_the_totals(analysis: Analysis) -> None:
    found = document(analysis)
    totals = found["totals"]
    several = len(analysis.deployments) > 1

    for name, deployment in zip(
        totals["flops"] if several else [""], analysis.deployments, strict=True
    ):
        kernels = [k for k in found["kernels"] if k["runtime"] == deployment.runtime.name]
        for key in ("vector_ops", "special_ops", "traffic_bytes", "memory_access"):
            total = totals[key][name] if several else totals[key]
            assert sum(kernel[key] for kernel in kernels) == total, key
        assert sum(kernel["macs"] for kernel in kernels) == totals["macs"]
        moved = sum(kernel["read_bytes"] + kernel["write_bytes"] for kernel in kernels)
        assert moved == deployment.totals.activation_bytes


def test_operators_are_costed_alone_and_know_their_kernel(case: Case) -> None:
    stem, relu, head = document(case("no machine"))["operators"]

    assert [stem["kernel"], relu["kernel"], head["kernel"]] == [
        "/stem/stem.0/Conv", "/stem/stem.0/Conv", "/head/Conv",
    ]  # fmt: skip
    assert relu["input_bytes"] == relu["output_bytes"] == 4 * 8 * 8 * 8
    assert relu["vector_ops"] == 8 * 8 * 8
    assert stem["params"] == 8 * 3 * 3 * 3
    assert stem["weights"] == [
        {"name": "/stem/stem.0/Conv.w", "shape": [8, 3, 3, 3], "dtype": "float32"}
    ]
    assert head["arithmetic_intensity"] == 2 * 8192 / 6656


def test_runs_inside_a_loop_are_counted(case: Case) -> None:
    found = document(case("loop"))

    conv = next(kernel for kernel in found["kernels"] if kernel["macs"])
    # 8x8 channels of 3x3 at 4x4 positions, five times.
    assert (conv["repeats"], conv["macs"]) == (5, 5 * 8 * 8 * 9 * 16)
    assert found["totals"]["macs"] == conv["macs"]
    assert found["totals"]["params"] == 8 * 8 * 9


def test_names_come_through_as_they_are(case: Case) -> None:
    from view_cases import HOSTILE

    found = document(case("hostile"))

    assert [kernel["name"] for kernel in found["kernels"]][: len(HOSTILE)] == HOSTILE
    assert found["uncosted"][0]["op_type"] == "acme::Mystery|[red]"


def test_numbers_that_json_does_not_have_are_null(case: Case) -> None:
    analysis = case("uncalibrated")
    prediction = analysis.first.prediction
    assert prediction is not None
    infinite = replace(prediction, latency_s=float("inf"), latency_low_s=float("nan"))
    finding = Finding(
        rule="G1", severity="warning", subject="net", message="much", saving_s=float("inf"),
        evidence={"ratio": float("nan"), "count": 2},
    )  # fmt: skip
    broken = replace(
        analysis,
        deployments=(replace(analysis.first, prediction=infinite),),
        findings=(finding,),
    )

    found = document(broken)

    assert found["totals"]["latency_s"] is None
    assert found["totals"]["latency_low_s"] is None
    assert found["findings"][0]["evidence"] == {"ratio": None, "count": 2}
    assert found["findings"][0]["saving_s"] is None


def test_a_kernel_takes_one_line_so_that_changes_are_seen(case: Case) -> None:
    lines = text(case("several")).splitlines()

    assert sum(line.startswith('    {"order": ') for line in lines) == 6


def test_what_runs_on_the_fallback_is_marked(case: Case) -> None:
    found = document(case("fallback"))

    stem, head = (kernel["timing"] for kernel in found["kernels"])
    assert (stem["fallback"], head["fallback"]) == (False, True)
    # 13.8896 us here; there 17.5888 us, after 3 us and 512 elements of 4 bytes at 1 GB/s.
    assert stem["latency_s"] == pytest.approx(13.8896e-6)
    assert head["latency_s"] == pytest.approx(17.5888e-6 + 3e-6 + 2.048e-6)
    assert found["totals"]["latency_s"] == pytest.approx(36.5264e-6)
    assert found["hardware"]["fallback"] == {
        "profile": "board",
        "bandwidth_bytes_per_s": 1e9,
        "sync_s": 3e-6,
        "source": "sheet",
        "how": "",
    }
    assert any("are counted on board" in sentence for sentence in found["totals"]["warnings"])


def test_the_rates_behind_a_prediction_are_told(case: Case) -> None:
    found = document(case("calibrated"))["hardware"]

    assert found["calibration"]["compute_ratio"]["dense"] == 0.5
    assert found["calibration"]["bandwidth_bytes_per_s"]["weights"] == 5e8
    assert (found["calibration"]["error_ratio"], found["calibration"]["networks"]) == (0.25, 7)
    assert found["cores"] is None
    assert found["fallback"] is None
    assert document(case("roofline of a calibrated machine"))["hardware"]["calibration"] is None


def test_seconds_in_unobserved_classes_are_told() -> None:
    rates = halves("tflite", unobserved=("weights",))

    first = document(pipeline.analyze(small(), machine(rates=rates)))["kernels"][0]["timing"]

    # Of the stem: 3 x 8 x 9 weights of 4 bytes at 0.5 GB/s.
    assert first["unobserved_s"] == pytest.approx(216 * 4 / 5e8)
