"""Bytes by the memory they come from, and kernels that do little else than move them."""

from __future__ import annotations

from functools import lru_cache

from costscope.graph.types import Node
from costscope.kernels.types import Kernel
from costscope.timing.terms import Terms
from costscope.timing.terms.place import Place, nbytes
from costscope.work import KernelKind

_SPILL = 2  # a result is read again soon after it is written: both must fit


def plain(kernel: Kernel, place: Place) -> Terms:
    """A kernel known by its operator alone: bytes, operations and one call."""
    amounts = {
        "call": 1.0,
        **moved(kernel, place),
        "vector_ops": float(kernel.work.vector_ops),
        "special_ops": float(kernel.work.special_ops),
        "macs": float(kernel.work.macs),
    }
    return Terms(class_name(kernel), amounts)


def moved(kernel: Kernel, place: Place) -> dict[str, float]:
    """Bytes read and written, and how many of them come from or go to farther memories."""
    traffic = kernel.traffic
    reads = [
        (min(nbytes(tensor), traffic.read_bytes), distance)
        for tensor, distance in zip(kernel.reads, place.distances_bytes, strict=True)
    ]
    weights = [
        (min(nbytes(tensor), traffic.weight_bytes), distance)
        for tensor, distance in zip(kernel.weights, place.weight_distances_bytes, strict=True)
    ]
    written = traffic.write_bytes
    far = sum(size * place.beyond_l2(distance) for size, distance in reads)
    farther = sum(size * place.beyond_l3(distance) for size, distance in reads)
    distances = [far for _, far in (*reads, *weights)]
    return {
        "far_calls": max(map(place.beyond_l2, distances), default=0.0),
        "cold_calls": max(map(place.beyond_l3, distances), default=0.0),
        "fresh_calls": place.freshness,
        "read_bytes": float(traffic.read_bytes),
        "write_bytes": float(written),
        "weight_bytes": float(traffic.weight_bytes),
        "l3_bytes": far + written * place.beyond_l2(_SPILL * written),
        "dram_bytes": farther + written * place.beyond_l3(_SPILL * written),
        "l3_weight_bytes": sum(size * place.beyond_l2(far) for size, far in weights),
        "dram_weight_bytes": sum(size * place.beyond_l3(far) for size, far in weights),
    }


def main_node(kernel: Kernel) -> Node:
    """The operator that gives a kernel its kind."""
    return next((node for node in kernel.nodes if node.name == kernel.name), kernel.nodes[0])


def operator(kernel: Kernel) -> str:
    """What the runtime runs a kernel as, in lower case: `conv`, `nchwc_conv`, `gelu`."""
    node = main_node(kernel)
    name = (kernel.runs_as or node.op_type).rsplit("::", maxsplit=1)[-1]
    layout = "nchwc_" if node.domain.endswith("nchwc") else ""
    return layout + snake(name.rsplit(".", maxsplit=1)[-1])


def class_name(kernel: Kernel) -> str:
    """The operator, with the element type where it is not float32."""
    return typed(operator(kernel), kernel)


def typed(name: str, kernel: Kernel) -> str:
    """A class name with the element type that it computes in, where it is not float32."""
    if kernel.compute_dtype == "float32" or kernel.kind is KernelKind.VIEW:
        return name
    return f"{name}_{kernel.compute_dtype}"


@lru_cache(maxsize=1024)
def snake(name: str) -> str:
    """`LayerNormalization` as `layer_normalization`."""
    out = []
    for index, letter in enumerate(name):
        starts = letter.isupper() and index > 0
        after_small = starts and not name[index - 1].isupper()
        before_small = starts and index + 1 < len(name) and name[index + 1].islower()
        if after_small or (before_small and name[index - 1] != "_"):
            out.append("_")
        out.append(letter.lower())
    return "".join(out).replace("__", "_")
