"""One model on all machines, in whichever process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What every model of a check is asked.

    Attributes:
        machines: that it is checked on; none for what no machine decides.
        asked: keyword arguments of `costscope.api.analyze`.
        settings: the same as text, for reports and baselines; without `dims`.
        screen: which findings count; None if nobody looks for them.
        several: whether there are other models, which may have other open dimensions.
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
    request = _own_dims(model, request)
    analysis = analyze(model.source, hardware or None, onnxruntime=False, **request.asked)
    if request.screen is not None:
        analysis = inspected(analysis, request.screen)
    digest = _hash(model.source)
    hashes = [each.sha256 for each in request.machines] or [""]
    return tuple(
        _on_machine(model, request, analysis, deployment, (digest, sha256))
        for deployment, sha256 in zip(analysis.deployments, hashes, strict=True)
    )


def _own_dims(model: Model, request: Request) -> Request:
    """The request with the sizes of dimensions that the model has, and with them as settings.

    A single model is given all of them: one that it lacks is then a mistake.
    """
    dims: Mapping[str, int] = request.asked.get("dims", {})
    if dims and request.several:
        known = open_dims(model.source)
        dims = {symbol: size for symbol, size in dims.items() if symbol in known}
    settings = [(dim_setting(symbol), str(size)) for symbol, size in dims.items()]
    return replace(
        request,
        asked={**request.asked, "dims": dims},
        settings=tuple(sorted((*request.settings, *settings))),
    )


def dim_setting(symbol: str) -> str:
    """What the size of an open dimension is called among the settings."""
    return f"dims.{symbol}"


def open_dims(source: str) -> frozenset[str]:
    """The symbols of a model's open dimensions; networks of the zoo have none."""
    if source.startswith(ZOO):
        return frozenset()
    found: set[str] = set()
    for value in read(source).graph.input:
        kind = value.type
        if kind.WhichOneof("value") == "optional_type":
            kind = kind.optional_type.elem_type
        found.update(dim.dim_param for dim in kind.tensor_type.shape.dim)
    return frozenset(found - {""})


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
    )


def _hash(source: str) -> str:
    """Of a file's bytes; of the generated model for the zoo."""
    if source.startswith(ZOO):
        from costscope.zoo.build import build

        content = build(source).SerializeToString(deterministic=True)
        return hashlib.sha256(content).hexdigest()
    with open(source, "rb") as file:  # noqa: PTH123 - hashed as it is read
        return hashlib.file_digest(file, "sha256").hexdigest()
