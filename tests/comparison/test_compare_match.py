"""Kernels of two networks matched: renamed, inserted, removed, swapped, reordered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from compare_cases import kernel, renamed
from hypothesis import given
from hypothesis import strategies as st

from costscope.api import analyze
from costscope.comparison import match as matching
from costscope.comparison.match import Match, match
from costscope.kernels.types import Kernel
from costscope.work import KernelKind
from costscope.zoo.build import build


def kernels(model: object) -> tuple[Kernel, ...]:
    return analyze(model).first.kernels


def left_over(base: tuple[Kernel, ...], head: tuple[Kernel, ...]) -> list[tuple[str, str]]:
    """Names of what is not the same, `-` for what is missing."""
    return [
        (
            "-" if each.base is None else base[each.base].name,
            "-" if each.head is None else head[each.head].name,
        )
        for each in match(base, head)
        if not each.same
    ]


@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet@18", "mobilenet_v3_small", "googlenet"])
def test_a_renamed_export_matches_completely(name: str) -> None:
    proto = build(f"zoo:{name}")
    base, head = kernels(proto), kernels(renamed(proto))
    assert base[1].name != head[1].name
    assert match(base, head) == tuple(Match(i, i, same=True) for i in range(len(base)))


def test_a_block_put_into_a_numbered_network_is_all_that_is_added() -> None:
    # A Sequential numbers its layers: all that come after the new ones are called otherwise.
    plain = [kernel(f"features.{i}", 8 * (1 + i // 3)) for i in range(12)]
    new = [kernel("features.4", 99), kernel("features.5", 77)]
    after = [replace(each, name=f"features.{i + 6}") for i, each in enumerate(plain[4:])]
    base, head = tuple(plain), (*plain[:4], *new, *after)
    assert left_over(base, head) == [("-", "features.4"), ("-", "features.5")]


def test_which_of_several_equal_blocks_is_gone_is_told_by_the_names() -> None:
    base = tuple(kernel(f"stage1.block{i}.conv") for i in range(1, 6))
    head = (*base[:2], *base[3:])
    assert left_over(base, head) == [("stage1.block3.conv", "-")]


def test_a_swapped_block_is_all_that_differs() -> None:
    base = tuple(kernel(f"s.b{b}.{part}", 8 + b) for b in range(6) for part in ("in", "out"))
    swapped = (kernel("s.b2.fused", 10, kind=KernelKind.DENSE_CONV),)
    head = (*base[:4], *swapped, *base[6:])
    changed = left_over(base, head)
    assert {name for pair in changed for name in pair} <= {"s.b2.in", "s.b2.out", "s.b2.fused", "-"}
    assert len(changed) == 2  # one of the old layers for the new one, the other one gone


def test_a_wider_network_is_matched_layer_by_layer_by_its_names() -> None:
    base, head = kernels("zoo:mobilenet_v2"), kernels("zoo:mobilenet_v2@0.5")
    found = match(base, head)
    assert all(each.base is not None and each.head is not None for each in found)
    assert all(base[m.base or 0].name == head[m.head or 0].name for m in found)
    # The classifier's pooling, view and layer do not depend on the width.
    assert [base[m.base or 0].name for m in found if m.same] == [
        "classifier.pool", "classifier.flatten", "classifier",
    ]  # fmt: skip


def test_a_wider_network_without_names_is_matched_in_order() -> None:
    wide, thin = build("zoo:mobilenet_v2"), build("zoo:mobilenet_v2@0.5")
    base, head = kernels(renamed(wide)), kernels(renamed(thin))
    pairs = [(each.base, each.head) for each in match(base, head)]
    assert pairs == [(i, i) for i in range(len(base))]


def test_branches_in_another_order_are_the_same_kernels() -> None:
    base = (kernel("in"), kernel("left", 5), kernel("right", 6), kernel("join", 7))
    head = (base[0], replace(base[2], name="r"), replace(base[1], name="l"), base[3])
    assert left_over(base, head) == []


def test_an_output_of_the_same_name_does_not_make_a_relu_a_convolution() -> None:
    # A reparameterized block: its one convolution writes what the activation wrote before.
    relu = kernel("act", op="Relu", kind=KernelKind.ELEMENTWISE, output="act.out")
    base = (kernel("branch1", 4), kernel("branch2", 4), relu)
    head = (kernel("reparam", 4, output="act.out"),)
    assert ("act", "-") in left_over(base, head)


def test_a_layer_of_another_kind_stands_in_the_place_of_the_old_one() -> None:
    base = (kernel("a", 4), kernel("old", 8), kernel("z", 4))
    head = (base[0], replace(kernel("new", 8), kind=KernelKind.DENSE_CONV), base[2])
    assert left_over(base, head) == [("old", "new")]


def test_reshape_for_flatten_is_no_change() -> None:
    flat = kernel("view", op="Flatten", kind=KernelKind.VIEW)
    assert left_over((flat,), (kernel("v", op="Reshape", kind=KernelKind.VIEW),)) == []


LETTERS = st.lists(st.sampled_from("abcde"), max_size=14)


def spelled(letters: list[str], prefix: str) -> tuple[Kernel, ...]:
    return tuple(kernel(f"{prefix}_{i}", 1 + ord(c) - 97) for i, c in enumerate(letters))


@given(LETTERS, LETTERS)
def test_every_kernel_of_both_is_in_exactly_one_match(base: list[str], head: list[str]) -> None:
    found = match(spelled(base, "b"), spelled(head, "h"))
    assert sorted(each.base for each in found if each.base is not None) == [*range(len(base))]
    assert sorted(each.head for each in found if each.head is not None) == [*range(len(head))]
    for each in found:
        if each.same:
            assert base[each.base or 0] == head[each.head or 0]


@given(LETTERS, LETTERS)
def test_no_kernel_is_left_over_on_both_sides_that_is_the_same(
    base: list[str], head: list[str]
) -> None:
    found = match(spelled(base, "b"), spelled(head, "h"))
    gone = {base[m.base] for m in found if m.base is not None and m.head is None}
    new = {head[m.head] for m in found if m.head is not None and m.base is None}
    assert not gone & new


@given(LETTERS, st.sets(st.integers(0, 13)))
def test_what_stays_when_some_are_removed_is_the_same(base: list[str], gone: set[int]) -> None:
    head = [letter for place, letter in enumerate(base) if place not in gone]
    found = match(spelled(base, "b"), spelled(head, "h"))
    assert sum(each.same for each in found) == len(head)


@given(LETTERS, LETTERS)
def test_the_head_stays_in_its_order(base: list[str], head: list[str]) -> None:
    places = [m.head for m in match(spelled(base, "b"), spelled(head, "h")) if m.head is not None]
    assert places == sorted(places)


def test_beyond_the_limit_names_and_equal_kernels_still_match(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matching, "_MOST_CELLS", 3)
    base = tuple(kernel(f"net.{name}", size) for size, name in enumerate("abcdefgh", start=3))
    head = tuple(kernel(f"net.{name}", size) for size, name in enumerate("abxdyfgh", start=3))
    wider = (*head[:5], replace(head[5], work=base[0].work), *head[6:])
    changed = left_over(base, wider)
    assert ("net.f", "net.f") in changed
    assert ("net.a", "net.a") not in changed
    assert {name for pair in changed for name in pair} <= {
        "net.c", "net.x", "net.e", "net.y", "net.f", "-",
    }  # fmt: skip
