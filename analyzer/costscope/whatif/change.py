"""What is different between two graphs, found by what they have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from costscope.graph.types import Graph, Node, Tensor
from costscope.whatif.around import Around

_CONVOLUTIONS = frozenset({"Conv", "QLinearConv", "ConvInteger", "FusedConv"})


@dataclass(frozen=True, slots=True)
class Change:
    """What is different between two graphs: all but so many operators in front and behind.

    Attributes:
        front: operators in front of the first that is different.
        behind: operators behind the last.
        different: operators that the changed graph has otherwise, or not at all.
        added: operators that it has in their place.
        between: all of it between front and behind.
    """

    front: int
    behind: int
    different: tuple[Node, ...]
    added: tuple[Node, ...]
    between: tuple[Node, ...]

    @property
    def only_sizes(self) -> bool:
        """Whether the same is done to the same tensors, but for the sizes of a convolution."""
        return _only_sizes(self.different, self.added)

    def nodes(self, around: Around, names: Collection[str]) -> list[Node]:
        """The changed graph's operators that have these names, or are new; in order."""
        new = {node.name for node in self.added}
        end = len(around.graph.nodes) - self.behind
        kept = around.in_order(names)
        return [
            *(node for node in kept if around.places[node.name] < self.front),
            *(node for node in self.between if node.name in names or node.name in new),
            *(node for node in kept if around.places[node.name] >= end),
        ]


def change_of(around: Around, changed: Graph) -> Change | None:
    """What is different; None where it is no matter of operators in one line."""
    if around.has_branches or around.graph.inputs != changed.inputs:
        return None
    ours, theirs = around.graph.nodes, changed.nodes
    front = _alike(ours, theirs)
    most = min(len(ours), len(theirs)) - front
    behind = min(most, _alike(reversed(ours), reversed(theirs)))
    before = {node.name: node for node in ours[front : len(ours) - behind]}
    after = {node.name: node for node in theirs[front : len(theirs) - behind]}
    added = tuple(node for name, node in after.items() if before.get(name) is not node)
    if any(node.branches for node in added):
        return None
    different = tuple(node for name, node in before.items() if after.get(name) is not node)
    return Change(front, behind, different, added, tuple(after.values()))


def _alike(ours: Iterable[Node], theirs: Iterable[Node]) -> int:
    """How many operators two lines have in common before they differ."""
    count = 0
    for mine, other in zip(ours, theirs, strict=False):
        if mine is not other:
            break
        count += 1
    return count


def _only_sizes(different: Collection[Node], added: Collection[Node]) -> bool:
    if len(different) != len(added) or not any(n.op_type in _CONVOLUTIONS for n in different):
        return False
    return all(_is_resized(old, new) for old, new in zip(different, added, strict=True))


def _is_resized(old: Node, new: Node) -> bool:
    """Whether two operators do the same, whatever the sizes."""
    if old.name != new.name or old.key != new.key or len(old.inputs) != len(new.inputs):
        return False
    if old.attributes != new.attributes and old.op_type not in _CONVOLUTIONS:
        return False
    reads = zip(old.inputs, new.inputs, strict=True)
    return [t.name for t in old.outputs] == [t.name for t in new.outputs] and all(
        _is_like(mine, other) for mine, other in reads
    )


def _is_like(old: Tensor | None, new: Tensor | None) -> bool:
    """Whether an operand is the same, or a constant of the same kind, whatever its size."""
    if old is None or new is None:
        return old is new
    if (old.constant, old.dtype, old.stored_dtype) != (new.constant, new.dtype, new.stored_dtype):
        return False
    if not old.constant:
        return old.name == new.name
    return old.shape != new.shape or old.value == new.value
