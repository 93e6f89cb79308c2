"""Names, units and numbers of a sweep, the same in every format."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from costscope.errors import UsageError
from costscope.ridge.types import Network, OpClass, Sweep
from costscope.units import format_count, format_percent
from costscope.views.report.names import brief, counted, labelled

CLASS_NAMES = {
    OpClass.CONV2D: "Conv2D",
    OpClass.DEPTHWISE: "DW-Conv",
    OpClass.FULLY_CONNECTED: "FC",
    OpClass.MATMUL: "MatMul",
    OpClass.OTHER: "other",
}
_NAME = 28  # signs


@dataclass(frozen=True, slots=True)
class RidgeUnit:
    """A unit of ridge points.

    Attributes:
        name: as people write it.
        per_macs: how many of it are one MAC/byte.
    """

    name: str
    per_macs: int

    def number(self, ridge_macs_per_byte: Fraction) -> str:
        """A ridge point in this unit, four digits."""
        return f"{float(ridge_macs_per_byte * self.per_macs):.4g}"

    def text(self, ridge_macs_per_byte: Fraction) -> str:
        """A ridge point with the unit."""
        return f"{self.number(ridge_macs_per_byte)} {self.name}"


UNITS = {"macs/byte": RidgeUnit("MACs/byte", 1), "flop/byte": RidgeUnit("FLOP/byte", 2)}


def unit_named(name: str) -> RidgeUnit:
    """The unit of a name.

    Raises:
        UsageError: no such unit.
    """
    unit = UNITS.get(name.lower())
    if unit is None:
        raise UsageError(f"unknown unit {name!r}; choose one of {', '.join(UNITS)}")
    return unit


def names_of(sweep: Sweep, width: int = _NAME) -> tuple[str, ...]:
    """Names of the networks in at most so many signs, no two the same."""
    return labelled(brief(each.name, width - 1) for each in sweep.networks)


def classes_of(sweep: Sweep) -> tuple[OpClass, ...]:
    """The classes that any network has, in one order."""
    found = {each.op_class for network in sweep.networks for each in network.operations}
    return tuple(each for each in OpClass if each in found)


def macs_text(macs: Fraction | int) -> str:
    """A time in MAC equivalents, such as `300.8 M`."""
    return format_count(float(macs))


def percent_text(ratio: Fraction | float) -> str:
    """A share such as `18.3 %`, one decimal, so that those of a row can be added up."""
    return f"{float(ratio) * 100:.1f} %"


def left_out(network: Network, name: str) -> str:
    """A sentence about what is in no sum; "" if everything is."""
    parts = []
    if network.left_out:
        ratio = network.left_out_bytes / (network.left_out_bytes + network.moved_bytes)
        parts.append(
            f"{counted(network.left_out, 'kernel')} without MACs left out, "
            f"{format_percent(ratio)} of all bytes moved"
        )
    if network.uncosted:
        parts.append(f"{counted(network.uncosted, 'operator')} not understood")
    return f"{name}: {'; '.join(parts)}" if parts else ""
