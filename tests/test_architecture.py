"""The sizes and the import weight that CONTRIBUTING.md promises."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "analyzer" / "costscope"
FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_file_above_400_lines_and_no_function_above_60(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    long_functions = [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > 60
    ]

    assert text.count("\n") <= 400
    assert long_functions == []


def test_median_sizes() -> None:
    sizes = [path.read_text(encoding="utf-8").count("\n") for path in FILES]

    assert statistics.median(size for size in sizes if size > 10) <= 130


def test_no_module_without_a_concept() -> None:
    assert {path.stem for path in FILES} & {
        "utils",
        "util",
        "helpers",
        "common",
        "manager",
    } == set()


@pytest.mark.parametrize(
    "arguments", [["--help"], ["analyze", "--help"], ["hw", "--help"], ["--version"]]
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['costscope', *{arguments!r}]\n"
        "from costscope.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as leave:\n    assert not leave.code\n"
        "heavy = {'onnx', 'onnxruntime', 'matplotlib', 'numpy', 'yaml'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr


def test_analysis_imports_no_runtime_and_no_plotting() -> None:
    model = PACKAGE.parents[1] / "models" / "mobilenet_v2.onnx"
    code = (
        "import sys, costscope\n"
        f"costscope.analyze({str(model)!r}, 'pixel6')\n"
        "heavy = {'onnxruntime', 'matplotlib', 'typer'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr
