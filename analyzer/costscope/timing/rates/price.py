"""What a layer costs at the rates of a profile: charges in base units, then seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import fsum

from costscope import dtypes
from costscope.hardware.types import Hardware, Rates
from costscope.timing.rates import CALLS, OVERHEADS, RUNS, Amounts, Structure
from costscope.timing.rates.layer import Layer, Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What turns amounts into charges.

    Attributes:
        structure: whose classes they are of.
        peaks_flops_per_s: by element type.
        dtype: that the rates are of.
        serves: types of files that are computed in `dtype` all the same.
        spilled_ratio: share of the weights that does not fit near the arithmetic.
    """

    structure: Structure
    peaks_flops_per_s: Mapping[str, float]
    dtype: str
    serves: tuple[str, ...] = ()
    spilled_ratio: float = 0.0

    def computes(self, dtype: str) -> str:
        """The element type that a file's type is computed in."""
        return self.dtype if dtype in self.serves else dtype


def setting_for(
    hardware: Hardware, rates: Rates, structure: Structure, weight_bytes: int
) -> Setting:
    """The setting of a network on a machine that already has the threads of the rates."""
    return setting_of(
        hardware, structure, dtype=rates.dtype, serves=rates.serves, weight_bytes=weight_bytes
    )


def setting_of(
    hardware: Hardware,
    structure: Structure,
    *,
    dtype: str,
    serves: tuple[str, ...],
    weight_bytes: int,
) -> Setting:
    """The setting of a network on a machine whose rates may still have to be found."""
    return Setting(
        structure=structure,
        peaks_flops_per_s={name: c.peak_flops_per_s for name, c in hardware.compute.items()},
        dtype=dtype,
        serves=serves,
        spilled_ratio=spilled_ratio(hardware, weight_bytes),
    )


def spilled_ratio(hardware: Hardware, weight_bytes: int) -> float:
    """Share of the weights that lies beyond a memory managed by software; 0 without one."""
    shares = hardware.weight_shares(weight_bytes)
    if any(memory.spills for memory, _ in shares):
        return fsum(share for memory, share in shares if not memory.spills)
    near = any(memory.spills and "weights" in memory.holds for memory in hardware.memories)
    return 1.0 if near and not shares[0][0].spills else 0.0


def charges(layer: Layer, setting: Setting) -> dict[str, float]:
    """One run of a layer: by compute class seconds at the peak, by memory class bytes, calls.

    Raises:
        KeyError: the machine has no arithmetic of the layer's type.
    """
    computed = setting.computes(layer.dtype)
    if computed != layer.dtype:
        layer = replace(layer, dtype=computed)
    return _charged(setting.structure.layer(layer), computed, setting)


def network_charges(network: Network, setting: Setting) -> dict[str, float]:
    """An inference beside its layers: its run, and what a structure counts once."""
    rule = setting.structure.network
    return {RUNS: 1.0, **(_charged(rule(network), setting.dtype, setting) if rule else {})}


def total_charges(network: Network, setting: Setting) -> dict[str, float]:
    """All layers of a network and its run.

    Raises:
        KeyError: the machine has no arithmetic of some layer's type.
    """
    total = dict.fromkeys(setting.structure.classes, 0.0)
    for layer in network.layers:
        for name, amount in charges(layer, setting).items():
            total[name] += amount * layer.repeats
    for name, amount in network_charges(network, setting).items():
        total[name] += amount
    return total


def _charged(amounts: Amounts, dtype: str, setting: Setting) -> dict[str, float]:
    structure, itemsize = setting.structure, dtypes.named(dtype).bits / 8
    found: dict[str, float] = {}
    for name, amount in amounts.items():
        if amount == 0:
            continue
        if name in structure.compute:
            found[name] = 2 * amount / setting.peaks_flops_per_s[dtype]
        elif name in structure.memory:
            spilled = setting.spilled_ratio if name in structure.spills else 1.0
            found[name] = amount * itemsize * spilled
        else:
            found[name] = amount
    return found


def seconds(charged: Mapping[str, float], rates: Rates) -> Iterator[tuple[str, float]]:
    """The seconds of each class."""
    for name, amount in charged.items():
        yield name, amount * seconds_per_unit(rates, name)


def seconds_per_unit(rates: Rates, name: str) -> float:
    """Seconds of one unit of a class: of a second at the peak, a byte, a call, a run.

    Raises:
        KeyError: the rates do not have the class.
    """
    if name in OVERHEADS:
        return rates.dispatch_s if name == CALLS else rates.run_s
    if name in rates.compute_ratio:
        return 1 / rates.compute_ratio[name]
    return 1 / rates.bandwidth_bytes_per_s[name]
