"""Terms by hand: classes, tiles, sets, taps inside the image, runs, where operands come from."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from costscope.kernels.fuse import fuse
from costscope.kernels.runtimes import runtime_named
from costscope.pipeline import load
from costscope.schedule.layerwise import layerwise
from costscope.timing.terms import Terms, category, schedule_terms
from costscope.timing.types import Bound

NCHWC = "com.microsoft.nchwc"
SETTINGS = {
    "block": 8,
    "outputs": 3,
    "rows": 6,
    "columns": 16,
    "l2_bytes": 1_000_000,
    "l3_bytes": 8_000_000,
}


def terms(
    nodes: Sequence[object],
    inputs: dict[str, Sequence[int]],
    constants: dict[str, Sequence[int]] | None = None,
    shapes: dict[str, Sequence[int]] | None = None,
) -> list[Terms]:
    """The terms of every kernel of a small model, none of them fused."""
    weights = [
        TensorProto(name=name, data_type=TensorProto.FLOAT, dims=dims)
        for name, dims in (constants or {}).items()
    ]
    weights += [
        helper.make_tensor(name, TensorProto.INT64, [len(values)], values)
        for name, values in (shapes or {}).items()
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(k, TensorProto.FLOAT, v) for k, v in inputs.items()],
        [helper.make_empty_tensor_value_info(nodes[-1].output[0])],
        weights,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(NCHWC, 1)]
    resolved = load(helper.make_model(graph, opset_imports=opsets))
    runtime = runtime_named("none")
    kernels, _ = fuse(resolved, runtime)
    return list(
        schedule_terms(layerwise(kernels, resolved.inputs, resolved.outputs, runtime), SETTINGS)
    )


def conv(shape, weight, *, domain="", **attributes) -> Terms:
    node = helper.make_node("Conv", ["x", "w"], ["y"], domain=domain, **attributes)
    return terms([node], {"x": shape}, {"w": weight})[0]


def test_only_taps_inside_the_image_are_multiplied():
    found = conv((1, 1, 3, 3), (1, 1, 3, 3), pads=[1, 1, 1, 1])

    # Corners see 4 taps, edges 6, the middle 9.
    assert found.amounts["macs"] == 9 * 9  # the plain layout writes the padding out
    blocked = conv((1, 8, 3, 3), (8, 8, 3, 3), pads=[1, 1, 1, 1], domain=NCHWC)
    assert blocked.amounts["macs"] == pytest.approx(8 * 8 * (4 * 4 + 4 * 6 + 9))


def test_filter_sets_and_tiles_are_rounded_up():
    found = conv((1, 8, 5, 5), (40, 8, 1, 1), domain=NCHWC)

    positions = 25
    assert found.name == "nchwc_pointwise_conv"
    assert found.amounts["macs"] == positions * 8 * 40
    # 40 filters are 5 blocks of 8, in 2 sets of 4 blocks: as if 64.
    assert found.amounts["set_macs"] == positions * 8 * 64
    # A 1x1 convolution goes over all positions in one row: 25 are 9 tiles of 3.
    assert found.amounts["tile_macs"] == 27 * 8 * 40


def test_a_strided_row_is_tiled_by_itself():
    found = conv((1, 8, 8, 8), (8, 8, 1, 1), strides=[2, 2], domain=NCHWC)

    assert found.amounts["tile_macs"] == 4 * 6 * 8 * 8  # rows of 4 positions are 2 tiles of 3


def test_many_input_channels_take_several_passes():
    one = conv((1, 128, 4, 4), (8, 128, 1, 1), domain=NCHWC)
    two = conv((1, 136, 4, 4), (8, 136, 1, 1), domain=NCHWC)

    assert one.amounts["pass_elements"] == 0
    assert two.amounts["pass_elements"] == 16 * 8


@pytest.mark.parametrize(
    ("shape", "weight", "attributes", "name"),
    [
        ((1, 3, 8, 8), (16, 3, 3, 3), {"domain": NCHWC}, "nchwc_stem_conv"),
        ((1, 16, 8, 8), (16, 16, 3, 3), {"domain": NCHWC}, "nchwc_dense_conv"),
        ((1, 16, 8, 8), (16, 1, 3, 3), {"group": 16, "domain": NCHWC}, "nchwc_depthwise_conv"),
        ((1, 16, 8, 8), (16, 8, 3, 3), {"group": 2, "domain": NCHWC}, "nchwc_grouped_conv"),
        ((1, 16, 1, 1), (32, 16, 1, 1), {"domain": NCHWC}, "nchwc_vector_conv"),
        ((1, 3, 8, 8), (5, 3, 3, 3), {}, "plain_dense_conv"),
        ((1, 6, 8, 8), (6, 1, 3, 3), {"group": 6}, "plain_depthwise_conv"),
        ((1, 3, 8, 8), (5, 3, 1, 1), {}, "plain_pointwise_conv"),
    ],
)
def test_classes_of_convolutions(shape, weight, attributes, name):
    assert conv(shape, weight, **attributes).name == name


@pytest.mark.parametrize(
    ("shape", "order", "name", "runs"),
    [
        ((1, 4, 6, 5), [0, 2, 3, 1], "transpose_matrix", 120),  # one axis to the end
        ((1, 6, 5, 4), [0, 3, 1, 2], "transpose_matrix", 120),
        ((1, 4, 6, 5), [0, 2, 1, 3], "transpose_runs", 24),  # runs of 5 stay together
        ((1, 1, 6, 5), [0, 2, 1, 3], "transpose_view", 1),  # only an axis of one moves
        ((2, 4, 6, 5), [3, 2, 1, 0], "transpose_mixed", 240),
        ((1, 7, 1, 4, 8), [2, 0, 3, 4, 1], "transpose_mixed", 224),  # two axes of one move too
    ],
)
def test_transposes_by_what_stays_together(shape, order, name, runs):
    found = terms([helper.make_node("Transpose", ["x"], ["y"], perm=order)], {"x": shape})[0]

    assert (found.name, found.amounts["runs"]) == (name, runs)


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ((2, 3, 4), "add_same"),
        ((1,), "add_scalar"),
        ((4,), "add_inner"),
        ((2, 3, 1), "add_outer"),
        ((3, 1), "add_outer"),
    ],
)
def test_two_operands_by_how_one_is_repeated(other, name):
    node = helper.make_node("Add", ["x", "z"], ["y"])

    assert terms([node], {"x": (2, 3, 4), "z": other})[0].name == name


@pytest.mark.parametrize(
    ("rows", "constant", "name"),
    [(1, True, "vector_product"), (7, True, "matrix_product"), (7, False, "batched_matmul")],
)
def test_products_by_rows_and_by_whether_the_second_operand_is_known(rows, constant, name):
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    inputs = {"x": (rows, 32)} | ({} if constant else {"w": (32, 20)})

    found = terms([node], inputs, {"w": (32, 20)} if constant else {})[0]

    assert found.name == name
    assert found.amounts["macs"] == rows * 32 * 20
    # Rows in sixes and columns in sixteens.
    assert found.amounts["tile_macs"] == (6 if rows == 1 else 12) * 32 * 32


@pytest.mark.parametrize(("axes", "name"), [([3], "inner"), ([1], "outer"), ([2, 3], "inner")])
def test_reductions_by_whether_they_take_the_last_axis(axes, name):
    node = helper.make_node("ReduceMean", ["x"], ["y"], axes=axes, keepdims=1)

    assert terms([node], {"x": (1, 4, 5, 6)})[0].name == f"reduce_mean_{name}"


def test_a_gather_copies_what_lies_behind_its_axis():
    node = helper.make_node("Gather", ["x", "i"], ["y"], axis=1)

    found = terms([node], {"x": (1, 4, 5, 6)}, shapes={"i": [2, 0, 1]})[0]

    assert found.amounts["runs"] == 3  # of 30 elements each


def relu(count: int, size: int) -> list[Terms]:
    nodes = [helper.make_node("Relu", [f"x{i}"], [f"x{i + 1}"]) for i in range(count)]
    return terms(nodes, {"x0": (size,)})


def test_what_was_just_written_is_near_and_large_results_are_far():
    near = relu(2, 1_000)[1].amounts
    far = relu(2, 10_000_000)[1].amounts

    assert near["l3_bytes"] == near["dram_bytes"] == near["far_calls"] == 0
    assert far["l3_bytes"] == far["read_bytes"] + far["write_bytes"]
    assert far["dram_bytes"] == far["l3_bytes"]


def test_weights_are_as_far_as_an_inference_is_large():
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    small = terms([node], {"x": (4, 100)}, {"w": (100, 100)})[0].amounts
    large = terms([node], {"x": (4, 3000)}, {"w": (3000, 3000)})[0].amounts

    assert small["l3_weight_bytes"] == small["cold_calls"] == 0
    assert large["l3_weight_bytes"] == large["dram_weight_bytes"] == 4 * 3000 * 3000
    assert large["cold_calls"] == 1


def test_a_weight_that_was_read_just_before_is_near():
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"]),
        helper.make_node("MatMul", ["a", "w"], ["b"]),
    ]

    first, second = terms(nodes, {"x": (4, 300)}, {"w": (300, 300)})

    assert second.amounts["l3_weight_bytes"] == 0
    assert first.amounts["l3_weight_bytes"] == 0  # the inference before ended with it


def test_an_operator_is_fresh_if_others_ran_since():
    names = ["Relu", "Relu", "Abs", "Neg", "Relu"]
    nodes = [helper.make_node(op, [f"x{i}"], [f"x{i + 1}"]) for i, op in enumerate(names)]

    found = [each.amounts["fresh_calls"] for each in terms(nodes, {"x0": (4,)})]

    # Inferences follow each other: the first Relu comes behind the last. Since Abs ran, Neg
    # and Relu have; since Neg ran, Relu and Abs; since Relu ran, Abs and Neg.
    assert found == [0, 0, 2 / 8, 2 / 8, 2 / 8]


@given(
    batch=st.integers(1, 3),
    channels=st.integers(1, 20),
    filters=st.integers(1, 20),
    size=st.integers(3, 9),
    kernel=st.sampled_from([1, 3]),
)
def test_tiles_are_never_less_than_what_is_needed(batch, channels, filters, size, kernel):
    pads = [kernel // 2] * 4
    shape, weight = (batch, 8 * channels, size, size), (8 * filters, 8 * channels, kernel, kernel)
    found = conv(shape, weight, pads=pads, domain=NCHWC).amounts
    once = conv((1, *shape[1:]), weight, pads=pads, domain=NCHWC).amounts

    assert found["macs"] == pytest.approx(batch * once["macs"])
    assert found["tile_macs"] >= found["macs"] * (1 - 1e-9)
    assert found["set_macs"] >= found["macs"] * (1 - 1e-9)
    assert min(found.values()) >= 0


@pytest.mark.parametrize(
    ("term", "bound"),
    [
        ("tile_macs", Bound.COMPUTE),
        ("special_elements", Bound.COMPUTE),
        ("dram_weight_bytes", Bound.MEMORY),
        ("call", Bound.OVERHEAD),
        ("fresh_calls", Bound.OVERHEAD),
        ("output_rows", Bound.OVERHEAD),
    ],
)
def test_what_a_term_is_spent_on(term, bound):
    assert category(term) is bound
