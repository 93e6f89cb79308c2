"""D4: channel shuffles, which move a whole map and compute nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from costscope.analysis.types import Severity
from costscope.graph.types import Node, Shape, Tensor
from costscope.rules import Found, rule
from costscope.units import format_bytes, format_latency, format_percent
from costscope.whatif.boundary import own_seconds
from costscope.whatif.case import Case
from costscope.whatif.kernels import kernels_of
from costscope.whatif.passing import follower, handed_on, source

_LEAST_RANK = 4  # batch, channels, rows, columns: below, heads of attention look alike
_SPLITS = frozenset({"Split", "Slice"})


@rule("D4", name="channel shuffle", severity=Severity.WARNING)
def channel_shuffle(case: Case) -> Iterator[Found]:
    """Channel shuffles break the contiguity of a map: all of it is read and written again.

    What it finds:
        Reshape, Transpose and Reshape that exchange groups and channels and leave the map's
        shape as it was; one finding for the model lists all of them.
    Why it costs:
        2 x elements x bytes of traffic and one more call, for no arithmetic at all. Channels of
        a group that lay together end up far apart, so caches and prefetching help little.

    Example:
        ShuffleNetV1 with 3 groups shuffles in each of its 16 units; ShuffleNetV2 as well.
    How to fix:
        Use one group, where nothing needs to be shuffled; or, as ShuffleNetV2 does, let the
        concatenation, the shuffle and the split that follows be one copy. The saving is that
        of all shuffles bypassed.
    Thresholds:
        None. Heads of attention and pixel shuffles change the shape and are none of these.
    Source:
        Zhang et al. 2017, ShuffleNet, arXiv 1707.01083, Section 3.1. Ma et al. 2018, ShuffleNet
        V2, arXiv 1807.11164, Section 3 (concatenation, shuffle and split merged into one
        element-wise operation). Lecture on compact networks: a shuffle breaks the contiguity
        of memory on CPUs.
    """
    shuffles = tuple(shuffle for node in case.graph.nodes for shuffle in _shuffles(case, node))
    if shuffles:
        yield _found(case, shuffles)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shuffle:
    """Reshape, Transpose, Reshape of a map."""

    data: Tensor
    nodes: tuple[Node, Node, Node]
    merges: bool  # it stands between a Concat and a Split

    @property
    def result(self) -> Tensor:
        return self.nodes[-1].output


def _shuffles(case: Case, node: Node) -> Iterator[_Shuffle]:
    """The shuffle that a Transpose is the middle of."""
    before = source(case, node.input(0)) if node.op_type == "Transpose" else None
    behind = follower(case, node.output) if before is not None else None
    if before is None or behind is None or {before.op_type, behind.op_type} != {"Reshape"}:
        return
    data, inner, result = before.input(0), node.input(0), behind.output
    if data is None or inner is None or follower(case, before.output) is not node:
        return
    if not data.shape or not inner.shape or data.shape != result.shape:
        return
    if not _exchanges(data.shape, inner.shape, tuple(node.attributes.get("perm", ()))):
        return
    joined = source(case, data)
    readers = case.readers.get(result.name, ())
    splits = any(reader.op_type in _SPLITS for reader in readers)
    merges = splits and joined is not None and joined.op_type == "Concat"
    yield _Shuffle(data=data, nodes=(before, node, behind), merges=merges)


def _exchanges(shape: Shape, inner: Shape, order: Sequence[int]) -> bool:
    """Whether one axis is parted in two and these two change places."""
    if len(shape) < _LEAST_RANK or len(inner) != len(shape) + 1:
        return False
    for axis, size in enumerate(shape):
        parted = inner[axis : axis + 2]
        around = (*inner[:axis], *inner[axis + 2 :]) == (*shape[:axis], *shape[axis + 1 :])
        if around and parted[0] * parted[1] == size and min(parted) > 1:
            swapped = (*range(axis), axis + 1, axis, *range(axis + 2, len(inner)))
            if tuple(order) == swapped:
                return True
    return False


def _found(case: Case, shuffles: Sequence[_Shuffle]) -> Found:
    nodes = tuple(node.name for shuffle in shuffles for node in shuffle.nodes)
    kernels = kernels_of(case, nodes)
    moved_bytes = sum(kernel.traffic.activation_bytes * kernel.repeats for kernel in kernels)
    time_s, many = own_seconds(case, kernels), sum(shuffle.merges for shuffle in shuffles)
    spent = ""
    if time_s is not None and case.latency_s:
        spent = f" in {format_latency(time_s)} ({format_percent(time_s / case.latency_s)})"
    return Found(
        subject=case.graph.name,
        message=(
            f"{len(shuffles)} channel shuffles move {format_bytes(moved_bytes)}{spent} "
            "and compute nothing"
        ),
        change=_change(many),
        evidence={
            "shuffles": len(shuffles),
            "kernels": len(kernels),
            "moved_bytes": moved_bytes,
            "macs": sum(kernel.work.macs for kernel in kernels),
            "between_concat_and_split": many,
            **({} if time_s is None else {"time_s": time_s}),
        },
        nodes=nodes,
        saving=case.saving(handed_on(case.graph, {s.result.name: s.data for s in shuffles})),
    )


def _change(merged: int) -> str:
    if merged:
        return f"make Concat, shuffle and Split one copy, which {merged} of them allow"
    return "use one group, where nothing needs to be shuffled, or shuffle fewer times"
