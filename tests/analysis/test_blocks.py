"""Blocks as names tell them: the zoo's, PyTorch's, TensorFlow's, and none at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.analysis.blocks import block_of, blocks_of, numbered, parts_of


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("stage2.block1.expand", "stage2.block1"),
        ("stage2.block1.expand.act", "stage2.block1.expand"),
        ("classifier.pool", "classifier"),
        ("stem", ""),
        ("/features/features.1/conv/conv.0/Conv", "features.1.conv.0"),
        ("/features/features.1/conv/conv.0/conv.0.0/Conv", "features.1.conv.0.0"),
        ("/blocks/blocks.3/blocks.3.3/Add", "blocks.3.3"),
        ("/layer1/layer1.0/conv1/Conv", "layer1.0.conv1"),
        ("/Flatten", ""),
        ("model/block_1/expand/Conv2D", "model.block_1.expand"),
        ("Loop_1/Conv_0", "Loop_1"),
        ("/t/layers.3/self_attn/MatMul/Reshape~39", "t.layers.3.self_attn"),
        ("stage1.block1.fc/Reshape~3", "stage1.block1"),
        ("/layer1/layer1.0/Transpose~3", "layer1.0"),
        ("Conv_12", ""),
        ("node_Conv_809", ""),
        ("536", ""),
        ("", ""),
        ("///", ""),
        ("...", ""),
    ],
)
def test_the_block_is_the_path_without_the_operator(name: str, block: str) -> None:
    assert block_of(name) == block


def test_a_part_that_only_begins_alike_is_not_taken_for_a_repetition() -> None:
    assert parts_of("/conv/conv1.0/Conv") == ("conv", "conv1", "0", "Conv")
    assert parts_of("/a/a.b/a.b.c/Add") == ("a", "b", "c", "Add")


def test_a_layer_with_a_path_of_its_own_is_in_the_block_that_holds_it() -> None:
    names = [
        "/conv1/Conv",
        "/layer1/layer1.0/conv1/Conv",
        "/layer1/layer1.0/conv2/Conv",
        "/layer1/layer1.0/Add",
        "/layer1/layer1.1/conv1/Conv",
        "/layer1/layer1.1/Add",
        "node_12",
    ]
    assert list(blocks_of(names).values()) == [
        "", "layer1.0", "layer1.0", "layer1.0", "layer1.1", "layer1.1", "",
    ]  # fmt: skip


def test_blocks_of_the_zoo_are_those_of_its_names() -> None:
    names = ["stage1.block1.expand", "stage1.block1.project", "stage1.block2.expand", "stem"]
    assert list(blocks_of(names).values()) == ["stage1.block1", "stage1.block1", "stage1", ""]


@pytest.mark.parametrize("name", ["Conv_12", "node_add_5", "536", "n4_2", "/Add_35", "conv2d_5"])
def test_names_that_count_are_told(name: str) -> None:
    assert numbered(name)


@pytest.mark.parametrize("name", ["stem", "stage2.block1", "/layer1/Add_1", "classifier", "head"])
def test_names_that_say_a_place_are_told(name: str) -> None:
    assert not numbered(name)


@given(st.text(max_size=60))
def test_any_text_has_parts_and_a_block_that_is_shorter(name: str) -> None:
    parts = parts_of(name)
    assert parts
    assert block_of(name) == ".".join(parts[:-1])
    assert len(block_of(name)) <= len(name)


def test_a_name_of_a_million_parts_has_few() -> None:
    name = "a." * 500_000 + "b"
    assert len(parts_of(name)) == 24
    assert len(blocks_of([name, name + "x"])) == 2


@given(st.lists(st.sampled_from(["a.b", "a.c", "a.d.e", "a.d.f", "/x/x.1/Conv", "z"]), max_size=9))
def test_a_block_is_always_a_path_above_its_operator(names: list[str]) -> None:
    for name, block in blocks_of(names).items():
        assert (block_of(name) + ".").startswith(block + "." if block else "")
