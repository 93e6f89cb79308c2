"""G4: much of the time in element-wise operators, depthwise convolutions counted with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from costscope.analysis.types import Severity
from costscope.graph.types import Graph
from costscope.kernels.types import Kernel
from costscope.rules import Found, rule
from costscope.units import format_percent
from costscope.whatif.case import Case, Saving
from costscope.whatif.convolution import widened
from costscope.whatif.elementwise import NORMS, removable, unfused, without
from costscope.whatif.thick import Thick, thick
from costscope.work import CONVOLUTIONS, KernelKind

LEAST_SHARE_RATIO = 0.15  # of the predicted time; of the traffic without a machine
_MOST_TYPES = 3  # of operators in a sentence
_GATES = frozenset({"Sigmoid", "HardSigmoid"})  # of which no ReLU does the work


@rule("G4", name="element-wise overhead", severity=Severity.WARNING)
def elementwise_overhead(case: Case) -> Iterator[Found]:
    """Element-wise operators and depthwise convolutions that take much of the time.

    What it finds:
        Convolutional networks of whose predicted time 15 % or more goes into additions,
        activations and batch norms that no other kernel takes in, and into depthwise
        convolutions, which the paper counts with them; both are told apart. It speaks only
        where something of it can change: operators that could be left out or fused, or
        depthwise convolutions on thick maps, three times as wide as the block's own input or
        output.
    Why it costs:
        Such kernels do next to no arithmetic for what they read and write. In the paper the
        ReLUs and the shortcut of a ResNet bottleneck take 7 to 19 % of its time.

    Example:
        MobileNetV2: depthwise convolutions and ReLUs on 96 to 960 channels between layers of
        16 to 320. ShuffleNetV2 has no additions, and depthwise convolutions as narrow as its
        units.
    How to fix:
        Put activations where the runtime takes them in (a ReLU right after a convolution;
        convolution, batch norm, activation in this order), leave out what is not needed, and
        keep depthwise convolutions on narrow maps. The saving is that of the network without
        those operators and with thick depthwise convolutions at the width that would balance
        their block (see G1). What fuses costs as much as what is left out. An addition or gate
        stays where leaving it out would drop a convolution.
    Thresholds:
        15 % of the time: ReLUs and shortcut together take 7 to 19 % of the bottleneck's time in
        the six columns of Table 4, 14.6 % in the middle. MobileNetV2 is above it on nine of ten
        shipped machines, ResNet-50 on none. Without a machine it is a note on the share of
        the traffic, which is no share of the time. Three times as wide is as in G1.
    Source:
        Ma et al. 2018, ShuffleNet V2, arXiv 1807.11164, Section 2, G4, Table 4 and Figure 2.
    """
    found = _Shares(case)
    if found.has_convolutions and found.ratio >= LEAST_SHARE_RATIO:
        slots = removable(case, found.elementwise)
        maps = tuple(thick(case.deployment.kernels))
        if slots or maps:
            yield _found(case, found, slots=slots, maps=maps)


class _Shares:
    """What element-wise kernels and depthwise convolutions take of a model."""

    def __init__(self, case: Case) -> None:
        kernels = case.deployment.kernels
        self.elementwise = unfused(kernels)
        self.depthwise = tuple(k for k in kernels if k.kind is KernelKind.DEPTHWISE_CONV)
        self.has_convolutions = any(kernel.kind in CONVOLUTIONS for kernel in kernels)
        self.timed = case.latency_s is not None
        self.total = case.latency_s or float(case.deployment.totals.traffic_bytes)
        self.elementwise_ratio = self._ratio(case, self.elementwise)
        self.depthwise_ratio = self._ratio(case, self.depthwise)

    @property
    def ratio(self) -> float:
        return self.elementwise_ratio + self.depthwise_ratio

    def _ratio(self, case: Case, kernels: Iterable[Kernel]) -> float:
        if not self.total:
            return 0.0
        if self.timed:
            timings = (case.timing_of.get(kernel.name) for kernel in kernels)
            return sum((t.latency_s or 0.0) if t else 0.0 for t in timings) / self.total
        return sum(k.traffic.total_bytes * k.repeats for k in kernels) / self.total


@dataclass(frozen=True, slots=True)
class _Savings:
    """Of leaving out the operators alone, and of the narrower depthwise convolutions too."""

    operators: Saving | None
    both: Saving


def _found(
    case: Case, shares: _Shares, *, slots: Mapping[str, int], maps: tuple[Thick, ...]
) -> Found:
    savings = _savings(case, slots, maps)
    return Found(
        subject=case.graph.name,
        message=_message(shares, maps),
        change=_change(case, slots, maps),
        evidence={**_evidence(shares, slots, maps), **_parts(savings, maps)},
        nodes=_nodes(case, slots, maps),
        saving=savings.both,
        severity=None if shares.timed else Severity.NOTE,
    )


def _savings(case: Case, slots: Mapping[str, int], maps: Iterable[Thick]) -> _Savings:
    changed: Graph = case.graph
    for each in maps:
        width = each.balanced
        changed = widened(
            changed, each.kernel, each.conv, channels=width, filters=width, groups=width
        )
    both = case.saving(without(changed, slots) if slots else changed)
    if not slots or changed is case.graph:
        return _Savings(both if slots else None, both)
    return _Savings(case.saving(without(case.graph, slots)), both)


def _message(shares: _Shares, maps: tuple[Thick, ...]) -> str:
    what = "time" if shares.timed else "traffic"
    told = (
        f"{format_percent(shares.ratio)} of the {what} is element-wise: "
        f"{len(shares.elementwise)} kernels of additions, activations and norms "
        f"{format_percent(shares.elementwise_ratio)}, {len(shares.depthwise)} depthwise "
        f"convolutions {format_percent(shares.depthwise_ratio)}"
    )
    if not maps:
        return told
    widths = sorted({each.conv.channels for each in maps})
    return f"{told}, {len(maps)} of these on thick maps of {widths[0]} to {widths[-1]} channels"


def _change(case: Case, slots: Mapping[str, int], maps: tuple[Thick, ...]) -> str:
    parts = []
    if slots:
        counts = Counter(case.nodes[name].op_type for name in slots)
        types = [f"{count} {op_type}" for op_type, count in counts.most_common(_MOST_TYPES)]
        rest = " and others" if len(counts) > _MOST_TYPES else ""
        parts.append(f"leave out or fuse {', '.join(types)}{rest}{_fusing(case, slots)}")
    if maps:
        narrow = sorted({each.balanced for each in maps})
        parts.append(
            f"depthwise convolutions on {narrow[0]} to {narrow[-1]} channels, which balance "
            "their blocks"
        )
    return "; ".join(parts)


def _fusing(case: Case, slots: Mapping[str, int]) -> str:
    """What would fuse: a ReLU is part of a convolution right before it, a norm folds into it."""
    after = sum(_follows(case, name) for name in slots)
    norms = sum(case.nodes[name].op_type in NORMS for name in slots)
    told = [f"{after} right after a convolution would fuse as ReLU"] if after else []
    told += [f"{norms} norms would fold into a convolution right before them"] if norms else []
    return f" ({'; '.join(told)})" if told else ""


def _follows(case: Case, name: str) -> bool:
    """Whether it is an activation that alone reads what a convolution makes."""
    node = case.nodes[name]
    active = [tensor for tensor in node.inputs if tensor is not None and not tensor.constant]
    if node.op_type in _GATES | NORMS or len(active) != 1:
        return False
    maker = case.maker(active[0])
    return (
        maker is not None
        and maker.op_type in ("Conv", "QLinearConv", "FusedConv")
        and case.only_reader(active[0]) is node
    )


def _evidence(
    shares: _Shares, slots: Mapping[str, int], maps: tuple[Thick, ...]
) -> dict[str, float]:
    what = "latency" if shares.timed else "traffic"
    return {
        f"{what}_ratio": shares.ratio,
        f"elementwise_{what}_ratio": shares.elementwise_ratio,
        f"depthwise_{what}_ratio": shares.depthwise_ratio,
        "elementwise_kernels": len(shares.elementwise),
        "depthwise_convolutions": len(shares.depthwise),
        "removable_operators": len(slots),
        "thick_depthwise_convolutions": len(maps),
    }


def _parts(savings: _Savings, maps: tuple[Thick, ...]) -> dict[str, float]:
    """Each part of the saving on its own."""
    operators, both = savings.operators, savings.both
    found: dict[str, float] = {}
    if operators is not None:
        found["operators_saving_bytes"] = operators.traffic_bytes
        if operators.latency_s is not None:
            found["operators_saving_s"] = operators.latency_s
    if maps:
        rest = operators.traffic_bytes if operators else 0
        found["thick_saving_bytes"] = both.traffic_bytes - rest
        if both.latency_s is not None and (operators is None or operators.latency_s is not None):
            found["thick_saving_s"] = both.latency_s - found.get("operators_saving_s", 0.0)
    return found


def _nodes(case: Case, slots: Mapping[str, int], maps: Iterable[Thick]) -> tuple[str, ...]:
    names = {*slots, *(each.conv.node.name for each in maps)}
    return tuple(node.name for node in case.graph.nodes if node.name in names)
