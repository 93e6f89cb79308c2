"""Names of Arm cores: Linux gives only the numbers of who made them and of the design."""

from __future__ import annotations

# By implementer, then by part, as the cores' main id registers hold them.
# Source: the technical reference manuals of the cores (MIDR_EL1), as listed in Linux'
# arch/arm64/include/asm/cputype.h and in util-linux' lscpu-arm.c.
_MAKERS = {
    0x41: "Arm",
    0x42: "Broadcom",
    0x43: "Cavium",
    0x46: "Fujitsu",
    0x48: "HiSilicon",
    0x4E: "NVIDIA",
    0x51: "Qualcomm",
    0x53: "Samsung",
    0x61: "Apple",
    0xC0: "Ampere",
}
_PARTS = {
    0x41: {
        0xC07: "Cortex-A7",
        0xC08: "Cortex-A8",
        0xC09: "Cortex-A9",
        0xC0F: "Cortex-A15",
        0xD03: "Cortex-A53",
        0xD04: "Cortex-A35",
        0xD05: "Cortex-A55",
        0xD07: "Cortex-A57",
        0xD08: "Cortex-A72",
        0xD09: "Cortex-A73",
        0xD0A: "Cortex-A75",
        0xD0B: "Cortex-A76",
        0xD0C: "Neoverse-N1",
        0xD0D: "Cortex-A77",
        0xD40: "Neoverse-V1",
        0xD41: "Cortex-A78",
        0xD44: "Cortex-X1",
        0xD46: "Cortex-A510",
        0xD47: "Cortex-A710",
        0xD48: "Cortex-X2",
        0xD49: "Neoverse-N2",
        0xD4D: "Cortex-A715",
        0xD4E: "Cortex-X3",
        0xD4F: "Neoverse-V2",
        0xD80: "Cortex-A520",
        0xD81: "Cortex-A720",
        0xD82: "Cortex-X4",
    },
    0x51: {
        0x800: "Kryo 2xx Gold",
        0x801: "Kryo 2xx Silver",
        0x802: "Kryo 3xx Gold",
        0x803: "Kryo 3xx Silver",
        0x804: "Kryo 4xx Gold",
        0x805: "Kryo 4xx Silver",
        0x001: "Oryon",
    },
    0x48: {0xD01: "TSV110"},
    0x4E: {0x003: "Denver 2", 0x004: "Carmel"},
    0x46: {0x001: "A64FX"},
    0xC0: {0xAC3: "Ampere-1", 0xAC4: "Ampere-1A"},
}


def part_name(implementer: str, part: str) -> str:
    """The name of a core from the two numbers of `/proc/cpuinfo`, the numbers if unknown.

    Args:
        implementer: `0x41`.
        part: `0xd0b`.
    """
    try:
        maker, number = int(implementer, 16), int(part, 16)
    except ValueError:
        return f"Arm core {implementer or '?'}:{part or '?'}"
    known = _PARTS.get(maker, {}).get(number, f"core {number:#05x}")
    return f"{_MAKERS.get(maker, f'Arm implementer {maker:#04x}')} {known}"
