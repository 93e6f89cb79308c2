"""Whole numbers that shape the terms: blocks and tiles of the runtime's loops, cache sizes.

Which loops onnxruntime takes follows from the instruction sets. A wrong guess makes terms that
explain less; it never makes a wrong sum, as every class is fitted to what was measured.

Source:
    onnxruntime's MLAS: platform.cpp (block of the NCHWc layout: 16 channels with AVX-512 and on
    64-bit Arm, else 8); SconvKernelAvx512F, SconvKernelFma3 and sconv_nchwc_kernel_neon.cpp
    (positions of an output row at a time: 6, 3, and 1; newer kernels for Arm may take more);
    SgemmKernelAvx512F, SgemmKernelFma3, SgemmKernelNeon (rows and columns of a product's tile:
    12 x 32, 6 x 16, 4 x 16). Without AVX2 8, 3, 4 x 8 is assumed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from costscope.calibrate.machine import Caches

# The first flag that a processor has decides.
_TILES: Mapping[str, tuple[int, int, int, int]] = {
    "avx512f": (16, 6, 12, 32),
    "avx2": (8, 3, 6, 16),
    "asimd": (16, 1, 4, 16),
    "neon": (16, 1, 4, 16),
}
_OTHER = (8, 3, 4, 8)
_NAMES = ("block", "outputs", "rows", "columns")


def settings_of(flags: Collection[str], caches: Caches) -> dict[str, int]:
    """The settings of a processor.

    Args:
        flags: its instruction set extensions.
        caches: sizes of its caches.
    """
    tiles = next((_TILES[flag] for flag in _TILES if flag in flags), _OTHER)
    sizes = {"l2_bytes": caches.l2_bytes, "l3_bytes": caches.l3_bytes}
    return {**dict(zip(_NAMES, tiles, strict=True)), **sizes}
