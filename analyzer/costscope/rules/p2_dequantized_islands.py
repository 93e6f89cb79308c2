"""P2: operators left in floats between 8-bit ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from costscope.analysis.types import Severity
from costscope.kernels.types import Kernel
from costscope.rules import Found, rule
from costscope.units import format_bytes, format_latency, format_percent
from costscope.whatif.case import Case
from costscope.whatif.conversion import DEQUANTIZE, QUANTIZE
from costscope.whatif.islands import Island, islands, quantized

LEAST_RUNTIME_RATIO = 0.05  # of the latency, for what only the runtime leaves in floats
_NAMED = 3  # operator types that a sentence lists


@rule("P2", name="dequantized islands", severity=Severity.WARNING)
def dequantized_islands(case: Case) -> Iterator[Found]:
    """Operators that run in floats between integer kernels of a quantized model.

    What it finds:
        Groups of float kernels behind a DequantizeLinear and before a QuantizeLinear, because
        a tensor inside has no such pair or a weight is stored in floats. One finding for all
        groups of the same operators; beside them one note for what the file has quantized and
        the runtime runs in floats all the same.
    Why it costs:
        The float kernel moves four times the bytes at a fraction of the speed of integers, and
        both conversions at the edge are passes over the map of their own.

    Example:
        A hard swish, a softmax or an Add that the quantizer was told to leave out. Under ncnn,
        which has integer kernels for convolutions and fully connected layers alone, the Adds
        of any quantized residual network.
    How to fix:
        Let the quantizer take the operators in, so that every tensor between two of them has
        a QuantizeLinear and a DequantizeLinear, or replace them by ones it knows. The saving
        is that of the graph with these pairs, as the runtime fuses it.
    Thresholds:
        An island has to save time (without a machine: traffic). 5 % of the latency for the
        note. Left alone: what is before the first QuantizeLinear or behind the last
        DequantizeLinear, and networks whose activations are quantized as they run.
    Source:
        Jacob et al. 2018, arXiv 1712.05877, Section 2 (integer-only inference); ONNX operators
        QuantizeLinear and DequantizeLinear; onnxruntime, "Quantize ONNX models" (QDQ format);
        TensorFlow Lite 8-bit quantization specification; ncnn, src/layer (int8 forms).
    """
    types = {node.op_type for node in case.graph.nodes}
    if not {QUANTIZE, DEQUANTIZE} <= types:
        return
    found = [each for each in islands(case) if each.is_between]
    alike: dict[tuple[str, ...], list[Island]] = {}
    for each in found:
        if not each.is_quantized:
            alike.setdefault(tuple(sorted(k.runs_as for k in each.running)), []).append(each)
    for several in alike.values():
        yield from _found(case, several)
    yield from _by_runtime(case, [each for each in found if each.is_quantized])


def _found(case: Case, alike: Sequence[Island]) -> Iterator[Found]:
    saving = case.saving(quantized(case, alike))
    gain = saving.traffic_bytes if saving.latency_s is None else saving.latency_s
    if gain <= 0:
        return
    running = [kernel for island in alike for kernel in island.running]
    around = {k.name: k for island in alike for k in island.conversions}
    taken_s = case.seconds((*running, *around.values()))
    moved = _moved((*running, *around.values()))
    told = "" if taken_s is None else f", {format_latency(taken_s)}"
    nodes = _nodes(case, running)
    times = f", {len(alike)} times" if len(alike) > 1 else ""
    yield Found(
        subject=next(iter(nodes), running[0].name),
        message=(
            f"{_listed(alike[0].running)} in {running[0].compute_dtype} between 8-bit layers"
            f"{times}, with {_conversions(len(around))}: {format_bytes(moved)} moved{told}"
        ),
        change="put a QuantizeLinear and a DequantizeLinear on each tensor between them, too",
        evidence={
            "islands": len(alike),
            "float_kernels": len(running),
            "conversions": len(around),
            "bare_tensors": sum(len(island.bare) for island in alike),
            "float_weights": sum(len(island.weights) for island in alike),
            "moved_bytes": moved,
            **({} if taken_s is None else {"latency_s": taken_s}),
        },
        nodes=nodes,
        saving=saving,
    )


def _by_runtime(case: Case, left: Sequence[Island]) -> Iterator[Found]:
    """One note for all that the file has quantized and the runtime does not run so."""
    running = [kernel for island in left for kernel in island.running]
    around = {k.name: k for island in left for k in island.conversions}
    taken_s = case.seconds((*running, *around.values()))
    if not running or not taken_s or not case.latency_s:
        return
    share = taken_s / case.latency_s
    if share < LEAST_RUNTIME_RATIO:
        return
    name = case.deployment.runtime.name
    yield Found(
        subject=case.analysis.model,
        message=(
            f"{name} runs {_listed(running)} in {running[0].compute_dtype}, although what they "
            f"read and make is quantized, with {_conversions(len(around))}: "
            f"{format_latency(taken_s)}, {format_percent(share)} of the time"
        ),
        change=f"nothing to do in the file: {name} has no integer kernels for them",
        evidence={
            "float_kernels": len(running),
            "conversions": len(around),
            "moved_bytes": _moved((*running, *around.values())),
            "latency_s": taken_s,
            "latency_ratio": share,
        },
        nodes=_nodes(case, running),
        severity=Severity.NOTE,
    )


def _listed(kernels: Sequence[Kernel]) -> str:
    """How many of which operators; the most first."""
    counted = Counter(kernel.runs_as for kernel in kernels)
    names = sorted(counted, key=lambda name: (-counted[name], name))
    parts = [f"{counted[name]} {name}" for name in names[:_NAMED]]
    rest = sum(counted[name] for name in names[_NAMED:])
    parts += [f"{rest} more"] if rest else []
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def _conversions(many: int) -> str:
    return f"{many} conversion{'' if many == 1 else 's'} at the edge"


def _moved(kernels: Iterable[Kernel]) -> int:
    return sum(kernel.traffic.total_bytes * kernel.repeats for kernel in kernels)


def _nodes(case: Case, kernels: Iterable[Kernel]) -> tuple[str, ...]:
    """Names of the operators of kernels, as the file has them."""
    names = (_in_file(case, node.name) for kernel in kernels for node in kernel.nodes)
    return tuple(dict.fromkeys(name for name in names if name))


def _in_file(case: Case, name: str) -> str:
    """The operator of the file that one comes from; runtimes write some out as several."""
    while name and name not in case.nodes:
        name = name.rpartition("/")[0]
    return name
