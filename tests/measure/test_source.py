"""Models before they run: every node has a name of its own, large weights stay in files."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured_models import branches, loop, network, random, saved, two_convolutions
from onnx import TensorProto, numpy_helper

from costscope.errors import ModelError
from costscope.measure.source import ITSELF, graphs, named, source


def names(model):
    return [node.name for graph in graphs(model.graph) for node in graph.node]


def test_unnamed_nodes_are_called_by_their_operator():
    assert names(named(two_convolutions())) == ["Conv_1", "Relu_1", "Conv_2", "Add_1"]


def test_given_names_stay_and_generated_ones_avoid_them():
    model = two_convolutions()
    model.graph.node[3].name = "Conv_1"
    model.graph.node[1].name = "act"

    assert names(named(model)) == ["Conv_2", "act", "Conv_3", "Conv_1"]


def test_a_name_that_stands_twice_is_numbered_everywhere():
    model = two_convolutions()
    for node in model.graph.node:
        node.name = "same"

    assert names(named(model)) == ["same_1", "same_2", "same_3", "same_4"]


def test_nodes_of_graphs_inside_are_named_too():
    model = loop()
    for graph in graphs(model.graph):
        for node in graph.node:
            node.name = ""

    found = names(named(model))

    assert len(found) == len(set(found)) == 5
    assert set(found) == {"Loop_1", "Neg_1", "Identity_1", "Conv_1", "Sigmoid_1"}


@given(st.lists(st.sampled_from(["", "Relu", "Relu_1", "a", "a_1"]), min_size=4, max_size=4))
def test_names_are_unique_whatever_the_file_says(given_names):
    model = two_convolutions()
    for node, name in zip(model.graph.node, given_names, strict=True):
        node.name = name

    found = names(named(model))

    assert len(set(found)) == len(found)
    kept = [name for name in given_names if name and given_names.count(name) == 1]
    assert set(kept) <= set(found)


def test_a_path_keeps_its_large_weights_in_the_file(tmp_path):
    weights = random(300, 300)
    path = saved(network("(float[1,300] x) => (float[1,300] y) { y = MatMul (x, w) }", w=weights),
                 tmp_path)  # fmt: skip

    given = source(path)

    (tensor,) = given.proto.graph.initializer
    place = {entry.key: entry.value for entry in tensor.external_data}
    assert (given.name, given.file) == ("net", path)
    assert tensor.data_location == TensorProto.EXTERNAL
    assert place["location"] == ITSELF
    data = path.read_bytes()[int(place["offset"]) :][: int(place["length"])]
    assert np.frombuffer(data, np.float32).reshape(300, 300).tolist() == weights.tolist()


def test_a_proto_is_not_changed():
    model = two_convolutions()
    before = model.SerializeToString()

    given = source(model)

    assert model.SerializeToString() == before
    assert (given.name, given.file) == ("net", None)
    assert source(before).proto == given.proto


def test_the_zoo_is_a_source():
    given = source("zoo:squeezenet@1.1")

    assert given.name == "squeezenet@1.1"
    assert given.file is None
    assert all(names(given.proto))


def test_graphs_of_an_if_come_behind_the_main_one():
    first, *inside = [graph.name for graph in graphs(branches().graph)]

    assert first == "net"
    assert sorted(inside) == ["cheap", "dear"]


def test_what_is_no_model_gives_one_line(tmp_path):
    path = tmp_path / "no.onnx"
    path.write_text("hello")

    with pytest.raises(ModelError, match="not an ONNX model"):
        source(path)
    with pytest.raises(ModelError, match="no such file"):
        source(tmp_path / "none.onnx")


def test_small_weights_are_in_the_proto(tmp_path):
    given = source(saved(two_convolutions(), tmp_path))

    assert numpy_helper.to_array(given.proto.graph.initializer[0]).shape == (16, 16, 3, 3)
