"""Inputs are valid: each network below is run on them, and refuses what is out of range."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper, parser

import costscope
from costscope.errors import UsageError
from costscope.measure.inputs import feeds, for_runtime

_HEAD = '<ir_version: 8, opset_import: ["" : 17, "com.microsoft" : 1]>'


def _network(text, weights=None):
    model = parser.parse_model(f"{_HEAD} net {text}")
    for name, array in (weights or {}).items():
        model.graph.initializer.append(numpy_helper.from_array(np.asarray(array), name))
    return model


def _feeds(model, **options):
    return feeds(costscope.load(model.SerializeToString()), **options)


def _run(model, arrays):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, for_runtime(arrays))


def _table(rows, columns=4):
    return np.arange(rows * columns, dtype=np.float32).reshape(rows, columns)


def _embedding(rows=7, body="y = Gather (table, ids)", inputs="int64[2,50] ids"):
    return _network(f"({inputs}) => (float y) {{ {body} }}", {"table": _table(rows)})


def test_token_ids_lie_within_the_table_and_use_all_of_it():
    model = _embedding(rows=7)

    found = _feeds(model)

    assert found["ids"].dtype == np.int64
    assert set(found["ids"].flatten()) == set(range(7))
    _run(model, found)


@pytest.mark.parametrize("dtype", ["float", "int32", "uint8", "float16"])
def test_ids_of_any_type_are_followed_through_views_and_casts(dtype):
    body = "a = Cast <to = 7> (ids) b = Transpose (a) c = Identity (b) y = Gather (table, c)"
    model = _embedding(rows=3, body=body, inputs=f"{dtype}[2,50] ids")

    found = _feeds(model)

    assert set(found["ids"].flatten().tolist()) == {0, 1, 2}
    _run(model, found)


def test_ids_read_inside_a_branch_count():
    body = """
      y = If (go) <
        then_branch = t () => (float[2,50,4] a) { a = Gather (table, ids) },
        else_branch = e () => (float[2,50,4] b) { c = Gather (table, ids) b = Neg (c) }
      >"""
    model = _embedding(rows=4, body=body, inputs="int64[2,50] ids, bool go")

    found = _feeds(model)

    assert found["go"].all()
    assert set(found["ids"].flatten()) == set(range(4))
    _run(model, found)


def test_an_offset_before_the_look_up_is_taken_off():
    model = _network(
        "(int64[2,50] position_ids) => (float y) "
        "{ a = Add (position_ids, two) y = Gather (table, a) }",
        {"table": _table(10), "two": np.int64(2)},
    )

    found = _feeds(model)["position_ids"]

    assert found[0].tolist() == [*range(8), *[7] * 42]  # 0 to 7, and 7 + 2 is the last row
    _run(model, {"position_ids": found})


@pytest.mark.parametrize(("operator", "low", "high"), [("Add", 0, 4), ("Sub", 3, 10)])
def test_sums_with_constants_shift_the_range(operator, low, high):
    model = _network(
        f"(int64[200] ids) => (float y) {{ a = {operator} (ids, three) y = Gather (table, a) }}",
        {"table": _table(8), "three": np.array([3], np.int64)},
    )

    found = _feeds(model)

    assert (found["ids"].min(), found["ids"].max()) == (low, high)
    _run(model, found)


def test_the_axis_decides_how_far_an_index_goes():
    model = _network(
        "(int64[40] rows, int64[40] columns, int64[3,40] each) => (float a, float b, float c) {"
        " a = Gather (table, rows) b = Gather <axis = -1> (table, columns)"
        " c = GatherElements <axis = 1> (table, each) }",
        {"table": _table(3, 9)},
    )

    found = _feeds(model)

    assert found["rows"].max() == 2
    assert found["columns"].max() == 8
    assert found["each"].max() == 8
    _run(model, found)


def test_an_input_read_twice_satisfies_both():
    model = _network(
        "(int64[60] ids) => (float a, float b) { a = Gather (wide, ids) b = Gather (narrow, ids) }",
        {"wide": _table(30), "narrow": _table(5)},
    )

    found = _feeds(model)

    assert found["ids"].max() == 4
    _run(model, found)


def test_coordinates_stay_inside_every_axis():
    model = _network(
        "(int64[50,2] places, float[50] new) => (float a, float b) {"
        " a = GatherND (table, places) b = ScatterND (table, places, new) }",
        {"table": _table(6, 3)},
    )

    found = _feeds(model)

    assert found["places"].max() == 2
    _run(model, found)


@pytest.mark.parametrize(("time_axis", "shape"), [(0, "9,2,3"), (1, "2,9,3")])
def test_lengths_are_those_of_the_whole_sequence(time_axis, shape):
    axes = f"batch_axis = {1 - time_axis}, time_axis = {time_axis}"
    model = _network(
        f"(float[{shape}] x, int32[2] n) => (float y)"
        f" {{ m = Cast <to = 7> (n) y = ReverseSequence <{axes}> (x, m) }}"
    )

    found = _feeds(model)

    assert found["n"].tolist() == [9, 9]
    _run(model, found)


def test_a_recurrent_layer_runs_its_whole_sequence():
    draw = np.random.default_rng(0)
    model = _network(
        "(float[6,2,3] x, int32[2] how_far) => (float y)"
        ' { y = LSTM <hidden_size = 4> (x, w, r, "", how_far) }',
        {
            "w": draw.standard_normal((1, 16, 3), dtype=np.float32),
            "r": draw.standard_normal((1, 16, 4), dtype=np.float32),
        },
    )

    found = _feeds(model)

    assert found["how_far"].tolist() == [6, 6]
    (y,) = _run(model, found)
    assert (np.abs(y[-1]) > 0).all()  # the last step was computed, not padded


def test_an_encoder_with_all_its_inputs():
    model = _network(
        "(int64[1,16] input_ids, int64[1,16] attention_mask, int64[1,16] token_type_ids)"
        " => (float y) {"
        " words = Gather (table, input_ids) types = Gather (kinds, token_type_ids)"
        " x = Add (words, types) open = Cast <to = 1> (attention_mask)"
        " closed = Sub (one, open) scaled = Mul (closed, far) wide = Unsqueeze (scaled, last)"
        " y = Add (x, wide) }",
        {
            "table": _table(100),
            "kinds": _table(2),
            "one": np.float32(1),
            "far": np.float32(-1e4),
            "last": np.array([2]),
        },
    )

    found = _feeds(model)

    assert found["attention_mask"].tolist() == [[1] * 16]
    assert found["token_type_ids"].tolist() == [[0] * 16]
    assert len(set(found["input_ids"][0])) > 5
    (y,) = _run(model, found)
    assert y.min() >= 0  # nothing was masked away


def test_a_mask_is_known_by_what_is_done_with_it_too():
    model = _network(
        "(int64[1,8] keep, float[1,8] x) => (float y) { k = Cast <to = 1> (keep) y = Mul (x, k) }"
    )

    assert _feeds(model)["keep"].tolist() == [[1] * 8]


def test_positions_counted_from_a_mask_stay_within_the_table():
    model = _network(
        "(int64[2,8] attention_mask) => (float y)"
        " { n = CumSum (attention_mask, one) p = Add (n, one) y = Gather (table, p) }",
        {"table": _table(10), "one": np.int64(1)},
    )

    found = _feeds(model)

    assert found["attention_mask"].tolist() == [[1] * 8] * 2
    _run(model, found)


def test_conditions_and_settings_let_the_network_run():
    model = _network(
        "(float[3,4] x, bool[3,4] choose, int64[1] repeats, int64 by, int64[5] divided) =>"
        " (float a, float b, int64 c) {"
        " a = Where (choose, x, x) two = Tile (pair, repeats) b = CumSum (x, by)"
        " c = Div (five, divided) }",
        {"pair": np.array([1, 1]), "five": np.array([5] * 5)},
    )

    found = _feeds(model)

    assert found["choose"].all()
    assert found["repeats"].tolist() == [1]
    assert (found["divided"] > 0).all()
    _run(model, found)


def test_a_loop_runs_as_often_as_it_is_costed():
    body = helper.make_graph(
        [helper.make_node("Add", ["s", "s"], ["t"]), helper.make_node("Identity", ["c"], ["d"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
            helper.make_tensor_value_info("s", TensorProto.FLOAT, [2]),
        ],
        [
            helper.make_tensor_value_info("d", TensorProto.BOOL, []),
            helper.make_tensor_value_info("t", TensorProto.FLOAT, [2]),
        ],
    )
    model = _network("(float[2] x, int64 times, bool go) => (float y) { y = Identity (x) }")
    del model.graph.node[:]
    model.graph.node.append(helper.make_node("Loop", ["times", "go", "x"], ["y"], body=body))
    graph = costscope.load(model.SerializeToString(), costscope.shapes.Bindings(trip_count=3))

    found = feeds(graph)

    assert (found["times"], found["go"]) == (3, True)
    (y,) = _run(model, found)
    assert y == pytest.approx(8 * found["x"])


def test_contributed_embedding_and_attention():
    model = _network(
        "(int32[2,6] ids, int32[2,6] kinds, int32[2] keys) => (float y) {"
        " e, unused = com.microsoft.EmbedLayerNormalization"
        " (ids, kinds, words, places, types, gamma, beta)"
        " y = com.microsoft.Attention <num_heads = 2> (e, weight, bias, keys) }",
        {
            "words": _table(30),
            "places": _table(6),
            "types": _table(2),
            "gamma": np.ones(4, np.float32),
            "beta": np.zeros(4, np.float32),
            "weight": _table(4, 12) / 48,
            "bias": np.zeros(12, np.float32),
        },
    )

    found = _feeds(model)

    assert found["ids"].max() < 30
    assert found["kinds"].max() < 2
    assert found["keys"].tolist() == [6, 6]
    _run(model, found)


@pytest.mark.parametrize(
    ("dtype", "number"),
    [
        *(("float", 1), ("double", 11), ("float16", 10), ("bfloat16", 16), ("bool", 9)),
        *(("uint8", 2), ("int8", 3), ("int16", 5), ("uint16", 4), ("uint32", 12)),
        *(("int32", 6), ("int64", 7), ("uint64", 13)),
    ],
)
def test_every_element_type_is_taken_by_the_runtime(dtype, number):
    model = _network(f"({dtype}[2,3] x) => (float y) {{ y = Cast <to = 1> (x) }}")
    assert model.graph.input[0].type.tensor_type.elem_type == number

    found = _feeds(model)

    assert found["x"].shape == (2, 3)
    _run(model, found)


def test_bytes_use_their_whole_range():
    model = _network("(uint8[9000] u, int8[9000] s) => (uint8 a, int8 b)"
                     " { a = Identity (u) b = Identity (s) }")  # fmt: skip

    found = _feeds(model)

    assert (found["u"].min(), found["u"].max()) == (0, 255)
    assert (found["s"].min(), found["s"].max()) == (-128, 127)


def test_text_is_a_word():
    model = _network("(string[2] s) => (string y) { y = Identity (s) }")

    found = _feeds(model)

    assert found["s"].dtype == object
    assert len(set(found["s"])) == 1
    _run(model, found)


def test_floats_are_standard_normal():
    found = _feeds(_network("(float[100,100] x) => (float y) { y = Relu (x) }"))["x"]

    assert found.dtype == np.float32
    assert abs(found.mean()) < 0.05
    assert abs(found.std() - 1) < 0.05


def test_the_seed_decides_and_inputs_do_not_repeat_each_other():
    model = _network("(float[50] a, float[50] b) => (float y) { y = Add (a, b) }")

    first, again, other = _feeds(model), _feeds(model), _feeds(model, seed=1)

    assert (first["a"] == again["a"]).all()
    assert (first["a"] != other["a"]).all()
    assert (first["a"] != first["b"]).all()


def test_a_length_by_name_is_the_longest_axis():
    model = _network(
        "(float[2,80,33] audio, int64[2] audio_lengths) => (float y, int64 n)"
        " { y = Relu (audio) n = Neg (audio_lengths) }"
    )

    assert _feeds(model)["audio_lengths"].tolist() == [80, 80]


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 40),
    offset=st.integers(-3, 3),
    factor=st.integers(1, 3),
    seed=st.integers(0, 5),
)
def test_whatever_is_done_to_an_index_it_stays_within(rows, offset, factor, seed):
    model = _network(
        "(int64[64] ids) => (float y)"
        " { a = Mul (ids, factor) b = Add (a, offset) y = Gather (table, b) }",
        {"table": _table(rows), "factor": np.int64(factor), "offset": np.int64(offset)},
    )
    possible = any(0 <= factor * n + offset < rows for n in range(-10, 50))

    arrays = _feeds(model, seed=seed)

    reached = arrays["ids"] * factor + offset
    if possible:
        assert reached.min() >= 0
        assert reached.max() < rows


def _given(tmp_path, array, name="x", shape="2,3", dtype="float"):
    path = tmp_path / "given.npy"
    np.save(path, array)
    model = _network(f"({dtype}[{shape}] x, float[1] other) => ({dtype} y) {{ y = Identity (x) }}")
    return _feeds(model, given={name: path})


def test_a_given_file_is_taken(tmp_path):
    array = np.full((2, 3), 7, np.float32)

    found = _given(tmp_path, array)

    assert (found["x"] == array).all()
    assert found["other"].shape == (1,)


def test_a_given_array_is_taken_in_rows():
    model = _network("(float[2,3] x) => (float y) { y = Identity (x) }")
    array = np.asfortranarray(np.arange(6, dtype=">f4").reshape(2, 3))

    found = _feeds(model, given={"x": array})["x"]

    assert (found == array).all()
    assert found.flags.c_contiguous
    _run(model, {"x": found})


def test_given_text_and_types_that_files_lack(tmp_path):
    import ml_dtypes

    text = _given(tmp_path, np.array(["a", "bc"]), shape="2", dtype="string")["x"]
    half = _given(tmp_path, np.ones(2, ml_dtypes.bfloat16), shape="2", dtype="bfloat16")["x"]

    assert text.tolist() == ["a", "bc"]
    assert half.dtype == ml_dtypes.bfloat16
    assert (half == 1).all()


@pytest.mark.parametrize(
    ("array", "name", "said"),
    [
        (np.ones((2, 3), np.float32), "y", r"no such input; the network has x \(float32 2x3\)"),
        (np.ones((2, 3)), "x", r"holds float64, .* \.astype\('float32'\)"),
        (np.ones((3, 2), np.float32), "x", r"has shape \[3, 2\], the network takes x"),
        (np.array([{}], object), "x", "not a .npy file"),
    ],
)
def test_given_files_that_do_not_fit_are_refused_in_one_line(tmp_path, array, name, said):
    with pytest.raises(UsageError, match=said) as caught:
        _given(tmp_path, array, name)

    assert "\n" not in str(caught.value)


def test_given_files_that_are_none_are_refused_in_one_line(tmp_path):
    model = _network("(float[2] x) => (float y) { y = Identity (x) }")
    text, archive, empty = (tmp_path / name for name in ("t.npy", "a.npz", "e.npy"))
    text.write_text("hello")
    np.savez(archive, x=np.ones(2, np.float32))
    empty.touch()

    for path, said in (
        (tmp_path / "missing.npy", "No such file"),
        (tmp_path, "cannot be read"),
        (text, "numpy.save"),
        (archive, "an archive"),
        (empty, "not a .npy file"),
    ):
        with pytest.raises(UsageError, match=said) as caught:
            _feeds(model, given={"x": path})
        assert "\n" not in str(caught.value)


def test_an_input_that_nothing_can_be_made_for():
    model = _network("(float[2] x) => (float y) { y = Identity (x) }")
    value = helper.make_tensor_sequence_value_info("s", TensorProto.FLOAT, [2])
    model.graph.input.append(value)

    with pytest.raises(UsageError, match="input 's'"):
        _feeds(model)


def test_grouped_attention_with_a_past():
    model = _network(
        "(float[1,3,16] q, float[1,3,8] k, float[1,3,8] v, float[1,1,5,8] past_k,"
        " float[1,1,5,8] past_v, int32[1] so_far, int32[1] whole)"
        " => (float y, float[1,1,8,8] new_k, float[1,1,8,8] new_v) {"
        " y, new_k, new_v = com.microsoft.GroupQueryAttention <num_heads = 2, kv_num_heads = 1>"
        " (q, k, v, past_k, past_v, so_far, whole) }"
    )

    found = _feeds(model)

    assert (found["so_far"], found["whole"]) == (7, 8)
    _run(model, found)


def test_what_a_scan_reads_slice_by_slice_counts():
    body = helper.make_graph(
        [helper.make_node("Gather", ["table", "i"], ["o"])],
        "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, [2])],
        [helper.make_tensor_value_info("o", TensorProto.FLOAT, [2, 4])],
    )
    model = _network("(int64[30,2] ids) => (float y) { y = Identity (ids) }", {"table": _table(5)})
    del model.graph.node[:]
    model.graph.node.append(helper.make_node("Scan", ["ids"], ["y"], body=body, num_scan_inputs=1))

    found = _feeds(model)

    assert set(found["ids"].flatten()) == set(range(5))
    _run(model, found)


def test_boxes_are_chosen_under_valid_settings():
    model = _network(
        "(float[1,6,4] boxes, float[1,2,6] scores, int64[1] at_most, float[1] overlap,"
        " float[1] least) => (int64 y)"
        " { y = NonMaxSuppression (boxes, scores, at_most, overlap, least) }"
    )

    found = _feeds(model)

    assert (found["at_most"], found["overlap"], found["least"]) == (100, 0.5, 0)
    (y,) = _run(model, found)
    assert len(y) > 0
