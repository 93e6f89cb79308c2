"""F4: Transposes that undo each other, or are one with the next."""

from __future__ import annotations

from collections.abc import Iterator

from costscope.analysis.types import Severity
from costscope.rules import Found, rule
from costscope.units import format_bytes
from costscope.whatif.case import Case
from costscope.whatif.layout import islands, pairs, without

_TRANSPOSE = "Transpose"


@rule("F4", name="transposes that cancel", severity=Severity.WARNING)
def transposes_that_cancel(case: Case) -> Iterator[Found]:
    """Transposes that undo each other, with nothing between that minds the order of axes.

    What it finds:
        Transposes of one order and of the inverse one, with activations, additions, products
        and concatenations between; two Transposes right behind one another. Those that order
        the heads of attention, shuffle channels or part windows undo nothing: a product, a
        norm or a reshape stands between, and they are not reported.
    Why it costs:
        A Transpose reads and writes a whole map, against the order of memory, and computes
        nothing; and it stands between operators that could be one kernel.

    Example:
        An export from TensorFlow, whose maps are channels-last: Conv, Transpose, Relu,
        Transpose, Conv.
    How to fix:
        Run a simplifier over the file (onnxruntime's transpose optimizer, onnxslim), or
        export with the layout that ONNX has (`tf2onnx --inputs-as-nchw`). The saving is that
        of the model without these Transposes, with all between in the other order.
    Thresholds:
        None but a saving above zero: where the runtime takes them out, nothing is reported.
    Source:
        onnxruntime, core/optimizer/transpose_optimization (operators that take any order);
        tf2onnx, README, on Transposes around channels-last operators.
    """
    if not any(_TRANSPOSE in kernel.op_types for kernel in case.deployment.kernels):
        return
    found = islands(case)
    joined = pairs(case, {node.name for each in found for node in each.transposes})
    if not found and not joined:
        return
    saving = case.saving(without(case.graph, found, joined))
    if max(saving.latency_s or 0.0, saving.traffic_bytes) <= 0:
        return
    cancelled = [node for each in found for node in each.transposes]
    nodes = cancelled + [node for pair in joined for node in pair]
    parts = [f"{len(cancelled)} that cancel"] if found else []
    parts += [f"{len(joined)} that the next one could do too"] if joined else []
    changes = ["take out those that cancel: what is between takes any order"] if found else []
    changes += ["let one do what two in a row do"] if joined else []
    yield Found(
        subject=case.analysis.model if len(found) + len(joined) > 1 else nodes[0].name,
        message=(
            f"Transposes for nothing: {' and '.join(parts)}, moving "
            f"{format_bytes(saving.traffic_bytes)}"
        ),
        change="; ".join(changes),
        evidence={
            "cancelling": len(cancelled),
            "joinable": len(joined),
            "traffic_bytes": saving.traffic_bytes,
        },
        nodes=tuple(node.name for node in nodes),
        saving=saving,
    )
