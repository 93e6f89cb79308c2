"""The baseline file: small, sorted, exact, and refused where it is not one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gate_cases import checked, figure, seen

from costscope.errors import UsageError
from costscope.gate.baseline import read, text_of

ONE = checked(
    "../nets/b.onnx",
    "pixel6",
    figure("latency", 0.0123456789, low=0.01, high=None),
    figure("macs", 123456789012),
    figure("weights", 7, at_least=True, why="1 operator not costed"),
    figure("errors", None, why="nobody looked"),
    key="nets/b.onnx",
    model_sha256="ab",
    hardware_sha256="cd",
    settings=(("as_dtype", "int8"),),
    findings=(seen("G4"), seen("G1"), seen("D5", suppressed="why")),
)
TWO = checked("a.onnx", "pixel6", figure("macs", 1))
THREE = checked("a.onnx", "coral", figure("macs", 1))


def back(text: str, tmp_path: Path):
    path = tmp_path / "base.json"
    path.write_text(text, encoding="utf-8")
    return read(path, "base.json")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    found = back(text_of([ONE, TWO, THREE]), tmp_path)

    entry = found.entries["nets/b.onnx", "pixel6"]
    assert (entry.model_sha256, entry.hardware_sha256) == ("ab", "cd")
    assert entry.settings == (("as_dtype", "int8"),)
    assert entry.values == {"latency": 0.0123456789, "macs": 123456789012}
    assert entry.highs == {}
    assert found.known() == {"0" * 16}


def test_only_what_is_sure_is_written_and_suppressed_findings_are_not() -> None:
    (entry,) = json.loads(text_of([ONE]))["entries"]

    assert list(entry["metrics"]) == ["latency", "macs"]
    assert entry["metrics"]["latency"] == {"value": 0.0123456789, "low": 0.01, "high": None}
    assert entry["findings"] == {"0" * 16: "G4 stage1.block1.expand"}


def test_the_order_of_what_was_checked_does_not_matter() -> None:
    text = text_of([ONE, TWO, THREE])

    assert text == text_of([THREE, ONE, TWO])
    listed = [(each["model"], each["hardware"]) for each in json.loads(text)["entries"]]
    assert listed == [("a.onnx", "coral"), ("a.onnx", "pixel6"), ("nets/b.onnx", "pixel6")]
    assert text.endswith("}\n")
    assert text.isascii()


GOOD = json.loads(text_of([TWO]))


def broken(**more) -> str:
    return json.dumps(GOOD | {"entries": [GOOD["entries"][0] | more]})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a baseline"),
        ("{", "not a baseline"),
        ("[]", "not a baseline"),
        ("{}", "not a baseline"),
        ("[" * 100_000, "not a baseline"),
        (json.dumps(GOOD | {"schema_version": "2.0"}), "schema version '2.0', this costscope"),
        (json.dumps(GOOD | {"schema_version": 1}), "schema version 1"),
        (json.dumps(GOOD | {"entries": 3}), "not a baseline"),
        (json.dumps(GOOD | {"entries": GOOD["entries"] * 2}), "is there twice"),
        (broken(metrics={"macs": "1"}), "expected a number from zero"),
        (broken(metrics={"macs": -1}), "expected a number from zero"),
        (broken(metrics={"macs": True}), "expected a number from zero"),
        (broken(metrics={"latency": {"value": 1}}), "not a baseline"),
        (broken(metrics={"macs": float("nan")}), "NaN is no number"),
        (broken(metrics={"macs": float("inf")}), "Infinity is no number"),
        (broken(metrics={"macs": 10**400}), "expected a number from zero"),
        (broken(metrics={"macs": 1}).replace("1}", "1e999}"), "expected a number from zero"),
        (broken(metrics=None), "not a baseline"),
        (broken(findings=["x"]), "not a baseline"),
        (broken(model=3), "expected a text"),
        (broken(settings={"threads": 2}), "expected a text"),
    ],
)
def test_what_is_no_baseline_is_refused_in_one_line(text, why, tmp_path) -> None:
    with pytest.raises(UsageError) as refusal:
        back(text, tmp_path)

    assert str(refusal.value).startswith("base.json: ")
    assert why in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_folder_is_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"base\.json: cannot be read"):
        read(tmp_path, "base.json")


def test_a_later_version_of_the_same_schema_is_read(tmp_path: Path) -> None:
    assert back(json.dumps(GOOD | {"schema_version": "1.7", "more": 1}), tmp_path).entries
