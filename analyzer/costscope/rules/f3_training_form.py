"""F3: what belongs to training left in the graph: branches that merge, norms that learn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from costscope.analysis.types import Severity
from costscope.graph.types import Graph, Node
from costscope.rules import Found, rule
from costscope.whatif.case import Case
from costscope.whatif.edit import bypassed, replaced
from costscope.whatif.no_effect import trains
from costscope.whatif.reparameterize import Branches, mergeable, merged

_NORM = "BatchNormalization"


@rule("F3", name="a graph in training form", severity=Severity.WARNING)
def training_form(case: Case) -> Iterator[Found]:
    """Parallel branches that are one convolution, and operators that run as in training.

    What it finds:
        Sums of branches that are all linear in one tensor: convolutions with batch norms, a
        batch norm alone, the tensor itself, nothing with a nonlinearity between. And batch
        norms and Dropouts that run in training mode.
    Why it costs:
        Such a sum equals one convolution, whose filters are the sum of the branches'. The file
        runs every branch, and reads and writes a whole map for each and for each addition. A
        batch norm in training mode computes the statistics of each input, cannot be folded, and
        gives other results than the network was tested with.

    Example:
        RepVGG, MobileOne and FastViT exported before they were reparameterised; a depthwise
        convolution with a shortcut around it alone (a conditional positional encoding).
        The branches of Inception and ResNet have nonlinearities between and do not merge.
    How to fix:
        Call the network's own conversion before the export (`repvgg_model_convert`,
        `reparameterize_model`), and export in `eval()`. The saving is that of the model with
        one convolution for each sum. Batch norms need to be folded before quantization for it:
        branches with quantization between are not recognised.
    Thresholds:
        At least two branches, one of them a convolution, whose merged form does no more
        multiply-accumulates than they do together.
    Source:
        Ding et al. 2021, RepVGG, arXiv 2101.03697, Sections 3.2 and 3.3; Vasu et al. 2023,
        MobileOne, arXiv 2206.04040, Section 3.2; Vasu et al. 2023, FastViT, arXiv 2303.14189,
        Section 3.2; ONNX operator documentation (BatchNormalization, training_mode).
    """
    sums = mergeable(case)
    if sums:
        yield _branches(case, sums)
    learning = [node for node in case.graph.nodes if _learns(node)]
    if learning:
        yield _training_mode(case, learning)


def _branches(case: Case, sums: tuple[Branches, ...]) -> Found:
    branches = sum(each.count for each in sums)
    convs = sum(len(each.convs) for each in sums)
    several = len(sums) > 1
    return Found(
        subject=case.analysis.model if several else sums[0].nodes[-1].name,
        message=(
            f"{len(sums)} sum{'s' if several else ''} of {branches} parallel branches without "
            f"nonlinearity between: {convs} convolutions where {len(sums)} would do"
        ),
        change="reparameterise before the export: one convolution for each sum",
        evidence={"sums": len(sums), "branches": branches, "convolutions": convs},
        nodes=tuple(dict.fromkeys(node.name for each in sums for node in each.nodes)),
        saving=case.saving(merged(case.graph, sums)),
    )


def _training_mode(case: Case, nodes: list[Node]) -> Found:
    norms = sum(node.op_type == _NORM for node in nodes)
    drops = len(nodes) - norms
    parts = ((norms, "BatchNormalization"), (drops, "Dropout"))
    said = " and ".join(f"{count} {name}" for count, name in parts if count)
    changed = _at_inference(case, nodes)
    return Found(
        subject=nodes[0].name if len(nodes) == 1 else case.analysis.model,
        message=f"{said} in training mode: results differ with each input or run",
        change="export in inference mode (`eval()` in PyTorch, `training=False` in Keras)",
        evidence={"batch_norms": norms, "dropouts": drops},
        nodes=tuple(node.name for node in nodes),
        saving=None if changed is None else case.saving(changed),
        severity=Severity.WARNING,
    )


def _learns(node: Node) -> bool:
    """Whether an operator runs as in training."""
    if node.op_type == _NORM and not node.domain:
        return bool(node.attributes.get("training_mode", 0)) or len(node.outputs) > 1
    return trains(node)


def _at_inference(case: Case, nodes: list[Node]) -> Graph | None:
    """The graph with norms that use their statistics, without Dropouts; None where it cannot be.

    It cannot be where something reads the new statistics or the mask.
    """
    others = [tensor.name for node in nodes for tensor in node.outputs[1:]]
    if any(name in case.readers or name in case.leaving for name in others):
        return None
    norms = {
        node.name: (
            replace(
                node,
                outputs=node.outputs[:1],
                attributes={**node.attributes, "training_mode": 0},
            ),
        )
        for node in nodes
        if node.op_type == _NORM
    }
    drops = {node.name for node in nodes if node.op_type != _NORM}
    return bypassed(replaced(case.graph, norms), drops)
