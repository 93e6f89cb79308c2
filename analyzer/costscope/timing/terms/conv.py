"""Convolutions as CPU runtimes loop over them.

Blocked (NCHWc) convolutions go over filter sets of four blocks, output rows and register
tiles of a few positions; a tile or a set that is not full takes as long as a full one, and
positions whose window leaves the image are done one by one. Plain ones are written out as a
matrix (im2col) and multiplied. Source: onnxruntime's MLAS, snchwc.cpp and convolve.cpp.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, prod

from costscope.graph.types import Node
from costscope.kernels.types import Kernel
from costscope.timing.terms import Terms, terms
from costscope.timing.terms.memory import main_node, moved, typed
from costscope.timing.terms.place import Place
from costscope.work import CONVOLUTIONS

_SET = 4  # blocks of output channels that are computed together
_BATCH_CHANNELS = 128  # input channels that a 1x1 convolution sums at a time
_RESIDUAL_SLOT = 3
_FOUR = 4  # 8-bit products that one instruction adds up
_EXPONENTIAL = ("sigmoid", "tanh", "gelu", "swish", "silu", "quickgelu", "softplus", "erf")
_GATED = ("hardswish", "hardsigmoid")
_CLIPPED = ("clip", "leakyrelu", "prelu", "elu")  # a pass of its own; Relu is done in registers


@dataclass(frozen=True, slots=True)
class _Window:
    """A convolution's loops: sizes along each axis and how many taps stay in the image."""

    images: int
    groups: int
    channels: int  # of a group's input
    filters: int  # of a group's output
    rows: int
    columns: int
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    taps: float  # of one position that lie inside the image, on average
    edge_columns: int  # positions of a row whose window leaves the image
    size: int  # of the input's map


@terms(*CONVOLUTIONS)
def convolution(kernel: Kernel, place: Place) -> Terms:
    """Amounts of a convolution of any kind and layout."""
    node = main_node(kernel)
    if node.op_type.startswith(("ConvTranspose", "DeformConv")):
        return _other(kernel, place)
    window = _window(node)
    blocked = node.domain.endswith("nchwc")
    depthwise = window.channels == 1 and window.groups > 1 and window.filters == 1
    amounts = {"call": 1.0, **moved(kernel, place), **_after(kernel, node)}
    if _is_quantized(node):
        amounts |= _quantized(window, place, depthwise=depthwise)
    elif depthwise:
        amounts |= _depthwise(window, place)
    elif blocked:
        amounts |= _blocked(window, place, plain_input=window.channels < place.setting("block"))
    else:
        amounts |= _product(window, place)
    return Terms(_name(kernel, window, place, depthwise), amounts)


def _name(kernel: Kernel, window: _Window, place: Place, depthwise: bool) -> str:
    """The class: by layout, by what is summed over, and by the activations' element type."""
    node = main_node(kernel)
    blocked = node.domain.endswith("nchwc")
    data = node.inputs[0]
    if data is not None and _is_quantized(node):
        return f"quantized_{_summed(window, False, depthwise)}_conv_{data.dtype.name}"
    stem = blocked and window.channels < place.setting("block")
    layout = "nchwc" if blocked else "plain"
    return typed(f"{layout}_{_summed(window, stem, depthwise)}_conv", kernel)


def _is_quantized(node: Node) -> bool:
    return "Linear" in node.op_type or "Integer" in node.op_type


def _summed(window: _Window, stem: bool, depthwise: bool) -> str:
    pointwise = prod(window.kernel) == 1
    if depthwise:
        return "depthwise"
    if window.groups > 1:
        return "grouped"
    if stem:
        return "stem"
    if pointwise and window.rows * window.columns == 1:
        return "vector"
    return "pointwise" if pointwise else "dense"


def _blocked(window: _Window, place: Place, *, plain_input: bool) -> dict[str, float]:
    """Filter sets, tiles, rows and passes of the blocked layout."""
    block, tile = place.setting("block"), place.setting("outputs")
    taps = window.channels * window.taps
    full_taps = window.channels * prod(window.kernel)
    blocks = ceil(window.filters / block)
    sets = ceil(blocks / _SET)
    times = window.images * window.groups
    pointwise = prod(window.kernel) == 1
    positions = window.rows * window.columns
    one_row = pointwise and window.stride[-1] == 1
    tiled = (
        ceil(positions / tile) * tile
        if one_row
        else (window.rows * ceil(window.columns / tile) * tile)
    )
    batches = (
        ceil(window.channels / _BATCH_CHANNELS)
        if pointwise
        else (ceil(window.channels / (1 if plain_input else block)))
    )
    rows = 1 if one_row else window.rows
    map_bytes = 4 * window.size * window.channels
    return {
        "macs": times * positions * taps * window.filters,
        "set_macs": times * positions * taps * sets * _SET * block,
        "tile_macs": times * tiled * taps * blocks * block,
        "edge_macs": times * window.rows * window.edge_columns * full_taps * blocks * block,
        "output_rows": float(times * sets * rows * batches),
        "pass_elements": float(times * positions * blocks * block * (batches - 1)),
        "again_l3_bytes": times * (sets - 1) * map_bytes * place.beyond_l2(map_bytes),
    }


def _depthwise(window: _Window, place: Place) -> dict[str, float]:
    """Each block of channels alone; nothing is summed over channels."""
    block, tile = place.setting("block"), place.setting("outputs")
    blocks = window.images * ceil(window.groups / block)
    positions = window.rows * window.columns
    tiled = window.rows * ceil(window.columns / tile) * tile
    return {
        "macs": window.images * window.groups * positions * window.taps,
        "tile_macs": float(blocks * block * tiled * prod(window.kernel)),
        "edge_macs": float(
            blocks * block * window.rows * window.edge_columns * prod(window.kernel)
        ),
        "output_rows": float(blocks * window.rows),
        "position_elements": float(blocks * block * positions),
    }


def _quantized(window: _Window, place: Place, *, depthwise: bool) -> dict[str, float]:
    """Channels last, in 8 bits: depths in fours, filters in whole tiles, or a slower loop."""
    columns = place.setting("columns")
    times, positions = window.images * window.groups, window.rows * window.columns
    depth = window.channels * prod(window.kernel)
    macs = float(times * positions * depth * window.filters)
    tiled = ceil(positions / _FOUR) * _FOUR * ceil(window.filters / columns) * columns
    uneven = window.groups % columns if depthwise else window.channels % _FOUR
    return {
        "macs": macs,
        "tile_macs": 0.0 if depthwise else float(times * tiled * ceil(depth / _FOUR) * _FOUR),
        "uneven_macs": macs if uneven else 0.0,
        "unfolded_bytes": 0.0 if prod(window.kernel) == 1 else float(times * positions * depth),
        "position_elements": float(times * positions * window.filters),
        "group_calls": float(times) if not depthwise else 0.0,
        "window_rows": float(window.images * positions * prod(window.kernel)),
    }


def _product(window: _Window, place: Place) -> dict[str, float]:
    """Windows written out as a matrix, then a product of matrices per group."""
    times, positions = window.images * window.groups, window.rows * window.columns
    depth = window.channels * prod(window.kernel)
    rows, columns = place.setting("rows"), place.setting("columns")
    pointwise = prod(window.kernel) == 1 and max(window.stride) == 1
    tiled = ceil(window.filters / rows) * rows * ceil(positions / columns) * columns
    return {
        "macs": float(times * positions * depth * window.filters),
        "tile_macs": float(times * tiled * depth),
        "unfolded_bytes": 0.0 if pointwise else 4.0 * times * positions * depth,
        "unfold_rows": 0.0 if pointwise else float(times * window.rows * depth),
        "group_calls": float(times),
        "product_rows": float(times * ceil(window.filters / rows)),
    }


def _after(kernel: Kernel, node: Node) -> dict[str, float]:
    """What is done to the result before it is stored: a residual, an activation."""
    elements = float(kernel.writes[0].elements) if kernel.writes else 0.0
    name = str(node.attributes.get("activation", "")).lower()
    names = {name, *(other.op_type.lower() for other in kernel.nodes if other is not node)}
    residual = not node.op_type.startswith("QLinear") and node.input(_RESIDUAL_SLOT) is not None
    return {
        "residual_elements": elements if residual else 0.0,
        "special_elements": elements if names & set(_EXPONENTIAL) else 0.0,
        "gate_elements": elements if names & set(_GATED) else 0.0,
        "clip_elements": elements if names & set(_CLIPPED) else 0.0,
    }


def _other(kernel: Kernel, place: Place) -> Terms:
    """Transposed, deformable and one-dimensional convolutions: through a matrix of windows."""
    node = main_node(kernel)
    data, weight = node.shape(0), node.shape(1)
    unfolded = 4.0 * prod(data[:1] + data[2:]) * prod(weight[1:])
    amounts = {
        "call": 1.0,
        **moved(kernel, place),
        "macs": float(kernel.work.macs),
        "unfolded_bytes": unfolded,
        "l3_unfolded_bytes": unfolded * place.beyond_l2(unfolded),
        "dram_unfolded_bytes": unfolded * place.beyond_l3(unfolded),
    }
    return Terms(typed(str(kernel.kind), kernel), amounts)


def _window(node: Node) -> _Window:
    weight_slot = 3 if node.op_type == "QLinearConv" else 1
    data, weight, out = node.shape(0), node.shape(weight_slot), node.output.dims
    if node.attributes.get("channels_last"):
        data, out = (data[0], data[-1], *data[1:-1]), (out[0], out[-1], *out[1:-1])
    groups = int(node.attributes.get("group", 1))
    kernel = tuple(weight[2:])
    rank = len(kernel)
    stride = tuple(node.attributes.get("strides") or [1] * rank)
    dilation = tuple(node.attributes.get("dilations") or [1] * rank)
    pads = tuple(node.attributes.get("pads") or [0] * 2 * rank)
    if node.attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID", ""):
        pads = tuple((k - 1) * d // 2 for k, d in zip(kernel, dilation, strict=True)) * 2
    inside = [
        _inside(
            data[2 + axis], kernel[axis], stride[axis], dilation[axis], pads[axis], out[2 + axis]
        )
        for axis in range(rank)
    ]
    return _Window(
        images=data[0],
        groups=groups,
        channels=weight[1],
        filters=weight[0] // groups,
        rows=prod(out[2:-1]),
        columns=out[-1],
        kernel=kernel,
        stride=stride,
        taps=prod(taps for taps, _ in inside),
        edge_columns=inside[-1][1],
        size=prod(data[2:]),
    )


@lru_cache(maxsize=4096)
def _inside(
    size: int, kernel: int, stride: int, dilation: int, pad: int, out: int
) -> tuple[float, int]:
    """Taps of a position inside the axis, on average, and positions that have others."""
    counts = []
    for position in range(out):
        start = position * stride - pad
        counts.append(sum(0 <= start + tap * dilation < size for tap in range(kernel)))
    return sum(counts) / max(1, out), sum(count < kernel for count in counts)
