"""Microcontrollers: MLPerf Tiny, TinyEngine's table and ST's model zoo, 8 bits.

Runtimes differ by class, boards within a runtime almost only by one factor, hence the narrow
spread and the wide common scale.
"""

from __future__ import annotations

from costscope.fit.families import family
from costscope.fit.family import Family
from costscope.fit.population import Settings

_RUNTIMES = (
    "andes_nn",
    "cmsis_nn",
    "hale",
    "microtvm",
    "onnc",
    "plumerai",
    "tflm",
    "tinyengine",
    "x_cube_ai",
)

MCU = family(
    Family(
        name="mcu",
        summary="microcontrollers, int8",
        structure="mcu",
        tables=("mcu",),
        runtimes=frozenset(_RUNTIMES),
        device_classes=frozenset({"mcu"}),
        dtypes=frozenset({"int8"}),
        covariates=("one", "log_peak", *(f"runtime_{name}" for name in _RUNTIMES)),
        defaults={
            "pointwise": 0.20,
            "dense": 0.23,
            "depthwise": 0.12,
            "fully_connected": 0.18,
            "activations": 6e8,
            "calls": 6e-7,
            "runs": 1e-6,
        },
        settings=Settings(spread=0.2, scale=0.6),
        suggest=(
            "zoo:mlperf_tiny_kws@s",
            "zoo:mlperf_tiny_resnet8@1.0",
            "zoo:mobilenet_v1_vww@0.25-96",
        ),
    )
)
