"""G3: blocks of many branches, which cost launches and leave the arithmetic idle."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

from costscope.analysis.types import Severity
from costscope.kernels.types import Kernel
from costscope.rules import Found, rule
from costscope.units import format_latency
from costscope.whatif.branches import PASSING, Block, blocks
from costscope.whatif.case import Case, Saving
from costscope.whatif.serial import Serial, serial
from costscope.work import FREE, KernelKind

LEAST_BRANCHES = 3  # convolutions and poolings of equal depth in one block
MOST_FRAGMENTS = 32  # in one block; beyond it is a network of several streams
SMALL_RATIO = 0.5  # of a kernel's time that is its launch
_ATTENDING = frozenset({KernelKind.BATCHED_MATMUL, KernelKind.ATTENTION, KernelKind.SOFTMAX})


@rule("G3", name="network fragmentation", severity=Severity.WARNING)
def network_fragmentation(case: Case) -> Iterator[Found]:
    """Blocks that split their work into many branches of small kernels.

    What it finds:
        Blocks in which three or more convolutions or poolings stand side by side: none reads
        what another makes, and all of it meets again. Blocks are found by who reads whom. A
        depthwise convolution and the pointwise one after it count as one fragment; squeeze
        and excitation, attention and dense connectivity are no branches.
    Why it costs:
        Every kernel costs a launch, small ones leave a wide machine idle, and branches that
        are run one after another on one queue give nothing back for it. In the paper a block
        of four parallel convolutions ran at 0.28 of the speed of one convolution of as many
        MACs on a GPU and at 0.87 on a phone.

    Example:
        The cells of NASNet (13 fragments) and PNASNet, the modules of Inception (4 branches).
        ResNet has 2 or 3 fragments in series; ShuffleNetV2 and SqueezeNet have two branches.
    How to fix:
        Do the work in one way. The saving is that of a bottleneck as ResNet's (1x1, 3x3, 1x1)
        in the block's place, from the same input to the same output with no fewer MACs: what
        the block's own kinds of kernels cost more per MAC is in it. The launches beyond those
        of the block's longest way are told apart; a profile that has no time of a launch
        gives none.
    Thresholds:
        Three branches: two are what ShuffleNetV2's downsampling units and ResNet's projections
        have. At most 32 fragments: what is found beyond that (OctConv, ENAS's macro search) is
        a network of several streams and no block. A kernel is small if its launch is half of
        its time.
    Source:
        Ma et al. 2018, ShuffleNet V2, arXiv 1807.11164, Section 2, G3 and Table 3.
    """
    known: dict[object, Saving] = {}
    for block in blocks(case.deployment.kernels):
        if block.branches < LEAST_BRANCHES or block.fragments > MOST_FRAGMENTS:
            continue
        if not any(kernel.kind in _ATTENDING for kernel in block.kernels):
            yield _found(case, block, known)


def _found(case: Case, block: Block, known: dict[object, Saving]) -> Found:
    other = _serial(case, block)
    saving = _saving(case, block, other, known) if other else None
    launches = _launches(case, block)
    told = (
        f"{format_latency(launches['extra_overhead_s'])} of launches beyond one way"
        if launches.get("extra_overhead_s")
        else "what a launch costs here is not known"
    )
    machine = f"; {told}" if case.hardware is not None else ""
    return Found(
        subject=_name(block),
        message=(
            f"{block.branches} branches side by side, {block.fragments} convolutions and "
            f"poolings in {_launched(block.kernels)} kernels{machine}"
        ),
        change=_advice(other, saving),
        evidence={
            "branches": block.branches,
            "fragments": block.fragments,
            "kernels": _launched(block.kernels),
            "path_kernels": _launched(block.path),
            "macs": sum(kernel.work.macs * kernel.repeats for kernel in block.kernels),
            **({"serial_channels": other.inner, "serial_macs": other.macs} if other else {}),
            **launches,
        },
        nodes=tuple(node.name for kernel in block.kernels for node in kernel.nodes),
        saving=saving,
    )


def _saving(case: Case, block: Block, other: Serial, known: dict[object, Saving]) -> Saving:
    """What the other way saves; blocks of equal kernels are priced once."""
    kernels = tuple((k.kind, k.op_types, k.work, k.traffic) for k in block.kernels)
    alike = (kernels, other.inner, block.entry and block.entry.shape)
    if alike not in known:
        known[alike] = case.saving(other.graph)
    return known[alike]


def _serial(case: Case, block: Block) -> Serial | None:
    """The block as one way; None where more than the block would fall with it."""
    leaving = block.end.writes[0] if block.end.writes else None
    found = serial(case.graph, block.kernels, block.entry, case.maker(leaving))
    if found is None:
        return None
    own = {node.name for kernel in block.kernels for node in kernel.nodes}
    fallen = case.nodes.keys() - {node.name for node in found.graph.nodes} - own
    others = (case.kernel_of.get(name) for name in fallen)
    return None if any(k and k.kind not in PASSING for k in others) else found


def _advice(other: Serial | None, saving: Saving | None) -> str:
    if other is None:
        return "fewer, larger kernels in one way do the same work with fewer launches"
    way = f"one way of three convolutions (1x1, 3x3, 1x1 with {other.inner} channels inside)"
    if saving is not None and saving.latency_s is not None and saving.latency_s <= 0:
        return f"nothing on this machine: {way} does as many MACs and is no faster"
    return f"{way} does as many MACs"


def _launches(case: Case, block: Block) -> dict[str, float]:
    """What launches cost on the machine, where its profile says."""
    timings = [case.timing_of.get(kernel.name) for kernel in block.kernels]
    known = [timing for timing in timings if timing is not None]
    overhead_s = fsum(timing.overhead_s for timing in known)
    if len(known) < len(timings) or not overhead_s:
        return {}
    path_s = fsum(case.timing_of[kernel.name].overhead_s for kernel in block.path)
    small = [t for t in known if t.latency_s and t.overhead_s >= SMALL_RATIO * t.latency_s]
    return {
        "small_kernels": len(small),
        "overhead_s": overhead_s,
        "extra_overhead_s": overhead_s - path_s,
    }


def _launched(kernels: tuple[Kernel, ...]) -> int:
    return sum(kernel.kind not in FREE for kernel in kernels)


def _name(block: Block) -> str:
    """What the names of its kernels have in common; that of its end if that is nothing."""
    names = [kernel.name for kernel in block.kernels]
    first, last = min(names), max(names)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    cut = max(first.rfind(mark, 0, same) for mark in "./")
    return first[:cut] if cut > 0 else block.end.name
