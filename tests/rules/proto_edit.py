"""Edits of ONNX files with nothing but onnx: how a user would apply what a finding says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from onnx import (
    ModelProto,
    NodeProto,
    TensorProto,
    helper,
    numpy_helper,
    shape_inference,
)

Edit = Callable[[ModelProto], ModelProto]


def copy(model: ModelProto) -> ModelProto:
    """A copy to edit."""
    found = ModelProto()
    found.CopyFrom(model)
    return found


def named(model: ModelProto, name: str) -> NodeProto:
    """The node of a name."""
    (found,) = [node for node in model.graph.node if node.name == name]
    return found


def maker(model: ModelProto, tensor: str) -> NodeProto | None:
    """The node that makes a tensor."""
    return next((node for node in model.graph.node if tensor in node.output), None)


def readers(model: ModelProto, tensor: str) -> list[NodeProto]:
    """The nodes that read a tensor."""
    return [node for node in model.graph.node if tensor in node.input]


def names_of(model: ModelProto, *op_types: str) -> list[str]:
    """Names of the nodes of some operators, in order."""
    return [node.name for node in model.graph.node if node.op_type in op_types]


def without(names: Collection[str], keep: int = 0) -> Edit:
    """Leave nodes out: who read their result reads one of their operands."""

    def edit(model: ModelProto) -> ModelProto:
        found = copy(model)
        for name in names:
            node = named(found, name)
            handed_on(found, node.output[0], node.input[keep])
            found.graph.node.remove(node)
        return swept(found)

    return edit


def handed_on(model: ModelProto, old: str, new: str) -> None:
    """Let all that read one tensor read another one."""
    for node in model.graph.node:
        for slot, name in enumerate(node.input):
            if name == old:
                node.input[slot] = new
    for output in model.graph.output:
        if output.name == old:
            output.name = new


def swept(model: ModelProto) -> ModelProto:
    """Take out what nobody reads."""
    wanted = {output.name for output in model.graph.output}
    for node in reversed(list(model.graph.node)):
        if wanted.isdisjoint(node.output):
            model.graph.node.remove(node)
        else:
            wanted.update(node.input)
    for tensor in list(model.graph.initializer):
        if tensor.name not in wanted:
            model.graph.initializer.remove(tensor)
    return model


def insert(model: ModelProto, nodes: Iterable[NodeProto], place: int) -> None:
    """Put nodes in front of a place."""
    kept = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*kept[:place], *nodes, *kept[place:]])


def place_of(model: ModelProto, node: NodeProto) -> int:
    """Where a node stands."""
    return next(i for i, each in enumerate(model.graph.node) if each.name == node.name)


def weight(model: ModelProto, name: str, shape: Sequence[int]) -> str:
    """A new weight of zeros, in short form."""
    sizes = helper.make_tensor(f"{name}.sizes", TensorProto.INT64, [len(shape)], list(shape))
    model.graph.initializer.append(sizes)
    fill = helper.make_node("ConstantOfShape", [sizes.name], [name], name=f"{name}.fill")
    insert(model, [fill], 0)
    return name


def shape_of(model: ModelProto, name: str) -> list[int]:
    """The shape of a weight, as the file stores it."""
    for tensor in model.graph.initializer:
        if tensor.name == name:
            return list(tensor.dims)
    fill = maker(model, name)
    assert fill is not None
    assert fill.op_type == "ConstantOfShape"
    (sizes,) = [t for t in model.graph.initializer if t.name == fill.input[0]]
    return [int(size) for size in numpy_helper.to_array(sizes)]


def attribute(node: NodeProto, name: str, default: Any = None) -> Any:
    """The value of an attribute."""
    for each in node.attribute:
        if each.name == name:
            return helper.get_attribute_value(each)
    return default


def set_attribute(node: NodeProto, name: str, value: Any) -> None:
    """Give an attribute another value."""
    for each in list(node.attribute):
        if each.name == name:
            node.attribute.remove(each)
    node.attribute.append(helper.make_attribute(name, value))


def in_one_group(names: Collection[str]) -> Edit:
    """Convolutions in one group, as wide as they were."""

    def edit(model: ModelProto) -> ModelProto:
        found = copy(model)
        for name in names:
            conv = named(found, name)
            groups = attribute(conv, "group", 1)
            filters, channels, *window = shape_of(found, conv.input[1])
            wider = weight(found, f"{name}.dense", [filters, channels * groups, *window])
            conv = named(found, name)
            conv.input[1] = wider
            set_attribute(conv, "group", 1)
        return swept(found)

    return edit


def swapped(op_type: str, last: str, first: str, opset: int | None = None) -> Edit:
    """One operator of one operand in the place of a chain that ends in a tensor.

    Args:
        op_type: the operator.
        last: the tensor that the chain makes.
        first: the tensor that the operator reads.
        opset: that the operator needs.
    """

    def edit(model: ModelProto) -> ModelProto:
        found = copy(model)
        end = maker(found, last)
        assert end is not None
        node = helper.make_node(op_type, [first], [last], name=f"{end.name} as {op_type}")
        place = place_of(found, end)
        found.graph.node.remove(end)
        insert(found, [node], place)
        for each in found.opset_import:
            if not each.domain and opset is not None:
                each.version = max(each.version, opset)
        return swept(found)

    return edit


def in_turn(edits: Iterable[Edit]) -> Edit:
    """One edit after the other."""

    def edit(model: ModelProto) -> ModelProto:
        for each in edits:
            model = each(model)
        return model

    return edit


def behind(op_type: str, names: Collection[str], **attributes: Any) -> Edit:
    """A new operator of one operand behind some nodes."""

    def edit(model: ModelProto) -> ModelProto:
        found = copy(model)
        for name in names:
            node = named(found, name)
            last, bare = node.output[0], f"{node.output[0]}.bare"
            node.output[0] = bare
            new = helper.make_node(op_type, [bare], [last], name=f"{name}.new", **attributes)
            insert(found, [new], place_of(found, node) + 1)
        return found

    return edit


def layer(
    channels: int,
    filters: int,
    size: tuple[int, int],
    *,
    groups: int = 1,
    window: int = 1,
    stride: int = 1,
    act: str = "",
) -> ModelProto:
    """A network of one convolution with bias that makes maps of a size, perhaps activated."""
    entering = [1, channels, *(side * stride for side in size)]
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, entering)
    result = helper.make_empty_tensor_value_info("z" if act else "y")
    graph = helper.make_graph([], "layer", [image], [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    inputs = ["x", weight(model, "w", [filters, channels // groups, window, window])]
    inputs.append(weight(model, "b", [filters]))
    pads = [window // 2] * 4
    steps = {"strides": [stride] * 2, "pads": pads, "group": groups}
    conv = helper.make_node("Conv", inputs, ["y"], name="conv", **steps)
    model.graph.node.append(conv)
    if act:
        model.graph.node.append(_activation(model, act))
    return model


def _activation(model: ModelProto, act: str) -> NodeProto:
    if act != "Clip":
        return helper.make_node(act, ["y"], ["z"], name="act")
    for name, value in (("zero", 0.0), ("six", 6.0)):
        model.graph.initializer.append(helper.make_tensor(name, TensorProto.FLOAT, [], [value]))
    return helper.make_node("Clip", ["y", "zero", "six"], ["z"], name="act")


def pooled_before(name: str) -> Edit:
    """Global average pooling before the fully connected layer that reads a flattened map."""

    def edit(model: ModelProto) -> ModelProto:
        found = copy(model)
        node = named(found, name)
        flatten = maker(found, node.input[0])
        while flatten is not None and flatten.op_type not in ("Flatten", "Reshape"):
            flatten = maker(found, flatten.input[0])
        assert flatten is not None
        pool = helper.make_node(
            "GlobalAveragePool", [flatten.input[0]], [f"{name}.pooled"], name=f"{name}.pool"
        )
        insert(found, [pool], place_of(found, flatten))
        flatten = named(found, flatten.name)
        flatten.input[0] = f"{name}.pooled"
        outputs, features = shape_of(found, node.input[1])
        channels = features // positions_of(model, flatten.name)
        narrow = weight(found, f"{name}.narrow", [outputs, channels])
        named(found, name).input[1] = narrow
        return swept(found)

    return edit


def positions_of(model: ModelProto, flatten: str) -> int:
    """Positions of the map that a node flattens, by ONNX's own shape inference."""
    tensor = named(model, flatten).input[0]
    _, _, *size = inferred(model, tensor)
    return size[0] * size[1]


def inferred(model: ModelProto, tensor: str) -> list[int]:
    """The shape of an activation, as ONNX infers it."""
    known = shape_inference.infer_shapes(model)
    values = [*known.graph.value_info, *known.graph.input, *known.graph.output]
    (value,) = [value for value in values if value.name == tensor]
    return [each.dim_value for each in value.type.tensor_type.shape.dim]


def stacked(names: Collection[str], many: int) -> Edit:
    """Stacks of 3x3 convolutions in the place of larger ones, depthwise or dense."""

    def edit(model: ModelProto) -> ModelProto:
        found = copy(model)
        for name in names:
            conv = named(found, name)
            filters, channels, *_ = shape_of(found, conv.input[1])
            groups = attribute(conv, "group", 1)
            later = filters // (filters if groups > 1 and channels == 1 else groups)
            place, (data, result) = place_of(found, conv), (conv.input[0], conv.output[0])
            biases = list(conv.input[2:])
            found.graph.node.remove(conv)
            nodes = []
            for index in range(many):
                made = result if index == many - 1 else f"{name}.{index}.out"
                nodes.append(
                    helper.make_node(
                        "Conv",
                        [data, f"{name}.{index}.weight", *biases],
                        [made],
                        name=f"{name}.{index}",
                        group=groups if index == 0 else filters // later,
                        kernel_shape=[3, 3],
                        pads=[1, 1, 1, 1],
                        strides=attribute(conv, "strides", [1, 1]) if index == 0 else [1, 1],
                    )
                )
                data = made
            insert(found, nodes, place)
            for index in range(many):
                entering = channels if index == 0 else later
                weight(found, f"{name}.{index}.weight", [filters, entering, 3, 3])
        return swept(found)

    return edit


def serial(block: Collection[str], entry: str, end: str, inner: int) -> Edit:
    """One way of 1x1, 3x3 and 1x1 convolutions with ReLUs in the place of a block.

    Args:
        block: names of its operators.
        entry: the tensor that enters it.
        end: the tensor that leaves it.
        inner: channels inside.
    """

    def edit(model: ModelProto) -> ModelProto:
        shapes = inferred(model, entry), inferred(model, end)
        (_, channels, height, _), (_, filters, rows, _) = shapes
        found = copy(model)
        last = maker(found, end)
        assert last is not None
        place = place_of(found, last)
        found.graph.node.remove(last)
        steps = ((channels, inner, 1), (inner, inner, 3), (inner, filters, 1))
        nodes, data = [], entry
        for index, (_, _, window) in enumerate(steps):
            name = f"{end}.serial{index}"
            made = end if index == len(steps) - 1 else f"{name}.act.out"
            stride = round(height / rows) if window > 1 else 1
            same = window > 1 and (height - 1) // stride + 1 == rows
            nodes += [
                helper.make_node(
                    "Conv",
                    [data, f"{name}.weight"],
                    [f"{name}.out"],
                    name=name,
                    kernel_shape=[window] * 2,
                    strides=[stride] * 2,
                    pads=[int(same)] * 4,
                ),
                helper.make_node("Relu", [f"{name}.out"], [made], name=f"{name}.act"),
            ]
            data = made
        insert(found, nodes, place)
        for index, (narrow, wide, window) in enumerate(steps):
            weight(found, f"{end}.serial{index}.weight", [wide, narrow, window, window])
        return swept(found)

    assert block
    return edit


def bare(names: Collection[str]) -> Edit:
    """Operators of a quantized file without the pairs around them: an island of floats."""

    def edit(model: ModelProto) -> ModelProto:
        found = copy(model)
        for name in names:
            node = named(found, name)
            for quantize in readers(found, node.output[0]):
                for dequantize in readers(found, quantize.output[0]):
                    handed_on(found, dequantize.output[0], node.output[0])
        return swept(found)

    return edit
