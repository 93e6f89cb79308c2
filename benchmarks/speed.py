"""Speed of costscope, as ratios within one run; `make bench` runs it.

Whole processes are timed in turn with what they are compared to, in-process calls by the
median of many. Prints one line per figure: what, asked, reached.
"""

from __future__ import annotations

import compileall
import contextlib
import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from costscope import analyze
from costscope.zoo.build import build

ROOT = Path(__file__).parent.parent
CORPUS = ROOT.parent / "shared" / "onnx_corpus"
COSTSCOPE = Path(sys.executable).parent / "costscope"


def main() -> int:
    """Print every figure; 1 if one of them is missed."""
    compileall.compile_dir(ROOT / "analyzer", quiet=1)  # as any installation does
    rows = [*in_process(), *zoo_build(), *whole_process(), *chain()]
    for what, asked, reached, good in rows:
        print(f"{'ok  ' if good else 'MISS'}  {what:58}  asked {asked:>10}  reached {reached:>10}")
    return 0 if all(good for *_, good in rows) else 1


Row = tuple[str, str, str, bool]


def in_process() -> list[Row]:
    """One call of `analyze` against one profile of onnx-tool, on the same file."""
    with tempfile.TemporaryDirectory() as folder:
        path = fixed_batch(Path(folder))
        ours = median_s(lambda: analyze(path, "pixel6"), 40)
        rows = [("analyze() of MobileNetV2", "15 ms", f"{ours * 1e3:.1f} ms", ours <= 0.015)]
        try:
            import onnx_tool
        except ImportError:
            print("onnx-tool is not installed: its ratio is left out", file=sys.stderr)
            return rows

        def theirs() -> None:
            with contextlib.redirect_stdout(io.StringIO()):
                onnx_tool.model_profile(str(path), save_profile=str(Path(folder) / "out.csv"))

        command = [sys.executable, "-m", "onnx_tool", "-m", "profile", "-i", str(path)]
        command += ["-f", str(Path(folder) / "out.csv")]
        ratio = ours / statistics.median(process_s(command) for _ in range(5))
        print(f"      beside: onnx-tool in-process, warm: {median_s(theirs, 5) * 1e3:.1f} ms")
        what = "analyze() over onnx-tool's profile command, same file"
        return [*rows, (what, "0.10", f"{ratio:.3f}", ratio <= 0.1)]


def fixed_batch(folder: Path) -> Path:
    """MobileNetV2 with its batch fixed, which onnx-tool needs: the corpus's, else our own."""
    real = CORPUS / "tv_mobilenet_v2.onnx"
    if real.exists():
        return real
    model = onnx.load(ROOT / "models" / "mobilenet_v2.onnx")  # noqa: TID251 - the peer's side
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    path = folder / "mobilenet_v2.onnx"
    onnx.save(model, path)
    return path


def zoo_build() -> list[Row]:
    """MobileNetV2 out of its YAML, without weights, once onnx is imported."""
    build("mobilenet_v2")
    took_s = median_s(lambda: build("mobilenet_v2"), 21)
    return [
        (
            "zoo: building MobileNetV2 without weights",
            "50 ms",
            f"{took_s * 1e3:.1f} ms",
            took_s <= 0.05,
        )
    ]


def whole_process() -> list[Row]:
    """The command against importing onnx, in turn; and the help page."""
    model = str(ROOT / "models" / "mobilenet_v2.onnx")
    command = [str(COSTSCOPE), "analyze", model, "--hw", "pixel6"]
    importing = [sys.executable, "-c", "import onnx"]
    pairs = [(process_s(command), process_s(importing)) for _ in range(11)]
    ratio = statistics.median(ours / base for ours, base in pairs)
    help_s = statistics.median(process_s([str(COSTSCOPE), "--help"]) for _ in range(11))
    return [
        ("costscope analyze over python -c 'import onnx'", "2.50", f"{ratio:.2f}", ratio <= 2.5),
        ("costscope --help", "0.25 s", f"{help_s:.2f} s", help_s <= 0.25),
    ]


def chain() -> list[Row]:
    """Time per operator of a long chain over that of a short one."""
    short, long = chain_of(1_000), chain_of(100_000)
    short_s = median_s(lambda: analyze(short, "pixel6"), 15) / 1_000
    long_s = median_s(lambda: analyze(long, "pixel6"), 3) / 100_000
    ratio = long_s / short_s
    return [
        (
            "time per operator, chain of 100,000 over chain of 1,000",
            "1.20",
            f"{ratio:.2f}",
            ratio <= 1.2,
        )
    ]


def chain_of(count: int) -> onnx.ModelProto:
    """A chain of convolutions and activations, two operators a link."""
    weight = helper.make_tensor("w", TensorProto.FLOAT, [8, 8, 1, 1], [0.0] * 64)
    nodes, name = [], "x"
    for index in range(count):
        inputs = [name, "w"] if index % 2 == 0 else [name]
        op_type = "Conv" if index % 2 == 0 else "Relu"
        name = f"t{index}"
        nodes.append(helper.make_node(op_type, inputs, [name], name=f"n{index}"))
    shape = [1, 8, 16, 16]
    graph = helper.make_graph(
        nodes,
        "chain",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
        [weight],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def median_s(call: Callable[[], object], runs: int) -> float:
    """Median time of a call, after one that warms up."""
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def process_s(command: list[str]) -> float:
    """Wall time of a whole process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
