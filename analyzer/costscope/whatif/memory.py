"""A model's weights and activations in other memories, and in fewer bits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from costscope.analysis.deploy import deploy
from costscope.analysis.plan import Plan, fused
from costscope.analysis.precision import in_precision
from costscope.analysis.types import Deployment
from costscope.graph.types import Tensor
from costscope.hardware.types import Memory
from costscope.whatif.case import Case, Saving

_NARROW_BITS = 8
_CLEARLY = 0.9
# Their compilers place tensors in memory; what is in the cache of a processor moves by itself.
_MANAGED = ("mcu", "npu", "edge_tpu")
_LONGEST = 60  # signs of a name in a sentence


def nearest(case: Case, what: str) -> Memory | None:
    """The memory nearest to the arithmetic that may hold `weights` or `activations`."""
    if case.hardware is None:
        return None
    return next((memory for memory in case.hardware.memories if what in memory.holds), None)


def is_managed(case: Case, memory: Memory) -> bool:
    """Whether software decides what lies in a memory: it is a limit, not a cache."""
    return memory.fixed or (case.hardware is not None and case.hardware.device_class in _MANAGED)


def with_room(case: Case, what: str) -> Saving | None:
    """What is saved where the nearest memory has room for all; None where time does not tell."""
    memory, prediction, hardware = nearest(case, what), case.deployment.prediction, case.hardware
    if memory is None or prediction is None or hardware is None or not case.latency_s:
        return None
    memories = tuple(
        replace(each, capacity_bytes=None) if each is memory else each for each in hardware.memories
    )
    roomy = deploy(
        _plan(case.deployment),
        replace(hardware, memories=memories),
        time_model=prediction.time_model,
        threads=prediction.threads,
    )
    after_s = roomy.prediction.latency_s if roomy.prediction else None
    if after_s is None or after_s == case.latency_s:
        return None
    saved_s = case.latency_s - after_s
    return Saving(
        latency_s=saved_s, latency_ratio=saved_s / case.latency_s, traffic_bytes=0, macs=0
    )


def int8_activation_bytes(case: Case) -> int | None:
    """Working memory with 8-bit activations; None where that is no less."""
    peak = case.deployment.schedule.peak.kernel
    busiest = [kernel for kernel in case.deployment.kernels if kernel.name == peak]
    if not _is_wide(t for kernel in busiest for t in (*kernel.reads, *kernel.writes)):
        return None
    narrow = fused(in_precision(case.graph, "int8"), case.deployment.runtime).schedule
    return _less(narrow.working_bytes, case.deployment.schedule.working_bytes)


def int8_weight_bytes(case: Case) -> int | None:
    """Bytes of all weights in 8 bits; None where that is no less."""
    kernels = case.deployment.kernels
    if not _is_wide(t for kernel in kernels for t in kernel.weights):
        return None
    constants = in_precision(case.graph, "int8").constants
    stored = dict.fromkeys(name for kernel in kernels for name in kernel.stored)
    narrow_bytes = sum(constants[name].nbytes for name in stored if name in constants)
    return _less(narrow_bytes, case.deployment.totals.weight_bytes)


def _less(narrow_bytes: int, wide_bytes: int) -> int | None:
    """A size that is clearly less than another; what is quantized already is not."""
    return narrow_bytes if narrow_bytes < _CLEARLY * wide_bytes else None


def _is_wide(tensors: Iterable[Tensor]) -> bool:
    return any(t.dtype.is_float and t.stored_dtype.bits > _NARROW_BITS for t in tensors)


def _plan(deployment: Deployment) -> Plan:
    return Plan(
        runtime=deployment.runtime,
        kernels=deployment.kernels,
        schedule=deployment.schedule,
        totals=deployment.totals,
        assumptions=(),
    )


def brief(name: str) -> str:
    """A tensor's name that fits into a sentence: its end, where it is long; no control signs."""
    short = name if len(name) <= _LONGEST else f"...{name[3 - _LONGEST :]}"
    return "".join(sign if sign.isprintable() else "?" for sign in short)
