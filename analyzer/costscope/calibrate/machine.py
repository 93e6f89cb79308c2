"""What a roofline needs of this computer beside its kernels: caches and bandwidths."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from costscope.timing.terms.place import DEFAULTS

_CACHE = "sys/devices/system/cpu/cpu{}/cache"
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}
# Of macOS: the performance cores' first, then what older systems tell.
_APPLE_L2 = ("hw.perflevel0.l2cachesize", "hw.l2cachesize")
_APPLE_L3 = ("hw.perflevel0.l3cachesize", "hw.l3cachesize")

DRAM_BYTES = 256_000_000  # of each of the two arrays: far more than any cache holds
_ROUNDS, _ROUND_S = 5, 0.02


@dataclass(frozen=True, slots=True)
class Caches:
    """Sizes of a processor's caches.

    Attributes:
        l2_bytes: second level, of one core.
        l3_bytes: third level; the second one's where there is none.
        known: whether the system told them.
    """

    l2_bytes: int
    l3_bytes: int
    known: bool = True

    @property
    def has_l3(self) -> bool:
        """Whether there is a third level beyond the second."""
        return self.l3_bytes > self.l2_bytes


def caches(root: Path = Path("/")) -> Caches:
    """The caches of this computer; those of a common core where it does not tell.

    Args:
        root: folder that holds `sys`.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    first = min(affinity(0)) if affinity is not None else 0
    found = _linux(root / _CACHE.format(first))
    if not found and platform.system() == "Darwin":
        found = _apple()
    if 2 not in found:  # noqa: PLR2004 - the second level
        return Caches(DEFAULTS["l2_bytes"], DEFAULTS["l3_bytes"], known=False)
    return Caches(found[2], max(found[2], found.get(3, 0)))


def bandwidth_bytes_per_s(size_bytes: int, threads: int = 1) -> float:
    """Bytes read and written a second while arrays are copied; the median of a few rounds.

    Args:
        size_bytes: of each thread's two arrays together.
        threads: that copy at the same time, each its own arrays.
    """
    import numpy as np

    half = max(4096, size_bytes // 2)
    pairs = [(np.zeros(half, np.uint8), np.ones(half, np.uint8)) for _ in range(threads)]
    for target, source in pairs:
        np.copyto(target, source)  # touch every page
    times = _copies(pairs[0])
    with ThreadPoolExecutor(threads) as pool:
        rates = [_round(pool, pairs, times) for _ in range(_ROUNDS)]
    return median(rates)


def _round(pool: ThreadPoolExecutor, pairs: Sequence[tuple[Any, Any]], times: int) -> float:
    start_s = perf_counter()
    list(pool.map(lambda pair: _copy(pair, times), pairs))
    took_s = perf_counter() - start_s
    return 2.0 * int(pairs[0][0].nbytes) * times * len(pairs) / took_s


def _copies(pair: tuple[Any, Any]) -> int:
    """How many copies take a round's time."""
    start_s = perf_counter()
    _copy(pair, 1)
    return max(1, round(_ROUND_S / (perf_counter() - start_s)))


def _copy(pair: tuple[Any, Any], times: int) -> None:
    import numpy as np

    target, source = pair
    for _ in range(times):
        np.copyto(target, source)


def _linux(folder: Path) -> dict[int, int]:
    """Bytes by level, of data caches."""
    found = {}
    for index in sorted(folder.glob("index*")):
        level, kind, size = (_text(index / name) for name in ("level", "type", "size"))
        match = re.fullmatch(r"(\d+)([KMG]?)", size)
        if match and level.isdigit() and kind != "Instruction":
            found[int(level)] = int(match[1]) * _UNITS[match[2]]
    return found


def _apple() -> dict[int, int]:
    levels = {2: _APPLE_L2, 3: _APPLE_L3}
    sizes = {level: next(filter(None, map(_sysctl, keys)), 0) for level, keys in levels.items()}
    return {level: size for level, size in sizes.items() if size}


def _sysctl(key: str) -> int:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command of the system
            ("/usr/sbin/sysctl", "-n", key), capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    text = done.stdout.strip()
    return int(text) if text.isdigit() else 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
