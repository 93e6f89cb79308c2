"""Which networks paths, folders and patterns stand for."""

from __future__ import annotations

import pytest

from costscope.accuracy.subjects import subjects
from costscope.errors import ArchitectureError, ModelError


@pytest.fixture
def nets(tmp_path):
    for name in ("b.onnx", "a.onnx", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def models(*given):
    return [each.model for each in subjects([str(each) for each in given])]


def test_files_folders_and_patterns_each_once_and_in_order(nets):
    a, b = str(nets / "a.onnx"), str(nets / "b.onnx")

    assert models(b, nets) == [b, a]
    assert models(nets / "*.onnx") == [a, b]
    assert models(nets / "?.onnx", a) == [a, b]
    assert [each.name for each in subjects([a, b])] == ["a", "b"]


def test_equal_stems_are_called_by_their_paths(nets):
    (nets / "more").mkdir()
    (nets / "more" / "a.onnx").write_bytes(b"")

    names = [each.name for each in subjects([str(nets / "a.onnx"), str(nets / "more")])]

    assert names == [str(nets / "a.onnx"), str(nets / "more" / "a.onnx")]


def test_the_zoo():
    assert models("zoo:mobilenet_v2") == ["zoo:mobilenet_v2"]
    assert models("zoo:MobileNet-v2@0.5") == ["zoo:mobilenet_v2@0.5"]
    assert models("zoo:mobilenet_v3*") == ["zoo:mobilenet_v3_large", "zoo:mobilenet_v3_small"]
    variants = models("zoo:mobilenet_v2@*")
    assert "zoo:mobilenet_v2@0.5" in variants
    assert len(variants) > 2


def test_what_stands_for_nothing_is_refused(nets):
    (nets / "empty").mkdir()
    for given in (nets / "c.onnx", nets / "x*.onnx", nets / "empty", "zoo:nothing*"):
        with pytest.raises(ModelError):
            subjects([str(given)])
    with pytest.raises(ArchitectureError, match="mobilenet_v2"):
        subjects(["zoo:mobilnet_v2"])
