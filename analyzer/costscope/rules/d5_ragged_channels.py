"""D5: numbers of channels that leave lanes of the machine empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, fsum

from costscope.analysis.types import Severity
from costscope.rules import Found, rule
from costscope.timing.types import TimeModel
from costscope.units import format_percent
from costscope.whatif.case import Case
from costscope.whatif.channels import Site, operators, rewidened, sites

LEAST_WASTED_RATIO = 0.05  # of the multiplications: below it no measurement would show it
LEAST_MACS_RATIO = 0.01  # of the network's: fewer are not worth a change
_SEEN_RATIO = 0.5  # of the growth in MACs: time that grows less takes padding for granted
_NAMED = 5  # widths that a sentence lists
_IMAGE_CHANNELS = 4  # at most: gray, colour, with depth


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """How a class of machines takes channels.

    Attributes:
        block: channels that are computed together, whether they are there or not.
        spared: multiples of this many are no finding: measurements show no loss.
    """

    block: int
    spared: int


# By device class and element type; "" for every other type. Sources: see D5 below.
_LANES = {
    ("arm_cpu", "float32"): Lanes(block=4, spared=4),  # 128 bits; ncnn packs 4
    ("arm_cpu", ""): Lanes(block=8, spared=8),  # of 16 and of 8 bits, as ncnn packs them
    ("x86_cpu", ""): Lanes(block=8, spared=8),  # 256 bits; onnxruntime's blocks of 8 and 16
    ("mobile_gpu", ""): Lanes(block=4, spared=4),  # a texel: PHWC4, ncnn's pack4
    ("mcu", ""): Lanes(block=4, spared=4),  # CMSIS-NN's fast 1x1 routine asks for it
    ("edge_tpu", ""): Lanes(block=16, spared=8),
    ("npu", ""): Lanes(block=16, spared=8),  # Ethos-U: 16; Hexagon stores 32
}


@rule("D5", name="ragged channels", severity=Severity.WARNING)
def ragged_channels(case: Case) -> Iterator[Found]:
    """Numbers of channels that are no multiple of what the machine computes at once.

    What it finds:
        Widths such as 17 that convolutions of one group have on either side, where the
        machine takes channels in blocks of 4, 8 or 16. One finding for all such widths, named
        by the one with most multiplications.
    Why it costs:
        Vector registers, texels and processor arrays hold a fixed number of channels. The last
        block is filled up with zeros, and multiplying zeros takes as long as anything else.

    Example:
        On an Arm Ethos-U55 one more channel, 17 for 16, took a model from 5.59 to 10.47 ms
        and its memory from 512 to 1040 KiB. ShuffleNetV2's 58 channels on 8-wide vectors.
    How to fix:
        Use the next lower multiple of the block, or the next higher one, which takes the time
        that the padding takes now. The saving is that of all convolutions of these widths at
        the lower multiples; the padding is told beside it where the time model does not see it.
    Thresholds:
        5 % of the multiplications of these convolutions are of padding, and they do 1 % of the
        network's. Left alone: images (up to 4 channels), widths below one block (no lower
        multiple), depthwise and grouped convolutions, maps of one position (bound by weights),
        outputs that no other layer reads (classes, boxes). On Edge TPUs and NPUs multiples of
        8 too: published latencies of Edge TPU, Neural Engine and Hexagon are predicted no
        better when channels are rounded up to the array.
    Source:
        community.arm.com, forum thread 55270 (16 and 17 channels on Ethos-U55); Qualcomm, QNN
        HTP guidelines, "Avoid low depth activations" (channels are stored in 32s); ncnn wiki,
        element-packing, and Tencent/ncnn issue 3190 (multiples of 4, better of 8); Lee et al.
        2019, arXiv 1907.01989, Section 4 (PHWC4); CMSIS-NN, arm_convolve_1x1_s8_fast
        (channels a multiple of 4); onnxruntime, NCHWc blocks. An Arm dot-product tile of
        XNNPACK has 16 outputs and wastes more than the 8 counted here.
    """
    hardware = case.hardware
    if hardware is None:
        return
    found = sites(case.deployment.kernels)
    places = [place for place in found if place.conv.node.name in case.nodes]
    least_macs = LEAST_MACS_RATIO * case.deployment.totals.work.macs
    worst: dict[int, dict[int, int]] = {}
    for width, block in sorted(_ragged(case, places).items()):
        macs, padded = _macs([place for place in places if width in place.widths], block)
        if 1 - macs / padded >= LEAST_WASTED_RATIO and macs >= least_macs:
            worst.setdefault(block, {})[width] = macs
    for block, widths in worst.items():
        concerned = [place for place in places if widths.keys() & set(place.widths)]
        yield _found(case, concerned, (block, widths))


def _macs(places: Iterable[Site], block: int) -> tuple[int, int]:
    """MACs of the convolutions that fill the machine with channels, and those with padding."""
    usual = [place for place in places if _counts(place)]
    macs = sum(place.conv.macs * place.kernel.repeats for place in usual)
    return macs, sum(_padded_macs(place, block) * place.kernel.repeats for place in usual)


def _ragged(case: Case, places: Sequence[Site]) -> dict[int, int]:
    """The widths that are no multiple, each with the block of the machine."""
    found: dict[int, int] = {}
    for place in places:
        lanes = _lanes(case, place)
        if lanes is None or not _counts(place):
            continue
        for width in place.widths:
            if width > max(lanes.block, _IMAGE_CHANNELS) and width % lanes.spared:
                found[width] = lanes.block
    return found


def _lanes(case: Case, place: Site) -> Lanes | None:
    """How the machine takes the channels of a kernel; None where nothing is known."""
    hardware, prediction = case.hardware, case.deployment.prediction
    if hardware is None:
        return None
    dtype = place.kernel.compute_dtype
    if prediction is not None and prediction.rates is not None:
        dtype = prediction.rates.computes(dtype)
    compute = hardware.compute.get(dtype)
    if compute is None:
        return None  # it does not run there
    device = hardware.device_class
    return _LANES.get((device, compute.runs_as)) or _LANES.get((device, ""))


def _counts(place: Site) -> bool:
    """Whether a convolution fills the machine with channels at all."""
    return place.conv.groups == 1 and place.conv.positions > 1


def _padded_macs(place: Site, block: int) -> int:
    """Multiplications with the sides that could be chosen filled up to whole blocks."""
    conv = place.conv
    channels = _up(conv.channels, block) if conv.channels > _IMAGE_CHANNELS else conv.channels
    filters = conv.filters if place.last else _up(conv.filters, block)
    return conv.macs * channels * filters // (conv.channels * conv.filters)


def _found(case: Case, places: Sequence[Site], sizes: tuple[int, Mapping[int, int]]) -> Found:
    block, widths = sizes
    most = max(widths, key=lambda width: (widths[width], width))
    macs, padded = _macs(places, block)
    usual = [place for place in places if _counts(place)]
    seen = _is_seen(case, usual, {width: _up(width, block) for width in widths})
    told = (
        "the predicted time holds it"
        if seen
        else "the time model of this machine does not see it: the saving is that of fewer channels"
    )
    many = f"{len(places)} convolutions" if len(places) > 1 else "a convolution"
    return Found(
        subject=next(place.kernel.name for place in usual if most in place.widths),
        message=(
            f"{_listed(most, widths)} in {many}, computed in blocks of {block}: "
            f"{format_percent(1 - macs / padded)} of the multiplications are of padding; {told}"
        ),
        change=(
            f"use {_down(most, block)} channels, or {_up(most, block)}, which the machine "
            "computes anyway" + ("; the other widths alike" if len(widths) > 1 else "")
        ),
        evidence={
            "channels": most,
            "lower_channels": _down(most, block),
            "padded_channels": _up(most, block),
            "block_channels": block,
            "widths": len(widths),
            "wasted_ratio": 1 - macs / padded,
            "convolutions": len(places),
            "padding_priced": int(seen),
        },
        nodes=operators(places),
        saving=case.saving(
            rewidened(case.graph, places, {width: _down(width, block) for width in widths})
        ),
        severity=None if seen else Severity.NOTE,
    )


def _listed(most: int, widths: Iterable[int]) -> str:
    """The widths, the given one first, and how many are not named."""
    found = [most, *(width for width in widths if width != most)]
    if len(found) == 1:
        return f"{most} channels"
    parts = [str(width) for width in found[:_NAMED]]
    rest = len(found) - _NAMED
    parts += [f"{rest} more"] if rest > 0 else []
    return f"widths of {', '.join(parts[:-1])} and {parts[-1]}"


def _is_seen(case: Case, places: Sequence[Site], upper: Mapping[int, int]) -> bool:
    """Whether the time model takes the padding for granted: whole blocks cost hardly more.

    What their bytes cost is left out of what they cost. A roofline sees no padding.
    """
    prediction = case.deployment.prediction
    timings = [case.timing_of.get(place.kernel.name) for place in places]
    if prediction is None or prediction.time_model is TimeModel.ROOFLINE:
        return False
    compute_s = fsum(timing.compute_s for timing in timings if timing is not None)
    memory_s = fsum(timing.memory_s for timing in timings if timing is not None)
    growth = case.saving(rewidened(case.graph, places, upper))
    if growth.latency_s is None or not compute_s:
        return False
    macs = sum(place.conv.macs * place.kernel.repeats for place in places)
    moved = sum(p.kernel.traffic.total_bytes * p.kernel.repeats for p in places)
    bytes_s = memory_s * -growth.traffic_bytes / moved
    return -growth.latency_s - bytes_s < _SEEN_RATIO * compute_s * -growth.macs / macs


def _down(size: int, block: int) -> int:
    return size // block * block


def _up(size: int, block: int) -> int:
    return ceil(size / block) * block
