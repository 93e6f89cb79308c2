"""One model on all machines, in whichever process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from costscope.analysis.types import Analysis, Deployment
from costscope.errors import CostscopeError
from costscope.gate.findings import Screen, inspected, seen
from costscope.gate.machines import Machine
from costscope.gate.metrics import METRICS, Subject, figure
from costscope.gate.models import ZOO, Model
from costscope.gate.types import Checked
from costscope.graph.proto import read
from costscope.unbroken import unbroken

SIZES = ("dims", "input_shapes")  # options that hold what single models have


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What every model of a check is asked.

    Attributes:
        machines: that it is checked on; none for what no machine decides.
        asked: keyword arguments of `costscope.api.analyze`.
        settings: the same as text, for reports and baselines; without `SIZES`.
        screen: which findings count; None if nobody looks for them.
        several: whether there are other models, which may have other dimensions and inputs.
    """

    machines: tuple[Machine, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)
    settings: tuple[tuple[str, str], ...] = ()
    screen: Screen | None = None
    several: bool = False


def check_one(model: Model, request: Request) -> tuple[Checked, ...]:
    """A model on every machine; with the reason as `error` where it cannot be analysed."""
    if model.problem:
        return failed(model, request, model.problem)
    try:
        with unbroken():
            return _checked(model, request)
    except CostscopeError as error:
        return failed(model, request, str(error))
    except (MemoryError, RecursionError) as error:
        what = type(error).__name__
        return failed(model, request, f"the model is too large or too deeply nested ({what})")
    except Exception as error:  # noqa: BLE001 - one model's bug must not hide the others
        what = f"{type(error).__name__}: {error}"
        return failed(model, request, f"internal error, please report it: {what}")


def failed(model: Model, request: Request, why: str) -> tuple[Checked, ...]:
    """A model that could not be analysed, on every machine."""
    line = " ".join(why.split()) or "it could not be analysed"
    return tuple(
        Checked(
            model=model.name,
            hardware=machine.hardware.name if machine else "",
            error=line,
            hardware_sha256=machine.sha256 if machine else "",
            settings=request.settings,
            key=model.key,
        )
        for machine in request.machines or (None,)
    )


def _checked(model: Model, request: Request) -> tuple[Checked, ...]:
    from costscope.api import analyze

    hardware = [each.hardware for each in request.machines]
    request = _own_sizes(model, request)
    analysis = analyze(model.source, hardware or None, onnxruntime=False, **request.asked)
    if request.screen is not None:
        analysis = inspected(analysis, request.screen)
    digest = _hash(model.source)
    hashes = [each.sha256 for each in request.machines] or [""]
    return tuple(
        _on_machine(model, request, analysis, deployment, (digest, sha256))
        for deployment, sha256 in zip(analysis.deployments, hashes, strict=True)
    )


def _own_sizes(model: Model, request: Request) -> Request:
    """The request with the sizes that are the model's own, and with them as settings.

    A single model is given all of them: one that it lacks is then a mistake.
    """
    own = own_sizes(model, request) if request.several else sizes_asked(request)
    settings = [
        (size_setting(option, name), _written(size))
        for option, sizes in own.items()
        for name, size in sizes.items()
    ]
    return replace(
        request,
        asked={**request.asked, **own},
        settings=tuple(sorted((*request.settings, *settings))),
    )


def sizes_asked(request: Request) -> dict[str, Mapping[str, Any]]:
    """The sizes of dimensions and the shapes of inputs that are asked, by option."""
    return {option: request.asked.get(option, {}) for option in SIZES}


def own_sizes(model: Model, request: Request) -> dict[str, Mapping[str, Any]]:
    """Those of them whose dimension or input the model has."""
    asked = sizes_asked(request)
    if not any(asked.values()):
        return asked
    known = _open(model.source)
    return {
        option: {name: size for name, size in sizes.items() if name in known[option]}
        for option, sizes in asked.items()
    }


def size_setting(option: str, name: str) -> str:
    """What the size of a dimension or the shape of an input is called among the settings."""
    return f"{option}.{name}"


def _written(size: int | Sequence[int]) -> str:
    return str(size) if isinstance(size, int) else "x".join(map(str, size))


def _open(source: str) -> dict[str, frozenset[str]]:
    """The symbols of a model's open dimensions, and its inputs; the zoo's have no symbols."""
    if source.startswith(ZOO):
        return dict.fromkeys(SIZES, frozenset())
    symbols: set[str] = set()
    inputs = read(source).graph.input
    for value in inputs:
        kind = value.type
        if kind.WhichOneof("value") == "optional_type":
            kind = kind.optional_type.elem_type
        symbols.update(dim.dim_param for dim in kind.tensor_type.shape.dim)
    names = frozenset(value.name for value in inputs)
    return {"dims": frozenset(symbols - {""}), "input_shapes": names}


def _on_machine(
    model: Model,
    request: Request,
    analysis: Analysis,
    deployment: Deployment,
    hashes: tuple[str, str],
) -> Checked:
    name = deployment.hardware.name if deployment.hardware else ""
    found = None
    if request.screen is not None and analysis.findings is not None:
        found = seen(analysis.findings, request.screen, key=model.key, hardware=name)
    subject = Subject(analysis=analysis, deployment=deployment, seen=found)
    return Checked(
        model=model.name,
        hardware=name,
        figures=tuple(figure(metric, subject) for _, metric in METRICS.items()),
        findings=found or (),
        model_sha256=hashes[0],
        hardware_sha256=hashes[1],
        settings=request.settings,
        calibrated=bool(deployment.prediction and deployment.prediction.calibrated),
        uncosted=len(analysis.uncosted),
        key=model.key,
        assumptions=analysis.assumptions,
    )


def _hash(source: str) -> str:
    """Of a file's bytes; of the generated model for the zoo."""
    if source.startswith(ZOO):
        from costscope.zoo.build import build

        content = build(source).SerializeToString(deterministic=True)
        return hashlib.sha256(content).hexdigest()
    with open(source, "rb") as file:  # noqa: PTH123 - hashed as it is read
        return hashlib.file_digest(file, "sha256").hexdigest()
