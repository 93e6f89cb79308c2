"""TensorFlow Lite and XNNPACK on CPUs: MobileNetV4's table, XNNPACK's own, TensorFlow's hosted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from costscope.fit.families import family
from costscope.fit.family import Family
from costscope.fit.population import Settings

_MEAN_SPREAD = {
    "pointwise": 0.4,
    "dense": 0.4,
    "depthwise": 0.7,
    "activations": 0.7,
    "undelegated": 0.9,
    "weights": 0.9,
}
_SETTINGS = Settings(
    learn=False, rounds=12, spread=0.25, mean_spread=_MEAN_SPREAD, scale=0.7, sigma=0.06
)
_CPU = frozenset({"arm_cpu"})


def _defaults(bytes_per_flop: float, lanes: int) -> Mapping[str, float]:
    """Shares of the peak, and bandwidths as bytes for each operation at the peak.

    The peak counts `lanes` multiply-accumulates a cycle. A routine that takes one after the
    other gets a quarter of one; a window without a routine of its own fills one channel in
    tiles of 16 x 4 where there are dot products, and one lane where there are none.
    """
    per_s = 20e9 * bytes_per_flop
    return {
        "pointwise": 0.6,
        "dense": 0.55,
        "depthwise": 0.15,
        "large_depthwise": 0.6 / lanes,
        "grouped": 0.25 / lanes,
        "activations": 3 * per_s,
        "undelegated": 1 * per_s,
        "weights": 4 * per_s,
        "calls": 3e-6,
        "runs": 5e-5,
    }


INT8 = family(
    Family(
        name="tflite_cpu_int8",
        summary="TensorFlow Lite of 2024 on phone CPUs, int8 (MobileNetV4, Table 5)",
        structure="xnnpack",
        tables=("mobilenetv4_table5",),
        runtimes=frozenset({"tflite"}),
        device_classes=_CPU,
        threads=(1, 64),
        dtypes=frozenset({"int8"}),
        defaults=_defaults(1 / 128, 64),
        slopes={"calls": 0.0, "runs": 0.0},
        rounding_s=3e-5,
        settings=_SETTINGS,
        general=True,
        suggest=(
            "zoo:mobilenet_v2@1.0",
            "zoo:mobilenet_v4@conv_m",
            "zoo:mobile_one@s0",
            "zoo:mobilenet_v3_large@0.5-table",
            "zoo:mobilenet_v1@1.0-224",
        ),
    )
)
XNNPACK = family(
    Family(
        name="xnnpack",
        summary="XNNPACK's own networks on Arm CPUs, float32",
        structure="xnnpack",
        tables=("xnnpack",),
        runtimes=frozenset({"xnnpack"}),
        device_classes=_CPU,
        threads=(1, 64),
        dtypes=frozenset({"float32"}),
        defaults=_defaults(1 / 4, 8),
        slopes={"calls": 0.0, "runs": 0.0},
        rounding_s=3e-4,
        settings=_SETTINGS,
        suggest=("zoo:mobilenet_v2@1.0", "zoo:mobilenet_v1@1.0-224"),
    )
)
HOSTED = family(
    Family(
        name="tflite_cpu",
        summary="TensorFlow Lite of 2018 to 2020 on phone CPUs, float32",
        structure="xnnpack",
        tables=("tflite", "papers"),
        runtimes=frozenset({"tflite"}),
        device_classes=_CPU,
        threads=(1, 64),
        dtypes=frozenset({"float32"}),
        defaults=_defaults(1 / 4, 8),
        slopes={"calls": 0.0, "runs": 0.0},
        rounding_s=1e-4,
        settings=_SETTINGS,
        suggest=("zoo:mobilenet_v2@1.0", "zoo:mobilenet_v1@1.0-224"),
    )
)
OLDER_INT8 = family(
    replace(
        HOSTED,
        name="tflite_cpu_int8_2020",
        summary="TensorFlow Lite of 2018 to 2020 on Arm CPUs, int8",
        tables=("tflite", "coral"),
        dtypes=frozenset({"int8"}),
        defaults=_defaults(1 / 128, 12),
        suggest=(),
    )
)
NXP = family(
    replace(
        OLDER_INT8,
        name="tflite_cpu_int8_nxp",
        summary="TensorFlow Lite of NXP's eIQ on i.MX CPUs, int8",
        tables=("nxp",),
    )
)
PAPERS = family(
    replace(
        HOSTED,
        name="papers_cpu",
        summary="CPUs as papers measured their own networks on them, float32",
        structure="plain",
        defaults={"products": 0.4, "traffic": 4e9, "calls": 3e-6, "runs": 5e-5},
        tables=("papers",),
        runtimes=frozenset({"tensorflow", "authors"}),
        device_classes=frozenset({"arm_cpu", "x86_cpu"}),
        suggest=(),
    )
)
