"""What several tests need: small models, and the command line without a process."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine must not fail a law: time is never what these tests are about.
settings.register_profile("costscope", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("costscope")

# What the person who runs the tests has calibrated is no part of them.
os.environ["COSTSCOPE_DATA"] = str(Path(tempfile.gettempdir()) / "costscope-tests-have-no-data")

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(Path(__file__).parent))

MOBILENET_V2 = ROOT / "models" / "mobilenet_v2.onnx"


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def mobilenet_v2() -> Path:
    """The network that README and `make demo` use."""
    return MOBILENET_V2


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run the command line in this process: `run("analyze", path, "--hw", "pixel6")`."""
    from costscope.__main__ import main

    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["costscope", *map(str, arguments)])
        capsys.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as leave:
            code = leave.code or 0
        captured = capsys.readouterr()
        assert isinstance(code, int)
        return Ran(code, captured.out, captured.err)

    return call


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write nodes as a model file: `save([node, ...], inputs={"x": [1, 3]}, outputs=["y"])`."""
    from onnx import ModelProto, TensorProto, helper

    def write(
        nodes: Sequence[object],
        inputs: dict[str, Sequence[int | str | None]],
        outputs: Sequence[str],
        constants: dict[str, Sequence[int]] | None = None,
        opset: int = 17,
        name: str = "model.onnx",
        edit: Callable[[ModelProto], object] | None = None,
    ) -> Path:
        weights = []
        for constant, dims in (constants or {}).items():
            tensor = TensorProto(name=constant, data_type=TensorProto.FLOAT, dims=dims)
            weights.append(tensor)
        graph = helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs.items()],
            [helper.make_empty_tensor_value_info(n) for n in outputs],
            weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        if edit is not None:
            edit(model)
        path = tmp_path / name
        path.write_bytes(model.SerializeToString())
        return path

    return write
