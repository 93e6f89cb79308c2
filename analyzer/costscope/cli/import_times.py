"""`costscope import`: what was measured elsewhere, as the table that `costscope fit` takes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costscope.errors import UsageError

if TYPE_CHECKING:
    from costscope.observed.types import Observation

_SHOWN = 5

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="What benchmark tools wrote, or tables of times."),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="NAME",
        help="By content if not given: table (CSV, TSV, JSON), benchncnn, tflite "
        "(benchmark_model), onnxruntime (profile), ai_hub (perf.yaml), trtexec, trtexec_profile, "
        "trtexec_times.",
    ),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write here; whole or not at all.")
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="[NAME=]MODEL",
        help="The network that a NAME in the files is: an ONNX file, or zoo:NAME.",
    ),
]
Threads = Annotated[
    int | None, typer.Option("--threads", min=1, help="Where the files do not say it.")
]
Dtype = Annotated[
    str | None,
    typer.Option("--dtype", metavar="fp32|fp16|int8", help="Where the files do not say it."),
]
Device = Annotated[str, typer.Option("--device", help="Where the files do not say it.")]


def import_times(
    files: Files,
    format_name: Format = None,
    output: Output = None,
    model: Models = None,
    threads: Threads = None,
    dtype: Dtype = None,
    device: Device = "",
) -> None:
    """Read latencies that tools measured, and write one table of them.

    Examples:
        costscope import bench.log -o measurements.csv

        costscope import ort_profile.json --model zoo:mobilenet_v2 --threads 4

        costscope import perf.yaml --model MobileNet-v2=zoo:mobilenet_v2
    """
    from costscope.observed.complete import filled, renamed
    from costscope.observed.load import load
    from costscope.observed.table import duplicates, write_table

    precision = _precision(dtype)
    read = [each for path in files for each in load(path, format_name)]
    found = filled(read, threads=threads, dtype=precision, device=" ".join(device.split()))
    found = renamed(found, _names(model or (), found))
    _emit(write_table(found), output)
    repeated = duplicates(found)
    if repeated:
        typer.echo(
            f"note: {sum(map(len, repeated))} rows measure {len(repeated)} things more than "
            f"once, such as {repeated[0][0].model}; all are kept",
            err=True,
        )


def _precision(text: str | None) -> str:
    from costscope.observed.precision import dtype_of

    name = dtype_of(text or "")
    if name is None or (text is not None and not name):
        raise UsageError(f"--dtype {text}: expected fp32, fp16 or int8")
    return name


def _names(given: Sequence[str], observations: Sequence[Observation]) -> dict[str, str]:
    """Models by the name in the files, from `--model [NAME=]MODEL`.

    Raises:
        UsageError: no such name, or none where the files hold several networks.
    """
    known = list(dict.fromkeys(each.model for each in observations))
    names: dict[str, str] = {}
    for text in given:
        name, sign, new = text.partition("=")
        if not sign or name not in known:
            name, new = known[0], text
            if len(known) > 1:
                shown = ", ".join(known[:_SHOWN]) + (", ..." if len(known) > _SHOWN else "")
                raise UsageError(
                    f"--model {text}: expected NAME=MODEL with a NAME of the files ({shown})"
                )
        if not new.strip() or not new.isprintable():
            raise UsageError(f"--model {text}: no model; give an ONNX file or zoo:NAME")
        if names.setdefault(name, new) != new:
            raise UsageError(f"--model {name}: given twice, with different models")
    return names


def _emit(text: str, output: Path | None) -> None:
    from costscope.files import write_atomically

    if output is not None:
        write_atomically(output, lambda path: path.write_bytes(text.encode("utf-8")))
        return
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))
