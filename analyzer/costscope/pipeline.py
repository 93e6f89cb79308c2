"""The whole line: a model in, an `Analysis` out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from costscope import dtypes
from costscope.analysis.totals import totals_of
from costscope.analysis.types import Analysis, Deployment, Uncosted
from costscope.errors import ModelError, UsageError
from costscope.graph import proto
from costscope.graph.retype import as_dtype as retyped
from costscope.graph.types import Graph, Node
from costscope.hardware.catalog import load as load_hardware
from costscope.hardware.types import Hardware
from costscope.kernels.fuse import fuse
from costscope.kernels.runtimes import runtime_named
from costscope.kernels.types import Kernel, Runtime
from costscope.ops import Slot, slot_of, why_uncosted
from costscope.schedule.layerwise import layerwise
from costscope.schedule.types import Schedule
from costscope.shapes import Bindings, resolve
from costscope.timing.predict import predict
from costscope.timing.types import TimeModel
from costscope.unbroken import unbroken

Machine = str | os.PathLike[str] | Hardware
DEFAULT_RUNTIME = "onnxruntime"
ZOO = "zoo:"


@unbroken()
def analyze(
    model: Any,
    hardware: Machine | Sequence[Machine] | None = None,
    *,
    dims: Mapping[str, int] | None = None,
    input_shapes: Mapping[str, Sequence[int]] | None = None,
    trip_count: int | None = None,
    as_dtype: str | None = None,
    runtime: str | None = None,
    time_model: str | None = None,
) -> Analysis:
    """What a network costs, and how long it takes on one or several machines.

    Args:
        model: path of an ONNX file, `zoo:NAME` or `zoo:NAME@VARIANT`, a file's bytes, a
            ModelProto, or a resolved `Graph`.
        hardware: profile name, path of a YAML file, a `Hardware`, or several of them.
        dims: sizes of open dimensions, by symbol.
        input_shapes: whole shapes, by input.
        trip_count: iterations of loops whose count the file does not say.
        as_dtype: cost a float graph as if deployed in this precision (`int8`, `fp16`).
        runtime: `onnxruntime`, `tflite`, `ncnn`, ...; each machine's own default if None.
        time_model: `additive`, `roofline` or `calibrated`; the best each machine has if None.

    Raises:
        ModelError: the file is not a valid model.
        ShapeError: a dimension is open, or a shape contradicts an operator.
        UsageError: a flag, profile, runtime or architecture that does not exist.
    """
    bindings = Bindings(
        dict(dims or {}), {k: tuple(v) for k, v in (input_shapes or {}).items()}, trip_count
    )
    chosen = None if time_model is None else _time_model(time_model)
    machines = [_machine(each) for each in _several(hardware)]
    fixed = None if runtime is None else runtime_named(runtime)
    graph = load(model, bindings)
    if as_dtype is not None:
        graph = retyped(graph, dtypes.named(as_dtype), lambda n, s: slot_of(n.key, s) is Slot.BIAS)
    wanted: list[tuple[Runtime, Hardware | None]] = [
        (fixed or runtime_named(m.runtime), m) for m in machines
    ] or [(fixed or runtime_named(DEFAULT_RUNTIME), None)]
    plans = {each.name: _plan(graph, each) for each, _ in wanted}
    deployments = tuple(_deploy(graph, plans[r.name], m, chosen) for r, m in wanted)
    assumed = [s for d in deployments for s in plans[d.runtime.name][2]]
    return Analysis(
        model=graph.name,
        graph=graph,
        deployments=deployments,
        uncosted=_uncosted(deployments[0].kernels),
        assumptions=tuple(dict.fromkeys((*graph.assumptions, *assumed))),
    )


def load(model: Any, bindings: Bindings | None = None) -> Graph:
    """The resolved graph of a path, of `zoo:NAME`, of serialized bytes, or of a ModelProto.

    Raises:
        ModelError: not a valid model.
        ShapeError: a dimension is open, or a shape contradicts an operator.
        ArchitectureError: no such network in the zoo.
    """
    if isinstance(model, Graph):
        return model
    if isinstance(model, (str, os.PathLike)):
        if os.fspath(model).startswith(ZOO):
            return _from_zoo(os.fspath(model), bindings)
        path = Path(model)
        try:
            return resolve(proto.read(path), bindings, name=path.stem)
        except (ModelError, UsageError) as error:
            message = str(error)
            if not message.startswith(str(path)) and not isinstance(error, UsageError):
                raise type(error)(f"{path}: {message}") from None
            raise
    if isinstance(model, (bytes, bytearray, memoryview)):
        return resolve(proto.parse(bytes(model), "the model"), bindings)
    return resolve(model, bindings)


def _from_zoo(reference: str, bindings: Bindings | None) -> Graph:
    """The graph of a network of the zoo as a device runs it, without weights."""
    from costscope.zoo.build import build

    return resolve(build(reference), bindings, name=reference.removeprefix(ZOO))


_Plan = tuple[Runtime, tuple[Kernel, ...], tuple[str, ...], Schedule]


def _plan(graph: Graph, runtime: Runtime) -> _Plan:
    kernels, assumptions = fuse(graph, runtime)
    schedule = layerwise(kernels, graph.inputs, graph.outputs, runtime)
    return runtime, kernels, assumptions, schedule


def _deploy(
    graph: Graph, plan: _Plan, machine: Hardware | None, model: TimeModel | None
) -> Deployment:
    runtime, kernels, _, schedule = plan
    totals = totals_of(graph, kernels, schedule)
    deployment = Deployment(runtime=runtime, kernels=kernels, schedule=schedule, totals=totals)
    if machine is None:
        return deployment
    prediction = predict(
        schedule,
        machine,
        runtime=runtime.name,
        weight_bytes=totals.weight_bytes,
        time_model=model,
    )
    return replace(deployment, hardware=machine, prediction=prediction)


def _uncosted(kernels: Sequence[Kernel]) -> tuple[Uncosted, ...]:
    found: dict[str, Uncosted] = {}
    for node in (node for kernel in kernels for node in kernel.nodes):
        reason = why_uncosted(node)
        if reason is not None:
            found[node.name] = Uncosted(name=node.name, op_type=_op_name(node), reason=reason)
    return tuple(found.values())


def _op_name(node: Node) -> str:
    return f"{node.domain}::{node.op_type}" if node.domain else node.op_type


def _several(hardware: Machine | Sequence[Machine] | None) -> list[Machine]:
    if hardware is None:
        return []
    if isinstance(hardware, str):
        return [name.strip() for name in hardware.split(",") if name.strip()]
    if isinstance(hardware, (os.PathLike, Hardware)):
        return [hardware]
    return list(hardware)


def _machine(machine: Machine) -> Hardware:
    return machine if isinstance(machine, Hardware) else load_hardware(os.fspath(machine))


def _time_model(name: str) -> TimeModel:
    try:
        return TimeModel(name)
    except ValueError:
        known = ", ".join(TimeModel)
        raise UsageError(f"unknown time model {name!r}; choose one of {known}") from None
