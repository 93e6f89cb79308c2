"""`costscope sweep-ridge`: networks under a roofline whose ridge point moves."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costscope.errors import UsageError

if TYPE_CHECKING:
    from costscope.ridge.types import Network, Sweep
    from costscope.views.ridge.words import RidgeUnit

_RIDGE = re.compile(r"[0-9]{1,7}(\.[0-9]{1,9})?")
_BY_SUFFIX = {".json": "json", ".csv": "csv", ".md": "markdown"}
_MOST_SHOWN = 4  # columns of bars in a picture


class Format(StrEnum):
    """How a command prints."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


Models = Annotated[
    list[Path],
    typer.Argument(metavar="MODEL...", help="ONNX files, or zoo:NAME (see 'costscope zoo list')."),
]
Low = Annotated[str, typer.Option("--from", metavar="RIDGE", help="First ridge point.")]
High = Annotated[
    str | None, typer.Option("--to", metavar="RIDGE", help="Last ridge point; 500 MACs/byte.")
]
Points = Annotated[
    str | None,
    typer.Option(
        "--points",
        metavar="RIDGE[,...]",
        help="Ridge points of the table; round ones and those of phones if not given.",
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="RIDGE[,...]",
        help="Where to look at single operations, four at most; 5 and 500 MACs/byte.",
    ),
]
Dtype = Annotated[
    str, typer.Option("--dtype", metavar="int8|fp16|...", help="Element type to cost them in.")
]
Unit = Annotated[
    str, typer.Option("--unit", metavar="macs/byte|flop/byte", help="Unit of ridge points.")
]
EveryKernel = Annotated[
    bool,
    typer.Option("--every-kernel", help="Sum kernels without MACs too, by the bytes they move."),
]
FormatOption = Annotated[
    Format | None, typer.Option("--format", "-f", help="By the suffix of --output, else table.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write here; whole or not at all.")
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE.png|.svg|.pdf", help="Draw the sweep, and operations."),
]


def sweep_ridge(
    models: Models,
    low: Low = "0",
    high: High = None,
    points: Points = None,
    at: At = None,
    dtype: Dtype = "int8",
    unit: Unit = "macs/byte",
    every_kernel: EveryKernel = False,
    output_format: FormatOption = None,
    output: Output = None,
    plot: Plot = None,
) -> None:
    """Tell which network is faster on which hardware, from low to high ridge points.

    The ridge point is the peak in MAC/s over the bandwidth in byte/s. Times are those of the
    roofline model, as in Fig. 2 and 3 of MobileNetV4; crossings are exact.

    Examples:
        costscope sweep-ridge zoo:mobilenet_v1 zoo:mobilenet_v2

        costscope sweep-ridge a.onnx b.onnx --to 200 --at 10,100 --plot sweep.png

        costscope sweep-ridge zoo:mobilenet_v3_large --format json -o sweep.json
    """
    from costscope.cli.progress import progress
    from costscope.files import write_atomically
    from costscope.ridge.sweep import HIGH, check_range, sweep
    from costscope.views.ridge.words import unit_named

    shown_in = unit_named(unit)
    start = _ridge("--from", low, shown_in)
    end = HIGH if high is None else _ridge("--to", high, shown_in)
    wanted, bars = _ridges("--points", points, shown_in), _ridges("--at", at, shown_in)
    _check(bars, plot, len(models))
    check_range(start, end)
    found = sweep(
        _networks(models, dtype=dtype, every_kernel=every_kernel),
        dtype=dtype,
        low=start,
        high=end,
        points=wanted,
        shown=bars,
    )
    style = output_format or _format_of(output)
    if output is None:
        sys.stdout.write(_printable(_text(found, style, shown_in, terminal=True)))
    else:
        text = _text(found, style, shown_in, terminal=False).encode("utf-8")
        write_atomically(output, lambda path: path.write_bytes(text))
    if plot is not None:
        from costscope.views.ridge.plot import draw

        with progress(f"drawing {plot.name}"):
            draw(found, plot, shown_in)


def _networks(models: Sequence[Path], *, dtype: str, every_kernel: bool) -> list[Network]:
    from costscope.cli.progress import progress
    from costscope.ridge.network import network_of

    found = []
    for model in models:
        with progress(f"analysing {model.name}"):
            found.append(network_of(str(model), dtype=dtype, every_kernel=every_kernel))
    return found


def _ridge(flag: str, given: str, unit: RidgeUnit) -> Fraction:
    """A ridge point in MACs/byte, exactly as it is written."""
    if not _RIDGE.fullmatch(given.strip()):
        from costscope.units import quoted

        raise UsageError(
            f"{flag} {quoted(given)}: expected a ridge point in {unit.name} from 0 to 9999999, "
            "as in 31.2"
        )
    return Fraction(given.strip()) / unit.per_macs


def _ridges(flag: str, given: str | None, unit: RidgeUnit) -> list[Fraction] | None:
    return None if given is None else [_ridge(flag, each, unit) for each in given.split(",")]


def _check(bars: Sequence[Fraction] | None, plot: Path | None, models: int) -> None:
    """Refuse what would only fail after the work is done."""
    if bars is not None and len(set(bars)) > _MOST_SHOWN:
        raise UsageError(f"--at: {len(set(bars))} ridge points; give {_MOST_SHOWN} at most")
    if plot is None:
        return
    from costscope.views.ridge.limits import MOST_NETWORKS
    from costscope.views.roofline.file import check_suffix

    check_suffix(plot)
    if models > MOST_NETWORKS:
        raise UsageError(
            f"--plot: {models} models in one picture; give {MOST_NETWORKS} at most, "
            "or leave --plot out"
        )


def _format_of(output: Path | None) -> Format:
    return Format(_BY_SUFFIX.get(output.suffix, "table")) if output else Format.TABLE


def _text(found: Sweep, style: Format, unit: RidgeUnit, *, terminal: bool) -> str:
    from costscope.views.ridge import build, records

    if style is Format.JSON:
        return records.render_json(found)
    if style is Format.CSV:
        return records.render_csv(found)
    if style is Format.MARKDOWN:
        return build.render_markdown(found, unit)
    return build.render_text(found, unit, terminal=terminal)


def _printable(text: str) -> str:
    """The text with a question mark for what the terminal cannot show."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, errors="replace").decode(encoding)
