"""`costscope.compare`: networks analysed alike, side by side."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from costscope.analysis.types import Analysis
from costscope.api import analyze, machines
from costscope.comparison.attribute import attribute
from costscope.comparison.inputs import Inputs
from costscope.comparison.match import match
from costscope.comparison.totals import side_by_side
from costscope.comparison.types import Comparison, Subject
from costscope.errors import (
    ArchitectureError,
    CostscopeError,
    ModelError,
    ProfileError,
    UsageError,
)
from costscope.graph.types import Graph
from costscope.hardware.types import Hardware
from costscope.pipeline import ZOO, Machine
from costscope.views.report.names import brief, labelled

_TWO = 2


def compare(
    models: Sequence[Any],
    hardware: Machine | Sequence[Machine] | None = None,
    *,
    dims: Mapping[str, int] | None = None,
    input_shapes: Mapping[str, Sequence[int]] | None = None,
    trip_count: int | None = None,
    as_dtype: str | None = None,
    runtime: str | None = None,
    time_model: str | None = None,
    threads: int | None = None,
    optimization: str | None = None,
    onnxruntime: bool = True,
) -> Comparison:
    """What changed from the first of several networks to the others, and what that costs.

    Of two networks it also tells which kernels were added, removed and changed, and lays the
    differences to blocks.

    Args:
        models: two or more of what `costscope.analyze` takes; the first is the base.
        hardware: as in `costscope.analyze`; the first machine is looked at in detail.
        dims: sizes of open dimensions, by symbol, for the models that have it.
        input_shapes: whole shapes, by input, for the models that have it.
        trip_count: iterations of loops whose count the files do not say.
        as_dtype: cost float graphs as if deployed in this precision.
        runtime: each machine's own default if None.
        time_model: the best that each machine has if None.
        threads: of one operator, on machines that were measured with several numbers.
        optimization: level of onnxruntime's optimizer; `all` if None.
        onnxruntime: whether to ask it for its graphs; costscope's own fusion if not.

    Raises:
        ModelError: a file is not a valid model; the message names which.
        ShapeError: a dimension is open, or a shape contradicts an operator.
        UsageError: fewer than two models, or a flag, profile or network that does not exist.
    """
    if len(models) < _TWO:
        raise UsageError("compare needs two models or more: the base, then what changed")
    found = machines(hardware)
    inputs = Inputs(models, dims or {}, input_shapes or {})
    subjects = []
    for place, label in enumerate(labels_of(models)):
        own_dims, own_shapes = inputs.of(place)
        analysis = _analysed(
            models[place],
            found,
            label,
            dims=own_dims,
            input_shapes=own_shapes,
            trip_count=trip_count,
            as_dtype=as_dtype,
            runtime=runtime,
            time_model=time_model,
            threads=threads,
            optimization=optimization,
            onnxruntime=onnxruntime,
        )
        subjects.append(Subject(label=label, analysis=analysis))
    return compared(subjects)


def compared(subjects: Sequence[Subject]) -> Comparison:
    """The comparison of networks that were analysed on the same machines."""
    detail = None
    if len(subjects) == _TWO:
        base, head = (subject.analysis.first for subject in subjects)
        detail = attribute(base, head, match(base.kernels, head.kernels))
    return Comparison(
        subjects=tuple(subjects), machines=side_by_side(tuple(subjects)), detail=detail
    )


def labels_of(models: Sequence[Any]) -> tuple[str, ...]:
    """What the models are called: as they were given, no two alike.

    Of an absolute path, only as much of its end is shown as tells it from the others.
    """
    paths = {place: path for place, model in enumerate(models) if (path := _absolute(model))}
    tails = {path: _tail(path, set(paths.values())) for path in paths.values()}
    return labelled(
        tails[paths[place]] if place in paths else _given(model)
        for place, model in enumerate(models)
    )


def _absolute(model: Any) -> Path | None:
    if not isinstance(model, (str, os.PathLike)) or os.fspath(model).startswith(ZOO):
        return None
    path = Path(os.fspath(model))
    return path if path.is_absolute() else None


def _tail(path: Path, others: set[Path]) -> str:
    """The shortest end of a path that no other path ends in."""
    for count in range(1, len(path.parts)):
        end = path.parts[-count:]
        if not any(other.parts[-count:] == end for other in others if other != path):
            return "/".join(end)
    return path.as_posix()


def _given(model: Any) -> str:
    if isinstance(model, (str, os.PathLike)):
        return os.fspath(model)
    if isinstance(model, Graph):
        return model.name
    graph = getattr(model, "graph", None)
    return getattr(graph, "name", "") or "model"


def _analysed(model: Any, hardware: list[Hardware], label: str, **options: Any) -> Analysis:
    """The analysis of a model; what is wrong with it is said with its name."""
    try:
        return analyze(model, hardware or None, **options)
    except (ArchitectureError, ProfileError):
        raise  # say their own names, and hold more than a message
    except (ModelError, UsageError) as error:
        raise _named(error, label) from None


def _named(error: CostscopeError, label: str) -> CostscopeError:
    message = str(error)
    return error if label in message else type(error)(f"{brief(label)}: {message}")
