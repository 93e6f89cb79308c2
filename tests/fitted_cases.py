"""A machine measured kernel by kernel, made by hand, and terms that can be worked out by hand."""

from __future__ import annotations

import pytest

from costscope.hardware.types import (
    Band,
    ClassFit,
    Compute,
    Fitted,
    Hardware,
    Identity,
    Memory,
    Source,
)
from costscope.kernels.types import Kernel
from costscope.timing.terms import Terms

COMPUTER = Identity(
    cpu="Example 9000", architecture="x86_64", cores=2, flags=("avx2", "fma"), date="2026-11-21"
)
BANDS = (
    Band(above_s=0.0, low_ratio=0.5, high_ratio=2.0, networks=4),
    Band(above_s=10.0, low_ratio=0.8, high_ratio=1.25, networks=6),
)


def plain_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    """The class of a kernel is its kind, its terms are its MACs, its bytes and one call."""

    def terms_of(kernel: Kernel, _place: object) -> Terms:
        amounts = {
            "macs": float(kernel.work.macs),
            "read_bytes": float(kernel.traffic.total_bytes),
            "call": 1.0,
        }
        return Terms(str(kernel.kind), amounts)

    monkeypatch.setattr("costscope.timing.fitted.terms_of", terms_of)


def class_fit(name: str = "dense_conv", **more) -> ClassFit:
    """1 s a thousand MACs, 1 s a hundred bytes, 3 s a call."""
    fields = {
        "name": name,
        "seconds": {"macs": 0.001, "read_bytes": 0.01, "call": 3.0},
        "samples": 10,
        "error_ratio": 0.05,
        "low_ratio": 0.5,
        "high_ratio": 1.5,
    }
    return ClassFit(**{**fields, **more})


def fitted(*classes: ClassFit, **more) -> Fitted:
    fields = {
        "runtime": "onnxruntime",
        "version": "1.31.1",
        "threads": 1,
        "classes": {each.name: each for each in classes or (class_fit(),)},
        "source": "calibration",
    }
    return Fitted(**{**fields, **more})


def machine(*runs: Fitted, **more) -> Hardware:
    """1000 FLOP/s in float32 and 10 byte/s, measured on an Example 9000."""
    dram = Memory(
        name="dram",
        capacity_bytes=None,
        bandwidth_bytes_per_s=10.0,
        holds=("weights", "activations"),
        source="calibration",
    )
    peak = Compute(
        dtype="float32", peak_flops_per_s=1000.0, runs_as="float32", source="calibration"
    )
    fields = {
        "name": "desk",
        "summary": "The machine under the desk.",
        "device_class": "x86_cpu",
        "runtime": "onnxruntime",
        "compute": {"float32": peak},
        "memories": (dram,),
        "fitted": runs or (fitted(),),
        "identity": COMPUTER,
        "sources": {
            "calibration": Source(
                key="calibration", reference="costscope calibrate", date="2026-11-21"
            )
        },
    }
    return Hardware(**{**fields, **more})
