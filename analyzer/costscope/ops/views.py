"""Views: the same data under another shape. No arithmetic, no traffic."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from costscope.dtypes import BOOL
from costscope.errors import ShapeError
from costscope.graph.dims import axes_of, axis_of
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import Array, Site, Slot, no_work, op, shape_of, value_of
from costscope.work import KernelKind, Work

_SETTING = {1: Slot.SETTING, 2: Slot.SETTING}


@op(
    "Reshape",
    "Flatten",
    "Squeeze",
    "Unsqueeze",
    "Identity",
    "Dropout",
    kind=KernelKind.VIEW,
    slots=_SETTING,
)
def view(node: Node) -> Work:
    """Nothing: the result lies in its input's memory.

    Dropout is one of them: in inference it hands its input on.

    Source:
        ONNX operators Reshape 1 to 25, Flatten 1 to 25, Squeeze and Unsqueeze 1 to 25,
        Identity 1 to 25, Dropout 1 to 22.
    """
    return no_work(node)


@shape_of("Reshape")
def reshape_shape(site: Site) -> Sequence[TensorType]:
    """The target shape: 0 keeps a size (unless `allowzero`), one -1 takes what is left.

    Raises:
        ShapeError: the target holds another number of elements.
    """
    target = site.ints(1, "shape")
    if target is None:
        raise ShapeError("it has no target shape")
    keeps_zero = bool(int(site.attributes.get("allowzero", 0)))
    shape = reshaped(site.shape(0), target, keeps_zero=keeps_zero)
    return [TensorType(shape, site.input(0).dtype)]


def reshaped(source: Shape, target: Sequence[int], *, keeps_zero: bool = False) -> Shape:
    """A target shape with its 0 and -1 filled in.

    Args:
        source: shape of the data.
        target: sizes as the operator is given them.
        keeps_zero: a 0 is a size of zero, not "as in the source".

    Raises:
        ShapeError: the target holds another number of elements, or cannot be read.
    """
    wrong = f"cannot reshape {list(source)} to {list(target)}"
    sizes = list(target)
    for axis, size in enumerate(sizes):
        if size < -1:
            raise ShapeError(f"{wrong}: {size} is no size")
        if size == 0 and not keeps_zero:
            if axis >= len(source):
                raise ShapeError(f"{wrong}: there is no axis {axis} whose size it could keep")
            sizes[axis] = source[axis]
    elements, open_axes = prod(source), [axis for axis, size in enumerate(sizes) if size == -1]
    if len(open_axes) > 1:
        raise ShapeError(f"{wrong}: more than one size is -1")
    if open_axes:
        rest = prod(size for size in sizes if size != -1)
        if rest == 0 or elements % rest:
            raise ShapeError(f"{wrong}: {elements} elements do not divide into parts of {rest}")
        sizes[open_axes[0]] = elements // rest
    elif prod(sizes) != elements:
        raise ShapeError(f"{wrong}: {elements} elements do not fit into {prod(sizes)}")
    return tuple(sizes)


@shape_of("Flatten")
def flatten_shape(site: Site) -> Sequence[TensorType]:
    """Two axes: all before `axis`, all from it on."""
    shape, axis = site.shape(0), int(site.attributes.get("axis", 1))
    if axis != len(shape):
        axis = axis_of(axis, len(shape))
    return [TensorType((prod(shape[:axis]), prod(shape[axis:])), site.input(0).dtype)]


@shape_of("Squeeze")
def squeeze_shape(site: Site) -> Sequence[TensorType]:
    """The shape without the named axes, or without every axis of size 1."""
    shape, axes = site.shape(0), site.ints(1, "axes")
    if axes is None:
        gone = frozenset(axis for axis, size in enumerate(shape) if size == 1)
    else:
        gone = axes_of(axes, len(shape))
    for axis in gone:
        if shape[axis] != 1:
            raise ShapeError(f"axis {axis} of {list(shape)} cannot be squeezed: it is not 1")
    kept = tuple(size for axis, size in enumerate(shape) if axis not in gone)
    return [TensorType(kept, site.input(0).dtype)]


@shape_of("Unsqueeze")
def unsqueeze_shape(site: Site) -> Sequence[TensorType]:
    """The shape with new axes of size 1; axes count in the result."""
    axes = site.ints(1, "axes")
    if axes is None:
        raise ShapeError("it has no axes")
    shape = site.shape(0)
    new = axes_of(axes, len(shape) + len(axes))
    if len(new) != len(axes):
        raise ShapeError(f"axes {axes} name the same axis twice")
    rest = iter(shape)
    sizes = tuple(1 if i in new else next(rest) for i in range(len(shape) + len(axes)))
    return [TensorType(sizes, site.input(0).dtype)]


@shape_of("Identity")
def identity_shape(site: Site) -> Sequence[TensorType]:
    """What goes in, sequences and optionals too."""
    given = site.input(0)
    if given.items is None:
        site.shape(0)
    return [TensorType(given.shape, given.dtype, given.items)]


@shape_of("Dropout")
def dropout_shape(site: Site) -> Sequence[TensorType]:
    """The data's shape, twice: the second output is the mask.

    Before version 10 the mask has the element type of the data.
    """
    training = site.value(2)
    if training is not None and training.size == 1 and bool(training.reshape(-1)[0]):
        site.assume(f"{site.name!r} (Dropout) is in training mode; costed as in inference")
    shape, dtype = site.shape(0), site.input(0).dtype
    return [TensorType(shape, dtype), TensorType(shape, BOOL if site.version >= 10 else dtype)]


@value_of("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity")
def viewed(site: Site) -> Sequence[Array]:
    """The same values in the new shape."""
    value = site.known(0)
    rules = {
        "Reshape": reshape_shape,
        "Flatten": flatten_shape,
        "Squeeze": squeeze_shape,
        "Unsqueeze": unsqueeze_shape,
        "Identity": identity_shape,
    }
    shape = rules[site.op_type](site)[0].shape
    return [np.reshape(value, value.shape if shape is None else shape)]
