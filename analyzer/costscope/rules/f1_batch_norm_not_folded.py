"""F1: batch norms and constant scalings that run as kernels although they could be folded."""

from __future__ import annotations

from collections.abc import Iterator

from costscope.analysis.types import Severity
from costscope.rules import Found, rule
from costscope.units import format_bytes
from costscope.whatif.case import Case, Saving
from costscope.whatif.folds import folded, folds_of

_NORM = "BatchNormalization"


@rule("F1", name="batch norm not folded", severity=Severity.WARNING)
def batch_norm_not_folded(case: Case) -> Iterator[Found]:
    """Batch norms and constant scalings that run as kernels of their own beside a linear layer.

    What it finds:
        A BatchNormalization, or products and sums with one constant a channel, directly behind
        a convolution or matrix product with constant weights, where this runtime does not fold
        it; and a BatchNormalization in front of such layers only, where these pad nothing.
        One behind a concatenation or an addition, with an activation behind it (DenseNet's
        pre-activation), cannot be folded and is not reported.
    Why it costs:
        A batch norm at inference is a factor and a summand a channel. As a kernel of its own it
        reads and writes the whole map for almost no arithmetic; in the weights and the bias of
        the layer beside it, it is free.

    Example:
        A network exported in training form and run by a runtime that fuses nothing; a layer
        scale behind a matrix product (ConvNeXt) in onnxruntime, which folds such products only
        behind convolutions; a batch norm between flattened features and a classifier (ArcFace).
    How to fix:
        Export after folding (PyTorch folds in `eval()`; `torch.nn.utils.fusion`), or run the
        converter's folding pass. The saving is that of the model without these operators.
    Thresholds:
        None but a saving above zero: where the runtime folds it, nothing is reported.
    Source:
        Ioffe and Szegedy 2015, arXiv 1502.03167, Algorithm 2; Jacob et al. 2018, arXiv
        1712.05877, Section 3.2, folding; onnxruntime, core/optimizer/conv_bn_fusion.cc.
    """
    folds = folds_of(case)
    if not folds:
        return
    saving = case.saving(folded(case.graph, folds))
    if not _gains(saving):
        return
    affine = [node for fold in folds for node in fold.affine]
    norms = sum(node.op_type == _NORM for node in affine)
    moved = saving.traffic_bytes
    yield Found(
        subject=affine[0].name if len(affine) == 1 else case.analysis.model,
        message=(
            f"{_counted(norms, len(affine) - norms)} beside layers that could take "
            f"{'it' if len(affine) == 1 else 'them'} in, moving {format_bytes(moved)} for nothing"
        ),
        change="fold them into the weights and biases of the convolutions and products beside them",
        evidence={
            "batch_norms": norms,
            "constant_scalings": len(affine) - norms,
            "traffic_bytes": moved,
        },
        nodes=tuple(node.name for node in affine),
        saving=saving,
    )


def _gains(saving: Saving) -> bool:
    gain = saving.latency_s if saving.latency_s is not None else saving.traffic_bytes
    return gain > 0


def _counted(norms: int, scalings: int) -> str:
    parts = [(norms, "batch norm"), (scalings, "constant scaling")]
    said = [f"{count} {name}{'s' if count > 1 else ''}" for count, name in parts if count]
    return f"{' and '.join(said)} {'runs' if norms + scalings == 1 else 'run'}"
