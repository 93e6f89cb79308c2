"""S2: networks that downsample very late, or very early."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import fsum

from costscope.analysis.types import Severity
from costscope.rules import Found, rule
from costscope.units import format_percent
from costscope.whatif.case import Case, Saving
from costscope.whatif.origin import operators
from costscope.whatif.resolution import Stage, downsampled, mean_stride, measure, stages

LATE_STRIDE = 4.5  # the average second is spent at a stride below this
LARGE_STRIDE = 6.0  # maps of a quarter of the image's sides, and larger ones, are below it
EARLY_SHARE_RATIO = 0.6  # of the time, at maps of at most
SMALL_POSITIONS = 64  # 7 x 7 of an image of 224, 8 x 8 of 256


@rule("S2", name="very late or very early downsampling", severity=Severity.NOTE)
def uneven_downsampling(case: Case) -> Iterator[Found]:
    """Networks that do most of their work at very large maps, or at very small ones.

    What it finds:
        Late: the average second (the strides averaged as powers of two) is spent at maps of
        about a quarter of the image's sides, or larger ones. Early: at least 60 % of the time
        goes to maps of 64 positions or fewer. Image networks only; multiply-accumulates where
        there is no machine.
    Why it costs:
        Late: every layer costs in proportion to its positions. Early: 49 positions are too few
        for wide arithmetic, weights are read for little work, and each layer waits for memory.

    Example:
        VGG-16 spends the average second at a stride of 4 (late); MobileNets, EfficientNets and
        ResNets spend it at 7 to 12. A stem of stride 32 in front of all layers is early.
    How to fix:
        Late: give every stage the maps of the next one; the saving is that of just this, of
        all stages but the last. Larger maps are good for accuracy (SqueezeNet's third
        strategy), so measure what is lost. Early: move layers to a stage with larger maps and
        fewer channels; that is no saving by itself.
    Thresholds:
        A stride of 4.5, and 60 %: among the networks of the zoo that classify images at 224
        and more, on most machines VGG alone is below the first (SqueezeNet is next, with 4.9
        on a Raspberry Pi 4), none above the second.
    Source:
        Iandola et al. 2016, SqueezeNet, arXiv 1602.07360, Section 3.1 (strategy 3); Simonyan
        and Zisserman 2014, VGG, arXiv 1409.1556, Table 1.
    """
    found = stages(case)
    if not found:
        return
    mean = mean_stride(found)
    small = [stage for stage in found if stage.size[0] * stage.size[1] <= SMALL_POSITIONS]
    share = fsum(stage.share for stage in small)
    if mean < LATE_STRIDE:
        yield _late(case, found, mean)
    elif share >= EARLY_SHARE_RATIO:
        yield _early(case, small, share)


def _late(case: Case, found: tuple[Stage, ...], mean: float) -> Found:
    large = [stage for stage in found if stage.stride < LARGE_STRIDE]
    share = fsum(stage.share for stage in large)
    return Found(
        subject=case.analysis.model,
        message=(
            f"late downsampling: {format_percent(share)} of the {measure(case)} at maps of a "
            f"quarter of the image's sides and more, the average at a stride of {mean:.1f}"
        ),
        change="give every stage the maps of the next one: strides one stage earlier",
        evidence={"mean_stride": mean, "large_maps_ratio": share},
        nodes=operators(case, (kernel for stage in large for kernel in stage.kernels)),
        saving=_saving(case, found),
    )


def _early(case: Case, small: list[Stage], share: float) -> Found:
    kernels = [kernel for stage in small for kernel in stage.kernels]
    height, width = small[0].size
    return Found(
        subject=case.analysis.model,
        message=(
            f"early downsampling: {format_percent(share)} of the {measure(case)} in "
            f"{len(kernels)} layers with maps of {height}x{width} and less"
        ),
        change="move layers to a stage with larger maps and fewer channels",
        evidence={"small_maps_ratio": share, "kernels": len(kernels)},
        nodes=operators(case, kernels),
    )


def _saving(case: Case, found: tuple[Stage, ...]) -> Saving | None:
    """What is saved where each stage has the maps of the next one."""
    sizes = {one.size: other.size for one, other in pairwise(found)}
    changed = downsampled(case.graph, sizes)
    return None if changed is None else case.saving(changed)
