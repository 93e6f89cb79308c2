"""`costscope.analyze`: the pipeline, with this computer and its onnxruntime where they count.

The pipeline itself runs nothing and knows no computer. Here `host` becomes the machine it is
called on, and onnxruntime, where it is installed, is asked for the graph that it would run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from costscope.analysis.plan import DEFAULT_RUNTIME, Optimizer
from costscope.analysis.types import Analysis, Deployment
from costscope.hardware import catalog
from costscope.hardware.host import HOST, warnings_for
from costscope.hardware.types import Hardware, Identity
from costscope.pipeline import Machine


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
    onnxruntime: bool = True,
) -> Analysis:
    """What a network costs, and how long it takes on one or several machines.

    On a machine that `costscope calibrate` measured, the kernels are those of the graph that
    onnxruntime would run, if it is installed here.

    Args:
        model: path of an ONNX file, `zoo:NAME` or `zoo:NAME@VARIANT`, a file's bytes, a
            ModelProto, or a resolved `Graph`.
        hardware: profile name, `host`, path of a YAML file, a `Hardware`, or several of them.
        dims: sizes of open dimensions, by symbol.
        input_shapes: whole shapes, by input.
        trip_count: iterations of loops whose count the file does not say.
        as_dtype: cost a float graph as if deployed in this precision (`int8`, `fp16`).
        runtime: `onnxruntime`, `tflite`, `ncnn`, ...; each machine's own default if None.
        time_model: `additive`, `roofline` or `calibrated`; the best each machine has if None.
        threads: of one operator, on machines that `costscope calibrate` measured.
        optimization: level of onnxruntime's optimizer on those; `all` if None.
        onnxruntime: whether to ask it for its graph; costscope's own fusion if not.

    Raises:
        ModelError: the file is not a valid model.
        ShapeError: a dimension is open, or a shape contradicts an operator.
        UsageError: a flag, profile, runtime or architecture that does not exist.
    """
    from costscope.pipeline import analyze as run

    found = machines(hardware)
    asked = any(each.fitted for each in found) and onnxruntime
    version = installed() if asked else None
    analysis = run(
        model,
        found or None,
        dims=dims,
        input_shapes=input_shapes,
        trip_count=trip_count,
        as_dtype=as_dtype,
        runtime=runtime,
        time_model=time_model,
        threads=threads,
        optimization=optimization,
        optimizer=None if version is None else _optimizer(),
        optimizer_name=f"{DEFAULT_RUNTIME} {version}" if version else DEFAULT_RUNTIME,
    )
    return _warned(analysis, version or None)


def machines(hardware: Machine | Sequence[Machine] | None) -> list[Hardware]:
    """The machines of names, paths and profiles; `host` is this computer.

    Raises:
        ProfileError: unknown, unreadable, or with mistakes.
    """
    if hardware is None:
        return []
    if isinstance(hardware, str):
        return [machine(name.strip()) for name in hardware.split(",") if name.strip()]
    if isinstance(hardware, (os.PathLike, Hardware)):
        return [machine(hardware)]
    return [machine(each) for each in hardware]


def machine(name: Machine) -> Hardware:
    """One machine, by its name, by the path of its profile, or as it is.

    Raises:
        ProfileError: unknown, unreadable, or with mistakes.
    """
    if isinstance(name, Hardware):
        return name
    is_host = os.fspath(name).strip().lower() == HOST
    return catalog.load(name, this=this_computer() if is_host else None)


def this_computer() -> Identity:
    """This computer, as profiles name what they were measured on."""
    from costscope.measure.computer import computer

    found = computer()
    return Identity(
        cpu=found.cpu,
        architecture=found.architecture,
        cores=found.cores,
        flags=found.flags,
        governor=found.governor,
    )


def installed() -> str | None:
    """The version of onnxruntime that is installed; "" if unknown, None if there is none.

    It is not imported.
    """
    from importlib import metadata
    from importlib.util import find_spec

    if find_spec(DEFAULT_RUNTIME) is None:
        return None
    try:
        return metadata.version(DEFAULT_RUNTIME)
    except metadata.PackageNotFoundError:
        return ""  # onnxruntime-gpu and others have the same module


def _optimizer() -> Optimizer:
    from costscope.measure.optimized import optimized

    return optimized


def _warned(analysis: Analysis, version: str | None) -> Analysis:
    """The analysis with what is different on this computer, where it was calibrated."""
    if not any(each.hardware and each.hardware.fitted for each in analysis.deployments):
        return analysis
    this = this_computer()
    deployments = tuple(_told(each, this, version) for each in analysis.deployments)
    return replace(analysis, deployments=deployments)


def _told(deployment: Deployment, this: Identity, version: str | None) -> Deployment:
    hardware, prediction = deployment.hardware, deployment.prediction
    if hardware is None or prediction is None or prediction.threads is None:
        return deployment
    found = warnings_for(hardware, this, runtime=deployment.runtime.name, version=version)
    told = replace(prediction, warnings=(*found, *prediction.warnings))
    return replace(deployment, prediction=told)
