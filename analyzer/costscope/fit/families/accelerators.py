"""Neural processors, Edge TPUs and GPUs."""

from __future__ import annotations

from dataclasses import replace

from costscope.fit.families import family
from costscope.fit.family import Family
from costscope.fit.population import Settings

_NPU_MEAN = {"products": 0.4, "weights": 0.7, "spilled_weights": 0.5}
_NPU_SETTINGS = Settings(
    learn=False, rounds=12, spread=0.3, mean_spread=_NPU_MEAN, scale=1.0, sigma=0.12
)
_NPU = {
    "products": 0.5,
    "depthwise": 0.05,
    "grouped": 0.05,
    "weights": 20e9,
    "movement": 20e9,
    "calls": 4e-6,
    "runs": 3e-4,
}

TABLE5 = family(
    Family(
        name="mobilenetv4_npu",
        summary="Edge TPU, Neural Engine and Hexagon of phones (MobileNetV4, Table 5)",
        structure="npu",
        tables=("mobilenetv4_table5", "iphone"),
        device_classes=frozenset({"npu", "edge_tpu"}),
        runtimes=frozenset({"tflite", "coreml"}),
        dtypes=frozenset({"int8", "float16"}),
        defaults=_NPU,
        flat=True,
        rounding_s=4e-5,
        serves=("float32", "float16"),
        settings=replace(_NPU_SETTINGS, spread=0.7, scale=0.7, freedom=5.0, sigma=0.1),
    )
)
HUB = family(
    Family(
        name="hexagon_float16",
        summary="Hexagon neural processors in float16 (AI Hub)",
        structure="npu",
        tables=("ai_hub",),
        device_classes=frozenset({"npu"}),
        dtypes=frozenset({"float16"}),
        defaults={**_NPU, "runs": 2e-4},
        flat=True,
        serves=("float32",),
        settings=_NPU_SETTINGS,
        least_networks=5,
        least_new=3,
        suggest=(
            "zoo:mobilenet_v2@1.0",
            "zoo:resnet@50",
            "zoo:squeezenet@1.1",
            "zoo:shufflenet_v2@0.5",
            "zoo:densenet@121",
        ),
    )
)
HUB_INT8 = family(
    replace(
        HUB,
        name="hexagon_int8",
        summary="Hexagon neural processors in int8 (AI Hub)",
        dtypes=frozenset({"int8"}),
        serves=(),
        ranking=True,
        suggest=(),
    )
)
EMBEDDED = family(
    Family(
        name="embedded_npu",
        summary="neural processors of embedded chips, int8",
        structure="npu",
        tables=("mcu", "nxp"),
        device_classes=frozenset({"npu"}),
        dtypes=frozenset({"int8"}),
        defaults={**_NPU, "weights": 2e9, "movement": 2e9},
        flat=True,
        settings=replace(_NPU_SETTINGS, spread=0.7),
        least_networks=4,
    )
)
CORAL = family(
    Family(
        name="coral",
        summary="Coral Edge TPU",
        structure="edge_tpu",
        tables=("coral", "tflite"),
        device_classes=frozenset({"edge_tpu"}),
        dtypes=frozenset({"int8"}),
        defaults={
            "products": 0.25,
            "depthwise": 0.025,
            "grouped": 0.025,
            "spilled_weights": 0.35e9,
            "calls": 4e-6,
            "runs": 5e-4,
        },
        flat=True,
        rounding_s=3e-5,
        settings=replace(_NPU_SETTINGS, scale=0.5, freedom=5.0, sigma=0.1),
    )
)
_GPU_SETTINGS = Settings(learn=False, rounds=12, spread=0.5, scale=1.5, sigma=0.15)
_GPU = {
    "products": 0.3,
    "winograd": 0.5,
    "grouped": 0.05,
    "depthwise": 0.05,
    "serial": 0.01,
    "traffic": 15e9,
    "movement": 10e9,
    "calls": 3e-5,
    "runs": 5e-4,
}
_CONVERTED = "four to seven times slower than any class explains"
_FASTVIT = ("t8", "t12", "s12", "sa12", "sa24", "sa36")
VULKAN = family(
    Family(
        name="ncnn_gpu",
        summary="ncnn with Vulkan on mobile GPUs",
        structure="vulkan",
        tables=("ncnn",),
        runtimes=frozenset({"ncnn"}),
        device_classes=frozenset({"mobile_gpu"}),
        dtypes=frozenset({"float16", "float32"}),
        defaults={**_GPU, "islands": 1e9},
        slopes={"serial": 1.0},
        flat=True,
        serves=("float32", "float16"),
        settings=_GPU_SETTINGS,
        least_networks=5,
        least_new=5,
        suggest=("mobilenet_v2", "squeezenet", "resnet50", "shufflenet_v2", "alexnet"),
    )
)
TABLE5_GPU = family(
    Family(
        name="mobilenetv4_gpu",
        summary="TensorFlow Lite's GPU delegate of 2024 (MobileNetV4, Table 5)",
        structure="gpu",
        tables=("mobilenetv4_table5",),
        runtimes=frozenset({"tflite"}),
        device_classes=frozenset({"mobile_gpu"}),
        dtypes=frozenset({"float16"}),
        defaults=_GPU,
        slopes={"serial": 1.0},
        flat=True,
        rounding_s=4e-5,
        serves=("float32", "int8"),
        settings=_GPU_SETTINGS,
        least_new=5,
        left_out={f"zoo:fastvit@{name}": _CONVERTED for name in _FASTVIT},
    )
)
HOSTED_GPU = family(
    replace(
        TABLE5_GPU,
        name="tflite_gpu",
        summary="TensorFlow Lite's GPU delegate of 2020 on phones",
        tables=("tflite",),
        rounding_s=1e-4,
        left_out={},
    )
)
TNN_GPU = family(
    replace(
        HOSTED_GPU,
        name="tnn_gpu",
        summary="TNN with OpenCL on phone GPUs",
        tables=("tnn",),
        runtimes=frozenset({"tnn"}),
        serves=("float32",),
    )
)
