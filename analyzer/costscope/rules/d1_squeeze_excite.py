"""D1: squeeze-and-excitation blocks on accelerators."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from costscope.analysis.types import Severity
from costscope.rules import Found, rule
from costscope.units import format_latency, format_percent
from costscope.whatif.boundary import own_seconds
from costscope.whatif.case import Case, Saving
from costscope.whatif.kernels import kernels_of
from costscope.whatif.passing import handed_on, source
from costscope.whatif.squeeze_excite import Gated, squeeze_excites

ACCELERATORS = frozenset({"npu", "edge_tpu", "mobile_gpu"})


@rule("D1", name="squeeze and excitation on an accelerator", severity=Severity.WARNING)
def squeeze_excite(case: Case) -> Iterator[Found]:
    """Squeeze-and-excitation blocks on a machine that is slow at their small, dependent steps.

    What it finds:
        Blocks that pool a map to one value a channel, send it through one or two small layers
        and a gate, and multiply the map by it; on GPUs, neural processors, DSPs and Edge TPUs.
    Why it costs:
        A handful of multiply-accumulates in four to six kernels that wait for each other: the
        pooling must see the whole map before the product can begin, each step is a call of its
        own, and the layers fill hardly any of the array.

    Example:
        8 blocks in MobileNetV3-Large and 16 in EfficientNet-B0; MobileNetV2, EfficientNet-Lite
        and MobileNetV3 minimalistic have none.
    How to fix:
        Leave the block out and train without it, as EfficientNet-Lite does, or keep it in the
        last stages alone. The saving is that of this one block bypassed.
    Thresholds:
        None: every block is listed. CPUs are left alone: they run these blocks for little more
        than their arithmetic, and networks searched on CPUs chose them.
    Source:
        Liu 2020, Higher accuracy on vision models with EfficientNet-Lite, TensorFlow blog (not
        well supported by some accelerators). Howard et al. 2019, arXiv 1905.02244, and the
        README of its minimalistic models (no squeeze and excitation: less efficient on CPU,
        faster on GPU and DSP). Qin et al. 2024, MobileNetV4, arXiv 2404.10518 (not well
        supported on DSPs).
    """
    if case.hardware is None or case.hardware.device_class not in ACCELERATORS:
        return
    priced: dict[Hashable, Saving] = {}
    for block in squeeze_excites(case):
        alike = _signature(case, block)
        if alike not in priced:
            changed = handed_on(case.graph, {block.product.output.name: block.data})
            priced[alike] = case.saving(changed)
        yield _found(case, block, priced[alike])


def _signature(case: Case, block: Gated) -> Hashable:
    """What the price of a block depends on: its operators, and the kernels on both sides."""
    inside = tuple((n.op_type, tuple(t and t.shape for t in n.inputs)) for n in block.nodes)
    before = source(case, block.data)
    around = [before] if before is not None else []
    around += case.readers.get(block.product.output.name, ())
    kernels = (case.kernel_of.get(node.name) for node in around)
    return inside, tuple(k and (k.kind, k.op_types, k.traffic) for k in kernels)


def _found(case: Case, block: Gated, saving: Saving) -> Found:
    kernels = kernels_of(case, (node.name for node in block.nodes))
    time_s = own_seconds(case, kernels)
    evidence: dict[str, float] = {
        "channels": block.channels,
        "layers": block.layers,
        "kernels": len(kernels),
        "macs": sum(kernel.work.macs for kernel in kernels),
    }
    spent = ""
    if time_s is not None:
        evidence["time_s"] = time_s
        share = f" ({format_percent(time_s / case.latency_s)})" if case.latency_s else ""
        spent = f", {format_latency(time_s)}{share}"
    return Found(
        subject=block.product.name,
        message=(
            f"squeeze and excitation on {block.channels} channels: {len(kernels)} kernels that "
            f"wait for each other{spent}"
        ),
        change="leave the block out, or keep such blocks in the last stages alone",
        evidence=evidence,
        nodes=tuple(node.name for node in block.nodes),
        saving=saving,
    )
