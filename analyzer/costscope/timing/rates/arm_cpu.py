"""CPUs: one core's loops by the routine that the runtime chooses, summed.

Source: ncnn's own choice of routines on Arm (src/layer/arm/convolution_arm.cpp and others);
which classes are worth telling apart was found on its published benchmark.
"""

from __future__ import annotations

from math import ceil, prod

from costscope.timing.rates import CALLS, Amounts, structure
from costscope.timing.rates.layer import Layer
from costscope.work import CONVOLUTIONS, FREE, KernelKind

COMPUTE = ("pointwise", "winograd", "dense", "depthwise")
MEMORY = (
    "activations",
    "transform",
    "elementwise",
    "exponential",
    "normalization",
    "weights",
)

_STEM_CHANNELS = 4  # at most so many input channels: an image
_PACK = 4  # lanes that channels are packed in
_HALF_PACK = 8  # of float16
_HALF_UNPACKED = 1.5  # times as long where a channel count is no multiple of it
_LEAST_WINOGRAD = 8  # input channels
_TILES = (4, 6)  # outputs along one side of a tile
_TILES_AT_ONCE = 4
_SMALL_GROUP = 4  # channels of a group from which it runs as a convolution of its own
_OWN_WINDOWS = (9, 25)  # taps of the depthwise windows that have a routine of their own
_WINOGRAD_KINDS = frozenset({KernelKind.DENSE_CONV, KernelKind.GROUPED_CONV})
_GENERAL_DEPTHWISE = 4.0  # times as long without one
_LAYOUT_PASSES = 2.0  # channels leave their packs and are packed again
_EXPONENTIAL = frozenset(
    {
        "swish",
        "silu",
        "sigmoid",
        "gelu",
        "fast_gelu",
        "quick_gelu",
        "bias_gelu",
        "tanh",
        "erf",
        "mish",
        "exp",
        "elu",
    }
)
_LAYOUT = frozenset({"slice", "split", "concat", "shuffle_channel", "crop"})
_PASSES = {KernelKind.NORMALIZATION: 1.0, KernelKind.SOFTMAX: 4.0, KernelKind.REDUCTION: 4.0}


@structure("arm_cpu", compute=COMPUTE, memory=MEMORY)
def arm_cpu(layer: Layer) -> Amounts:
    """Amounts of a layer on a CPU."""
    if layer.kind in FREE:
        return {}
    if layer.kind in CONVOLUTIONS:
        return _convolution(layer)
    if layer.kind is KernelKind.FULLY_CONNECTED and layer.positions <= 1:
        return _vector(layer, 1)
    if layer.macs:
        return {"pointwise": layer.macs, **_vector(layer, 1)}
    return {**_moving(layer), CALLS: 1.0}


def _moving(layer: Layer) -> Amounts:
    """The passes over memory of a layer without multiply-accumulates."""
    moved = float(layer.moved_elements)
    if layer.kind in _PASSES:
        return {"normalization": moved * _PASSES[layer.kind]}
    if layer.operation in _EXPONENTIAL:
        return {"exponential": moved}
    return {"elementwise": moved * (_LAYOUT_PASSES if layer.operation in _LAYOUT else 1.0)}


def _vector(layer: Layer, calls: int) -> Amounts:
    """A product that reads its weights once and uses each once."""
    return {
        "weights": float(layer.weight_elements),
        "activations": float(layer.moved_elements),
        CALLS: float(calls),
    }


def _convolution(layer: Layer) -> Amounts:
    macs, groups = float(layer.macs), layer.groups
    calls = {"activations": float(layer.moved_elements), CALLS: float(groups)}
    if layer.is_depthwise or (groups > 1 and groups == layer.channels):
        slow = 1.0 if layer.area in _OWN_WINDOWS else _GENERAL_DEPTHWISE
        return {**calls, "depthwise": macs * slow, CALLS: 1.0}
    inside, outside = layer.channels // groups, layer.filters // groups
    small = groups > 1 and inside < _SMALL_GROUP
    if layer.area == 1 and layer.positions == 1:
        return _vector(layer, groups)
    if layer.area == 1 and layer.channels > _STEM_CHANNELS and not small:
        return {**calls, "pointwise": macs * _packed(layer, inside, outside)}
    if _is_winograd(layer, inside) and not small:
        return {**calls, **_winograd(layer, inside, outside)}
    return {**calls, "dense": macs}


def _packed(layer: Layer, inside: int, outside: int) -> float:
    """How much longer whole packs of channels take than the channels there are."""
    ratio = _up(inside, _PACK) * _up(outside, _PACK) / (inside * outside)
    uneven = inside % _HALF_PACK or outside % _HALF_PACK
    return ratio * (_HALF_UNPACKED if _is_half(layer) and uneven else 1.0)


def _is_half(layer: Layer) -> bool:
    return layer.dtype == "float16"


def _is_winograd(layer: Layer, inside: int) -> bool:
    square = layer.kernel == (3, 3) and layer.stride == (1, 1)
    return square and layer.kind in _WINOGRAD_KINDS and inside >= _LEAST_WINOGRAD


def _winograd(layer: Layer, inside: int, outside: int) -> Amounts:
    """Multiplications that are left, those of tiles over the border included.

    Source: Lavin and Gray 2015, arXiv 1509.09308: F(m x m, 3 x 3) takes (m + 2)^2
    multiplications for 9 m^2.
    """
    share, tile = min((_left(layer.map, tile), tile) for tile in _TILES)
    tiles = prod(ceil(size / tile) for size in layer.map)
    share *= _up(tiles, _TILES_AT_ONCE) / tiles
    return {
        "winograd": layer.macs * share * _unpacked(layer, inside, outside),
        "transform": layer.moved_elements * ((tile + 2) / tile) ** 2,
    }


def _unpacked(layer: Layer, inside: int, outside: int) -> float:
    """How much longer it takes where channels are no multiple of a pack."""
    half = _is_half(layer)
    if inside % _PACK or outside % _PACK:
        return 4.0 if half else 2.0
    return 2.0 if half and (inside % _HALF_PACK or outside % _HALF_PACK) else 1.0


def _left(sizes: tuple[int, ...], tile: int) -> float:
    """Multiplications of Winograd's tiles over those of the plain loops."""
    border = prod(_up(size, tile) / size for size in sizes)
    return (tile + 2) * (tile + 2) / (9 * tile * tile) * border


def _up(size: int, step: int) -> int:
    return ceil(size / step) * step
