"""Pooling in windows and over the whole image."""

from __future__ import annotations

from typing import Any

from costscope.zoo.emitter import Value
from costscope.zoo.layers.convolution import Convolutions, Sizes, per_axis


class Pools(Convolutions):
    """Max, average and global pooling."""

    def max_pool(
        self,
        x: Value,
        name: str,
        kernel: Sizes,
        *,
        stride: Sizes = 1,
        pad: Sizes | str | None = 0,
        ceil: bool = False,
    ) -> Value:
        """Max pooling; `ceil` as in Caffe: the last window may reach over the edge."""
        return self._pool("MaxPool", x, name, kernel, stride, pad, ceil)

    def avg_pool(
        self,
        x: Value,
        name: str,
        kernel: Sizes,
        *,
        stride: Sizes = 1,
        pad: Sizes | str | None = 0,
        ceil: bool = False,
        count_pad: bool = True,
    ) -> Value:
        """Average pooling; `count_pad` says whether positions in the padding count."""
        return self._pool(
            "AveragePool", x, name, kernel, stride, pad, ceil, count_include_pad=int(count_pad)
        )

    def global_pool(self, x: Value, name: str = "pool") -> Value:
        """Mean over all positions: (N, C, H, W) to (N, C, 1, 1)."""
        return self.emit("GlobalAveragePool", [x], name, (*x.shape[:2], *[1] * len(x.spatial)))

    def _pool(
        self,
        op_type: str,
        x: Value,
        name: str,
        kernel: Sizes,
        stride: Sizes,
        pad: Sizes | str | None,
        ceil: bool,
        **attributes: Any,
    ) -> Value:
        rank = len(x.spatial)
        kernels, strides = per_axis(kernel, rank), per_axis(stride, rank)
        pads = self.pads(x, kernels, strides, pad)
        size = []
        for i, s in enumerate(x.spatial):
            room = s + pads[i] + pads[rank + i] - kernels[i]
            steps = -(-room // strides[i]) if ceil else room // strides[i]
            if ceil and steps * strides[i] >= s + pads[i]:  # a window wholly in the padding
                steps -= 1
            size.append(steps + 1)
        attributes |= {"ceil_mode": 1} if ceil else {}
        return self.emit(
            op_type,
            [x],
            name,
            (*x.shape[:2], *size),
            kernel_shape=kernels,
            strides=strides,
            pads=pads,
            **attributes,
        )
