"""Writing by index: a copy of the data with some of it replaced."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from costscope.errors import ShapeError
from costscope.graph.dims import axis_of
from costscope.graph.places import along, inside
from costscope.graph.types import Node, TensorType
from costscope.ops import Array, Site, Slot, UnknownShapeError, op, shape_of, value_of
from costscope.work import KernelKind, Work

_REDUCTIONS = {
    "add": np.add,
    "mul": np.multiply,
    "max": np.maximum,
    "min": np.minimum,
}


@op(
    "Scatter",
    "ScatterElements",
    "ScatterND",
    kind=KernelKind.GATHER,
    slots={1: Slot.SETTING},
)
def scatter(node: Node) -> Work:
    """Copies, and one operation per update where a reduction joins it with what is there.

    vector_ops = elements(updates), 0 without a reduction

    Source:
        ONNX operators Scatter 9 to 11, ScatterElements 11 to 18, ScatterND 11 to 18.
    """
    joins = node.attributes.get("reduction", "none") != "none"
    return Work(vector_ops=prod(node.shape(2)) if joins else 0)


@op("TensorScatter", kind=KernelKind.GATHER, slots={2: Slot.SETTING})
def tensor_scatter(_node: Node) -> Work:
    """No arithmetic: a cache with new entries written into it.

    Source:
        ONNX operator TensorScatter, version 24.
    """
    return Work()


@shape_of("Scatter", "ScatterElements", "ScatterND", "TensorScatter")
def scatter_shape(site: Site) -> Sequence[TensorType]:
    """The data's shape.

    Raises:
        ShapeError: indices and updates that do not fit each other or the data.
    """
    shape = site.shape(0)
    if site.op_type == "TensorScatter":
        return [TensorType(shape, site.input(0).dtype)]
    indices, updates = site.shape(1), site.shape(2)
    if site.op_type == "ScatterND":
        depth = indices[-1] if indices else 0
        fits = bool(indices) and depth <= len(shape)
        fits = fits and updates == (*indices[:-1], *shape[depth:])
    else:
        fits = indices == updates and len(indices) == len(shape)
    if not fits:
        raise ShapeError(
            f"indices of shape {list(indices)} and updates of {list(updates)} do not fit "
            f"data of {list(shape)}"
        )
    return [TensorType(shape, site.input(0).dtype)]


@value_of("Scatter", "ScatterElements")
def scatter_elements_value(site: Site) -> Sequence[Array]:
    """The values with the updates in the places that the indices point at."""
    value, indices = site.known(0), site.known(1)
    axis = axis_of(int(site.attributes.get("axis", 0)), value.ndim)
    return [_updated(site, value, along(axis, inside(indices, value.shape[axis])))]


@value_of("ScatterND")
def scatter_nd_value(site: Site) -> Sequence[Array]:
    """The values with the updates in the places that the rows of indices point at."""
    value, indices = site.known(0), site.known(1)
    if not indices.shape[-1]:
        raise UnknownShapeError("its rows of indices are empty")
    places = [inside(indices[..., i], value.shape[i]) for i in range(indices.shape[-1])]
    return [_updated(site, value, tuple(places))]


def _updated(site: Site, value: Array, places: tuple[Array, ...]) -> Array:
    """A copy with the updates in place, one after the other where places repeat."""
    result, updates = value.copy(), site.known(2)
    name = site.attributes.get("reduction", "none")
    if name == "none":
        result[places] = updates
        return result
    reduction = _REDUCTIONS.get(name)
    if reduction is None:
        raise ShapeError(f"reduction {name!r} does not exist")
    reduction.at(result, places, updates)
    return result
