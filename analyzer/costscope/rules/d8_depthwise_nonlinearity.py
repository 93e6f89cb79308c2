"""D8: batch norms and ReLU6 between depthwise and pointwise convolutions of 8-bit networks."""

from __future__ import annotations

from collections.abc import Iterator

from costscope.analysis.types import Severity
from costscope.graph.types import Node
from costscope.kernels.types import Kernel
from costscope.rules import Found, rule
from costscope.whatif.case import Case
from costscope.whatif.convolution import convolution
from costscope.whatif.passing import follower, handed_on
from costscope.work import KernelKind

_BITS_8 = frozenset({"int8", "uint8"})
_BETWEEN = frozenset({"BatchNormalization", "Relu", "Clip"})


@rule("D8", name="activation between depthwise and pointwise in 8 bits", severity=Severity.NOTE)
def depthwise_nonlinearity(case: Case) -> Iterator[Found]:
    """Batch norm and ReLU6 between a depthwise and a pointwise convolution that run in 8 bits.

    What it finds:
        Depthwise convolutions in an 8-bit integer type with a BatchNormalization, Relu or Clip
        between them and the pointwise convolution that follows; one finding for the model.
    Why it costs:
        Accuracy, hardly time: a channel without variance gets a huge scale from its batch
        norm, which stretches the one range that all channels of the layer share, and ReLU6
        cuts values off. Of MobileNetV1's accuracy in 8 bits 1.80 % is left.

    Example:
        The 13 separable convolutions of MobileNetV1. The core without batch norm and ReLU6 in
        the middle keeps 61.50 %, with ReLU in place of ReLU6 elsewhere 67.80 %.
    How to fix:
        Train with linear depthwise convolutions; or quantize each channel of their weights with
        a scale of its own. MACs stay the same; the saving is that of the operators left out.
    Thresholds:
        None: every such pair in 8 bits is listed, none in other types.
    Source:
        Sheng et al. 2018, A Quantization-Friendly Separable Convolution for MobileNets, arXiv
        1803.08607, Section 3.
    """
    sites = [site for kernel in case.deployment.kernels for site in _sites(case, kernel)]
    if not sites:
        return
    between = tuple(node for site in sites for node in site)
    results = {node.output.name: node.inputs[0] for node in between if node.inputs[0] is not None}
    norms = sum(node.op_type == "BatchNormalization" for node in between)
    activations = len(between) - norms
    kinds = [f"{n} {what}" for n, what in ((activations, "activations"), (norms, "norms")) if n]
    yield Found(
        subject=case.graph.name,
        message=(
            f"{len(sites)} depthwise convolutions in 8 bits have {' and '.join(kinds)} between "
            "them and their pointwise convolution: accuracy is lost there"
        ),
        change="train with linear depthwise convolutions, or quantize their weights by channel",
        evidence={"sites": len(sites), "activations": activations, "batch_norms": norms},
        nodes=tuple(node.name for node in between),
        saving=case.saving(handed_on(case.graph, results)),
    )


def _sites(case: Case, kernel: Kernel) -> Iterator[tuple[Node, ...]]:
    """What stands between a depthwise convolution and the pointwise one behind it."""
    if kernel.kind is not KernelKind.DEPTHWISE_CONV or kernel.compute_dtype not in _BITS_8:
        return
    depthwise = convolution(kernel)
    if depthwise is None:
        return
    between = []
    reader = follower(case, depthwise.node.output)
    while reader is not None and reader.op_type in _BETWEEN:
        between.append(reader)
        reader = follower(case, reader.output)
    behind = case.kernel_of.get(reader.name) if reader is not None else None
    if between and behind is not None and behind.kind is KernelKind.POINTWISE_CONV:
        yield tuple(between)
