"""Small networks for comparisons: kernels by hand, and models of a few layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onnx import ModelProto, TensorProto, helper

from costscope.dtypes import named as dtype_named
from costscope.graph.types import Node, Tensor
from costscope.kernels.types import Kernel, Traffic
from costscope.work import KernelKind, Work

FLOAT = dtype_named("float32")


def kernel(
    name: str,
    channels: int = 8,
    *,
    kind: KernelKind = KernelKind.POINTWISE_CONV,
    op: str = "Conv",
    output: str = "",
    size: int = 14,
) -> Kernel:
    """A kernel of one operator that reads and writes `channels` at `size` x `size`."""
    read = Tensor("in", (1, channels, size, size), FLOAT)
    write = Tensor(output or f"{name}.out", (1, channels, size, size), FLOAT)
    weight = Tensor("w", (channels, channels, 1, 1), FLOAT, constant=True)
    weights = (weight,) if kind is KernelKind.POINTWISE_CONV else ()
    node = Node(name, op, "", 17, (read,), (write,))
    return Kernel(
        name=name,
        kind=kind,
        runs_as=op,
        nodes=(node,),
        reads=(read,),
        writes=(write,),
        weights=weights,
        parameters=(),
        stored=(),
        compute_dtype="float32",
        work=Work(channels**2 * size**2 if weights else 0),
        traffic=Traffic(4 * channels**2 if weights else 0, read.nbytes, write.nbytes),
        memory_access=0,
        memory_access_bound=None,
        problem=None,
        repeats=1,
    )


def model(layers: Sequence[tuple[str, Any]], *, size: int = 8) -> ModelProto:
    """A chain: `("name", 16)` is a 3x3 convolution to 16 channels, `("name", "Relu")` an operator.

    An operator with a dot is one of a domain that nobody knows: `custom.Magic`. The name None
    leaves it to costscope.
    """
    nodes, weights, into, channels = [], [], "image", 3
    for place, (name, what) in enumerate(layers):
        out = f"{name or place}.out"
        domain, _, op = ("", "", "Conv") if isinstance(what, int) else what.rpartition(".")
        inputs = [into]
        if isinstance(what, int):
            dims = [what, channels, 3, 3]
            weights.append(TensorProto(name=f"{place}.w", data_type=TensorProto.FLOAT, dims=dims))
            inputs, channels = [into, f"{place}.w"], what
        extra = {"pads": [1, 1, 1, 1]} if isinstance(what, int) else {}
        nodes.append(helper.make_node(op, inputs, [out], name=name, domain=domain, **extra))
        into = out
    shape = [1, 3, size, size]
    graph = helper.make_graph(
        nodes,
        "chain",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_empty_tensor_value_info(into)],
        weights,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("custom", 1)]
    return helper.make_model(graph, opset_imports=opsets)


def renamed(proto: ModelProto) -> ModelProto:
    """The same network as another exporter names it: every node and tensor by a number."""
    new = ModelProto()
    new.CopyFrom(proto)
    names: dict[str, str] = {}
    for place, node in enumerate(new.graph.node):
        node.name = f"node_{node.op_type}_{place + 7}"
        for out in node.output:
            names[out] = f"val_{place}"
        node.input[:] = [names.get(each, each) for each in node.input]
        node.output[:] = [names[each] for each in node.output]
    for each in new.graph.output:
        each.name = names[each.name]
    return new
