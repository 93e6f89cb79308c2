"""What a layer takes of each class on a CPU, worked out by hand from the runtime's routines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.timing.rates import CALLS, STRUCTURES, structure_named
from costscope.timing.rates.layer import Layer
from costscope.timing.rates.price import Setting, charges, seconds, setting_for
from costscope.work import KernelKind
from rated_cases import machine, rates


def layer(kind: str = "dense_conv", operation: str = "conv", **more: Any) -> Layer:
    """A layer that reads 100 elements, writes 60 and has 30 weights."""
    fields = {"read_elements": 100, "write_elements": 60, "weight_elements": 30, "macs": 3240}
    return Layer(kind=KernelKind(kind), operation=operation, **{**fields, **more})


def conv(
    inside: int, outside: int, kernel: int = 1, stride: int = 1, side: int = 12, **more: Any
) -> Layer:
    kinds = {1: "pointwise_conv"}
    return layer(
        **{
            "kind": kinds.get(kernel, "dense_conv"),
            "channels": inside,
            "filters": outside,
            "kernel": (kernel, kernel),
            "stride": (stride, stride),
            "map": (side, side),
            **more,
        }
    )


def amounts(found: Layer) -> dict[str, float]:
    return dict(structure_named("arm_cpu").layer(found))


MOVED = {"activations": 160, CALLS: 1}
VECTOR = {**MOVED, "weights": 30}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(conv(8, 16), {"pointwise": 3240}, id="pointwise"),
        # 6 channels go as 8, 10 filters as 12: 96 products for 60.
        pytest.param(conv(6, 10), {"pointwise": 3240 * 96 / 60}, id="pointwise, rounded"),
        pytest.param(conv(16, 24, dtype="float16"), {"pointwise": 3240}, id="float16"),
        # Whole packs of four, but not of the eight that float16 has.
        pytest.param(conv(12, 16, dtype="float16"), {"pointwise": 4860}, id="float16, uneven"),
        pytest.param(conv(3, 16, 3), {"dense": 3240}, id="stem"),
        pytest.param(conv(3, 16), {"dense": 3240}, id="stem of one tap"),
        pytest.param(conv(16, 16, 3, stride=2), {"dense": 3240}, id="strided"),
        pytest.param(conv(16, 16, 5), {"dense": 3240}, id="5 x 5"),
        pytest.param(conv(6, 16, 3), {"dense": 3240}, id="too few channels for Winograd"),
        pytest.param(
            conv(16, 16, 3, kind="depthwise_conv", groups=16), {"depthwise": 3240}, id="depthwise"
        ),
        pytest.param(
            conv(16, 16, 7, kind="depthwise_conv", groups=16),
            {"depthwise": 4 * 3240},
            id="depthwise without a routine of its own",
        ),
        pytest.param(
            conv(32, 32, 3, stride=2, kind="grouped_conv", groups=4),
            {"dense": 3240, CALLS: 4},
            id="groups",
        ),
        pytest.param(
            conv(64, 64, 1, kind="grouped_conv", groups=4),
            {"pointwise": 3240, CALLS: 4},
            id="groups of one tap",
        ),
        pytest.param(
            conv(32, 32, 1, kind="grouped_conv", groups=16),
            {"dense": 3240, CALLS: 16},
            id="groups of two channels",
        ),
        pytest.param(conv(16, 16, side=1), {"weights": 30}, id="one position: fully connected"),
        pytest.param(layer("fully_connected", map=(1,)), {"weights": 30}, id="a row"),
        pytest.param(layer("fully_connected", map=(7,)), {**VECTOR, "pointwise": 3240}, id="rows"),
        pytest.param(
            layer("batched_matmul", map=(7,)), {**VECTOR, "pointwise": 3240}, id="product"
        ),
        pytest.param(layer("attention", map=(7,)), {**VECTOR, "pointwise": 3240}, id="attention"),
    ],
)
def test_what_multiplies(found: Layer, expected: dict[str, float]) -> None:
    assert amounts(found) == pytest.approx({**MOVED, **expected})


@pytest.mark.parametrize(
    ("kind", "operation", "expected", "passes"),
    [
        ("elementwise", "add", "elementwise", 1),
        ("pooling", "max_pool", "elementwise", 1),
        ("movement", "concat", "elementwise", 2),  # out of its packs and into them again
        ("elementwise", "sigmoid", "exponential", 1),
        ("elementwise", "gelu", "exponential", 1),
        ("softmax", "softmax", "normalization", 4),
        ("normalization", "layer_norm", "normalization", 1),
        ("reduction", "reduce_mean", "normalization", 4),
    ],
)
def test_what_only_moves(kind: str, operation: str, expected: str, passes: float) -> None:
    found = amounts(layer(kind, operation, macs=0, weight_elements=0))

    assert found == {expected: 160 * passes, CALLS: 1}


@pytest.mark.parametrize("kind", ["view", "control_flow"])
def test_what_is_free(kind: str) -> None:
    assert amounts(layer(kind, macs=0)) == {}


@pytest.mark.parametrize(
    ("sides", "share", "tile"),
    [
        # Tiles of 6 x 6 outputs: 8 x 8 products for 9 x 36.
        ((12, 12), 64 / 324, 6),
        ((6, 24), 64 / 324, 6),
        # 4 x 4 outputs are one tile of 4: 36 products for 9 x 16; four tiles are done at once.
        ((4, 4), 4 * 36 / 144, 4),
        # Two tiles of 4 over 7 outputs: 8 for 7 along each side.
        ((7, 7), 36 / 144 * (8 / 7) ** 2, 4),
        # Three tiles of 6 by one: as many as four of them.
        ((18, 6), 64 / 324 * 4 / 3, 6),
    ],
)
def test_winograd_by_hand(sides: tuple[int, int], share: float, tile: int) -> None:
    found = amounts(conv(16, 16, 3, map=sides))

    assert found == pytest.approx(
        {
            **MOVED,
            "winograd": 3240 * share,
            "transform": 160 * ((tile + 2) / tile) ** 2,
        }
    )


@pytest.mark.parametrize(
    ("inside", "outside", "dtype", "factor"),
    [
        (12, 12, "float32", 1),  # whole packs of four
        (10, 16, "float32", 2),
        (16, 10, "float32", 2),
        (16, 24, "float16", 1),
        (12, 16, "float16", 2),  # not whole packs of eight
        (10, 16, "float16", 4),
    ],
)
def test_winograd_on_channels_that_fill_no_pack_takes_longer(
    inside: int, outside: int, dtype: str, factor: int
) -> None:
    found = amounts(conv(inside, outside, 3, dtype=dtype))

    assert found["winograd"] == pytest.approx(3240 * factor * 64 / 324)


def test_winograd_of_each_of_two_wide_groups() -> None:
    found = amounts(conv(32, 32, 3, kind="grouped_conv", groups=2))

    assert found["winograd"] == pytest.approx(3240 * 64 / 324)
    assert found[CALLS] == 2


def test_every_class_takes_its_seconds() -> None:
    structure = structure_named("arm_cpu")
    found = rates(
        structure="arm_cpu",
        compute_ratio={name: 0.5 / (i + 1) for i, name in enumerate(structure.compute)},
        bandwidth_bytes_per_s={name: 4.0 * (i + 1) for i, name in enumerate(structure.memory)},
    )
    setting = setting_for(machine(found), found, structure, weight_bytes=0)

    for index, name in enumerate(structure.compute):  # 1000 FLOP/s: 500 MACs are a second
        spent = dict(seconds(charged({name: 500}, setting), found))
        assert spent == {name: pytest.approx(2 * (index + 1))}
    for index, name in enumerate(structure.memory):  # elements of four bytes
        spent = dict(seconds(charged({name: 7}, setting), found))
        assert spent == {name: pytest.approx(7 / (index + 1))}
    assert dict(seconds(charged({CALLS: 2}, setting), found)) == {CALLS: 6.0}


def charged(amounts: dict[str, float], setting: Setting) -> dict[str, float]:
    """The charges of a layer with these amounts, whatever it is."""
    made = replace(setting.structure, layer=lambda _: amounts)
    return charges(layer(), replace(setting, structure=made))


sizes = st.integers(1, 40)


@given(
    kind=st.sampled_from(KernelKind),
    name=st.sampled_from(sorted(STRUCTURES.keys())),
    inside=sizes,
    outside=sizes,
    groups=st.sampled_from([1, 2, 4]),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 3),
    side=sizes,
    macs=st.integers(0, 10**9),
)
def test_every_structure_gives_every_layer_amounts_of_its_own_classes(
    kind: KernelKind, name: str, groups: int, **sizes: int
) -> None:
    structure = structure_named(name)
    macs = sizes.pop("macs")
    inside, outside = sizes.pop("inside") * groups, sizes.pop("outside") * groups

    found = structure.layer(
        conv(inside, outside, **sizes, kind=kind, groups=groups, macs=macs)  # type: ignore[arg-type]
    )

    assert set(found) <= set(structure.classes)
    assert all(amount >= 0 for amount in found.values())
