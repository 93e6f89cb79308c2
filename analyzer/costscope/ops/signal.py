"""Signals: Fourier transforms, window functions, the mel scale."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log2, prod

from costscope.errors import ShapeError
from costscope.graph.dims import axis_of
from costscope.graph.types import Node, TensorType
from costscope.ops import Site, Slot, op, shape_of
from costscope.work import KernelKind, Work

_SIGNAL = KernelKind.SIGNAL
_SETTING = Slot.SETTING


def fft_operations(length: int, *, real: bool) -> int:
    """Real operations of one fast Fourier transform: 5*n*log2(n), half for a real signal.

    Source:
        The count that benchmarks of such transforms report their speed by, whatever the
        algorithm: Cooley and Tukey's radix 2 needs 4 products and 6 additions for each of
        its n/2*log2(n) butterflies.
    """
    if length < 2:
        return 0
    return ceil((2.5 if real else 5.0) * length * log2(length))


@op("DFT", kind=_SIGNAL, slots={1: _SETTING, 2: _SETTING})
def dft(node: Node) -> Work:
    """Discrete Fourier transforms along one axis, done as fast ones; all are vector_ops.

    vector_ops = transforms * 5*n*log2(n) for complex signals, half of it where the input
    or the output is real. Where the file gives the axis as an input and no size tells
    which it is, the longest is taken.

    Shapes:
        X: (*S, 1 or 2)    Y: (*S', 1 or 2)
    """
    before, after = node.shape(0)[:-1], node.output.dims[:-1]
    axis = _dft_axis(node, before, after)
    length = before[axis]
    if node.input(1) is not None or node.attributes.get("onesided", 0):
        length = _transform_length(node, before[axis], after[axis])
    real = 1 in (node.shape(0)[-1], node.output.dims[-1])
    transforms = prod(before[:axis] + before[axis + 1 :])
    return Work(vector_ops=transforms * fft_operations(length, real=real))


def _dft_axis(node: Node, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    changed = [i for i, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    if changed:
        return changed[0]
    rank = len(before) + 1
    if node.version < 20:
        return min(axis_of(int(node.attributes.get("axis", 1)), rank), len(before) - 1)
    if node.input(2) is None:
        return len(before) - 1
    return before.index(max(before))


def _transform_length(node: Node, before: int, after: int) -> int:
    """The length of a transform: one-sided spectra hold n//2 + 1 of its values."""
    if not node.attributes.get("onesided", 0):
        return after
    if node.attributes.get("inverse", 0):
        return after
    return before if before // 2 + 1 == after else 2 * (after - 1)


@op("STFT", kind=_SIGNAL, slots={1: _SETTING, 3: _SETTING})
def stft(node: Node) -> Work:
    """A Fourier transform per frame, and a product with the window before it.

    vector_ops = batch * frames * (n + 2.5*n*log2(n)), 5 for 2.5 if the signal is complex.

    Shapes:
        signal: (N, L, 1 or 2)    window: (n,)    Y: (N, frames, n//2 + 1 or n, 2)
    """
    signal, (batch, frames, bins, _) = node.shape(0), node.output.dims
    window = node.input(2)
    if window is not None and window.shape:
        length = window.shape[0]
    elif node.attributes.get("onesided", 1):
        length = 2 * (bins - 1)
    else:
        length = bins
    real = len(signal) < 3 or signal[-1] == 1
    windowing = length * (1 if real else 2) * (window is not None)
    return Work(vector_ops=batch * frames * (windowing + fft_operations(length, real=real)))


@shape_of("STFT")
def stft_shape(site: Site) -> Sequence[TensorType]:
    """Frames that fit into the signal, and the frequencies of each.

    One-sided is the default, which ONNX's own inference overlooks.
    """
    signal, step = site.shape(0), site.ints(1)
    given = site.ints(3)
    length = given[0] if given else site.shape(2)[0] if site.has(2) else signal[1]
    if len(signal) not in (2, 3) or not step or step[0] < 1 or not 0 < length <= signal[1]:
        raise ShapeError(f"frames of {length} do not fit a signal of shape {list(signal)}")
    frames = (signal[1] - length) // step[0] + 1
    bins = length // 2 + 1 if site.attributes.get("onesided", 1) else length
    return [TensorType((signal[0], frames, bins, 2), site.input(0).dtype)]


@op("HannWindow", "HammingWindow", kind=_SIGNAL, slots={0: _SETTING})
def cosine_window(node: Node) -> Work:
    """Numbers a - b*cos(2*pi*i/n): 3 operations and 1 cosine per element."""
    elements = node.output.elements
    return Work(vector_ops=3 * elements, special_ops=elements)


@op("BlackmanWindow", kind=_SIGNAL, slots={0: _SETTING})
def blackman_window(node: Node) -> Work:
    """Numbers a - b*cos(2*pi*i/n) + c*cos(4*pi*i/n): 6 operations and 2 cosines per element."""
    elements = node.output.elements
    return Work(vector_ops=6 * elements, special_ops=2 * elements)


@op("MelWeightMatrix", kind=_SIGNAL, slots=dict.fromkeys(range(5), _SETTING))
def mel_weight_matrix(node: Node) -> Work:
    """Triangles on the mel scale.

    4 operations per element (its places on both slopes, clipped); a power, a product and a
    division for each of the mel bins and the 2 edges.

    Shapes:
        Y: (n//2 + 1, mel bins)
    """
    edges = node.output.dims[-1] + 2
    return Work(vector_ops=4 * node.output.elements + 2 * edges, special_ops=edges)
