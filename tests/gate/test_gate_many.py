"""Many models in processes: in order, alike, and none takes down the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from costscope.gate import many, one
from costscope.gate.machines import machines
from costscope.gate.many import check_many
from costscope.gate.models import Model
from costscope.gate.one import Request, check_one

MOBILENET_V2 = Path(__file__).parents[2] / "models" / "mobilenet_v2.onnx"


class Deadly(Model):
    """A model that ends the process that receives it, as the system does for its memory."""

    def __reduce__(self):
        return os._exit, (9,)


@pytest.fixture
def request_() -> Request:
    return Request(machines=machines(["pixel6", "coral_edgetpu"], Path.cwd()))


@pytest.fixture
def nets(tmp_path: Path) -> list[Model]:
    """Three good models and, in the middle, one that is none."""
    found = []
    for name in ("a", "b", "bad", "c"):
        path = tmp_path / f"{name}.onnx"
        path.write_bytes(b"junk" if name == "bad" else MOBILENET_V2.read_bytes())
        found.append(Model(name=path.name, key=path.name, source=str(path)))
    return found


def test_processes_give_what_this_process_gives_in_the_order_given(nets, request_) -> None:
    told = []

    here = check_many(nets, request_, jobs=1)
    there = check_many(nets, request_, jobs=2, on_done=lambda _, done: told.append(done))

    assert here == there
    assert [(each.model, each.hardware) for each in here] == [
        (name, machine)
        for name in ("a.onnx", "b.onnx", "bad.onnx", "c.onnx")
        for machine in ("pixel6", "coral_edgetpu")
    ]
    assert [bool(each.error) for each in here] == [False] * 4 + [True] * 2 + [False] * 2
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_a_process_that_dies_is_an_error_of_its_model_alone(nets, request_) -> None:
    nets[1] = Deadly(name="deadly.onnx", key="deadly.onnx", source="deadly.onnx")

    found = check_many(nets, request_, jobs=2)

    errors = {each.model: each.error for each in found}
    assert list(errors) == ["a.onnx", "deadly.onnx", "bad.onnx", "c.onnx"]
    assert errors["deadly.onnx"].startswith("its process was ended by the system")
    assert "not an ONNX model" in errors["bad.onnx"]
    assert errors["a.onnx"] == errors["c.onnx"] == ""
    assert len(found) == 8


@pytest.mark.parametrize(
    ("jobs", "models", "expected"), [(None, 2, 1), (None, 9, 4), (3, 2, 2), (8, 20, 8), (1, 20, 1)]
)
def test_one_or_two_models_need_no_process(jobs, models, expected, monkeypatch) -> None:
    monkeypatch.setattr(many, "cores", lambda: 4)

    assert many._jobs(jobs, models) == expected


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "too large or too deeply nested (MemoryError)"),
        (RecursionError(), "too large or too deeply nested (RecursionError)"),
        (KeyError("x\ny"), "internal error, please report it: KeyError"),
    ],
)
def test_a_bug_in_one_model_is_its_error(nets, request_, error, told, monkeypatch) -> None:
    def fails(*_):
        raise error

    monkeypatch.setattr(one, "_checked", fails)

    found = check_one(nets[0], request_)

    assert len(found) == 2
    assert told in found[0].error
    assert "\n" not in found[0].error


def test_a_model_says_what_it_is_made_of_and_what_was_asked(nets) -> None:
    asked = Request(asked={"as_dtype": "int8"}, settings=(("as_dtype", "int8"),))

    (found,) = check_one(nets[0], asked)
    (zoo,) = check_one(
        Model(name="zoo:alexnet", key="zoo:alexnet", source="zoo:alexnet"), Request()
    )

    assert found.model_sha256 == "f0320ef14ad561f998742dafe877e34958c64b98f4e4e0ec2e52446bb3149b57"
    assert (found.hardware, found.hardware_sha256) == ("", "")
    assert found.settings == (("as_dtype", "int8"),)
    assert len(zoo.model_sha256) == 64
    assert zoo.error == ""
