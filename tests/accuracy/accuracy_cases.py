"""Made-up networks with the errors that a test wants."""

from __future__ import annotations

from costscope.accuracy.types import Accuracy, CalibrationFacts, KindTime, NetworkResult
from costscope.measure.types import Computer, Spread


def spread(median_s: float) -> Spread:
    return Spread(
        median_s=median_s,
        low_s=median_s * 0.99,
        high_s=median_s * 1.01,
        confidence=0.95,
        p10_s=median_s * 0.98,
        p90_s=median_s * 1.03,
        min_s=median_s * 0.97,
        runs=50,
        warm_up_runs=5,
    )


def network(
    name: str, measured_s: float, predicted_s: float, *, width: float = 0.1, **more
) -> NetworkResult:
    given = {
        "family": name.split("_", maxsplit=1)[0],
        "measured": spread(measured_s),
        "retest_s": measured_s * 1.02,
        "predicted_s": predicted_s,
        "low_s": predicted_s * (1 - width),
        "high_s": predicted_s * (1 + width),
        "executed": "onnxruntime 1.31.1, level all",
        "macs": round(measured_s * 1e11),
        "traffic_bytes": round(measured_s * 1e10),
        "roof_flops": tuple(measured_s * 1e11 * (1 + i) for i in range(12)),
        "kinds": (
            KindTime(
                kind="dense_conv",
                kernels=10,
                measured_s=measured_s * 0.8,
                predicted_s=predicted_s * 0.8,
                error_s=abs(predicted_s - measured_s),
            ),
            KindTime(
                kind="elementwise",
                kernels=5,
                measured_s=measured_s * 0.2,
                predicted_s=predicted_s * 0.2,
                error_s=measured_s * 0.05,
            ),
        ),
        "unsampled_ratio": 0.0,
    }
    return NetworkResult(name=name, **{**given, **more})


SWIN = network(
    "swin_t",
    0.1,
    0.06,
    complete=False,
    unsampled_ratio=0.3,
    problems=("no calibration has sampled window_attention kernels",),
    high_s=None,
    low_s=None,
)
BROKEN = NetworkResult(name="broken", family="broken", error="measurement: refused by the runtime")

COMPUTER = Computer(
    cpu="Made-up CPU 3000",
    architecture="x86_64",
    cores=2,
    flags=("avx2",),
    governor="performance",
    system="Linux 6.1",
)
CALIBRATION = CalibrationFacts(
    cpu="Made-up CPU 3000",
    date="2026-01-01",
    runtime="onnxruntime",
    version="1.31.1",
    threads=1,
    classes=31,
    samples=12345,
    confidence=0.9,
    error_ratio=0.045,
)


def accuracy(*networks: NetworkResult, **more) -> Accuracy:
    given = {
        "hardware": "my_host",
        "threads": 1,
        "optimization": "all",
        "date": "2026-01-02",
        "computer": COMPUTER,
        "runtime_version": "1.31.1",
        "calibration": CALIBRATION,
        "time_limit_s": 10.0,
    }
    return Accuracy(networks=networks, **{**given, **more})


NETWORKS = (
    network("mobilenet_v2", 0.006, 0.0063),
    network("resnet18", 0.024, 0.0234),
    network("resnet50", 0.05, 0.049),
    network("lcnet_050", 0.0012, 0.0018),
    network("vgg16", 0.16, 0.14, disturbed=True),
    SWIN,
    BROKEN,
)
