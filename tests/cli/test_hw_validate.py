"""`costscope hw validate`: what is right, and every mistake on its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from costscope.cli import hw_check
from costscope.cli.hw import app
from costscope.hardware import catalog
from costscope.hardware.read import read
from costscope.hardware.types import Hardware


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_validate_accepts_what_is_right(board: Path) -> None:
    result = run("validate", str(board))

    assert result.exit_code == 0
    assert result.stdout == f"{board}: ok, board\n"
    assert result.stderr == ""


def test_validate_prints_each_mistake_on_its_line_and_leaves_with_2(
    board: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        board.read_text().replace("1.5 GOP/s", "1.5").replace("class: mcu", "class: mcuu")
    )
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


def test_validate_knows_the_runtimes(board: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(board.read_text().replace("tflm", "tflight"))

    result = run("validate", str(bad))

    assert result.exit_code == 2
    assert f"{bad}: runtime: unknown runtime 'tflight'; one of onnxruntime" in result.stderr
    assert f"{bad}: runtimes[0].runtime: unknown runtime 'tflight'" in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("structure: arm_cpu", "structure: quantum", "runtimes[0].structure: unknown 'quantum'; "),
        (
            "depthwise: 0.125",
            "deptwise: 0.125",
            "runtimes[0].compute.deptwise: the structure arm_cpu has no 'deptwise' here; did you "
            "mean 'depthwise'?",
        ),
        (
            ", depthwise: 0.125",
            "",
            "runtimes[0].compute: lacks depthwise, which the structure arm_cpu has",
        ),
        (
            ", weights: 1 GB/s",
            "",
            "runtimes[0].bandwidth: lacks weights, which the structure arm_cpu has",
        ),
        (
            "unobserved: [winograd, ",
            "unobserved: [wino, ",
            "runtimes[0].unobserved: the structure arm_cpu has no 'wino' here; did you mean "
            "'winograd'?",
        ),
        (
            "profile: pixel6",
            "profile: pixle6",
            "fallback.profile: unknown hardware 'pixle6'; did you mean pixel6",
        ),
        (
            "profile: pixel6",
            "profile: board",
            "fallback.profile: leads in a circle, from board to board",
        ),
    ],
)
def test_validate_refuses_what_only_the_whole_program_knows(
    board: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, problem: str
) -> None:
    text = board.read_text()
    assert text.count(old) == 1
    board.write_text(text.replace(old, new))
    with_board(board, monkeypatch)

    result = run("validate", str(board))

    assert result.exit_code == 2
    assert any(line.startswith(f"{board}: {problem}") for line in result.stderr.splitlines())


def with_board(board: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The board of the tests among the shipped machines."""
    known = catalog.load

    def load(name: str) -> Hardware:
        return read(board.parent / f"{name}.yaml") if name.startswith("board") else known(name)

    monkeypatch.setattr(catalog, "load", load)


def test_validate_refuses_fallbacks_that_point_at_each_other(
    board: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = board.read_text()
    board.write_text(text.replace("profile: pixel6", "profile: board2"))
    (board.parent / "board2.yaml").write_text(text.replace("profile: pixel6", "profile: board"))
    with_board(board, monkeypatch)

    result = run("validate", str(board))

    assert result.stderr == (
        f"{board}: fallback.profile: leads in a circle, from board to board2 to board\n"
    )


@pytest.mark.parametrize("name", catalog.names())
def test_validate_accepts_every_shipped_machine(name: str) -> None:
    assert hw_check.problems(catalog.load(name)) == ()


def test_validate_names_binary_files(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(b"summary: \xff")

    result = run("validate", str(bad))

    assert result.exit_code == 2
    assert result.stderr == f"{bad}: not UTF-8 text (byte 9)\n"
