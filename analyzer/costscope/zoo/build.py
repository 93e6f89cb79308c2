"""An architecture's variant to a ModelProto."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from costscope.errors import ArchitectureError
from costscope.zoo import catalog
from costscope.zoo.blocks import block_named
from costscope.zoo.emitter import Value
from costscope.zoo.expression import evaluate
from costscope.zoo.net import Net
from costscope.zoo.quantize import quantized
from costscope.zoo.types import Architecture, Input, Stage, Variant
from costscope.zoo.weights import Weights

_IR_VERSION = 8
_MOST_BLOCKS = 4096  # of one stage: more is a mistake, and would run for hours
DTYPES = ("float32", "float16", "int8")
GENERATOR = "costscope zoo 1"


def build(
    reference: str,
    settings: Mapping[str, Any] | None = None,
    *,
    batch: int = 1,
    deploy: bool = True,
    seed: int | None = None,
    dtype: str = "float32",
) -> Any:
    """The ModelProto of `name` or `name@variant`; equal arguments give equal bytes.

    Args:
        reference: name in the zoo, or path of a YAML file, with or without `@variant`.
        settings: on top of the variant's, such as `{"width": 0.75, "resolution": 192}`.
        batch: size of the batch.
        deploy: fold batch norms and merge training branches; False keeps both.
        seed: of random weights; None leaves weights out.
        dtype: `float32`, `float16`, or `int8` (quantize-dequantize pairs, 8-bit weights).

    Raises:
        ArchitectureError: unknown name or setting, or sizes that do not fit together.
    """
    architecture, variant = catalog.find(reference)
    chosen = catalog.settings_of(architecture, variant, settings or {})
    if batch < 1:
        raise ArchitectureError(f"a batch of {batch}; at least 1 is needed")
    net = Net(deploy=deploy, weights=Weights(seed, half=_dtype(dtype) == "float16"))
    net.opset = architecture.opset
    inputs = {each.name: _entry(each, batch, chosen) for each in architecture.inputs}
    first = next(iter(inputs.values()))
    values: dict[str, Any] = {"input": first if len(inputs) == 1 else tuple(inputs.values())}
    values |= inputs
    current = values["input"]
    for stage in architecture.stages:
        if evaluate(stage.when, chosen):
            entering = [values[source] for source in stage.sources if source in values]
            start = current if not entering else entering[0] if len(entering) == 1 else entering
            current = values[stage.name] = _stage(net, stage, start, chosen, architecture)
    leaving = [values[name] for name in architecture.outputs if name in values] or [current]
    model = _model(net, architecture, variant, chosen, inputs, _flat(leaving))
    return quantized(model) if _dtype(dtype) == "int8" else model


def _dtype(name: str) -> str:
    full = {"fp32": "float32", "fp16": "float16"}.get(name, name)
    if full not in DTYPES:
        raise ArchitectureError(f"a network in {name!r}; it can be built in {', '.join(DTYPES)}")
    return full


def _entry(entry: Input, batch: int, settings: Mapping[str, Any]) -> Value:
    sizes = evaluate(list(entry.shape), settings)
    if not all(isinstance(size, int) and size > 0 for size in sizes):
        raise ArchitectureError(
            f"input {entry.name}: the shape {sizes} is not whole sizes above zero"
        )
    return Value(entry.name, (batch, *sizes))


def _stage(
    net: Net, stage: Stage, x: Any, settings: Mapping[str, Any], architecture: Architecture
) -> Any:
    run = block_named(stage.block)
    repeat = evaluate(stage.repeat, settings)
    count = 1 if repeat is None else repeat
    if not isinstance(count, int) or not 0 <= count <= _MOST_BLOCKS:
        raise ArchitectureError(
            f"{architecture.name}, stage {stage.name}: repeat is {count!r}, "
            f"not a whole number up to {_MOST_BLOCKS}"
        )
    for index in range(count):
        arguments = dict(stage.arguments)
        if index:
            arguments.pop("stride", None)
        arguments |= stage.first if index == 0 else {}
        arguments |= stage.last if index == count - 1 else {}
        arguments = evaluate(arguments, settings)
        _check(run, arguments, f"{architecture.name}, stage {stage.name}")
        with net.scope(stage.name):
            if repeat is None:
                x = run(net, x, **arguments)
            else:
                with net.scope(f"block{index + 1}"):
                    x = run(net, x, **arguments)
    return x


def _check(run: Any, arguments: Mapping[str, Any], where: str) -> None:
    known = list(inspect.signature(run).parameters.values())[2:]
    names = {each.name for each in known}
    if unknown := sorted(arguments.keys() - names):
        raise ArchitectureError(
            f"{where}: the block takes no {', '.join(unknown)}; it takes {', '.join(sorted(names))}"
        )
    needed = {each.name for each in known if each.default is inspect.Parameter.empty}
    if missing := sorted(needed - arguments.keys()):
        raise ArchitectureError(f"{where}: the block needs {', '.join(missing)}")


def _flat(values: Any) -> list[Value]:
    if isinstance(values, Value):
        return [values]
    return [inner for each in values for inner in _flat(each)]


def _model(
    net: Net,
    architecture: Architecture,
    variant: Variant,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Value],
    outputs: Sequence[Value],
) -> Any:
    from onnx import TensorProto, helper

    kinds = {"float": net.dtype, "int64": TensorProto.INT64, "int32": TensorProto.INT32}
    dtypes = {each.name: kinds[each.dtype] for each in architecture.inputs}
    graph = helper.make_graph(
        net.nodes,
        architecture.name,
        [helper.make_tensor_value_info(k, dtypes[k], v.shape) for k, v in inputs.items()],
        [helper.make_tensor_value_info(v.name, net.dtype, v.shape) for v in outputs],
        net.initializers,
    )
    domains = sorted({node.domain for node in net.nodes if node.domain})
    model = helper.make_model(
        graph,
        opset_imports=[
            helper.make_opsetid("", net.opset),
            *(helper.make_opsetid(domain, 1) for domain in domains),
        ],
        producer_name="costscope",
        ir_version=_IR_VERSION,
    )
    told = {
        "architecture": architecture.name,
        "variant": variant.name,
        "form": "deploy" if net.deploy else "train",
        "settings": ", ".join(f"{key}={value}" for key, value in settings.items()),
        "generator": GENERATOR,
    }
    helper.set_model_props(model, told)
    return model
