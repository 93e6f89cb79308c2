"""Reductions along axes, running sums, and losses."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from costscope.dtypes import INT64
from costscope.errors import ShapeError
from costscope.graph.dims import axes_of, axis_of
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import Site, Slot, op, shape_of
from costscope.work import KernelKind, Work

_REDUCTION = KernelKind.REDUCTION


class _Cost(NamedTuple):
    """Operations of a reduction: vector and special ones per input, then per output."""

    vector: int
    special: int = 0
    vector_out: int = 0
    special_out: int = 0


_COSTS = {
    "ReduceSum": _Cost(1),
    "ReduceProd": _Cost(1),
    "ReduceMax": _Cost(1),
    "ReduceMin": _Cost(1),
    "ReduceMean": _Cost(1, vector_out=1),  # a division by the count
    "ReduceL1": _Cost(2),  # |x|, sum
    "ReduceSumSquare": _Cost(2),  # x*x, sum
    "ReduceL2": _Cost(2, special_out=1),  # x*x, sum; sqrt
    "ReduceLogSum": _Cost(1, special_out=1),  # sum; log
    "ReduceLogSumExp": _Cost(3, 1, vector_out=1, special_out=1),  # max, x-m, exp, sum; m+log
}


@op(*_COSTS, kind=_REDUCTION, slots={1: Slot.SETTING})
def reduce(node: Node) -> Work:
    """Reduction along axes: operations per input element, and some per output element.

    Without axes and with `noop_with_empty_axes` the input passes as it is.

    Shapes:
        X: (*S)    Y: (*S) with the reduced axes gone, or of size 1
    """
    if _passes(node):
        return Work()
    cost, inputs, outputs = _COSTS[node.op_type], prod(node.shape(0)), node.output.elements
    return Work(
        vector_ops=cost.vector * inputs + cost.vector_out * outputs,
        special_ops=cost.special * inputs + cost.special_out * outputs,
    )


def _passes(node: Node) -> bool:
    """Whether there is nothing to reduce and the operator is told to do nothing then."""
    if not node.attributes.get("noop_with_empty_axes", 0):
        return False
    axes = node.input(1)
    return not node.attributes.get("axes") and (axes is None or axes.elements == 0)


@op("ArgMax", "ArgMin", kind=_REDUCTION)
def arg_reduce(node: Node) -> Work:
    """Place of the largest or smallest element: a comparison per input element."""
    return Work(vector_ops=prod(node.shape(0)))


@op("CumSum", "CumProd", kind=_REDUCTION, slots={1: Slot.SETTING})
def cumulate(node: Node) -> Work:
    """Running sum or product: one operation per element."""
    return Work(vector_ops=prod(node.shape(0)))


@op("NegativeLogLikelihoodLoss", kind=_REDUCTION)
def negative_log_likelihood_loss(node: Node) -> Work:
    """Negative log probability of each target: negation, weighting, sum.

    Shapes:
        input: (N, C, *D)    target: (N, *D)    weight: (C,)    loss: (N, *D) or ()
    """
    targets = prod(node.shape(1))
    return Work(vector_ops=(2 + (node.input(2) is not None)) * targets)


@op("SoftmaxCrossEntropyLoss", kind=_REDUCTION)
def softmax_cross_entropy_loss(node: Node) -> Work:
    """LogSoftmax over the classes, then the negative log likelihood.

    LogSoftmax takes 4 operations and an exp per element, and a log per target.
    """
    elements, targets = prod(node.shape(0)), prod(node.shape(1))
    log_softmax = Work(vector_ops=4 * elements, special_ops=elements + targets)
    return log_softmax + negative_log_likelihood_loss(node)


@shape_of(*_COSTS)
def reduce_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape without the reduced axes, or with size 1 there."""
    shape, dtype = site.shape(0), site.input(0).dtype
    axes = site.ints(1, "axes")
    if axes:
        reduced = axes_of(axes, len(shape))
    elif site.attributes.get("noop_with_empty_axes", 0):
        return [TensorType(shape, dtype)]
    else:
        reduced = frozenset(range(len(shape)))
    return [TensorType(_reduced(shape, reduced, site.attributes.get("keepdims", 1)), dtype)]


def _reduced(shape: Shape, axes: frozenset[int], keep: int) -> Shape:
    if keep:
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


@shape_of("ArgMax", "ArgMin")
def arg_reduce_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape without the axis, or with size 1 there, as int64."""
    shape = site.shape(0)
    axis = axis_of(int(site.attributes.get("axis", 0)), len(shape))
    keep = site.attributes.get("keepdims", 1)
    return [TensorType(_reduced(shape, frozenset({axis}), keep), INT64)]


@shape_of("CumSum", "CumProd")
def cumulate_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape."""
    return [TensorType(site.shape(0), site.input(0).dtype)]


@shape_of("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
def loss_shape(site: Site) -> Sequence[TensorType]:
    """One number, or one per target without a reduction; then the log probabilities."""
    scores, targets = site.shape(0), site.shape(1)
    if len(scores) < 2 or targets != scores[:1] + scores[2:]:
        raise ShapeError(f"targets of shape {list(targets)} for scores {list(scores)}")
    whole = site.attributes.get("reduction", "mean") != "none"
    dtype = site.input(0).dtype
    loss = TensorType(() if whole else targets, dtype)
    return [loss, TensorType(scores, dtype)][: len(site.outputs)]
