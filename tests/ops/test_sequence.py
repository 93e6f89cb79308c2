"""Sequences and optionals: members are followed one by one, at no cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from costscope.errors import ShapeError
from costscope.graph.types import Graph
from costscope.ops import kind_of, work_of
from costscope.shapes import resolve
from costscope.work import NO_WORK, KernelKind
from one_node import ints

MOVES = {"SplitToSequence", "ConcatFromSequence"}


def model(
    nodes: list[Any],
    *,
    inputs: dict[str, list[int]] | None = None,
    constants: dict[str, np.ndarray] | None = None,
    outputs: tuple[str, ...] = ("y",),
) -> onnx.ModelProto:
    given = {"a": [2, 3], "b": [4, 3]} if inputs is None else inputs
    return helper.make_model(
        helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in given.items()],
            [helper.make_empty_tensor_value_info(name) for name in outputs],
            [onnx.numpy_helper.from_array(v, n) for n, v in (constants or {}).items()],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=8,
    )


def node(op_type: str, inputs: str, outputs: str, **attributes: Any) -> Any:
    names = ["" if name == "_" else name for name in inputs.split()]
    return helper.make_node(op_type, names, outputs.split(), **attributes)


def graph_of(*arguments: Any, **keywords: Any) -> Graph:
    graph = resolve(model(*arguments, **keywords))
    assert [each.problem for each in graph.nodes] == [None] * len(graph.nodes)
    return graph


def test_members_keep_their_shapes() -> None:
    graph = graph_of(
        [node("SequenceConstruct", "a b", "s"), node("SequenceAt", "s i", "y")],
        constants={"i": np.array(-1)},
    )

    assert graph.outputs[0].shape == (4, 3)
    assert graph.nodes[0].output.nbytes == (2 * 3 + 4 * 3) * 4


def test_everything_but_splitting_and_joining_is_free() -> None:
    graph = graph_of(
        [
            node("SequenceEmpty", "", "e"),
            node("SequenceInsert", "e a", "s1"),
            node("SequenceInsert", "s1 b zero", "s2"),
            node("SequenceErase", "s2 zero", "s3"),
            node("SequenceAt", "s3 zero", "t"),
            node("SplitToSequence", "t", "parts", axis=0),
            node("ConcatFromSequence", "parts", "y", axis=1),
        ],
        constants={"zero": np.array(0)},
    )

    # b goes in front of a and out again: a is left, as two rows side by side.
    assert graph.outputs[0].shape == (1, 6)
    assert {work_of(each) for each in graph.nodes} == {NO_WORK}
    moved = {n.op_type for n in graph.nodes if kind_of(n) is KernelKind.MOVEMENT}
    assert moved == MOVES
    assert all(kind_of(n) is KernelKind.VIEW for n in graph.nodes if n.op_type not in MOVES)


@pytest.mark.parametrize("place", [0, 1, 2, -1, -2, None])
def test_insertion_as_a_python_list(place: int | None) -> None:
    expected = [(2, 3), (4, 3)]
    expected.insert(2 if place is None else place, (7,))

    graph = graph_of(
        [
            node("SequenceConstruct", "a b", "s"),
            node("SequenceInsert", "s c p" if place is not None else "s c", "y"),
        ],
        inputs={"a": [2, 3], "b": [4, 3], "c": [7]},
        constants={} if place is None else {"p": np.array(place)},
    )

    assert graph.outputs[0].items is not None
    assert [item.shape for item in graph.outputs[0].items] == expected


def test_the_length_is_a_constant() -> None:
    graph = graph_of([node("SequenceConstruct", "a b a", "s"), node("SequenceLength", "s", "y")])

    assert graph.outputs[0].value == (3,)
    assert graph.folded == {"SequenceLength": 1}


@pytest.mark.parametrize(
    ("split", "keepdims", "shapes"),
    [
        (None, 1, [(1, 3)] * 4),
        (None, 0, [(3,)] * 4),
        (np.array(3), 0, [(3, 3), (1, 3)]),
        (np.array(2), 1, [(2, 3), (2, 3)]),
        (np.array(9), 1, [(4, 3)]),
        (ints(1, 3), 1, [(1, 3), (3, 3)]),
    ],
)
def test_split_to_sequence(
    split: np.ndarray | None, keepdims: int, shapes: list[tuple[int, ...]]
) -> None:
    graph = graph_of(
        [node("SplitToSequence", "b" if split is None else "b p", "y", keepdims=keepdims)],
        constants={} if split is None else {"p": split},
    )

    assert graph.outputs[0].items is not None
    assert [item.shape for item in graph.outputs[0].items] == shapes


@pytest.mark.parametrize(("axis", "shape"), [(0, (2, 4, 3)), (-1, (4, 3, 2)), (1, (4, 2, 3))])
def test_stacking_members(axis: int, shape: tuple[int, ...]) -> None:
    graph = graph_of(
        [
            node("SequenceConstruct", "b b", "s"),
            node("ConcatFromSequence", "s", "y", axis=axis, new_axis=1),
        ]
    )

    assert graph.outputs[0].shape == shape


def test_a_place_from_data_takes_the_largest_member() -> None:
    graph = graph_of(
        [
            node("SequenceConstruct", "a b", "s"),
            node("Cast", "w", "i", to=TensorProto.INT64),
            node("SequenceAt", "s i", "y"),
        ],
        inputs={"a": [2, 3], "b": [4, 3], "w": []},
    )

    assert graph.outputs[0].shape == (4, 3)
    assert len(graph.assumptions) == 1
    assert "(SequenceAt) picks by data; costed for the largest member" in graph.assumptions[0]


def test_optionals_hold_what_was_put_in() -> None:
    graph = graph_of(
        [
            node("Optional", "a", "o"),
            node("OptionalHasElement", "o", "has"),
            node("OptionalGetElement", "o", "y"),
        ],
        outputs=("y", "has"),
    )

    assert graph.outputs[0].shape == (2, 3)
    assert graph.outputs[1].value == (True,)


def test_an_optional_of_a_sequence_gives_the_sequence() -> None:
    graph = graph_of(
        [
            node("SequenceConstruct", "a", "s"),
            node("Optional", "s", "o"),
            node("OptionalGetElement", "o", "t"),
            node("ConcatFromSequence", "t", "y", axis=0),
        ]
    )

    assert graph.outputs[0].shape == (2, 3)


def test_a_tensor_or_a_sequence_is_its_own_element() -> None:
    graph = graph_of(
        [
            node("SequenceConstruct", "a", "s"),
            node("OptionalGetElement", "s", "t"),
            node("SequenceLength", "t", "n"),
            node("OptionalGetElement", "a", "y"),
        ],
        outputs=("y", "n"),
    )

    assert graph.outputs[0].shape == (2, 3)
    assert graph.outputs[1].value == (1,)


def test_an_empty_optional_has_nothing() -> None:
    kind = helper.make_optional_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, [2]))
    graph = graph_of([node("Optional", "", "o", type=kind), node("OptionalHasElement", "o", "y")])

    assert graph.outputs[0].value == (False,)


def test_an_input_sequence_is_of_unknown_length() -> None:
    proto = model([node("SequenceAt", "s i", "y")], constants={"i": np.array(0)})
    kind = helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, [2]))
    proto.graph.input.append(helper.make_value_info("s", kind))

    graph = resolve(proto)

    assert graph.nodes[0].problem == (
        "the shape of its output is unknown: the members of its input 's' are unknown"
    )


def test_an_optional_input_is_taken_as_given() -> None:
    proto = model([node("OptionalGetElement", "o", "y")])
    kind = helper.make_optional_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, [2, 5]))
    proto.graph.input.append(helper.make_value_info("o", kind))

    graph = resolve(proto)

    assert graph.outputs[0].shape == (2, 5)
    assert graph.assumptions == ("the optional input 'o' is taken as given",)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([node("SequenceAt", "s two", "y")], "place 2 is outside a sequence of 2 members"),
        ([node("SequenceErase", "s minus", "y")], "place -3 is outside a sequence of 2"),
        ([node("SequenceInsert", "s a three", "y")], "place 3 is outside a sequence of 2"),
        ([node("ConcatFromSequence", "s", "y", axis=1)], "do not fit along axis 1"),
        ([node("ConcatFromSequence", "s", "y", axis=0, new_axis=1)], "cannot be stacked"),
        ([node("ConcatFromSequence", "s", "y")], "it has no axis"),
        ([node("SplitToSequence", "a minus", "y")], "a size of -3"),
        ([node("SplitToSequence", "a pair", "y")], "do not fit a size of 2"),
        ([node("SequenceEmpty", "", "e"), node("SequenceAt", "e two", "y")], "is empty"),
        ([node("SequenceEmpty", "", "e"), node("SequenceErase", "e two", "y")], "is empty"),
        (
            [node("SequenceEmpty", "", "e"), node("ConcatFromSequence", "e", "y", axis=0)],
            "is empty",
        ),
    ],
)
def test_contradictions_are_named(nodes: list[Any], message: str) -> None:
    constants = {
        "two": np.array(2),
        "three": np.array(3),
        "minus": np.array(-3),
        "pair": ints(1, 2),
    }
    proto = model([node("SequenceConstruct", "a b", "s"), *nodes], constants=constants)

    with pytest.raises(ShapeError, match=message):
        resolve(proto)


def test_a_sequence_made_to_exhaust_memory_is_not_followed() -> None:
    graph = resolve(model([node("SplitToSequence", "a", "y")], inputs={"a": [10**9, 3]}))

    assert graph.nodes[0].problem is not None
    assert "a sequence of 1,000,000,000 members is not followed" in graph.nodes[0].problem
