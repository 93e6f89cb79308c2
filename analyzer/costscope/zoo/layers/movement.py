"""Layers that only move elements or give them another shape."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costscope.errors import ArchitectureError
from costscope.zoo.emitter import Emitter, Value


class Movement(Emitter):
    """Concatenating, cutting, reshaping, transposing, padding, resizing."""

    def concat(self, values: Sequence[Value], name: str = "concat", axis: int = 1) -> Value:
        """Tensors side by side along an axis; the tensor itself for one.

        Raises:
            ArchitectureError: other axes differ.
        """
        if len(values) == 1:
            return values[0]
        at = axis % len(values[0].shape)
        rests = {(*v.shape[:at], *v.shape[at + 1 :]) for v in values}
        if len(rests) > 1:
            shapes = ", ".join(str(v.shape) for v in values)
            raise ArchitectureError(f"{self.path(name)}: {shapes} do not fit along axis {at}")
        shape = list(values[0].shape)
        shape[at] = sum(v.shape[at] for v in values)
        return self.emit("Concat", list(values), name, tuple(shape), axis=at)

    def split(
        self, x: Value, sizes: Sequence[int], name: str = "split", axis: int = 1
    ) -> list[Value]:
        """Parts of the given sizes along an axis."""
        at = axis % len(x.shape)
        if sum(sizes) != x.shape[at]:
            raise ArchitectureError(
                f"{self.path(name)}: {list(sizes)} do not add up to {x.shape[at]}"
            )
        shapes = [(*x.shape[:at], size, *x.shape[at + 1 :]) for size in sizes]
        return self.emit_many("Split", [x, self.shape_constant(sizes)], name, shapes, axis=at)

    def cut(
        self, x: Value, start: int, stop: int, name: str = "slice", axis: int = 1, step: int = 1
    ) -> Value:
        """Elements start to stop (exclusive) of an axis."""
        at = axis % len(x.shape)
        stop = min(stop, x.shape[at])
        shape = list(x.shape)
        shape[at] = -(-(stop - start) // step)
        inputs = [self.shape_constant([number]) for number in (start, stop, at, step)]
        return self.emit("Slice", [x, *inputs], name, tuple(shape))

    def reshape(self, x: Value, shape: Sequence[int], name: str = "reshape") -> Value:
        """The same elements in another shape; one size may be -1."""
        sizes = list(shape)
        if -1 in sizes:
            sizes[sizes.index(-1)] = x.elements // prod(s for s in sizes if s != -1)
        if prod(sizes) != x.elements:
            raise ArchitectureError(f"{self.path(name)}: {x.shape} cannot become {tuple(shape)}")
        return self.emit("Reshape", [x, self.shape_constant(sizes)], name, tuple(sizes))

    def flatten(self, x: Value, name: str = "flatten") -> Value:
        """(N, ...) to (N, F)."""
        return self.emit("Flatten", [x], name, (x.shape[0], prod(x.shape[1:])))

    def transpose(self, x: Value, order: Sequence[int], name: str = "transpose") -> Value:
        """Axes in another order."""
        return self.emit("Transpose", [x], name, tuple(x.shape[i] for i in order), perm=list(order))

    def tokens(self, x: Value, name: str = "tokens") -> Value:
        """An image as a sequence: (N, C, H, W) to (N, H * W, C)."""
        with self.scope(name):
            flat = self.reshape(x, [*x.shape[:2], -1])
            return self.transpose(flat, [0, 2, 1])

    def image(self, x: Value, size: Sequence[int], name: str = "image") -> Value:
        """A sequence as an image: (N, H * W, C) to (N, C, H, W)."""
        with self.scope(name):
            turned = self.transpose(x, [0, 2, 1])
            return self.reshape(turned, [*turned.shape[:2], *size])

    def shuffle(self, x: Value, groups: int, name: str = "shuffle") -> Value:
        """Channel shuffle: Reshape to (N, g, C/g, H, W), Transpose, Reshape (ShuffleNet, 3.1)."""
        n, c, *space = x.shape
        with self.scope(name):
            split = self.reshape(x, [n, groups, c // groups, *space], "split")
            turned = self.transpose(split, [0, 2, 1, *range(3, 3 + len(space))])
            return self.reshape(turned, [n, c, *space], "join")

    def pad(
        self, x: Value, before: Sequence[int], after: Sequence[int], name: str = "pad"
    ) -> Value:
        """Zeros around x; one count for each axis."""
        shape = tuple(b + s + a for b, s, a in zip(before, x.shape, after, strict=True))
        return self.emit("Pad", [x, self.shape_constant([*before, *after])], name, shape)

    def resize(
        self, x: Value, size: Sequence[int], name: str = "resize", mode: str = "nearest"
    ) -> Value:
        """(N, C, H, W) to the spatial size given: `nearest`, `linear` or `cubic`."""
        shape = (*x.shape[:2], *size)
        options = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        if mode != "nearest":
            options = {"coordinate_transformation_mode": "half_pixel"}
        inputs = [x, None, None, self.shape_constant(shape)]
        return self.emit("Resize", inputs, name, shape, mode=mode, **options)

    def depth_to_space(self, x: Value, factor: int, name: str = "pixel_shuffle") -> Value:
        """Pixel shuffle: (N, C r^2, H, W) to (N, C, H r, W r)."""
        n, c, *space = x.shape
        shape = (n, c // factor**2, *(s * factor for s in space))
        return self.emit("DepthToSpace", [x], name, shape, blocksize=factor, mode="CRD")
