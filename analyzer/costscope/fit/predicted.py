"""Latencies of other networks on a machine that was fitted, tables of layers among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from costscope.fit.networks import Networks
from costscope.hardware.types import Hardware, Rates
from costscope.timing.rates import structure_named
from costscope.timing.rates.price import seconds, setting_for, total_charges


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """A network on a machine.

    Attributes:
        model: the network.
        rates: what the prediction rests on.
        latency_s: predicted.
        low_s: lower end of the interval; None where none is known.
        high_s: upper end.
    """

    model: str
    rates: Rates
    latency_s: float
    low_s: float | None
    high_s: float | None


def predicted(
    models: Sequence[str], hardware: Hardware, networks: Networks
) -> tuple[Predicted, ...]:
    """Each network at each of the machine's rates.

    Raises:
        CostscopeError: a network that is not found or not valid.
    """
    return tuple(
        _predicted(model, hardware, rates, networks) for model in models for rates in hardware.rates
    )


def _predicted(model: str, hardware: Hardware, rates: Rates, networks: Networks) -> Predicted:
    network = networks.find(model, runtime=rates.runtime, dtype=rates.dtype)
    scaled = hardware.with_threads(rates.threads)
    structure = structure_named(rates.structure)
    setting = setting_for(scaled, rates, structure, network.weight_bytes)
    spent = dict(seconds(total_charges(network, setting), rates))
    latency_s = fsum(spent.values())
    return Predicted(
        model=model,
        rates=rates,
        latency_s=latency_s,
        low_s=None if rates.low_ratio is None else latency_s * rates.low_ratio,
        high_s=None if rates.high_ratio is None else latency_s * rates.high_ratio,
    )
