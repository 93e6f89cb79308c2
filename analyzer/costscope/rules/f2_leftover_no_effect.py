"""F2: Identity, Dropout and other operators without effect, left in the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from costscope.analysis.types import Severity
from costscope.graph.types import Node
from costscope.rules import Found, rule
from costscope.whatif.case import Case
from costscope.whatif.edit import bypassed
from costscope.whatif.inner import read_inside
from costscope.whatif.no_effect import handed_on
from costscope.work import FREE

_ON_CONSTANTS = ("Identity", "Dropout")  # among what is folded away, the others are arithmetic
_MOST_TYPES = 4  # named in the sentence


@rule("F2", name="operators without effect", severity=Severity.WARNING)
def operators_without_effect(case: Case) -> Iterator[Found]:
    """Operators that hand on what they read: Identity, Dropout, and others without effect.

    What it finds:
        Identity and Dropout outside training; a Cast to the type it has; a Reshape, Flatten,
        Expand or Slice to the shape it has; a Concat or Sum of one; a Pad of nothing; a pooling
        of 1 x 1; + 0, - 0, * 1 and / 1. Identity and Dropout of constants too, which analysis
        folds away.
    Why it costs:
        A runtime that drops them pays nothing. One that does not copies a whole map for each,
        and they stand between operators that could be one kernel.

    Example:
        Dropout of an export in training form; an Identity for each weight that two layers
        share in a PyTorch export; a Reshape to the same shape behind a global pooling.
    How to fix:
        Simplify the file before it is shipped (onnxsim, onnxslim, the runtime's own offline
        optimizer). The saving is that of the model without them.
    Thresholds:
        None. A note where this runtime runs none of them: only others pay.
    Source:
        ONNX operator documentation (Identity, Dropout); onnxruntime, core/optimizer,
        identity_elimination, dropout_elimination, noop_elimination.
    """
    present = _present(case)
    constants = [node for node in case.graph.aside if node.op_type in _ON_CONSTANTS]
    if not present and not constants:
        return
    slots = {node.name: slot for node, slot in present}
    saving = case.saving(bypassed(case.graph, frozenset(slots), slot=slots)) if slots else None
    run = [node for node, _ in present if _runs(case, node)]
    nodes = [node for node, _ in present] + constants
    behind = f"{case.deployment.runtime.name} runs {len(run) or 'none'} of them"
    yield Found(
        subject=nodes[0].name if len(nodes) == 1 else case.analysis.model,
        message=f"{_listed(nodes)} without effect left in the file; {behind}",
        change="take them out when the file is exported",
        evidence={"operators": len(nodes), "kernels": len(run), "on_constants": len(constants)},
        nodes=tuple(node.name for node in nodes),
        saving=saving,
        severity=None if run else Severity.NOTE,
    )


def _present(case: Case) -> list[tuple[Node, int]]:
    """Operators of the graph without effect, each with the slot that it hands on."""
    found = [(node, slot) for node in case.graph.nodes if (slot := handed_on(node)) is not None]
    inside = read_inside(case.graph.nodes) if found else frozenset()
    return [
        pair for pair in found if not _wanted(case, pair[0]) and pair[0].output.name not in inside
    ]


def _wanted(case: Case, node: Node) -> bool:
    """Whether anyone reads another result of it: the mask of a Dropout."""
    return any(t.name in case.readers or t.name in case.leaving for t in node.outputs[1:])


def _runs(case: Case, node: Node) -> bool:
    """Whether the runtime launches a kernel for it alone."""
    kernel = case.kernel_of.get(node.name)
    return kernel is not None and len(kernel.nodes) == 1 and kernel.kind not in FREE


def _listed(nodes: list[Node]) -> str:
    """`12 Identity, 1 Dropout`; the rarest are summed up."""
    counts = Counter(node.op_type for node in nodes).most_common()
    said = [f"{count} {name}" for name, count in counts[:_MOST_TYPES]]
    others = sum(count for _, count in counts[_MOST_TYPES:])
    return ", ".join([*said, *([f"{others} others"] if others else [])])
