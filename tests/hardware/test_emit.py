"""A profile as text: read back it is the very same machine, and people can read it too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.document import MAX_BYTES
from costscope.hardware import catalog
from costscope.hardware.emit import to_yaml
from costscope.hardware.parse import parse
from costscope.hardware.types import (
    Band,
    ClassFit,
    Compute,
    Fallback,
    Fitted,
    Hardware,
    Identity,
    Memory,
    Rates,
    Source,
)
from costscope.work import KernelKind
from fitted_cases import BANDS, class_fit, fitted, machine


@pytest.mark.parametrize("name", catalog.names())
def test_every_shipped_machine_comes_back(name: str) -> None:
    hardware = catalog.load(name)

    assert parse(to_yaml(hardware), name=name) == hardware


words = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,11}", fullmatch=True)
texts = (
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=150)
    .map(lambda text: " ".join("".join(c if c.isprintable() else " " for c in text).split()))
    .filter(bool)
)
ratios = st.floats(0.001, 0.999)
seconds = st.floats(1e-15, 1e6)
counts = st.integers(1, 10**6)
large = st.floats(0, 1e15)


def pairs(values):
    return st.tuples(values, values).map(sorted)


classes = st.builds(
    lambda name, ends, **more: ClassFit(name=name, low_ratio=ends[0], high_ratio=ends[1], **more),
    name=words,
    seconds=st.dictionaries(words, seconds, min_size=1, max_size=3),
    samples=counts,
    error_ratio=ratios,
    ends=pairs(ratios),
    seen=st.dictionaries(words, pairs(large).map(tuple), max_size=2),
)
bands = st.lists(st.tuples(seconds, pairs(ratios), counts), max_size=3).map(
    lambda rows: tuple(
        Band(above_s=above, low_ratio=low, high_ratio=high, networks=networks)
        for above, (low, high), networks in sorted({r[0]: (r[0], *r[1:]) for r in rows}.values())
    )
)
fits = st.builds(
    Fitted,
    runtime=words,
    version=texts,
    threads=counts,
    classes=st.lists(classes, max_size=3).map(lambda found: {each.name: each for each in found}),
    dispatch_s=seconds | st.just(0.0),
    run_s=seconds | st.just(0.0),
    settings=st.dictionaries(words, st.integers(0, 10**9), max_size=2),
    bands=bands,
    confidence=ratios,
    error_ratio=ratios | st.none(),
    reference_s=seconds | st.none(),
    source=st.just("s"),
)
computes = st.floats(1e-3, 1e18).map(
    lambda peak: {
        "int8": Compute(dtype="int8", peak_flops_per_s=peak, runs_as="int8", source="s", how="x"),
        "float32": Compute(dtype="float32", peak_flops_per_s=peak, runs_as="float32", source="s"),
        "float16": Compute(dtype="float16", peak_flops_per_s=peak, runs_as="float32", source="s"),
    }
)
memories = st.builds(
    Memory,
    name=words,
    capacity_bytes=st.integers(1, 10**18),
    bandwidth_bytes_per_s=st.floats(1e-3, 1e18),
    holds=st.just(("weights", "activations")),
    source=st.just("assumed"),
    how=texts,
    fixed=st.booleans(),
    spills=st.booleans(),
)
shares = st.floats(1e-6, 10)
speeds = st.floats(1e-3, 1e18)


def _rates(errors, ends, pair, **more):
    """Rates whose error and interval are there whole or not at all."""
    told = {}
    if errors:
        told = {"error_ratio": errors[0], "median_error_ratio": errors[1]}
    if ends:
        told |= {"low_ratio": ends[0], "high_ratio": ends[1], "pair_ratio": pair}
        told |= {"confidence": more.pop("confidence")}
    more.pop("confidence", None)
    return Rates(**told, **more)


rates = st.builds(
    _rates,
    runtime=words,
    version=texts | st.just(""),
    threads=counts | st.none(),
    dtype=st.sampled_from(["float32", "float16", "int8"]),
    serves=st.lists(words, max_size=2, unique=True).map(tuple),
    structure=words,
    compute_ratio=st.dictionaries(words, shares, max_size=3),
    bandwidth_bytes_per_s=st.dictionaries(words, speeds, max_size=3),
    dispatch_s=seconds | st.just(0.0),
    run_s=seconds | st.just(0.0),
    unobserved=st.lists(words, max_size=2, unique=True).map(tuple),
    networks=st.integers(0, 100),
    rows=st.integers(0, 100),
    errors=st.tuples(shares, shares) | st.none(),
    ends=pairs(st.floats(0.001, 1000)) | st.none(),
    pair=st.floats(1, 1000) | st.none(),
    confidence=ratios,
    ranking=st.booleans(),
    source=st.just("s"),
    how=texts | st.just(""),
)
fallbacks = st.builds(
    Fallback,
    profile=words,
    bandwidth_bytes_per_s=speeds,
    sync_s=seconds | st.just(0.0),
    source=st.just("s"),
    how=texts | st.just(""),
)
identities = st.builds(
    Identity,
    cpu=texts,
    architecture=texts,
    cores=counts,
    flags=st.lists(words, max_size=3, unique=True).map(tuple),
    governor=texts | st.just(""),
    date=texts | st.just(""),
)
machines = st.builds(
    Hardware,
    name=words,
    aliases=st.lists(words, max_size=2, unique=True).map(tuple),
    summary=texts,
    device_class=st.sampled_from(["arm_cpu", "mcu"]),
    compute=computes,
    memories=memories.map(lambda memory: (memory,)),
    runtime=words,
    cores=counts | st.none(),
    rates=st.lists(rates, max_size=3, unique_by=lambda r: (r.runtime, r.threads, r.dtype)).map(
        tuple
    ),
    fallback=fallbacks | st.none(),
    fitted=st.lists(fits, max_size=2, unique_by=lambda f: (f.runtime, f.threads)).map(tuple),
    identity=identities | st.none(),
    kinds=st.frozensets(st.sampled_from(KernelKind), min_size=1) | st.none(),
    kinds_source=st.just("s"),
    sources=st.builds(Source, key=st.just("s"), reference=texts, date=texts | st.just("")).map(
        lambda source: {"s": source}
    ),
    notes=st.lists(texts, max_size=2).map(tuple),
).map(lambda h: h if h.kinds is not None else Hardware(**{**_fields(h), "kinds_source": ""}))


def _fields(hardware: Hardware) -> dict[str, object]:
    return {name: getattr(hardware, name) for name in Hardware.__dataclass_fields__}


@given(machines)
def test_any_machine_comes_back(hardware: Hardware) -> None:
    assert parse(to_yaml(hardware), name=hardware.name) == hardware


def test_the_head_says_what_made_it_and_the_rest_is_plain() -> None:
    pointwise = class_fit("pointwise", seconds={"macs": 9.7e-12, "call": 2.1e-6},
                          seen={"macs": (2e4, 3.5e8)})  # fmt: skip
    run = fitted(pointwise, bands=BANDS, settings={"block": 8}, run_s=1.2e-5, error_ratio=0.045)

    assert (
        to_yaml(machine(run))
        == """\
# desk: measured by `costscope calibrate` on 2026-11-21.
# Example 9000, x86_64, 2 cores
# onnxruntime 1.31.1, 1 thread: 1 class of kernels
# Seconds of a kernel: each term's seconds times the kernel's amount of it, summed.
summary: The machine under the desk.
class: x86_cpu
runtime: onnxruntime

identity:
  cpu: Example 9000
  architecture: x86_64
  cores: 2
  flags: [avx2, fma]
  date: "2026-11-21"

compute:
  float32: {peak: 1 kFLOP/s, source: calibration}

memories:
  - {name: dram, bandwidth: 10 B/s, holds: [weights, activations], source: calibration}

fitted:
  - runtime: onnxruntime
    version: "1.31.1"
    threads: 1
    dispatch: 0 s
    run: 12 us
    settings: {block: 8}
    confidence: 0.9
    error: 0.045
    source: calibration
    bands:
      - {above: 0 s, low: 0.5, high: 2, networks: 4}
      - {above: 10 s, low: 0.8, high: 1.25, networks: 6}
    classes:
      pointwise:
        seconds: {macs: 9.7 ps, call: 2.1 us}
        samples: 10
        error: 0.05
        low: 0.5
        high: 1.5
        seen: {macs: [20000, 3.5e+08]}

sources:
  calibration: {reference: costscope calibrate, date: "2026-11-21"}
"""
    )


def test_rates_can_be_read_by_people() -> None:
    hardware = Hardware(
        name="board",
        summary="A board.",
        device_class="arm_cpu",
        cores=4,
        compute={
            "float32": Compute(
                dtype="float32", peak_flops_per_s=48e9, runs_as="float32", source="s"
            )
        },
        memories=(
            Memory(
                name="dram",
                capacity_bytes=None,
                bandwidth_bytes_per_s=4e9,
                holds=("weights", "activations"),
                source="s",
            ),
        ),
        runtime="ncnn",
        rates=(
            Rates(
                runtime="ncnn",
                version="2023-06",
                threads=4,
                dtype="float32",
                structure="arm_cpu",
                compute_ratio={"pointwise": 0.61, "winograd": 0.38},
                bandwidth_bytes_per_s={"activations": 2.1e9, "weights": 4.8e9},
                dispatch_s=8e-6,
                unobserved=("exponential",),
                networks=24,
                rows=24,
                error_ratio=0.09,
                median_error_ratio=0.06,
                low_ratio=0.8,
                high_ratio=1.25,
                pair_ratio=1.2,
                source="s",
            ),
        ),
        kinds=frozenset({KernelKind.DENSE_CONV}),
        kinds_source="s",
        fallback=Fallback(profile="host", bandwidth_bytes_per_s=3e9, sync_s=1e-4, source="s"),
        sources={"s": Source(key="s", reference="A table")},
    )

    assert (
        to_yaml(hardware)
        == """\
# board: a hardware profile of costscope.
summary: A board.
class: arm_cpu
runtime: ncnn
cores: 4

compute:
  float32: {peak: 48 GFLOP/s, source: s}

memories:
  - {name: dram, bandwidth: 4 GB/s, holds: [weights, activations], source: s}

runtimes:
  - runtime: ncnn
    version: "2023-06"
    threads: 4
    dtype: float32
    structure: arm_cpu
    compute: {pointwise: 0.61, winograd: 0.38}
    bandwidth: {activations: 2.1 GB/s, weights: 4.8 GB/s}
    dispatch: 8 us
    run: 0 s
    unobserved: [exponential]
    networks: 24
    rows: 24
    error: {mean: 0.09, median: 0.06}
    interval: {confidence: 0.9, low: 0.8, high: 1.25, pair: 1.2}
    source: s

supports:
  kinds: [dense_conv]
  source: s
fallback: {profile: host, bandwidth: 3 GB/s, sync: 100 us, source: s}

sources:
  s: {reference: A table}
"""
    )


def test_a_name_cannot_leave_the_comment() -> None:
    text = to_yaml(machine(name="desk\nsummary: broken"))

    assert parse(text, name="desk").summary == "The machine under the desk."


def test_four_thread_counts_of_a_hundred_classes_are_not_too_large() -> None:
    terms = {f"term_number_{i}_bytes": 1.234e-12 * (i + 1) for i in range(6)}
    seen = {"macs": (12340.0, 1.234e9), "bytes": (1234.0, 1.234e7)}
    found = [class_fit(f"a_class_of_kernels_{i}", seconds=terms, seen=seen) for i in range(100)]
    hardware = machine(*(fitted(*found, threads=n) for n in (1, 2, 4, 8)))

    text = to_yaml(hardware)

    assert len(text) < MAX_BYTES
    assert parse(text, name="desk") == hardware
