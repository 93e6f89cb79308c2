"""Machines for the tests of `costscope hw`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from costscope import resources
from costscope.hardware.emit import to_yaml
from rated_cases import COMPUTE, machine, rates

GOOD = """
summary: "A board [red]x[/red]."
class: mcu
aliases: [mine]
runtime: tflm
cores: 2
compute:
  int8: {peak: 1.5 GOP/s, source: sheet, how: measured}
  float16: {runs_as: int8, source: sheet}
memories:
  - {name: sram, capacity: 64 KiB, fixed: true, bandwidth: 1 GB/s, holds: [activations],
     source: sheet}
  - {name: flash, bandwidth: 0.25 GB/s, holds: [weights], source: assumed, how: a guess}
runtimes:
  - &FIT
supports: {kinds: [dense_conv, view], source: sheet}
fallback: {profile: pixel6, bandwidth: 3 GB/s, sync: 100 us, source: sheet}
sources:
  sheet: {reference: The data sheet, date: "2024"}
notes: [Handle with care.]
""".replace(
    "&FIT",
    """runtime: tflm
    version: "2024"
    dtype: int8
    serves: [float16]
    structure: arm_cpu
    compute: {pointwise: 0.61, winograd: 1.5, dense: 0.25, depthwise: 0.125}
    bandwidth: {activations: 2.1 GB/s, transform: 1 GB/s, elementwise: 0.5 GB/s,
      exponential: 0.25 GB/s, normalization: 0.125 GB/s, weights: 1 GB/s}
    dispatch: 6 us
    run: 1.5 ms
    unobserved: [winograd, transform]
    networks: 7
    rows: 9
    error: {mean: 0.12, median: 0.07}
    interval: {confidence: 0.9, low: 0.8, high: 1.25, pair: 1.4}
    source: sheet
    how: four boards""",
)


@pytest.fixture
def board(tmp_path: Path) -> Path:
    path = tmp_path / "board.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three machines as if they were those that are shipped.

    `phone`: 4 cores, tflite with 1 thread and 4, and ncnn; `chip`: an MCU, ranking only;
    `sheet`: a GPU that nobody measured.
    """
    trust = {"error_ratio": 0.2, "median_error_ratio": 0.1, "low_ratio": 0.8, "high_ratio": 1.3}
    machines = (
        machine(
            rates(threads=1, networks=9, **trust),
            rates(threads=4, compute_ratio={**COMPUTE, "dense": 0.15}, unobserved=("dense",)),
            rates(runtime="ncnn"),
            name="phone",
            cores=4,
            peaks={"float32": 4000.0},
            aliases=("the-phone",),
        ),
        machine(
            rates(runtime="tflm", dtype="int8", ranking=True, networks=3),
            name="chip",
            device_class="mcu",
            runtime="tflm",
            peaks={"int8": 600.0, "float32": 100.0},
        ),
        replace(
            machine(name="sheet", device_class="mobile_gpu", peaks={"float32": 9e12}), rates=()
        ),
    )
    folder = tmp_path / "shelf"
    folder.mkdir()
    for each in machines:
        (folder / f"{each.name}.yaml").write_text(to_yaml(each), encoding="utf-8")
    monkeypatch.setattr(resources, "folder", lambda _: folder)
    return folder
