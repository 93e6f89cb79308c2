"""Kernels that move or combine elements: how long the runs are decides how fast they go."""

from __future__ import annotations

from math import prod

from costscope.graph.types import Node, Tensor
from costscope.kernels.types import Kernel
from costscope.timing.terms import Terms, terms
from costscope.timing.terms.memory import class_name, main_node, moved, operator, plain, typed
from costscope.timing.terms.place import Place
from costscope.work import KernelKind

_BINARY = 2
_QUANTIZED_SLOTS = (0, 3)


@terms(KernelKind.MOVEMENT, KernelKind.GATHER)
def movement(kernel: Kernel, place: Place) -> Terms:
    """Transposes by what stays together, slices and joins by their runs."""
    node = main_node(kernel)
    elements = float(max(kernel.writes[0].elements if kernel.writes else 0, 1))
    if node.op_type == "Transpose":
        name, run = _transpose(node)
    else:
        name, run = operator(kernel), _run(node)
    amounts = {
        "call": 1.0,
        **moved(kernel, place),
        "elements": elements,
        "runs": elements / run,
        "operands_calls": float(len(kernel.reads) + len(kernel.writes)),
    }
    return Terms(typed(name, kernel), amounts)


@terms(KernelKind.ELEMENTWISE)
def elementwise(kernel: Kernel, place: Place) -> Terms:
    """Elementwise operators; of two operands by how the smaller one is repeated."""
    node = main_node(kernel)
    operands = [node.inputs[slot] for slot in _operand_slots(node)]
    amounts = {"call": 1.0, **moved(kernel, place)}
    elements = float(kernel.writes[0].elements if kernel.writes else 0)
    amounts["elements"] = elements
    first, second = (*operands, None, None)[:_BINARY]
    if first is None or second is None or len(kernel.nodes) > 1:
        amounts["special_ops"] = float(kernel.work.special_ops)
        return Terms(class_name(kernel), amounts)
    access, run = _access(first, second)
    amounts["runs"] = elements / run if run else 0.0
    return Terms(typed(f"{operator(kernel)}_{access}", kernel), amounts)


@terms(KernelKind.REDUCTION, KernelKind.SOFTMAX, KernelKind.NORMALIZATION)
def reduction(kernel: Kernel, place: Place) -> Terms:
    """Reductions, by whether the elements that are combined lie together."""
    node = main_node(kernel)
    source, out = node.inputs[0], node.output
    amounts = {"call": 1.0, **moved(kernel, place)}
    if source is None or source.shape is None or not source.shape:
        return plain(kernel, place)
    elements = float(source.elements)
    amounts["elements"] = elements
    inner = True
    if kernel.kind is KernelKind.REDUCTION and out.shape is not None:
        amounts["rows"] = float(max(1, out.elements))
        inner = _reduces_last(source.dims, out.dims, node)
    else:
        amounts["rows"] = elements / source.dims[-1]
    access = "" if kernel.kind is not KernelKind.REDUCTION else "_inner" if inner else "_outer"
    return Terms(typed(operator(kernel) + access, kernel), amounts)


@terms(KernelKind.POOLING)
def pooling(kernel: Kernel, place: Place) -> Terms:
    """Pools: taps of all windows, and positions."""
    node = main_node(kernel)
    elements = float(node.output.elements)
    taps = prod(node.attributes.get("kernel_shape") or node.shape(0)[2:] or (1,))
    amounts = {
        "call": 1.0,
        **moved(kernel, place),
        "elements": elements,
        "tap_ops": elements * taps,
        "output_rows": elements / max(1, node.output.dims[-1]),
    }
    return Terms(class_name(kernel), amounts)


@terms(KernelKind.RESIZE)
def resize(kernel: Kernel, place: Place) -> Terms:
    """Resizes by mode: what an element costs depends on nothing else."""
    node = main_node(kernel)
    mode = str(node.attributes.get("mode", "nearest"))
    amounts = {"call": 1.0, **moved(kernel, place), "elements": float(node.output.elements)}
    return Terms(typed(f"{operator(kernel)}_{mode}", kernel), amounts)


@terms(KernelKind.VIEW)
def view(_kernel: Kernel, _place: Place) -> Terms:
    """A view takes its call."""
    return Terms("view", {"call": 1.0})


def _operand_slots(node: Node) -> tuple[int, ...]:
    """Where the operands stand; quantized ones have a scale and a zero point behind each."""
    if node.op_type.startswith("QLinear"):
        return _QUANTIZED_SLOTS if len(node.inputs) > _QUANTIZED_SLOTS[-1] + 2 else (0,)
    return tuple(range(len(node.inputs)))


def _transpose(node: Node) -> tuple[str, float]:
    """What a permutation leaves together: everything, runs at the end, or nothing."""
    shape = node.shape(0)
    order = [int(a) for a in node.attributes.get("perm") or reversed(range(len(shape)))]
    kept = [axis for axis in order if shape[axis] > 1]
    if kept == sorted(kept):
        return "transpose_view", float(max(1, prod(shape)))
    run = 1
    for axis, place in zip(reversed(order), reversed(range(len(shape))), strict=True):
        if axis != place:
            break
        run *= shape[axis]
    if run > 1:
        return "transpose_runs", float(run)
    return ("transpose_matrix" if _moves_one(order) else "transpose_mixed"), 1.0


def _moves_one(order: list[int]) -> bool:
    """Whether a permutation takes one axis elsewhere and keeps the others in order.

    Runtimes have a fast path for it that looks at all axes, those of size one included.
    """
    rests = (order[:at] + order[at + 1 :] for at in range(len(order)))
    return any(rest == sorted(rest) for rest in rests)


def _run(node: Node) -> float:
    """Elements that are copied together."""
    out = node.output.dims
    source = node.inputs[0]
    axis = node.attributes.get("axis")
    if axis is not None and out:
        place = int(axis) % len(out) + (1 if node.op_type == "Gather" else 0)
        shapes = [each.shape for each in (*node.inputs, *node.outputs) if each is not None]
        sizes = [prod(shape[place:]) for shape in shapes if shape and len(shape) == len(out)]
        return float(max(1, min(sizes, default=1)))
    if source is None or source.shape is None or len(source.shape) != len(out):
        return float(max(1, out[-1] if out else 1))
    run = 1
    for inner, outer in zip(reversed(source.shape), reversed(out), strict=True):
        run *= min(inner, outer)
        if inner != outer:
            break
    return float(max(1, run))


def _access(first: Tensor, second: Tensor) -> tuple[str, float]:
    """How two operands meet, and how many elements are combined in one go."""
    if first.shape is None or second.shape is None:
        return "unknown", 0.0
    if first.elements == 1 or second.elements == 1:
        return "scalar", 0.0
    if first.elements == second.elements:
        return "same", 0.0
    large, small = sorted((first.dims, second.dims), key=prod, reverse=True)
    aligned = (1,) * (len(large) - len(small)) + tuple(small)
    run, repeated = 1, aligned[-1] == 1
    for big, little in zip(reversed(large), reversed(aligned), strict=False):
        if (little == 1) is not repeated and big > 1:
            break
        run *= big
    return ("outer" if repeated else "inner"), float(max(1, run))


def _reduces_last(shape: tuple[int, ...], out: tuple[int, ...], node: Node) -> bool:
    axes = node.attributes.get("axes")
    if axes is None and len(node.inputs) > 1 and node.inputs[1] is not None:
        axes = node.inputs[1].value
    if axes:
        return any(int(axis) % len(shape) == len(shape) - 1 for axis in axes)
    return len(out) != len(shape) or out[-1] != shape[-1]
