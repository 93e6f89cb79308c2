"""Convolutions, plain and transposed, with the batch norm and activation that follow them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costscope.errors import ArchitectureError
from costscope.zoo.emitter import Value
from costscope.zoo.layers.activation import Activations
from costscope.zoo.layers.normalization import Normalizations

Sizes = int | Sequence[int]


def per_axis(sizes: Sizes, rank: int) -> list[int]:
    """One size for each spatial axis."""
    return [sizes] * rank if isinstance(sizes, int) else list(sizes)


class Convolutions(Normalizations, Activations):
    """Convolutions; a batch norm after one is folded into it in the deploy form."""

    def conv(
        self,
        x: Value,
        name: str,
        out: int,
        kernel: Sizes = 1,
        *,
        stride: Sizes = 1,
        groups: int = 1,
        dilation: Sizes = 1,
        pad: Sizes | str | None = None,
        bias: bool | None = None,
        bn: bool = False,
        act: str | None = None,
    ) -> Value:
        """Convolution of x: (N, C, *S) to (N, out, *S').

        Args:
            x: input.
            name: of the Conv; "" for the scope's own. Its batch norm is called `name.bn`, its
                activation `name.act`.
            out: output channels.
            kernel: size, or a size for each axis.
            stride: likewise.
            groups: `x.channels` for a depthwise convolution.
            dilation: likewise.
            pad: before and after each axis; (k - 1) / 2 * dilation if None; `same` pads as
                TensorFlow does (more behind than before); all begins then all ends if a list
                twice as long as the axes.
            bias: whether it has one; if None, it has where no batch norm follows. In the deploy
                form a folded batch norm leaves its shift behind as a bias.
            bn: whether a batch norm follows.
            act: activation that follows.

        Raises:
            ArchitectureError: the groups do not divide the channels.
        """
        if groups < 1 or x.channels % groups or out % groups:
            raise ArchitectureError(
                f"{self.path(name)}: {groups} groups do not divide {x.channels} and {out} channels"
            )
        rank = len(x.spatial)
        attributes: dict[str, Any] = {
            "kernel_shape": per_axis(kernel, rank),
            "strides": per_axis(stride, rank),
            "dilations": per_axis(dilation, rank),
        }
        size, attributes["pads"] = self._window(x, pad, **attributes)
        if max(attributes["dilations"], default=1) == 1:
            del attributes["dilations"]
        attributes |= {"group": groups} if groups > 1 else {}
        prefix = f"{name}." if name else ""
        shape = [out, x.channels // groups, *attributes["kernel_shape"]]
        inputs: list[Any] = [x, self.weight(f"{prefix}weight", shape)]
        if (bn and self.deploy) or (not bn if bias is None else bias):
            inputs.append(self.weight(f"{prefix}bias", [out], like="bias"))
        y = self.emit("Conv", inputs, name, (x.shape[0], out, *size), **attributes)
        if bn and not self.deploy:
            y = self.batch_norm(y, f"{prefix}bn")
        return self.act(y, act, f"{prefix}act")

    def _window(
        self,
        x: Value,
        pad: Sizes | str | None,
        *,
        kernel_shape: Sequence[int],
        strides: Sequence[int],
        dilations: Sequence[int],
    ) -> tuple[list[int], list[int]]:
        """Sizes of the output, and the padding."""
        reach = [(k - 1) * d + 1 for k, d in zip(kernel_shape, dilations, strict=True)]
        pads = self.pads(x, reach, strides, pad)
        ends = zip(x.spatial, pads[: len(reach)], pads[len(reach) :], reach, strides, strict=True)
        return [(s + a + b - r) // step + 1 for s, a, b, r, step in ends], pads

    def depthwise(self, x: Value, name: str, kernel: Sizes = 3, **options: Any) -> Value:
        """Convolution of each channel on its own; `options` as for `conv`."""
        return self.conv(x, name, x.channels, kernel, groups=x.channels, **options)

    def conv_transpose(
        self,
        x: Value,
        name: str,
        out: int,
        kernel: int,
        *,
        stride: int = 1,
        pad: int = 0,
        groups: int = 1,
        bias: bool = True,
    ) -> Value:
        """Transposed convolution: a size s becomes (s - 1) * stride + kernel - 2 * pad."""
        size = [(s - 1) * stride + kernel - 2 * pad for s in x.spatial]
        rank = len(x.spatial)
        shape = [x.channels, out // groups, *[kernel] * rank]
        inputs: list[Any] = [x, self.weight(f"{name}.weight", shape)]
        if bias:
            inputs.append(self.weight(f"{name}.bias", [out], like="bias"))
        return self.emit(
            "ConvTranspose",
            inputs,
            name,
            (x.shape[0], out, *size),
            kernel_shape=[kernel] * rank,
            strides=[stride] * rank,
            pads=[pad] * (2 * rank),
            group=groups,
        )

    @staticmethod
    def pads(
        x: Value, reach: Sequence[int], strides: Sequence[int], pad: Sizes | str | None
    ) -> list[int]:
        """Padding before all axes, then behind all axes; `reach` is the dilated kernel."""
        rank = len(reach)
        if pad == "same":
            total = [
                max((-(-s // step) - 1) * step + r - s, 0)
                for s, r, step in zip(x.spatial, reach, strides, strict=True)
            ]
            return [t // 2 for t in total] + [t - t // 2 for t in total]
        if pad is None:
            before = [(r - 1) // 2 for r in reach]
            return before + before
        given = [pad] * rank if isinstance(pad, int) else [int(p) for p in pad]
        return given if len(given) == 2 * rank else given + given
