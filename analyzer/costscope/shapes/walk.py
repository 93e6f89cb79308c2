"""The forward walk over a model: one visit per node, in execution order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from costscope.dtypes import OPAQUE
from costscope.errors import ModelError, ShapeError
from costscope.graph import attributes, constants, schema
from costscope.graph.types import Graph, Node, Tensor, TensorType
from costscope.ops import (
    OPS,
    SHAPES,
    VALUES,
    Array,
    Site,
    Slot,
    UnknownShapeError,
    slot_of,
)
from costscope.shapes import control
from costscope.shapes.binding import Bindings, bind_inputs, declared_type
from costscope.shapes.order import WITH_GRAPHS, ordered
from costscope.shapes.scope import Scope

# Nodes that functions may expand to: stops a small file that unfolds into billions.
_MAX_EXPANDED_NODES = 200_000

# Same inputs, another output each time: never a constant.
_RANDOM = frozenset(
    {
        "RandomNormal",
        "RandomNormalLike",
        "RandomUniform",
        "RandomUniformLike",
        "Multinomial",
        "Bernoulli",
    }
)
# What a shape or value rule may raise on inputs that contradict its operator.
_CONTRADICTIONS = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)


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
    """The state of one walk; `control` calls back into it for graphs inside nodes."""

    def __init__(self, model: Any, bindings: Bindings) -> None:
        self.model = model
        self.bindings = bindings
        self.opsets = _opsets(model)
        self.functions = {(f.domain, f.name, f.overload): f for f in model.functions}
        self.assumptions: dict[str, None] = {}
        self.constants: dict[str, Tensor] = {}
        self.folded: Counter[str] = Counter()
        self.names: set[str] = set()
        self.declared = {value.name: value for value in model.graph.value_info}
        self.declared.update((value.name, value) for value in model.graph.output)
        self.calls: list[tuple[str, str, str]] = []
        self.expanded = 0

    def assume(self, sentence: str) -> None:
        """Record an assumption once."""
        self.assumptions[sentence] = None

    def main(self, name: str) -> Graph:
        """The main graph."""
        graph = self.model.graph
        if not graph.node:
            raise ModelError("the graph has no nodes")
        scope = Scope()
        self.add_constants(graph, scope)
        inputs = [value for value in graph.input if value.name not in scope.tensors]
        _refuse_repeats([value.name for value in graph.input], "input")
        bound = bind_inputs(inputs, self.bindings, self.assume)
        for tensor in bound:
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
        )

    def body(self, graph: Any, scope: Scope) -> Graph:
        """A graph inside a node; its inputs are in the scope already."""
        self.add_constants(graph, scope)
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

    def add_constants(self, graph: Any, scope: Scope) -> None:
        """Bring a graph's initializers into the scope."""
        for proto in graph.initializer:
            if proto.name in scope.tensors:
                raise ModelError(f"initializer {proto.name!r} stands twice")
            self.add_constant(proto.name, proto, scope)
        for sparse in graph.sparse_initializer:
            kind = constants.type_of(sparse.values)
            self._source(sparse.values.name, TensorType(tuple(sparse.dims), kind.dtype), scope)

    def add_constant(self, name: str, proto: Any, scope: Scope) -> None:
        """Bring a TensorProto into the scope under a name, as a constant of the file."""
        try:
            value = constants.value_of(proto)
        except _CONTRADICTIONS:
            raise ModelError(f"constant {name!r} has contents that do not fit its type") from None
        self._source(name, constants.type_of(proto), scope, value)

    def _source(
        self, name: str, kind: TensorType, scope: Scope, value: Array | None = None
    ) -> None:
        unique = scope.prefix + name
        tensor = Tensor(unique, kind.shape, kind.dtype, constant=True, sources=(unique,))
        self.constants[unique] = tensor
        scope.add(name, tensor, value)

    def nodes(self, protos: Sequence[Any], scope: Scope) -> list[Node]:
        """Visit the nodes of one graph in order."""
        out: list[Node] = []
        for index, proto in enumerate(ordered(list(protos), set(scope.tensors))):
            self.visit(proto, index, scope, out)
        return out

    def visit(self, proto: Any, index: int, scope: Scope, out: list[Node]) -> None:
        """Visit one node: fold it, expand it, or append it to `out`."""
        op_type = proto.op_type
        domain = "" if proto.domain == "ai.onnx" else proto.domain
        name = self._name(proto.name, op_type, index, scope)
        function = self.functions.get((proto.domain, op_type, proto.overload))
        try:
            if function is not None:
                self._inline(proto, function, name, scope, out)
            elif op_type == "Constant" and not domain:
                self._constant(proto, scope)
            elif op_type in WITH_GRAPHS and not domain:
                control.visit(self, proto, name, scope, out)
            else:
                self._operator(proto, domain, name, scope, out)
        except ShapeError as error:
            if str(error).startswith("node "):
                raise
            raise ShapeError(f"node {name!r} ({op_type}): {error}") from None

    def _name(self, given: str, op_type: str, index: int, scope: Scope) -> str:
        name = scope.prefix + (given or f"{op_type}_{index}")
        if name in self.names:
            if given and not scope.prefix:
                raise ModelError(f"node name {given!r} stands twice; names must be unique")
            while name in self.names:
                name += "_"
        self.names.add(name)
        return name

    def _operator(self, proto: Any, domain: str, name: str, scope: Scope, out: list[Node]) -> None:
        version = self.version(domain)
        site = self.site(proto, domain, version, name, scope)
        known = OPS.get((domain, proto.op_type)) is not None
        if not domain and not known and schema.schema(proto.op_type, version, domain) is None:
            raise ModelError(f"node {name!r}: the ONNX standard has no operator {proto.op_type!r}")
        problem = None
        try:
            types = self._types(site)
        except UnknownShapeError as error:
            problem = f"the shape of its output is unknown: {error}"
            types = self._declared(site)
            problem = None if all(kind.shape is not None for kind in types) else problem
        values = self._values(site, types)
        outputs = self._outputs(site, types, values, scope)
        if all(tensor.constant for tensor in outputs):
            self.folded[site.op_type] += 1
            return
        out.append(
            Node(
                name,
                site.op_type,
                domain,
                version,
                site.inputs,
                outputs,
                site.attributes,
                problem=problem,
            )
        )

    def site(self, proto: Any, domain: str, version: int, name: str, scope: Scope) -> Site:
        """A node and all that is known before it runs."""
        plain, _ = attributes.plain(proto.attribute)
        inputs = tuple(self.find(input_name, scope) for input_name in proto.input)
        values = tuple(scope.value(input_name) for input_name in proto.input)

        def infer() -> Sequence[TensorType]:
            found = schema.infer(proto, inputs, values, version=version, opsets=self.opsets)
            if found is None:
                raise UnknownShapeError("no shape rule is known for it")
            if any(kind.shape is None and kind.dtype.kind != "opaque" for kind in found):
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
        )

    def find(self, name: str, scope: Scope) -> Tensor | None:
        """The tensor an input names, None if the input is left out.

        Raises:
            ModelError: nothing produces it.
        """
        if not name:
            return None
        tensor = scope.find(name)
        if tensor is None:
            raise ModelError(f"tensor {name!r} is read but nothing produces it")
        return tensor

    def version(self, domain: str) -> int:
        """The opset version of a domain; 1 for a domain that the model does not import."""
        return self.opsets.get(domain, 1)

    def _types(self, site: Site) -> Sequence[TensorType]:
        rule = SHAPES.get((site.domain, site.op_type))
        try:
            return site.infer() if rule is None else rule(site)
        except _CONTRADICTIONS as error:
            said = str(error) or type(error).__name__
            raise ShapeError(f"its inputs contradict the operator: {said}") from None

    def _declared(self, site: Site) -> list[TensorType]:
        """What the file declares of outputs that no rule can find."""
        dtype = next((t.dtype for t in site.inputs if t is not None), OPAQUE)
        types = []
        for name in site.outputs:
            value = self.declared.get(name)
            found = declared_type(value) if value is not None else None
            types.append(found or TensorType(None, dtype))
        return types

    def _values(self, site: Site, types: Sequence[TensorType]) -> Sequence[Array] | None:
        """The outputs' values, where they follow from small known inputs."""
        spec = VALUES.get((site.domain, site.op_type))
        if spec is None or not _small(types):
            return None
        if not spec.from_shapes and any(
            tensor is not None and value is None
            for tensor, value in zip(site.inputs, site.values, strict=True)
        ):
            return None
        try:
            return spec.rule(site)
        except UnknownShapeError:
            return None
        except _CONTRADICTIONS as error:
            said = str(error) or type(error).__name__
            raise ShapeError(f"its inputs contradict the operator: {said}") from None

    def _outputs(
        self,
        site: Site,
        types: Sequence[TensorType],
        values: Sequence[Array] | None,
        scope: Scope,
    ) -> tuple[Tensor, ...]:
        """Make the output tensors and bring them into the scope."""
        fixed = values is not None or self._is_constant(site)
        sources = self._sources(site) if fixed else ()
        outputs = []
        for slot, name in enumerate(site.outputs):
            kind = (
                types[slot]
                if slot < len(types)
                else TensorType(
                    None, site.inputs[0].dtype if site.inputs and site.inputs[0] else OPAQUE
                )
            )
            _refuse_negative(kind)
            tensor = Tensor(
                scope.prefix + name,
                kind.shape,
                kind.dtype,
                constant=fixed,
                sources=sources,
                items=kind.items,
            )
            outputs.append(tensor)
            if name:
                value = values[slot] if values is not None and slot < len(values) else None
                scope.add(name, tensor, value)
        return tuple(outputs)

    def _is_constant(self, site: Site) -> bool:
        given = [tensor for tensor in site.inputs if tensor is not None]
        return (
            bool(given) and site.op_type not in _RANDOM and all(tensor.constant for tensor in given)
        )

    def _sources(self, site: Site) -> tuple[str, ...]:
        """The file's constants whose data the outputs of a folded node hold."""
        if site.op_type == "ConstantOfShape" and not site.domain:
            return self._filled(site)
        key = (site.domain, site.op_type)
        found: dict[str, None] = {}
        for slot, tensor in enumerate(site.inputs):
            if tensor is not None and slot_of(key, slot) in (Slot.WEIGHT, Slot.BIAS):
                found.update(dict.fromkeys(tensor.sources))
        return tuple(found)

    def _filled(self, site: Site) -> tuple[str, ...]:
        """ConstantOfShape of a constant is a weight that the file keeps in short form."""
        shape = site.input(0)
        if shape.name not in self.constants:
            return ()
        name = site.outputs[0]
        kind = self._types(site)[0]
        tensor = Tensor(name, kind.shape, kind.dtype, constant=True, sources=(name,))
        self.constants[name] = tensor
        return (name,)

    def _constant(self, proto: Any, scope: Scope) -> None:
        """A Constant node: the same as an initializer."""
        plain, protos = attributes.plain(proto.attribute)
        name = proto.output[0] if proto.output else ""
        self.folded["Constant"] += 1
        if "value" in protos:
            self.add_constant(name, protos["value"], scope)
            return
        kind, value = control.literal(plain, protos)
        self._source(name, kind, scope, value)

    def _inline(self, proto: Any, function: Any, name: str, scope: Scope, out: list[Node]) -> None:
        """Walk a function's body in a scope of its own, in place of the call."""
        key = (function.domain, function.name, function.overload)
        if key in self.calls:
            raise ModelError(f"function {function.name!r} calls itself")
        self.expanded += len(function.node)
        if self.expanded > _MAX_EXPANDED_NODES:
            raise ModelError(f"functions expand to more than {_MAX_EXPANDED_NODES:,} nodes")
        inner = Scope(prefix=f"{name}/", budget=scope.budget)
        for formal, actual in zip(function.input, [*proto.input], strict=False):
            tensor = self.find(actual, scope)
            if tensor is not None:
                inner.add(formal, tensor, scope.value(actual))
        given = {attribute.name: attribute for attribute in function.attribute_proto}
        given.update((attribute.name, attribute) for attribute in proto.attribute)
        body = [attributes.bind(node, given) for node in function.node]
        known, self.opsets = self.opsets, {**self.opsets, **_imports(function.opset_import)}
        self.calls.append(key)
        out += self.nodes(self._without_omitted(body, inner, function), inner)
        self.calls.pop()
        self.opsets = known
        for formal, actual in zip(function.output, proto.output, strict=False):
            tensor = inner.find(formal)
            if tensor is None:
                raise ModelError(f"function {function.name!r} does not produce {formal!r}")
            if actual:
                scope.add(actual, tensor, inner.value(formal))

    def _without_omitted(self, body: list[Any], inner: Scope, function: Any) -> list[Any]:
        """The body with references to inputs that the caller left out taken out."""
        omitted = {formal for formal in function.input if formal not in inner.tensors}
        if not omitted:
            return body
        kept = []
        for node in body:
            copy = type(node)()
            copy.CopyFrom(node)
            copy.input[:] = ["" if name in omitted else name for name in node.input]
            kept.append(copy)
        return kept


def _opsets(model: Any) -> dict[str, int]:
    """Versions by domain; files from before IR version 3 mean opset 1.

    Raises:
        ModelError: an opset that the installed onnx does not know.
    """
    opsets = _imports(model.opset_import) or {"": 1}
    version = opsets.setdefault("", 1)
    if version > schema.newest_opset():
        raise ModelError(
            f"opset {version} is newer than the newest that onnx here knows "
            f"({schema.newest_opset()}); update the onnx package"
        )
    if version < 1:
        raise ModelError(f"opset {version} does not exist")
    return opsets


def _imports(entries: Any) -> dict[str, int]:
    return {("" if e.domain == "ai.onnx" else e.domain): int(e.version) for e in entries}


def _small(types: Sequence[TensorType]) -> bool:
    """Whether every output is small enough to be worth its value."""
    for kind in types:
        if kind.shape is None:
            return False
        count = 1
        for dim in kind.shape:
            count *= dim
        if count > constants.MAX_VALUE_ELEMENTS:
            return False
    return True


def _refuse_negative(kind: TensorType) -> None:
    if kind.shape is not None and any(dim < 0 for dim in kind.shape):
        raise ShapeError(f"its output would have a negative size: {list(kind.shape)}")


def _refuse_repeats(names: list[str], what: str) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ModelError(f"{what} {repeated[0]!r} stands twice; names must be unique")
