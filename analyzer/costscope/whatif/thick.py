"""Depthwise convolutions on maps much wider than the block around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from costscope.kernels.types import Kernel
from costscope.whatif.convolution import Convolution, convolution
from costscope.work import KernelKind

LEAST_RATIO = 3.0  # of the map to the narrower side of the block
_BLOCK = 8  # channels that kernels take together
_PASSING = frozenset({KernelKind.ELEMENTWISE, KernelKind.NORMALIZATION, KernelKind.QUANTIZATION})
_HOPS = 4  # kernels between a depthwise convolution and its pointwise neighbours


@dataclass(frozen=True, slots=True, kw_only=True)
class Thick:
    """A depthwise convolution on a thick map.

    Attributes:
        kernel: that runs it.
        conv: its sizes.
        narrow: channels that its block takes or gives, the fewer of both.
    """

    kernel: Kernel
    conv: Convolution
    narrow: int

    @property
    def balanced(self) -> int:
        """Channels with which the pointwise layer on the narrow side does as many MACs.

        At equal widths, as G1 has it: the square root of narrow times thick, to eight.
        """
        exact = sqrt(self.narrow * self.conv.channels)
        return max(_BLOCK, round(exact / _BLOCK) * _BLOCK)


def thick(kernels: Sequence[Kernel]) -> Iterator[Thick]:
    """The depthwise convolutions among some kernels on maps three times as wide as their block."""
    makers = {tensor.name: kernel for kernel in kernels for tensor in kernel.writes}
    readers: dict[str, Kernel] = {}
    for kernel in kernels:
        for tensor in kernel.reads:
            readers.setdefault(tensor.name, kernel)
    for kernel in kernels:
        conv = convolution(kernel) if kernel.kind is KernelKind.DEPTHWISE_CONV else None
        if conv is None or not conv.is_depthwise or conv.filters != conv.channels:
            continue
        before, after = _before(makers, kernel, conv), _after(readers, kernel)
        sides = [channels for channels in (before, after) if channels is not None]
        if sides and conv.channels >= LEAST_RATIO * min(sides):
            yield Thick(kernel=kernel, conv=conv, narrow=min(sides))


def _before(makers: Mapping[str, Kernel], kernel: Kernel, conv: Convolution) -> int | None:
    """Channels that the pointwise convolution takes which makes its map."""
    data = next((tensor for tensor in kernel.reads if tensor.shape == conv.data.shape), None)
    for _ in range(_HOPS):
        maker = makers.get(data.name) if data is not None else None
        if maker is None or _is_pointwise(maker):
            found = convolution(maker) if maker is not None else None
            return found.channels if found is not None else None
        if maker.kind not in _PASSING or not maker.reads:
            return None
        data = maker.reads[0]
    return None


def _after(readers: Mapping[str, Kernel], kernel: Kernel) -> int | None:
    """Channels that the pointwise convolution gives which reads its map."""
    for _ in range(_HOPS):
        reader = readers.get(kernel.writes[0].name) if kernel.writes else None
        if reader is None or _is_pointwise(reader):
            found = convolution(reader) if reader is not None else None
            return found.filters if found is not None else None
        if reader.kind not in _PASSING:
            return None
        kernel = reader
    return None


def _is_pointwise(kernel: Kernel) -> bool:
    return kernel.kind is KernelKind.POINTWISE_CONV
