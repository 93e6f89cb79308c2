"""All layers of one run put together: what is checked, on what, against what."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from costscope import dtypes
from costscope.errors import UsageError
from costscope.gate import config
from costscope.gate.environment import environment
from costscope.gate.findings import Screen, codes, fits
from costscope.gate.limits import Written
from costscope.gate.machines import canonical, machines
from costscope.gate.models import Model, models
from costscope.gate.one import SIZES, Request
from costscope.gate.options import FAIL, MEDIAN, Layer, chosen, given
from costscope.gate.types import Suppression
from costscope.hardware.section import suggestion
from costscope.kernels.runtimes import runtime_named
from costscope.units import quoted

_ASKED = ("as_dtype", "runtime", "threads", "time_model", "trip_count", *SIZES)
_FEW = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says.

    Attributes:
        models: paths, globs, folders, `zoo:NAME`; empty for the configuration's.
        flags: options and limits.
        config: the configuration to use; None for the nearest.
        findings: whether to look for them.
        measured: whether latency is measured here instead of predicted.
        jobs: processes; None for as many as there are cores.
    """

    models: tuple[str, ...] = ()
    flags: Layer
    config: Path | None = None
    findings: bool = True
    measured: bool = False
    jobs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run does.

    Attributes:
        models: to check.
        request: what each is asked.
        written: every limit of every layer.
        suppressions: of every layer.
        layers: what was said, the first to decide first.
        config: the configuration that is used, for reports; "" for none.
        root: the folder that keys of models are relative to.
        here: the working directory.
        elsewhere: keys of the project's models, where the command line names others.
        other_machines: names of the project's machines, likewise.
    """

    models: tuple[Model, ...]
    request: Request
    written: tuple[Written, ...]
    suppressions: tuple[Suppression, ...]
    layers: tuple[Layer, ...]
    config: str
    root: Path
    here: Path
    elsewhere: tuple[str, ...] = ()
    other_machines: tuple[str, ...] = ()

    @property
    def undecided_fails(self) -> bool:
        """Whether what cannot be decided is a failure."""
        return bool(chosen(self.layers, "on_undecided", FAIL) == FAIL)


def plan(asked: Asked, variables: Mapping[str, str] | None = None) -> Plan:
    """What a run does, from all its layers.

    Raises:
        UsageError: a configuration or a value that cannot be understood, or no model.
        ProfileError: a machine that does not exist.
    """
    here = Path.cwd()
    project, user = config.project(here, asked.config), config.user()
    files = [each for each in (project, user) if each is not None]
    env = environment(os.environ if variables is None else variables, here)
    layers = (asked.flags, env, *(each.layer for each in files))
    root = project.path.parent if project else here
    suppressions = tuple(s for layer in layers for s in layer.suppressions)
    return Plan(
        models=_models(asked, layers, here=here, root=root),
        request=_request(asked, layers, suppressions),
        written=_written(layers),
        suppressions=suppressions,
        layers=layers,
        config=", ".join(each.name for each in files),
        root=root,
        here=here,
        elsewhere=_elsewhere(asked, layers, here=here, root=root),
        other_machines=_other_machines(layers),
    )


def _elsewhere(asked: Asked, layers: Sequence[Layer], *, here: Path, root: Path) -> tuple[str, ...]:
    """Keys of the models that the configuration lists, where the command line names its own."""
    listed = given(layers, "models")
    if listed is None or not asked.models:
        return ()
    found = models(listed.value, folder=listed.folder, here=here, root=root)
    return tuple(each.key for each in found if not each.problem)


def _other_machines(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Names of the machines of the layers behind the one that decides."""
    listed = [layer.options["hardware"] for layer in layers if "hardware" in layer.options]
    return tuple(canonical(name, each.folder) for each in listed[1:] for name in each.value)


def _models(asked: Asked, layers: Sequence[Layer], *, here: Path, root: Path) -> tuple[Model, ...]:
    listed = given(layers, "models")
    if asked.models:
        return models(asked.models, folder=here, here=here, root=root)
    if listed is None:
        raise UsageError(
            "no model to check; name one, as in `costscope check model.onnx`, "
            "or write models = [...] in costscope.toml"
        )
    return models(listed.value, folder=listed.folder, here=here, root=root)


def _request(
    asked: Asked, layers: Sequence[Layer], suppressions: tuple[Suppression, ...]
) -> Request:
    arguments = {key: chosen(layers, key) for key in _ASKED}
    if arguments["as_dtype"] is not None:
        dtypes.named(arguments["as_dtype"])
    if arguments["runtime"] is not None:
        runtime_named(arguments["runtime"])
    listed = given(layers, "hardware")
    found = machines(listed.value, listed.folder) if listed else ()
    return Request(
        machines=found,
        asked={key: value for key, value in arguments.items() if value is not None},
        settings=_settings(arguments, measured=asked.measured),
        screen=_screen(layers, suppressions) if asked.findings else None,
    )


def _settings(arguments: Mapping[str, Any], *, measured: bool) -> tuple[tuple[str, str], ...]:
    """The settings as text, for reports and baselines."""
    # Sizes are left out: each model has those that are its own.
    told = {k: value for k, value in arguments.items() if value is not None and k not in SIZES}
    if measured:
        told["latency"] = "measured"
    return tuple(sorted((key, str(value)) for key, value in told.items()))


def _screen(layers: Sequence[Layer], suppressions: tuple[Suppression, ...]) -> Screen:
    known = codes()
    for name in ("select", "ignore"):
        found = given(layers, name)
        for pattern in found.value if found else ():
            _check_code(pattern, found.place if found else name, known)
    for each in suppressions:
        _check_code(each.rule, f"{each.place}.rule", known)
    return Screen(
        select=chosen(layers, "select", ()),
        ignore=chosen(layers, "ignore", ()),
        suppressions=suppressions,
    )


def _check_code(pattern: str, place: str, known: Sequence[str]) -> None:
    if not any(fits(pattern, code) for code in known):
        listed = ", ".join(known[:_FEW])
        nearest = suggestion(pattern.upper(), known) or f"; there are {listed}"
        raise UsageError(f"{place}: no rule {quoted(pattern)}{nearest}")


def _written(layers: Sequence[Layer]) -> tuple[Written, ...]:
    """Every limit of every layer: one does not replace another, all must hold."""
    confidence = chosen(layers, "confidence", MEDIAN)
    return tuple(
        replace(each, budget=replace(each.budget, confidence=each.budget.confidence or confidence))
        for layer in layers
        for each in layer.written
    )
