"""D3: activations and normalizations that a target is slow at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from costscope.analysis.types import Severity
from costscope.graph.types import Graph, Node
from costscope.rules import LEAST_SAVING_RATIO, Found, rule
from costscope.units import format_latency, format_percent
from costscope.whatif.boundary import own_seconds
from costscope.whatif.case import Case
from costscope.whatif.edit import replaced
from costscope.whatif.kernels import kernels_of
from costscope.whatif.motifs import NORMALIZATIONS, Motif, motifs
from costscope.whatif.passing import TRANSPARENT, handed_on, readers_of

_ARRAYS = frozenset({"npu", "edge_tpu"})
_ACCELERATORS = _ARRAYS | {"mobile_gpu"}
_MOBILE = _ACCELERATORS | {"arm_cpu", "mcu"}
# Device classes on which each is slow for what it does.
_SLOW = {
    "Swish": _MOBILE,
    "Mish": _MOBILE,
    "HardSwish": _ACCELERATORS,
    "GELU": _ARRAYS | {"mcu"},
    **dict.fromkeys(NORMALIZATIONS, _ACCELERATORS | {"mcu"}),
}
_WRITTEN_OUT = "layer_norm_parts"  # the pattern of runtimes that have no layer normalization
_HARD_SWISH_OPSET = 14


@rule("D3", name="costly activation or normalization", severity=Severity.WARNING)
def costly_activation(case: Case) -> Iterator[Found]:
    """Activations and normalizations that the target is slow at for what they do.

    What it finds:
        Swish and Mish on CPUs of phones and boards, microcontrollers and accelerators;
        HardSwish on GPUs, neural processors and DSPs; GELU on neural processors, DSPs and
        microcontrollers; normalizations with statistics of each sample on all of these, and
        layer normalization wherever the runtime writes it out (TensorFlow Lite). One operator
        or written out as several. One finding for each of them lists all sites.
    Why it costs:
        ReLU and a folded batch norm are part of the convolution before them and free. These are
        kernels of their own that read and write the whole map, with exponentials, or through
        the map twice for its statistics; arrays for products do none of that.

    Example:
        The 49 Swish of EfficientNet-B0; the 21 HardSwish of MobileNetV3-Large on a DSP;
        the GELU and layer normalizations of ConvNeXt, which failed on the Pixel 4's DSP.
    How to fix:
        HardSwish in place of Swish on CPUs, ReLU or ReLU6 on accelerators as EfficientNet-Lite
        does, batch norm in place of layer norm; train again. The saving is that of the
        operators replaced, a batch norm counted as folded.
    Thresholds:
        0.1 % of the latency to gain; below it nothing is said, for the machine does it well.
    Source:
        Howard et al. 2019, arXiv 1905.02244, Section 5.2 (swish is costly on mobile devices),
        and the README of its minimalistic models (no HardSwish: faster on GPU and DSP). Liu
        2020, EfficientNet-Lite, TensorFlow blog. Qin et al. 2024, MobileNetV4, arXiv 2404.10518
        (GELU and layer normalization on DSPs). TensorFlow Lite, README of the Hexagon delegate
        (Hardswish and Logistic, no GELU); Coral, docs/edgetpu/models-intro (Logistic, no
        HardSwish, no GELU); Arm, Vela, SUPPORTED_OPS.md (HARD_SWISH and LOGISTIC, no GELU). Li
        et al. 2022, EfficientFormer, arXiv 2206.01191, Section 3 (batch norm instead of layer
        norm).
    """
    if case.hardware is None:
        return
    slow = {name for name, classes in _SLOW.items() if case.hardware.device_class in classes}
    if any(_WRITTEN_OUT in level for level in case.deployment.runtime.fusion):
        slow.add("layer normalization")
    by_name: dict[str, list[Motif]] = {}
    for motif in motifs(case.graph) if slow else ():
        if motif.name in slow:
            by_name.setdefault(motif.name, []).append(motif)
    for name, sites in by_name.items():
        found = _found(case, name, sites)
        ratio = found.saving.latency_ratio if found.saving else None
        if ratio is None or ratio >= LEAST_SAVING_RATIO:
            yield found


@dataclass(frozen=True, slots=True)
class _Remedy:
    """What to do, and the operator to do it with; none where the batch norm is folded."""

    change: str
    op_type: str


def _remedy(name: str, case: Case) -> _Remedy:
    on_cpu = case.hardware is not None and case.hardware.device_class in {"arm_cpu", "mcu"}
    if name in NORMALIZATIONS:
        return _Remedy("batch norm in their place, which is folded into the layer beside it", "")
    if name in {"Swish", "Mish"} and on_cpu:
        return _Remedy("HardSwish in their place", "HardSwish")
    return _Remedy("ReLU or ReLU6 in their place, which the layer before does for nothing", "Relu")


def _found(case: Case, name: str, sites: Sequence[Motif]) -> Found:
    remedy = _remedy(name, case)
    nodes = tuple(node.name for site in sites for node in site.nodes)
    kernels = tuple(kernel for kernel in kernels_of(case, nodes) if not kernel.work.macs)
    time_s = own_seconds(case, kernels)
    evidence: dict[str, float] = {
        "sites": len(sites),
        "operators": len(nodes),
        "kernels": len(kernels),
    }
    if name == "Swish":
        sigmoids = sum(node.op_type == "Sigmoid" for node in case.graph.nodes)
        evidence["other_sigmoids"] = sigmoids - len(sites)
    counted = f"{len(kernels)} {'kernel' if len(kernels) == 1 else 'kernels'}"
    spent = ""
    if time_s is not None and case.latency_s:
        evidence |= {"time_s": time_s, "time_ratio": time_s / case.latency_s}
        spent = f", {format_latency(time_s)} ({format_percent(time_s / case.latency_s)})"
    return Found(
        subject=name,
        message=f"{len(sites)} x {name} in {counted} of their own{spent}",
        change=remedy.change,
        evidence=evidence,
        nodes=nodes,
        saving=case.saving(_changed(case.graph, sites, remedy.op_type)),
    )


def _changed(graph: Graph, sites: Sequence[Motif], op_type: str) -> Graph:
    """The graph with one cheap operator at each site, or with nothing there."""
    if not op_type:
        return handed_on(graph, {site.result.name: site.data for site in sites})
    new: dict[str, tuple[Node, ...]] = {}
    readers = readers_of(graph)
    for site in sites:
        data = site.source if op_type == "Relu" and _is_alone(site, readers) else site.data
        new |= {node.name: () for node in site.nodes}
        last = site.nodes[-1]
        new[last.name] = (
            replace(
                last,
                op_type=op_type,
                domain="",
                version=max(last.version, _HARD_SWISH_OPSET),
                inputs=(data,),
                outputs=(site.result,),
                attributes={},
            ),
        )
    return replaced(graph, new)


def _is_alone(site: Motif, readers: Mapping[str, Sequence[Node]]) -> bool:
    """Whether nobody else reads what a site is of: a ReLU then joins the layer before it."""
    names = {node.name for node in site.nodes}
    waiting = [site.source.name]
    while waiting:
        for reader in readers.get(waiting.pop(), ()):
            if reader.op_type in TRANSPARENT:
                waiting.append(reader.output.name)
            elif reader.name not in names:
                return False
    return True
