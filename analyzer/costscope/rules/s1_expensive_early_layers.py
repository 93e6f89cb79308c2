"""S1: first layers at high resolution that take much of the time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import fsum

from costscope.analysis.types import Severity
from costscope.rules import Found, rule
from costscope.units import format_percent
from costscope.whatif.case import Case, Saving
from costscope.whatif.origin import operators
from costscope.whatif.resolution import Stage, downsampled, measure, stages

HIGH_STRIDE = 3.0  # below it: larger than a quarter of the image along a side, or nearly so
LEAST_SHARE_RATIO = 0.25


@rule("S1", name="expensive early layers", severity=Severity.WARNING)
def expensive_early_layers(case: Case) -> Iterator[Found]:
    """First layers that work at high resolution and take much of the network's time.

    What it finds:
        Image networks whose layers with maps above a quarter of the image's sides (56 x 56 of
        224) take at least a fourth of the predicted time; of the multiply-accumulates where
        there is no machine. Networks that end in large maps are left alone.
    Why it costs:
        Few channels at many positions use arithmetic badly and move large maps; a stride there
        divides all of it by four.

    Example:
        VGG-16, two convolutions at 224 x 224 and two at 112 x 112, 31 % of the time; SqueezeNet
        1.0, whose authors moved the poolings earlier in 1.1 for 2.4 times fewer
        multiply-accumulates. ShuffleNet goes from 224 to 56 in two layers ("fast
        downsampling"), MobileNetV1's first layers hold 7 % of the multiply-accumulates.
    How to fix:
        Let the layer that leads to these maps take the stride that follows them. The saving is
        that of the stage with most of the time at the size of maps of the next one; late
        downsampling is good for accuracy (SqueezeNet), so measure what is lost.
    Thresholds:
        A fourth: ResNets, MobileNets, EfficientNets and Inceptions have 3 to 22 % there.
    Source:
        Zhang et al. 2018, ShuffleNet, arXiv 1707.01083, Table 1; Iandola et al. 2016,
        SqueezeNet, arXiv 1602.07360, Section 3.1 (strategy 3) and the authors' release 1.1;
        Howard et al. 2017, MobileNets, arXiv 1704.04861, Table 1.
    """
    found = stages(case)
    high = [stage for stage in found if stage.stride < HIGH_STRIDE]
    share = fsum(stage.share for stage in high)
    if not high or share < LEAST_SHARE_RATIO or len(high) == len(found):
        return
    worst = max(high, key=lambda stage: stage.share)
    smaller = found[found.index(worst) + 1].size
    height, width = worst.size
    kernels = [kernel for stage in high for kernel in stage.kernels]
    yield Found(
        subject=kernels[0].name,
        message=(
            f"{format_percent(share)} of the {measure(case)} in {_counted(len(kernels))} with maps "
            f"of {_sizes(high)}"
        ),
        change=f"stride earlier: {height}x{width} maps as {smaller[0]}x{smaller[1]}",
        evidence={
            "kernels": len(kernels),
            "share_ratio": share,
            "largest_share_ratio": worst.share,
            "height": height,
            "width": width,
        },
        nodes=operators(case, kernels),
        saving=_saving(case, worst, smaller),
    )


def _counted(kernels: int) -> str:
    return "1 kernel" if kernels == 1 else f"{kernels} kernels"


def _sizes(high: Sequence[Stage]) -> str:
    return " and ".join(f"{stage.size[0]}x{stage.size[1]}" for stage in high)


def _saving(case: Case, stage: Stage, smaller: tuple[int, int]) -> Saving | None:
    """What is saved where a stage has maps of the size of the next one's."""
    changed = downsampled(case.graph, {stage.size: smaller})
    return None if changed is None else case.saving(changed)
