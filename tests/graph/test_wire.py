"""Weights are skipped: everything else of a file arrives as it stood."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper, numpy_helper

from costscope.errors import ModelError
from costscope.graph import proto, wire
from networks import mobilenet_v2


def model_with(tensor: TensorProto) -> ModelProto:
    node = helper.make_node("Add", ["x", tensor.name], ["y"], name="add")
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [tensor],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def light(model: ModelProto) -> ModelProto:
    return ModelProto.FromString(wire.without_weights(memoryview(model.SerializeToString())))


def test_large_tensor_keeps_its_dims_and_loses_its_data():
    model = model_with(numpy_helper.from_array(np.ones((300, 300), np.float32), "w"))

    tensor = light(model).graph.initializer[0]

    assert list(tensor.dims) == [300, 300]
    assert tensor.data_type == TensorProto.FLOAT
    assert tensor.name == "w"
    assert not tensor.raw_data


@pytest.mark.parametrize("field", ["float_data", "int32_data", "int64_data", "double_data"])
def test_typed_data_is_skipped_as_well(field):
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[100_000])
    getattr(tensor, field).extend([1] * 100_000)

    assert len(getattr(light(model_with(tensor)).graph.initializer[0], field)) == 0


def test_small_tensor_keeps_its_data():
    model = model_with(numpy_helper.from_array(np.arange(6, dtype=np.int64), "w"))

    assert light(model) == model


def test_weight_inside_a_constant_node_inside_a_branch_is_skipped():
    big = numpy_helper.from_array(np.ones(100_000, np.float32), "")
    constant = helper.make_node("Constant", [], ["c"], value=big)
    branch = helper.make_graph(
        [constant], "b", [], [helper.make_tensor_value_info("c", TensorProto.FLOAT, None)]
    )
    node = helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)
    graph = helper.make_graph([node], "g", [], [])

    result = wire.without_weights(memoryview(helper.make_model(graph).SerializeToString()))

    assert len(result) < 1000
    inner = ModelProto.FromString(result).graph.node[0].attribute[0].g.node[0]
    assert list(inner.attribute[0].t.dims) == [100_000]


def test_a_model_without_large_tensors_is_copied_exactly():
    model = mobilenet_v2()

    assert light(model) == model


@given(st.binary(max_size=300))
def test_random_bytes_are_copied_or_refused(data):
    try:
        assert wire.without_weights(memoryview(data)) == data
    except ModelError as error:
        assert "\n" not in str(error)


@given(st.data())
def test_cut_anywhere_is_refused_or_shorter(data):
    whole = model_with(numpy_helper.from_array(np.ones((200, 200), np.float32), "w"))
    text = whole.SerializeToString()
    cut = data.draw(st.integers(min_value=0, max_value=len(text) - 1))
    try:
        assert len(wire.without_weights(memoryview(text[:cut]))) <= cut
    except ModelError:
        pass


def test_same_analysis_with_and_without_inline_weights(tmp_path):
    light_model = mobilenet_v2()
    heavy = ModelProto()
    heavy.CopyFrom(light_model)
    sizes = {t.name: numpy_helper.to_array(t) for t in heavy.graph.initializer}
    fills = [n for n in heavy.graph.node if n.op_type == "ConstantOfShape"]
    for node in fills:
        array = np.zeros(sizes[node.input[0]], np.float32)
        heavy.graph.initializer.append(numpy_helper.from_array(array, node.output[0]))
        heavy.graph.node.remove(node)
    path = tmp_path / "heavy.onnx"
    path.write_bytes(heavy.SerializeToString())
    assert path.stat().st_size > 13_000_000

    import costscope

    whole = costscope.analyze(path, runtime="none")
    short = costscope.analyze(light_model, runtime="none")

    assert whole.totals == short.totals


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from procfs")
def test_ten_gigabytes_of_external_data_that_are_not_there(tmp_path: Path):
    """Three 16384 x 51200 matrices, 10 GB, whose data file is absent: under 300 MB."""
    names, nodes, name = [], [], "x"
    for index, (rows, columns) in enumerate([(16384, 51200), (51200, 16384), (16384, 51200)]):
        tensor = TensorProto(name=f"w{index}", data_type=TensorProto.FLOAT, dims=[rows, columns])
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="weights.bin")
        names.append(tensor)
        nodes.append(helper.make_node("MatMul", [name, f"w{index}"], [f"y{index}"]))
        name = f"y{index}"
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 16384])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None)],
        names,
    )
    path = tmp_path / "large.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    code = (
        "import costscope, pathlib, re\n"
        f"totals = costscope.analyze({str(path)!r}).totals\n"
        "print(totals.work.macs, totals.weight_bytes)\n"
        "status = pathlib.Path('/proc/self/status').read_text()\n"
        "print(re.search(r'VmHWM:\\s+(\\d+) kB', status)[1])\n"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    macs, weight_bytes, peak_kib = map(int, run.stdout.split())
    assert macs == 3 * 16384 * 51200
    assert weight_bytes == 4 * 3 * 16384 * 51200
    assert peak_kib * 1024 < 300_000_000


def test_a_large_file_is_not_read_into_memory(tmp_path: Path):
    """A sparse file of 1.5 GB whose one tensor is inline: its pages are never touched."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1])
    model = model_with(tensor).SerializeToString()
    size = 1_500_000_000
    path = tmp_path / "inline.onnx"
    _with_payload(path, model, size)

    read = proto.read(path)

    assert read.graph.initializer[0].name == "w"
    assert read.ByteSize() < 1000


def _with_payload(path: Path, model: bytes, size: int) -> None:
    """Write a model whose tensor has `size` bytes of raw data, as a hole in the file."""

    def field(number: int, length: int) -> bytes:
        out = bytearray()
        wire._append_varint(out, number << 3 | 2)
        wire._append_varint(out, length)
        return bytes(out)

    parsed = ModelProto.FromString(model)
    tensor = parsed.graph.initializer[0].SerializeToString()
    del parsed.graph.initializer[:]
    graph = parsed.graph.SerializeToString()
    parsed.ClearField("graph")
    raw = field(9, size)
    inner = field(5, len(tensor) + len(raw) + size)
    head = (
        parsed.SerializeToString()
        + field(7, len(graph) + len(inner) + len(tensor) + len(raw) + size)
        + graph
        + inner
        + tensor
        + raw
    )
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(len(head) + size)


def placed(model: ModelProto, tmp_path: Path) -> tuple[ModelProto, bytes]:
    """The model read with its large weights' places noted, and the file's bytes."""
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    return proto.read(path, location="here"), path.read_bytes()


@pytest.mark.parametrize("field", ["raw_data", "float_data", "double_data"])
def test_the_place_of_large_data_in_the_file_is_noted(field, tmp_path):
    elements = np.random.default_rng(0).standard_normal(100_000)
    dtype = np.float64 if field == "double_data" else np.float32
    tensor = TensorProto(
        name="w",
        dims=elements.shape,
        data_type=TensorProto.DOUBLE if field == "double_data" else TensorProto.FLOAT,
    )
    if field == "raw_data":
        tensor.raw_data = elements.astype(dtype).tobytes()
    else:
        getattr(tensor, field).extend(elements.astype(dtype).tolist())

    read, data = placed(model_with(tensor), tmp_path)

    (found,) = read.graph.initializer
    place = {entry.key: entry.value for entry in found.external_data}
    assert found.data_location == TensorProto.EXTERNAL
    assert place["location"] == "here"
    part = data[int(place["offset"]) :][: int(place["length"])]
    assert np.frombuffer(part, dtype).tolist() == elements.astype(dtype).tolist()
    assert not found.raw_data
    assert not getattr(found, field)


def test_data_that_lies_otherwise_than_in_memory_is_kept(tmp_path):
    tensor = TensorProto(name="w", data_type=TensorProto.INT8, dims=[400_000])
    tensor.int32_data.extend([-3] * 400_000)
    model = model_with(tensor)

    read, _ = placed(model, tmp_path)

    assert read == model


def test_only_initializers_of_the_main_graph_are_placed(tmp_path):
    weights = numpy_helper.from_array(np.ones((300, 300), np.float32), "w")
    model = model_with(numpy_helper.from_array(np.ones(3, np.float32), "v"))
    model.graph.node.append(helper.make_node("Constant", [], ["c"], name="c", value=weights))

    read, _ = placed(model, tmp_path)

    assert read == model


def test_small_files_are_read_whole_whatever_is_asked_for(tmp_path):
    model = model_with(numpy_helper.from_array(np.ones(10, np.float32), "w"))

    assert placed(model, tmp_path)[0] == model
