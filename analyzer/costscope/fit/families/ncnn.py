"""ncnn: its published benchmark on Arm CPUs and mobile GPUs."""

from __future__ import annotations

from dataclasses import replace

from costscope.fit.families import family
from costscope.fit.family import Family

_ARM = {
    "pointwise": 0.55,
    "winograd": 0.40,
    "dense": 0.30,
    "depthwise": 0.33,
    "activations": 3.1e9,
    "transform": 3.2e9,
    "elementwise": 3.3e9,
    "exponential": 1.1e9,
    "normalization": 2.0e9,
    "weights": 4.4e9,
    "calls": 8e-6,
    "runs": 5e-5,
}
_INT8 = {
    "pointwise": 0.4,
    "dense": 0.3,
    "depthwise": 0.1,
    "large_depthwise": 0.02,
    "grouped": 0.02,
    "activations": 1e9,
    "undelegated": 1e9,
    "weights": 2e9,
    "calls": 8e-6,
    "runs": 5e-5,
}
_SLOW_PATH = {"vision_transformer": "ncnn's path for it changed from release to release"}

CPU = family(
    Family(
        name="ncnn_cpu",
        summary="ncnn on Arm CPUs",
        structure="arm_cpu",
        tables=("ncnn",),
        runtimes=frozenset({"ncnn"}),
        device_classes=frozenset({"arm_cpu"}),
        threads=(1, 64),
        covariates=("one", "log_peak", "in_order", "half", "old", "log_threads"),
        defaults=_ARM,
        left_out=_SLOW_PATH,
        general=True,
        serves=("float32", "float16"),
        suggest=("mobilenet_v2", "squeezenet", "resnet50", "shufflenet_v2", "alexnet"),
    )
)

INT8 = family(
    replace(
        CPU,
        name="ncnn_cpu_int8",
        summary="ncnn on Arm CPUs, int8",
        structure="xnnpack",  # products of 8-bit values, without Winograd
        dtypes=frozenset({"int8"}),
        covariates=("one", "log_peak", "in_order", "log_threads"),
        defaults=_INT8,
        serves=(),
        general=False,
        suggest=("mobilenet_int8", "resnet18_int8", "squeezenet_int8"),
    )
)
