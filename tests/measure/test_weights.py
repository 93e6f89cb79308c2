"""Weights: from the file as they are, or distinct random ones where they are missing."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from measured_models import filled, network, quantized, random, saved
from onnx import ModelProto, TensorProto, helper, numpy_helper
from onnx.external_data_helper import convert_model_to_external_data

from costscope.errors import ModelError
from costscope.measure.session import Session
from costscope.measure.source import source
from costscope.measure.weights import materialise

LARGE = 300  # squared, as float32: more than a file that is read whole


def product(weights: np.ndarray) -> ModelProto:
    rows, columns = weights.shape
    return network(f"(float[2,{rows}] x) => (float[2,{columns}] y) {{ y = MatMul (x, w) }}",
                   w=weights)  # fmt: skip


def by_file(path, feeds):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)[0]


def by_us(model, feeds, **options):
    given = source(model)
    weights = materialise(given, **options)
    with Session(given, weights, profile=False) as session:
        return session._session.run(None, feeds)[0]


@pytest.mark.parametrize("field", ["raw", "float_data"])
def test_large_weights_of_a_file_give_the_outputs_of_the_file(tmp_path, field):
    weights = random(LARGE, LARGE)
    model = product(weights)
    if field == "float_data":
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.float_data.extend(weights.ravel().tolist())
    path = saved(model, tmp_path)
    feeds = {"x": random(2, LARGE, seed=3)}

    assert by_us(path, feeds).tolist() == by_file(path, feeds).tolist()


def test_external_data_is_found_beside_the_model(tmp_path):
    model = product(random(LARGE, LARGE))
    convert_model_to_external_data(model, location="weights.bin", size_threshold=0)
    path = tmp_path / "net.onnx"
    onnx.save_model(model, str(path))
    feeds = {"x": random(2, LARGE, seed=3)}

    assert (tmp_path / "weights.bin").is_file()
    assert by_us(path, feeds).tolist() == by_file(path, feeds).tolist()


def test_typed_data_that_lies_otherwise_than_in_memory_stays_in_the_model(tmp_path):
    weights = np.random.default_rng(0).integers(-99, 99, (LARGE, 2 * LARGE)).astype(np.int8)
    model = network(
        f"""(float[2,{LARGE}] x) => (float[2,{2 * LARGE}] y) {{
            f = DequantizeLinear (w, s) y = MatMul (x, f)
        }}""",
        s=np.float32(0.1),
    )
    tensor = model.graph.initializer.add(name="w", dims=weights.shape, data_type=TensorProto.INT8)
    tensor.int32_data.extend(weights.ravel().tolist())
    path = saved(model, tmp_path)
    feeds = {"x": random(2, LARGE, seed=3)}

    assert by_us(path, feeds).tolist() == by_file(path, feeds).tolist()


def test_half_precision_weights_arrive_as_they_are(tmp_path):
    model = network(
        f"""(float16[2,{LARGE}] x) => (float16[2,{2 * LARGE}] y) {{ y = MatMul (x, w) }}""",
        w=random(LARGE, 2 * LARGE).astype(np.float16),
    )
    path = saved(model, tmp_path)
    feeds = {"x": random(2, LARGE, seed=3).astype(np.float16)}

    assert by_us(path, feeds).tolist() == by_file(path, feeds).tolist()


def test_packed_weights_arrive_as_they_are(tmp_path):
    shape = (1000, 1000)
    model = network(
        "(float[2,1000] x) => (float[2,1000] y) { f = DequantizeLinear (w, s) y = MatMul (x, f) }",
        s=np.float32(0.1),
    )
    model.opset_import[0].version = 21
    model.ir_version = 10
    bits = np.random.default_rng(0).integers(0, 256, 500_000).astype(np.uint8)
    model.graph.initializer.add(
        name="w", dims=shape, data_type=TensorProto.INT4, raw_data=bits.tobytes()
    )
    path = saved(model, tmp_path)
    feeds = {"x": random(2, 1000, seed=3)}

    assert by_us(path, feeds).tolist() == by_file(path, feeds).tolist()


@pytest.mark.parametrize("damage", ["gone", "short", "long"])
def test_missing_weights_give_one_line(tmp_path, damage):
    model = product(random(LARGE, LARGE))
    convert_model_to_external_data(model, location="weights.bin", size_threshold=0)
    path = tmp_path / "net.onnx"
    onnx.save_model(model, str(path))
    if damage == "gone":
        (tmp_path / "weights.bin").unlink()
    elif damage == "short":
        (tmp_path / "weights.bin").write_bytes(b"12")
    else:  # another length than the shape asks for: not this tensor's elements
        light = onnx.load(str(path), load_external_data=False)
        for entry in light.graph.initializer[0].external_data:
            entry.value = "8" if entry.key == "length" else entry.value
        path.write_bytes(light.SerializeToString())

    with pytest.raises(ModelError, match=r"weight 'w' is missing.*--random-weights") as caught:
        by_us(path, {})

    assert "\n" not in str(caught.value)
    found = by_us(path, {"x": random(2, LARGE)}, random=True)
    assert np.isfinite(found).all()


def test_missing_shapes_cannot_be_drawn(tmp_path):
    model = network("(float[4] x) => (float[2,2] y) { y = Reshape (x, to) }", to=np.array([2, 2]))
    model.graph.initializer[0].ClearField("raw_data")
    path = saved(model, tmp_path)

    with pytest.raises(ModelError, match="the input 'to' of Reshape is missing"):
        by_us(path, {}, random=True)


def test_filled_weights_are_told_and_replaced_when_asked():
    kept = source(filled())
    notes = materialise(kept)
    drawn = source(filled())
    weights = materialise(drawn, random=True)

    assert (notes.drawn, dict(notes.arrays)) == ("as given", {})
    assert "2 weights are filled with one value" in notes.notes[0]
    assert (weights.drawn, weights.notes) == ("random", ())
    assert weights.arrays["w"].shape == weights.arrays["v"].shape == (32, 32)
    assert not np.array_equal(weights.arrays["w"], weights.arrays["v"])
    assert [node.op_type for node in drawn.proto.graph.node] == ["MatMul", "MatMul"]
    assert {tensor.name for tensor in drawn.proto.graph.initializer} == {"w", "v"}


def test_random_weights_follow_the_seed_and_keep_numbers_sane():
    first, same, other = (
        materialise(source(filled()), random=True, seed=seed).arrays for seed in (1, 1, 2)
    )

    assert np.array_equal(first["w"], same["w"])
    assert not np.array_equal(first["w"], other["w"])
    assert first["w"].std() == pytest.approx(32**-0.5, rel=0.1)


def test_random_weights_of_a_file_that_has_its_own_change_nothing():
    given = source(quantized())
    before = given.proto.SerializeToString()

    assert materialise(given, random=True).drawn == "file"
    assert given.proto.SerializeToString() == before


def test_missing_scales_are_positive_and_missing_zero_points_zero():
    model = quantized()
    for tensor in model.graph.initializer:
        tensor.ClearField("raw_data")

    found = materialise(source(model), random=True).arrays

    assert found["s"] > 0
    assert found["wz"] == found["z"] == found["zero"] == 0
    assert len(np.unique(found["wq"])) > 100


def test_blank_weights_are_zeros_even_where_the_file_has_some(tmp_path):
    path = saved(product(random(LARGE, LARGE)), tmp_path)

    found = materialise(source(path), blank=True).arrays

    assert not found["w"].any()


def test_variances_are_positive():
    names = ("scale", "shift", "mean", "variance")
    node = helper.make_node("BatchNormalization", ["x", *names], ["y"])
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [node], "g",
        [info("x", TensorProto.FLOAT, [1, 64, 2, 2])], [info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(random(64), name) for name in names],
    )  # fmt: skip
    for tensor in graph.initializer:
        tensor.ClearField("raw_data")
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

    found = materialise(source(model), random=True).arrays

    assert (found["variance"] > 0).all()
    assert (found["scale"] > 0).all()
    assert (found["mean"] < 0).any()
