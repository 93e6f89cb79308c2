"""Columns of ShuffleNet-v2's Tables 1 and 2 as machines predict them, and who breaks G1 to G4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from math import floor, sqrt
from pathlib import Path

from costscope.accuracy.metrics import kendall
from costscope.analysis.types import Analysis
from costscope.experiment import published
from costscope.experiment.network import network
from costscope.experiment.types import Row
from costscope.graph.types import Graph
from costscope.pipeline import analyze, load
from costscope.rules import inspect

HERE = Path(__file__).parent
GUIDELINES = ("g1", "g2")
SCALES = (1, 2, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What stands for one of the paper's two machines; `hardware` is "" for no machine."""

    platform: str
    hardware: str
    why: str
    time_model: str | None = None

    @property
    def name(self) -> str:
        """As the report calls it."""
        if not self.hardware:
            return "memory access alone"
        stem = self.hardware.rpartition("/")[2].removesuffix(".yaml")
        return f"{stem}, {self.time_model}" if self.time_model else stem


GTX = str(HERE / "gtx_1080_ti.yaml")
MACHINES = (
    Machine(platform="cpu", hardware="nexus_6p_big", why="the paper's chip, one thread, ncnn"),
    Machine(platform="cpu", hardware="cortex_a57_2.0ghz", why="its core, of no device"),
    Machine(platform="cpu", hardware="snapdragon_820", why="the chip after it, by one thread"),
    Machine(platform="cpu", hardware="snapdragon_821", why="the same chip, faster, ncnn"),
    Machine(platform="cpu", hardware="", why="elements read and written, as the paper counts"),
    Machine(
        platform="gpu",
        hardware=GTX,
        time_model="additive",
        why="the paper's GPU by its data sheet; not shipped",
    ),
    Machine(
        platform="gpu",
        hardware=GTX,
        time_model="roofline",
        why="the same, computing and moving overlapped perfectly: a bound, no prediction",
    ),
    Machine(
        platform="gpu", hardware="jetson_agx_orin_gpu", why="the largest shipped GPU of its maker"
    ),
    Machine(platform="gpu", hardware="jetson_orin_nano_gpu", why="a smaller one of its maker"),
    Machine(platform="gpu", hardware="jetson_nano_gpu", why="the smallest one of its maker"),
    Machine(platform="gpu", hardware="", why="elements read and written, as the paper counts"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One column of a table by one machine; speeds over that of the first setting.

    Attributes:
        per_mac: predicted speeds, made up for what whole channels change of the MACs.
        built: predicted speeds of the networks with the printed channels times the scale.
        rounded: with channels rounded anew at every scale, where the table lets do so.
    """

    guideline: str
    scale: int
    machine: Machine
    settings: tuple[str, ...]
    measured: tuple[float, ...]
    per_mac: tuple[float, ...]
    built: tuple[float, ...]
    rounded: tuple[float, ...] | None

    def equal(self, speeds: Sequence[float]) -> bool:
        """Whether predicted speeds have the order of the measured ones, without a tie."""
        places = sorted(range(len(speeds)), key=lambda place: -self.measured[place])
        ordered = [speeds[place] for place in places]
        return all(a > b for a, b in pairwise(ordered))

    def tau(self, speeds: Sequence[float]) -> float | None:
        """Kendall's tau-b of predicted and measured speeds."""
        return kendall(list(zip(speeds, self.measured, strict=True)))


def orders(guideline: str, machine: Machine) -> Iterator[Order]:
    """The columns of a table that are of the machine's platform."""
    every = published.rows(guideline, machine.platform)
    for scale in SCALES:
        rows = [row for row in every if row.scale == scale]
        built = [_speed(row, machine) for row in rows]
        macs = [_graph_macs(row) for row in rows]
        anew = _rounded(rows) if guideline == "g1" else None
        yield Order(
            guideline=guideline,
            scale=scale,
            machine=machine,
            settings=tuple(row.setting for row in rows),
            measured=_relative([row.paper[machine.platform] for row in rows]),
            per_mac=_relative([a * b for a, b in zip(built, macs, strict=True)]),
            built=_relative(built),
            rounded=None if anew is None else _relative([_speed(row, machine) for row in anew]),
        )


def _rounded(rows: Sequence[Row]) -> list[Row]:
    """The rows with c / sqrt(ratio) rounded down at this scale, as the paper does at the first."""
    width = rows[0].channels[0]
    found = []
    for row in rows:
        ratio = int(row.setting.partition(":")[2])
        narrow = floor(width / sqrt(ratio))
        found.append(replace(row, channels=(narrow, ratio * narrow)))
    return found


def _speed(row: Row, machine: Machine) -> float:
    """Networks a second, or per element of memory access."""
    analysis = _analysis(row.guideline, row.setting, row.channels, machine)
    prediction = analysis.first.prediction
    if prediction is None:
        return 1 / analysis.totals.memory_access
    if prediction.latency_s is None:
        raise SystemExit(f"{machine.name} does not predict {row.guideline} {row.setting}")
    return 1 / prediction.latency_s


def _graph_macs(row: Row) -> int:
    nothing = Machine(platform="cpu", hardware="", why="")
    return _analysis(row.guideline, row.setting, row.channels, nothing).totals.work.macs


@cache
def _graph(guideline: str, setting: str, channels: tuple[int, ...]) -> Graph:
    row = Row(guideline=guideline, setting=setting, scale=1, channels=channels, paper={})
    return load(network(row, seed=None))


@cache
def _analysis(
    guideline: str, setting: str, channels: tuple[int, ...], machine: Machine
) -> Analysis:
    graph = _graph(guideline, setting, channels)
    return analyze(graph, machine.hardware or None, time_model=machine.time_model)


def _relative(speeds: Sequence[float]) -> tuple[float, ...]:
    """Over the first; rounded, so that what is equal but for its last bits is a tie."""
    return tuple(round(speed / speeds[0], 9) for speed in speeds)


def access_ratios(guideline: str) -> list[float]:
    """Memory access of one convolution at the GPU's narrowest widths.

    Over its bound in Table 1, over that of one group in Table 2.
    """
    found = []
    for row in published.rows(guideline, "gpu"):
        if row.scale == SCALES[0]:
            nothing = Machine(platform="gpu", hardware="", why="")
            kernel = _analysis(guideline, row.setting, row.channels, nothing).first.kernels[0]
            bound = kernel.memory_access_bound or 1.0
            found.append((kernel.memory_access, bound))
    if guideline == "g1":
        return [access / bound for access, bound in found]
    return [access / found[0][0] for access, _ in found]


NETWORKS: Mapping[str, str] = {
    "shufflenet_v1@1.0x-g3": "blamed for G1 and G2",
    "shufflenet_v1@1.0x-g1": "the same without groups",
    "mobilenet_v2": "blamed for G1 and G4",
    "nasnet": "blamed for G3",
    "pnasnet": "a network searched for, as NASNet",
    "googlenet": "four branches a module",
    "resnext@50-32x4d": "3x3 in 32 groups",
    "shufflenet_v2": "designed by the four guidelines",
    "mobilenet_v1": "depthwise convolutions, but no thick maps and no shortcuts",
    "resnet@50": "one way, no groups",
    "vgg@16": "one way, nothing element-wise left over",
}
WHERE = (
    ("pixel6", "int8"),
    ("raspberry_pi_4b", None),
    ("nexus_6p_big", None),
    ("jetson_agx_orin_gpu", None),
)
CODES = ("G1", "G2", "G3", "G4")


def counts(name: str, hardware: str, dtype: str | None) -> tuple[int, ...]:
    """How many findings of G1 to G4 a network of the zoo has on a machine."""
    analysis = inspect(analyze(f"zoo:{name}", hardware, as_dtype=dtype), CODES)
    rules = [finding.rule for finding in analysis.findings or ()]
    return tuple(rules.count(code) for code in CODES)
