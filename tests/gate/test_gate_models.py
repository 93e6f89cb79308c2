"""Which models a text stands for, and which a glob is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from costscope.gate.globs import any_matches, matches
from costscope.gate.models import models


@pytest.mark.parametrize(
    ("glob", "key", "expected"),
    [
        ("nets/*.onnx", "nets/a.onnx", True),
        ("./nets/*.onnx", "nets/a.onnx", True),
        ("nets/*.onnx", "nets/deep/a.onnx", False),
        ("nets/**/*.onnx", "nets/deep/er/a.onnx", True),
        ("nets/**/*.onnx", "nets/a.onnx", True),
        ("nets/**", "nets/deep/a.onnx", True),
        ("nets", "nets/deep/a.onnx", True),
        ("nets/", "nets/a.onnx", True),
        ("net", "nets/a.onnx", False),
        ("a.onnx", "nets/a.onnx", True),
        ("big_*.onnx", "nets/big_1.onnx", True),
        ("nets/big_[ab].onnx", "nets/big_a.onnx", True),
        ("nets/big_[!ab].onnx", "nets/big_a.onnx", False),
        ("nets/big_[a.onnx", "nets/big_[a.onnx", True),
        ("nets/big_?.onnx", "nets/big_1.onnx", True),
        ("nets/big_?.onnx", "nets/big_12.onnx", False),
        ("nets\\a.onnx", "nets/a.onnx", True),
        ("zoo:*", "zoo:mobilenet_v2", True),
        ("zoo:mobilenet_v2", "zoo:mobilenet_v2@0.5", False),
        ("zoo:mobilenet_v2@*", "zoo:mobilenet_v2@0.5", True),
        ("*.onnx", "zoo:mobilenet_v2", False),
        ("**/a.onnx", "../other/a.onnx", True),
        ("a+b(.onnx", "a+b(.onnx", True),
        ("[z-a].onnx", "[z-a].onnx", True),
    ],
)
def test_globs(glob: str, key: str, expected: bool) -> None:
    assert matches(glob, key) is expected


def test_no_globs_are_for_every_model() -> None:
    assert any_matches((), "a.onnx")
    assert not any_matches(("b*",), "a.onnx")


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("b.onnx", "a.onnx", "deep/c.onnx", "readme.md", "we[i]rd.onnx"):
        path = tmp_path / "nets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return tmp_path


def found(here: Path, *given: str, folder: Path | None = None):
    return models(given, folder=folder or here, here=here, root=here)


def names(here: Path, *given: str) -> list[str]:
    return [each.name for each in found(here, *given)]


def test_the_order_is_as_given_and_sorted_within_a_glob(nets: Path) -> None:
    assert names(nets, "zoo:alexnet", "nets/[ab].onnx") == [
        "zoo:alexnet",
        "nets/a.onnx",
        "nets/b.onnx",
    ]
    assert names(nets, "nets/b.onnx", "nets/*.onnx") == [
        "nets/b.onnx",
        "nets/a.onnx",
        "nets/we[i]rd.onnx",
    ]


def test_a_folder_stands_for_all_below_it(nets: Path) -> None:
    everything = ["nets/a.onnx", "nets/b.onnx", "nets/deep/c.onnx", "nets/we[i]rd.onnx"]

    assert names(nets, "nets") == everything
    assert sorted(names(nets, "nets/**/*.onnx")) == everything


def test_a_name_with_brackets_is_a_name_before_it_is_a_glob(nets: Path) -> None:
    assert names(nets, "nets/we[i]rd.onnx") == ["nets/we[i]rd.onnx"]
    assert found(nets, "nets/we[i]rd.onnx")[0].problem == ""


def test_an_absolute_path_is_told_from_the_working_directory(nets: Path) -> None:
    assert names(nets, str(nets / "nets" / "a.onnx")) == ["nets/a.onnx"]
    assert names(nets, str(nets / "nets" / "[ab].onnx")) == ["nets/a.onnx", "nets/b.onnx"]


def test_the_key_is_relative_to_the_configuration(nets: Path) -> None:
    (one,) = models(["a.onnx"], folder=nets / "nets", here=nets, root=nets / "nets")

    assert (one.name, one.key, one.source) == ("nets/a.onnx", "a.onnx", "nets/a.onnx")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nets/missing.onnx", "no such file"),
        ("nets/x*.onnx", "no file matches this glob"),
        ("", "an empty name"),
        ("empty", "no .onnx file in this folder"),
        ("nul\0l.onnx", "no such file"),
    ],
)
def test_a_text_that_stands_for_nothing_is_kept_with_the_reason(nets, text, problem) -> None:
    (nets / "empty").mkdir()

    (one,) = found(nets, text)

    assert one.source == ""
    assert one.problem.startswith(problem)
