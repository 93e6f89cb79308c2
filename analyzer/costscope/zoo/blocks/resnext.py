"""Residual units that sum many equal paths, in three forms that compute the same.

Source: Xie et al. 2017, arXiv 1611.05431, Sections 3.3 and 4, Figure 3.
"""

from __future__ import annotations

from costscope.errors import ArchitectureError
from costscope.zoo.blocks import block
from costscope.zoo.blocks.resnet import shortcut
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("resnext_unit")
def resnext_unit(
    net: Net,
    x: Value,
    *,
    groups: int,
    per_group: int,
    out: int,
    stride: int = 1,
    form: str = "c",
) -> Value:
    """A bottleneck of `groups` paths, each `per_group` channels wide, and a shortcut.

    Args:
        net: the network.
        x: (N, C, H, W).
        groups: number of paths, the cardinality.
        per_group: channels in the middle of a path.
        out: output channels.
        stride: of the 3x3 convolutions.
        form: `a` sums whole paths, `b` concatenates them before the last convolution, `c` has
            one grouped convolution.
    """
    kept = shortcut(net, x, out, stride)
    y = aggregated(net, x, groups=groups, per_group=per_group, out=out, stride=stride, form=form)
    return net.act(net.add(kept, y), "relu")


def aggregated(
    net: Net, x: Value, *, groups: int, per_group: int, out: int, stride: int, form: str
) -> Value:
    """What is added to the shortcut.

    Raises:
        ArchitectureError: there is no such form.
    """
    if form == "c":
        inner = groups * per_group
        y = net.conv(x, "conv1", inner, bn=True, act="relu")
        y = net.conv(y, "conv2", inner, 3, stride=stride, groups=groups, bn=True, act="relu")
        return net.conv(y, "conv3", out, bn=True)
    if form not in ("a", "b"):
        raise ArchitectureError(f"{net.path('')}: a unit of form {form!r}; there are a, b and c")
    paths = [_path(net, x, f"path{i + 1}", per_group, stride) for i in range(groups)]
    if form == "b":
        return net.conv(net.concat(paths), "conv3", out, bn=True)
    return _summed(net, paths, out)


def _path(net: Net, x: Value, name: str, inner: int, stride: int) -> Value:
    """The first two convolutions of a path."""
    with net.scope(name):
        y = net.conv(x, "conv1", inner, bn=True, act="relu")
        return net.conv(y, "conv2", inner, 3, stride=stride, bn=True, act="relu")


def _summed(net: Net, paths: list[Value], out: int) -> Value:
    """The last convolution of every path, their sum, and the one batch norm behind it.

    Folded, the batch norm leaves its shift behind once, as the bias of the first path.
    """
    parts = []
    for index, path in enumerate(paths):
        with net.scope(f"path{index + 1}"):
            parts.append(net.conv(path, "conv3", out, bias=net.deploy and index == 0))
    total = net.total(parts)
    return total if net.deploy else net.batch_norm(total, "sum.bn")
