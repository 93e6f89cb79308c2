"""A profile with every part of the form, and one with the least; and the mistakes of others."""

from __future__ import annotations

import pytest

from costscope.errors import ProfileError
from costscope.hardware.parse import parse

WHOLE = """
summary: Four cores, one memory channel.
class: arm_cpu
aliases: [board, the-board]
runtime: tflite
cores: 4
compute:
  float32: {peak: 48 GFLOP/s, source: sheet}
  int8: {peak: 48 GMAC/s, source: sheet, how: twice the float32 lanes}
  float16: {runs_as: float32, source: sheet, how: no float16 arithmetic}
memories:
  - {name: cache, capacity: 1 MiB, bandwidth: 40 GB/s, holds: [activations], source: assumed,
     how: one line a cycle}
  - {name: dram, capacity: 4 GB, bandwidth: 4 GB/s, holds: [weights, activations], source: sheet,
     fixed: true}
runtimes:
  - runtime: tflite
    version: "2.14"
    threads: 2
    dtype: float16
    serves: [float32]
    structure: arm_cpu
    compute: {pointwise: 0.61, winograd: 2.5}
    bandwidth: {activations: 2.1 GB/s}
    dispatch: 6 us
    run: 1.5 ms
    unobserved: [winograd]
    networks: 11
    rows: 30
    error: {mean: 0.12, median: 0.07}
    interval: {confidence: 0.95, low: 0.8, high: 1.3, pair: 1.4}
    confidence: ranking
    source: fit
    how: a guess
supports: {kinds: [dense_conv, view], source: sheet}
fallback: {profile: pixel6, bandwidth: 3 GB/s, sync: 100 us, source: sheet, how: over the bus}
sources:
  sheet: {reference: "Data sheet, page 3", date: 2024-01-01}
  fit: {reference: measurements.csv}
notes:
  - >
    A note
    on two lines.
"""

SMALL = """
summary: A board.
class: mcu
runtime: tflm
compute:
  int8: {peak: 1 GOP/s, source: sheet}
memories:
  - {name: sram, bandwidth: 1 GB/s, holds: [weights, activations], source: sheet}
sources:
  sheet: {reference: Data sheet}
"""


def problems_of(text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(ProfileError) as caught:
        parse(text, name="board")
    return caught.value.problems
