"""From a model to the operations that the sweep sums."""

from __future__ import annotations

from costscope.analysis.types import Analysis
from costscope.errors import ModelError
from costscope.kernels.types import Kernel
from costscope.pipeline import analyze
from costscope.ridge.types import Network, OpClass, Operation
from costscope.work import CONVOLUTIONS, KernelKind

# Eq. 1 is about 8-bit TensorFlow Lite networks: its fusion is the one that the paper timed.
_RUNTIME = "tflite"
_SPATIAL = 2  # the first axis of a feature map
_PRODUCTS = (KernelKind.BATCHED_MATMUL, KernelKind.ATTENTION)


def network_of(model: str, *, dtype: str, every_kernel: bool = False) -> Network:
    """A model's operations with MACs, costed in an element type.

    Args:
        model: path of an ONNX file, or `zoo:NAME`.
        dtype: element type of weights and activations.
        every_kernel: sum the kernels without MACs too, by the bytes they move.

    Raises:
        ModelError: not a valid model, or one without a multiply-accumulate.
        UsageError: no such element type or architecture.
    """
    found = from_analysis(
        analyze(model, as_dtype=dtype, runtime=_RUNTIME), every_kernel=every_kernel
    )
    if not found.macs:
        raise ModelError(
            f"{model}: no convolution or matrix product that costscope understands; "
            "a ridge-point sweep needs multiply-accumulates"
        )
    return found


def from_analysis(analysis: Analysis, *, every_kernel: bool = False) -> Network:
    """The network of an analysis, with the kernels of its first deployment."""
    kernels = [
        each for each in analysis.first.kernels if each.work.macs or each.traffic.total_bytes
    ]
    silent = [] if every_kernel else [each for each in kernels if not each.work.macs]
    return Network(
        name=analysis.model,
        operations=tuple(_operation(each) for each in kernels if every_kernel or each.work.macs),
        left_out=len(silent),
        left_out_bytes=sum(each.traffic.total_bytes * each.repeats for each in silent),
        uncosted=len(analysis.uncosted),
    )


def _operation(kernel: Kernel) -> Operation:
    return Operation(
        name=kernel.name,
        op_class=class_of(kernel),
        macs=kernel.work.macs * kernel.repeats,
        moved_bytes=kernel.traffic.total_bytes * kernel.repeats,
    )


def class_of(kernel: Kernel) -> OpClass:
    """The class of a kernel; a convolution of a 1x1 map to a 1x1 map is fully connected."""
    if kernel.kind in CONVOLUTIONS and _on_vectors(kernel):
        return OpClass.FULLY_CONNECTED
    if kernel.kind is KernelKind.DEPTHWISE_CONV:
        return OpClass.DEPTHWISE
    if kernel.kind in CONVOLUTIONS:
        return OpClass.CONV2D
    if kernel.kind is KernelKind.FULLY_CONNECTED:
        return OpClass.FULLY_CONNECTED
    return OpClass.MATMUL if kernel.kind in _PRODUCTS else OpClass.OTHER


def _on_vectors(kernel: Kernel) -> bool:
    """Whether all maps that enter and leave have a single position."""
    maps = [tensor.dims[_SPATIAL:] for tensor in (*kernel.reads, *kernel.writes)]
    return all(all(size == 1 for size in each) for each in maps)
