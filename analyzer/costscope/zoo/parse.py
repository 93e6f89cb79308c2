"""YAML text to an `Architecture`; all mistakes at once, each with its key path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costscope import document
from costscope.errors import ArchitectureError
from costscope.zoo.types import Architecture, Figure, Input, Stage, Variant

METRICS = (
    "macs",
    "macs_without_fc",
    "params",
    "weights",
    "params_with_statistics",
    "memory_access",
)
FORMS = ("train", "deploy")
_KEYS = {
    "title": str,
    "summary": str,
    "paper": str,
    "tags": list,
    "assumed": list,
    "settings": dict,
    "input": dict,
    "stages": list,
    "outputs": list,
    "variants": dict,
    "opset": int,
}
_OPTIONAL = {"assumed", "outputs", "opset"}
_FIGURE_KEYS = ("source", "form", "computed", "why", "unexplained")
_STAGE_KEYS = {"name", "block", "repeat", "first", "last", "from", "when"}


class _Problems(list[str]):
    """Mistakes by key path."""

    def typed(self, value: Any, kind: type | tuple[type, ...], path: str, what: str) -> bool:
        """Whether the value is of the kind; otherwise the mistake is noted."""
        good = isinstance(value, kind) and not (
            isinstance(value, bool) and bool not in _tuple(kind)
        )
        if not good:
            self.append(f"{path}: expected {what}")
        return good


def parse(text: str | bytes, *, name: str, origin: str) -> Architecture:
    """The architecture of a YAML text.

    Raises:
        ArchitectureError: not YAML, or with mistakes; all of them are in `problems`.
    """
    root, found = document.read(text, "architecture", ArchitectureError)
    problems = _Problems(found)
    if not isinstance(root, dict):
        raise ArchitectureError(f"{origin}: expected keys such as title, stages, variants")
    for key in root.keys() - _KEYS.keys():
        problems.append(f"{key}: unknown key; one of {', '.join(_KEYS)}")
    for key, kind in _KEYS.items():
        if key in root:
            problems.typed(root[key], kind, key, f"a {kind.__name__}")
        elif key not in _OPTIONAL:
            problems.append(f"{key}: missing")
    if not problems:
        architecture = _architecture(root, name, problems)
        _check_names(architecture, problems)
    if problems:
        lines = "; ".join(problems[:3]) + ("; ..." if problems[3:] else "")
        raise ArchitectureError(f"{origin}: {lines}", tuple(problems))
    return architecture


def _architecture(root: Mapping[str, Any], name: str, problems: _Problems) -> Architecture:
    settings = root["settings"]
    return Architecture(
        name=name,
        title=root["title"],
        summary=root["summary"],
        paper=root["paper"],
        tags=tuple(str(tag) for tag in root["tags"]),
        assumed=tuple(str(line) for line in root.get("assumed", ())),
        settings=settings,
        inputs=tuple(_input(key, value, problems) for key, value in root["input"].items()),
        stages=tuple(
            _stage(value, f"stages[{i}]", problems) for i, value in enumerate(root["stages"])
        ),
        outputs=tuple(str(each) for each in root.get("outputs", ())),
        variants={
            str(key): _variant(str(key), value, settings, problems)
            for key, value in root["variants"].items()
        },
        opset=root.get("opset", 17),
    )


def _input(name: str, value: Any, problems: _Problems) -> Input:
    if isinstance(value, list):
        return Input(name=name, shape=tuple(value))
    if not isinstance(value, dict) or not isinstance(value.get("shape"), list):
        problems.append(f"input.{name}: expected a list of sizes, or shape and dtype")
        return Input(name=name, shape=())
    return Input(name=name, shape=tuple(value["shape"]), dtype=str(value.get("dtype", "float")))


def _stage(value: Any, path: str, problems: _Problems) -> Stage:
    if not isinstance(value, dict) or not {"name", "block"} <= value.keys():
        problems.append(f"{path}: expected a mapping with name and block")
        value = {"name": path, "block": ""}
    sources = value.get("from", [])
    for key in ("first", "last"):
        problems.typed(value.get(key, {}), dict, f"{path}.{key}", "arguments of the block")
    return Stage(
        name=str(value["name"]),
        block=str(value["block"]),
        arguments={k: v for k, v in value.items() if k not in _STAGE_KEYS},
        repeat=value.get("repeat"),
        first=value.get("first", {}),
        last=value.get("last", {}),
        sources=tuple(sources) if isinstance(sources, list) else (str(sources),),
        when=value.get("when", True),
    )


def _variant(name: str, value: Any, settings: Mapping[str, Any], problems: _Problems) -> Variant:
    path = f"variants.{name}"
    if not problems.typed(value, dict, path, "a mapping with set and published"):
        return Variant(name=name, settings={}, figures=())
    for key in value.keys() - {"set", "published", "summary"}:
        problems.append(f"{path}.{key}: unknown key; one of set, published, summary")
    chosen, entries = value.get("set", {}), value.get("published", [])
    problems.typed(chosen, dict, f"{path}.set", "settings")
    problems.typed(entries, list, f"{path}.published", "a list of figures with their source")
    for key in chosen.keys() - settings.keys() if isinstance(chosen, dict) else ():
        problems.append(f"{path}.set.{key}: no such setting; one of {', '.join(settings)}")
    figures = [
        figure
        for i, entry in enumerate(entries if isinstance(entries, list) else ())
        for figure in _figures(entry, f"{path}.published[{i}]", problems)
    ]
    summary = str(value.get("summary", ""))
    return Variant(name=name, settings=chosen, figures=tuple(figures), summary=summary)


def _figures(entry: Any, path: str, problems: _Problems) -> list[Figure]:
    if not problems.typed(entry, dict, path, "figures with their source"):
        return []
    for key in entry.keys() - {*METRICS, *_FIGURE_KEYS}:
        problems.append(f"{path}.{key}: unknown key; one of {', '.join(METRICS)}, source, form")
    if not entry.get("source"):
        problems.append(f"{path}.source: missing; where is the figure printed?")
    form = entry.get("form", FORMS[0])
    if form not in FORMS:
        problems.append(f"{path}.form: one of {', '.join(FORMS)}")
    metrics = [metric for metric in METRICS if metric in entry]
    computed, reasons = entry.get("computed"), [k for k in ("why", "unexplained") if k in entry]
    if (computed is not None or reasons) and (
        len(metrics) != 1 or len(reasons) != 1 or not isinstance(computed, int)
    ):
        problems.append(
            f"{path}.computed: a whole number, for one figure, and `why` it differs "
            "(or `unexplained`, with what was tried)"
        )
    for metric in metrics:
        problems.typed(entry[metric], (int, str), f"{path}.{metric}", "a whole number or '300 M'")
    return [
        Figure(
            metric=metric,
            printed=entry[metric],
            form=form,
            source=str(entry.get("source", "")),
            computed=computed,
            why=str(entry.get("why", "")),
            unexplained=str(entry.get("unexplained", "")),
        )
        for metric in metrics
    ]


def _check_names(architecture: Architecture, problems: _Problems) -> None:
    known = {"input", *(each.name for each in architecture.inputs)}
    for i, stage in enumerate(architecture.stages):
        for source in stage.sources:
            if source not in known:
                problems.append(f"stages[{i}].from: no stage {source!r} stands above")
        if stage.name in known:
            problems.append(f"stages[{i}].name: {stage.name!r} is taken")
        known.add(stage.name)
    problems += [f"outputs: no stage {o!r}" for o in architecture.outputs if o not in known]
    if not architecture.variants:
        problems.append("variants: at least one is needed; the first is the default")


def _tuple(kind: type | tuple[type, ...]) -> tuple[type, ...]:
    return kind if isinstance(kind, tuple) else (kind,)
