"""Peak RAM of microcontrollers against what their runtimes' authors published."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from costscope.kernels.runtimes import runtime_named
from costscope.pipeline import ZOO, analyze
from costscope.schedule.arena import arena

_LAYOUTS = {"tflm": "tflm", "cmsis_nn": "tflm", "tinyengine": "tinyengine"}
_KIB = 1024
_OTHERS_FUSE_AS = "tflm"
_LEFT = frozenset({"external memory", "other number of classes", "no public graph"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Peak RAM of one network under one runtime.

    Attributes:
        runtime: that was measured.
        network: its name.
        origin: who published it.
        published_bytes: as published.
        held_bytes: what must be held at once: a lower bound of every layout.
        laid_out_bytes: as the runtime lays it out; None where its layout is not known.
    """

    runtime: str
    network: str
    origin: str
    published_bytes: float
    held_bytes: int
    laid_out_bytes: int | None

    @property
    def error_ratio(self) -> float | None:
        """Predicted over published, less one; None where the layout is not known."""
        if self.laid_out_bytes is None:
            return None
        return self.laid_out_bytes / self.published_bytes - 1


def memories(table: Path) -> tuple[Memory, ...]:
    """Every published peak of a network that can be rebuilt, once for each runtime."""
    with table.open(encoding="utf-8", newline="") as file:
        return from_rows(csv.DictReader(file))


def from_rows(rows: Iterable[Mapping[str, str]]) -> tuple[Memory, ...]:
    """As `memories`, of rows that were read."""
    found: dict[tuple[str, ...], Memory] = {}
    for row in rows:
        kib, model = row.get("peak_ram_kib") or "", row["model"]
        if kib and model.startswith(ZOO) and row["use"] not in _LEFT:
            key = (row["runtime"], row["source_repo"], model, kib)
            if key not in found:
                found[key] = _memory(row, float(kib) * _KIB)
    return tuple(found[key] for key in sorted(found))


def to_record(memory: Memory) -> dict[str, Any]:
    """As JSON."""
    return asdict(memory)


def _memory(row: Mapping[str, str], published_bytes: float) -> Memory:
    layout = _LAYOUTS.get(row["runtime"])
    known = runtime_named(layout or _OTHERS_FUSE_AS)
    analysis = analyze(row["model"], as_dtype="int8", runtime=known.name)
    schedule = analysis.first.schedule
    laid_out = None
    if layout is not None:
        kernels = [step.kernel for step in schedule.steps]
        graph = analysis.graph
        laid_out = arena(
            kernels, graph.inputs, graph.outputs, runtime=known, held_bytes=schedule.peak.nbytes
        )
    return Memory(
        runtime=row["runtime"],
        network=row["model"],
        origin=row["source_repo"],
        published_bytes=published_bytes,
        held_bytes=schedule.peak.nbytes,
        laid_out_bytes=None if laid_out is None else laid_out.total_bytes,
    )
