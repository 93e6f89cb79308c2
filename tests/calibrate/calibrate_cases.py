"""Networks as if they had been measured, from seconds that are known."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.calibrate.types import Collected, Collection, Part, Recipe, Timed
from costscope.hardware.types import Band, ClassFit, Fitted, Identity
from costscope.kernels.types import Kernel, Traffic
from costscope.timing.terms import Terms
from costscope.work import KernelKind, Work

COMPUTER = Identity(
    cpu="Example 9000", architecture="x86_64", cores=2, flags=("avx2", "fma"), date="2026-11-21"
)
MAC_S, CALL_S = 1e-9, 5e-6


def kernel(macs: int = 1000, *, nbytes: int = 400, repeats: int = 1, **more) -> Kernel:
    fields = {
        "name": "kernel",
        "kind": KernelKind.DENSE_CONV,
        "nodes": (),
        "reads": (),
        "writes": (),
        "weights": (),
        "parameters": (),
        "stored": (),
        "compute_dtype": "float32",
        "work": Work(macs=macs),
        "traffic": Traffic(read_bytes=nbytes),
        "memory_access": 0,
        "memory_access_bound": None,
        "problem": None,
        "repeats": repeats,
    }
    return Kernel(**{**fields, **more})


def timed(macs: int, *, name: str = "conv", slower: float = 1.0, added_s: float = 0.0, **more):
    """A kernel that takes a nanosecond a MAC and 5 us a call, and what a profiler adds."""
    made = kernel(macs, **more)
    own_s = (macs * MAC_S + CALL_S) * slower
    return Timed(
        made,
        Terms(name, {"macs": float(macs), "call": 1.0}),
        (own_s + added_s) * made.repeats,
    )


def network(
    seed: int, kernels: Sequence[Timed], latency_s: float | None = None, threads: int = 1
) -> Collected:
    """A network; its latency is its kernels' sum unless given."""
    return Collected(
        seed=seed,
        recipe=Recipe(share=1.0),
        threads=threads,
        latency_s=sum(each.seconds for each in kernels) if latency_s is None else latency_s,
        spread_ratio=0.02,
        kernels=tuple(kernels),
        nodes=len(kernels),
    )


def many(count: int, **more) -> list[Collected]:
    """Networks of three kernels each, of ten thousand MACs to some millions."""
    return [
        network(1000 + i, [timed(10_000 * (1 + i) * size, **more) for size in (1, 7, 30)])
        for i in range(count)
    ]


def fitted(**more) -> Fitted:
    fit = ClassFit(
        name="conv",
        seconds={"macs": MAC_S, "call": CALL_S},
        samples=60,
        error_ratio=0.03,
        low_ratio=0.9,
        high_ratio=1.1,
        seen={"macs": (1e4, 1e7)},
    )
    fields = {
        "runtime": "onnxruntime",
        "version": "1.31.1",
        "threads": 1,
        "classes": {"conv": fit},
        "run_s": 1e-5,
        "settings": {"block": 8},
        "bands": (Band(above_s=0.0, low_ratio=0.9, high_ratio=1.2, networks=20),),
        "error_ratio": 0.031,
        "reference_s": 0.001,
        "source": "calibration",
    }
    return Fitted(**{**fields, **more})


def part(networks: Sequence[Collected] | None = None, **more) -> Part:
    collection = Collection(
        threads=1,
        networks=tuple(networks or many(20)),
        failures={1005: "a step does not fit"},
        skipped=(1007, 1009),
    )
    fields = {
        "fitted": fitted(),
        "collection": collection,
        "held_out": (),
        "profiler_s": 2e-6,
        "reference_s": (0.001, 0.00101),
    }
    return Part(**{**fields, **more})
