"""The facts of this computer that a measured time depends on. Nothing here ever fails."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from costscope.measure.arm import part_name
from costscope.measure.types import Computer

# Instruction set extensions that change how fast arithmetic is, as Linux spells them.
FLAGS = (
    *("sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni"),
    *("avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16"),
    *("amx_tile", "amx_int8", "amx_bf16"),
    *("neon", "asimd", "fphp", "asimdhp", "asimddp", "i8mm", "bf16", "sve", "sve2"),
)
# What macOS calls them: words of `machdep.cpu.*features`, and keys of `hw.optional.arm`.
_APPLE = {
    "SSE4.2": ("sse4_2",),
    "AVX1.0": ("avx",),
    "AVX2": ("avx2",),
    "FMA": ("fma",),
    "F16C": ("f16c",),
    "AVX512F": ("avx512f",),
    "AVX512VNNI": ("avx512_vnni",),
    "AdvSIMD": ("asimd",),
    "FEAT_FP16": ("fphp", "asimdhp"),
    "FEAT_DotProd": ("asimddp",),
    "FEAT_I8MM": ("i8mm",),
    "FEAT_BF16": ("bf16",),
}
_BRAND = "machdep.cpu.brand_string"
_FEATURES = ("machdep.cpu.features", "machdep.cpu.leaf7_features")
_REGISTRY = r"HKLM\HARDWARE\DESCRIPTION\System\CentralProcessor\0"
_GOVERNORS = "sys/devices/system/cpu/cpu{}/cpufreq/scaling_governor"


def computer(root: Path = Path("/")) -> Computer:
    """This computer, as far as it tells.

    Args:
        root: folder that holds `proc` and `sys`.
    """
    processors = _processors()
    cpu, flags = from_cpuinfo(_text(root / "proc/cpuinfo"))
    if not cpu:
        cpu, flags = _elsewhere(platform.system())
    governors = (_text(root / _GOVERNORS.format(number)) for number in processors)
    return Computer(
        cpu=cpu
        or os.environ.get("PROCESSOR_IDENTIFIER")
        or platform.machine()
        or "unknown processor",
        architecture=platform.machine() or "unknown",
        cores=len(processors),
        flags=flags,
        governor=governor_of(governors),
        system=f"{platform.system()} {platform.release()}".strip(),
        memory_bytes=_memory_bytes(),
    )


def from_cpuinfo(text: str) -> tuple[str, tuple[str, ...]]:
    """The processor's name and its flags from Linux' `/proc/cpuinfo`; "" if it tells no name.

    Arm gives numbers for names; several kinds of cores are all named, with their counts. A
    name without a number (as virtual machines show) gets the family and model behind it.
    """
    blocks = [_fields(block) for block in re.split(r"\n\s*\n", text) if block.strip()]
    if not blocks:
        return "", ()
    first = blocks[0]
    name = first.get("model name", "")
    family, model = first.get("cpu family", ""), first.get("model", "")
    # "Xeon(R) Processor @ 2.80GHz" says no more than "EPYC": the clock is not a model.
    if name and family and not re.search(r"\d", name.partition("@")[0]):
        name = f"{name} (family {family} model {model})"
    return _arm_name(blocks) or name or first.get("cpu", "") or first.get("uarch", ""), _known(
        (first.get("flags", "") or first.get("Features", "")).split()
    )


def from_sysctl(text: str) -> tuple[str, tuple[str, ...]]:
    """The processor's name and flags from lines `key: value` of macOS' `sysctl`."""
    fields = _fields(text)
    words = [word for key in _FEATURES for word in fields.get(key, "").split()]
    words += [
        key.removeprefix("hw.optional.").removeprefix("arm.")
        for key, value in fields.items()
        if key.startswith("hw.optional.") and value == "1"
    ]
    found = [flag for word in words for flag in _APPLE.get(word, ())]
    return fields.get(_BRAND, ""), _known(found)


def from_registry(text: str) -> str:
    """The processor's name from what Windows' `reg query` prints; "" if it is not there."""
    match = re.search(r"ProcessorNameString\s+REG_SZ\s+(.+)", text)
    return " ".join(match.group(1).split()) if match else ""


def governor_of(texts: Iterable[str]) -> str:
    """The frequency governor; several if processors differ, "" where none can be read."""
    return "+".join(sorted({text.strip() for text in texts if text.strip()}))


def _arm_name(blocks: Sequence[dict[str, str]]) -> str:
    cores = Counter(
        part_name(block.get("CPU implementer", ""), block["CPU part"])
        for block in blocks
        if "CPU part" in block
    )
    if len(cores) == 1:
        return next(iter(cores))
    return " + ".join(f"{count}x {name}" for name, count in cores.items())


def _fields(text: str) -> dict[str, str]:
    """Lines `key : value`; the first of several with one key."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            found.setdefault(key.strip(), " ".join(value.split()))
    return found


def _known(words: Iterable[str]) -> tuple[str, ...]:
    there = set(words)
    return tuple(flag for flag in FLAGS if flag in there)


def _elsewhere(system: str) -> tuple[str, tuple[str, ...]]:
    """Name and flags where there is no `/proc/cpuinfo`."""
    if system == "Darwin":
        return from_sysctl(_output("sysctl", "machdep.cpu", "hw.optional"))
    if system == "Windows":
        asked = _output("reg", "query", _REGISTRY, "/v", "ProcessorNameString")
        return from_registry(asked), ()
    return "", ()


def _output(*command: str) -> str:
    """What a command prints; "" if it cannot be run or takes long."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands of the system
            command, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return done.stdout


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _processors() -> tuple[int, ...]:
    """The logical processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    if affinity is not None:
        return tuple(sorted(affinity(0)))
    return tuple(range(os.cpu_count() or 1))


def _memory_bytes() -> int | None:
    try:
        pages, page_bytes = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    return pages * page_bytes if pages > 0 and page_bytes > 0 else None
