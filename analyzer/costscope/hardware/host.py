"""Calibrations of this computer: where they are kept, and whether one fits."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from costscope.errors import ProfileError, UsageError
from costscope.files import write_atomically
from costscope.hardware.emit import to_yaml
from costscope.hardware.read import read
from costscope.hardware.types import Fitted, Hardware, Identity, Source

HOST = "host"
DATA = "COSTSCOPE_DATA"
_SUFFIX = ".yaml"
_LONGEST_NAME = 48
_NOISE = re.compile(r"\(r\)|\(tm\)|\bcpu\b|\bprocessor\b|@.*", re.IGNORECASE)


def data_folder() -> Path:
    """Where a user's data lies on this system; COSTSCOPE_DATA names another place."""
    if os.environ.get(DATA):
        return Path(os.environ[DATA])
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "costscope"


def saved() -> Mapping[str, Path]:
    """The saved profiles by name, the last one saved first."""
    try:
        paths = [p for p in _folder().glob(f"*{_SUFFIX}") if not p.name.startswith(".")]
        found = [(path.stat().st_mtime_ns, path.stem, path) for path in paths]
    except OSError:
        return {}
    return {name: path for _, name, path in sorted(found, reverse=True)}


def save_host(hardware: Hardware) -> Path:
    """Keep a calibration for `--hw host`, and say where.

    One file a computer. What it was measured with before, other runtimes and other thread
    counts, stays in it if the runtime's version is the same.

    Raises:
        UsageError: it does not say what it was measured on, or cannot be written.
    """
    if hardware.identity is None:
        raise UsageError(f"{hardware.name}: only a profile made by `costscope calibrate` is saved")
    path = _folder() / f"{name_for(hardware.identity)}{_SUFFIX}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path.parent}: cannot be made: {error.strerror or error}") from None
    with suppress(ProfileError):  # none yet, or one that cannot be read: it is replaced
        hardware = merged(hardware, read(path))
    text = to_yaml(replace(hardware, name=path.stem))
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))
    return path


def host_path(this: Identity | None) -> Path | None:
    """The last calibration saved for a computer; for any computer where `this` is None.

    One with the same cores and instruction sets goes before one with others.
    """
    found = []
    for age, path in enumerate(saved().values()):
        try:
            identity = read(path).identity
        except ProfileError:
            continue
        if identity is not None and (this is None or _alike(identity, this)):
            exact = this is None or (identity.cores, _flags(identity)) == (this.cores, _flags(this))
            found.append((not exact, age, path))
    return min(found)[2] if found else None


def load_host(this: Identity | None) -> Hardware:
    """The machine that `--hw host` means.

    Raises:
        ProfileError: nobody has calibrated this computer.
    """
    path = host_path(this)
    if path is None:
        others = ", ".join(saved())
        known = f" (there are {others} by their names)" if others else ""
        raise ProfileError(f"no calibration of this machine{known}; run `costscope calibrate`")
    return read(path)


def merged(new: Hardware, earlier: Hardware) -> Hardware:
    """A calibration with what an earlier one of the same computer has beside it."""
    if earlier.identity is None or new.identity is None or not _same(earlier, new):
        return new
    versions = {each.runtime: each.version for each in new.fitted}
    taken = {(each.runtime, each.threads) for each in new.fitted}
    sources = dict(new.sources)
    kept: list[Fitted] = []
    for each in earlier.fitted:
        if (each.runtime, each.threads) in taken:
            continue
        if versions.get(each.runtime, each.version) == each.version:
            kept.append(replace(each, source=_adopted(sources, earlier.sources[each.source])))
    ordered = sorted((*new.fitted, *kept), key=lambda each: (each.runtime, each.threads))
    return replace(new, fitted=tuple(ordered), sources=sources)


def warnings_for(
    hardware: Hardware,
    this: Identity,
    *,
    runtime: str = "onnxruntime",
    version: str | None = None,
) -> tuple[str, ...]:
    """Why a calibrated profile may not hold on this computer; nothing where it should.

    Args:
        hardware: a profile; without an identity there is nothing to compare.
        this: the computer.
        runtime: that the times are wanted of.
        version: of the runtime that is installed; None where there is none.
    """
    made = hardware.identity
    if made is None:
        return ()
    found = list(_differences(made, this))
    versions = sorted({f.version for f in hardware.fitted if f.runtime == runtime})
    if version is not None and versions and version not in versions:
        found.append(f"calibrated with {runtime} {' and '.join(versions)}, here is {version}")
    return tuple(f"{hardware.name}: {what}" for what in found)


def name_for(identity: Identity) -> str:
    """A name for a computer's profile, such as `amd_epyc_7763_2_cores`."""
    plain = _NOISE.sub(" ", identity.cpu or identity.architecture).lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "computer"
    cores = "core" if identity.cores == 1 else "cores"
    return f"{words[:_LONGEST_NAME].strip('_')}_{identity.cores}_{cores}"


def _differences(made: Identity, this: Identity) -> Sequence[str]:
    if not _alike(made, this):
        return [f"calibrated on {_called(made)}, this computer has {_called(this)}"]
    found = []
    if made.cores != this.cores:
        found.append(f"calibrated with {made.cores} cores, here are {this.cores}")
    lacking, more = _flags(made) - _flags(this), _flags(this) - _flags(made)
    if lacking:
        found.append(f"calibrated with {_listed(lacking)}, which this computer lacks")
    if more:
        found.append(f"calibrated without {_listed(more)}, which this computer has")
    return found


def _folder() -> Path:
    return data_folder() / "hardware"


def _alike(one: Identity, other: Identity) -> bool:
    return (one.cpu.split(), one.architecture) == (other.cpu.split(), other.architecture)


def _same(one: Hardware, other: Hardware) -> bool:
    first, second = one.identity, other.identity
    if first is None or second is None:
        return False
    return _alike(first, second) and (first.cores, _flags(first)) == (second.cores, _flags(second))


def _flags(identity: Identity) -> frozenset[str]:
    return frozenset(identity.flags)


def _called(identity: Identity) -> str:
    return f"{identity.cpu} ({identity.architecture})"


def _listed(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))


def _adopted(sources: dict[str, Source], source: Source) -> str:
    """The key of a source among others; a new one where its own stands for something else."""
    key, number = source.key, 1
    while key in sources and replace(sources[key], key=source.key) != source:
        number += 1
        key = f"{source.key}_{number}"
    sources[key] = replace(source, key=key)
    return key
