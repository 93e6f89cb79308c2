"""`costscope compare` from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from onnx import helper

from costscope.cli import app
from costscope.cli.compare import compare

PAIR = ("zoo:mobilenet_v2", "zoo:mobilenet_v2@0.5")
Run = Callable[..., Any]


@pytest.fixture
def call(run: Run) -> Run:
    """Run `costscope compare` with arguments."""
    if "compare" not in {each.name for each in app.registered_commands}:
        app.command("compare")(compare)
    return lambda *arguments: run("compare", *arguments)


def test_the_table_tells_the_difference_and_who_is_faster(call: Run) -> None:
    ran = call(*PAIR, "--hw", "pixel6", "--as-dtype", "int8")
    assert ran.code == 0
    assert ran.err == ""
    assert "zoo:mobilenet_v2@0.5 beside zoo:mobilenet_v2 on pixel6" in ran.out
    assert "the head is faster" in ran.out
    assert "-67.7 %" in ran.out
    assert "62 changed" in ran.out


def test_top_bounds_the_rows_shown(call: Run) -> None:
    few, every = (call(*PAIR, "--top", top).out for top in (2, 0))
    assert "The 2 of 62 changed kernels" in few
    assert len(every.splitlines()) > len(few.splitlines()) + 60


def test_json_and_markdown_by_suffix_and_by_name(call: Run, tmp_path: Path) -> None:
    assert call(*PAIR, "-o", tmp_path / "diff.json").code == 0
    assert call(*PAIR, "-o", tmp_path / "diff.md").code == 0
    assert json.loads((tmp_path / "diff.json").read_text())["schema_version"] == "1.0"
    assert (tmp_path / "diff.md").read_text().startswith("### ")
    printed = call(*PAIR, "--format", "json").out
    assert printed == (tmp_path / "diff.json").read_text()


def test_a_picture_is_drawn_beside_the_report(call: Run, tmp_path: Path) -> None:
    ran = call(*PAIR, "--plot", tmp_path / "diff.svg")
    assert ran.code == 0
    assert "Difference by block" in ran.out
    assert (tmp_path / "diff.svg").read_text().lstrip().startswith("<?xml")


def test_files_of_one_name_stay_apart(call: Run, save: Callable[..., Path]) -> None:
    conv = helper.make_node("Conv", ["x", "w"], ["y"], name="net.conv")
    paths = []
    for folder, width in (("old", 4), ("new", 8)):
        made = save([conv], {"x": [1, 3, 8, 8]}, ["y"], constants={"w": [width, 3, 3, 3]})
        (made.parent / folder).mkdir()
        paths.append(made.rename(made.parent / folder / "model.onnx"))
    ran = call(*paths)
    assert ran.code == 0
    assert "new/model.onnx beside old/model.onnx" in ran.out
    assert str(paths[0].parent) not in call(*paths, "--format", "json").out


def test_more_than_two_models_are_a_table(call: Run) -> None:
    ran = call(*PAIR, "zoo:mobilenet_v1", "--hw", "pixel6")
    assert ran.code == 0
    assert "3 networks on pixel6" in ran.out


def test_sizes_go_to_the_models_that_leave_them_open(call: Run, save: Callable[..., Path]) -> None:
    relu = helper.make_node("Relu", ["x"], ["y"], name="relu")
    open_ = save([relu], {"x": ["batch", 4]}, ["y"], name="open.onnx")
    fixed = save([relu], {"x": [3, 4]}, ["y"], name="fixed.onnx")
    ran = call(fixed, open_, "--dim", "batch=3")
    assert ran.code == 0
    assert "no change" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("zoo:resnet",), 2, "two models or more"),
        (("zoo:resnet", "zoo:resnett"), 2, "resnett"),
        (("zoo:resnet", "missing.onnx"), 3, "missing.onnx: no such file"),
        (("zoo:resnet", "zoo:resnet", "--hw", "abacus"), 2, "abacus"),
        (("zoo:resnet", "zoo:resnet@18", "--dim", "n=4"), 2, "--dim n: no such symbol"),
        (("zoo:resnet", "zoo:resnet", "--plot", "x.gif"), 2, "x.gif"),
        (("zoo:resnet", "zoo:resnet", "--format", "xml"), 2, "xml"),
        (("zoo:resnet", "zoo:resnet", "--top", "-1"), 2, "'--top'"),
        (("zoo:resnet", "zoo:resnet", "-o", "no/such/place.md"), 2, "no/such/place.md"),
        (("zoo:resnet", "zoo:resnet", "-o", "a.svg", "--plot", "a.svg"), 2, "same file"),
    ],
)
def test_mistakes_are_one_line(
    call: Run,
    arguments: tuple[str, ...],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = call(*arguments)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_broken_model_is_named_among_several(call: Run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"\x08\x07" + b"not a model" * 9)
    ran = call("zoo:resnet", broken, "zoo:resnet@18")
    assert ran.code == 3
    assert "broken.onnx" in ran.err
