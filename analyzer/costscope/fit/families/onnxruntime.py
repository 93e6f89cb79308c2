"""onnxruntime on Arm CPUs, as a model zoo publishes it; `costscope calibrate` does far better."""

from __future__ import annotations

from costscope.fit.families import family
from costscope.fit.family import Family
from costscope.fit.population import Settings

family(
    Family(
        name="onnxruntime_cpu",
        summary="onnxruntime on Arm CPUs, float32 (AI Hub)",
        structure="xnnpack",
        tables=("ai_hub_cpu",),
        runtimes=frozenset({"onnxruntime"}),
        device_classes=frozenset({"arm_cpu"}),
        threads=(1, 64),
        dtypes=frozenset({"float32"}),
        defaults={
            "pointwise": 0.55,
            "dense": 0.4,
            "depthwise": 0.15,
            "large_depthwise": 0.15,
            "grouped": 0.2,
            "activations": 3e9,
            "undelegated": 2e9,
            "weights": 4e9,
            "calls": 8e-6,
            "runs": 5e-5,
        },
        settings=Settings(learn=False, rounds=0, spread=0.7, scale=1.0),
    )
)
