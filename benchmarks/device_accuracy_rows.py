"""Held-out rows of the device report, and the JSON file that keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from costscope.errors import CostscopeError
from costscope.fit.batch import Subject

LEARNED = (0, 1, 2, 3, 5)
"""How many networks are measured on a new machine."""

KNOWN = "known"
ARCHITECTURE = "architecture"
MACS, ROOF_MAX, ROOF_SUM = "macs", "roofline_max", "roofline_sum"
NEW, STRICT = "new", "strict"

SCHEMA_VERSION = "1.0"
_DIGITS = 5


def after(protocol: str, networks: int) -> str:
    """The key of predictions on a new machine after so many networks."""
    return f"{protocol}{networks}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine with its runtime, threads and element type.

    Attributes:
        subject: as the fit knows it.
        device_class: of its profile.
        structure: of the rates it was predicted with.
    """

    subject: Subject
    device_class: str
    structure: str = ""

    @property
    def group(self) -> str:
        """Machines that share an interval."""
        return self.subject.group


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """One measured latency and what was predicted without it; told apart by identity.

    Attributes:
        machine: that it was measured on.
        network: its name.
        scored: whether it counts.
        measured_s: as published.
        predicted_s: by protocol or baseline.
    """

    machine: Machine
    network: str
    scored: bool
    measured_s: float
    predicted_s: Mapping[str, float]

    def pair(self, key: str) -> tuple[float, float] | None:
        """Measured and predicted seconds; None without a prediction of that kind."""
        found = self.predicted_s.get(key)
        return None if found is None else (self.measured_s, found)

    def error(self, key: str) -> float:
        """Predicted over measured, less one."""
        return self.predicted_s[key] / self.measured_s - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A family, or rows of a runtime that was left out of one.

    Attributes:
        name: of it.
        summary: one line.
        ranking: good only for saying which network is faster.
        suggest: networks measured first on a new machine.
        left_out: networks that do not count, each with the reason.
        rows: all of them.
    """

    name: str
    summary: str
    ranking: bool = False
    suggest: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...]

    @property
    def scored(self) -> tuple[Row, ...]:
        """The rows that count."""
        return tuple(row for row in self.rows if row.scored)


def architecture(network: str) -> str:
    """What variants of a network share: `zoo:mobilenet_v2@0.5` is a mobilenet_v2."""
    return network.removeprefix("zoo:").split("@")[0]


def to_record(held: Held) -> dict[str, Any]:
    """The family as JSON: rows are lists, their columns are named once."""
    machines = list(dict.fromkeys(row.machine for row in held.rows))
    place = {machine: at for at, machine in enumerate(machines)}
    keys = list(dict.fromkeys(key for row in held.rows for key in row.predicted_s))
    return {
        "name": held.name,
        "summary": held.summary,
        "ranking": held.ranking,
        "suggest": list(held.suggest),
        "left_out": dict(held.left_out),
        "machines": [
            {**asdict(each.subject), "class": each.device_class, "structure": each.structure}
            for each in machines
        ],
        "columns": ["machine", "network", "scored", "measured", *keys],
        "rows": [
            [
                place[row.machine],
                row.network,
                int(row.scored),
                _short(row.measured_s),
                *(_short(row.predicted_s.get(key)) for key in keys),
            ]
            for row in held.rows
        ],
    }


def from_record(record: Mapping[str, Any]) -> Held:
    """The family of a JSON record."""
    machines = [_machine(each) for each in record["machines"]]
    keys: Sequence[str] = record["columns"][4:]
    return Held(
        name=record["name"],
        summary=record["summary"],
        ranking=record["ranking"],
        suggest=tuple(record["suggest"]),
        left_out=record["left_out"],
        rows=tuple(
            Row(
                machine=machines[at],
                network=network,
                scored=bool(scored),
                measured_s=measured,
                predicted_s={k: v for k, v in zip(keys, values, strict=True) if v is not None},
            )
            for at, network, scored, measured, *values in record["rows"]
        ),
    )


def dumped(content: Mapping[str, Any]) -> str:
    """JSON with a line for each row, so that differences can be read."""
    text = json.dumps(content, indent=1, allow_nan=False)
    lines: list[str] = []
    for line in text.splitlines():
        deep = len(line) - len(line.lstrip())
        if lines and (deep > _FLAT or (deep == _FLAT and line.strip() in {"]", "],", "}", "},"})):
            lines[-1] += line.strip() if lines[-1][-1] in "[{" else f" {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines).replace(" ]", "]").replace(" }", "}") + "\n"


_FLAT = 4  # from this depth on a list or mapping stays on its line


def parsed(text: str, origin: str) -> dict[str, Any]:
    """The content of a file.

    Raises:
        CostscopeError: it is not one of this command.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise CostscopeError(f"{origin}: not JSON: {error}") from None
    if not isinstance(content, dict) or content.get("schema_version") != SCHEMA_VERSION:
        raise CostscopeError(f"{origin}: not the results of `make report-devices`")
    return content


def _machine(told: Mapping[str, Any]) -> Machine:
    known = dict(told)
    device_class, structure = known.pop("class"), known.pop("structure")
    return Machine(subject=Subject(**known), device_class=device_class, structure=structure)


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")
