"""A machine with rates of whole classes of layers, made by hand: every second can be worked out."""

from __future__ import annotations

from costscope.graph.types import Graph
from costscope.hardware.types import Compute, Fallback, Hardware, Memory, Rates, Source
from costscope.kernels.runtimes import RUNTIMES
from costscope.schedule.types import Schedule
from costscope.timing.predict import predict
from costscope.timing.rates import CALLS, Amounts, structure
from costscope.timing.rates.layer import Layer
from costscope.timing.types import Prediction
from costscope.work import KernelKind
from written import graph

PLAIN = "plain_test_structure"
_COMPUTE = {
    KernelKind.POINTWISE_CONV: "pointwise",
    KernelKind.DEPTHWISE_CONV: "depthwise",
    KernelKind.BATCHED_MATMUL: "pointwise",
}


@structure(
    PLAIN,
    compute=("pointwise", "dense", "depthwise"),
    memory=("activations", "elementwise", "normalization", "weights"),
)
def plain(layer: Layer) -> Amounts:
    """A structure that stays what it is: MACs by kind, elements that move, weights, a call."""
    if layer.kind in (KernelKind.VIEW, KernelKind.CONTROL_FLOW):
        return {}
    if not layer.macs:
        normal = layer.kind in (KernelKind.SOFTMAX, KernelKind.REDUCTION)
        return {"normalization" if normal else "elementwise": layer.moved_elements, CALLS: 1}
    moved = {"activations": layer.moved_elements, "weights": layer.weight_elements, CALLS: 1}
    if layer.kind is KernelKind.FULLY_CONNECTED:
        return moved
    return {**moved, _COMPUTE.get(layer.kind, "dense"): layer.macs}


# Of 1000 FLOP/s, which are 500 multiply-accumulates a second.
COMPUTE = {"pointwise": 0.5, "dense": 0.2, "depthwise": 0.1}
BANDWIDTH = {"activations": 100.0, "elementwise": 200.0, "normalization": 80.0, "weights": 160.0}

# On an image of 8 x 6 x 6 (288 elements), with 8 filters.
POINTWISE = "y = Conv(x, w)"
# 2304 MACs: 9.216 s; 576 elements moved: 23.04 s; 64 weights: 1.6 s; a call: 3 s.
POINTWISE_S = 9.216 + 23.04 + 1.6 + 3
SOFTMAX = "y = Softmax <axis = 1> (x)"
SOFTMAX_S = 28.8 + 3  # 576 elements at 80 B/s


def rates(**more) -> Rates:
    """Rates of `tflite`, a call in 3 s."""
    fields = {
        "runtime": "tflite",
        "structure": PLAIN,
        "compute_ratio": COMPUTE,
        "bandwidth_bytes_per_s": BANDWIDTH,
        "dispatch_s": 3.0,
        "networks": 5,
        "rows": 9,
        "source": "s",
    }
    return Rates(**{**fields, **more})


def machine(*fits: Rates, peaks: dict[str, float] | None = None, **more) -> Hardware:
    """1000 FLOP/s in float32, on 10 bytes a second."""
    fields = {
        "name": "phone",
        "summary": "The phone of the tests.",
        "device_class": "arm_cpu",
        "runtime": "tflite",
        "compute": {
            name: Compute(dtype=name, peak_flops_per_s=peak, runs_as=name, source="s")
            for name, peak in (peaks or {"float32": 1000.0}).items()
        },
        "memories": (
            Memory(
                name="dram",
                capacity_bytes=None,
                bandwidth_bytes_per_s=10.0,
                holds=("weights", "activations"),
                source="s",
            ),
        ),
        "rates": fits or (rates(),),
        "sources": {"s": Source(key="s", reference="a table")},
    }
    return Hardware(**{**fields, **more})


def fallback(**more) -> Fallback:
    """To `host`, with 128 bytes a second and 2 s for every change."""
    fields = {"profile": "host", "bandwidth_bytes_per_s": 128.0, "sync_s": 2.0, "source": "s"}
    return Fallback(**{**fields, **more})


def schedule_of(network: str | Graph, runtime: str = "tflite") -> Schedule:
    """The schedule of a network in ONNX's text form."""
    from costscope.analysis.plan import fused

    found = graph(network) if isinstance(network, str) else network
    return fused(found, RUNTIMES[runtime]).schedule


def predicted(network: str | Graph, on: Hardware | None = None, **more) -> Prediction:
    """The prediction of a network on a machine."""
    hardware = on or machine()
    fields = {"runtime": "tflite", "weight_bytes": 256}
    return predict(schedule_of(network), hardware, **{**fields, **more})
