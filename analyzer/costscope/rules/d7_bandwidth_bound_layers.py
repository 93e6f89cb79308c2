"""D7: fully connected layers that wait for their weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from costscope.analysis.types import Severity
from costscope.dtypes import INT8
from costscope.kernels.types import Kernel
from costscope.rules import Found, rule
from costscope.timing.types import Bound, Timing
from costscope.units import format_bytes, format_count, format_intensity, format_percent
from costscope.whatif.case import Case
from costscope.whatif.fully_connected import (
    Flattened,
    FullyConnected,
    flattened,
    fully_connected,
    in_bytes,
    pooled,
)

LEAST_TIME_RATIO = 0.05  # of the model's latency
LEAST_WEIGHT_RATIO = 0.5  # of the model's weights, for a layer on a flattened map
LEAST_SIZE_BYTES = 256 * 1024  # of weights: below it a cache keeps them


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A layer with what is known of it."""

    kernel: Kernel
    layer: FullyConnected
    timing: Timing
    flat: Flattened | None
    time_ratio: float
    weight_ratio: float


@rule("D7", name="bandwidth-bound layers", severity=Severity.WARNING)
def bandwidth_bound_layers(case: Case) -> Iterator[Found]:
    """Fully connected layers whose time is that of reading their weights.

    What it finds:
        Layers at batch 1 that this machine spends most time on reading weights for, and that
        take a good share of the model's time or, on a flattened map, of its weights.
    Why it costs:
        At batch 1 each weight is read for a single multiply-accumulate: 2 FLOP for 4, 2 or 1
        bytes. That is far below the ridge point of any machine, so arithmetic waits for memory.

    Example:
        The first such layer of VGG-16 reads 25088 x 4096 weights, 411 MB in float32: 74 % of
        the model. ResNet and MobileNet average the map first and read 2 M and 1.3 M weights.
    How to fix:
        Before a layer on a flattened map put global average pooling: it then reads one weight
        for a channel and not one for each position. Else keep its weights in 8 bits, or drop
        or narrow the layer. The saving is that of the layer with pooling before it, or in 8
        bits.
    Thresholds:
        5 % of the predicted latency; half of all weights where it reads a flattened map;
        256 KiB of weights, which second-level caches keep.
    Source:
        Williams, Waterman and Patterson 2009, "Roofline"; Simonyan and Zisserman 2014, arXiv
        1409.1556, Table 2; Lin et al. 2013, arXiv 1312.4400, Section 3.2 (global average
        pooling in place of fully connected layers).
    """
    latency_s = case.latency_s
    weight_bytes = case.deployment.totals.weight_bytes
    if not latency_s or not weight_bytes:
        return
    for kernel in case.deployment.kernels:
        layer = fully_connected(kernel)
        timing = case.timing_of.get(kernel.name) if layer else None
        if layer is None or timing is None or layer.node.name not in case.nodes:
            continue
        if timing.bound is not Bound.MEMORY:
            continue
        place = _Place(
            kernel=kernel,
            layer=layer,
            timing=timing,
            flat=flattened(layer, case.makers),
            time_ratio=(timing.latency_s or 0.0) / latency_s,
            weight_ratio=layer.weight.nbytes / weight_bytes,
        )
        if _is_notable(place):
            yield from _found(case, place)


def _is_notable(place: _Place) -> bool:
    if place.layer.weight.nbytes < LEAST_SIZE_BYTES:
        return False
    heavy = place.flat is not None and place.weight_ratio >= LEAST_WEIGHT_RATIO
    return heavy or place.time_ratio >= LEAST_TIME_RATIO


def _found(case: Case, place: _Place) -> Iterator[Found]:
    layer, flat, timing = place.layer, place.flat, place.timing
    if flat is not None:
        changed = pooled(case.graph, layer, flat, case.makers)
        change = (
            f"average the {flat.positions} positions first: {flat.channels} features and "
            f"{format_count(flat.channels * layer.outputs)} weights are left"
        )
    elif layer.weight.stored_dtype.bits > INT8.bits:
        changed = in_bytes(case.graph, place.kernel)
        change = "keep its weights in 8 bits, or narrow the layer"
    else:
        return
    saving = case.saving(changed)
    if saving.latency_s is None or saving.latency_s <= 0:
        return
    intensity, ridge = timing.intensity or 0.0, _ridge_point(case, place.kernel)
    yield Found(
        subject=place.kernel.name,
        message=(
            f"{layer.features} x {layer.outputs} weights, {format_bytes(layer.weight.nbytes)}, "
            f"are read for one product each: {format_intensity(intensity)}, ridge point "
            f"{format_intensity(ridge)}; {format_percent(place.time_ratio)} of the time, "
            f"{format_percent(place.weight_ratio)} of the weights"
        ),
        change=change,
        evidence={
            "weight_bytes": layer.weight.nbytes,
            "weight_ratio": place.weight_ratio,
            "latency_s": timing.latency_s or 0.0,
            "latency_ratio": place.time_ratio,
            "intensity_flop_per_byte": intensity,
            "ridge_point_flop_per_byte": ridge,
            "map_positions": flat.positions if flat else 1,
        },
        nodes=(layer.node.name,),
        saving=saving,
    )


def _ridge_point(case: Case, kernel: Kernel) -> float:
    """FLOP/byte at which arithmetic takes as long as reading weights; 0 where it is not known."""
    hardware, prediction = case.hardware, case.deployment.prediction
    if hardware is None or prediction is None:
        return 0.0
    rates = prediction.rates
    dtype = rates.computes(kernel.compute_dtype) if rates else kernel.compute_dtype
    compute = hardware.with_threads(prediction.threads).compute.get(dtype)
    shares = hardware.weight_shares(case.deployment.totals.weight_bytes)
    seconds_per_byte = sum(share / memory.bandwidth_bytes_per_s for memory, share in shares)
    return compute.peak_flops_per_s * seconds_per_byte if compute else 0.0
