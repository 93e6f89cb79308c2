"""D2: operators that a machine does not run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from costscope.analysis.types import Severity
from costscope.hardware.types import Hardware
from costscope.kernels.types import Kernel
from costscope.rules import Found, rule
from costscope.timing.types import Timing
from costscope.units import format_bytes, format_latency
from costscope.whatif.boundary import Boundary, caused_by, own_seconds
from costscope.whatif.case import Case, Saving
from costscope.whatif.supported import ungrouped, without
from costscope.work import FREE, KernelKind

_SHOWN = ("float32", "float16", "int8")  # types that a network can be costed in
_Groups = dict[tuple[str, str], list[Timing]]


@rule("D2", name="unsupported operator", severity=Severity.WARNING)
def unsupported_operator(case: Case) -> Iterator[Found]:
    """Operators that the machine does not run: another one has to, or nothing can.

    What it finds:
        Kernels of a kind that the profile does not list, kernels in an element type that the
        machine has no arithmetic for, and operators that costscope does not understand. One
        finding for each kind of operator. An error where nothing else runs them: there is no
        prediction then, or only of the rest.
    Why it costs:
        What the machine does not run breaks the graph: activations are copied to the fallback
        and back, each time after a wait, and the fallback is the slower machine.

    Example:
        The 31 grouped convolutions of ShuffleNetV1 on an Edge TPU; the products of two
        activations in the attention of MobileNetV4-Hybrid on the Pixel 4's DSP, where such
        networks failed; any network in 32-bit floats on a machine for integers.
    How to fix:
        Use operators that the machine runs. The saving is that of grouped convolutions in one
        group; of other operators left out, where they keep the shape; else of the copies alone.
    Thresholds:
        None: the profile says what runs (`costscope hw show NAME`).
    Source:
        Coral, docs/edgetpu/models-intro (supported operations). TensorFlow Lite, README of the
        Hexagon delegate (supported ops). Arm, Vela, SUPPORTED_OPS.md. Qin et al. 2024,
        MobileNetV4, arXiv 2404.10518, Table 5 (8 networks failed on the Pixel 4's DSP).
    """
    yield from _not_understood(case)
    prediction = case.deployment.prediction
    if case.hardware is None or prediction is None:
        return
    lacking = [t for t in prediction.timings if t.latency_s is None or t.fallback]
    lacking = [
        t for t in lacking if t.step.kernel.problem is None and t.step.kernel.kind not in FREE
    ]
    other, missing = _parted(lacking, case.hardware)
    for timings in other.values():
        yield _elsewhere(case, case.hardware, timings)
    for timings in missing.values():
        yield _no_arithmetic(case.hardware, timings)


def _not_understood(case: Case) -> Iterator[Found]:
    """Operators that are in no sum, by type."""
    by_type: dict[str, list[str]] = {}
    reasons: dict[str, str] = {}
    for each in case.analysis.uncosted:
        by_type.setdefault(each.op_type, []).append(each.name)
        reasons.setdefault(each.op_type, each.reason)
    for op_type, names in by_type.items():
        yield Found(
            subject=op_type,
            message=f"{len(names)} {op_type} not understood, in no sum: {reasons[op_type]}",
            change="replace it by operators of the ONNX standard, or give the shapes it needs",
            evidence={"operators": len(names)},
            nodes=tuple(names),
            severity=Severity.ERROR,
        )


def _parted(timings: Iterable[Timing], hardware: Hardware) -> tuple[_Groups, _Groups]:
    """Kernels of kinds that are not run, by operator; others by what stops them."""
    other: _Groups = {}
    missing: _Groups = {}
    for timing in timings:
        kernel = timing.step.kernel
        if hardware.kinds is not None and kernel.kind not in hardware.kinds:
            other.setdefault((_operator(kernel), kernel.kind), []).append(timing)
        else:
            converts = str(kernel.kind is KernelKind.QUANTIZATION)
            missing.setdefault((timing.problem or "", converts), []).append(timing)
    return other, missing


def _operator(kernel: Kernel) -> str:
    """The type of the operator that gives a kernel its kind."""
    named = [node.op_type for node in kernel.nodes if node.name == kernel.name]
    return (named or [kernel.runs_as or kernel.kind.value])[0]


def _no_arithmetic(hardware: Hardware, timings: Sequence[Timing]) -> Found:
    kernels = [timing.step.kernel for timing in timings]
    converts = kernels[0].kind is KernelKind.QUANTIZATION
    types = [dtype for dtype in _SHOWN if dtype in hardware.compute]
    change = f"deploy it in {' or '.join(types)} (--as-dtype)" if types else "use another machine"
    return Found(
        subject=_operator(kernels[0]) if converts else hardware.name,
        message=f"no prediction of {_counted(len(kernels), 'kernel')}: {timings[0].problem}",
        change="hand the network integers, converted outside" if converts else change,
        evidence={"kernels": len(kernels)},
        nodes=_nodes(kernels),
        severity=None if converts else Severity.ERROR,
    )


def _elsewhere(case: Case, hardware: Hardware, timings: Sequence[Timing]) -> Found:
    kernels = [timing.step.kernel for timing in timings]
    what = _described(kernels)
    evidence: dict[str, float] = {"kernels": len(kernels)}
    saving: Saving | None = None
    if hardware.fallback is None:
        message = f"{what}: {hardware.name} does not run them, and nothing else does"
    elif not all(timing.fallback for timing in timings):
        message = (
            f"{what}: {hardware.name} leaves them to {hardware.fallback.profile}, whose time for "
            "them is not known"
        )
    else:
        copies = caused_by(case.deployment, kernels)
        evidence |= _numbers(own_seconds(case, kernels), copies)
        message = (
            f"{what} left to {hardware.fallback.profile}: {format_latency(evidence['time_s'])} "
            f"there, and {format_latency(copies.copy_s)} for copies of "
            f"{format_bytes(copies.copied_bytes)} at {copies.switches} more "
            f"{'switch' if copies.switches == 1 else 'switches'}"
        )
        saving = _saving(case, kernels, copies)
    return Found(
        subject=_operator(kernels[0]),
        message=message,
        change=_change(kernels[0].kind, hardware),
        evidence=evidence,
        nodes=_nodes(kernels),
        saving=saving,
        severity=Severity.ERROR if hardware.fallback is None else None,
    )


def _numbers(time_s: float | None, copies: Boundary) -> Mapping[str, float]:
    return {
        "time_s": time_s or 0.0,
        "switches": copies.switches,
        "copied_bytes": copies.copied_bytes,
        "copy_s": copies.copy_s,
    }


def _saving(case: Case, kernels: Sequence[Kernel], copies: Boundary) -> Saving | None:
    changed = ungrouped(case.graph, kernels) or without(case.graph, kernels)
    if changed is not None:
        return case.saving(changed)
    prediction = case.deployment.prediction
    if prediction is None or not prediction.complete or not prediction.latency_s:
        return None  # waits for what has no time are in no sum
    ratio = copies.copy_s / prediction.latency_s
    return Saving(latency_s=copies.copy_s, latency_ratio=ratio, traffic_bytes=0, macs=0)


def _change(kind: KernelKind, hardware: Hardware) -> str:
    if kind is KernelKind.GROUPED_CONV:
        return "use convolutions in one group or depthwise ones, which run there"
    return f"use operators that {hardware.name} runs (costscope hw show {hardware.name})"


def _nodes(kernels: Iterable[Kernel]) -> tuple[str, ...]:
    return tuple(node.name for kernel in kernels for node in kernel.nodes)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _described(kernels: Sequence[Kernel]) -> str:
    """How many of which operator, and of which kind where the operator does not say it."""
    operator, kind = _operator(kernels[0]), kernels[0].kind.value.replace("_", " ")
    return f"{len(kernels)} {operator}" + ("" if operator.lower() == kind else f" ({kind})")
