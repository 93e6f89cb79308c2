"""Runtimes: which patterns each fuses, and what it reuses in place.

onnxruntime: the CPU provider of 1.31.1 at its extended level, checked kernel by kernel
against the graphs it really runs (`tests/corpus/onnxruntime_kernel_counts.csv`). Not
imitated: the Casts around its 32-bit kernels where a model asks for 16 bits (the precision
asked for is costed), the change of signed to unsigned activations on x86 (integers are as
on Arm), NCHWc layouts of the level above, Attention and EmbedLayerNormalization, which
replace subgraphs of BERT as its own exporter wrote them.

tflite, tflm, tinyengine: what TensorFlow Lite's converter makes of the same network. Its
PAD before a convolution of stride 2, which SAME cannot say, is part of the convolution
here; a PAD of its own in the file stays one for TensorFlow Lite's own kernels, and XNNPACK
takes it into the convolution. Layout is theirs from the start, so no Transposes come or go.

ncnn: what its converter pnnx and its optimizer ncnnoptimize make of it.
"""

from __future__ import annotations

from dataclasses import replace

from costscope.errors import UsageError
from costscope.kernels.types import Runtime
from costscope.work import KernelKind

_K = KernelKind
_ELEMENTWISE = frozenset({_K.ELEMENTWISE})

# onnxruntime's optimizers by level, in its order (core/optimizer/graph_transformer_utils).
_ORT_FIRST = ("unique_dequantize",)
_ORT_BASIC = (
    "no_effect",
    "div_mul",
    "relu_clip",
    "gemm_sum",
    "gemm_transpose",
    "not_where",
    "conv_add",
    "conv_mul",
    "conv_batchnorm",
    "matmul_batchnorm",
    "pad_window",
    "duplicates",
    "pad_window_computed",
    "matmul_add",
    "reshapes",
    "standard_gelu",
    "standard_layer_norm",
    "double_quantize",
    "quantize_before_moving",
    "dequantize_after_moving",
    "quantized_constants",
    "unique_dequantize",
    "split_slices",
    "transposes",
    "split_computed_slices",
)
_ORT_DEFINITIONS = ("functions",)
_ORT_EXTENDED = (
    "clipped_by_quantize",
    "double_quantize",
    "gemm_transpose",
    "transposes_on_cpu",
    "integer_operators",
    "gemm_activation",
    "dynamic_quantize_matmul",
    "matmul_integer_to_float",
    "conv_activation",
    "gelu",
    "layer_norm",
    "rms_norm",
    "split_computed_slices",
    "matmul_add_left",
    "matmul_transpose",
    "bias_gelu",
    "skip_layer_norm",
    "fast_gelu",
    "quick_gelu",
    "matmul_scale",
)
_ORT_LAST = ("stored_weights",)
# TensorFlow Lite's converter; activations and pads as XNNPACK, or as its own kernels.
_TFLITE_CONVERTER = (
    "no_effect_by_shape",
    "relu_clip",
    "linear_batchnorm",
    "linear_mul",
    "linear_add",
    "linear_bias",
    "reshapes",
    "gelu_any_order",
    "fast_gelu_any_order",
    "hard_swish",
    "gated_hard_swish",
)
_TFLITE_DEFINITIONS = ("batchnorm_parts", "layer_norm_parts")
_XNNPACK = ("pad_convolution", "clipped_by_quantize", "clamp", "integer_kernels")
_TFLITE_KERNELS = ("clipped_by_quantize", "relu", "integer_kernels")
_MICRO = (_TFLITE_CONVERTER, _TFLITE_DEFINITIONS, _TFLITE_KERNELS)

# ncnn's converter (tools/pnnx) and optimizer (tools/ncnnoptimize).
_NCNN = (
    "no_effect_by_shape",
    "relu_clip",
    "linear_batchnorm",
    "linear_mul",
    "linear_add",
    "linear_bias",
    "pad_convolution",
    "channel_shuffle",
    "reshapes",
    "gelu_any_order",
    "fast_gelu_any_order",
    "hard_swish",
    "gated_hard_swish",
    "swish",
    "layer_norm",
    "layer_norm_by_product",
    "rms_norm",
    "matmul_transpose",
)
_NCNN_OPTIMIZER = ("layer_activation", "flat_already", "clipped_by_quantize", "integer_products")

_RUNTIMES = (
    Runtime(
        name="onnxruntime",
        summary="onnxruntime's CPU provider at its extended optimisation level",
        fusion=(_ORT_FIRST, _ORT_BASIC, _ORT_DEFINITIONS, _ORT_EXTENDED, _ORT_LAST),
        in_place=_ELEMENTWISE,
    ),
    Runtime(
        name="tflite",
        summary="TensorFlow Lite (LiteRT) with the XNNPACK delegate",
        fusion=(_TFLITE_CONVERTER, _TFLITE_DEFINITIONS, _XNNPACK),
        in_place=_ELEMENTWISE,
    ),
    Runtime(
        name="tflm",
        summary="TensorFlow Lite for Microcontrollers",
        fusion=_MICRO,
        in_place=frozenset(),
    ),
    Runtime(
        name="tinyengine",
        summary="TinyEngine (MCUNet): depthwise convolutions in place",
        fusion=_MICRO,
        in_place=frozenset({_K.DEPTHWISE_CONV, _K.ELEMENTWISE}),
    ),
    Runtime(
        name="ncnn",
        summary="ncnn on CPU",
        fusion=(_NCNN, _NCNN_OPTIMIZER),
        in_place=_ELEMENTWISE,
        in_place_operands=1,
    ),
    Runtime(
        name="none",
        summary="no fusion: one kernel per operator",
        fusion=(),
        in_place=frozenset(),
    ),
)
# Fused as one of the above, whose kernels are others; published measurements tell them apart.
_ALIKE = {
    "xnnpack": ("tflite", "XNNPACK's own end-to-end networks"),
    "coreml": ("tflite", "Core ML on Apple's Neural Engine, GPU and CPU"),
    "qnn": ("tflite", "Qualcomm AI Engine Direct (QNN)"),
    "onnxruntime_qnn": ("tflite", "onnxruntime with the QNN execution provider"),
    "tensorflow": ("tflite", "TensorFlow on a CPU"),
    "mnn": ("ncnn", "MNN on CPU and GPU"),
    "tnn": ("ncnn", "TNN on CPU and GPU"),
    "opencv": ("ncnn", "OpenCV's DNN module"),
    "paddle_lite": ("ncnn", "Paddle Lite on CPU and GPU"),
    "authors": ("ncnn", "the unnamed inference code of a paper's authors"),
    "cmsis_nn": ("tflm", "TensorFlow Lite for Microcontrollers with CMSIS-NN"),
    "x_cube_ai": ("tflm", "STM32Cube.AI (X-CUBE-AI)"),
    "st_neural_art": ("tflm", "ST Neural-ART on its NPU"),
    "plumerai": ("tflm", "Plumerai's inference engine"),
    "microtvm": ("tflm", "TVM on microcontrollers"),
    "onnc": ("tflm", "ONNC on microcontrollers"),
    "andes_nn": ("tflm", "TensorFlow Lite for Microcontrollers with Andes NN"),
    "hale": ("tflm", "HALE on microcontrollers"),
}
_DESCRIBED = {runtime.name: runtime for runtime in _RUNTIMES}
RUNTIMES = _DESCRIBED | {
    name: replace(_DESCRIBED[like], name=name, summary=f"{summary}; fused as {like}")
    for name, (like, summary) in _ALIKE.items()
}


def runtime_named(name: str) -> Runtime:
    """The runtime of a name.

    Raises:
        UsageError: no such runtime.
    """
    runtime = RUNTIMES.get(name)
    if runtime is None:
        raise UsageError(f"unknown runtime {name!r}; choose one of {', '.join(RUNTIMES)}")
    return runtime
