"""The values that every importer gives: a measured latency, and the times of layers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The latency of one network as somebody measured it.

    Attributes:
        model: what the file calls the network.
        latency_s: of one inference: the average or the median, as the tool reports it.
        low_s: the fastest run; None if not told.
        high_s: the slowest run; None if not told.
        runtime: that ran it, such as `tflite`; "" if not told.
        threads: of the CPU; None if not told, or not on a CPU.
        dtype: of the arithmetic: `float32`, `float16`, `int8`; another precision under its
            own name, such as `w8a16`; "" if not told.
        device: it ran on; "" if not told.
        origin: file and place in it.
    """

    model: str
    latency_s: float
    low_s: float | None = None
    high_s: float | None = None
    runtime: str = ""
    threads: int | None = None
    dtype: str = ""
    device: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTime:
    """The time of one layer or kernel in one inference.

    Attributes:
        name: of the layer.
        op: its operator as the runtime calls it; "" if not told.
        latency_s: 0 where the tool's clock is too coarse.
    """

    name: str
    op: str
    latency_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Where the time of one inference went.

    Attributes:
        model: what the file calls the network.
        runtime: that ran it.
        total_s: of one inference, with what is no layer's.
        layers: in the order they ran.
        origin: file and place in it.
    """

    model: str
    runtime: str
    total_s: float
    layers: tuple[LayerTime, ...]
    origin: str = ""


Reading = Observation | Profile
