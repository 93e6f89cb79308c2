"""The documented example of an architecture and its block: it builds, and it verifies."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from costscope.verify.verdict import Standing, verify
from costscope.zoo.blocks import _BLOCKS
from costscope.zoo.build import build

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def example(language, first_line):
    return next(
        part.split("```")[0]
        for part in TEXT.split(f"```{language}\n")[1:]
        if part.startswith(first_line)
    )


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """The example's files, its block registered for the time of a test."""
    assert _BLOCKS.get("two_path") is None, "the example's name is free"
    monkeypatch.setattr(_BLOCKS, "_entries", dict(_BLOCKS._entries))
    code = example("python", "# analyzer/costscope/zoo/blocks/two_path.py")
    exec(compile(code, "two_path.py", "exec", dont_inherit=True), {"__name__": "two_path"})
    path = tmp_path / "tiny_residual.yaml"
    path.write_text(example("yaml", "# models/tiny_residual.yaml"), encoding="utf-8")
    return str(path)


def test_the_example_meets_its_figures(tiny):
    verdicts = list(verify(tiny))

    assert [each.standing for each in verdicts] == [Standing.ROUNDED, Standing.ROUNDED]


@pytest.mark.parametrize("variant", ["1.0", "0.5"])
def test_the_example_builds_in_both_forms(tiny, variant):
    for deploy in (True, False):
        model = build(f"{tiny}@{variant}", deploy=deploy)

        onnx.checker.check_model(model, full_check=True)
        assert model.graph.node[0].name == "stem.weight.fill"
