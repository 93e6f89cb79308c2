"""A plan on a machine: how long it takes there."""

from __future__ import annotations

from dataclasses import replace

from costscope.analysis.plan import DEFAULT_RUNTIME, Plan
from costscope.analysis.types import Deployment
from costscope.hardware.catalog import load as load_hardware
from costscope.hardware.types import Hardware
from costscope.kernels.types import Runtime
from costscope.timing.predict import predict
from costscope.timing.types import TimeModel


def deploy(
    plan: Plan,
    machine: Hardware | None,
    *,
    time_model: TimeModel | None = None,
    threads: int | None = None,
) -> Deployment:
    """The deployment of a plan, with its time if there is a machine.

    Args:
        plan: how a runtime runs the model.
        machine: None for none.
        time_model: the best the machine has if None.
        threads: of one operator; ignored where the machine does not tell them apart.

    Raises:
        UsageError: a time model or a number of threads that the machine was not measured with.
    """
    deployment = Deployment(
        runtime=plan.runtime,
        kernels=plan.kernels,
        schedule=plan.schedule,
        totals=plan.totals,
        graph=plan.graph,
        executed=plan.executed,
        hardware=machine,
    )
    if machine is None:
        return deployment
    prediction = predict(
        plan.schedule,
        machine,
        runtime=plan.runtime.name,
        weight_bytes=plan.totals.weight_bytes,
        time_model=time_model,
        threads=threads if tells_threads(plan.runtime, machine) else None,
        fallback=fallback_of(machine),
    )
    return replace(deployment, prediction=prediction)


def fallback_of(machine: Hardware) -> Hardware | None:
    """The machine that runs what this one does not; None if none does."""
    return load_hardware(machine.fallback.profile) if machine.fallback else None


def has_kernels_measured(runtime: Runtime, machine: Hardware | None) -> bool:
    """Whether `costscope calibrate` measured onnxruntime on the machine."""
    if machine is None or runtime.name != DEFAULT_RUNTIME:
        return False
    return bool(machine.threads_of(runtime.name))


def tells_threads(runtime: Runtime, machine: Hardware | None) -> bool:
    """Whether the runtime was measured on the machine with a stated number of threads."""
    if has_kernels_measured(runtime, machine):
        return True
    rates = machine.rates if machine else ()
    return any(each.threads for each in rates if each.runtime == runtime.name)
