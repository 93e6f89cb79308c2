"""G1: pointwise convolutions with unequal numbers of input and output channels."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from math import sqrt

from costscope.analysis.types import Severity
from costscope.kernels.types import Kernel
from costscope.rules import Found, rule
from costscope.units import format_count
from costscope.whatif.case import Case, Saving
from costscope.whatif.channels import sites
from costscope.whatif.convolution import Convolution, alike, widened

LEAST_RATIO = 3.0  # of the wider to the narrower side


@rule("G1", name="unequal channel width", severity=Severity.WARNING)
def unequal_channel_width(case: Case) -> Iterator[Found]:
    """Pointwise convolutions whose two sides differ much in channels.

    What it finds:
        1x1 convolutions, in groups or not, with at least three times as many channels on one
        side as on the other. Not the last ones: how many classes or boxes they tell is no choice.
    Why it costs:
        At equal multiply-accumulates B, a 1x1 convolution from c1 to c2 channels on a map of
        h x w reads and writes hw(c1 + c2) + c1 c2 / g elements, which is never below
        2 sqrt(hwgB) + B/hw and reaches that only for c1 = c2. The rest is traffic for nothing.

    Example:
        The expand and project layers of MobileNetV2's blocks (1:6); ShuffleNetV1's bottlenecks
        (1:4). ShuffleNetV2 keeps both sides equal.
    How to fix:
        Bring the widths nearer to each other at the same product. The saving is that of this
        one kernel with both sides at the balanced width; its neighbours are priced as they are.
    Thresholds:
        A ratio of 3, which is 15 % more traffic of activations; at the 1:2 that
        convolutions of ordinary downsampling units have it is 6 %.
    Source:
        Ma et al. 2018, ShuffleNet V2, arXiv 1807.11164, Section 2, G1, Eq. 1 and Table 1.
    """
    known: dict[Hashable, Saving] = {}
    for site in sites(case.deployment.kernels):
        found = site.conv
        if found.area != 1 or found.is_depthwise or site.last:
            continue
        if found.ratio >= LEAST_RATIO and found.memory_access > found.memory_access_bound:
            yield _found(case, site.kernel, found, known)


def _found(case: Case, kernel: Kernel, conv: Convolution, known: dict[Hashable, Saving]) -> Found:
    width = balanced_width(conv)
    key = alike(kernel, conv)
    if key not in known:
        known[key] = case.saving(widened(case.graph, kernel, conv, channels=width, filters=width))
    excess = conv.memory_access / conv.memory_access_bound
    return Found(
        subject=kernel.name,
        message=(
            f"{conv.channels} to {conv.filters} channels: memory access "
            f"{format_count(conv.memory_access)} elements, {excess:.2f} times the least for as "
            "many MACs"
        ),
        change=f"{width} channels on both sides do as many MACs",
        evidence={
            "input_channels": conv.channels,
            "output_channels": conv.filters,
            "channel_ratio": conv.ratio,
            "memory_access": conv.memory_access,
            "memory_access_bound": conv.memory_access_bound,
            "memory_access_ratio": excess,
            "balanced_channels": width,
        },
        nodes=(conv.node.name,),
        saving=known[key],
    )


def balanced_width(conv: Convolution) -> int:
    """Channels of both sides that do as many MACs; a multiple of 8 and of the groups if it can.

    Kernels take channels in blocks: a width that is no multiple would be priced for its padding.
    """
    exact = sqrt(conv.channels * conv.filters)
    step = conv.groups * (8 if conv.channels % 8 == conv.filters % 8 == 0 else 1)
    step = step if step <= exact else conv.groups
    return max(step, round(exact / step) * step)
