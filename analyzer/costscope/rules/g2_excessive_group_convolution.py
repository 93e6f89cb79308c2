"""G2: convolutions in groups, which move more than ungrouped ones of as many MACs."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from math import ceil, floor, sqrt

from costscope.analysis.types import Severity
from costscope.kernels.types import Kernel
from costscope.rules import Found, rule
from costscope.units import format_count
from costscope.whatif.case import Case, Saving
from costscope.whatif.convolution import Convolution, alike, convolution, widened

LEAST_GROWTH_RATIO = 1.3  # of the memory access, against an ungrouped one of as many MACs
_STEPS = (8, 4)  # channels that kernels take together
_REACH = 0.15  # a width may be so far from the exact one


@rule("G2", name="excessive group convolution", severity=Severity.WARNING)
def excessive_group_convolution(case: Case) -> Iterator[Found]:
    """Convolutions in groups that read and write much more than they compute.

    What it finds:
        Convolutions in groups, pointwise or with a window, whose memory access is at least 1.3
        times that of an ungrouped one of as many multiply-accumulates. Depthwise convolutions
        are no case of it: G4 counts them.
    Why it costs:
        At equal MACs, widths c1 and c2 in g groups become c1 / sqrt(g) and c2 / sqrt(g) in one:
        the weights stay as many, both maps become sqrt(g) times narrower. Most runtimes have
        slower kernels for groups, too, and channels have to be shuffled between them.

    Example:
        ShuffleNetV1's 1x1 convolutions in 2 to 8 groups, ResNeXt's 3x3 in 32. ShuffleNetV2
        splits the channels instead and leaves its 1x1 convolutions whole.
    How to fix:
        Fewer groups on fewer channels. The saving is that of this one kernel without groups, at
        the widths (multiples of 8 or 4 where these are) nearest to as many MACs; its neighbours
        are priced as they are.
    Thresholds:
        1.3 times the memory access. Two groups in Table 2 have 1.37 to 1.40 times that of one
        and run at 0.68 to 0.78 of its speed on the GPU, 0.88 to 0.96 on the phone; less was not
        measured. Where weights are most of the traffic, groups do not cost that much.
    Source:
        Ma et al. 2018, ShuffleNet V2, arXiv 1807.11164, Section 2, G2, Eq. 2 and Table 2.
    """
    known: dict[Hashable, Saving] = {}
    for kernel in case.deployment.kernels:
        found = convolution(kernel)
        if found is None or found.groups <= 1 or found.is_depthwise:
            continue
        if growth(found) >= LEAST_GROWTH_RATIO:
            yield _found(case, kernel, found, known)


def growth(conv: Convolution) -> float:
    """Its memory access over that of an ungrouped one of exactly as many MACs."""
    weights = conv.channels * conv.filters // conv.groups * conv.area
    maps = conv.memory_access - weights
    return conv.memory_access / (maps / sqrt(conv.groups) + weights)


def _found(case: Case, kernel: Kernel, conv: Convolution, known: dict[Hashable, Saving]) -> Found:
    channels, filters = ungrouped_widths(conv)
    key = alike(kernel, conv)
    if key not in known:
        changed = widened(case.graph, kernel, conv, channels=channels, filters=filters, groups=1)
        known[key] = case.saving(changed)
    other = replace(conv, channels=channels, filters=filters, groups=1)
    return Found(
        subject=kernel.name,
        message=(
            f"{conv.channels} to {conv.filters} channels in {conv.groups} groups: memory access "
            f"{format_count(conv.memory_access)} elements, {growth(conv):.2f} times that of one "
            "group at as many MACs"
        ),
        change=f"{channels} to {filters} channels in one group do as many MACs",
        evidence={
            "groups": conv.groups,
            "input_channels": conv.channels,
            "output_channels": conv.filters,
            "memory_access": conv.memory_access,
            "memory_access_growth_ratio": growth(conv),
            "macs": conv.macs,
            "ungrouped_input_channels": channels,
            "ungrouped_output_channels": filters,
            "ungrouped_memory_access": other.memory_access,
            "ungrouped_macs": other.macs,
        },
        nodes=(conv.node.name,),
        saving=known[key],
    )


def ungrouped_widths(conv: Convolution) -> tuple[int, int]:
    """Channels of both sides that do as many MACs in one group, in about the same ratio."""
    exact = conv.channels / sqrt(conv.groups), conv.filters / sqrt(conv.groups)
    product = exact[0] * exact[1]
    step = _step(conv, min(exact))

    def distance(widths: tuple[int, int]) -> tuple[float, float]:
        apart = sum(abs(width / best - 1) for width, best in zip(widths, exact, strict=True))
        return round(abs(widths[0] * widths[1] / product - 1), 2), apart

    pairs = ((one, two) for one in _near(exact[0], step) for two in _near(exact[1], step))
    return min(sorted(pairs), key=distance)


def _step(conv: Convolution, narrow: float) -> int:
    """What widths are a multiple of: as much as now, but no coarser than half a width."""
    for step in _STEPS:
        if conv.channels % step == conv.filters % step == 0 and narrow >= 2 * step:
            return step
    return 1


def _near(exact: float, step: int) -> set[int]:
    """Multiples of a step about a width; those just below and above it at least."""
    low, high = ceil(exact * (1 - _REACH) / step), floor(exact * (1 + _REACH) / step)
    counts = {*range(low, high + 1), floor(exact / step), ceil(exact / step)}
    return {step * max(1, count) for count in counts}
