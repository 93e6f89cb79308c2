"""Runtimes: which patterns each fuses, and what it reuses in place."""

from __future__ import annotations

from costscope.errors import UsageError
from costscope.kernels.types import Runtime
from costscope.work import CONVOLUTIONS, KernelKind

_K = KernelKind
_DROPS = frozenset({"Identity", "Dropout"})
_LINEAR = CONVOLUTIONS | {_K.FULLY_CONNECTED, _K.BATCHED_MATMUL}
_EVERY_KIND = frozenset(KernelKind) - {_K.QUANTIZATION, _K.UNCOSTED}

_RUNTIMES = (
    Runtime(
        name="onnxruntime",
        summary="onnxruntime's CPU provider at its extended optimisation level",
        fusion=("conv_activation",),
        drops=_DROPS,
        in_place=frozenset({_K.ELEMENTWISE}),
        quantized=_LINEAR | {_K.ELEMENTWISE, _K.POOLING, _K.VIEW, _K.MOVEMENT, _K.SOFTMAX},
    ),
    Runtime(
        name="tflite",
        summary="TensorFlow Lite (LiteRT) with the XNNPACK delegate",
        fusion=("conv_activation",),
        drops=_DROPS,
        in_place=frozenset({_K.ELEMENTWISE}),
        quantized=_EVERY_KIND,
    ),
    Runtime(
        name="tflm",
        summary="TensorFlow Lite for Microcontrollers",
        fusion=("conv_activation",),
        drops=_DROPS,
        in_place=frozenset(),
        quantized=_EVERY_KIND,
    ),
    Runtime(
        name="tinyengine",
        summary="TinyEngine (MCUNet): depthwise convolutions in place",
        fusion=("conv_activation",),
        drops=_DROPS,
        in_place=frozenset({_K.DEPTHWISE_CONV, _K.ELEMENTWISE}),
        quantized=_EVERY_KIND,
    ),
    Runtime(
        name="ncnn",
        summary="ncnn on CPU",
        fusion=("conv_activation",),
        drops=_DROPS,
        in_place=frozenset({_K.ELEMENTWISE}),
        quantized=_LINEAR,
    ),
    Runtime(
        name="none",
        summary="no fusion: one kernel per operator",
        fusion=(),
        drops=frozenset(),
        in_place=frozenset(),
        quantized=_EVERY_KIND,
    ),
)
RUNTIMES = {runtime.name: runtime for runtime in _RUNTIMES}


def runtime_named(name: str) -> Runtime:
    """The runtime of a name.

    Raises:
        UsageError: no such runtime.
    """
    runtime = RUNTIMES.get(name)
    if runtime is None:
        raise UsageError(f"unknown runtime {name!r}; choose one of {', '.join(RUNTIMES)}")
    return runtime
