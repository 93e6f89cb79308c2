"""M2: weights that exceed flash, or the memory that keeps them near."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from costscope.analysis.types import Severity
from costscope.rules import Found, rule
from costscope.timing.types import Fit
from costscope.units import format_bytes, format_percent
from costscope.whatif.case import Case
from costscope.whatif.memory import brief, int8_weight_bytes, with_room
from costscope.whatif.origin import operators

_WHAT = "weights"
_MOST = 3  # layers that are named


@rule("M2", name="weights that exceed the memory", severity=Severity.WARNING)
def weights_exceed_memory(case: Case) -> Iterator[Found]:
    """Weights that do not fit into the machine's flash, or into its on-chip memory.

    What it finds:
        More bytes of weights than the memory for them has: an error where it is a hard limit
        (flash of a microcontroller), a warning where the rest is fetched from the host in each
        inference (the 8 MiB of a Coral Edge TPU).
    Why it costs:
        What is not in flash cannot run. What does not fit on the chip comes over the host's
        link every time: at 500 MB/s, each MiB too many takes 2 ms, whatever is computed.

    Example:
        ResNet-50 in int8, 24 MiB, on the Edge TPU; any float32 network above 0.5 M parameters
        in 2 MiB of flash.
    How to fix:
        8-bit weights, where they are wider; fewer channels in the last stages and the
        classifier, which hold most of them. The saving is that of the same machine with room
        for all weights; there is none where nothing runs.
    Thresholds:
        The capacity of the memory.
    Source:
        coral.ai, docs/edgetpu/compiler, parameter data caching; Lin et al. 2020, MCUNet, arXiv
        2007.10319, Section 3 (flash bounds the parameters, SRAM the activations).
    """
    prediction = case.deployment.prediction
    for fit in prediction.fits if prediction else ():
        if fit.what == _WHAT and not fit.fits:
            yield _found(case, fit)


def _found(case: Case, fit: Fit) -> Found:
    over = fit.needed_bytes - fit.capacity_bytes
    largest = _largest(case)
    named = ", ".join(f"{brief(name)} {format_bytes(size)}" for name, size in largest.items())
    narrow_bytes = int8_weight_bytes(case)
    evidence: dict[str, float] = {
        "needed_bytes": fit.needed_bytes,
        "capacity_bytes": fit.capacity_bytes,
        "over_bytes": over,
        "over_ratio": over / fit.needed_bytes,
    }
    if narrow_bytes is not None:
        evidence["int8_bytes"] = narrow_bytes
    what = (
        "" if fit.fixed else f" ({format_percent(over / fit.needed_bytes)} come from farther away)"
    )
    return Found(
        subject=case.analysis.model,
        message=(
            f"{format_bytes(fit.needed_bytes)} of weights, {format_bytes(over)} more than the "
            f"{format_bytes(fit.capacity_bytes)} of {fit.memory}{what}; largest: {named}"
        ),
        change=_change(narrow_bytes, fit.capacity_bytes),
        evidence=evidence,
        nodes=operators(case, (k for k in case.deployment.kernels if k.name in largest)),
        saving=None if fit.fixed else with_room(case, _WHAT),
        severity=Severity.ERROR if fit.fixed else Severity.WARNING,
    )


def _largest(case: Case) -> Mapping[str, int]:
    """Bytes of weights of the layers that have most."""
    sizes = {k.name: sum(t.nbytes for t in k.weights) for k in case.deployment.kernels}
    ranked = sorted((name for name in sizes if sizes[name]), key=lambda name: -sizes[name])
    return {name: sizes[name] for name in ranked[:_MOST]}


def _change(narrow_bytes: int | None, capacity: int) -> str:
    if narrow_bytes is None:
        return "narrow the layers with most weights, or prune them"
    fits = "which fits" if narrow_bytes <= capacity else "still too much: narrow the layers, too"
    return f"8-bit weights take {format_bytes(narrow_bytes)}, {fits}"
