"""Findings on networks of the zoo, with what each advises done to the file and analysed again.

Nothing here asks `costscope.whatif`: the change is another variant of the zoo, or an edit of the
ONNX file with onnx alone (`proto_edit`), and its truth the difference of two whole analyses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import proto_edit as edits
from onnx import ModelProto

from costscope.analysis.types import Analysis, Finding
from costscope.hardware.catalog import load
from costscope.pipeline import analyze
from costscope.rules import inspect
from costscope.zoo.build import build

INT8 = {"as_dtype": "int8"}
BARE = {"runtime": "none", "time_model": "roofline"}
Truth = Callable[["Row", ModelProto, Analysis], float]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A rule's findings on a network on a machine, and what is done about them.

    Attributes:
        network: of the zoo, with its variant.
        rule: code of the rule.
        hardware: name of the machine.
        change: what is done, in words.
        truth: seconds that it really saves.
        options: of the analysis, before and after.
        built: how the network is built.
        spoiled: makes the file worse first, so that the change is to undo that.
        most: of the findings, by saving; all if None.
    """

    network: str
    rule: str
    hardware: str
    change: str
    truth: Truth
    options: Mapping[str, Any] = field(default_factory=dict)
    built: Mapping[str, Any] = field(default_factory=dict)
    spoiled: edits.Edit | None = None
    most: int | None = None

    @property
    def name(self) -> str:
        """What tells rows apart."""
        return f"{self.rule} {self.network} {self.hardware}"

    def model(self) -> ModelProto:
        """The file that the findings are of."""
        model = build(self.network, **self.built)
        return model if self.spoiled is None else self.spoiled(model)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a row says and what is true.

    Attributes:
        row: it is about.
        findings: how many.
        stated_s: the sum of their savings.
        true_s: that of the changed network.
        latency_s: of the network as it is.
    """

    row: Row
    findings: int
    stated_s: float
    true_s: float
    latency_s: float

    @property
    def error_ratio(self) -> float:
        """How far what is said lies from what is true."""
        return abs(self.stated_s - self.true_s) / abs(self.true_s)


def checked(row: Row) -> Checked:
    """A row's findings, and what their change really saves."""
    model = row.model()
    analysis = inspect(analyze(model, row.hardware, **row.options), {row.rule})
    found = tuple(analysis.findings or ())[: row.most]
    analysis = replace(analysis, findings=found)
    return Checked(
        row=row,
        findings=len(found),
        stated_s=sum(finding.saving_s or 0.0 for finding in found),
        true_s=row.truth(row, model, analysis),
        latency_s=seconds(analysis),
    )


def seconds(analysis: Analysis) -> float:
    """The latency on the first machine."""
    prediction = analysis.first.prediction
    assert prediction is not None
    assert prediction.latency_s is not None
    return prediction.latency_s


def again(row: Row, model: ModelProto) -> float:
    """The latency of another file where the row's own runs."""
    return seconds(analyze(model, row.hardware, **row.options))


def variant(network: str = "", **built: Any) -> Truth:
    """Another network of the zoo, or the same with other settings."""

    def truth(row: Row, _: ModelProto, analysis: Analysis) -> float:
        return seconds(analysis) - again(row, build(network or row.network, **built))

    return truth


def edited(make: Callable[[ModelProto, Sequence[Finding]], edits.Edit]) -> Truth:
    """The file after an edit that is made for it and what was found."""

    def truth(row: Row, model: ModelProto, analysis: Analysis) -> float:
        edit = make(model, analysis.findings or ())
        return seconds(analysis) - again(row, edit(model))

    return truth


def unspoiled(row: Row, _: ModelProto, analysis: Analysis) -> float:
    """The file as it was before it was made worse."""
    return seconds(analysis) - again(row, build(row.network, **row.built))


def nodes(findings: Sequence[Finding]) -> list[str]:
    """Names of all operators of findings."""
    return list(dict.fromkeys(name for finding in findings for name in finding.nodes))


def squeeze_products(model: ModelProto, _: Sequence[Finding]) -> edits.Edit:
    """The products of squeeze and excitation hand on the map."""
    return edits.without([n for n in edits.names_of(model, "Mul") if ".se." in n])


def left_out(_: ModelProto, findings: Sequence[Finding]) -> edits.Edit:
    """What was found hands on what it reads."""
    return edits.without(nodes(findings))


def swish_as(op_type: str) -> Callable[[ModelProto, Sequence[Finding]], edits.Edit]:
    """Every x * sigmoid(x) becomes one other activation."""

    def make(model: ModelProto, _: Sequence[Finding]) -> edits.Edit:
        steps = []
        for node in model.graph.node:
            gate = edits.maker(model, node.input[1]) if node.op_type == "Mul" else None
            if gate is not None and gate.op_type == "Sigmoid" and gate.input[0] == node.input[0]:
                steps.append(edits.swapped(op_type, node.output[0], node.input[0]))
        return edits.in_turn(steps)

    return make


def norms_left_out(model: ModelProto, _: Sequence[Finding]) -> edits.Edit:
    """As batch norms, folded, in the place of layer norms."""
    return edits.without(edits.names_of(model, "LayerNormalization"))


def stacks(_: ModelProto, findings: Sequence[Finding]) -> edits.Edit:
    """3x3 windows in the place of larger ones."""
    return edits.in_turn(
        edits.stacked(found.nodes, int(found.evidence["stacked_convolutions"]))
        for found in findings
    )


def one_way(model: ModelProto, findings: Sequence[Finding]) -> edits.Edit:
    """Three convolutions in the place of each block."""
    steps = []
    for found in findings:
        inner = int(found.evidence["serial_channels"])
        entry, end = ends(model, found.nodes)
        steps.append(edits.serial(found.nodes, entry, end, inner))
    return edits.in_turn(steps)


def ends(model: ModelProto, names: Sequence[str]) -> tuple[str, str]:
    """The activation that enters some operators, and the one that leaves them."""
    inside = [node for node in model.graph.node if node.name in set(names)]
    made = {name for node in inside for name in node.output}
    makers = {name: n for n in model.graph.node for name in n.output}
    moving = [n for n, maker in makers.items() if maker.op_type != "ConstantOfShape"]
    entering = {n for node in inside for n in node.input if n in moving and n not in made}
    read = {n for node in model.graph.node if node not in inside for n in node.input}
    (end,) = made & read
    return min(entering), end


def one_group(model: ModelProto, _: Sequence[Finding]) -> edits.Edit:
    """No convolution in groups."""
    grouped = [n.name for n in model.graph.node if edits.attribute(n, "group", 1) > 1]
    return edits.in_one_group(grouped)


def layers_alone(row: Row, model: ModelProto, analysis: Analysis) -> float:
    """Each layer as a network of its own, with its widths and with those that are advised."""
    return sum(
        again(row, before) - again(row, after)
        for before, after in (_layers(model, found) for found in analysis.findings or ())
    )


def _layers(model: ModelProto, found: Finding) -> tuple[ModelProto, ModelProto]:
    (name,) = found.nodes
    node, number = edits.named(model, name), found.evidence
    filters, per_group, window, _ = edits.shape_of(model, node.input[1])
    groups = edits.attribute(node, "group", 1)
    stride = edits.attribute(node, "strides", [1])[0]
    reader = edits.readers(model, node.output[0])[0].op_type
    act = reader if reader in ("Relu", "Clip") else ""
    sizes: dict[str, Any] = {"window": window, "stride": stride, "act": act}
    _, _, height, width = edits.inferred(model, node.output[0])
    before = edits.layer(per_group * groups, filters, (height, width), groups=groups, **sizes)
    if "balanced_channels" in number:
        wide = int(number["balanced_channels"])
        return before, edits.layer(wide, wide, (height, width), groups=groups, **sizes)
    narrow, wide = int(number["ungrouped_input_channels"]), int(number["ungrouped_output_channels"])
    return before, edits.layer(narrow, wide, (height, width), **sizes)


def with_room(row: Row, model: ModelProto, analysis: Analysis) -> float:
    """The same machine, with room for all weights near its arithmetic."""
    hardware = load(row.hardware)
    memories = tuple(
        replace(memory, capacity_bytes=2**40) if "weights" in memory.holds else memory
        for memory in hardware.memories
    )
    roomy = replace(hardware, memories=memories)
    return seconds(analysis) - seconds(analyze(model, roomy, **row.options))


def islands(op_type: str) -> edits.Edit:
    """All operators of a type without quantization behind them."""
    return lambda model: edits.bare(edits.names_of(model, op_type))(model)


def turned(model: ModelProto) -> ModelProto:
    """Behind every third convolution a Transpose to channels last and one back."""
    names = edits.names_of(model, "Conv")[::3]
    back = edits.behind("Transpose", names, perm=[0, 3, 1, 2])(model)
    first = edits.copy(back)
    for name in names:
        reader = edits.named(first, f"{name}.new")
        reader.name = f"{name}.back"
    return edits.behind("Transpose", names, perm=[0, 2, 3, 1])(first)


NO_SQUEEZE = "settings: no squeeze and excitation"
ROWS = (
    Row(network="mobilenet_v2", rule="G1", hardware="pixel6", change="layers alone, balanced",
        truth=layers_alone),
    Row(network="resnet", rule="G1", hardware="raspberry_pi_4b", change="layers alone, balanced",
        truth=layers_alone),
    Row(network="squeezenet", rule="G1", hardware="stm32h743", change="layers alone, balanced",
        truth=layers_alone, options=INT8),
    Row(network="shufflenet_v1@1.0x-g8", rule="G2", hardware="raspberry_pi_4b",
        change="layers alone, one group", truth=layers_alone),
    Row(network="resnext", rule="G2", hardware="adreno_640", change="layers alone, one group",
        truth=layers_alone, most=8),
    Row(network="googlenet", rule="G3", hardware="raspberry_pi_4b",
        change="file: one block as 1x1, 3x3, 1x1", truth=edited(one_way), most=1),
    Row(network="inception_v3", rule="G3", hardware="pixel6",
        change="file: one block as 1x1, 3x3, 1x1", truth=edited(one_way), most=1),
    Row(network="densenet", rule="G4", hardware="pixel6",
        change="file: without its norms and ReLUs", truth=edited(left_out)),
    Row(network="convmixer", rule="G4", hardware="raspberry_pi_4b",
        change="file: without its norms and additions", truth=edited(left_out)),
    Row(network="mobilenet_v3_large", rule="D1", hardware="coral_edgetpu", change=NO_SQUEEZE,
        truth=variant(settings={"squeeze": False}), options=INT8),
    Row(network="mobilenet_v3_small", rule="D1", hardware="adreno_640", change=NO_SQUEEZE,
        truth=variant(settings={"squeeze": False})),
    Row(network="mnasnet_a1", rule="D1", hardware="pixel4_hexagon",
        change="file: products of the blocks left out", truth=edited(squeeze_products),
        options=INT8),
    Row(network="efficientnet", rule="D1", hardware="coral_edgetpu",
        change="file: products of the blocks left out", truth=edited(squeeze_products),
        options=INT8),
    Row(network="regnet", rule="D1", hardware="coral_edgetpu",
        change="file: products of the blocks left out", truth=edited(squeeze_products),
        options=INT8),
    Row(network="alexnet", rule="D2", hardware="coral_edgetpu", change="file: one group",
        truth=edited(one_group), options=INT8),
    Row(network="mobilenet_v3_large", rule="D3", hardware="pixel4_hexagon",
        change="settings: ReLU for HardSwish", truth=variant(settings={"act": "relu"}),
        options=INT8),
    Row(network="efficientnet", rule="D3", hardware="raspberry_pi_4b",
        change="file: HardSwish for Swish", truth=edited(swish_as("HardSwish"))),
    Row(network="convnext", rule="D3", hardware="pixel6",
        change="file: without layer norms", truth=edited(norms_left_out), most=1),
    Row(network="shufflenet_v1", rule="D4", hardware="raspberry_pi_4b",
        change="settings: no shuffle", truth=variant(settings={"shuffle": False})),
    Row(network="shufflenet_v2", rule="D4", hardware="pixel6", change="file: without shuffles",
        truth=edited(left_out)),
    Row(network="condensenet", rule="D4", hardware="raspberry_pi_4b",
        change="file: without shuffles", truth=edited(left_out)),
    Row(network="enas_macro", rule="D6", hardware="coral_edgetpu",
        change="file: stacks of 3x3", truth=edited(stacks), options=INT8),
    Row(network="convnext", rule="D6", hardware="raspberry_pi_4b",
        change="file: stacks of 3x3", truth=edited(stacks)),
    Row(network="vgg", rule="D7", hardware="adreno_640", change="file: average pooling before fc6",
        truth=edited(lambda *_: edits.pooled_before("fc6")), most=1),
    Row(network="alexnet", rule="D7", hardware="raspberry_pi_4b",
        change="file: average pooling before fc6",
        truth=edited(lambda *_: edits.pooled_before("fc6")), most=1),
    Row(network="vgg@11-bn", rule="F1", hardware="pixel6", change="zoo: batch norms folded",
        truth=variant(), options=BARE, built={"deploy": False}),
    Row(network="resnet@18", rule="F1", hardware="pixel6", change="zoo: batch norms folded",
        truth=variant(), options=BARE, built={"deploy": False}),
    Row(network="rep_vgg", rule="F3", hardware="pixel6", change="zoo: deploy form",
        truth=variant(), built={"deploy": False}),
    Row(network="mobile_one", rule="F3", hardware="raspberry_pi_4b", change="zoo: deploy form",
        truth=variant(), built={"deploy": False}),
    Row(network="fastvit", rule="F3", hardware="coral_edgetpu", change="zoo: deploy form",
        truth=variant(), options=INT8, built={"deploy": False}),
    Row(network="resnet@18", rule="F4", hardware="pixel6",
        change="file: as it was, without pairs of Transposes", truth=unspoiled, spoiled=turned),
    Row(network="resnet", rule="M2", hardware="coral_edgetpu",
        change="machine: room for all weights", truth=with_room, options=INT8),
    Row(network="mobilenet_v2", rule="P1", hardware="pixel6", change="zoo: int8 file",
        truth=variant(dtype="int8")),
    Row(network="mobilenet_v1", rule="P1", hardware="raspberry_pi_4b", change="zoo: int8 file",
        truth=variant(dtype="int8")),
    Row(network="efficientnet_lite", rule="P1", hardware="pixel6", change="zoo: int8 file",
        truth=variant(dtype="int8")),
    Row(network="mobilenet_v3_small", rule="P2", hardware="pixel6",
        change="file: as it was, every HardSwish quantized", truth=unspoiled,
        built={"dtype": "int8"}, spoiled=islands("HardSwish")),
)  # fmt: skip
