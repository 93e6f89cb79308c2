"""D6: windows larger than those the runtime has fast routines for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costscope.analysis.types import Severity
from costscope.rules import Found, rule
from costscope.units import format_count
from costscope.whatif.case import Case
from costscope.whatif.convolution import convolution
from costscope.whatif.stack import Pair, depth, dilations, resized, stacked, strides

LEAST_SLOWDOWN_RATIO = 1.5  # time of a MAC over that with the nearest fast window
_FAST_DEPTHWISE_SIDE = 5  # windows that every runtime here has routines for
_FAST_DENSE_SIDE = 3  # Winograd's
_RANK = 2  # of windows that this is about

_Group = tuple[bool, tuple[int, ...], tuple[int, ...]]  # depthwise, window, strides


@rule("D6", name="large kernels", severity=Severity.WARNING)
def large_kernels(case: Case) -> Iterator[Found]:
    """Windows above what the runtime has fast routines for on this machine.

    What it finds:
        Depthwise convolutions above 5x5 and dense ones above 3x3 of which a multiply-accumulate
        takes much longer on this machine than with a 5x5 or 3x3 window. One finding for all of
        a size.
    Why it costs:
        Runtimes have hand-written routines for the usual windows. XNNPACK's 8-bit depthwise
        ones end at 25 taps; ncnn's depthwise ones are 3x3 and 5x5; Winograd, which saves half
        of the multiplications and more, is there for 3x3 with single steps. A larger window
        runs in general code.

    Example:
        The 7x7 depthwise layers of ConvNeXt, MixNet's 7x7 and 9x9.
    How to fix:
        A stack of 3x3 windows sees as far: three for a 7x7, 27 taps for 49. The saving is that
        of the stacks, without activations or norms between their layers.
    Thresholds:
        1.5 times the time of a MAC: published latencies do not tell less apart. Only where the
        stacks are faster. Left alone: windows that do not overlap (patches), dilated, grouped
        and one-dimensional ones.
    Source:
        XNNPACK, src/configs/dwconv-config.c (taps); ncnn, src/layer/arm/
        convolutiondepthwise_arm.cpp and convolution_arm.cpp; Lavin and Gray 2015, arXiv
        1509.09308 (Winograd); Simonyan and Zisserman 2014, arXiv 1409.1556, Section 2.3
        (stacks of 3x3); the machine's own rates, as fitted by `costscope fit` or `calibrate`.
    """
    if not case.latency_s:
        return
    groups: dict[_Group, list[Pair]] = {}
    for kernel in case.deployment.kernels:
        conv = convolution(kernel)
        if conv is not None and conv.node.name in case.nodes and _is_large((kernel, conv)):
            key = (conv.is_depthwise, conv.window, strides(conv))
            groups.setdefault(key, []).append((kernel, conv))
    for (depthwise, window, _), pairs in groups.items():
        side = _FAST_DEPTHWISE_SIDE if depthwise else _FAST_DENSE_SIDE
        slowdown = _slowdown(case, pairs, side)
        if slowdown is not None and slowdown >= LEAST_SLOWDOWN_RATIO:
            yield from _found(case, pairs, (window, side, slowdown))


def _is_large(pair: Pair) -> bool:
    _, conv = pair
    least = _FAST_DEPTHWISE_SIDE if conv.is_depthwise else _FAST_DENSE_SIDE
    if len(conv.window) != _RANK or min(conv.window) <= least:
        return False
    overlaps = all(step < side for step, side in zip(strides(conv), conv.window, strict=False))
    plain = all(each == 1 for each in dilations(conv))
    return overlaps and plain and (conv.groups == 1 or conv.is_depthwise)


def _slowdown(case: Case, pairs: Sequence[Pair], side: int) -> float | None:
    """The time of a MAC over that with windows of another side; None where it is not known."""
    now_s = case.seconds(kernel for kernel, _ in pairs)
    saving = case.saving(resized(case.graph, pairs, side))
    if not now_s or saving.latency_s is None:
        return None
    macs = sum(kernel.work.macs * kernel.repeats for kernel, _ in pairs)
    small_s, small_macs = now_s - saving.latency_s, macs - saving.macs
    return (now_s / macs) / (small_s / small_macs) if small_s > 0 and small_macs else None


def _found(
    case: Case, pairs: Sequence[Pair], sizes: tuple[tuple[int, ...], int, float]
) -> Iterator[Found]:
    window, side, slowdown = sizes
    saving = case.saving(stacked(case.graph, pairs))
    if saving.latency_s is None or saving.latency_s <= 0:
        return
    kernel, conv = pairs[0]
    shape = "x".join(map(str, window))
    kind = "depthwise" if conv.is_depthwise else "dense"
    many = f"{len(pairs)} {kind} convolutions" if len(pairs) > 1 else f"a {kind} convolution"
    macs = sum(kernel.work.macs * kernel.repeats for kernel, _ in pairs)
    yield Found(
        subject=kernel.name,
        message=(
            f"{many} of {shape}, {format_count(macs)} MACs: each of these takes {slowdown:.1f} "
            f"times as long here as one of {side}x{side}"
        ),
        change=f"{depth(conv)} stacked 3x3 {kind} convolutions see as far",
        evidence={
            "convolutions": len(pairs),
            "window_taps": conv.area,
            "fast_window_taps": side * side,
            "stacked_convolutions": depth(conv),
            "mac_time_ratio": slowdown,
            "macs": macs,
            "latency_s": case.seconds(kernel for kernel, _ in pairs) or 0.0,
        },
        nodes=tuple(conv.node.name for _, conv in pairs),
        saving=saving,
    )
