"""Small outputs of benchmark tools, written by hand in the form that each tool writes."""

from __future__ import annotations

import json

BENCHNCNN = """\
loop_count = 8
num_threads = 4
powersave = 2
gpu_device = -1
cooling_down = 0
          squeezenet  min =    5.21  max =    5.50  avg =    5.33
     squeezenet_int8  min =    4.01  max =    4.90  avg =    4.25
  mobilenetv2_yolov3  min = 1538.76  max = 1544.81  avg = 1540.79
"""

BENCHNCNN_GPU = """\
[0 Adreno (TM) 640]  queueC=0[3]  queueG=0[3]  queueT=0[3]
[0 Adreno (TM) 640]  bugsbn1=1  bugbilz=0  bugcopc=0  bugihfa=0
[0 Adreno (TM) 640]  fp16-p/s/a=1/1/1  int8-p/s/a=1/0/0
[1 llvmpipe]  queueC=0[1]  queueG=0[1]  queueT=0[1]
[1 llvmpipe]  fp16-p/s/a=1/1/0  int8-p/s/a=1/0/0
loop_count = 32
num_threads = 1
powersave = 0
gpu_device = 0
cooling_down = 1
            resnet18  min =   14.27  max =   14.72  avg =   14.44
"""

TFLITE = """\
STARTING!
Log parameter values verbosely: [0]
Num threads: [4]
Graph: [/data/local/tmp/mobilenet_v2_1.0_224.tflite]
Enable op profiling: [1]
#threads used for CPU inference: [4]
Loaded model /data/local/tmp/mobilenet_v2_1.0_224.tflite
The input model file size (MB): 13.9786
Initialized session in 12.5ms.
Running benchmark for at least 1 iterations and at least 0.5 seconds but terminate if exceeding 150 seconds.
count=20 first=40000 curr=25000 min=24000 max=40000 avg=26000 std=3000

Running benchmark for at least 50 iterations and at least 1 seconds but terminate if exceeding 150 seconds.
count=50 first=20100 curr=20300 min=19800 max=21900 avg=20250.5 std=410

Inference timings in us: Init: 12500, First inference: 40000, Warmup (avg): 26000, Inference (avg): 20250.5
"""  # noqa: E501 - as the tool writes it

_RULE = "=" * 30


def _op_table(columns: str, rows: list[str], title: str = "Run Order") -> str:
    head = "\t".join(f"[{name}]" for name in columns.split("|"))
    return f"{_RULE} {title} {_RULE}\n\t {head}\n" + "".join(f"\t {row}\n" for row in rows) + "\n"


_COLUMNS = "node type|start|first|avg ms|%|cdf%|mem KB|times called|Name"
_INITIALIZATION = _op_table(
    _COLUMNS,
    ["AllocateTensors\t 0.000\t 1.356\t 1.356\t100%\t100%\t 0.000\t 1\tAllocateTensors/0"],
)
_ORDER = _op_table(
    _COLUMNS,
    [
        "CONV_2D\t 0.066\t 87.754\t 12.250\t60.0%\t60.0%\t 0.000\t 1\t[stem/Relu6]:0",
        "DEPTHWISE_CONV_2D\t 12.4\t 9.000\t 8.000\t39.9%\t99.9%\t 0.000\t 1\t[expand/dw]:1",
        "SOFTMAX\t 20.4\t 0.001\t 0.000\t0.1%\t100%\t 0.000\t 1\t[softmax]:2",
    ],
)
_TOP = _op_table(
    _COLUMNS,
    ["CONV_2D\t 0.066\t 87.754\t 12.250\t60.0%\t60.0%\t 0.000\t 1\t[stem/Relu6]:0"],
    "Top by Computation Time",
)
TFLITE_PROFILED = (
    TFLITE
    + "Profiling Info for Benchmark Initialization:\n"
    + _INITIALIZATION
    + "Number of nodes executed: 1\n\n"
    + "Operator-wise Profiling Info for Regular Benchmark Runs:\n"
    + _ORDER
    + _TOP
    + "Number of nodes executed: 3\n"
    + _op_table(
        "Node type|count|avg ms|avg %|cdf %|mem KB|times called",
        ["CONV_2D\t 1\t 12.250\t60%\t60%\t 0.000\t 1"],
        "Summary by node type",
    )
    + "Timings (microseconds): count=50 first=1 curr=2 min=1 max=3 avg=2 std=1\n"
)


def ort_event(name: str, start: int, micros: int, arguments: dict[str, object] | None = None):
    """A record of onnxruntime's profile; nodes are told by their name."""
    kind = "Node" if name.endswith("_kernel_time") else "Session"
    record = {"cat": kind, "pid": 1, "tid": 1, "dur": micros, "ts": start, "ph": "X"}
    return {**record, "name": name, "args": arguments or {}}


def ort_run(start: int, relu: int, gemm: int) -> list[dict[str, object]]:
    """One run of two nodes; the runtime takes 10 us beside them."""
    told = {"provider": "CPUExecutionProvider", "output_type_shape": [{"float": [1, 8]}]}
    spent = relu + gemm
    return [
        ort_event("a_kernel_time", start + 3, relu, {**told, "op_name": "Relu"}),
        ort_event("b_kernel_time", start + 4 + relu, gemm, {**told, "op_name": "Gemm"}),
        ort_event("SequentialExecutor::Execute", start + 2, spent + 5),
        ort_event("model_run", start, spent + 10),
    ]


ORT_START = [
    ort_event("model_loading_uri", 1, 300),
    ort_event("session_initialization", 350, 3000),
]
ORT = json.dumps(
    [*ORT_START, *ort_run(4000, 90, 400), *ort_run(5000, 8, 100), *ort_run(6000, 7, 110)]
)

AI_HUB = """\
supported_devices:
- Samsung Galaxy S24
precisions:
  float:
    components:
      MobileNet-v2:
        universal_assets:
          tflite:
            model_id: abc
        performance_metrics:
          Samsung Galaxy S24:
            tflite:
              job_id: j1
              job_status: Passed
              inference_time_milliseconds: 0.594
              estimated_peak_memory_range_mb:
                min: 0
                max: 56
              primary_compute_unit: NPU
              layer_counts:
                total: 71
                npu: 71
            onnx:
              job_id: j2
              job_status: Passed
              inference_time_milliseconds: 21.5
              primary_compute_unit: CPU
            qnn_dlc:
              job_id: j3
              job_status: Failed
              inference_time_milliseconds: 1.0
              primary_compute_unit: NPU
  w8a16:
    components:
      MobileNet-v2:
        performance_metrics:
          Samsung Galaxy S24:
            qnn_dlc:
              job_status: Passed
              inference_time_milliseconds: 0.4
              primary_compute_unit: NPU
            genie:
              llm_metrics:
              - context_length: 4096
                tokens_per_second: 7.72
"""

AI_HUB_OLD = """\
aggregated:
  supported_oses:
  - Android
models:
- name: MobileNet-v2-Quantized
  performance_metrics:
  - torchscript_onnx_tflite:
      inference_time: 240.0
      throughput: 4166.666666666667
      primary_compute_unit: NPU
      precision: int8
      job_status: Passed
    torchscript_onnx_qnn:
      inference_time: 'null'
      primary_compute_unit: 'null'
      precision: 'null'
      job_status: Skipped
    torchscript_onnx_ort:
      inference_time: 549.0
      primary_compute_unit: NPU
      precision: int8
      job_status: Passed
    reference_device_info:
      name: Samsung Galaxy S23 Ultra
      os: '13'
    timestamp: '2024-02-21T16:29:39.371442Z'
"""

TRT_PROFILE = """\
[
  { "count" : 200 }
, { "name" : "Conv_0 + Relu_1", "timeMs" : 60.0, "averageMs" : 0.30, "medianMs" : 0.25, "percentage" : 60 }
, { "name" : "MaxPool_2", "timeMs" : 40.0, "averageMs" : 0.20, "medianMs" : 0.15, "percentage" : 40 }
]
"""  # noqa: E501

TRT_PROFILE_OLD = """\
[
  { "count" : 200 }
, { "name" : "Conv_0 + Relu_1", "timeMs" : 60.0, "averageMs" : 0.30, "percentage" : 60 }
]
"""


def trt_trace(start: float, copy: float, compute: float) -> dict[str, float]:
    """One inference of `--exportTimes`."""
    begin, end = start + copy, start + copy + compute
    return {
        "startEnqMs": start,
        "endEnqMs": start + 0.1,
        "startH2dMs": start,
        "endH2dMs": begin,
        "startComputeMs": begin,
        "endComputeMs": end,
        "startD2hMs": end,
        "endD2hMs": end + copy,
        "h2dMs": copy,
        "computeMs": compute,
        "d2hMs": copy,
        "latencyMs": 2 * copy + compute,
    }


TRT_TIMES = json.dumps([trt_trace(0, 0.5, 3.0), trt_trace(9, 0.5, 2.0), trt_trace(18, 0.5, 2.5)])

_STAMP = "[10/21/2025-15:16:56] [I] "
TRT_LOG = "\n".join(
    [
        "&&&& RUNNING TensorRT.trtexec [TensorRT v8502] # trtexec --onnx=nets/small.onnx --fp16",
        _STAMP + "=== Model Options ===",
        _STAMP + "Format: ONNX",
        _STAMP + "Model: nets/small.onnx",
        _STAMP + "Precision: FP32+FP16",
        _STAMP + "=== Device Information ===",
        _STAMP + "Selected Device: Xavier",
        _STAMP + "=== Performance summary ===",
        _STAMP + "Throughput: 691.435 qps",
        _STAMP + "Latency: min = 2.4 ms, max = 4.0 ms, mean = 2.5 ms, median = 2.45 ms, "
        "percentile(99%) = 3.9 ms",
        _STAMP + "GPU Compute Time: min = 1.38 ms, max = 3.0 ms, mean = 1.44 ms, "
        "median = 1.39 ms, percentile(90%) = 1.4 ms, percentile(99%) = 2.5 ms",
        _STAMP + "Total GPU Compute Time: 2.9983 s",
        _STAMP,
        _STAMP + "=== Profile (329 iterations ) ===",
        _STAMP + "                 Layer   Time (ms)   Avg. Time (ms)   Median Time (ms)   Time %",
        _STAMP + "       Conv_0 + Relu_1       25.83           0.0785             0.0760     80.0",
        _STAMP + " (Unnamed Layer* 2) [Shuffle]  6.00           0.0200             0.0190     20.0",
        _STAMP + "                 Total       31.83           0.0985             0.0950    100.0",
        _STAMP,
        "&&&& PASSED TensorRT.trtexec [TensorRT v8502] # trtexec --onnx=nets/small.onnx --fp16",
        "",
    ]
)

TABLE = "model,latency_ms,threads,dtype\nzoo:mobilenet_v2,12.5,4,fp32\nnets/a.onnx,1.5,1,int8\n"

BY_FORMAT = {
    "ai_hub": AI_HUB,
    "benchncnn": BENCHNCNN,
    "onnxruntime": ORT,
    "table": TABLE,
    "tflite": TFLITE_PROFILED,
    "trtexec": TRT_LOG,
    "trtexec_profile": TRT_PROFILE,
    "trtexec_times": TRT_TIMES,
}
