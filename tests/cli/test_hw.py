"""`costscope hw`: what the three commands print, and how they leave."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from costscope.cli.hw import app
from costscope.errors import ProfileError
from costscope.hardware import catalog

GOOD = """
summary: "A board [red]x[/red]."
class: mcu
aliases: [mine]
runtime: tflm
compute:
  int8: {peak: 1.5 GOP/s, source: sheet, how: measured}
  float16: {runs_as: int8, source: sheet}
memories:
  - {name: sram, capacity: 64 KiB, fixed: true, bandwidth: 1 GB/s, holds: [activations],
     source: sheet}
  - {name: flash, bandwidth: 0.25 GB/s, holds: [weights], source: assumed, how: a guess}
runtimes:
  tflm:
    dispatch: 6 us
    default: {compute: 0.5, memory: 0.25}
    efficiency: {dense_conv: {compute: 0.75, memory: 0.5}}
    networks: 7
    source: sheet
supports: {kinds: [dense_conv, view], source: sheet}
sources:
  sheet: {reference: The data sheet, date: "2024"}
notes: [Handle with care.]
"""


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def board(tmp_path: Path) -> Path:
    path = tmp_path / "board.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_list_has_one_line_a_machine() -> None:
    result = run("list")

    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()}
    for name in catalog.names():
        assert name in lines
    # 358.4 G operations are 179.2 G MACs; over 51.2 GB/s that is 3.5 MACs a byte
    assert lines["pixel6"].split() == [
        "pixel6", "arm_cpu", "358.4", "GOP/s", "89.6", "GFLOP/s", "51.2", "GB/s", "3.5", "-",
    ]  # fmt: skip


def test_list_as_json_has_units_in_its_keys() -> None:
    rows = {row["name"]: row for row in json.loads(run("list", "--format", "json").stdout)}

    assert set(rows) == set(catalog.names())
    assert rows["stm32h743"]["int8_ops_per_s"] == 1.92e9
    assert rows["stm32h743"]["float32_flops_per_s"] == 0.96e9
    assert rows["stm32h743"]["bandwidth_bytes_per_s"] == 1.92e9
    assert rows["stm32h743"]["int8_ridge_point_macs_per_byte"] == pytest.approx(0.5)
    assert rows["coral_edgetpu"]["float32_flops_per_s"] is None


def test_show_gives_every_number_its_unit_and_source(board: Path) -> None:
    result = run("show", str(board))

    assert result.exit_code == 0
    words = " ".join(result.stdout.split())
    assert "board (also mine): A board [red]x[/red]." in words  # as written, not as colour
    assert "calibrated for tflm" in words
    assert "int8 1.5 GOP/s itself sheet measured" in words
    assert "float16 1.5 GOP/s int8 sheet" in words
    assert "sram 64 KiB (hard limit) 1 GB/s activations sheet" in words
    assert "flash - 250 MB/s weights ASSUMED a guess" in words
    assert "tflm dense_conv 75 % 50 % 6 us not stated 7 sheet" in words
    assert "tflm other kinds 50 % 25 % 6 us not stated 7 sheet" in words
    assert "runs dense_conv, view (sheet)" in words
    assert "source sheet: The data sheet (2024)" in words
    assert "note: Handle with care." in words


def test_show_says_that_a_machine_is_not_calibrated() -> None:
    assert "not calibrated" in run("show", "coral").stdout


@pytest.mark.parametrize("name", catalog.names())
def test_show_prints_every_source_of_every_machine(name: str) -> None:
    result = run("show", name)

    words = " ".join(result.stdout.split())
    assert result.exit_code == 0
    for source in catalog.load(name).sources.values():
        assert " ".join(source.reference.split()) in words


def test_show_as_json_is_the_whole_machine(board: Path) -> None:
    details = json.loads(run("show", str(board), "--format", "json").stdout)

    assert details["compute"]["int8"]["peak_flops_per_s"] == 1.5e9
    assert details["memories"][0]["capacity_bytes"] == 65_536
    assert details["calibrations"]["tflm"]["efficiency"]["dense_conv"]["compute_ratio"] == 0.75
    assert details["kinds"] == ["dense_conv", "view"]
    assert details["assumed"] == ["memories.flash"]


def test_show_of_an_unknown_machine_is_an_error_for_main() -> None:
    result = run("show", "pixle6")

    assert isinstance(result.exception, ProfileError)
    assert "did you mean pixel6" in str(result.exception)


def test_validate_accepts_what_is_right(board: Path) -> None:
    result = run("validate", str(board))

    assert result.exit_code == 0
    assert result.stdout == f"{board}: ok, board\n"
    assert result.stderr == ""


def test_validate_prints_each_mistake_on_its_line_and_leaves_with_2(
    board: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(GOOD.replace("1.5 GOP/s", "1.5").replace("class: mcu", "class: mcuu"))
    missing = tmp_path / "missing.yaml"

    result = run("validate", str(bad), str(board), str(missing))

    assert result.exit_code == 2
    assert result.stdout == f"{board}: ok, board\n"
    assert result.stderr.splitlines() == [
        f"{bad}: class: unknown 'mcuu'; did you mean 'mcu'?",
        (
            f"{bad}: compute.int8.peak: 1.5: a number without a unit, expected operations per "
            "second like '48 GFLOP/s', '96 GOP/s' or '512 GMAC/s'"
        ),
        f"{missing}: no hardware profile at {str(missing)!r}",
    ]


def test_validate_knows_the_runtimes(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(GOOD.replace("tflm", "tflight"))

    result = run("validate", str(bad))

    assert result.exit_code == 2
    assert f"{bad}: runtime: unknown runtime 'tflight'; one of onnxruntime" in result.stderr
    assert f"{bad}: runtimes.tflight: unknown runtime 'tflight'" in result.stderr


def test_validate_names_binary_files(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(b"summary: \xff")

    result = run("validate", str(bad))

    assert result.exit_code == 2
    assert result.stderr == f"{bad}: not UTF-8 text (byte 9)\n"


@pytest.mark.parametrize("command", ["list", "show", "validate"])
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
