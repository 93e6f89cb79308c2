"""Small models on machines made by hand: what every view must be able to report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from unittest import mock

from onnx import ModelProto, TensorProto, helper

from costscope import pipeline
from costscope.analysis import deploy
from costscope.analysis.types import Analysis
from costscope.hardware.types import ASSUMED, Compute, Fallback, Hardware, Memory, Rates, Source
from costscope.timing.rates import structure_named
from costscope.work import KernelKind
from rated_cases import PLAIN

KIB = 1024
HOSTILE = [
    "[red]markup[/red] :warning: {x}",
    "pipes | and `ticks` and *stars*",
    "line\nbreak\r\x1b[31mescape\x07",
    '=cmd|" /C calc"!A0',
    "+1,2;'quoted\"",
    "\u202egnp.exe \u200b \u2028",
    "<script>alert(1)</script> &amp; $x^2$ @octocat #12",
    "\u6df1\u5c42/\U0001f642/" + "very/long/" * 40 + "tail",
]


def machine(
    name: str = "phone",
    runtime: str = "tflite",
    *,
    peaks: dict[str, float] | None = None,
    memories: Sequence[Memory] = (),
    rates: Rates | None = None,
    kinds: frozenset[KernelKind] | None = None,
    notes: Sequence[str] = (),
) -> Hardware:
    """A machine: 10 GFLOP/s in float32 on 1 GB/s unless told, so its ridge point is 10."""
    home = Memory(
        name="dram",
        capacity_bytes=KIB**3,
        bandwidth_bytes_per_s=1e9,
        holds=("weights", "activations"),
        source="sheet",
    )
    return Hardware(
        name=name,
        summary=f"The {name} of the tests.",
        device_class="arm_cpu",
        compute={
            dtype: Compute(dtype=dtype, peak_flops_per_s=peak, runs_as=dtype, source="sheet")
            for dtype, peak in (peaks or {"float32": 1e10}).items()
        },
        memories=tuple(memories) or (home,),
        runtime=runtime,
        rates=() if rates is None else (rates,),
        kinds=kinds,
        sources={"sheet": Source(key="sheet", reference="a data sheet", date="2024-01-01")},
        notes=tuple(notes),
    )


def calibrated(name: str = "board", error: float | None = 0.25) -> Hardware:
    """A machine on which layers attain half of the arithmetic and of the bandwidth."""
    return machine(name, "onnxruntime", rates=halves("onnxruntime", error=error))


def halves(runtime: str, *, error: float | None = None, **more: Any) -> Rates:
    """Half of the peak, half a GB/s and a microsecond a call, whatever the class."""
    structure = structure_named(PLAIN)
    sure = {} if error is None else {"low_ratio": 1 / (1 + error), "high_ratio": 1 + error}
    fields = {
        "runtime": runtime,
        "structure": structure.name,
        "compute_ratio": dict.fromkeys(structure.compute, 0.5),
        "bandwidth_bytes_per_s": dict.fromkeys(structure.memory, 5e8),
        "dispatch_s": 1e-6,
        "error_ratio": error,
        "median_error_ratio": error and error / 2,
        "networks": 7,
        "source": "sheet",
    }
    return Rates(**{**fields, **sure, **more})


def delegate() -> Hardware:
    """A machine that runs dense convolutions and leaves the rest to `board`: 1 GB/s, 3 us."""
    return replace(
        machine("npu", "onnxruntime", rates=halves("onnxruntime")),
        kinds=frozenset({KernelKind.DENSE_CONV}),
        kinds_source="sheet",
        fallback=Fallback(profile="board", bandwidth_bytes_per_s=1e9, sync_s=3e-6, source="sheet"),
    )


def delegated() -> Analysis:
    """A network of which the convolution 1x1 runs elsewhere."""
    with mock.patch.object(deploy, "load_hardware", {"board": calibrated()}.__getitem__):
        return pipeline.analyze(small(), delegate())


def tpu() -> Hardware:
    """A machine without float arithmetic."""
    return machine("tpu", peaks={"int8": 4e12}, notes=["Without its host."])


def mcu() -> Hardware:
    """A machine with hard limits: 1 KiB for activations, 64 KiB for weights."""
    sram = Memory(
        name="sram",
        capacity_bytes=KIB,
        bandwidth_bytes_per_s=1e9,
        holds=("activations",),
        source=ASSUMED,
        how="a guess",
        fixed=True,
    )
    flash = Memory(
        name="flash",
        capacity_bytes=64 * KIB,
        bandwidth_bytes_per_s=2e8,
        holds=("weights",),
        source="sheet",
        fixed=True,
    )
    peaks = {"float32": 1e8, "int8": 4e8}
    return machine("mcu", "tflm", peaks=peaks, memories=[sram, flash])


class Net:
    """A graph that grows operator by operator; weights are only shapes."""

    def __init__(self, name: str = "net") -> None:
        self.name = name
        self.nodes: list[Any] = []
        self.constants: list[TensorProto] = []

    def weight(self, name: str, *dims: int) -> str:
        self.constants.append(TensorProto(name=name, data_type=TensorProto.FLOAT, dims=dims))
        return name

    def add(self, op: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        node = helper.make_node(op, inputs, [f"{name}:0"], name=name, **attributes)
        self.nodes.append(node)
        return f"{name}:0"

    def conv(self, data: str, name: str, out: int, channels: int, kernel: int = 1) -> str:
        weight = self.weight(f"{name}.w", out, channels, kernel, kernel)
        pads = [kernel // 2] * 4
        return self.add("Conv", [data, weight], name, pads=pads, kernel_shape=[kernel] * 2)

    def model(self, outputs: Sequence[str], shape: Sequence[int] = (1, 3, 8, 8)) -> ModelProto:
        graph = helper.make_graph(
            self.nodes,
            self.name,
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, list(shape))],
            [helper.make_empty_tensor_value_info(name) for name in outputs],
            self.constants,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("acme", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def small() -> ModelProto:
    """Conv 3x3 (3 to 8 channels), relu, conv 1x1 (8 to 16): three operators on 8x8."""
    net = Net("small")
    data = net.conv("image", "/stem/stem.0/Conv", 8, 3, kernel=3)
    data = net.add("Relu", [data], "/stem/stem.1/Relu")
    data = net.conv(data, "/head/Conv", 16, 8)
    return net.model([data])


def uncosted() -> ModelProto:
    """A convolution, and an operator that nobody knows."""
    net = Net("uncosted")
    data = net.conv("image", "/stem/Conv", 8, 3, kernel=3)
    strange = net.add("Mystery", [data], "/strange/Mystery", domain="acme")
    return net.model([data, strange])


def looped() -> ModelProto:
    """A convolution that runs five times, inside a Loop."""
    body = Net("body")
    weight = body.weight("w", 8, 8, 3, 3)
    inside = body.add("Conv", ["state", weight], "conv", pads=[1, 1, 1, 1])
    body.nodes.append(helper.make_node("Identity", ["go"], ["again"], name="keep"))
    graph = helper.make_graph(
        body.nodes,
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("state", TensorProto.FLOAT, [1, 8, 4, 4]),
        ],
        [
            helper.make_tensor_value_info("again", TensorProto.BOOL, []),
            helper.make_tensor_value_info(inside, TensorProto.FLOAT, [1, 8, 4, 4]),
        ],
        body.constants,
    )
    net = Net("looped")
    net.constants = [
        helper.make_tensor("trips", TensorProto.INT64, [], [5]),
        helper.make_tensor("yes", TensorProto.BOOL, [], [True]),
    ]
    data = net.add("Loop", ["trips", "yes", "image"], "loop", body=graph)
    return net.model([data], shape=(1, 8, 4, 4))


def hostile() -> ModelProto:
    """Names that a terminal, a spreadsheet, a browser or a plot might take for more."""
    net = Net(HOSTILE[0])
    data, channels = "image", 3
    for number, name in enumerate(HOSTILE):
        data = net.conv(data, name, 4, channels)
        channels = 4
        if number % 2:
            data = net.add("Relu", [data], f"{name} relu")
    strange = net.add("Mystery|[red]", [data], "=1+1 strange\n|", domain="acme")
    return net.model([data, strange])


def empty() -> ModelProto:
    """Nothing that runs: the input is the output."""
    net = Net("empty")
    net.nodes.append(helper.make_node("Identity", ["image"], ["same"], name="identity"))
    return net.model(["same"])


CASES: dict[str, Callable[[], Analysis]] = {
    "no machine": lambda: pipeline.analyze(small()),
    "uncalibrated": lambda: pipeline.analyze(small(), machine()),
    "calibrated": lambda: pipeline.analyze(small(), calibrated()),
    "calibrated, error unknown": lambda: pipeline.analyze(small(), calibrated(error=None)),
    "additive": lambda: pipeline.analyze(small(), machine(), time_model="additive"),
    "roofline of a calibrated machine": lambda: pipeline.analyze(
        small(), calibrated(), time_model="roofline"
    ),
    "no arithmetic": lambda: pipeline.analyze(small(), tpu()),
    "does not fit": lambda: pipeline.analyze(small(), mcu()),
    "several": lambda: pipeline.analyze(small(), [calibrated(), machine(), tpu(), mcu()]),
    "the same twice": lambda: pipeline.analyze(small(), [machine(), machine()]),
    "fallback": delegated,
    "uncosted": lambda: pipeline.analyze(uncosted(), calibrated()),
    "uncosted on several": lambda: pipeline.analyze(uncosted(), [machine(), tpu()]),
    "loop": lambda: pipeline.analyze(looped(), machine()),
    "hostile": lambda: pipeline.analyze(hostile(), calibrated(), as_dtype=None),
    "hostile on several": lambda: pipeline.analyze(hostile(), [machine(), calibrated(), tpu()]),
    "hostile, no machine": lambda: pipeline.analyze(hostile()),
    "empty": lambda: pipeline.analyze(empty(), machine(runtime="onnxruntime")),
    "empty, no machine": lambda: pipeline.analyze(empty()),
}
