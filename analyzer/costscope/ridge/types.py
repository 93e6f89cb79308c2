"""What a sweep is made of: operations, networks, rows and crossings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class OpClass(StrEnum):
    """Operations as Fig. 3 of MobileNetV4 tells them apart, and what it has no colour for."""

    CONV2D = "conv2d"
    DEPTHWISE = "depthwise"
    FULLY_CONNECTED = "fully_connected"
    MATMUL = "matmul"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One kernel, all its runs in an inference together.

    Attributes:
        name: of the kernel.
        op_class: its class.
        macs: multiply-accumulates.
        moved_bytes: weights and activations read and written.
    """

    name: str
    op_class: OpClass
    macs: int
    moved_bytes: int

    def time_macs(self, ridge_macs_per_byte: Fraction) -> Fraction:
        """Its roofline time in MAC equivalents: seconds times the peak in MAC/s."""
        return max(Fraction(self.macs), self.moved_bytes * ridge_macs_per_byte)

    def memory_bound(self, ridge_macs_per_byte: Fraction) -> bool:
        """Whether moving its bytes takes longer than its arithmetic."""
        return self.moved_bytes * ridge_macs_per_byte > self.macs


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network as the sweep sees it.

    Attributes:
        name: of the model.
        operations: in the order they run.
        left_out: kernels that move bytes and are in no sum, as they have no MACs.
        left_out_bytes: what those move.
        uncosted: operators of the file that are not understood.
    """

    name: str
    operations: tuple[Operation, ...]
    left_out: int = 0
    left_out_bytes: int = 0
    uncosted: int = 0

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference: the time at a ridge point of zero."""
        return sum(each.macs for each in self.operations)

    @property
    def moved_bytes(self) -> int:
        """Bytes of all its operations: the slope where all are bound by memory."""
        return sum(each.moved_bytes for each in self.operations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A network at one ridge point.

    Attributes:
        network: its number in the sweep.
        ridge_macs_per_byte: the ridge point.
        time_macs: roofline time in MAC equivalents.
        to_best_ratio: time over that of the fastest network here.
        rank: 1 for the fastest; networks of equal time have the same.
        memory_bound: operations whose bytes take longer than their arithmetic.
        share_ratios: part of the time by class of operation; classes it has not are left out.
    """

    network: int
    ridge_macs_per_byte: Fraction
    time_macs: Fraction
    to_best_ratio: Fraction
    rank: int
    memory_bound: int
    share_ratios: Mapping[OpClass, Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A ridge point where one network becomes faster than another.

    Attributes:
        ridge_macs_per_byte: where both take equally long.
        time_macs: how long that is.
        faster_below: number of the network that is faster just below.
        faster_above: number of the other, faster from here on.
        leads: whether no other network is faster here: the fastest of all changes.
    """

    ridge_macs_per_byte: Fraction
    time_macs: Fraction
    faster_below: int
    faster_above: int
    leads: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Networks over a range of ridge points.

    Attributes:
        networks: as they were asked for.
        dtype: element type they are costed in.
        low_macs_per_byte: first ridge point.
        high_macs_per_byte: last ridge point.
        rows: by ridge point, then by rank.
        crossings: between the two ends, by ridge point.
        shown: rows at the ridge points whose operations are looked at one by one (Fig. 3).
    """

    networks: tuple[Network, ...]
    dtype: str
    low_macs_per_byte: Fraction
    high_macs_per_byte: Fraction
    rows: tuple[Row, ...]
    crossings: tuple[Crossing, ...]
    shown: tuple[Row, ...]
