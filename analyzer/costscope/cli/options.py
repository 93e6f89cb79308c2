"""The flags of `costscope analyze`, each with its help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SORTS = ("latency", "macs", "bytes", "memory_access", "order")

Model = Annotated[
    Path,
    typer.Argument(
        help="An ONNX file (its weights may be missing), or zoo:NAME (see 'costscope zoo list')."
    ),
]
Machines = Annotated[
    str | None,
    typer.Option(
        "--hw",
        metavar="NAME[,NAME...]",
        help="Machines: names (see 'costscope hw list'), paths of YAML files, or host.",
    ),
]
Dims = Annotated[
    list[str] | None, typer.Option("--dim", metavar="SYMBOL=SIZE", help="Bind an open dimension.")
]
InputShapes = Annotated[
    list[str] | None,
    typer.Option("--input-shape", metavar="INPUT=1x3x224x224", help="Bind an input's shape."),
]
TripCount = Annotated[
    int | None,
    typer.Option("--trip-count", help="Iterations of loops whose count the file leaves open."),
]
AsDtype = Annotated[
    str | None,
    typer.Option(
        "--as-dtype",
        metavar="int8|fp16|...",
        help="Cost a float model as if deployed in this precision.",
    ),
]
RuntimeName = Annotated[
    str | None,
    typer.Option(
        "--runtime",
        metavar="onnxruntime|tflite|ncnn|none|...",
        help="Whose fusion to follow; each machine's own if not given.",
    ),
]
TimeModelName = Annotated[
    str | None,
    typer.Option(
        "--time-model",
        metavar="additive|roofline|calibrated",
        help="Calibrated where the machine is, else roofline, if not given.",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        min=1,
        help="Of one operator, on a machine measured with several; the fewest it has if not given.",
    ),
]
Optimization = Annotated[
    str | None,
    typer.Option(
        "--optimization",
        metavar="all|extended|basic|none",
        help="Level of onnxruntime's optimizer, on such a machine; all if not given.",
    ),
]
NoOnnxruntime = Annotated[
    bool,
    typer.Option(
        "--no-onnxruntime",
        help="Do not ask onnxruntime for the graph it would run: fuse as costscope does.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="table|json|csv|markdown",
        help="By the suffix of --output, else table.",
    ),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write here; whole or not at all.")
]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE.png|.svg|.pdf", help="Draw the roofline.")
]
Top = Annotated[int, typer.Option("--top", min=0, help="Kernels to show in the table; 0 for all.")]
Sort = Annotated[str, typer.Option("--sort", metavar="|".join(SORTS), help="Order of the kernels.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 3 if any operator is uncosted.")]
NoFindings = Annotated[bool, typer.Option("--no-findings", help="Do not look for what to change.")]
