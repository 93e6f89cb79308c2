"""Operations of searched cells, and how each paper's code brings their inputs to one size.

Source: Zoph et al. 2018, arXiv 1707.07012, Section 3; Real et al. 2019, arXiv 1802.01548; Pham
et al. 2018, arXiv 1802.03268, Section 2.4; Liu et al. 2019, arXiv 1806.09055, Section 3.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from costscope.errors import ArchitectureError
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_NAME = re.compile(r"(sep|dil|dilsep|avg|max|conv)([1-9])")
_LINE = 7
_NARROWED = 4


@dataclass(frozen=True, slots=True)
class Rules:
    """What the code of a search space decides.

    Attributes:
        pad: `same` where it is TensorFlow's, None for as much on both sides.
        starts_raw: the first cell's older input is the stem as it is.
        always: the older input is projected even where its channels fit.
        twice: the newer input is projected twice where its channels do not fit.
        halves_skips: a skip that strides is a factorized reduction, else a convolution.
    """

    pad: str | None = "same"
    starts_raw: bool = False
    always: bool = False
    twice: bool = False
    halves_skips: bool = True


_RULES = {
    "nasnet": Rules(starts_raw=True, halves_skips=False),
    "enas": Rules(twice=True),
    "darts": Rules(pad=None, always=True),
}


def rules_named(name: str) -> Rules:
    """The rules of a search space.

    Raises:
        ArchitectureError: there are none of that name.
    """
    if name not in _RULES:
        raise ArchitectureError(f"no rules {name!r}; one of {', '.join(_RULES)}")
    return _RULES[name]


def apply_operation(
    net: Net, x: Value, kind: str, name: str, filters: int, stride: int, rule: Rules
) -> Value:
    """An operation of a cell on one state.

    Args:
        net: the network.
        x: the state.
        kind: skip; sepK, twice a depthwise separable convolution of kernel K; dilK, a dilated
            one once; dilsepK, twice with the first dilated; avgK, maxK; conv1; convK, on a
            quarter of the channels; line, 1x7 and 7x1 on a quarter of the channels.
        name: of its scope.
        filters: channels it leaves.
        stride: likewise.
        rule: of its search space.

    Raises:
        ArchitectureError: there is no such operation.
    """
    if kind == "skip":
        return _skip(net, x, name, filters, stride, rule)
    with net.scope(name):
        if kind == "line":
            return _narrowed(net, x, filters, [[1, _LINE], [_LINE, 1]], stride, rule)
        match = _NAME.fullmatch(kind)
        if match is None:
            raise ArchitectureError(f"{net.path(kind)}: no such operation")
        family, kernel = match[1], int(match[2])
        if family in ("avg", "max"):
            return _pool(net, x, family, kernel, filters, stride, rule)
        if family == "conv":
            if kernel > 1:
                return _narrowed(net, x, filters, [[kernel, kernel]], stride, rule)
            return net.conv(net.act(x, "relu", "relu"), "conv", filters, stride=stride, bn=True)
        dilation = 1 if family == "sep" else 2
        y = separable(net, x, "sep1", filters, kernel, stride, dilation, rule)
        return y if family == "dil" else separable(net, y, "sep2", filters, kernel, 1, 1, rule)


def separable(
    net: Net,
    x: Value,
    name: str,
    filters: int,
    kernel: int,
    stride: int,
    dilation: int,
    rule: Rules,
) -> Value:
    """ReLU, depthwise convolution, pointwise convolution, batch norm."""
    with net.scope(name):
        y = net.act(x, "relu", "relu")
        y = net.depthwise(
            y, "depthwise", kernel, stride=stride, dilation=dilation, pad=rule.pad, bias=False
        )
        return net.conv(y, "pointwise", filters, bn=True)


def project(net: Net, x: Value, name: str, filters: int, stride: int = 1) -> Value:
    """ReLU, pointwise convolution, batch norm."""
    return net.conv(net.act(x, "relu", f"{name}.relu"), name, filters, stride=stride, bn=True)


def factorized_reduction(net: Net, x: Value, name: str, filters: int, rule: Rules) -> Value:
    """Half the size: two pointwise convolutions, one on the grid moved by a position.

    TensorFlow's codes pick the positions by a 1x1 pooling and move the grid over a border of
    zeros; the PyTorch one strides its convolutions, and wants an even size.
    """
    widths = (filters // 2, filters - filters // 2)
    fixed = [0] * (len(x.shape) - len(x.spatial))
    step, pools = len(x.spatial) * [1], rule.pad == "same"
    with net.scope(name):
        before, after = [*fixed, *(-s for s in step)], [*fixed, *(int(pools) * s for s in step)]
        halves: list[Value] = []
        for path, width in zip(("path1", "path2"), widths, strict=True):
            y = net.pad(x, before, after, f"{path}.shift") if halves else x
            y = net.avg_pool(y, f"{path}.pool", 1, stride=2) if pools else y
            half = net.conv(y, path, width, stride=1 if pools else 2, bias=net.deploy)
            halves.append(half)
        joined = net.concat(halves)
        # The batch norm folds into both convolutions, hence their bias in the deploy form.
        return joined if net.deploy else net.batch_norm(joined)


def _skip(net: Net, x: Value, name: str, filters: int, stride: int, rule: Rules) -> Value:
    if stride > 1 and rule.halves_skips:
        x = net.act(x, "relu", f"{name}.relu") if rule.pad is None else x
        return factorized_reduction(net, x, name, filters, rule)
    if stride > 1 or x.channels != filters:
        return project(net, x, name, filters, stride)
    return x


def _pool(
    net: Net, x: Value, family: str, kernel: int, filters: int, stride: int, rule: Rules
) -> Value:
    if family == "avg":
        y = net.avg_pool(x, "pool", kernel, stride=stride, pad=rule.pad, count_pad=False)
    else:
        y = net.max_pool(x, "pool", kernel, stride=stride, pad=rule.pad)
    return y if y.channels == filters else net.conv(y, "conv", filters, bn=True)


def _narrowed(
    net: Net, x: Value, filters: int, kernels: list[list[int]], stride: int, rule: Rules
) -> Value:
    """Pointwise convolution to fewer channels, convolutions there, pointwise convolution back."""
    narrow = max(1, filters // _NARROWED)
    y = project(net, x, "reduce", narrow)
    for number, kernel in enumerate(kernels, start=1):
        y = net.act(y, "relu", f"conv{number}.relu")
        strides = [stride if size > 1 else 1 for size in kernel]
        y = net.conv(y, f"conv{number}", narrow, kernel, stride=strides, pad=rule.pad, bn=True)
    return project(net, y, "expand", filters)
