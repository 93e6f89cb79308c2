"""Kernels, amounts and differences in words."""

from __future__ import annotations

from collections.abc import Callable

from costscope.comparison.types import Amount, Change, Pair, Sense, Side, Verdict
from costscope.graph.types import Shape
from costscope.kernels.types import Kernel
from costscope.units import format_bytes, format_count, format_latency, format_percent
from costscope.views.report.names import brief
from costscope.views.report.shares import AT_LEAST, NONE
from costscope.work import CONVOLUTIONS, KernelKind

UNKNOWN = "unknown"
AT_MOST = "<= "
_AND_MORE = " + ?"  # behind a difference of which a part is unknown
_IMAGE = 4  # dimensions of a batch of images
_CONSTANT = frozenset({"QuantizeLinear", "DequantizeLinear", "Identity", "Dropout"})

LABELS = {
    "latency_s": "latency",
    "macs": "MACs",
    "params": "parameters",
    "weight_bytes": "weights",
    "traffic_bytes": "traffic",
    "peak_activation_bytes": "peak memory",
    "kernels": "kernels",
    "uncosted": "not costed",
}
_FORMATS: dict[str, Callable[[float], str]] = {
    "latency_s": format_latency,
    "macs": format_count,
    "params": format_count,
    "weight_bytes": format_bytes,
    "traffic_bytes": format_bytes,
    "peak_activation_bytes": format_bytes,
    "kernels": format_count,
    "uncosted": format_count,
}
VERDICTS = {
    Verdict.SAME: "the same",
    Verdict.FASTER: "faster",
    Verdict.SLOWER: "slower",
    Verdict.UNDECIDED: "cannot be told apart",
    Verdict.UNKNOWN: "cannot be told",
}


def amount(quantity: str, found: Amount) -> str:
    """An amount with its unit; `>= ` before a lower bound."""
    if found.value is None:
        return "no prediction" if quantity == "latency_s" else UNKNOWN
    mark = AT_LEAST if (found.least or found.bound) and found.value else ""
    return mark + _FORMATS[quantity](found.value)


def difference(change: Change) -> str:
    """A difference with sign and unit, or what bounds it."""
    if change.difference is None:
        return UNKNOWN
    mark = {Sense.AT_LEAST: AT_LEAST, Sense.AT_MOST: AT_MOST}.get(change.sense, "")
    return mark + signed(change.difference, _FORMATS[change.quantity])


def percent(change: Change) -> str:
    """The difference as a share of the base, with sign; a dash where there is none."""
    ratio = change.ratio
    if ratio is None:
        return NONE
    mark = {Sense.AT_LEAST: AT_LEAST, Sense.AT_MOST: AT_MOST}.get(change.sense, "")
    return mark + (signed(ratio, format_percent) if ratio else "0 %")


def signed(value: float, form: Callable[[float], str]) -> str:
    """A number with its sign; zero has none."""
    if not value:
        return "0"
    return ("+" if value > 0 else "-") + form(abs(value))


def partly(value: float | None, form: Callable[[float], str], *, unknown: bool) -> str:
    """A difference of which a part may be unknown."""
    if value is None:
        return NONE
    if unknown and not value:
        return UNKNOWN
    return signed(value, form) + (_AND_MORE if unknown else "")


def both(pair: Pair) -> tuple[str, str]:
    """What a kernel was and is, as exactly as it takes to see the change; a dash for none."""
    if pair.base is None or pair.head is None:
        told = kernel(pair.either.kernel)
        return (NONE, told) if pair.base is None else (told, NONE)
    old, new = pair.base.kernel, pair.head.kernel
    extra = _extras(old, new)
    return kernel(old, extra), kernel(new, extra)


def _extras(old: Kernel, new: Kernel) -> frozenset[str]:
    """What must be said of both to tell them apart, beside kind and shapes."""
    found = set()
    if _beside(old) != _beside(new) or kernel(old) == kernel(new):
        found.add("ops")
    if old.compute_dtype != new.compute_dtype:
        found.add("dtype")
    if old.repeats != new.repeats:
        found.add("runs")
    return frozenset(found)


def kernel(found: Kernel, extra: frozenset[str] = frozenset()) -> str:
    """A kernel such as `dense_conv 3x3/2 64->128 28x28`: window, stride, channels, output."""
    words = [_name(found), *_layer(found)]
    if "ops" in extra:
        words += [f"+{op}" for op in _beside(found)]
    if "dtype" in extra:
        words.append(found.compute_dtype)
    if "runs" in extra:
        words.append(f"x {found.repeats} runs")
    return brief(" ".join(words), 120)


def _name(found: Kernel) -> str:
    """Its kind if that says what it does, else its operator."""
    layer = found.kind in CONVOLUTIONS or found.kind is KernelKind.FULLY_CONNECTED
    return str(found.kind) if layer else found.runs_as or found.op_types[-1]


def _beside(found: Kernel) -> tuple[str, ...]:
    """Operators in the kernel beside the one that it is named after."""
    return tuple(
        node.op_type
        for node in found.nodes
        if node.name != found.name and node.op_type not in _CONSTANT
    )


def _layer(found: Kernel) -> list[str]:
    out = found.writes[0].shape if found.writes else None
    into = found.reads[0].shape if found.reads else None
    if found.kind in CONVOLUTIONS and found.weights and out and into:
        return _convolution(found, into, out)
    if found.kind is KernelKind.FULLY_CONNECTED and out and into:
        axis = 1 if len(out) == _IMAGE else -1
        if len(into) > 1 and len(out) > 1:
            rows = found.writes[0].elements // max(out[axis], 1)
            return [f"{into[axis]}->{out[axis]}", *([f"{rows} rows"] if rows > 1 else [])]
    return [shape(out)]


def _convolution(found: Kernel, into: Shape, out: Shape) -> list[str]:
    window = found.weights[0].shape or ()
    attributes = next((n.attributes for n in found.nodes if "strides" in n.attributes), {})
    strides = set(attributes.get("strides", (1,))) - {1}
    dilations = set(_attribute(found, "dilations")) - {1}
    words = "x".join(map(str, window[2:]))
    words += f"/{max(strides)}" if strides else ""
    words += f" dilated {max(dilations)}" if dilations else ""
    channels = (
        str(out[1])
        if found.kind is KernelKind.DEPTHWISE_CONV and into[1] == out[1]
        else (f"{into[1]}->{out[1]}")
    )
    groups = []
    if found.kind is KernelKind.GROUPED_CONV and len(window) > 1 and window[1]:
        groups = [f"{into[1] // window[1]} groups"]
    return [words, channels, *groups, "x".join(map(str, out[2:]))]


def _attribute(found: Kernel, name: str) -> tuple[int, ...]:
    for node in found.nodes:
        if name in node.attributes:
            return tuple(node.attributes[name])
    return ()


def shape(sizes: Shape | None) -> str:
    """A shape such as `1x64x56x56`; `?` where it is unknown."""
    if sizes is None:
        return "?"
    return "x".join(map(str, sizes)) or "scalar"


def time(side: Side | None) -> str:
    """The time of a kernel; a dash where there is no kernel."""
    if side is None or side.timing is None:
        return NONE
    return UNKNOWN if side.latency_s is None else format_latency(side.latency_s)


def macs(side: Side | None) -> str:
    """The multiply-accumulates of a kernel; a dash where there is no kernel."""
    if side is None:
        return NONE
    return format_count(side.macs) if side.known else UNKNOWN
