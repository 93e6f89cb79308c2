"""`costscope check`: budgets in, a verdict for every one of them and an exit code out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from costscope.cli import check_options as flag
from costscope.cli import options
from costscope.errors import UsageError

if TYPE_CHECKING:
    from costscope.gate.models import Model
    from costscope.gate.options import Layer
    from costscope.gate.plan import Asked
    from costscope.gate.reports import Report
    from costscope.gate.types import Check


def check(
    models: flag.Models = None,
    hw: options.Machines = None,
    budget: flag.Budgets = None,
    config: flag.Config = None,
    baseline: flag.BaselineFile = None,
    confidence: flag.Confidence = None,
    on_undecided: flag.OnUndecided = None,
    select: flag.Select = None,
    ignore: flag.Ignore = None,
    as_dtype: options.AsDtype = None,
    dim: options.Dims = None,
    input_shape: options.InputShapes = None,
    trip_count: options.TripCount = None,
    runtime: options.RuntimeName = None,
    time_model: options.TimeModelName = None,
    threads: options.Threads = None,
    measured: flag.Measured = False,
    no_findings: flag.NoFindings = False,
    jobs: flag.Jobs = None,
    output_format: flag.Format = None,
    output: flag.Outputs = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
    _list_metrics: flag.ListMetrics = False,
) -> int:
    """Hold networks against limits: exit 0 if all hold, 1 if one fails, 3 if one is undecided.

    Examples:
        costscope check model.onnx --hw pixel6 --budget "latency=12 ms" --budget "macs=300 M"

        costscope check                       # models and limits of costscope.toml

        costscope check "nets/*.onnx" --format github -o check.sarif -o summary.md
    """
    from costscope.gate.plan import Asked

    given = {
        "hardware": hw,
        "baseline": baseline,
        "confidence": confidence,
        "on_undecided": on_undecided,
        "select": select,
        "ignore": ignore,
        "as_dtype": as_dtype,
        "trip_count": trip_count,
        "runtime": runtime,
        "time_model": time_model,
        "threads": threads,
    }
    asked = Asked(
        models=tuple(models or ()),
        flags=flags(given, sizes(dim, input_shape), budget or ()),
        config=config,
        findings=not no_findings,
        measured=measured,
        jobs=jobs,
    )
    return _run(asked, _reports(output or [], output_format), quiet=quiet, verbose=verbose)


def _run(
    asked: Asked, reports: tuple[list[tuple[Path, Report]], Report], *, quiet: bool, verbose: bool
) -> int:
    """Check, write and print; the exit code."""
    from costscope.gate.run import check as run

    with bar() as tell:
        found = run(asked, on_done=tell)
    if verbose:
        typer.echo(_used(found), err=True)
    files, shown = reports
    _emit(found, files, None if quiet else shown)
    return found.exit_code


def sizes(dims: Sequence[str] | None, shapes: Sequence[str] | None) -> dict[str, Any]:
    """What `--dim` and `--input-shape` say, by flag and option."""
    from costscope.cli import arguments

    return {
        "--dim": ("dims", arguments.dims(dims or ())),
        "--input-shape": ("input_shapes", arguments.shapes(shapes or ())),
    }


def flags(given: dict[str, Any], sizes: dict[str, Any], budgets: Sequence[str] = ()) -> Layer:
    """The layer of the command line.

    Raises:
        UsageError: a value that its flag does not have.
    """
    from costscope.gate.options import Layer, option
    from costscope.gate.written import Place, assignment

    here = Path.cwd()
    found = {}
    for name, value in given.items():
        if value is not None:
            flag = "--hw" if name == "hardware" else f"--{name.replace('_', '-')}"
            found[name] = option(name, value, Place(file=flag), here)
    for flag, (name, value) in sizes.items():
        if value:
            found[name] = option(name, value, Place(file=flag), here)
    written = tuple(assignment(text, Place(file=f"--budget {text}")) for text in budgets)
    return Layer(name="flags", options=found, written=written)


@contextmanager
def bar() -> Iterator[Callable[[Model, float], None] | None]:
    """What to tell each model that is done to; None where nobody is watching."""
    from costscope.cli.bar import bar as progress_bar

    with progress_bar() as tell:
        if tell is None:
            yield None
            return
        from costscope.measure.types import Progress
        from costscope.views.report.names import brief

        def show(model: Model, done: float) -> None:
            tell(Progress(what=brief(model.name), done=done))

        yield show


def _reports(outputs: Sequence[Path], name: str | None) -> tuple[list[tuple[Path, Report]], Report]:
    """The report of each file, and the one that is printed.

    Raises:
        UsageError: no such format, or a folder that is not there.
    """
    from costscope.gate.reports import REPORTS, report_for

    known = REPORTS.keys()
    asked = REPORTS.get(name or "table")
    if asked is None:
        raise UsageError(f"--format {name}: choose one of {', '.join(known)}")
    found, taken = [], False
    for path in outputs:
        report = report_for(path.name)
        if report is None and name is None:
            raise UsageError(f"--output {path}: its suffix tells no format; give --format")
        if not path.parent.is_dir():
            raise UsageError(f"{path}: cannot be written: there is no folder {path.parent}")
        taken = taken or report is None
        found.append((path, report or asked))
    table = REPORTS.get("table")
    return found, table if taken and table is not None else asked


def _used(check: Check) -> str:
    """What a check was made with: files, machines and settings."""
    machines = {each.hardware: each.hardware_sha256[:12] for each in check.checked if each.hardware}
    settings = dict(check.checked[0].settings) if check.checked else {}
    listed = {
        "configuration": check.config or "none",
        "baseline": check.baseline or "none",
        "machines": ", ".join(f"{name} ({sha})" for name, sha in machines.items()) or "none",
        "settings": ", ".join(f"{key} = {value}" for key, value in settings.items()) or "none",
        "limits": str(len({each.budget.place for each in check.verdicts})),
        "models": str(len({each.model for each in check.checked})),
    }
    return "\n".join(f"{key}: {value}" for key, value in listed.items())


def _emit(check: Check, files: Sequence[tuple[Path, Report]], shown: Report | None) -> None:
    """Write every file whole, then print."""
    from costscope.files import write_atomically

    for path, report in files:
        content = report.render(check, terminal=False).encode("utf-8", "backslashreplace")
        write_atomically(path, partial(_fill, content))
    if shown is not None:
        encoding = sys.stdout.encoding or "utf-8"
        text = shown.render(check, terminal=True)
        sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))


def _fill(content: bytes, path: Path) -> None:
    path.write_bytes(content)
