"""The forward walk over a model: one visit per node, in execution order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from costscope.dtypes import OPAQUE
from costscope.errors import ModelError, ShapeError
from costscope.graph import attributes, constants, schema
from costscope.graph.types import Graph, Node, Tensor, TensorType
from costscope.ops import OPS, SHAPES, Array, Site, UnknownShapeError
from costscope.shapes import control
from costscope.shapes.binding import Bindings, bind_inputs, declared_type
from costscope.shapes.blocked import block_of
from costscope.shapes.contradiction import Contradictions
from costscope.shapes.folding import (
    folded,
    formula_problem,
    is_constant,
    sources_of,
    storage_of,
    values_of,
)
from costscope.shapes.functions import FunctionKey, functions_of, inline
from costscope.shapes.limits import (
    refuse_garbled,
    refuse_garbled_nodes,
    refuse_impossible,
    refuse_repeats,
)
from costscope.shapes.naming import Names
from costscope.shapes.opsets import opsets_of, standard
from costscope.shapes.order import WITH_GRAPHS, ordered
from costscope.shapes.scope import Scope
from costscope.shapes.stored import add_constant_node, add_filled, add_initializers, fill_value

# Nodes that functions may expand to: stops a small file that unfolds into billions.
_MAX_EXPANDED_NODES = 200_000


def resolve(model: Any, bindings: Bindings | None = None, *, name: str = "") -> Graph:
    """The graph of a ModelProto with every dimension bound and constants folded.

    Args:
        model: a ModelProto; tensor data may be absent.
        bindings: sizes for open dimensions.
        name: the model's name; the graph's own if empty.

    Raises:
        ModelError: the model is not valid.
        ShapeError: a dimension is open, or a shape contradicts its operator.
    """
    walk = Walk(model, bindings or Bindings())
    return walk.main(name or model.graph.name or "model")


class Walk:
    """The state of one walk; `control` and `functions` call back into it."""

    def __init__(self, model: Any, bindings: Bindings) -> None:
        self.model = model
        self.bindings = bindings
        self.opsets = opsets_of(model)
        self.functions = functions_of(model)
        self.assumptions: dict[str, None] = {}
        self.constants: dict[str, Tensor] = {}
        self.folded: Counter[str] = Counter()
        self.aside: list[Node] = []
        self.names = Names()
        self.tensor_names = Names()
        self.calls: list[FunctionKey] = []
        self.expanded = 0
        self.block = block_of(model.graph)

    def assume(self, sentence: str) -> None:
        """Record an assumption once."""
        self.assumptions[sentence] = None

    def main(self, name: str) -> Graph:
        """The main graph."""
        graph = self.model.graph
        if not graph.node:
            raise ModelError("the graph has no nodes")
        refuse_garbled(graph)
        refuse_repeats([node.name for node in graph.node if node.name], "node name")
        refuse_repeats([value.name for value in graph.input], "input")
        self.tensor_names.expect(output for node in graph.node for output in node.output)
        scope = Scope()
        scope.declare(graph.value_info, graph.output)
        add_initializers(self, graph, scope)
        inputs = [value for value in graph.input if value.name not in scope.tensors]
        bound = bind_inputs(inputs, self.bindings, self.assume)
        for tensor in bound:
            refuse_impossible(tensor, f"input {tensor.name!r}")
            self.tensor_names.take(tensor.name, given=True)
            scope.add(tensor.name, tensor)
        nodes = self.nodes(graph.node, scope)
        outputs = self.outputs(graph, scope)
        return Graph(
            name=name,
            nodes=tuple(nodes),
            inputs=tuple(bound),
            outputs=outputs,
            constants=self.constants,
            opsets=self.opsets,
            folded=dict(self.folded),
            assumptions=tuple(self.assumptions),
            aside=tuple(self.aside),
        )

    def body(self, graph: Any, scope: Scope) -> Graph:
        """A graph inside a node; its inputs are in the scope already."""
        refuse_garbled(graph)
        scope.declare(graph.value_info, graph.output)
        add_initializers(self, graph, scope)
        nodes = self.nodes(graph.node, scope)
        return Graph(
            name=graph.name,
            nodes=tuple(nodes),
            inputs=(),
            outputs=self.outputs(graph, scope),
            constants={},
            opsets=self.opsets,
        )

    def outputs(self, graph: Any, scope: Scope) -> tuple[Tensor, ...]:
        """The outputs of a graph whose nodes have been walked."""
        tensors = []
        for value in graph.output:
            tensor = scope.find(value.name)
            if tensor is None:
                raise ModelError(f"graph output {value.name!r} is produced by no node")
            tensors.append(tensor)
        return tuple(tensors)

    def tensor_name(self, name: str, scope: Scope) -> str:
        """The name of a tensor in the model: the file's own in the main graph."""
        return self.tensor_names.take(scope.prefix + name, given=not scope.prefix)

    def nodes(self, protos: Sequence[Any], scope: Scope) -> list[Node]:
        """Visit the nodes of one graph in order.

        Raises:
            ModelError: functions expand without measure.
        """
        refuse_garbled_nodes(protos)
        if self.calls:
            self.expanded += len(protos)
        if self.expanded > _MAX_EXPANDED_NODES:
            raise ModelError(f"functions expand to more than {_MAX_EXPANDED_NODES:,} nodes")
        self.names.expect(scope.prefix + proto.name for proto in protos if proto.name)
        out: list[Node] = []
        for index, proto in enumerate(ordered(list(protos), set(scope.tensors))):
            self.visit(proto, index, scope, out)
        return out

    def visit(self, proto: Any, index: int, scope: Scope, out: list[Node]) -> None:
        """Visit one node: fold it, expand it, or append it to `out`."""
        op_type, domain = proto.op_type, standard(proto.domain)
        given = scope.prefix + (proto.name or f"{op_type}_{index}")
        name = self.names.take(given, given=bool(proto.name))
        function = self.functions.get((domain, op_type, proto.overload))
        if not any(proto.output):
            raise ModelError(f"node {name!r} ({op_type}) has no outputs")
        wrong = schema.wrong_attribute(proto, self.version(domain), domain)
        if wrong is not None and function is None:
            raise ModelError(f"node {name!r} ({op_type}): {wrong}")
        try:
            if function is not None:
                inline(self, proto, function, name, scope, out)
            elif op_type == "Constant" and not domain:
                add_constant_node(self, proto, scope)
            elif op_type in WITH_GRAPHS and not domain:
                control.visit(self, proto, name, scope, out)
            else:
                self._operator(proto, domain, name, scope, out)
        except ShapeError as error:
            if str(error).startswith("node "):
                raise
            raise ShapeError(f"node {name!r} ({op_type}): {error}") from None

    def _operator(self, proto: Any, domain: str, name: str, scope: Scope, out: list[Node]) -> None:
        site = self.site(proto, domain, name, scope)
        known = OPS.get((domain, proto.op_type)) is not None
        if not domain and not known and schema.schema(proto.op_type, site.version, "") is None:
            raise ModelError(f"node {name!r}: the ONNX standard has no operator {proto.op_type!r}")
        types, problem = self._types_or_problem(site, scope)
        values = values_of(site, types)
        node = self._node(site, types, values, scope, problem)
        if values is None and problem is None:
            wrong = formula_problem(node)
            node = node if wrong is None else replace(node, problem=wrong)
        if values is None and not is_constant(site, node, self.assume):
            self._show(node.outputs, site, scope)
            out.append(node)
            return
        self.folded[site.op_type] += 1
        self.aside.append(node)
        sources = sources_of(site)
        if site.op_type == "ConstantOfShape" and not domain:
            sources = add_filled(self, site.input(0), node.output)
        storage = storage_of(site)
        outputs = tuple(folded(tensor, sources, storage) for tensor in node.outputs)
        self._show(outputs, site, scope, values)

    def site(self, proto: Any, domain: str, name: str, scope: Scope) -> Site:
        """A node and all that is known before it runs."""
        plain, protos = attributes.plain(proto.attribute)
        if proto.op_type == "ConstantOfShape" and "value" in protos:
            plain["value"] = fill_value(protos["value"])
        names = proto.input
        inputs = tuple([self.find(each, scope) for each in names])
        values = tuple([scope.value(each) if each else None for each in names])
        version = self.version(domain)

        def infer() -> Sequence[TensorType]:
            found = schema.infer(proto, inputs, values, version=version, opsets=self.opsets)
            if found is None:
                raise UnknownShapeError("no shape rule is known for it")
            for kind, output in zip(found, proto.output, strict=False):
                if output and kind.shape is None and kind.items is None:
                    raise UnknownShapeError("it depends on data, not on shapes")
            return found

        return Site(
            name,
            proto.op_type,
            domain,
            version,
            inputs,
            tuple(proto.output),
            plain,
            values,
            self.assume,
            infer,
            self.block,
        )

    def find(self, name: str, scope: Scope) -> Tensor | None:
        """The tensor an input names, None if the input is left out.

        Raises:
            ModelError: nothing produces it.
        """
        if not name:
            return None
        tensor = scope.find(name)
        if tensor is None and not scope.omits(name):
            raise ModelError(f"tensor {name!r} is read but nothing produces it")
        return tensor

    def version(self, domain: str) -> int:
        """The opset version of a domain; 1 for a domain that the model does not import."""
        return self.opsets.get(domain, 1)

    def _types_or_problem(
        self, site: Site, scope: Scope
    ) -> tuple[Sequence[TensorType], str | None]:
        """Types of a node's outputs, and why it cannot be costed although they may be known."""
        try:
            return self._types(site), unknown_input(site.inputs)
        except UnknownShapeError as error:
            types = self.declared(site.outputs, site.inputs, scope)
            given = [tensor.shape for tensor in site.inputs if tensor is not None]
            if None in given or any(kind.shape is None for kind in types):
                return types, f"the shape of its output is unknown: {error}"
            self.assume(
                f"{site.op_type}: output shapes are those that the file declares; "
                "no rule can find them"
            )
            return types, None

    def _types(self, site: Site) -> Sequence[TensorType]:
        rule = SHAPES.get((site.domain, site.op_type))
        with Contradictions():
            types = site.infer() if rule is None else rule(site)
        given = [slot for slot, name in enumerate(site.outputs) if name]
        if len(types) <= given[-1]:
            raise ShapeError(f"it has no output {given[-1]}, its operator gives {len(types)}")
        for kind in types:
            refuse_impossible(kind, "its output")
        return types

    def declared(
        self, outputs: Sequence[str], inputs: Sequence[Tensor | None], scope: Scope
    ) -> list[TensorType]:
        """What the file declares of outputs that no rule can find."""
        dtype = next((t.dtype for t in inputs if t is not None), OPAQUE)
        types = []
        for name in outputs:
            value = scope.declared.get(name)
            found = declared_type(value) if value is not None else None
            types.append(found or TensorType(None, dtype))
        return types

    def _node(
        self,
        site: Site,
        types: Sequence[TensorType],
        values: Sequence[Array] | None,
        scope: Scope,
        problem: str | None,
    ) -> Node:
        """The node with its output tensors, those at the end that nobody asks for left out."""
        count = max(slot for slot, name in enumerate(site.outputs) if name) + 1
        outputs = []
        for slot, (name, kind) in enumerate(zip(site.outputs[:count], types, strict=False)):
            value = values[slot] if values is not None and slot < len(values) else None
            outputs.append(
                Tensor(
                    self.tensor_name(name or f"{site.name}:{slot}", scope),
                    kind.shape,
                    kind.dtype,
                    items=kind.items,
                    value=constants.short(value),
                )
            )
        return Node(
            site.name,
            site.op_type,
            site.domain,
            site.version,
            site.inputs,
            tuple(outputs),
            site.attributes,
            problem=problem,
        )

    def _show(
        self,
        outputs: Sequence[Tensor],
        site: Site,
        scope: Scope,
        values: Sequence[Array] | None = None,
    ) -> None:
        """Bring a node's outputs into the scope."""
        for slot, (name, tensor) in enumerate(zip(site.outputs, outputs, strict=False)):
            if name:
                known = values is not None and slot < len(values)
                scope.add(name, tensor, values[slot] if values is not None and known else None)


def unknown_input(inputs: Sequence[Tensor | None]) -> str | None:
    """Why a node cannot be costed although its outputs are known: formulas need its inputs."""
    for tensor in inputs:
        if tensor is not None and tensor.shape is None and tensor.items is None:
            return f"the shape of its input {tensor.name!r} is unknown"
    return None
