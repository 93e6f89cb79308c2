"""Cells that architecture searches found, from a table of their pairs of operations.

Source: Zoph et al. 2018, arXiv 1707.07012, Section 3 and Appendix A; Liu et al. 2018, arXiv
1712.00559; Real et al. 2019, arXiv 1802.01548; Pham et al. 2018, arXiv 1802.03268, Section 2.4;
Liu et al. 2019, arXiv 1806.09055. Where they are silent: the authors' published code.
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.errors import ArchitectureError
from costscope.zoo.blocks import block
from costscope.zoo.blocks.nas_operation import (
    Rules,
    apply_operation,
    factorized_reduction,
    project,
    rules_named,
)
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_INPUTS = 2
Pair = tuple[str, int, str, int]


@block("nas_cell")
def nas_cell(
    net: Net,
    x: Value | tuple[Value, Value],
    *,
    filters: int,
    pairs: list[Pair],
    outputs: list[int],
    stride: int = 1,
    rules: str = "nasnet",
    keep: bool = False,
) -> tuple[Value, Value]:
    """A cell on the outputs of the last two cells; hands on the last and its own.

    Args:
        net: the network.
        x: outputs of the cell before the last and of the last; a single value at the start.
        filters: channels of every state.
        pairs: of each new state: an operation, the state it works on, another operation, the
            state that works on. State 0 is the last cell's output, 1 that of the cell before,
            2 the first pair's sum and so on.
        outputs: states whose concatenation is the cell's output.
        stride: of operations on the states 0 and 1.
        rules: what the search space of a paper leaves to its code: nasnet, enas or darts.
        keep: hand on the older input again instead of the last cell's output.

    Raises:
        ArchitectureError: a pair or an output names a state that is not there.
    """
    rule = rules_named(rules)
    before, last = (None, x) if isinstance(x, Value) else x
    states = _inputs(net, before, last, filters, rule)
    for number, (left, at_left, right, at_right) in enumerate(pairs, start=1):
        _check(net, (at_left, at_right), len(states))
        with net.scope(f"pair{number}"):
            sides = [
                apply_operation(
                    net, states[at], kind, side, filters, stride if at < _INPUTS else 1, rule
                )
                for side, kind, at in (("left", left, at_left), ("right", right, at_right))
            ]
            states.append(net.total(sides, "add"))
    _check(net, outputs, len(states))
    parts = [_fitted(net, states, index, filters, rule) for index in outputs]
    older = before if keep and before is not None else last
    return older, net.concat(parts)


@block("nas_head")
def nas_head(
    net: Net, x: Value | tuple[Value, Value], *, classes: int, bias: bool = True, act: bool = True
) -> Value:
    """Activation of the last cell's output, global average pooling, fully connected layer."""
    last = x if isinstance(x, Value) else x[-1]
    last = net.act(last, "relu" if act else None, "relu")
    return net.fc(net.flatten(net.global_pool(last)), "", classes, bias=bias)


def _inputs(net: Net, before: Value | None, last: Value, filters: int, rule: Rules) -> list[Value]:
    """The states 0 and 1: both inputs, brought to one size and number of channels."""
    here = last
    if rule.twice and here.channels != filters:
        here = project(net, here, "calibrate", filters)
    here = project(net, here, "last", filters)
    if before is None and not rule.starts_raw:
        before = last
    if before is None:
        return [here, last]
    if before.spatial != last.spatial:
        relu = net.act(before, "relu", "before.relu")
        return [here, factorized_reduction(net, relu, "before", filters, rule)]
    if rule.always or before.channels != filters:
        return [here, project(net, before, "before", filters)]
    return [here, before]


def _fitted(net: Net, states: list[Value], index: int, filters: int, rule: Rules) -> Value:
    """A state as part of the output: of the size and channels of the newest one."""
    state, newest = states[index], states[-1]
    if state.spatial != newest.spatial:
        return factorized_reduction(net, state, f"state{index}", filters, rule)
    if state.channels != newest.channels:
        return net.conv(state, f"state{index}", filters, bn=True)
    return state


def _check(net: Net, indices: Sequence[int], there: int) -> None:
    if any(not 0 <= index < there for index in indices):
        raise ArchitectureError(f"{net.path('cell')}: one of the states {indices} is not there")
