"""Stage of inverted residuals whose kernels and expansions were searched one by one.

Source: Lin et al. 2020, arXiv 2007.10319, Section 3.1; layer lists as the authors published them.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import inverted_residual
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("mcunet_stage")
def mcunet_stage(
    net: Net,
    x: Value,
    *,
    out: int,
    kernels: list[int],
    expands: list[int],
    stride: int = 1,
    act: str = "relu6",
) -> Value:
    """Inverted residuals of one width, one for each kernel; the first carries the stride."""
    for index, (kernel, expand) in enumerate(zip(kernels, expands, strict=True)):
        with net.scope(f"block{index + 1}"):
            x = inverted_residual(
                net, x, out=out, expand=expand, kernel=kernel,
                stride=stride if index == 0 else 1, act=act,
            )  # fmt: skip
    return x
