"""Whatever is wrong with the input: one line, the right exit code, nothing written."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from onnx import ModelProto, TensorProto, helper

CONV = {"w": [8, 3, 3, 3]}


def node(op_type, inputs, outputs, **attributes):
    return helper.make_node(op_type, inputs, outputs, name=f"{op_type}_{outputs[0]}", **attributes)


def conv(**attributes):
    return node("Conv", ["x", "w"], ["y"], **attributes)


@pytest.fixture
def refused(run, tmp_path):
    """Analyse, and assert that it was refused in one line with nothing written."""

    def check(path, *flags, code=3, says=""):
        output = tmp_path / "report.json"
        result = run("analyze", path, *flags, "-o", output)
        assert result.code == code, result
        assert result.out == ""
        lines = [line for line in result.err.splitlines() if line.strip()]
        assert len(lines) == 1, result.err
        assert says.lower() in lines[0].lower(), lines[0]
        assert not output.exists()
        assert list(tmp_path.glob(".report*")) == []

    return check


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"hello, this is no model\n" * 20, "not an ONNX model"),
        (random.Random(1).randbytes(5000), "not an ONNX model"),
        (b"\x00" * 300_000, "not an ONNX model"),
        (random.Random(2).randbytes(400_000), "not an ONNX model"),
    ],
    ids=["empty", "text", "random", "zeros", "large random"],
)
def test_what_is_no_model(refused, tmp_path, content, says):
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)

    refused(path, says=says)


def test_directory_and_missing_file(refused, tmp_path):
    refused(tmp_path, says="directory")
    refused(tmp_path / "nothing.onnx", says="no such file")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_truncated(refused, tmp_path, mobilenet_v2, share):
    data = mobilenet_v2.read_bytes()
    path = tmp_path / "cut.onnx"
    path.write_bytes(data[: int(len(data) * share)])

    refused(path)


def test_cyclic_graph(refused, save):
    nodes = [node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["b"])]

    refused(save(nodes, {"x": [1]}, ["b"]), says="cycle")


def test_dangling_input(refused, save):
    refused(save([node("Relu", ["nowhere"], ["y"])], {"x": [1]}, ["y"]), says="nowhere")


def test_output_that_nothing_produces(refused, save):
    refused(save([node("Relu", ["x"], ["y"])], {"x": [1]}, ["z"]), says="'z'")


def test_tensor_produced_twice(refused, save):
    nodes = [node("Relu", ["x"], ["y"]), node("Abs", ["x"], ["y"])]

    refused(save(nodes, {"x": [1]}, ["y"]), says="twice")


def test_node_name_that_stands_twice(refused, save):
    nodes = [
        helper.make_node("Relu", ["x"], ["y"], name="same"),
        helper.make_node("Relu", ["y"], ["z"], name="same"),
    ]

    refused(save(nodes, {"x": [1]}, ["z"]), says="'same'")


def test_rank_that_contradicts_the_operator(refused, save):
    refused(save([conv()], {"x": [1, 3, 32]}, ["y"], CONV), says="rank")


def test_channels_that_contradict_the_weight(refused, save):
    refused(save([conv()], {"x": [1, 4, 32, 32]}, ["y"], CONV), says="channels")


def test_window_larger_than_its_input(refused, save):
    refused(save([conv()], {"x": [1, 3, 2, 2]}, ["y"], CONV), says="larger")


@pytest.mark.parametrize("size", [0, -1])
def test_zero_and_negative_dims(refused, save, size):
    refused(save([conv()], {"x": [1, 3, size, 32]}, ["y"], CONV), says=str(size))


def test_open_symbol_names_itself_and_the_flag(refused, save):
    path = save([conv()], {"x": ["batch", 3, "height", 32]}, ["y"], CONV)

    refused(path, says="--dim height=SIZE")


def test_opset_from_the_future(refused, save):
    refused(save([conv()], {"x": [1, 3, 32, 32]}, ["y"], CONV, opset=9999), says="9999")


def test_operator_that_the_standard_does_not_have(refused, save):
    refused(save([node("Konv", ["x"], ["y"])], {"x": [1]}, ["y"]), says="Konv")


def test_recursion_in_functions(refused, save):
    def recursive(model: ModelProto) -> None:
        body = [helper.make_node("F", ["a"], ["b"], domain="d")]
        function = helper.make_function(
            "d", "F", ["a"], ["b"], body, [helper.make_opsetid("", 17), helper.make_opsetid("d", 1)]
        )
        model.functions.append(function)
        model.opset_import.append(helper.make_opsetid("d", 1))

    path = save([node("F", ["x"], ["y"], domain="d")], {"x": [1]}, ["y"], edit=recursive)

    refused(path, says="calls itself")


def test_functions_that_unfold_without_end(refused, save):
    def bomb(model: ModelProto) -> None:
        imports = [helper.make_opsetid("", 17), helper.make_opsetid("d", 1)]
        for level in range(40):
            inner = [f"F{level + 1}"] * 2 if level < 39 else ["Relu"] * 2
            domain = "d" if level < 39 else ""
            body = [
                helper.make_node(inner[0], ["a"], ["m"], domain=domain),
                helper.make_node(inner[1], ["m"], ["b"], domain=domain),
            ]
            model.functions.append(
                helper.make_function("d", f"F{level}", ["a"], ["b"], body, imports)
            )
        model.opset_import.append(helper.make_opsetid("d", 1))

    refused(
        save([node("F0", ["x"], ["y"], domain="d")], {"x": [1]}, ["y"], edit=bomb), says="expand"
    )


def test_graph_without_nodes(refused, save):
    refused(save([], {"x": [1]}, ["x"]), says="no nodes")


def test_sizes_beyond_all_memory_are_only_numbers(run, save):
    huge = 2**30
    path = save([node("Relu", ["x"], ["y"])], {"x": [huge, huge]}, ["y"])

    assert run("analyze", path).code == 0


def test_constant_with_a_huge_claimed_size(run, save):
    shape = helper.make_tensor("s", TensorProto.INT64, [2], [2**30, 2**30])
    fill = node("ConstantOfShape", ["s"], ["c"])
    path = save(
        [fill, node("Add", ["x", "c"], ["y"])],
        {"x": [1]},
        ["y"],
        edit=lambda model: model.graph.initializer.append(shape),
    )

    assert run("analyze", path).code == 0


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--dim", "nonsense"], "SYMBOL=SIZE"),
        (["--dim", "batch=0"], "at least 1"),
        (["--dim", "batch=-3"], "-3"),
        (["--dim", "batch=1e3"], "1e3"),
        (["--dim", "batch=2", "--dim", "batch=3"], "twice"),
        (["--dim", "sequence=8"], "no such symbol"),
        (["--input-shape", "image"], "INPUT=SHAPE"),
        (["--input-shape", "image=1x3x0x224"], "at least 1"),
        (["--input-shape", "image=3x224"], "rank"),
        (["--input-shape", "picture=1x3x224x224"], "no such input"),
        (["--as-dtype", "int7"], "int7"),
        (["--runtime", "tensorrt"], "tensorrt"),
        (["--time-model", "guess"], "guess"),
        (["--hw", "pixel66"], "pixel6"),
        (["--hw", "nothing/like/it.yaml"], "no hardware profile"),
        (["--sort", "beauty"], "beauty"),
        (["--format", "xml"], "xml"),
        (["--plot", "roof.gif"], "roof.gif"),
        (["--trip-count", "-1"], "-1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_flags_that_cannot_be_understood(run, mobilenet_v2, flags, says, tmp_path):
    result = run("analyze", mobilenet_v2, *flags, "-o", tmp_path / "report.json")

    assert result.code == 2, result
    assert len([line for line in result.err.splitlines() if line.strip()]) == 1, result.err
    assert says in result.err
    assert list(tmp_path.iterdir()) == []


def test_output_into_a_folder_that_does_not_exist(run, mobilenet_v2, tmp_path):
    result = run("analyze", mobilenet_v2, "-o", tmp_path / "no" / "such" / "report.json")

    assert result.code == 2
    assert "cannot be written" in result.err


def test_unknown_domain_is_listed_and_strict_refuses_it(run, save, tmp_path):
    nodes = [node("Relu", ["x"], ["a"]), node("Magic", ["a"], ["y"], domain="my.own")]
    path = save(nodes, {"x": [1, 8]}, ["y"])

    for output_format in ("table", "json", "csv", "markdown"):
        shown = run("analyze", path, "--format", output_format)
        assert shown.code == 0
        assert "Magic" in shown.out, output_format
    strict = run("analyze", path, "--strict", "-o", tmp_path / "report.json")

    assert strict.code == 3
    assert "my.own::Magic" in strict.err
    assert not Path(tmp_path / "report.json").exists()
