"""The whole line: a model in, an `Analysis` out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import starmap
from pathlib import Path
from typing import Any

from costscope.analysis.deploy import deploy, has_kernels_measured, tells_threads
from costscope.analysis.plan import (
    DEFAULT_RUNTIME,
    LEVELS,
    Optimizer,
    Plan,
    Request,
    executed,
    fused,
)
from costscope.analysis.precision import in_precision
from costscope.analysis.types import Analysis, Uncosted
from costscope.errors import ModelError, UsageError
from costscope.graph import proto
from costscope.graph.types import Graph, Node
from costscope.hardware.catalog import load as load_hardware
from costscope.hardware.types import Hardware
from costscope.kernels.runtimes import runtime_named
from costscope.kernels.types import Kernel, Runtime
from costscope.ops import why_uncosted
from costscope.shapes import Bindings, resolve
from costscope.timing.types import TimeModel
from costscope.unbroken import unbroken

Machine = str | os.PathLike[str] | Hardware
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
    threads: int | None = None,
    optimization: str | None = None,
    optimizer: Optimizer | None = None,
    optimizer_name: str = DEFAULT_RUNTIME,
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
        threads: of one operator, on machines that `costscope calibrate` measured.
        optimization: level of onnxruntime's optimizer on those; `all`, its default, if None.
        optimizer: gives the graph that onnxruntime really runs on those; our fusion if None.
        optimizer_name: what to call it: the runtime with its version.

    Raises:
        ModelError: the file is not a valid model.
        ShapeError: a dimension is open, or a shape contradicts an operator.
        UsageError: a flag, profile, runtime or architecture that does not exist.
    """
    shapes = {key: tuple(shape) for key, shape in (input_shapes or {}).items()}
    bindings = Bindings(dict(dims or {}), shapes, trip_count)
    chosen = None if time_model is None else _time_model(time_model)
    wanted = _wanted(hardware, runtime)
    _check_measured(wanted, threads, optimization)
    graph = load(model, bindings)
    if as_dtype is not None:
        graph = in_precision(graph, as_dtype)
    ours = {each.name: fused(graph, each) for each, _ in wanted}
    request = Request(model, bindings, optimization, optimizer, optimizer_name, bool(as_dtype))
    plans = _plans(wanted, ours, request)
    deployments = tuple(
        deploy(plan, machine, time_model=chosen, threads=threads)
        for plan, (_, machine) in zip(plans, wanted, strict=True)
    )
    assumed = (sentence for plan in plans for sentence in plan.assumptions)
    return Analysis(
        model=graph.name,
        graph=graph,
        deployments=deployments,
        uncosted=_uncosted(ours[wanted[0][0].name].kernels),
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


_Wanted = list[tuple[Runtime, Hardware | None]]


def _wanted(hardware: Machine | Sequence[Machine] | None, runtime: str | None) -> _Wanted:
    """Machines, each with the runtime it is used with; one runtime without a machine for none."""
    machines = [_machine(each) for each in _several(hardware)]
    fixed = None if runtime is None else runtime_named(runtime)
    found: _Wanted = [(fixed or runtime_named(m.runtime), m) for m in machines]
    return found or [(fixed or runtime_named(DEFAULT_RUNTIME), None)]


def _plans(wanted: _Wanted, ours: Mapping[str, Plan], request: Request) -> list[Plan]:
    """The plan of each; onnxruntime's own graph where its kernels were measured."""
    asked = None
    if any(starmap(has_kernels_measured, wanted)):
        asked = executed(request, ours[DEFAULT_RUNTIME])
    return [asked if asked and has_kernels_measured(r, m) else ours[r.name] for r, m in wanted]


def _check_measured(wanted: _Wanted, threads: int | None, level: str | None) -> None:
    """Refuse what only machines with a calibration by kernels can tell, where there is none."""
    if level is not None and level not in LEVELS:
        raise UsageError(f"unknown optimization level {level!r}; choose one of {', '.join(LEVELS)}")
    if threads is not None and not any(starmap(tells_threads, wanted)):
        raise UsageError(
            f"threads {threads}: no machine named here was measured with several numbers of "
            "threads; name one with --hw, as in --hw host"
        )
    if level is not None and not any(starmap(has_kernels_measured, wanted)):
        raise UsageError(
            f"optimization {level}: only machines measured by `costscope calibrate` tell such "
            "runs apart; name one with --hw, as in --hw host"
        )


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
