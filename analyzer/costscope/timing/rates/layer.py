"""A kernel as rates are asked of it: sizes alone, whether an ONNX file or a table gave them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from costscope.work import KernelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What a runtime's choice of a routine depends on; counts are of one run.

    Attributes:
        name: of the kernel.
        kind: of the kernel.
        operation: what it is run as, in lower case: `conv`, `add`, `swish`, `layer_norm`.
        dtype: element type that it computes in.
        macs: multiply-accumulates.
        special_ops: transcendental operations.
        read_elements: activations that enter.
        write_elements: activations that leave.
        weight_elements: constants read.
        channels: of the input, all groups together; 0 where there is no such thing.
        filters: channels of the output.
        groups: of a convolution; runs of a batched product.
        kernel: window of a convolution or a pool.
        stride: of the window.
        map: sizes of the output behind its channels.
        repeats: how often it runs in an inference.
    """

    name: str = ""
    kind: KernelKind
    operation: str
    dtype: str = "float32"
    macs: int = 0
    special_ops: int = 0
    read_elements: int = 0
    write_elements: int = 0
    weight_elements: int = 0
    channels: int = 0
    filters: int = 0
    groups: int = 1
    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    map: tuple[int, ...] = ()
    repeats: int = 1

    @property
    def moved_elements(self) -> int:
        """Activations that enter and leave."""
        return self.read_elements + self.write_elements

    @property
    def area(self) -> int:
        """Taps of the window."""
        return prod(self.kernel)

    @property
    def positions(self) -> int:
        """Positions of the output map."""
        return prod(self.map)

    @property
    def is_depthwise(self) -> bool:
        """Whether every channel has a window of its own."""
        return self.kind is KernelKind.DEPTHWISE_CONV


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network as rates are asked of it.

    Attributes:
        name: what to call it.
        layers: in order.
        input_elements: activations that enter from outside.
        output_elements: activations that leave for good.
        weight_bytes: of all weights, as stored.
        peak_bytes: most activation memory held at once; 0 where it is not known.
    """

    name: str
    layers: tuple[Layer, ...]
    input_elements: int = 0
    output_elements: int = 0
    weight_bytes: int = 0
    peak_bytes: int = 0

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(layer.macs * layer.repeats for layer in self.layers)
