"""Rules of thumb in the place of a family's structure, fitted by the same engine.

MACs times a constant: one number a machine. Two-number rooflines: an arithmetic rate and a
bandwidth a machine; a layer takes the larger of the two times, or their sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from costscope import dtypes
from costscope.fit.batch import Array, Batch, Subject
from costscope.fit.family import Family
from costscope.fit.held_out import left_out_networks
from costscope.fit.networks import Networks
from costscope.fit.population import Settings, population, posterior_of
from costscope.hardware.types import Hardware
from costscope.timing.rates.layer import Network
from costscope.work import KernelKind
from device_accuracy_rows import MACS, ROOF_MAX, ROOF_SUM

_PEAK_RATIO, _BANDWIDTH = 0.3, 4e9  # before any machine is looked at
_ROUNDS = 3  # enough where two numbers are learned
_TURNS = 2  # of which side of the roof a layer is on
_CLASSES = ("compute", "memory")


def baselines(
    family: Family, batch: Batch, machines: Mapping[str, Hardware], networks: Networks
) -> dict[str, Array]:
    """(D, N) log seconds of each rule, without the network on any machine."""
    layers = amounts(batch, machines, networks)
    settings = Settings(rounds=min(_ROUNDS, family.settings.rounds), sigma=family.settings.sigma)
    defaults = _defaults(family)
    both = replace(batch, charges=layers.sum(axis=2), classes=_CLASSES, floor=None)
    macs = replace(both, charges=both.charges[:, :, :1], classes=_CLASSES[:1])
    return {
        MACS: left_out_networks(macs, defaults[:, :1], settings),
        **_rooflines(both, layers, defaults, settings),
    }


def amounts(batch: Batch, machines: Mapping[str, Hardware], networks: Networks) -> Array:
    """(D, N, L, 2): seconds at the peak and bytes of every layer; 0 beyond the last one."""
    known = {}
    for at, subject in enumerate(batch.subjects):
        hardware = machines[subject.profile].with_threads(subject.threads)
        for column in np.flatnonzero(batch.charges[at].any(axis=1)):
            network = networks.find(
                batch.networks[column], runtime=subject.runtime, dtype=subject.dtype
            )
            known[at, column] = layer_amounts(network, subject, hardware)
    most = max((len(each) for each in known.values()), default=1)
    found = np.zeros((*batch.log_s.shape, most, 2))
    for (at, column), each in known.items():
        found[at, column, : len(each)] = each
    return found


def layer_amounts(network: Network, subject: Subject, hardware: Hardware) -> Array:
    """(L, 2): seconds at the peak and bytes of the layers that do anything."""
    peak = hardware.compute[subject.dtype].peak_flops_per_s
    itemsize = dtypes.named(subject.dtype).bits / 8
    return np.array(
        [
            (
                2 * layer.macs * layer.repeats / peak,
                (layer.moved_elements + layer.weight_elements) * itemsize * layer.repeats,
            )
            for layer in network.layers
            if layer.kind is not KernelKind.VIEW
        ]
    ).reshape(-1, 2)


def roof(layers: Array, theta: Array) -> Array:
    """(D, N, 2): what counts of each network where a layer takes its larger time alone.

    Args:
        layers: (D, N, L, 2).
        theta: (D, 2): logarithm of seconds per second at the peak, and per byte.
    """
    compute = layers[..., 0] * np.exp(theta[:, 0])[:, None, None]
    memory = layers[..., 1] * np.exp(theta[:, 1])[:, None, None]
    bound = compute >= memory
    counted = np.stack([bound, ~bound], axis=-1)
    return np.asarray((layers * counted).sum(axis=2))


def _rooflines(
    batch: Batch, layers: Array, defaults: Array, settings: Settings
) -> dict[str, Array]:
    """Both rooflines; the side of the roof that a layer is on and the rates are found in turns.

    They begin at the rates that fit the sum, where both sides of the roof matter.
    """
    found = {key: np.full(batch.log_s.shape, np.nan) for key in (ROOF_SUM, ROOF_MAX)}
    for column in range(len(batch.networks)):
        rest = batch.without(network=column)
        theta = _fitted(rest, defaults, settings)
        found[ROOF_SUM][:, column] = _log_s(batch.charges[:, column], theta)
        for _ in range(_TURNS):
            now = replace(rest, charges=roof(layers, theta))
            theta = _fitted(now, defaults, settings)
        found[ROOF_MAX][:, column] = _log_s(roof(layers[:, [column]], theta)[:, 0], theta)
    return found


def _fitted(batch: Batch, defaults: Array, settings: Settings) -> Array:
    return posterior_of(batch, population(batch, defaults, settings)).theta


def _log_s(charges: Array, theta: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log((charges * np.exp(theta)).sum(axis=1)))


def _defaults(family: Family) -> Array:
    found = np.zeros((len(family.covariates), 2))
    found[0] = -np.log([_PEAK_RATIO, _BANDWIDTH])
    if "log_peak" in family.covariates:
        found[family.covariates.index("log_peak"), 1] = -1.0
    return found
