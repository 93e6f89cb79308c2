"""`costscope hw list`, and what all its commands have in common."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from costscope.cli.hw import app
from costscope.cli.hw_rows import SORTS
from costscope.errors import UsageError
from costscope.hardware import catalog
from costscope.hardware.emit import to_yaml
from rated_cases import machine, rates


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def lines_of(*arguments: str) -> dict[str, str]:
    result = run("list", *arguments)
    assert result.exit_code == 0, result.exception
    lines = [" ".join(line.split()) for line in result.stdout.splitlines() if line.strip()]
    return {line.partition(" ")[0]: line for line in lines}


@pytest.mark.usefixtures("shelf")
def test_list_tells_what_measured_a_machine_and_how_far_off() -> None:
    lines = lines_of()

    # 2000 MACs a second over 10 bytes; tflite, its own, before ncnn
    assert lines["phone"] == "phone arm_cpu float32 4 k 10 B/s 200 tflite (1, 4); ncnn 10 % 9"
    assert lines["chip"] == "chip mcu int8 600 10 B/s 30 tflm ranks 3"
    assert lines["sheet"] == "sheet mobile_gpu float32 9 T 10 B/s 4.5e+11 - - -"


@pytest.mark.usefixtures("shelf")
def test_list_of_a_runtime_tells_of_that_one() -> None:
    lines = lines_of("--runtime", "ncnn")

    assert lines["phone"] == "phone arm_cpu float32 4 k 10 B/s 200 ncnn - 5"
    assert "chip" not in lines


def test_list_of_many_runtimes_names_two(shelf: Path) -> None:
    many = [rates(runtime=each) for each in ("tflite", "onnxruntime", "ncnn", "tflm")]
    (shelf / "phone.yaml").write_text(to_yaml(machine(*many)), encoding="utf-8")

    assert "tflite; ncnn +2" in lines_of()["phone"]


def test_a_shipped_machine_stands_on_one_line_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")

    rows = [line.split()[0] for line in run("list").stdout.splitlines() if line.strip()]

    assert [row for row in rows if row in catalog.names()] == catalog.names()


def test_list_as_json_has_units_in_its_keys() -> None:
    rows = {row["name"]: row for row in json.loads(run("list", "--format", "json").stdout)}

    assert set(rows) == set(catalog.names())
    assert rows["stm32h743"]["int8_ops_per_s"] == 1.92e9
    assert rows["stm32h743"]["dtype"] == "int8"
    assert rows["stm32h743"]["peak_ops_per_s"] == 1.92e9
    assert rows["stm32h743"]["float32_flops_per_s"] == 0.96e9
    assert rows["stm32h743"]["bandwidth_bytes_per_s"] == 1.92e9
    assert rows["stm32h743"]["ridge_point_macs_per_byte"] == pytest.approx(0.5)
    assert rows["coral_edgetpu"]["float32_flops_per_s"] is None


def test_list_of_a_class_by_ridge_point() -> None:
    rows = json.loads(
        run("list", "--class", "mcu", "--sort", "ridge_point", "--format", "json").stdout
    )

    ridges = [row["ridge_point_macs_per_byte"] for row in rows]
    assert {row["device_class"] for row in rows} == {"mcu"}
    assert len(rows) > 3
    assert ridges == sorted(ridges)


@pytest.mark.parametrize(
    ("sort", "key", "sign"),
    [
        ("peak", "peak_ops_per_s", -1),
        ("bandwidth", "bandwidth_bytes_per_s", -1),
        ("networks", "networks", -1),
        ("error", "median_error_ratio", 1),
        ("name", None, 1),
    ],
)
def test_list_sorts_what_is_known_first(sort: str, key: str | None, sign: int) -> None:
    rows = json.loads(run("list", "--sort", sort, "--format", "json").stdout)

    values = [row[key or "name"] for row in rows]
    known = [value for value in values if value is not None]
    assert values[: len(known)] == known  # what is unknown stands last
    if key is None:
        assert known == sorted(known)
    else:
        assert [sign * value for value in known] == sorted(sign * value for value in known)


def test_list_of_a_runtime_has_only_what_it_measured() -> None:
    rows = json.loads(run("list", "--runtime", "ncnn", "--format", "json").stdout)

    assert 0 < len(rows) < len(catalog.names())
    for row in rows:
        assert "ncnn" in row["calibrated_runtimes"]
        assert list(row["measured_threads"]) == ["ncnn"]


@pytest.mark.usefixtures("shelf")
def test_list_of_nothing_says_so() -> None:
    result = run("list", "--runtime", "ncnn", "--class", "mcu")

    assert result.exit_code == 0
    assert result.stdout == "no machine of this kind; `costscope hw list` shows all.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--class", "cpu"), "--class: unknown 'cpu'; did you mean arm_cpu or x86_cpu?"),
        (("--class", "mc"), "--class: unknown 'mc'; did you mean mcu?"),
        (("--sort", "rigde"), "--sort: unknown 'rigde'; did you mean ridge_point?"),
        (("--sort", "zzz"), f"--sort: unknown 'zzz'; one of {', '.join(SORTS)}"),
        (("--runtime", "ncn"), "--runtime: unknown 'ncn'; did you mean ncnn?"),
        (("--runtime", "\x1b[31m"), "--runtime: unknown '\\x1b[31m'; one of onnxruntime"),
    ],
)
def test_list_names_what_is_near_an_unknown_word(arguments: tuple[str, ...], message: str) -> None:
    result = run("list", *arguments)

    assert isinstance(result.exception, UsageError)
    assert str(result.exception).startswith(message)
    assert "\n" not in str(result.exception)


@pytest.mark.parametrize("command", ["list", "show", "compare", "validate"])
def test_help_ends_in_an_example(command: str) -> None:
    result = run(command, "--help")

    assert result.exit_code == 0
    assert f"costscope hw {command}" in result.stdout


def test_help_loads_neither_yaml_nor_tables() -> None:
    code = (
        "import sys, costscope.cli.hw\n"
        "heavy = {'yaml', 'rich.table', 'onnx', 'numpy'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
