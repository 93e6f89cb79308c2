"""Which networks to measure first on a new machine."""

from __future__ import annotations

from dataclasses import dataclass

from costscope.errors import UsageError
from costscope.fit.batch import Subject
from costscope.fit.subjects import family_for
from costscope.hardware.types import Hardware

_ANY = 3  # networks

# Networks of ncnn's benchmark as the zoo has them, or nearly so.
_ZOO = {
    "mobilenet": "zoo:mobilenet_v1",
    "mobilenet_v2": "zoo:mobilenet_v2",
    "mobilenet_v3": "zoo:mobilenet_v3_large",
    "resnet18": "zoo:resnet@18",
    "resnet50": "zoo:resnet@50",
    "efficientnet_b0": "zoo:efficientnet@b0",
    "alexnet": "zoo:alexnet@2-group",
    "squeezenet": "zoo:squeezenet@1.1",
    "shufflenet_v2": "zoo:shufflenet_v2",
    "shufflenet": "zoo:shufflenet_v1",
    "googlenet": "zoo:googlenet",
    "vgg16": "zoo:vgg@16",
    "mnasnet": "zoo:mnasnet_b1",
    "regnety_400m": "zoo:regnet@y_400mf",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A network to measure.

    Attributes:
        model: as `costscope fit` takes it.
        also: what it is called in the runtime's own benchmark; "" where it is not there.
    """

    model: str
    also: str


def suggestions(base: Hardware, networks: int) -> tuple[Suggestion, ...]:
    """The first networks to measure on a machine like `base`.

    Raises:
        UsageError: nothing is known of such machines, or nobody tried which networks tell most.
    """
    own = base.rates_for(base.runtime)
    subject = Subject(
        profile=base.name,
        runtime=base.runtime,
        threads=own.threads if own else 1,
        dtype=own.dtype if own else "float32",
    )
    family, _ = family_for(subject, base)
    if not family.suggest:
        raise UsageError(
            f"{base.name}: no networks were tried for {family.summary}; measure any "
            f"{max(family.least_new, _ANY)} that differ"
        )
    return tuple(
        Suggestion(_ZOO.get(name, name), name if name in _ZOO else "")
        for name in family.suggest[:networks]
    )
