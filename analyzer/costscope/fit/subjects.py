"""Whose rows these are: runtime, threads and element type as people write them, and the family."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from costscope.errors import UsageError
from costscope.fit.batch import Subject
from costscope.fit.family import FAMILIES, Family
from costscope.hardware.types import Hardware
from costscope.kernels.runtimes import RUNTIMES
from costscope.observed.types import Observation
from costscope.units import quoted

SOURCE = "measurements"
_LAST = "tflite"  # whose fusion is taken where neither runtime nor base is known
_VERSION = re.compile(r"(?P<name>.*?)[ _.-]*(?P<version>v?\d[\w.+-]*)", re.IGNORECASE)
_LONGEST = 80
_BY_LETTERS = {re.sub(r"[^a-z0-9]", "", name): name for name in RUNTIMES} | {
    "tensorflowlite": "tflite",
    "litert": "tflite",
    "tflitexnnpack": "tflite",
    "tensorflowlitemicro": "tflm",
    "tflitemicro": "tflm",
    "ort": "onnxruntime",
    "ncnnvulkan": "ncnn",
    "opencvdnn": "opencv",
    "cubeai": "x_cube_ai",
    "stm32cubeai": "x_cube_ai",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Rows that are fitted together.

    Attributes:
        subject: machine, threads, element type, and a runtime whose fusion is known.
        runtime: its name; as the rows call it where nobody described it.
        known: whether somebody did.
        family: whose machines are the prior.
        exact: whether the family is of this runtime and element type.
    """

    subject: Subject
    runtime: str
    known: bool
    family: Family
    exact: bool

    @property
    def key(self) -> tuple[Subject, str]:
        """The same for rows that are fitted together."""
        return self.subject, self.runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is said of rows that do not say it themselves; None for the base's own.

    Attributes:
        runtime: as people write it.
        threads: 1 if None.
        dtype: element type.
    """

    runtime: str | None = None
    threads: int | None = None
    dtype: str | None = None


def runtime_and_version(text: str) -> tuple[str, str]:
    """The runtime that people mean, "" if nobody described it, and the version beside it.

    `Paddle-Lite v2.9` is `paddle_lite`, `v2.9`: capitals, spaces and signs do not matter.
    """
    whole = _BY_LETTERS.get(_letters(text), "")
    if whole:
        return whole, ""
    found = _VERSION.fullmatch(text.strip()[:_LONGEST])
    if found is None:
        return "", ""
    return _BY_LETTERS.get(_letters(found["name"]), ""), found["version"]


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def settled(row: Observation, base: Hardware, choice: Choice) -> Settled:
    """Whose row it is; one of an unknown runtime is taken to fuse as the base's does.

    Raises:
        UsageError: no family describes such a machine.
    """
    asked = row.runtime or choice.runtime or base.runtime
    name, version = runtime_and_version(asked)
    fused = name or (base.runtime if base.runtime in RUNTIMES else _LAST)
    own = base.rates_for(fused) or base.rates_for(base.runtime)
    subject = Subject(
        profile=base.name,
        runtime=fused,
        version=version,
        threads=row.threads or choice.threads or 1,
        dtype=row.dtype or choice.dtype or (own.dtype if own else "float32"),
        source=SOURCE,
    )
    family, exact = family_for(subject, base, known=bool(name))
    if family.threads is None:
        subject = replace(subject, threads=None)
    return Settled(
        subject=subject, runtime=name or asked, known=bool(name), family=family, exact=exact
    )


def family_for(subject: Subject, base: Hardware, *, known: bool = True) -> tuple[Family, bool]:
    """The family that describes a machine, and whether it is of the very runtime and type.

    Args:
        subject: runtime, threads and element type.
        base: the machine.
        known: whether the subject's runtime is the real one.

    Raises:
        UsageError: there is none for this class of machines.
    """
    of_class = [
        family for _, family in FAMILIES.items() if base.device_class in family.device_classes
    ]
    if not of_class:
        raise UsageError(
            f"{base.name}: nothing was published of {base.device_class} machines to start from; "
            "take another --base, or measure on the machine itself with `costscope calibrate`"
        )
    fitting = [each for each in of_class if each.takes_threads(subject.threads)]
    if not fitting:
        raise UsageError(f"{subject.threads} threads: nobody measured that many; say --threads")
    nearest = min(fitting, key=lambda family: _rank(family, subject, base, known=known))
    return nearest, not any(_rank(nearest, subject, base, known=known)[:2])


def _rank(
    family: Family, subject: Subject, base: Hardware, *, known: bool
) -> tuple[bool, int, bool, bool, bool, bool]:
    """Smaller is nearer; of families as near the first one counts.

    Runtime, then element type, then whether the base's own rates come from there, then
    whether it was found to suit runtimes it has not seen. A family without a list of
    runtimes has all those of its tables.
    """
    listed = subject.runtime in family.runtimes
    own = any(
        (each.runtime, each.structure) == (subject.runtime, family.structure)
        and each.source in family.tables
        for each in base.rates
    )
    return (
        not known or not (listed or not family.runtimes),
        _away(subject.dtype, family.dtypes),
        not own,
        not family.general,
        not listed,
        family.ranking,
    )


def _away(dtype: str, dtypes: frozenset[str]) -> int:
    """How far an element type is: one of them, another with or without a point, or neither."""
    if dtype in dtypes:
        return 0
    return 1 if any(("float" in dtype) == ("float" in each) for each in dtypes) else 2


def of_one_device(rows: tuple[Observation, ...], device: str) -> tuple[Observation, ...]:
    """The rows of one device: those that name it, and those that name none.

    Raises:
        UsageError: the rows are of several devices, or of none of that name.
    """
    named = list(dict.fromkeys(row.device for row in rows if row.device))
    if device:
        wanted = [name for name in named if _letters(name) == _letters(device)]
        if not wanted:
            raise UsageError(f"--device {quoted(device)}: no row is of it; {_listed(named)}")
        return tuple(row for row in rows if row.device in {"", *wanted})
    if len({_letters(name) for name in named}) > 1:
        raise UsageError(f"rows of several machines: {_listed(named)}; choose one with --device")
    return rows


def _listed(names: list[str], most: int = 4) -> str:
    if not names:
        return "the rows name no device"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"there are {', '.join(map(quoted, names[:most]))}{more}"
